"""Chapter 5's tables against independent computations, on a small scale."""

import dataclasses

import numpy as np
import pytest

from neurocoord.experiment import Design
from neurocoord.inference import Inference
from neurocoord.information import redundancy
from neurocoord.studies import learning as study
from neurocoord.world import CARDINAL


@pytest.fixture
def small(monkeypatch):
    """Make the designs small enough to run in a moment; memoised tables are bypassed."""
    small = Design(
        engagement=(1.0,), sessions=4, trials=40, neurons=12, tracked=10, frames=3, practice=900
    )
    monkeypatch.setattr(study, "BATCH", small)
    monkeypatch.setattr(study, "LATE", (3, 4))

    def plain(name):
        return study.run_many(
            small if name != study.NULL else dataclasses.replace(small, rate=0.0),
            study.THEORIES.get(name, Inference()),
            3,
            jobs=1,
        )

    return small, plain


def test_curves_average_sessions_and_take_the_fraction_of_averages(small, monkeypatch):
    _, plain = small
    monkeypatch.setattr(study, "batch", lambda name, _: plain(name))
    table = _bare(study.curves)(3)
    own = plain("inference").query("experiment == 1 and session == 3")
    row = table.query("theory == 'inference' and experiment == 1 and session == 3").iloc[0]
    assert len(own) == 4  # two subjects, two tasks
    assert row["total"] == pytest.approx(own["total"].mean())
    assert row["fraction"] == pytest.approx(1 - own["total"].sum() / own["shuffled"].sum())


def test_early_is_the_first_session_and_late_the_last_two(small, monkeypatch):
    _, plain = small
    monkeypatch.setattr(study, "batch", lambda name, _: plain(name))
    monkeypatch.setattr(study, "curves", _bare(study.curves))
    table = _bare(study.early_and_late)(3)
    row = table.query("theory == 'efficient coding' and experiment == 2").iloc[0]
    own = plain("efficient coding").query("experiment == 2")
    assert row["single_early"] == pytest.approx(own.query("session == 1")["single"].mean())
    late = own.query("session >= 3")
    assert row["redundancy_late"] == pytest.approx(late["redundancy"].mean())
    assert row["fraction_late"] == pytest.approx(1 - late["total"].sum() / late["shuffled"].sum())


def test_trends_are_what_the_tests_find_in_each_study(small, monkeypatch):
    _, plain = small
    monkeypatch.setattr(study, "batch", lambda name, _: plain(name))
    table = _bare(study.trends)(study.NULL, 3)
    own = plain(study.NULL).query("experiment == 1")
    rows = table[(table["experiment"] == 1) & (table["measure"] == "redundancy")].set_index(
        "method"
    )
    for name, test in study.METHODS.items():
        assert rows["p"][name] == pytest.approx(test(own, "redundancy").p)
    hits = study.share_significant(table, "permutation")
    assert hits.size == 3


def _bare(function):
    """Return a study without its memory."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return getattr(function, "func", function)


def test_pairs_average_to_what_exercise_3_derives():
    """Evenly spread neurons of one amplitude: the mean of w_i w_j is -|w|^2 / (N (N - 1))."""
    n = 20
    w = 0.7 * np.cos(2 * np.pi * np.arange(n) / n)
    products = np.outer(w, w)[np.triu_indices(n, 1)]
    assert products.mean() == pytest.approx(-(w @ w) / (n * (n - 1)))
    along = w @ np.outer(w, w) @ w / (w @ w)
    assert along == pytest.approx(w @ w)


def test_covariance_of_pairs_changes_along_the_product_of_patterns():
    """Equation eq-rank-one: the change is close to v w w', and v is the one of the slope."""
    table = study.pairs(seed=4)
    naive, trained = (table[table["stage"] == s].reset_index() for s in ("naive", "trained"))
    change = trained["correlation"] - naive["correlation"]
    # What is not along w w' is the normalisation and the correlations of Q.
    assert np.corrcoef(change, trained["product"])[0, 1] > 0.97
    assert (trained["alike"] == (trained["product"] > 0)).all()


def test_what_feedback_tells_stays_below_what_the_evidence_holds():
    world = study.LAB.draw_world(np.random.default_rng(3))
    w = world.population.pattern(CARDINAL)
    held = study.LAB.frames * w @ np.linalg.solve(world.evidence_cov, w)
    slope, covariance = study._moments(world, w)
    assert slope @ np.linalg.solve(covariance, slope) < held
    assert redundancy(slope, covariance) > 0.5 * held


def test_behaviour_depends_on_length_only_with_decision_noise():
    """Exercise 5.1."""
    world = study.LAB.draw_world(np.random.default_rng(3))
    w = world.population.pattern(CARDINAL)
    from neurocoord.experiment.behaviour import expected_behaviour

    def slope(length, noise):
        return expected_behaviour(
            world, CARDINAL, length * w, [-0.1, 0.1], frames=10, decision_noise=noise
        ).sensitivity

    assert slope(0.01, 0.0) == pytest.approx(slope(1.0, 0.0))
    assert slope(0.002, 5.0) == pytest.approx(2 * slope(0.001, 5.0), rel=1e-3)
    assert slope(100.0, 5.0) == pytest.approx(slope(1.0, 0.0), rel=1e-3)


def test_six_independent_tests_at_five_percent():
    """Exercise 5.2."""
    assert pytest.approx(0.26, abs=0.01) == 1 - 0.95**6
