"""Chapter 5's tables against independent computations, on a small scale."""

import dataclasses
import re
from pathlib import Path

import joblib
import numpy as np
import pytest

from neurocoord.experiment import Design, run
from neurocoord.experiment.draw import Block
from neurocoord.experiment.run import behaviour_of
from neurocoord.hypotheses import effect_size, trend
from neurocoord.information import redundancy
from neurocoord.learning import log_odds
from neurocoord.theories import Inference, slope_and_covariance
from neurocoord.world import CARDINAL
from neurocoord_book.studies import learning as study
from neurocoord_book.studies import learning_runs as runs

CHAPTER = Path(__file__).parents[2] / "notebooks" / "05-simulated-learning.ipynb"

SMALL = Design(
    engagement=(1.0,),
    sessions=6,
    trials=40,
    neurons=12,
    tracked=10,
    frames=3,
    practice=900,
    seed=7,
)


@pytest.fixture(scope="module")
def small():
    """One small study under inference."""
    return run(SMALL, Inference())


def test_sessions_average_subjects_and_tasks_and_fractions_are_of_averages(small):
    table = study._completed(runs.sessions(small), "inference").set_index("session")
    own = small[small["session"] == 3]
    assert len(own) == 4  # two subjects, two tasks
    assert table.loc[3, "correct"] == pytest.approx(own["correct"].mean())
    assert table.loc[3, "redundancy"] == pytest.approx(own["redundancy"].mean())
    assert table.loc[3, "fraction"] == pytest.approx(1 - own["total"].sum() / own["shuffled"].sum())


def test_early_is_the_first_session_and_late_the_last_two(small):
    curves = study._completed(runs.sessions(small), "inference").assign(experiment=0)
    (row,) = study.early_and_late(curves).to_dict("records")
    assert row["single_early"] == pytest.approx(small.query("session == 1")["single"].mean())
    late = small.query("session >= 5")
    assert row["redundancy_late"] == pytest.approx(late["redundancy"].mean())
    assert row["fraction_late"] == pytest.approx(1 - late["total"].sum() / late["shuffled"].sum())


def test_every_test_is_run_on_the_redundancy_of_a_study(small):
    found = runs.tests(small)
    for name, test in runs.METHODS.items():
        assert found[name] == test(small, "redundancy").p
    assert found["trend"] == trend(small, "redundancy").estimate
    assert found["correlation_p"] == trend(small, "correlation").p
    early = [small.query("session == @j")["redundancy"] for j in (1, 2)]
    late = [small.query("session == @j")["redundancy"] for j in (5, 6)]
    g = effect_size(np.concatenate(early), np.concatenate(late))
    assert (found["g"], found["g_low"], found["g_high"]) == (g.estimate, g.low, g.high)


def test_a_study_has_the_same_subjects_in_every_world(monkeypatch):
    monkeypatch.setattr(runs, "BATCH", SMALL)
    monkeypatch.setattr(runs, "WEEKS", dataclasses.replace(SMALL, engagement=(1.0, 0.0)))
    tables = runs.study(rng=np.random.default_rng(3), experiment=8, story=True)
    assert {table["experiment"].unique().item() for table in tables.values()} == {8}
    seed = int(np.random.default_rng(3).integers(2**62))
    design = dataclasses.replace(SMALL, seed=seed)
    untaught = runs.tests(run(dataclasses.replace(design, rate=0.0), Inference()))
    row = tables["tests"].set_index("world").loc[runs.NULL]
    assert row[list(untaught)].to_dict() == pytest.approx(untaught)
    for name, theory in runs.THEORIES.items():
        table = run(design, theory)
        expected = table.groupby("session")["total"].mean().to_numpy()
        np.testing.assert_allclose(tables[runs.TABLES[name]]["total"], expected)
        both = run(dataclasses.replace(design, engagement=(1.0, 0.0)), theory, exact=True)
        own = both.query("engagement == 0 and session == 2")
        story = tables["story"].set_index("session").loc[2]
        for kind in ("", "exact_"):
            fraction = 1 - own[f"{kind}total"].sum() / own[f"{kind}shuffled"].sum()
            assert story[f"{kind}{runs.TABLES[name]}_passive"] == pytest.approx(fraction)


