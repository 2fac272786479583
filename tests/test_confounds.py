"""Confounds: closed forms against trials, and the sufficient statistics against both."""

import numpy as np
import pytest
from scipy import stats

from neurocoord.code import Conditional, draw_paths, with_covariate
from neurocoord.experiment.draw import draw_statistics
from neurocoord.information import Statistics, linear_fisher_information
from neurocoord.theories import (
    Arousal,
    CommonNoise,
    EfficientCoding,
    Inference,
    slope_and_covariance,
)
from neurocoord.world import CARDINAL, OBLIQUE, Population, World

TRIALS = 40_000


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(3)
    return World(Population.draw(7, rng=rng), tau=0.8, sigma=1.3, correlation=0.1, baseline=3.0)


def wrapped(name, world):
    direction = np.random.default_rng(4).standard_normal(world.size)
    return {
        "noise on inference": CommonNoise(Inference(feedback=0.7), direction, 0.4),
        "noise on efficient coding": CommonNoise(EfficientCoding(), direction, 0.6),
        "arousal on inference": Arousal(Inference(), 0.3),
        "arousal on efficient coding": Arousal(EfficientCoding(), 0.2),
        "noise on arousal": CommonNoise(Arousal(Inference(), 0.25), direction, 0.3),
    }[name]


NAMES = (
    "noise on inference",
    "noise on efficient coding",
    "arousal on inference",
    "arousal on efficient coding",
    "noise on arousal",
)


def where(world):
    w_hat = 0.8 * world.population.pattern(OBLIQUE)
    return {"engagement": 0.6, "other_patterns": world.population.pattern(CARDINAL)[None]}, w_hat


@pytest.mark.parametrize("name", NAMES)
def test_trials_have_the_exact_moments(name, world):
    theory, (common, w_hat), window = wrapped(name, world), where(world), range(2, 5)
    rng = np.random.default_rng(5)
    evidence = world.draw_evidence(OBLIQUE, 0.4, trials=TRIALS, frames=5, rng=rng)
    drawn = theory.respond(world, OBLIQUE, evidence, w_hat, rng=rng, **common)[:, 1:4].sum(axis=1)
    exact = theory.moments(world, OBLIQUE, w_hat, 0.4, frame=window, **common)
    error = np.sqrt(np.diag(exact.covariance) / TRIALS)
    assert (np.abs(drawn.mean(axis=0) - exact.mean) < 4.5 * error).all()
    spread = np.sqrt(np.diag(exact.covariance))
    differences = np.abs(np.cov(drawn.T) - exact.covariance) / np.outer(spread, spread)
    assert differences.max() < 5 * np.sqrt(2 / TRIALS)


@pytest.mark.parametrize("name", NAMES)
def test_statistics_have_the_exact_moments(name, world):
    theory, (common, w_hat), window = wrapped(name, world), where(world), range(2, 5)
    rng = np.random.default_rng(6)
    paths = draw_paths(world, OBLIQUE, w_hat, 0.4, trials=TRIALS, frames=5, rng=rng)
    given = theory.conditional(world, OBLIQUE, w_hat, 0.4, paths, frame=window, **common)
    found = Statistics.pooled([draw_statistics(one, rng=rng) for one in given])
    exact = theory.moments(world, OBLIQUE, w_hat, 0.4, frame=window, **common)
    spread = np.sqrt(np.diag(exact.covariance))
    assert found.count == TRIALS
    assert (np.abs(found.mean - exact.mean) < 4.5 * spread / np.sqrt(TRIALS)).all()
    differences = np.abs(found.scatter / (TRIALS - 1) - exact.covariance)
    assert (differences / np.outer(spread, spread)).max() < 5 * np.sqrt(2 / TRIALS)


def test_jitter_along_the_slope_limits_information_by_its_own_variance(world):
    """1/I rises by the variance of the jitter: Sherman and Morrison."""
    naive, w_hat, sd = Inference(), np.zeros(world.size), 0.35
    slope, covariance = slope_and_covariance(naive, world, CARDINAL, w_hat, 0.2, frame=range(1, 4))
    theory = CommonNoise(naive, slope / 3, sd)
    jittered = slope_and_covariance(theory, world, CARDINAL, w_hat, 0.2, frame=range(1, 4))
    np.testing.assert_allclose(jittered[0], slope)
    expected = 1 / (1 / linear_fisher_information(slope, covariance) + sd**2)
    assert linear_fisher_information(*jittered) == pytest.approx(expected)


