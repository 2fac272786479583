"""The claims of chapter 1, recomputed by other routes than its cells; and what it teaches."""

import functools
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, linalg, stats
from scipy.io import loadmat
from statsmodels.stats.proportion import proportion_confint

from neurocoord import recordings
from neurocoord_book import claims
from neurocoord_book.studies import awake, recording

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01-coordination.ipynb"
U, N, DS = 0.3, 40, 0.4
"""Spread of the jitter, neurons of a session, distance of its signals."""


@functools.cache
def population():
    """Slope and limited-range correlations of 2048 neurons, by loops over angles."""
    rng = np.random.default_rng(1)
    theta, amplitude = rng.uniform(0, np.pi, 2048), rng.gamma(4, 0.125, 2048)
    phase = np.exp(2j * theta)
    R = 0.2 * np.exp(4 * (np.multiply.outer(phase, phase.conj()).real - 1))
    return amplitude * phase.real, R + np.diag(1 - np.diag(R))


def fraction(slope, covariance):
    """1 - I / I_sh by the inverse matrix."""
    return 1 - slope @ linalg.inv(covariance) @ slope / (slope**2 / np.diag(covariance)).sum()


def information(size):
    """Information with the jitter, by the parallel sum of equation (1.6)."""
    slope, R = population()
    limited = slope[:size] @ linalg.solve(R[:size, :size], slope[:size], assume_a="pos")
    return 1 / (1 / limited + U**2)


def mean_correlation():
    slope, R = population()
    scale = np.sqrt(1 + (U * slope) ** 2)
    both = R + U**2 * slope[:, None] * slope

    def mean(matrix):
        return (matrix.sum() - np.trace(matrix)) / (2048 * 2047)

    return mean(both / scale / scale[:, None]) - mean(R)


def weakest():
    """Along an eigenvector of correlations, I / I_sh is one over the eigenvalue."""
    rng = np.random.default_rng(1)
    theta = rng.uniform(0, np.pi, 2048)[:N]
    R = 0.05 * np.exp(4 * (np.cos(2 * np.subtract.outer(theta, theta)) - 1)) + 0.95 * np.eye(N)
    return 1 - 1 / linalg.eigvalsh(R)[-1]


EXACT = {
    "correlation-helps-across": lambda: 1 - 1 / (1 - 0.3),
    "differential-saturates": lambda: information(2048) / information(1024),
    "mean-correlation-blind": mean_correlation,
    "weakly-correlated-yet-redundant": weakest,
}


@functools.cache
def moments():
    """Slope, root of the covariance, and truths of the session."""
    slope, R = (one[:N] for one in population())
    covariance = R[:, :N] + U**2 * np.outer(slope, slope)
    total = slope @ linalg.inv(covariance) @ slope
    return slope, linalg.sqrtm(covariance).real, total, (slope**2 / np.diag(covariance)).sum()


def estimates(trials, sessions, seed):
    """Naive and corrected total, and corrected shuffled, of many sessions: (3, sessions).

    From the exact distributions of the sample mean and of the sample covariance.
    """
    slope, root, *_ = moments()
    rng, df, h = np.random.default_rng(seed), 2 * trials - 2, 2 / trials / DS**2
    found = []
    for _ in range(sessions):
        f = slope + root @ rng.standard_normal(N) * h**0.5
        S = root @ stats.wishart.rvs(df, np.eye(N), random_state=rng) @ root / df
        naive, alone = f @ linalg.solve(S, f, assume_a="pos"), (f**2 / np.diag(S)).sum()
        found.append((naive, naive * (df - N - 1) / df - h * N, alone * (df - 2) / df - h * N))
    return np.transpose(found)


def test_every_claim_is_checked_here():
    names = {claim.id for claim in claims.claims_of("01-coordination")}
    others = {
        "naive-overestimates",
        "few-sessions-tell",
        "v1-leading-mode-limiting",
        "v1-random-harmless",
        "awake-nearly-none",
        "few-neurons-hide-redundancy",
    }
    assert names == set(EXACT) | others


@pytest.mark.parametrize("name", EXACT)
def test_exact_values(name):
    evidence = claims.stored()[name].evidence
    assert evidence.exact
    assert evidence.value == pytest.approx(EXACT[name](), rel=1e-4)


