"""What chapter 2 computes: the efficient code, its prediction for learning, and its edge."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from neurocoord._checks import Array, positive, whole
from neurocoord.code import Frame
from neurocoord.gains import boundary_snr, mode_objective, optimal_gain, task_axis_ratio
from neurocoord.information import (
    differential_variance,
    linear_fisher_information,
    noise_correlations,
    redundancy,
    redundancy_fraction,
    shuffled_information,
    single_neuron_information,
    total_correlation,
)
from neurocoord.theories import EfficientCoding, Theory, Whitening, slope_and_covariance
from neurocoord.world import CARDINAL, Population, World
from neurocoord_book.studies._memo import study

PRICE = 0.01
"""Price of response power in the chapter, nats per squared spike."""

EFFICIENT = EfficientCoding(PRICE)
"""The efficient code of the chapter."""

HIGH_SNR, LOW_SNR = 10.0, 0.05
"""Scene variance over sensory noise variance in the two worlds of the chapter."""

SIGNAL = 0.1
"""The signal at which f' is measured; a linear code gives the same at any other."""


def draw_world(seed: int, *, snr: float = HIGH_SNR, n: int = 60, **changes: float) -> World:
    """Return a world of the chapter: tau = 1, sigma from the SNR, private noise of variance 1.

    Parameters
    ----------
    seed : int
        Seed of the population.
    snr : float
        tau^2 / sigma^2.
    n : int
        Number of neurons.
    **changes
        Other parameters of `World`.
    """
    sigma = positive("snr", snr) ** -0.5
    population = Population.draw(n, rng=np.random.default_rng(seed))
    return World(population, **{"sigma": sigma, "baseline": 4.0, "fano": 0.25} | changes)


def same_preference(pattern: Array) -> Array:
    """Return which pairs (i < j) of neurons prefer the same category of the task, (pairs,)."""
    rows, columns = np.triu_indices(pattern.size, k=1)
    return pattern[rows] * pattern[columns] > 0


def measure(
    theory: Theory,
    world: World,
    amount: float,
    *,
    signal: float = SIGNAL,
    frame: Frame = 1,
    engagement: float = 1.0,
) -> dict[str, float]:
    """Measure the coordination of a population that has learned part of the cardinal pattern.

    Parameters
    ----------
    theory : Theory
        The code.
    world : World
        The world.
    amount : float
        How much has been learned: w_hat is this times w.
    signal, frame, engagement
        As in `slope_and_covariance`.

    Returns
    -------
    dict
        All of responses given the signal, but for ``ensemble``, the total correlation over all
        trials of a subject who meets the signals +-signal_sd.
    """
    w = world.population.pattern(CARDINAL)
    slope, covariance = slope_and_covariance(
        theory, world, CARDINAL, amount * w, signal, frame=frame, engagement=engagement
    )
    met, given = slope_and_covariance(
        theory, world, CARDINAL, amount * w, world.signal_sd, frame=frame, engagement=engagement
    )
    ensemble = given + world.signal_sd**2 * np.outer(met, met)
    correlations = noise_correlations(covariance)[np.triu_indices(w.size, k=1)]
    return {
        "task_variance": 1 + (world.signal_sd * amount / world.tau) ** 2 * float(w @ w),
        "gain": float(w @ slope / (w @ w)),
        "single": float(np.mean(single_neuron_information(slope, covariance))),
        "shuffled": shuffled_information(slope, covariance),
        "total": linear_fisher_information(slope, covariance),
        "redundancy": redundancy(slope, covariance),
        "fraction": redundancy_fraction(slope, covariance),
        "differential": differential_variance(slope, covariance),
        "correlation": float(correlations.mean()),
        "alike": float(correlations[same_preference(w)].mean()),
        "total_correlation": total_correlation(covariance),
        "ensemble": total_correlation(ensemble),
    }


NAMES = MappingProxyType(
    {
        "gain": "task-axis gain",
        "single": "information of a neuron",
        "shuffled": "shuffled information",
        "total": "information of the population",
        "fraction": "redundancy fraction",
    }
)
"""How tables on pages call what `measure` returns, where not by its name."""


