"""The studies of chapter 8, each against what it is known to find."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from neurocoord.experiment import Design
from neurocoord.hypotheses import permutation_trend, trend
from neurocoord.information import (
    linear_fisher_information,
    naive_mean,
    naive_shuffled_mean,
    shuffled_information,
)
from neurocoord.theories import Inference, slope_and_covariance
from neurocoord.world import CARDINAL
from neurocoord_book.studies import apparatus_runs as apparatus
from neurocoord_book.studies import confound_runs as confounds
from neurocoord_book.studies import forking_runs as forking
from neurocoord_book.studies import limits_runs, power_runs
from neurocoord_book.studies.sessions import as_curves

FEW = dataclasses.replace(
    forking.Design(subjects=1, tasks=("cardinal",), engagement=(1.0,), loss=0.0, gain=0.0),
    sessions=12,
    neurons=9,
    tracked=7,
    trials=1000,
)


# ---- Forking paths -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def measured():
    return forking.values(Inference(), FEW, np.random.default_rng(1))


def test_specifications_are_all_combinations():
    assert len(set(forking.SPECIFICATIONS)) == 3 * 2 * 2 * 2 * 4
    assert forking.PLANNED in forking.SPECIFICATIONS


def test_measures_of_a_study_come_from_the_same_estimates(measured):
    for noise in ("zero", "signal"):
        ratio, fraction = measured["ratio", noise], measured["fraction", noise]
        both = np.isfinite(ratio) & np.isfinite(fraction)
        assert both.mean() > 0.5
        np.testing.assert_allclose(fraction[both], 1 - 1 / ratio[both])
    assert not np.allclose(measured["redundancy", "zero"], measured["redundancy", "signal"])


def test_a_specification_says_which_sessions_and_which_test(measured):
    early_and_late = forking.Specification(
        "redundancy", "signal", "early and late", "out", "permutation"
    )
    sessions = forking.curves_of(early_and_late, measured)
    assert sessions.tolist() == [2, 3, 4, 5, 8, 9, 10, 11, 12]
    table = as_curves(measured["redundancy", "signal"][:, sessions - 1], sessions)
    expected = permutation_trend(table, "value", resamples=forking.RESAMPLES)
    assert forking.analyse(early_and_late, measured).p == expected.p
    planned = forking.analyse(forking.PLANNED, measured)
    assert planned == trend(as_curves(measured["redundancy", "zero"]), "value")


def test_a_session_without_a_value_is_left_out_for_all_curves(measured):
    broken = {key: values.copy() for key, values in measured.items()}
    broken["ratio", "zero"][2, 4] = np.nan
    one = forking.Specification("ratio", "zero", "all", "in", "fixed curves")
    complete = np.isfinite(measured["ratio", "zero"]).all(axis=0)
    complete[4] = False
    assert forking.curves_of(one, broken).tolist() == (np.flatnonzero(complete) + 1).tolist()


def test_without_learning_counts_the_specifications():
    design = dataclasses.replace(FEW, rate=0.0)
    found = forking.without_learning(design, np.random.default_rng(3))
    table = forking.all_analyses(Inference(), design, np.random.default_rng(3))
    key = ("nothing learned", "specifications")
    share = (table["p"] < 0.05).mean()
    assert found[*key, "share"].estimate == pytest.approx(share)
    assert found[*key, "any"].estimate == (share > 0)
    planned = table[
        (table[list(forking.Specification._fields)] == list(forking.PLANNED)).all(axis=1)
    ]
    assert found[*key, "planned"].estimate == float(planned["p"].item() < 0.05)


# ---- Apparatus -----------------------------------------------------------------------------


def test_longer_sessions_shift_the_naive_estimate_by_the_formula():
    rng = np.random.default_rng(4)
    world = apparatus.DESIGN.draw_world(rng)
    tracked = np.arange(20)
    rows = pd.DataFrame(apparatus.longer_session(world, tracked, 110, rng) for _ in range(500))
    slope, covariance = slope_and_covariance(
        Inference(),
        world,
        CARDINAL,
        np.zeros(world.size),
        0.1,
        noise="zero",
        frame=range(1, 11),
    )
    exact = slope[:20], covariance[:20, :20]
    total, shuffled = linear_fisher_information(*exact), shuffled_information(*exact)

    def naive(trials):
        sizes = (20, trials - 1, 2 / (trials * 0.2**2))
        return naive_shuffled_mean(shuffled, *sizes) - naive_mean(total, *sizes)

    expected = {
        "corrected": shuffled - total,
        "naive": naive(110),
        "naive, equal trials": naive(70),
    }
    for name, truth in expected.items():
        assert abs(rows[name].mean() - truth) < 4 * rows[name].sem(), name


def test_trials_grow_from_the_first_to_the_last_session():
    counts = apparatus.trial_counts()
    assert (counts[0], counts[-1], len(counts)) == (70, 400, 20)
    assert (np.diff(counts) > 0).all()


def test_three_days_are_three_blocks():
    blocks = [(1, 1.0), (2, 1.0), (4, 1.0), (1, 0.0), (2, 0.0), (4, 0.0)]
    table = pd.DataFrame(
        {
            "session": session,
            "engagement": engagement,
            "neuron": neuron,
            "information": 100 * session + 10 * engagement + neuron,
            "slope": session + engagement + neuron,
        }
        for session, engagement in blocks
        for neuron in (5, 8)
    )
    days = apparatus.three_days(table)
    np.testing.assert_allclose(days["relevance"], np.array([49, 100]) / 74.5)
    assert days["before"].tolist() == [115, 118]
    assert days["after"].tolist() == [415, 418]


def test_sorting_a_world_keeps_its_neurons():
    world = Design(neurons=12, tracked=9).draw_world(np.random.default_rng(5))
    found = apparatus.sorted_world(world)
    assert (np.diff(found.population.amplitudes) >= 0).all()
    pairs = {*zip(world.population.orientations, world.population.amplitudes, strict=True)}
    again = {*zip(found.population.orientations, found.population.amplitudes, strict=True)}
    assert pairs == again
    assert found.evidence_cov.trace() == pytest.approx(world.evidence_cov.trace())


# ---- Confounds -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def subject():
    return confounds.draw_subject(np.random.default_rng(6))


def test_confounds_of_the_third_kind_have_the_variance_of_arousal(subject):
    kinds, w_hat = confounds.codes(subject, 1.0), np.zeros(subject.world.size)
    trace = {
        name: np.trace(theory.moments(subject.world, CARDINAL, w_hat, 0.0).covariance)
        for name, theory in kinds.items()
    }
    plain = trace["inference"]
    added = trace["arousal"] - plain - confounds.GAIN**2 * plain
    assert trace["other noise"] - plain == pytest.approx(added)


def test_taking_out_the_gaze_leaves_what_the_tracker_misses(subject):
    rng, jitter = np.random.default_rng(7), 0.6
    design = dataclasses.replace(confounds.DESIGN, trials=20_000)
    w_hat = np.zeros(subject.world.size)
    theory = confounds.CommonNoise(Inference(), subject.gaze, jitter)
    drawn = confounds.record(theory, subject, w_hat, jitter, rng, design)
    kept = confounds.controlled(drawn)
    naive = Inference().moments(subject.world, CARDINAL, w_hat, 0.0, frame=range(1, 11)).covariance
    naive = naive[np.ix_(subject.tracked, subject.tracked)]
    direction = 10 * subject.gaze[subject.tracked]
    unit = direction / np.linalg.norm(direction)
    error = confounds.TRACKER**2
    left = jitter**2 * error / (jitter**2 + error)
    for name, variance in (("as recorded", jitter**2), ("gaze taken out", left)):
        zero = kept[name].zero
        along = unit @ zero.scatter @ unit / (zero.count - 1)
        expected = unit @ naive @ unit + variance * direction @ direction
        assert along == pytest.approx(expected, rel=5 * np.sqrt(2 / zero.count)), name


def test_taking_out_the_mean_leaves_one_neuron_less_and_no_arousal(subject):
    rng = np.random.default_rng(8)
    design = dataclasses.replace(confounds.DESIGN, trials=20_000)
    w_hat = np.zeros(subject.world.size)
    theory = confounds.Arousal(Inference(), 0.3)
    kept = confounds.controlled(confounds.record(theory, subject, w_hat, 0.0, rng, design))
    correlation = {}
    for name in ("as recorded", "mean taken out"):
        scatter = kept[name].zero.scatter
        scale = np.sqrt(np.diag(scatter))
        rho = scatter / np.outer(scale, scale)
        correlation[name] = rho[np.triu_indices(len(rho), 1)].mean()
    assert len(kept["mean taken out"].zero.mean) == len(subject.tracked) - 1
    assert correlation["as recorded"] > 0.4
    assert abs(correlation["mean taken out"]) < 0.03


def test_the_shared_mode_is_the_direction_that_grows():
    rng = np.random.default_rng(9)
    axis = rng.standard_normal(6)
    growth = np.linspace(0, 1, 20)[:, None, None] * np.outer(axis, axis)
    found = confounds.shared_mode(np.diag([9.0, 1, 1, 2, 3, 1]) + growth)
    assert confounds.cosine(found, axis) == pytest.approx(1)
    assert confounds.cosine(axis, -2 * axis) == pytest.approx(1)
    assert confounds.cosine(np.array([1.0, 0]), np.array([0, 2.0])) == 0


# ---- Species -------------------------------------------------------------------------------


def test_sessions_spread_from_first_to_last():
    assert power_runs.spread(3).tolist() == [1, 10, 20]
    assert power_runs.spread(20).tolist() == list(range(1, 21))


def test_fewer_neurons_are_among_the_more():
    """The redundancy of all 50 does not depend on which subsets are measured beside them."""
    one = power_runs.subject(0.8, np.random.default_rng(10), neurons=(5, 50))
    other = power_runs.subject(0.8, np.random.default_rng(10))
    np.testing.assert_allclose(one[1], other[0])
    assert one[1, -1] > one[0, -1] + 1


def test_a_mixed_model_is_counted_with_its_boundary():
    rng = np.random.default_rng(11)
    found = power_runs.judged("w", "s", rng.standard_normal((2, 8)), tests=("mixed model",))
    assert set(found) == {("w", "s", "mixed model"), ("w", "s", "boundary")}


def test_each_subject_needs_a_rise_of_its_own():
    rise, rng = np.arange(10.0), np.random.default_rng(12)
    values = np.array([rise, 0.5 * rise]) + 0.1 * rng.standard_normal((2, 10))
    (both,) = power_runs.each("w", "s", values).values()
    (one,) = power_runs.each("w", "s", values * [[1], [-1]]).values()
    assert (both.estimate, one.estimate) == (1, 0)


@pytest.mark.parametrize("kind", limits_runs.KINDS)
def test_a_job_returns_a_row_for_each_finding(kind):
    table = limits_runs.job(rng=np.random.default_rng(13), kind=kind, studies=1)["found"]
    assert not table.duplicated(["world", "setting", "test"]).any()
    assert np.isfinite(table["mean"]).all()
    assert (table["studies"] == 1).all()
