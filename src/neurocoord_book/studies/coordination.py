"""The computations of chapter 1, *Measuring coordination*."""

import math

import numpy as np
import pandas as pd

from neurocoord._checks import Array, whole
from neurocoord.information import (
    estimate_information,
    estimator_variance,
    linear_fisher_information,
    naive_mean,
    noise_correlations,
    redundancy,
    redundancy_fraction,
    redundancy_interval,
    shuffled_information,
    total_correlation,
    trials_needed,
)
from neurocoord.world import CARDINAL, Population, limited_range
from neurocoord_book.studies._memo import study

RHO = 0.3
"""Noise correlation of the chapter's two neurons."""

ANGLES = {"across": -45.0, "neutral": math.degrees(math.asin(RHO)) / 2, "along": 45.0}
"""Directions of f' in degrees: across the correlation, where it does nothing, and along it."""


def pair_covariance(rho: float) -> Array:
    """Return the covariance of two neurons of unit variance with noise correlation rho, (2, 2)."""
    return np.array([[1.0, rho], [rho, 1.0]])


def pair_slope(degrees: float) -> Array:
    """Return the unit slope of two neurons at an angle to the first neuron's axis, (2,)."""
    return np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])


@study
def two_neurons(rhos: tuple[float, ...] = (0.1, 0.3, 0.6), n_angles: int = 181) -> pd.DataFrame:
    """Return the redundancy fraction of two neurons by the direction of their slope.

    Returns
    -------
    DataFrame
        ``rho``, ``degrees`` (direction of f', from -90 to 90), ``fraction``.
    """
    return pd.DataFrame(
        {
            "rho": rho,
            "degrees": degrees,
            "fraction": redundancy_fraction(pair_slope(degrees), pair_covariance(rho)),
        }
        for rho in rhos
        for degrees in np.linspace(-90, 90, n_angles)
    )


LARGEST = 2048
"""Size of the population of which the smaller ones are part."""


def example_population(
    n_neurons: int, differential: float, *, correlation: float = 0.2, seed: int = 1
) -> tuple[Array, Array]:
    r"""Return slope and covariance of an orientation-tuned population.

    .. math:: f'_i = a_i \cos 2\theta_i, \qquad
              \Sigma = R + \varepsilon f' f'^\top

    with unit variance before the differential part, limited-range correlations R, and amplitudes
    and orientations from `Population.draw`, so that smaller populations are part of larger ones.

    Parameters
    ----------
    n_neurons : int
        N, at most 2048.
    differential : float
        epsilon, the strength of the differential correlations, in squared units of the signal.
    correlation : float
        Noise correlation of two neurons of the same preference.
    seed : int
        Of the population.

    Returns
    -------
    slope : ndarray, (N,)
    covariance : ndarray, (N, N)

    Raises
    ------
    ValueError
        If N is not a whole number from 1 to 2048.
    """
    whole("n_neurons", n_neurons)
    if n_neurons > LARGEST:
        raise ValueError(f"n_neurons must be at most {LARGEST}, not {n_neurons}")
    largest = Population.draw(LARGEST, rng=np.random.default_rng(seed))
    population = Population(largest.orientations[:n_neurons], largest.amplitudes[:n_neurons])
    slope = population.pattern(CARDINAL)
    shared = limited_range(population.orientations, correlation, 4.0)
    return slope, shared + differential * np.outer(slope, slope)


DIFFERENTIAL = 0.1
"""epsilon of the chapter's population: it bounds the information by 1 / epsilon."""


