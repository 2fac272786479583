import dataclasses
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurocoord.experiment import Design, run
from neurocoord.gains import optimal_gain
from neurocoord.information import linear_fisher_information, redundancy, shuffled_information
from neurocoord.theories import Inference, slope_and_covariance
from neurocoord.world import CARDINAL, OBLIQUE
from neurocoord_book.studies import efficient, mechanisms_runs, teams
from neurocoord_book.studies import signatures as study
from neurocoord_book.studies import signatures_runs as runs

CHAPTER = Path(__file__).parents[2] / "notebooks" / "06-signatures.ipynb"

SMALL = Design(subjects=1, tasks=("oblique",), sessions=4, neurons=12, tracked=12, trials=60)


def test_only_when_active_is_the_trend_of_the_paired_difference():
    design = dataclasses.replace(SMALL, seed=4)
    row = runs.only_when_active(Inference(), design)
    wide = run(design, Inference()).pivot_table(
        index="session", columns="engagement", values="redundancy"
    )
    difference = wide[1.0] - wide[0.0]
    slope = np.polyfit(difference.index, difference, 1)[0]
    assert row["interaction"] == pytest.approx(slope)
    assert row["interaction"] == pytest.approx(row["engaged"] - row["passive"])
    # A trend within the margin with a small p, by the definition of two one-sided tests.
    fit = sm.OLS(wide[0.0], sm.add_constant(wide.index.astype(float))).fit(cov_type="HC3")
    t = (runs.MARGIN - abs(fit.params.iloc[1])) / fit.bse.iloc[1]
    assert row["flat_p"] == pytest.approx(stats.t.sf(t, 2))
    t = (runs.MARGIN - abs(fit.params.iloc[1] + runs.MARGIN)) / fit.bse.iloc[1]
    assert row["steep_p"] == pytest.approx(stats.t.sf(t, 2))


def test_boosts_take_held_out_relevance_from_trials_that_the_boost_does_not_use():
    design = dataclasses.replace(SMALL, loss=0.0, gain=0.0, seed=5)
    table = runs.boosts(Inference(), design).set_index("neuron")
    rows = run(design, Inference(), level="neuron").set_index("neuron")
    for column in ("held_out", "dipped"):
        assert table[column].mean() == pytest.approx(1)
    engaged, passive = rows[rows.engagement == 1], rows[rows.engagement == 0]
    slope = passive.groupby("neuron")["slope"].mean()
    np.testing.assert_allclose(table["held_out"], slope**2 / (slope**2).mean())
    late = engaged[engaged.session >= 3].groupby("neuron")["information"].mean()
    np.testing.assert_allclose(table["boost"], late - engaged[engaged.session == 1]["information"])
    last = engaged[engaged.session == 4]["slope"] ** 2
    np.testing.assert_allclose(table["dipped"], last / last.mean())


def test_the_boost_over_relevance_is_a_slope_for_each_curve():
    design = dataclasses.replace(SMALL, tasks=("oblique", "cardinal"), loss=0.0, gain=0.0, seed=6)
    table, row = runs.boosts(Inference(), design), runs.relevant_neurons(Inference(), design)
    for name in ("held_out", "dipped"):
        slopes = [np.polyfit(own[name], own["boost"], 1)[0] for _, own in table.groupby("task")]
        assert row[name] == pytest.approx(np.mean(slopes))
        assert row[f"{name}_p"] == pytest.approx(stats.ttest_1samp(slopes, 0).pvalue)


def test_a_subject_who_knows_nothing_gives_no_axis_to_a_switching_session():
    (world,) = study.worlds(1, 8)
    session = runs.switching_session(
        Inference(), world, np.random.default_rng(9), frames=4, blocks=6, trials=4000, learned=0.0
    )
    axis = session.groupby("task")["axis"].mean()
    assert abs(axis["cardinal"] - axis["oblique"]) < 4 * np.sqrt(2 / (3 * 4000))


def test_double_dipping_correlates_chance_with_itself_and_held_out_relevance_does_not():
    """In a world without learning, over many small experiments."""
    design = dataclasses.replace(runs.BEFORE_AND_AFTER, rate=0.0, sessions=3, subjects=1)
    found = pd.DataFrame(
        runs.relevant_neurons(Inference(), dataclasses.replace(design, seed=seed))
        for seed in range(12)
    )
    mean, error = found.mean(), found.sem()
    assert abs(mean["held_out"]) < 4 * error["held_out"]
    assert mean["dipped"] > 5 * error["dipped"]


@given(st.floats(0.1, 5), st.floats(0.1, 5), st.integers(0, 99))
def test_axis_index_of_variances_along_two_orthogonal_patterns(v_c, v_o, seed):
    basis = np.linalg.qr(np.random.default_rng(seed).standard_normal((4, 4)))[0]
    covariance = basis @ np.diag([v_c, v_o, 1.0, 2.0]) @ basis.T
    found = runs.axis_index(covariance, 3 * basis[:, 0], -0.5 * basis[:, 1])
    assert found == pytest.approx((v_c - v_o) / (v_c + v_o))
    assert runs.axis_index(covariance, basis[:, 1], basis[:, 0]) == pytest.approx(-found)


