"""The two routes draw from the same distribution, and from the right one."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from neurocoord.code import Code, Conditional
from neurocoord.experiment.draw import (
    Block,
    by_statistics,
    by_trials,
    draw_statistics,
    wishart_root,
)
from neurocoord.information import Statistics, moments_of
from neurocoord.theories import EfficientCoding, Inference
from neurocoord.world import CARDINAL, OBLIQUE, Population, World

THEORIES = [
    pytest.param(Inference(feedback=0.9), id="inference"),
    pytest.param(EfficientCoding(price=0.02), id="efficient"),
]


def test_bartletts_root_has_the_moments_of_the_wishart():
    rng = np.random.default_rng(1)
    drawn = np.array([A @ A.T for A in (wishart_root(3, 7, rng) for _ in range(20_000))])
    law = stats.wishart(7, np.eye(3))
    np.testing.assert_allclose(drawn.mean(axis=0), law.mean(), atol=4 * np.sqrt(14 / 20_000))
    np.testing.assert_allclose(drawn.var(axis=0), law.var(), rtol=0.1)


@pytest.mark.parametrize("dependent", [False, True])
def test_statistics_given_the_scalars_have_the_moments_of_trials(dependent):
    r"""mean ~ N(i + z B, C / T); E scatter = B' S B + (T - 1) C, also for dependent scalars."""
    rng = np.random.default_rng(3)
    T = 9
    z = rng.normal(size=(T, 2)) * [1.0, 3.0] + [0.5, -1.0]
    if dependent:
        z[:, 1] = 2 * z[:, 0]
    B, i = rng.normal(size=(2, 3)), rng.normal(size=3)
    root = rng.normal(size=(3, 3))
    C = root @ root.T + np.eye(3)
    given = Conditional(z, i, B, C)
    drawn = [draw_statistics(given, rng=rng) for _ in range(20_000)]
    means, scatters = (np.array([getattr(d, n) for d in drawn]) for n in ("mean", "scatter"))
    centre = i + z.mean(axis=0) @ B
    error = np.sqrt(np.diag(C) / T / 20_000)
    assert (np.abs(means.mean(axis=0) - centre) < 4 * error).all()
    np.testing.assert_allclose(np.cov(means.T), C / T, atol=0.05 * C.max() / T)
    S = (z - z.mean(axis=0)).T @ (z - z.mean(axis=0))
    deviation = scatters.mean(axis=0) - (B.T @ S @ B + (T - 1) * C)
    assert (np.abs(deviation) < 4 * scatters.std(axis=0) / np.sqrt(20_000)).all()
    # Against trials drawn one by one: the whole distribution of a mean and of two entries.
    trials = i + z @ B + rng.standard_normal((4000, T, 3)) @ np.linalg.cholesky(C).T
    centred = trials - trials.mean(axis=1, keepdims=True)
    by_hand = np.einsum("kti,ktj->kij", centred, centred)
    for entry in ((0, 0), (0, 2)):
        assert stats.ks_2samp(scatters[:, *entry], by_hand[:, *entry]).pvalue > 1e-3
    assert stats.ks_2samp(means[:, 1], trials.mean(axis=1)[:, 1]).pvalue > 1e-3


def test_only_the_mean_is_drawn_where_only_the_mean_is_needed():
    rng = np.random.default_rng(4)
    given = Conditional(np.ones((5, 1)), np.zeros(2), np.array([[1.0, -1.0]]), np.diag([1.0, 4.0]))
    drawn = [draw_statistics(given, rng=rng, scatter=False) for _ in range(5000)]
    means = np.array([d.mean for d in drawn])
    assert drawn[0].scatter is None
    np.testing.assert_allclose(means.mean(axis=0), [1, -1], atol=4 * np.sqrt(4 / 25_000))
    np.testing.assert_allclose(means.var(axis=0), [1 / 5, 4 / 5], rtol=0.1)


def test_a_scatter_of_less_than_full_rank():
    """E scatter = B' S B + (T - 1) C also for fewer trials than neurons, down to one."""
    rng = np.random.default_rng(14)
    z, B = rng.normal(size=(3, 2)), rng.normal(size=(2, 5))
    given = Conditional(z, np.zeros(5), B, np.diag([1.0, 2.0, 3.0, 4.0, 5.0]))
    scatters = np.array([draw_statistics(given, rng=rng).scatter for _ in range(20_000)])
    S = (z - z.mean(axis=0)).T @ (z - z.mean(axis=0))
    deviation = scatters.mean(axis=0) - (B.T @ S @ B + 2 * given.covariance)
    assert (np.abs(deviation) < 4 * scatters.std(axis=0) / np.sqrt(20_000)).all()
    assert np.linalg.matrix_rank(scatters[0]) == 2
    one = draw_statistics(Conditional(z[:1], np.zeros(5), B, given.covariance), rng=rng)
    assert (one.scatter == 0).all()


class TwoStates(Inference):
    """In half of the trials nothing is expected: the covariance differs by trial."""

    def code(self, at):
        codes = [super(TwoStates, self).code(dataclasses.replace(at, engagement=c)) for c in (0, 1)]
        return OneOfTwo(*codes)