@study
def growth(
    sizes: tuple[int, ...] = (8, 16, 32, 64, 128, 256, 512, 1024, 2048),
    differential: float = DIFFERENTIAL,
    seed: int = 1,
) -> pd.DataFrame:
    """Return how information grows with the number of neurons, for three kinds of noise.

    Returns
    -------
    DataFrame
        ``neurons``, ``noise`` (independent, limited-range, differential), ``total``,
        ``shuffled``, ``fraction`` (redundancy fraction), ``correlation`` (mean noise
        correlation), ``total_correlation`` (nats a neuron).
    """
    rows = []
    for n in sizes:
        slope, limited = example_population(n, 0.0, seed=seed)
        kinds = {
            "independent": np.diag(np.diag(limited)),
            "limited-range": limited,
            "differential": limited + differential * np.outer(slope, slope),
        }
        for noise, covariance in kinds.items():
            pairs = noise_correlations(covariance)[np.triu_indices(n, 1)]
            rows.append(
                {
                    "neurons": n,
                    "noise": noise,
                    "total": linear_fisher_information(slope, covariance),
                    "shuffled": shuffled_information(slope, covariance),
                    "fraction": redundancy_fraction(slope, covariance),
                    "correlation": pairs.mean(),
                    "total_correlation": total_correlation(covariance) / n,
                }
            )
    return pd.DataFrame(rows)


