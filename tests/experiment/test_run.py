"""Whole experiments against exact moments, against estimates from trials, and across backends."""

import dataclasses

import joblib
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import norm

from neurocoord.experiment import Design, run, run_many
from neurocoord.experiment.behaviour import expected_behaviour, psychometric
from neurocoord.information import estimate_information
from neurocoord.learning import DeltaRule
from neurocoord.theories import EfficientCoding, Inference
from neurocoord.world import OBLIQUE, Population, World

SMALL = Design(
    subjects=1,
    tasks=("oblique", "cardinal"),
    sessions=3,
    engagement=(0.8, 0.0),
    strengths=(0.0, 0.2, 0.7),
    measured=(0.2,),
    trials=60,
    practice=40,
    frames=4,
    windows=(2, range(1, 5)),
    neurons=10,
    tracked=8,
    loss=0.1,
    rate=0.05,
    tau=0.9,
    sigma=1.2,
    amplitude=0.8,
    baseline=2.0,
    correlation=0.1,
    decision_noise=1.0,
    seed=3,
)
MEASURES = ("total", "shuffled", "redundancy", "single", "single_relevant", "correlation")


@pytest.mark.parametrize("theory", [Inference(), EfficientCoding(price=0.02)], ids=lambda t: t.name)
@pytest.mark.parametrize("noise", ["zero", "signal"])
def test_estimates_agree_with_exact_moments(theory, noise):
    """Within 4 standard errors, for each task, session, engagement and window."""
    table = run_many(dataclasses.replace(SMALL, noise=noise), theory, 40, exact=True, jobs=1)
    cells = ["task", "session", "engagement", "window"]
    for name in MEASURES:
        error = (table[name] - table[f"exact_{name}"]).groupby([table[c] for c in cells])
        z = error.mean() / error.std() * np.sqrt(error.size())
        assert np.abs(z).max() < 4.2, (name, z)  # 24 cells
    naive = table.query("session == 1")
    np.testing.assert_allclose(naive["learned"], 0)
    if theory.name == "inference":
        passive = table.query("engagement == 0")
        assert np.abs(passive["exact_redundancy"]).max() < 0.3 * table["exact_redundancy"].max()


def test_differential_variance_is_what_it_estimates_once_the_slope_is_known():
    design = dataclasses.replace(SMALL, trials=3000, sessions=2, windows=(3,), rate=0.3)
    table = run_many(design, Inference(), 10, exact=True, jobs=1)
    ratio = table["differential"] / table["exact_differential"]
    assert ratio.mean() == pytest.approx(1, abs=4 * ratio.std() / np.sqrt(len(ratio)))


def test_redundancy_and_its_fraction_follow_from_the_information():
    table = run(SMALL, Inference(), exact=True)
    for exact in ("", "exact_"):
        total, shuffled = table[f"{exact}total"], table[f"{exact}shuffled"]
        np.testing.assert_allclose(table[f"{exact}redundancy"], shuffled - total, atol=1e-12)
        fraction = (1 - total / shuffled).where(shuffled > 0)
        np.testing.assert_allclose(table[f"{exact}redundancy_fraction"], fraction)


def test_naive_subjects_measure_alike_engaged_and_passive():
    table = run(SMALL, Inference(), exact=True).query("session == 1")
    engaged, passive = (table.query(f"engagement == {c}") for c in (0.8, 0.0))
    for name in MEASURES:
        np.testing.assert_allclose(engaged[f"exact_{name}"], passive[f"exact_{name}"])