def test_stored_studies_agree_with_fresh_ones():
    with joblib.parallel_config(backend="sequential"):
        table = study.agreement(experiments=1)
    assert set(table["world"]) == set(study.WORLDS)
    assert table["z"].abs().max() < 4.5


def test_as_many_studies_are_stored_as_the_chapter_says():
    assert set(study.tests()["world"].value_counts()) == {runs.EXPERIMENTS}
    assert set(study.curves()["theory"].value_counts()) == {runs.EXPERIMENTS * runs.BATCH.sessions}
    named = re.findall(r"(\d+) (?:simulated )?studies", CHAPTER.read_text(encoding="utf-8"))
    assert set(map(int, named)) == {runs.EXPERIMENTS}


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


def test_naive_codes_tell_what_their_formulas_say():
    """With nothing learned each frame is k e and noise: I = T k^2 w'(k^2 Q + v 1)^-1 w."""
    table = study.naive_codes(populations=2, seed=8)
    for k, rng in enumerate(np.random.default_rng(8).spawn(2)):
        world = study.LAB.draw_world(rng)
        w, n = world.population.pattern(CARDINAL), world.size
        held = w @ np.linalg.solve(world.evidence_cov, w)
        for name, theory in runs.THEORIES.items():
            # One frame of one neuron tells the gain and the noise.
            slope, covariance = slope_and_covariance(theory, world, CARDINAL, 0 * w, 0.1, frame=1)
            gain = slope / w
            assert gain == pytest.approx(np.full(n, gain[0]))
            noise = covariance[0, 0] - gain[0] ** 2 * world.evidence_cov[0, 0]
            sigma = gain[0] ** 2 * world.evidence_cov + noise * np.eye(n)
            told = gain[0] ** 2 * w @ np.linalg.solve(sigma, w)
            assert table.loc[k, name] == pytest.approx(told / held)


def test_beliefs_are_those_of_simulated_trials():
    row = study.beliefs(populations=1, seed=9).iloc[0]
    (child,) = np.random.default_rng(9).spawn(1)
    world = study.LAB.draw_world(child)
    w = world.population.pattern(CARDINAL)
    rng, trials = np.random.default_rng(0), 4000
    root = np.linalg.cholesky(world.evidence_cov)

    def final(signal):
        noise = rng.standard_normal((trials, study.LAB.frames, world.size)) @ root.T
        return log_odds(world, signal * w + noise, w)[:, -1]

    none, weak = final(0.0), final(study.LAB.measured[0])
    choice = none + study.LAB.decision_noise * rng.standard_normal(trials)
    assert row["size"] == pytest.approx(np.abs(np.tanh(none)).mean(), abs=0.015)
    assert row["against"] == pytest.approx((none * choice < 0).mean(), abs=0.03)
    assert row["confidence"] == pytest.approx((1 + np.abs(np.tanh(weak)).mean()) / 2, abs=0.01)
    assert row["right"] == pytest.approx((weak > 0).mean(), abs=0.03)


def test_choices_do_not_read_the_recorded_neurons():
    """Skill is the same by construction: it has neither the code nor the recording to go by."""
    world = SMALL.draw_world(np.random.default_rng(3))
    w = world.population.pattern(CARDINAL)
    first, *others = (
        behaviour_of(SMALL, Block(theory, world, CARDINAL, w, 1.0, None, 5.0, np.arange(tracked)))
        for theory in runs.THEORIES.values()
        for tracked in (4, 10)
    )
    assert first.correct > 0.5
    assert others == [first] * 3


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