def test_a_naive_code_under_jitter_sees_what_evidence_of_a_jittered_signal_gives(world):
    """The signal of each trial moved by xi, in place of noise added to the responses."""
    rng, w_hat, sd = np.random.default_rng(7), np.zeros(world.size), 0.5
    w = world.population.pattern(CARDINAL)
    signals = 0.2 + sd * rng.standard_normal(TRIALS)
    evidence = world.draw_evidence(CARDINAL, signals, trials=TRIALS, frames=2, rng=rng)
    drawn = Inference().respond(world, OBLIQUE, evidence, w_hat, rng=rng).sum(axis=1)
    theory = CommonNoise(Inference(), world.bottom_up_gain * w, sd)
    exact = theory.moments(world, CARDINAL, w_hat, 0.2, frame=range(1, 3))
    spread = np.sqrt(np.diag(exact.covariance))
    differences = np.abs(np.cov(drawn.T) - exact.covariance) / np.outer(spread, spread)
    assert differences.max() < 5 * np.sqrt(2 / TRIALS)


def test_fluctuations_of_no_size_leave_the_theory_as_it_is(world):
    (common, w_hat), theory = where(world), Inference()
    plain = theory.moments(world, OBLIQUE, w_hat, 0.3, frame=2, **common)
    for wrapper in (CommonNoise(theory, np.ones(world.size), 0.0), Arousal(theory, 0.0)):
        found = wrapper.moments(world, OBLIQUE, w_hat, 0.3, frame=2, **common)
        np.testing.assert_allclose(found.mean, plain.mean)
        np.testing.assert_allclose(found.covariance, plain.covariance)


def test_a_covariate_is_one_more_channel_with_the_coupling_given():
    rng = np.random.default_rng(8)
    given = Conditional(
        rng.standard_normal((9000, 1)), np.array([1.0, 2.0]), np.array([[0.5, -0.2]]), np.eye(2)
    )
    found = draw_statistics(with_covariate(given, np.array([0.3, -0.4]), 0.7), rng=rng)
    covariance = found.scatter / (found.count - 1)
    expected = [0.3, -0.4, 0.7]  # the scalars are independent of the covariate
    np.testing.assert_allclose(covariance[-1], expected, atol=5 * np.sqrt(2 / 9000))
    assert abs(found.mean[-1]) < 4 * np.sqrt(0.7 / 9000)


def test_two_gains_are_equally_likely(world):
    rng = np.random.default_rng(9)
    paths = draw_paths(world, CARDINAL, np.zeros(world.size), 0.0, trials=TRIALS, frames=1, rng=rng)
    groups = Arousal(Inference(), 0.3).conditional(
        world, CARDINAL, np.zeros(world.size), 0.0, paths
    )
    low, high = (len(one.scalars) for one in groups)
    assert stats.binomtest(low, low + high).pvalue > 1e-4
    np.testing.assert_allclose(groups[0].intercept / groups[1].intercept, 0.7 / 1.3)


def test_bad_fluctuations_are_refused(world):
    w_hat = np.zeros(world.size)
    with pytest.raises(ValueError, match="sd must be"):
        CommonNoise(Inference(), np.ones(3), -1.0)
    with pytest.raises(ValueError, match="below 1"):
        Arousal(Inference(), 1.0)
    rng = np.random.default_rng(0)
    evidence = world.draw_evidence(CARDINAL, 0.0, trials=2, frames=1, rng=rng)
    for theory in (CommonNoise(Inference(), np.ones(world.size), 0.1), Arousal(Inference(), 0.1)):
        with pytest.raises(ValueError, match="Poisson"):
            theory.respond(world, OBLIQUE, evidence, w_hat, rng=rng, poisson=True)
    paths = draw_paths(world, CARDINAL, w_hat, 0.0, trials=5, frames=1, rng=rng)
    with pytest.raises(ValueError, match="without a shared gain"):
        Arousal(Arousal(Inference(), 0.1), 0.1).conditional(world, CARDINAL, w_hat, 0.0, paths)