@pytest.mark.parametrize("counts", ["gaussian", "poisson"])
def test_sessions_are_what_the_estimators_make_of_the_trials(counts):
    design = dataclasses.replace(SMALL, route="trials", counts=counts, baseline=12.0)
    sessions = run(design, Inference())
    trials = run(design, Inference(), level="trial")
    if counts == "poisson":
        assert (trials["response"] % 1 == 0).all()
    keys = ["task", "session", "engagement", "window"]
    for _, row in sessions.iterrows():
        own = trials[(trials[keys] == row[keys]).all(axis=1)]
        wide = own.pivot_table(index=["stimulus", "trial"], columns="neuron", values="response")
        low, zero, high = (wide.loc[s].to_numpy() for s in (-0.2, 0.0, 0.2))
        estimate = estimate_information(low, high, 0.4, zero=zero)
        assert row["total"] == pytest.approx(estimate.total)
        assert row["shuffled"] == pytest.approx(estimate.shuffled)
        assert row["redundancy_fraction"] == pytest.approx(
            estimate.redundancy_fraction, nan_ok=True
        )
        correlations = np.corrcoef(zero.T)[np.triu_indices(wide.shape[1], 1)]
        assert row["correlation"] == pytest.approx(correlations.mean())


def test_neurons_add_up_to_the_session():
    sessions, neurons = (run(SMALL, Inference(), level=level) for level in ("session", "neuron"))
    keys = ["task", "session", "engagement", "window"]
    per = neurons.groupby(keys, sort=False)
    sessions = sessions.set_index(keys)
    pd.testing.assert_series_equal(
        per["information"].sum(), sessions["shuffled"], check_names=False
    )
    assert (per.size() == sessions["neurons"]).all()
    weights = neurons["pattern"] ** 2
    sums = (
        neurons.assign(part=weights * neurons["information"], weight=weights)
        .groupby(keys, sort=False)[["part", "weight"]]
        .sum()
    )
    weighted = sums["part"] / sums["weight"]
    pd.testing.assert_series_equal(weighted, sessions["single_relevant"], check_names=False)


def test_the_learner_learns_as_the_delta_rule_says():
    design = dataclasses.replace(SMALL, sessions=4, tasks=("cardinal",), windows=(1,))
    table = run_many(design, Inference(), 80, jobs=1).query("engagement == 0")
    learned = table.groupby("session")["learned"]
    rule = DeltaRule(design.rate)
    for session in range(1, 5):
        expected = rule.mean(np.zeros(1), np.ones(1), design.signals, 40 * (session - 1))[0]
        error = learned.std()[session] / np.sqrt(80)
        assert learned.mean()[session] == pytest.approx(expected, abs=4 * error + 1e-12)


def test_nothing_is_learned_at_rate_zero():
    table = run(dataclasses.replace(SMALL, rate=0.0), Inference(), exact=True)
    assert (table["learned"] == 0).all()
    assert np.ptp(table["exact_correct"].dropna()) == 0


def test_psychometric_curves_fitted_together_are_those_fitted_alone():
    signals, trials = np.array([-0.6, -0.2, 0.0, 0.2, 0.6]), 50
    rng = np.random.default_rng(4)
    truth = norm.cdf(np.array([[0.0], [0.3]]) + np.array([[0.5], [4.0]]) * signals)
    positive = rng.binomial(trials, truth)
    together = psychometric(signals, positive, trials)
    for k, row in enumerate(positive):
        family = sm.families.Binomial(sm.families.links.Probit())
        alone = sm.GLM(
            np.column_stack([row, trials - row]), sm.add_constant(signals), family=family
        ).fit()
        assert [together.bias[k], together.sensitivity[k]] == pytest.approx(alone.params, rel=1e-6)
        assert together.threshold[k] == pytest.approx(norm.ppf(0.75) / alone.params[1])
        right = row[3:].sum() + (trials - row[:2]).sum()
        assert together.correct[k] == right / (4 * trials)


def test_a_curve_that_is_always_right_is_very_steep_and_one_that_falls_has_no_threshold():
    fit = psychometric([-0.5, 0.0, 0.5], [[0, 10, 20], [20, 10, 0]], 20)
    assert fit.correct.tolist() == [1.0, 0.0]
    assert 0 < fit.threshold[0] < 0.2
    assert fit.threshold[1] == np.inf