@study
def two_redundancies(n_neurons: int = 40, n_slopes: int = 300, seed: int = 2) -> pd.DataFrame:
    """Return total correlation and redundancy of many populations and slopes.

    The noise correlations grow in steps; for each, slopes are drawn at random and along the
    largest mode, in units of the standard deviation.

    Returns
    -------
    DataFrame
        ``correlation``, ``total_correlation`` (nats a neuron), ``slope`` (random or leading
        mode), ``fraction`` (redundancy fraction).
    """
    rng = np.random.default_rng(seed)
    rows = []
    for correlation in np.arange(0.05, 0.5, 0.05):
        _, covariance = example_population(n_neurons, 0.0, correlation=correlation, seed=seed)
        shared = total_correlation(covariance) / n_neurons
        leading = np.linalg.eigh(covariance).eigenvectors[:, -1]
        slopes = [("leading mode", leading)]
        slopes += [("random", rng.standard_normal(n_neurons)) for _ in range(max(n_slopes // 9, 1))]
        rows += [
            {
                "correlation": correlation,
                "total_correlation": shared,
                "slope": name,
                "fraction": redundancy_fraction(slope, covariance),
            }
            for name, slope in slopes
        ]
    return pd.DataFrame(rows)


N_NEURONS, DS = 40, 0.4
"""The simulated recording session: neurons, and the distance between its two signals."""


def _session(rng: np.random.Generator, slope: Array, root: Array, trials: int, ds: float) -> Array:
    """Draw the trials of one session at two signals, (2, trials, N); Sigma = root root^T."""
    drawn = rng.standard_normal((2, trials, slope.size)) @ root.T
    drawn[1] += ds * slope
    return drawn


def example_session(
    trials: int, *, n_neurons: int = N_NEURONS, ds: float = DS, seed: int = 0
) -> tuple[Array, Array]:
    """Return the trials of one simulated session at two signals `ds` apart.

    Parameters
    ----------
    trials : int
        Trials at each signal.
    n_neurons : int
        N.
    ds : float
        Distance between the two signals.
    seed : int
        Of the trials.

    Returns
    -------
    low, high : ndarray, (trials, N)
    """
    slope, covariance = example_population(whole("n_neurons", n_neurons), DIFFERENTIAL)
    root = np.linalg.cholesky(covariance)
    low, high = _session(np.random.default_rng(seed), slope, root, whole("trials", trials), ds)
    return low, high


@study
def bias(
    trial_counts: tuple[int, ...] = (30, 50, 80, 150, 300, 600),
    n_neurons: int = N_NEURONS,
    ds: float = DS,
    repeats: int = 2000,
    seed: int = 3,
) -> pd.DataFrame:
    """Return naive and corrected estimates of simulated sessions, with the exact means.

    Returns
    -------
    DataFrame
        One row a session and estimator: ``trials``, ``session``, ``estimator`` (naive,
        corrected), ``estimate``, ``expected`` (the exact mean of that estimator), ``truth``.
    """
    slope, covariance = example_population(n_neurons, DIFFERENTIAL)
    truth, root = linear_fisher_information(slope, covariance), np.linalg.cholesky(covariance)
    rng = np.random.default_rng(seed)
    rows = []
    for trials in trial_counts:
        for session in range(repeats):
            estimate = estimate_information(*_session(rng, slope, root, trials, ds), ds)
            exact = naive_mean(truth, n_neurons, estimate.degrees, estimate.noise)
            common = {"trials": trials, "session": session, "truth": truth}
            rows.append(
                common | {"estimator": "naive", "estimate": estimate.naive_total, "expected": exact}
            )
            rows.append(
                common | {"estimator": "corrected", "estimate": estimate.total, "expected": truth}
            )
    return pd.DataFrame(rows)


def variance_variant(information: float, n_neurons: int, degrees: int, noise: float) -> float:
    """Return a variant of `estimator_variance` with nu - N in place of nu - 1."""
    spread = information**2 + (degrees - n_neurons) * noise * (2 * information + n_neurons * noise)
    return 2 / (degrees - n_neurons - 3) * spread


@study
def spread(
    sizes: tuple[int, ...] = (2, 5, 10, 20, 40, 80),
    trials: int = 100,
    ds: float = 0.2,
    repeats: int = 1500,
    seed: int = 4,
) -> pd.DataFrame:
    """Return the variance of the corrected estimate in simulation, and by two formulae.

    Returns
    -------
    DataFrame
        ``neurons``, ``simulated`` and its standard error ``error``, ``exact``, ``variant`` (the
        variant), all in squared units of information.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for n in sizes:
        slope, covariance = example_population(n, DIFFERENTIAL)
        truth, root = linear_fisher_information(slope, covariance), np.linalg.cholesky(covariance)
        estimates = [
            estimate_information(*_session(rng, slope, root, trials, ds), ds)
            for _ in range(repeats)
        ]
        squares = (np.array([estimate.total for estimate in estimates]) - truth) ** 2
        degrees, noise = estimates[0].degrees, estimates[0].noise
        rows.append(
            {
                "neurons": n,
                "simulated": squares.mean(),
                "error": squares.std(ddof=1) / math.sqrt(repeats),
                "exact": estimator_variance(truth, n, degrees, noise),
                "variant": variance_variant(truth, n, degrees, noise),
            }
        )
    return pd.DataFrame(rows)


@study
def together(
    trials: int = 100,
    n_neurons: int = N_NEURONS,
    ds: float = DS,
    repeats: int = 1000,
    seed: int = 5,
) -> pd.DataFrame:
    """Return total and shuffled estimates of the same sessions, and the jackknife's intervals.

    Returns
    -------
    DataFrame
        One row a session: ``total``, ``shuffled``, ``redundancy``, ``low``, ``high`` (the
        interval) and ``truth`` (the true redundancy).
    """
    slope, covariance = example_population(n_neurons, DIFFERENTIAL)
    truth, root = redundancy(slope, covariance), np.linalg.cholesky(covariance)
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(repeats):
        low, high = _session(rng, slope, root, trials, ds)
        estimate = estimate_information(low, high, ds)
        interval = redundancy_interval(low, high, ds)
        rows.append(
            {
                "total": estimate.total,
                "shuffled": estimate.shuffled,
                "redundancy": interval.value,
                "low": interval.low,
                "high": interval.high,
                "truth": truth,
            }
        )
    return pd.DataFrame(rows)


@study
def trials_for(
    sizes: tuple[int, ...] = (5, 10, 20, 40, 80, 160, 320),
    errors: tuple[float, ...] = (0.1, 0.2, 0.4),
    ds: float = DS,
) -> pd.DataFrame:
    """Return how many trials at each signal the corrected estimate needs.

    Returns
    -------
    DataFrame
        ``neurons``, ``error`` (standard error as a fraction of the information), ``trials``.
    """
    rows = []
    for n in sizes:
        slope, covariance = example_population(n, DIFFERENTIAL)
        information = linear_fisher_information(slope, covariance)
        rows += [
            {"neurons": n, "error": error, "trials": trials_needed(information, n, ds, error)}
            for error in errors
        ]
    return pd.DataFrame(rows)