def test_naive_estimates_have_their_exact_mean_and_variance():
    df, h, total = 98, 2 / 50 / DS**2, moments()[2]
    mean = df / (df - N - 1) * (total + h * N)
    variance = 2 * (total**2 + 2 * (df - 1) * h * total + N * (df - 1) * h**2) / (df - N - 3)
    error = variance**0.5 * df / (df - N - 1) / total / 500**0.5
    evidence = claims.stored()["naive-overestimates"].evidence
    assert abs(evidence.value - mean / total) < 4 * error
    reach = stats.t.ppf(0.975, 499) * error
    assert evidence.high - evidence.low == pytest.approx(2 * reach, rel=0.15)
    assert evidence.high - evidence.value == pytest.approx(evidence.value - evidence.low, rel=1e-4)
    simulated = estimates(50, 1500, seed=21)[1]
    assert abs(simulated.mean() - total) < 4 * stats.sem(simulated)
    assert simulated.var() == pytest.approx(variance, rel=0.25)


def test_few_sessions_tell():
    # Redundancy by its simulated spread: an interval of 1.97 such standard errors excludes zero.
    evidence = claims.stored()["few-sessions-tell"].evidence
    count = round(500 * evidence.value)
    assert evidence.value == pytest.approx(count / 500)
    interval = proportion_confint(count, 500, method="wilson")
    assert (evidence.low, evidence.high) == pytest.approx(interval, rel=1e-4)
    _, total, shuffled = estimates(100, 1500, seed=22)
    redundancy = shuffled - total
    assert abs(redundancy.mean() - (moments()[3] - moments()[2])) < 4 * stats.sem(redundancy)
    share = (redundancy > 1.97 * redundancy.std()).mean()
    # The jackknife knows the error of each session only roughly; a power of this size stays.
    assert evidence.value == pytest.approx(share, abs=0.15)
    # Errors go together: the chapter says that adding the variances would overstate several times.
    assert total.var() + shuffled.var() > 2 * redundancy.var()


def test_the_single_mode_of_the_recording():
    """The leading mode of the even trials, judged on the odd ones, without the package."""
    if not os.environ.get(recordings.MIRROR_VARIABLE):
        pytest.skip(f"{recordings.MIRROR_VARIABLE} names no folder with the recordings")
    counts = loadmat(recordings.fetch(recordings.SEMEDO2019))["X"].reshape(400, 10, 79).sum(axis=1)
    even, odd = (np.cov(counts[start::2].T) for start in (0, 1))
    scale = np.sqrt(np.diag(even))
    mode = linalg.svd(even / np.outer(scale, scale))[0][:, 0] * scale

    def corrected(slope, covariance):
        total = slope @ linalg.solve(covariance, slope) * (199 - 80) / 199
        return 1 - total / ((slope**2 / np.diag(covariance)).sum() * (199 - 2) / 199)

    evidence = claims.stored()["v1-leading-mode-limiting"].evidence
    assert evidence.value == pytest.approx(corrected(mode, odd), rel=1e-4)
    assert evidence.value - evidence.low == pytest.approx(evidence.high - evidence.value, rel=1e-3)
    rng = np.random.default_rng(23)
    random = [corrected(rng.standard_normal(79) * scale, odd) for _ in range(400)]
    share = claims.stored()["v1-random-harmless"].evidence
    assert abs(np.mean(np.array(random) < 0) - share.value) < 0.02
    assert (share.low, share.high) == pytest.approx(
        proportion_confint(round(400 * share.value), 400, method="wilson"), rel=1e-4
    )


def test_the_stored_share_is_that_of_the_shipped_slopes():
    rows = recording.SHIPPED.read()[0]["random_directions"]
    share = np.mean([row["fraction"] < 0 for row in rows])
    assert claims.stored()["v1-random-harmless"].evidence.value == pytest.approx(share)


def test_redundancy_of_awake_animals_from_the_file_itself():
    """The session fractions by the formulas of the chapter, from the file, without the package."""
    evidence = claims.stored()["awake-nearly-none"].evidence
    rows = awake.SHIPPED.read()[0]["sessions"]
    kept = np.array([row["fraction"] for row in rows if row["window"] == "30 to 530 ms"])
    assert kept.size == 14
    low, high = stats.t.interval(0.95, 13, kept.mean(), stats.sem(kept))
    given = evidence.value, evidence.low, evidence.high
    assert given == pytest.approx((kept.mean(), low, high), rel=1e-4)
    if not os.environ.get(recordings.MIRROR_VARIABLE):
        pytest.skip(f"{recordings.MIRROR_VARIABLE} names no folder with the recordings")
    fractions = []
    file = loadmat(recordings.fetch(recordings.ECKER2010), simplify_cells=True)
    for one in file["data"]:
        clean = one["spikes"][one["contamination"] < 0.05].astype(float)
        counts = clean[:, :, 23:73].sum(axis=2)  # bins centred at 35, 45, ..., 525 ms
        units, _, trials = counts.shape
        assert (one["times"][23], one["times"][72]) == (35, 525)
        if trials < 2 * units:
            continue
        total = shuffled = 0.0
        for k in range(16):
            pair = counts[:, [k, (k + 1) % 16]]
            pair = pair[pair.mean(axis=(1, 2)) >= 0.5]
            n, df, h = len(pair), 2 * trials - 2, 2 / trials / 22.5**2
            slope = (pair[:, 1].mean(axis=1) - pair[:, 0].mean(axis=1)) / 22.5
            S = (np.cov(pair[:, 0]) + np.cov(pair[:, 1])) / 2
            total += slope @ linalg.pinvh(S) @ slope * (df - n - 1) / df - h * n
            shuffled += (slope**2 / np.diag(S)).sum() * (df - 2) / df - h * n
        fractions.append(1 - total / shuffled)
    assert fractions == pytest.approx(list(kept), abs=1e-5)