@study
def learning(
    *,
    theory: Theory = EFFICIENT,
    snr: float = HIGH_SNR,
    amounts: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
    populations: int = 200,
    n: int = 60,
    seed: int = 2,
) -> pd.DataFrame:
    """Follow the code of many populations while the pattern is learned.

    Returns
    -------
    DataFrame
        One row a population and amount learned, with the columns of `measure`, and ``gain_ratio``,
        ``single_ratio`` and ``total_ratio`` relative to the same population before learning.
    """
    whole("populations", populations)
    rows = []
    for child in np.random.SeedSequence(seed).spawn(populations):
        world = draw_world(child, snr=snr, n=n)
        naive = measure(theory, world, 0.0)
        for amount in amounts:
            row = naive if amount == 0 else measure(theory, world, amount)
            ratios = {f"{name}_ratio": row[name] / naive[name] for name in NAIVE_UNITS}
            rows.append({"population": len(rows) // len(amounts), "amount": amount} | row | ratios)
    return pd.DataFrame(rows)


NAIVE_UNITS = ("gain", "single", "total")
"""The measures that `learning` also gives in units of their value before learning."""


@study
def changes(
    *,
    theory: Theory = EFFICIENT,
    snr: float = HIGH_SNR,
    populations: int = 200,
    seed: int = 2,
) -> pd.DataFrame:
    """Return what learning changes, one row a population.

    Returns
    -------
    DataFrame
        ``gain``, ``single``, ``total``: trained over naive. ``fraction``, ``correlation``,
        ``alike``: trained minus naive. ``naive_fraction``, ``trained_fraction``: as they are.
        ``task_variance``: scene variance along the learned axis, over the background.
    """
    table = learning(theory=theory, snr=snr, amounts=(0.0, 1.0), populations=populations, seed=seed)
    naive, trained = (table[table.amount == x].set_index("population") for x in (0.0, 1.0))
    columns = {name: trained[name] / naive[name] for name in NAIVE_UNITS}
    columns |= {name: trained[name] - naive[name] for name in ("fraction", "correlation", "alike")}
    columns |= {"task_variance": trained.task_variance}
    columns |= {"naive_fraction": naive.fraction, "trained_fraction": trained.fraction}
    return pd.DataFrame(columns)


@study
def over_snr(
    *,
    theory: Theory = EFFICIENT,
    snrs: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 2.0, 4.0, 10.0, 30.0),
    populations: int = 40,
    seed: int = 3,
) -> pd.DataFrame:
    """Return the redundancy fraction before and after learning, one row a population and SNR."""
    tables = [
        changes(theory=theory, snr=snr, populations=populations, seed=seed).assign(snr=snr)
        for snr in snrs
    ]
    return pd.concat(tables, ignore_index=True)


@study
def turns(*, populations: int = 200, seed: int = 2) -> pd.DataFrame:
    """Return the SNR at which learning leaves the code of each population of the chapter as it was.

    Along the task axis learning changes one gain and no other, and it changes nothing where the
    optimal gain of the trained axis is that of the background.

    Returns
    -------
    DataFrame
        One row a population: ``task_variance``, as in `changes`, and ``snr``.
    """
    variances = changes(populations=populations, seed=seed)["task_variance"]
    snr = [boundary_snr(PRICE, task_variance=variance) for variance in variances]
    return pd.DataFrame({"task_variance": variances, "snr": snr})


@study
def gains(
    *, prices: tuple[float, ...] = (0.001, 0.01, 0.1), low: float = 0.01, high: float = 1000.0
) -> pd.DataFrame:
    """Return the optimal gain over the SNR of a mode, for several prices of power."""
    snr = np.geomspace(low, high, 201)
    return pd.concat(
        [
            pd.DataFrame({"snr": snr, "price": p, "gain": optimal_gain(snr, price=p)})
            for p in prices
        ],
        ignore_index=True,
    )


@study
def formula_error() -> float:
    """Return the largest relative error of the optimal gain against numerical optimisation.

    Over a grid of scene variances, input noises, output noises and prices, without the modes
    that are silent.
    """
    worst = 0.0
    for c in (0.1, 1.0, 10.0):
        for input_noise in (0.3, 1.0, 3.0):
            for output_noise in (0.3, 1.0):
                for price in (0.001, 0.01, 0.1):
                    noise = {"input_noise": input_noise, "output_noise": output_noise}
                    gain = float(optimal_gain(c, price=price, **noise))
                    if gain == 0:
                        continue
                    best = minimize_scalar(
                        _minus_objective,
                        bracket=(np.log(gain) - 1.1, np.log(gain) + 0.9),
                        args=(c, price, input_noise, output_noise),
                        tol=1e-12,
                    )
                    worst = max(worst, abs(np.exp(best.x) / gain - 1))
    return worst


def _minus_objective(
    log_gain: float, c: float, price: float, input_noise: float, output_noise: float
) -> float:
    """Return what the optimal gain minimises, as a function of its logarithm."""
    return -float(
        mode_objective(
            np.exp(log_gain), c, price=price, input_noise=input_noise, output_noise=output_noise
        )
    )


@study
def phase_diagram(
    *, task_variance: float = 4.0, size: int = 121, low: float = 0.02, high: float = 50.0
) -> pd.DataFrame:
    """Return the task-axis gain relative to the background, over SNR and price of power."""
    snr, price = np.meshgrid(np.geomspace(low, high, size), np.geomspace(1e-4, 0.4, size))
    ratio = task_axis_ratio(snr, price, task_variance=task_variance)
    return pd.DataFrame({"snr": snr.ravel(), "price": price.ravel(), "ratio": ratio.ravel()})


@study
def phase_boundary(*, task_variance: float = 4.0, size: int = 60) -> pd.DataFrame:
    """Return the SNR at which the prediction changes sign, for each price of power."""
    price = np.geomspace(1e-4, 0.4, size)
    snr = [boundary_snr(p, task_variance=task_variance) for p in price]
    return pd.DataFrame({"price": price, "snr": snr})


@study
def two_neurons(*, signal_sd: float = 1.0, correlation: float = 0.2) -> pd.DataFrame:
    """Return what whitening does to two neurons that prefer the same category.

    Returns
    -------
    DataFrame
        One row a stage (``evidence``, ``whitened``) with the covariances of the ensemble and given
        the signal: ``ensemble_xx``, ``ensemble_xy``, ``given_xx``, ``given_xy`` (both neurons are
        alike, so yy is xx), and the ``slope`` of each.
    """
    population = Population(np.zeros(2), np.full(2, 0.9))
    world = World(
        population, sigma=10**-0.5, signal_sd=signal_sd, correlation=correlation, fano=0.0
    )
    w = population.pattern(CARDINAL)
    whitening = _whitening(world.evidence_cov + signal_sd**2 * np.outer(w, w))
    rows = []
    for stage, K in (("evidence", np.eye(2)), ("whitened", whitening)):
        slope, given = K @ w, K @ world.evidence_cov @ K.T
        ensemble = given + signal_sd**2 * np.outer(slope, slope)
        rows.append(
            {
                "stage": stage,
                "ensemble_xx": ensemble[0, 0],
                "ensemble_xy": ensemble[0, 1],
                "given_xx": given[0, 0],
                "given_xy": given[0, 1],
                "slope": slope[0],
            }
        )
    return pd.DataFrame(rows)


def _whitening(C: Array) -> Array:
    """Return C^-1/2."""
    variances, vectors = np.linalg.eigh(C)
    return (vectors / np.sqrt(variances)) @ vectors.T


@study
def lossless(*, seed: int = 4, n: int = 60) -> float:
    """Return how much information whitening loses without output noise, as a part of all."""
    world = draw_world(seed, n=n, fano=0.0)
    w = world.population.pattern(CARDINAL)
    evidence = linear_fisher_information(w, world.evidence_cov)
    return measure(Whitening(), world, 1.0)["total"] / evidence - 1


@study
def passive_difference(*, seed: int = 4) -> float:
    """Return the redundancy fraction of the trained code: engaged minus passive."""
    world = draw_world(seed)
    w = world.population.pattern(CARDINAL)
    engaged, passive = (
        redundancy_fraction(
            *slope_and_covariance(
                EfficientCoding(PRICE), world, CARDINAL, w, SIGNAL, engagement=engagement
            )
        )
        for engagement in (1.0, 0.0)
    )
    return engaged - passive


@study
def redundancy_by_gain(*, snr: float = HIGH_SNR, n: int = 200, seed: int = 4) -> pd.DataFrame:
    """Return the redundancy fraction of a large population, exactly and by the gains alone.

    Without limited-range correlations, before and after learning.

    Returns
    -------
    DataFrame
        ``amount``, ``exact``, and ``by_gain``: 1 - (g_b^2 q + v) / (g_t^2 q + v).
    """
    amplitude = 0.5 * np.sqrt(60 / n)  # the same length of w as 60 neurons of the chapter have
    population = Population.draw(n, rng=np.random.default_rng(seed), amplitude=amplitude)
    world = replace(draw_world(seed, snr=snr), population=population, correlation=0.0)
    w = population.pattern(CARDINAL)
    noise = {"input_noise": world.sigma, "output_noise": np.sqrt(world.private_variance)}
    rows = []
    for amount in (0.0, 0.5, 1.0):
        task = world.tau**2 + (world.signal_sd * amount) ** 2 * w @ w
        g_t, g_b = optimal_gain([task, world.tau**2], price=PRICE, **noise)
        q, v = world.evidence_variance, world.private_variance
        rows.append(
            {
                "amount": amount,
                "exact": measure(EfficientCoding(PRICE), world, amount)["fraction"],
                "by_gain": 1 - (g_b**2 * q + v) / (g_t**2 * q + v),
            }
        )
    return pd.DataFrame(rows)
