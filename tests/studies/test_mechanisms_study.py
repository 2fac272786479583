"""Chapter 7: exact courses, marks by the tests of chapter 6, measurements of single sessions."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.signal import lfilter

from neurocoord.experiment import Design, run
from neurocoord.information import estimate_information
from neurocoord.theories import Inference, LocalCircuit, SlowGatedCircuit
from neurocoord.world import CARDINAL, Population, World
from neurocoord_book.studies import measurements_runs as added
from neurocoord_book.studies import mechanisms as study
from neurocoord_book.studies import mechanisms_exact as exact
from neurocoord_book.studies import mechanisms_runs as runs
from neurocoord_book.studies import signatures_runs


def small_world(n=6, seed=1):
    population = Population.draw(n, rng=np.random.default_rng(seed), amplitude=0.9)
    return World(population, signal_sd=0.5, baseline=2.0)


# ---- Exact ---------------------------------------------------------------------------------


def test_courses_are_those_of_the_exact_moments():
    table = exact.courses(populations=2, seed=3)
    (_, world) = exact.worlds(2, 3)
    w = world.population.pattern(CARDINAL)
    n = exact.WEEKS.frames
    where = {"theory": "slow gated circuit", "population": 1, "learned": 0.5}
    row = table.set_index(list(where)).loc[tuple(where.values())]
    theory = SlowGatedCircuit()
    at = {"frame": range(1, n + 1)}
    up, down, still = (theory.moments(world, CARDINAL, w / 2, s, **at) for s in (0.1, -0.1, 0.0))
    slope = (up.mean - down.mean) / 0.2
    inverse = np.linalg.inv(still.covariance)
    assert row["total"] == pytest.approx(slope @ inverse @ slope)
    assert row["shuffled"] == pytest.approx((slope**2 / np.diag(still.covariance)).sum())
    assert row["redundancy"] == pytest.approx(row["shuffled"] - row["total"])
    assert row["evidence"] == pytest.approx(n * w @ np.linalg.inv(world.evidence_cov) @ w)
    # What a subject who knows nothing shows does not depend on the mechanism.
    naive = table[table["learned"] == 0].groupby("population")["total"]
    assert naive.std().max() < 1e-9


def test_strong_trials_take_the_noise_of_the_strong_signals():
    table = exact.strong_trials(populations=2, seed=4)
    world = exact.worlds(2, 4)[1]
    w = world.population.pattern(CARDINAL)
    for theory in (Inference(), LocalCircuit()):
        up, down = (theory.moments(world, CARDINAL, w, s, frame=range(1, 11)) for s in (0.5, -0.5))
        slope, covariance = up.mean - down.mean, (up.covariance + down.covariance) / 2
        total = slope @ np.linalg.inv(covariance) @ slope
        expected = (slope**2 / np.diag(covariance)).sum() - total
        assert table.loc[1, theory.name] == pytest.approx(expected)


def test_the_last_frame_is_compared_with_the_evidence_of_one_frame():
    ratios = exact.late_frame(populations=2, seed=4)
    world = exact.worlds(2, 4)[1]
    w = world.population.pattern(CARDINAL)
    up, down = (Inference().moments(world, CARDINAL, w, s, frame=10) for s in (0.1, -0.1))
    slope, covariance = (up.mean - down.mean) / 0.2, (up.covariance + down.covariance) / 2
    evidence = w @ np.linalg.inv(world.evidence_cov) @ w
    assert ratios[1] == pytest.approx(slope @ np.linalg.inv(covariance) @ slope / evidence)


def test_the_correlation_under_shared_gain_written_out():
    """Counts of mean 40; (1 + g^2) 10 k0^2 Q + g^2 40^2, and 45 of noise on the diagonal."""
    (world,) = exact.worlds(1, 9)
    g, Q = 0.09, world.evidence_cov
    covariance = (1 + g**2) * 2.5 * Q + g**2 * 1600
    own = (1 + g**2) * 2.5 * 2.0 + g**2 * 1600 + 45
    expected = covariance[np.triu_indices(60, 1)].mean() / own
    assert exact.gain_correlation(seed=9) == pytest.approx(expected)


def test_the_gains_of_both_rules_solve_their_equations():
    table = exact.plasticity(points=7)
    plain, v = table[table["rule"] == "plain"], exact.PLAIN_BACKGROUND
    rho = 1 - 1 / plain["gain"]
    np.testing.assert_allclose(v * (1 + plain["excess"]) / (1 - rho) ** 2 - v - rho, 0, atol=1e-12)
    assert plain["excess"].is_monotonic_increasing
    bounded = table[table["rule"] == "bounded"]
    circuit = LocalCircuit()
    S = 2.0 * bounded["excess"]  # tau = sigma = 1: v = 2
    rho = 1 - 1 / bounded["gain"]
    np.testing.assert_allclose(circuit.strength * S - (S + circuit.half) * rho, 0, atol=1e-12)


def test_exercise_the_memory_of_a_loop():
    """The autocorrelation of x_t = rho^2 x_(t-1) + input, simulated."""
    rho, rng = 0.8, np.random.default_rng(5)
    inputs = rng.standard_normal(200_000)
    x = lfilter([1 + rho], [1, -(rho**2)], inputs)[1000:]
    assert np.corrcoef(x[:-3], x[3:])[0, 1] == pytest.approx(rho**6, abs=0.01)
    assert rho**10 > 0.1 > rho**12


# ---- Marks ---------------------------------------------------------------------------------


def test_marks_are_what_the_tests_of_chapter_6_find():
    size = {"subjects": 1, "sessions": 4, "neurons": 14, "tracked": 12, "trials": 60}
    row = runs.marks(runs.MODELS["slow gated circuit"], 11, size | {"practice": 500})
    design = Design(**size, practice=500, seed=11)
    table = run(design, SlowGatedCircuit())
    engaged = table[table["engagement"] == 1]
    curves = [
        np.polyfit(own["session"], own["redundancy"], 1)[0] for _, own in engaged.groupby("task")
    ]
    assert row["engaged"] == pytest.approx(np.mean(curves))
    within = dataclasses.replace(
        runs.FRAMES, subjects=1, neurons=14, tracked=12, trials=60, seed=11
    )
    assert row["weak"] == signatures_runs.towards_decision(SlowGatedCircuit(), within)["weak"]


def test_sizes_keep_the_number_of_neurons_level():
    for size, changes in runs.SIZES.items():
        design = dataclasses.replace(Design(), **changes)
        for session in (5, 40):
            assert design.expected_tracked(session) == pytest.approx(design.tracked, rel=1e-3), size
        assert design.practice * design.sessions == 20_000


def test_the_noisy_world_has_its_signal_to_noise_ratio():
    model = runs.MODELS["efficient, noisy"]
    world = dataclasses.replace(Design(), **model.changes).draw_world(np.random.default_rng(0))
    assert world.tau**2 / world.sigma**2 == pytest.approx(runs.LOW_SNR)


def test_found_and_marks_by_hand():
    table = pd.DataFrame(
        {
            "interaction": [1.0, 1.0, -1.0],
            "interaction_p": [0.01, 0.01, 0.01],
            "flat_p": [0.01, 0.2, 0.01],
            "strong": [-1.0, -1.0, 1.0],
            "strong_p": [0.2, 0.01, 0.01],
        }
    )
    assert study.found(table, "active").tolist() == [True, False, False]
    assert study.found(table, "turn").tolist() == [False, True, False]
    assert study.found(table, "strong").tolist() == [False, False, True]


def test_the_chapter_names_the_numbers_that_were_run():
    path = Path(__file__).parents[2] / "notebooks" / "07-other-mechanisms.ipynb"
    text = path.read_text(encoding="utf-8")
    design = runs.WEEKS
    size = f"{design.sessions} sessions, {design.tracked} recorded neurons"
    assert f"{runs.EXPERIMENTS['study']} simulated experiments" in text
    assert size in text
    assert ", ".join(map(str, runs.FRAMES.windows[:-1])) + f" and {runs.FRAMES.windows[-1]}" in text
    assert f"with {added.DESIGN.tracked} recorded neurons" in text
    assert f"at least {['one', 'two', 'three'][added.APART - 1]} apart" in text
    assert re.search(rf"pm *{added.STRONG}", text)
    assert f"recordings of {exact.PAIR_TRIALS} trials" in text


def test_right_pools_the_diagonals():
    table = pd.DataFrame(
        {
            "set": ["x"] * 4,
            "model": ["a", "a", "b", "b"],
            "called": ["a", "b", "a", "b"],
            "rate": [0.8, 0.2, 0.5, 0.5],
            "count": [10, 10, 30, 30],
        }
    )
    found = study.right(table, ["set"]).iloc[0]
    assert found["share"] == pytest.approx((8 + 15) / 40)
    assert found["se"] == pytest.approx(np.sqrt(0.575 * 0.425 / 40))


def test_stored_tables_have_what_was_asked_for():
    table = study.sized_experiments()
    counts = pd.crosstab(table["size"], table["model"])
    for size, count in runs.EXPERIMENTS.items():
        assert (counts.loc[size] == count).all()
    assert set(counts.columns) == set(runs.MODELS)
    for column in study.SUMMARISED:
        assert np.isfinite(table[column]).all()


def test_sizes_share_the_study_and_name_their_factor():
    table = study.by_size().set_index(["factor", "amount"])
    same = [table.loc[at, "share"] for at in (("subjects", 2), ("sessions", 20), ("neurons", 50))]
    assert same[0] == same[1] == same[2]
    assert set(table.index) >= {("subjects", 1), ("sessions", 5), ("neurons", 10)}


def test_every_rate_has_a_small_standard_error():
    for table in (study.confusions(), study.by_size(), study.separation()):
        assert table["se"].max() <= 0.02


# ---- Measurements of a session -------------------------------------------------------------


def sample_of(rng, trials=40, frames=10, n=5):
    return {
        s: s * 2 + rng.standard_normal((trials, frames, n))
        for s in (-added.STRONG, -added.WEAK, 0.0, added.WEAK, added.STRONG)
    }


def test_redundancy_of_a_session_is_the_estimate_of_chapter_1():
    sample = sample_of(np.random.default_rng(2))
    low, high = sample[-0.5][:, 3], sample[0.5][:, 3]
    expected = estimate_information(low, high, ds=1.0).redundancy
    assert added.redundancy(sample, 0.5, 4) == pytest.approx(expected)
    low, high, zero = (sample[s].sum(axis=1) for s in (-0.1, 0.1, 0.0))
    expected = estimate_information(low, high, ds=0.2, zero=zero).redundancy
    assert added.redundancy(sample, 0.1, None) == pytest.approx(expected)
    values = [added.redundancy(sample, 0.5, t) for t in added.FRAMES]
    assert added.trend(sample, 0.5) == pytest.approx(np.polyfit(added.FRAMES, values, 1)[0])


def test_persistence_and_choice_of_a_signal_that_is_known():
    """Along the slope: a common part of variance v and fresh noise of variance 1, and a jump."""
    rng = np.random.default_rng(6)
    sample = sample_of(rng, trials=4000)
    shared, v = rng.standard_normal((4000, 1, 1)), 0.5
    direction = np.ones(5) / np.sqrt(5)
    sample[0.0] = sample[0.0] + np.sqrt(v) * shared * direction
    choices = rng.choice([-1, 1], 4000)
    sample[0.0][:, 7:] += 0.4 * choices[:, None, None] * direction
    found = added.measure(sample, choices)
    # The late frames also share the jump, of variance 0.16; 28 pairs are at least 3 apart, of
    # which the pairs of early with late frames have unequal variances.
    early, late = 1 + v, 1 + v + 0.16
    first, last = np.triu_indices(10, 3)
    both_late, one_late = (first >= 7), (first < 7) & (last >= 7)
    expected = np.where(
        both_late, (v + 0.16) / late, np.where(one_late, v / np.sqrt(early * late), v / early)
    ).mean()
    assert found["persistence"] == pytest.approx(expected, abs=0.02)
    assert found["choice"] == pytest.approx(0.8 / np.sqrt(late), abs=0.05)


def test_choice_compares_the_last_three_frames_with_the_first_three():
    """A jump in one frame at a time, in units of the spread of that frame."""
    rng = np.random.default_rng(8)
    direction = np.ones(5) / np.sqrt(5)
    choices = np.tile([-1, 1], 2000)
    for frame in range(10):
        sample = sample_of(rng, trials=4000)
        sample[0.0][:, frame] += choices[:, None] * direction
        jump = 2 / np.sqrt(2) / 3  # twice 1, over the spread of noise and jump; of three frames
        expected = jump * (int(frame >= 7) - int(frame < 3))
        found = added.measure(sample, choices)["choice"]
        assert found == pytest.approx(expected, abs=0.1), frame


def test_sessions_have_the_exact_moments_of_their_theory():
    world, theory = small_world(n=60), Inference()
    sample, choices = added.draw_session(theory, world, 3000, np.random.default_rng(7))
    assert set(np.unique(choices)) == {-1, 1}
    assert sample[0.0].shape == (3000, 10, added.DESIGN.tracked)
    # The recorded neurons are drawn first from the same generator.
    recorded = np.random.default_rng(7).choice(60, added.DESIGN.tracked, replace=False)
    w = world.population.pattern(CARDINAL)
    for signal in (-0.1, 0.5):
        wanted = theory.moments(world, CARDINAL, w, signal, frame=5)
        z = (sample[signal][:, 4].mean(axis=0) - wanted.mean[recorded]) / np.sqrt(
            np.diag(wanted.covariance)[recorded] / 3000
        )
        assert stats.norm.sf(np.abs(z)).min() > 1e-5
    assert choices.mean() == pytest.approx(0, abs=4 / np.sqrt(3000))


def test_stored_and_fresh_agree():
    table = study.agreement()
    assert table["z"].abs().max() < 4.5
    assert set(table["model"]) == set(runs.MODELS)
