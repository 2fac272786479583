"""The claims of chapter 2, recomputed from bare numpy and scipy, by other routes than its cells."""

import functools

import numpy as np
import pytest
from scipy import linalg, optimize, stats

from neurocoord_book import claims

LEVELS = np.array([-0.4, -0.2, -0.1, 0, 0.1, 0.2, 0.4])
SIGNAL_VARIANCE = np.mean(LEVELS**2)
PRIVATE, PRICE = 0.25, 0.01
CONCENTRATION = 4.0


@functools.cache
def population(seed):
    """The pattern of a population, and the correlations of its evidence."""
    rng = np.random.default_rng(seed)
    theta, amplitude = rng.uniform(0, np.pi, 60), rng.gamma(4, 0.125, 60)
    kernel = np.exp(CONCENTRATION * (np.cos(2 * np.subtract.outer(theta, theta)) - 1))
    R = 0.02 * kernel
    np.fill_diagonal(R, 1)
    return amplitude * np.cos(2 * theta), R


@functools.cache
def best_gain(variance, noise):
    """The gain of a mode by search, given the variances of the scene and of the input noise."""

    def loss(log_power):
        g2 = np.exp(log_power)
        worth = 0.5 * np.log1p(g2 * variance / (g2 * noise + PRIVATE))
        return PRICE * g2 * (variance + noise) - worth

    return np.exp(optimize.minimize_scalar(loss, bracket=(-9, 1), tol=1e-10).x / 2)


def measures(slope, covariance):
    shuffled = slope**2 / np.diag(covariance)
    total = slope @ linalg.cho_solve(linalg.cho_factor(covariance), slope)
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    upper = correlation[np.triu_indices(slope.size, 1)]
    return {
        "total": total,
        "single": shuffled.mean(),
        "fraction": 1 - total / shuffled.sum(),
        "correlation": upper.mean(),
    }


@functools.cache
def efficient(snr, seed, learned):
    """An efficient code as its two gains: one along the pattern, one across."""
    w, R = population(seed)
    noise = 1 / snr
    unit = w / np.linalg.norm(w)
    across, along = best_gain(1.0, noise), best_gain(1 + learned * SIGNAL_VARIANCE * w @ w, noise)
    K = across * np.eye(60) + (along - across) * np.outer(unit, unit)
    return measures(K @ w, K @ ((1 + noise) * R) @ K + PRIVATE * np.eye(60))


@functools.cache
def decoding(seed, u):
    """Trials of ten frames at an SNR of 1, with noise of spread u along the pattern."""
    w, R = population(seed)
    slope = 5 * w
    return measures(slope, 10 * (0.5 * R + PRIVATE * np.eye(60)) + u**2 * np.outer(slope, slope))


def changes(code, before, after, measure, ratio):
    pairs = [(code(*before(seed))[measure], code(*after(seed))[measure]) for seed in range(100)]
    naive, trained = np.transpose(pairs)
    return trained / naive if ratio else trained - naive


def efficient_change(snr, measure, ratio=False):
    def at(learned):
        return lambda seed: (snr, seed, learned)

    return changes(efficient, at(0), at(1), measure, ratio)


def decoding_change(measure, ratio=False):
    return changes(decoding, lambda s: (s, 0.3), lambda s: (s, 0.0), measure, ratio)


def half_learned():
    left, trials = 1.0, 0
    while left > 0.5:
        previous, left = left, left * (1 - 0.1 * SIGNAL_VARIANCE)
        trials += 1
    return trials - np.log(0.5 / left) / np.log(previous / left)


def whitened():
    evidence = 1.1 * np.array([[1, 0.2], [0.2, 1]])
    K = linalg.inv(linalg.sqrtm(evidence + 0.81))
    after = K @ evidence @ K
    return after[0, 1] / after[0, 0]


def exponent():
    return np.log10(best_gain(1e7, 1.0) / best_gain(1e6, 1.0))


def turns():
    found = []
    for seed in range(100):
        w, _ = population(seed)
        m = 1 + SIGNAL_VARIANCE * w @ w

        def difference(log_noise, m=m):
            noise = np.exp(log_noise)
            return best_gain(m, noise) - best_gain(1.0, noise)

        found.append(np.exp(-optimize.brentq(difference, -1, 1, xtol=1e-6)))
    return np.array(found)


ROUTES = {
    "learning-needs-hundreds-of-trials": half_learned,
    "decoding-total-rises": lambda: decoding_change("total", ratio=True),
    "decoding-redundancy-falls": lambda: decoding_change("fraction"),
    "decoding-single-rises-little": lambda: decoding_change("single", ratio=True),
    "whitening-flips-correlation": whitened,
    "gain-whitens-at-last": exponent,
    "efficient-redundancy-falls": lambda: efficient_change(10, "fraction"),
    "efficient-single-falls": lambda: efficient_change(10, "single", ratio=True),
    "efficient-information-kept": lambda: efficient_change(10, "total", ratio=True),
    "efficient-mean-correlation-blind": lambda: efficient_change(10, "correlation"),
    "efficient-redundancy-rises-in-noise": lambda: efficient_change(0.05, "fraction"),
    "efficient-nearly-still-at-one": lambda: efficient_change(1, "fraction"),
    "efficient-turn": turns,
}


def test_each_claim_has_a_second_route():
    assert list(ROUTES) == [claim.id for claim in claims.claims_of("02-efficient-coding")]


@pytest.mark.parametrize("name", ROUTES)
def test_value_and_interval_by_the_second_route(name):
    evidence, found = claims.stored()[name].evidence, ROUTES[name]()
    if np.ndim(found) == 0:
        assert evidence.exact
        assert evidence.value == pytest.approx(found, rel=1e-4)
        return
    low, high = stats.t.interval(0.95, found.size - 1, found.mean(), stats.sem(found))
    given = [evidence.value, evidence.low, evidence.high]
    assert given == pytest.approx([found.mean(), low, high], rel=1e-4, abs=1e-7)
