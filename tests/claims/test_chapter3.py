"""The claims of chapter 3, recomputed from bare numpy and scipy, by other routes than its cells."""

import functools
import itertools

import numpy as np
import pytest
from scipy import linalg, optimize, special, stats

from neurocoord_book import claims

LEVELS = np.array([-0.4, -0.2, -0.1, 0, 0.1, 0.2, 0.4])
SPREAD = np.sqrt(np.mean(LEVELS**2))
KAPPA, FRAMES, PRICE = 0.1, 10, 0.01
POPULATIONS = 12
WORLDS = list(itertools.product((1, 10), (0.1, SPREAD, 0.5, 1), (0.25, 1, 4)))
"""SNR, spread of signals and private variance."""


@functools.cache
def population(seed):
    """The pattern of a population, and the correlations of its evidence."""
    rng = np.random.default_rng(seed)
    theta, amplitude = rng.uniform(0, np.pi, 60), rng.gamma(4, 0.125, 60)
    R = 0.02 * np.exp(4 * (np.cos(2 * np.subtract.outer(theta, theta)) - 1))
    np.fill_diagonal(R, 1)
    return amplitude * np.cos(2 * theta), R


def measures(slope, covariance):
    single = slope**2 / np.diag(covariance)
    total = slope @ linalg.cho_solve(linalg.cho_factor(covariance), slope)
    return {
        "total": total,
        "single": single.mean(),
        "redundancy": single.sum() - total,
        "fraction": 1 - total / single.sum(),
    }


def nodes(reach=6.0, step=0.05):
    """Nodes and weights for the mean of a function of a standard normal variable."""
    z = np.arange(-reach, reach + step / 2, step)
    p = stats.norm.pdf(z)
    return z, p / p.sum()


@functools.cache
def belief(mean, variance, first, last):
    """Sums over a window: of E[b_t]; of E[1 - b_t^2] times frames heard; the variance of z."""
    coarse, p = nodes(step=0.15)
    window = np.arange(first, last + 1)
    level, heard, spread = 0.0, 0.0, 0.0
    for k, t in enumerate(window):
        here = np.tanh(t * mean + np.sqrt(t * variance) * coarse)
        m, square = p @ here, p @ here**2
        level, heard = level + m, heard + (k + 1) * (1 - square)
        spread += 1 - m**2
        for later in window[k + 1 :]:
            gap = later - t
            start = t * mean + np.sqrt(t * variance) * coarse[:, None]
            there = np.tanh(start + gap * mean + np.sqrt(gap * variance) * coarse)
            spread += 2 * (p @ (here * (there @ p)) - m * (p @ there @ p))
    return level, heard, spread


def inference(seed, world, learned, window=(1, FRAMES), *, believed=None, **at):
    """The posterior samples of a window, at a signal s, with the covariance of signal `zero`."""
    snr, spread, private = world
    s, zero = at.get("s", KAPPA), at.get("zero", False)
    w, R = population(seed)
    noise, n = 1 / snr, window[1] - window[0] + 1
    q, k0 = 1 + noise, 1 / (1 + noise)
    believed = believed or spread
    w_hat = learned * w
    f, a = (1 - k0) * believed * w_hat, believed * w_hat / q
    step = float(s * a @ w), float(q * a @ R @ a)
    up, heard, varied = belief(*step, *window)
    if zero:
        _, heard, varied = belief(0.0, step[1], *window)
    cross = k0 * heard * np.outer(q * R @ a, f)
    covariance = n * k0**2 * q * R + n * (k0 * noise + private) * np.eye(60)
    covariance += cross + cross.T + varied * np.outer(f, f)
    return measures(n * k0 * w + f * up / s, covariance)


def decoding(seed, world, learned):
    snr, _, private = world
    w, R = population(seed)
    k0 = snr / (1 + snr)
    slope, u = FRAMES * k0 * w, 0.3 * (1 - learned)
    covariance = FRAMES * (k0 * R + private * np.eye(60)) + u**2 * np.outer(slope, slope)
    return measures(slope, covariance)


@functools.cache
def best_gain(variance, noise, private):
    """The gain of a mode by search, given the variances of the scene and of both noises."""

    def loss(log_power):
        g2 = np.exp(log_power)
        worth = 0.5 * np.log1p(g2 * variance / (g2 * noise + private))
        return PRICE * g2 * (variance + noise) - worth

    return np.exp(optimize.minimize_scalar(loss, bracket=(-9, 1), tol=1e-10).x / 2)


def efficient(seed, world, learned):
    snr, spread, private = world
    w, R = population(seed)
    unit = w / np.linalg.norm(w)
    across = best_gain(1.0, 1 / snr, private)
    along = best_gain(1 + (learned * spread) ** 2 * w @ w, 1 / snr, private)
    K = across * np.eye(60) + (along - across) * np.outer(unit, unit)
    return measures(K @ w, K @ ((1 + 1 / snr) * R) @ K + private * np.eye(60))


def change(code, world, measure, seeds=POPULATIONS, ratio=False):
    pairs = [[code(seed, world, x)[measure] for x in (0, 1)] for seed in range(seeds)]
    naive, trained = np.transpose(pairs)
    return trained / naive if ratio else trained - naive


def extreme(rows, pick):
    """The populations of the world with the extreme mean."""
    return rows[pick([np.mean(row) for row in rows])]