@pytest.mark.parametrize("name", list(runs.THEORIES))
def test_switching_session_agrees_with_the_exact_covariance_of_each_block(name):
    theory, (world,) = runs.THEORIES[name], study.worlds(1, 8)
    session = runs.switching_session(
        theory, world, np.random.default_rng(9), frames=4, blocks=6, trials=4000
    )
    w = {task: world.population.pattern(task) for task in (CARDINAL, OBLIQUE)}
    for task, other in ((CARDINAL, OBLIQUE), (OBLIQUE, CARDINAL)):
        exact = theory.moments(
            world, task, w[task], 0.0, frame=range(1, 5), other_patterns=w[other][None]
        )
        expected = runs.axis_index(exact.covariance, w[CARDINAL], w[OBLIQUE])
        found = session.loc[session["task"] == task.name, "axis"]
        # The index of T trials has a standard error of about 1 / sqrt(T), at most.
        assert abs(found.mean() - expected) < 4 / np.sqrt(4000 * 3)


def test_follows_task_is_welchs_test():
    session = pd.DataFrame(
        {"task": ["cardinal", "oblique"] * 4, "axis": [0.5, -0.1, 0.4, 0.1, 0.7, 0.0, 0.5, 0.3]}
    )
    cardinal, oblique = session["axis"][::2], session["axis"][1::2]
    row = runs.follows_task(session)
    error = np.sqrt(cardinal.var() / 4 + oblique.var() / 4)
    parts = np.array([cardinal.var(), oblique.var()]) / 4
    degrees = parts.sum() ** 2 / (parts**2 / 3).sum()
    assert row["switch"] == pytest.approx(cardinal.mean() - oblique.mean())
    assert row["switch_p"] == pytest.approx(2 * stats.t.sf(row["switch"] / error, degrees))


def test_frames_and_sums_are_those_of_the_exact_moments():
    single = study.frames(populations=2, which=(1, 4), noise="zero", seed=7)
    summed = study.sums(populations=2, ends=(1, 4), seed=7)
    for number, world in enumerate(study.worlds(2, 7)):
        w = world.population.pattern(CARDINAL)
        for table, frame, noise in ((single, 4, "zero"), (summed, range(1, 5), "signal")):
            moments = slope_and_covariance(
                Inference(), world, CARDINAL, w, 0.5, frame=frame, noise=noise
            )
            where = {"theory": "inference", "population": number, "strength": 0.5, "frame": 4}
            row = table.set_index(list(where)).loc[tuple(where.values())]
            assert row["redundancy"] == pytest.approx(redundancy(*moments))
            total, shuffled = linear_fisher_information(*moments), shuffled_information(*moments)
            assert row["fraction"] == pytest.approx(1 - total / shuffled)


@pytest.mark.parametrize(("snr", "sign"), [(0.1, 1), (20.0, -1)])
def test_efficient_boost_over_relevance_turns_with_the_signal_to_noise_ratio(snr, sign):
    """With a gain g_t along w and g_b across it, written out."""
    found = study.boost_over_relevance(snr=snr, populations=3, seed=12)
    for child, slope in zip(np.random.SeedSequence(12).spawn(3), found, strict=True):
        world = efficient.draw_world(child, snr=snr)
        w2 = world.population.pattern(CARDINAL) ** 2
        noise = {"input_noise": world.sigma, "output_noise": np.sqrt(world.private_variance)}
        variance = [world.tau**2, world.tau**2 + world.signal_sd**2 * w2.sum()]
        g_b, g_t = optimal_gain(variance, price=0.01, **noise)
        q, v = world.evidence_variance, world.private_variance
        # Without limited-range correlations, which are weak here: f' = g_t w, and the variance
        # of neuron i has the part w_i^2 / |w|^2 along the task axis.
        naive = g_b**2 * w2 / (g_b**2 * q + v)
        skilled = g_t**2 * w2 / (g_b**2 * q + v + (g_t**2 - g_b**2) * q * w2 / w2.sum())
        expected = np.polyfit(w2 / w2.mean(), (skilled - naive) / naive.mean(), 1)[0]
        assert slope == pytest.approx(expected, rel=0.1)
        assert np.sign(slope) == sign


def test_over_frames_names_first_last_and_top():
    table = pd.DataFrame(
        {"theory": "t", "population": [0] * 3, "strength": 0.1, "frame": [1, 2, 3], "x": [1, 5, 2]}
    )
    assert study.over_frames(table, "t", 0.1, "x").loc[0].to_dict() == {
        "first": 1,
        "last": 2,
        "top": 5,
        "peak": 2,
    }