@dataclasses.dataclass
class OneOfTwo:
    rest: Code
    engaged: Code

    def conditional(self, signal, paths, *, frame):
        parts = []
        for group, code, double in (
            (paths.state < 0, self.rest, 1),
            (paths.state > 0, self.engaged, 2),
        ):
            if group.any():
                (whole,) = code.conditional(signal, paths, frame=frame)
                # A covariance of its own for each group, besides loadings of its own.
                covariance = double * whole.covariance
                parts.append(
                    Conditional(whole.scalars[group], whole.intercept, whole.loadings, covariance)
                )
        return tuple(parts)


def test_groups_of_trials_are_pooled_exactly():
    """The statistics of two states against trials that mix them, drawn one by one."""
    world = World(Population.draw(4, rng=np.random.default_rng(15), amplitude=1.2), baseline=0.5)
    w = world.population.pattern(CARDINAL)
    block = Block(TwoStates(), world, CARDINAL, w, 1.0, None, 0.0, np.arange(4))
    rng = np.random.default_rng(16)
    drawn = [
        by_statistics(block, 0.4, [2], trials=12, frames=2, scatter=True, rng=rng).statistics[0]
        for _ in range(4000)
    ]
    assert {d.count for d in drawn} == {12}
    mixed = []
    for _ in range(4000):
        evidence = world.draw_evidence(CARDINAL, 0.4, trials=12, frames=2, rng=rng)
        at_rest = rng.random(12) < 0.5
        response = np.empty((12, 4))
        for group, c in ((at_rest, 0.0), (~at_rest, 1.0)):
            if not group.any():
                continue
            given = Inference().respond(world, CARDINAL, evidence[group], w, rng=rng, engagement=c)[
                :, 1
            ]
            # Scaling the residual, whose covariance doubles when engaged: add as much again.
            k0 = world.bottom_up_gain
            a = w / world.evidence_variance
            Qa = world.evidence_cov @ a
            residual = k0**2 * (world.evidence_cov - np.outer(Qa, Qa) / (a @ Qa))
            extra = c * (residual + (k0 * world.sigma**2 + world.private_variance) * np.eye(4))
            response[group] = given + rng.multivariate_normal(np.zeros(4), extra, group.sum())
        mixed.append(Statistics.of(response))
    for entry in ((0, 0), (1, 2), (3, 3)):
        pair = ([d.scatter[entry] for d in sample] for sample in (drawn, mixed))
        assert stats.ks_2samp(*pair).pvalue > 1e-3
    assert stats.ks_2samp([d.mean @ w for d in drawn], [d.mean @ w for d in mixed]).pvalue > 1e-3


@pytest.mark.parametrize("theory", THEORIES)
@pytest.mark.parametrize("window", [2, range(1, 4)], ids=["frame", "sum"])
def test_both_routes_give_estimates_of_the_same_distribution(theory, window):
    """Kolmogorov and Smirnov over seeds, with few trials and unlike parameters."""
    population = Population.draw(6, rng=np.random.default_rng(5), amplitude=1.1)
    world = World(population, tau=0.8, sigma=1.2, correlation=0.2, baseline=0.6, signal_sd=0.7)
    w = population.pattern(CARDINAL)
    others = population.pattern(OBLIQUE)[None]
    block = Block(theory, world, CARDINAL, 0.8 * w, 0.9, others, 0.5, np.array([0, 2, 3, 5]))
    shared = {"trials": 14, "frames": 3}
    samples = {}
    for number, route in enumerate((by_statistics, by_trials)):
        rng = np.random.default_rng([6, number])
        rows = []
        for _ in range(500):
            drawn = [
                route(block, s, [window], scatter=True, rng=rng, **shared) for s in (-0.4, 0.4, 0.0)
            ]
            low, high, zero = (d.statistics[0] for d in drawn)
            sample = moments_of(low, high, 0.8, zero)
            estimate = sample.estimate()
            rows.append(
                [
                    estimate.total,
                    estimate.shuffled,
                    estimate.redundancy,
                    sample.mean_correlation(),
                    sample.single_neurons()[1],
                    high.mean[0],
                    np.log(np.linalg.det(low.scatter)),
                    drawn[1].positive,
                ]
            )
        samples[route] = np.array(rows).T
    p = [stats.ks_2samp(*pair).pvalue for pair in zip(*samples.values(), strict=True)]
    assert min(p) > 1e-3, p


def test_choices_and_responses_of_a_block_belong_together():
    """Choices at zero signal correlate with the responses as much by either route."""
    population = Population.draw(5, rng=np.random.default_rng(7), amplitude=1.5)
    world = World(population, baseline=0.5)
    w = population.pattern(CARDINAL)
    block = Block(Inference(), world, CARDINAL, w, 1.0, None, 0.3, np.arange(5))
    found = []
    for number, route in enumerate((by_statistics, by_trials)):
        rng = np.random.default_rng([8, number])
        drawn = [
            route(block, 0.0, [3], trials=12, frames=3, scatter=True, rng=rng) for _ in range(1500)
        ]
        along = [d.statistics[0].mean @ w for d in drawn]
        found.append(np.corrcoef(along, [d.positive for d in drawn])[0, 1])
    assert found[1] > 0.4
    assert found[0] == pytest.approx(found[1], abs=4 * np.sqrt(2 / 1500))