def test_expected_behaviour_is_what_choices_average_to():
    population = Population.draw(7, rng=np.random.default_rng(5))
    world = World(population, tau=0.7, correlation=0.2)
    w = population.pattern(OBLIQUE)
    e = world.draw_evidence(OBLIQUE, 0.3, trials=40_000, frames=3, rng=np.random.default_rng(6))
    decision = (e @ (0.6 * w)).sum(axis=1) / (0.7**2 + 1)
    decision += 0.8 * np.random.default_rng(7).standard_normal(decision.size)
    exact = expected_behaviour(
        world, OBLIQUE, 0.6 * w, [-0.3, 0.0, 0.3], frames=3, decision_noise=0.8
    )
    assert exact.correct == pytest.approx((decision > 0).mean(), abs=4 * 0.5 / 200)
    assert norm.cdf(0.3 * exact.sensitivity) == pytest.approx(exact.correct)
    assert norm.cdf(exact.threshold * exact.sensitivity) == pytest.approx(0.75)


def test_who_knows_nothing_guesses_with_and_without_noise_of_the_decision():
    world = World(Population.draw(7, rng=np.random.default_rng(5)))
    for noise in (0.0, 0.8):
        curve = expected_behaviour(
            world, OBLIQUE, np.zeros(7), [-0.3, 0.3], frames=3, decision_noise=noise
        )
        assert (curve.sensitivity, curve.correct, curve.threshold) == (0.0, 0.5, np.inf)


def test_measured_behaviour_agrees_with_the_exact():
    design = dataclasses.replace(SMALL, windows=(1,), tasks=("cardinal",), practice=300)
    table = run_many(design, Inference(), 60, exact=True, jobs=1).query("engagement > 0")
    for name in ("correct", "bias"):
        error = (table[name] - table[f"exact_{name}"]).groupby(table["session"])
        assert (np.abs(error.mean()) < 4 * error.std() / np.sqrt(60)).all()
    last, first = (table.query("session == @k")["correct"] for k in (3, 1))
    assert last.mean() - first.mean() > 0.2


def test_seeds_matter_and_nothing_else_random_does():
    pd.testing.assert_frame_equal(run(SMALL, Inference()), run(SMALL, Inference()))
    other = run(dataclasses.replace(SMALL, seed=4), Inference())
    assert (other["total"] != run(SMALL, Inference())["total"]).all()


def test_unfit_levels_are_refused():
    with pytest.raises(ValueError, match="level"):
        run(SMALL, Inference(), level="spike")
    with pytest.raises(ValueError, match="route 'trials'"):
        run(SMALL, Inference(), level="trial")


def test_backends_and_workers_change_nothing():
    sequential = run_many(SMALL, Inference(), 3, jobs=1)
    pd.testing.assert_frame_equal(run_many(SMALL, Inference(), 3, jobs=2), sequential)
    with joblib.parallel_config("threading", n_jobs=3):
        pd.testing.assert_frame_equal(run_many(SMALL, Inference(), 3), sequential)
    first = run_many(SMALL, Inference(), 2, jobs=1)  # experiments do not depend on their number
    pd.testing.assert_frame_equal(first, sequential.query("experiment < 2"))


def test_a_dask_cluster_gives_the_same():
    distributed = pytest.importorskip("distributed")
    sequential = run_many(SMALL, Inference(), 4, jobs=1)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config("dask"),
    ):
        assert len(client.scheduler_info()["workers"]) == 2
        spread = run_many(SMALL, Inference(), 4)
    pd.testing.assert_frame_equal(spread, sequential)


@pytest.mark.parametrize("theory", [Inference, "inference", None])
def test_a_theory_is_an_object(theory):
    with pytest.raises(ValueError, match="theory must be an object"):
        run(SMALL, theory)


@pytest.mark.parametrize("positive", [[[0, 10, 21]], [[0, 10, 2.5]], [[0, -1, 20]]])
def test_choices_are_counts_of_the_trials(positive):
    with pytest.raises(ValueError, match="counts from 0 to the 20"):
        psychometric([-0.5, 0.0, 0.5], positive, 20)