def test_exercise_a_signal_in_between_rises_and_falls():
    weak, between, strong = (study.turning(strength=s, populations=3) for s in (0.1, 0.2, 0.5))
    assert weak.is_monotonic_increasing
    assert strong.is_monotonic_decreasing
    assert 3 < between.idxmax() < 10


@given(st.floats(0.05, 0.95), st.integers(2, 40), st.floats(0.1, 3), st.floats(0.001, 2), st.data())
def test_exercise_what_is_left_with_differential_correlations(share, n, i, epsilon, data):
    """The formula, with F measured against independent neurons as in its derivation."""
    kept = data.draw(st.integers(1, n))
    slope = np.full(n, np.sqrt(i))
    covariance = np.eye(n) + epsilon * np.outer(slope, slope)
    total = linear_fisher_information(slope, covariance)
    fraction = 1 - total / (n * i)
    found = teams.retained(slope, covariance, np.arange(kept))
    expected = float(teams.share_left(kept / n, fraction))
    assert found["new reader"] == pytest.approx(expected)
    # All neurons are alike, so the old weights stay the best.
    assert found["old reader"] == pytest.approx(expected)
    assert float(teams.share_left(share, 0)) == pytest.approx(share)


def test_old_reader_knows_what_a_decoder_with_missing_neurons_knows():
    rng = np.random.default_rng(11)
    slope, root = rng.standard_normal(5), rng.standard_normal((5, 5))
    covariance = root @ root.T + np.eye(5)
    kept = np.array([0, 2, 3])
    weights = np.zeros(5)
    weights[kept] = np.linalg.inv(covariance)[kept] @ slope
    signal, noise = weights @ slope, weights @ covariance @ weights
    found = teams.retained(slope, covariance, kept)
    total = slope @ np.linalg.inv(covariance) @ slope
    assert found["old reader"] * total == pytest.approx(signal**2 / noise)
    assert found["whole"] == pytest.approx(total)
    assert found["old reader"] <= found["new reader"] <= 1


def test_trials_to_inverts_the_mean_of_the_learner():
    for amount in (0.2, 0.5, 0.9):
        n = float(teams.trials_to(amount))
        second = np.mean(np.square(runs.WEEKS.signals))
        assert 1 - (1 - runs.WEEKS.rate * second) ** n == pytest.approx(amount)


def test_last_crossing_ignores_earlier_ones():
    curve = pd.Series([0.0, 0.8, 0.2, 0.4, 0.9], index=[0.0, 0.25, 0.5, 0.75, 1.0])
    assert teams.last_crossing(curve) == pytest.approx(0.75 + 0.25 * 0.1 / 0.5)
    assert teams.last_crossing(curve, 0.3) == pytest.approx(0.625)


def test_stored_experiments_agree_with_fresh_ones():
    table = study.agreement(experiments=1)
    assert len(table) == len(study.TESTED) * len(runs.THEORIES)
    assert table["z"].abs().max() < 4.5


def test_an_experiment_without_learning_is_the_same_with_and_without_the_theories(monkeypatch):
    monkeypatch.setattr(
        runs, "_tests", lambda theory, seed, world, *, learns: {"seed": seed, "learns": learns}
    )
    both = runs.experiment(rng=np.random.default_rng(3))
    alone = runs.experiment(rng=np.random.default_rng(3), taught=False)
    assert list(alone) == ["null"]
    pd.testing.assert_frame_equal(alone["null"], both["null"])
    assert not both["null"]["learns"].any()
    assert both["tests"]["learns"].all()
    assert both["tests"]["theory"].tolist() == list(runs.THEORIES)
    assert both["tests"]["seed"].unique() == both["null"]["seed"].unique()


def test_as_many_experiments_are_stored_as_the_chapter_says():
    counts = study.tests()["theory"].value_counts()
    assert {counts[name] for name in runs.THEORIES} == {runs.EXPERIMENTS}
    assert counts[study.NULL] == runs.UNTAUGHT
    chapter = CHAPTER.read_text(encoding="utf-8")
    named = re.findall(r"(\d+) (?:simulated )?(?:experiments|sessions (?=under))", chapter)
    larger = mechanisms_runs.EXPERIMENTS["study"]
    assert set(map(int, named)) == {runs.EXPERIMENTS, runs.UNTAUGHT, larger}


def test_chapter_7_ran_the_same_experiments_but_for_its_frames():
    """What lets chapter 6 take its shares from them."""
    for name in ("WEEKS", "BEFORE_AND_AFTER"):
        assert getattr(mechanisms_runs, name) is getattr(runs, name)
    for theory, code in runs.THEORIES.items():
        assert mechanisms_runs.MODELS[theory] == (code, {})
    assert runs.WITHIN.windows == tuple(range(1, 11))
    assert dataclasses.replace(mechanisms_runs.FRAMES, windows=runs.WITHIN.windows) == runs.WITHIN


def test_every_estimate_has_a_title():
    assert set(study.TITLES) == set(study.TESTED)
