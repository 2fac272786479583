"""Designs are checked before anything runs, and tracking does what the design says."""

import dataclasses

import numpy as np
import pytest

from neurocoord.experiment import Design, run
from neurocoord.theories import Inference


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sessions": 0}, "sessions"),
        ({"subjects": 0}, "subjects"),
        ({"sessions": 2.5}, "sessions"),
        ({"trials": 61}, "too few trials"),
        ({"trials": 31, "noise": "signal"}, "too few trials"),
        ({"tasks": ("cardinal", "radial")}, "tasks must be one of cardinal, oblique, not 'radial'"),
        ({"tasks": ()}, "tasks"),
        ({"tasks": ("cardinal", "cardinal")}, "twice"),
        ({"engagement": (1.0, -0.1)}, "engagement"),
        ({"engagement": (1.2,)}, "engagement"),
        ({"engagement": ()}, "engagement"),
        ({"loss": 1.0, "gain": 0.0}, "all neurons would be lost"),
        ({"loss": 0.2, "gain": 0.0}, "all neurons would be lost"),
        ({"loss": 1.1}, "loss must lie between 0 and 1"),
        ({"tracked": 61}, "tracked"),
        ({"strengths": (0.1, 0.3)}, "zero"),
        ({"strengths": (0.0, 0.1, -0.3)}, "strength"),
        ({"measured": (0.2,)}, "cannot measure"),
        ({"measured": (0.0,)}, "cannot measure"),
        ({"windows": (11,)}, "goes beyond"),
        ({"windows": (range(1, 5, 2),)}, "consecutive"),
        ({"rate": -1e-3}, "rate"),
        ({"rate": 3.0}, "unstable"),
        ({"decision_noise": -1.0}, "decision_noise"),
        ({"noise": "both"}, "noise"),
        ({"counts": "poisson"}, "route 'trials'"),
        ({"correlation": 1.0}, "correlation"),
        ({"tau": 0.0}, "tau"),
        ({"seed": -1}, "seed"),
        ({"gain": 20}, "for 20% write 0.2"),
        ({"strengths": (0.0, 1e-12), "measured": (1e-12,)}, "too weak for a slope"),
    ],
)
def test_bad_designs_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Design(**changes)


def test_whole_floats_and_lists_make_the_same_design():
    given = Design(
        sessions=8.0, tasks=["oblique"], strengths=[0, 0.5], measured=[0.5], windows=[2.0]
    )
    expected = Design(
        sessions=8, tasks=("oblique",), strengths=(0.0, 0.5), measured=(0.5,), windows=(2,)
    )
    assert given == expected
    assert hash(given) == hash(expected)
    assert type(given.sessions) is int


def test_fewest_trials_that_the_correction_needs_are_accepted():
    assert Design(trials=63).trials == 63
    assert Design(trials=32, noise="signal").trials == 32


def test_all_neurons_lost_by_chance_is_found_before_anything_is_drawn():
    class Unused(Inference):
        def conditional(self, *_, **__):
            raise AssertionError("drawn")

    design = Design(neurons=6, tracked=3, loss=0.3, gain=0.4, subjects=1, sessions=40, trials=20)
    with pytest.raises(ValueError, match="are lost in some session"):
        run(design, Unused())


def test_signals_and_their_root_mean_square():
    design = Design(strengths=(0.0, 0.2, 0.6), measured=(0.2,))
    assert design.signals == (-0.6, -0.2, 0.0, 0.2, 0.6)
    assert design.signal_sd == pytest.approx(np.sqrt(2 * (0.04 + 0.36) / 5))


def test_designs_are_hashable_and_compare_by_value():
    assert hash(Design(windows=(1, range(1, 4)))) == hash(Design(windows=(1, range(1, 4))))
    assert Design() != dataclasses.replace(Design(), seed=1)


def test_the_default_experiment_is_the_stated_one():
    """Two subjects learn two tasks, 20 sessions each; chapter 5 states all of these."""
    assert dataclasses.asdict(Design()) == {
        "subjects": 2,
        "tasks": ("cardinal", "oblique"),
        "sessions": 20,
        "engagement": (1.0, 0.0),
        "strengths": (0.0, 0.1, 0.3, 0.9),
        "measured": (0.1,),
        "trials": 400,
        "practice": 1000,
        "frames": 10,
        "windows": (),
        "noise": "zero",
        "neurons": 60,
        "tracked": 50,
        "loss": 0.04,
        "gain": 0.2,
        "rate": 8e-4,
        "decision_noise": 5.0,
        "amplitude": 0.5,
        "tau": 1.0,
        "sigma": 1.0,
        "correlation": 0.02,
        "concentration": 4.0,
        "baseline": 4.0,
        "fano": 1.0,
        "counts": "gaussian",
        "route": "statistics",
        "seed": 0,
    }


def test_tracked_neurons_come_and_go_as_expected():
    design = Design(neurons=50, tracked=10, loss=0.1, gain=0.3, sessions=6, tasks=("oblique",))
    rng = np.random.default_rng(2)
    tracking = np.array([design.draw_tracking(rng) for _ in range(400)])
    assert (tracking[:, 0].sum(axis=1) == 10).all()
    counts = tracking.sum(axis=2)
    expected = [design.expected_tracked(session) for session in range(1, 7)]
    error = counts.std(axis=0)[1:] / np.sqrt(400)
    assert (np.abs(counts.mean(axis=0) - expected)[1:] < 4 * error).all()
    kept = (tracking[:, 1:] & tracking[:, :-1]).sum() / tracking[:, :-1].sum()
    assert kept == pytest.approx(0.9, abs=0.01)
    still = dataclasses.replace(design, loss=0.0, gain=0.0).draw_tracking(rng)
    assert (still == still[0]).all()