def over_worlds(code, pick):
    return extreme([change(code, world, "fraction") for world in WORLDS], pick)


def inference_rises_least():
    """In the 24 worlds by two populations; in the one where it rises least, by all."""
    few = [np.mean(change(inference, world, "fraction", seeds=2)) for world in WORLDS]
    return change(inference, WORLDS[np.argmin(few)], "fraction")


def informed_least():
    few = {
        (code, world, measure): np.mean(change(code, world, measure, seeds=2, ratio=True))
        for code in (inference, decoding)
        for world in WORLDS
        for measure in ("single", "total")
    }
    return change(*min(few, key=few.get), ratio=True)


def own_slice():
    """Neurons that believe alone, in one go: each row of the beliefs is a neuron."""
    z, p = nodes()
    shares = []
    for seed in range(POPULATIONS):
        w, _ = population(seed)
        drive = SPREAD * w[:, None] / 2 * (FRAMES * KAPPA * w[:, None])
        b = np.tanh(drive + SPREAD * np.abs(w[:, None]) * np.sqrt(FRAMES / 2) * z)
        mean, doubt = b @ p, 1 - b**2 @ p
        f = SPREAD * w / 2
        variance = 0.5 + 0.75 + f * SPREAD * doubt * w + f**2 * (1 - mean**2)
        alone = np.mean((w / 2 + f * mean / KAPPA) ** 2 / variance)
        naive = np.mean((w / 2) ** 2 / 1.25)
        shared = inference(seed, (1, SPREAD, 0.25), 1, (FRAMES, FRAMES))["single"]
        shares.append((alone - naive) / (shared - naive))
    return np.array(shares)


def inflated():
    world = (1, SPREAD, 0.25)
    bold, sober = (
        [inference(seed, world, 1, believed=x)["single"] for seed in range(POPULATIONS)]
        for x in (1.0, SPREAD)
    )
    return np.divide(bold, sober)  # the naive information is the same


def seven_strengths():
    """Bayes over the strengths by Gaussian densities; covariances by Stein's lemma, numerically."""
    z, p = nodes()
    found = []
    for seed in range(POPULATIONS):
        w, R = population(seed)
        ell = FRAMES * w @ w / 2
        L = KAPPA * ell + np.sqrt(FRAMES * w @ R @ w / 2) * z

        def expected(L, power, ell=ell):
            logs = stats.norm.logpdf(L[:, None], LEVELS * ell, np.sqrt(ell))
            return special.softmax(logs, axis=1) @ LEVELS**power

        m, square = expected(L, 1), p @ expected(L, 2)
        steepness = p @ (expected(L + 1e-4, 1) - expected(L - 1e-4, 1)) / 2e-4
        cross = 0.5 * steepness * np.outer(R @ w, w / 2)
        covariance = 0.5 * R + 0.75 * np.eye(60) + cross + cross.T
        covariance += (square - (p @ m) ** 2) * np.outer(w, w) / 4
        seven = measures(w / 2 + w / 2 * (p @ m) / KAPPA, covariance)["fraction"]
        world, window = (1, SPREAD, 0.25), (FRAMES, FRAMES)
        naive, two = (inference(seed, world, x, window)["fraction"] for x in (0, 1))
        found.append((seven - naive) / (two - naive))
    return np.array(found)


def frames(measure, ends, pick, ratio, zeros, **at):
    """Late against early frames, in the world with the extreme mean."""
    rows = []
    for world, zero in itertools.product(WORLDS, zeros):
        early, late = (
            np.array(
                [
                    inference(k, world, 1, (t, t), zero=zero, **at)[measure]
                    for k in range(POPULATIONS)
                ]
            )
            for t in ends
        )
        rows.append(late / early if ratio else late - early)
    return extreme(rows, pick)


ROUTES = {
    "own-slice-gains-little": own_slice,
    "overconfidence-inflates": inflated,
    "two-strengths-suffice": seven_strengths,
    "inference-redundancy-rises": lambda: change(
        inference, (1, SPREAD, 0.25), "fraction", seeds=20
    ),
    "inference-rises-in-every-world": inference_rises_least,
    "decoding-falls-in-every-world": lambda: over_worlds(decoding, np.argmax),
    "efficient-turns-within-the-grid": lambda: over_worlds(efficient, np.argmax),
    "informed-under-both": informed_least,
    "frame-fraction-falls-in-every-world": lambda: frames(
        "fraction", (1, 10), np.argmax, False, (False, True)
    ),
    "frame-difference-rises-in-every-world": lambda: frames(
        "redundancy", (1, 10), np.argmin, True, (True,)
    ),
    "strong-difference-falls-in-every-world": lambda: frames(
        "redundancy", (5, 10), np.argmax, True, (False,), s=0.4
    ),
}


def test_each_claim_has_a_second_route():
    assert list(ROUTES) == [claim.id for claim in claims.claims_of("03-inference")]


@pytest.mark.parametrize("name", ROUTES)
def test_value_and_interval_by_the_second_route(name):
    evidence, found = claims.stored()[name].evidence, ROUTES[name]()
    low, high = stats.t.interval(0.95, found.size - 1, found.mean(), stats.sem(found))
    given = [evidence.value, evidence.low, evidence.high]
    assert given == pytest.approx([found.mean(), low, high], rel=2e-4, abs=1e-7)