def sampled(seed, trials):
    """Responses of whole trials of a trained subject that infers, frame by frame: the equations.

    World of chapter 3: tau = sigma = 1, private variance 0.25, the observer knows sigma_s.
    """
    rng = np.random.default_rng(seed)
    theta, amplitude = rng.uniform(0, np.pi, 60), rng.gamma(4, 0.125, 60)
    w = amplitude * np.cos(2 * theta)
    kernel = np.exp(4 * (np.cos(2 * np.subtract.outer(theta, theta)) - 1))
    root = linalg.cholesky(2 * (0.02 * kernel + 0.98 * np.eye(60)))
    sigma_s = np.sqrt(0.06)
    rng = np.random.default_rng(seed + 1000)
    means, spreads = [], []
    for s in (-0.1, 0.1):
        total, log_odds = np.zeros((trials, 60)), np.zeros(trials)
        for _ in range(10):
            e = s * w + rng.standard_normal((trials, 60)) @ root
            log_odds += e @ w / 2  # the observer takes the variance to be 2 for each neuron
            z = np.where(rng.random(trials) < (1 + np.tanh(sigma_s * log_odds)) / 2, 1, -1)
            total += 0.5 * e + 0.5 * sigma_s * w * z[:, None]
            total += 0.75**0.5 * rng.standard_normal((trials, 60))  # a posterior sample's, private
        means.append(total.mean(axis=0))
        spreads.append(np.cov(total.T))
    return (means[1] - means[0]) / 0.2, sum(spreads) / 2


def test_few_neurons_of_a_trained_population():
    """Some of the populations, simulated frame by frame."""
    evidence = claims.stored()["few-neurons-hide-redundancy"].evidence
    found = []
    for seed in range(25):
        slope, covariance = (one[..., :11] for one in sampled(seed, trials=3000))
        covariance = covariance[:11]
        df, h = 5998, 2 / 3000 / 0.2**2
        total = slope @ linalg.solve(covariance, slope) * (df - 12) / df - 11 * h
        shuffled = (slope**2 / np.diag(covariance)).sum() * (df - 2) / df - 11 * h
        found.append(1 - total / shuffled)
    spread = np.std(found, ddof=1)
    assert abs(np.mean(found) - evidence.value) < 4 * spread / 25**0.5
    assert evidence.high - evidence.low == pytest.approx(
        2 * stats.t.ppf(0.975, 99) * spread / 100**0.5, rel=0.4
    )


# ---- What the page says -----------------------------------------------------------------------


def cell(name):
    found = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return next("".join(one["source"]) for one in found if one["id"] == name)


def test_table_of_parameters_is_the_code():
    rows = re.findall(r"^\| [^|]*\| `(\w+)` \| ([\d.]+) \|", cell("0ade7c2c"), re.MULTILINE)
    values = {}
    exec(cell("params"), values)
    values.pop("__builtins__")
    assert {name: float(value) for name, value in rows} == values
    assert (values["u"], values["N"], values["ds"]) == (U, N, DS)


def test_neutral_slope_of_exercise_1():
    for rho in (0.1, 0.5):
        psi = np.arcsin(rho) / 2
        slope = np.array([np.cos(psi), np.sin(psi)])
        assert fraction(slope, np.array([[1, rho], [rho, 1]])) == pytest.approx(0, abs=1e-12)
        assert slope.prod() == pytest.approx(rho / 2)


def test_random_slopes_are_on_average_what_exercise_5_derives():
    # In two dimensions the mean over directions is an integral.
    R = np.array([[1, 0.6], [0.6, 1]])
    mean, _ = integrate.quad(
        lambda angle: fraction(np.array([np.cos(angle), np.sin(angle)]), R) / np.pi, 0, np.pi
    )
    assert mean == pytest.approx(1 - np.trace(linalg.inv(R)) / 2)
    assert mean < 0
