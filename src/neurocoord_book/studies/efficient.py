"""What chapter 2 computes: the efficient code, its prediction for learning, and its edge."""

from types import MappingProxyType

import numpy as np
import pandas as pd

from neurocoord._checks import Array, positive, whole
from neurocoord.code import Frame
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
from neurocoord.theories import EfficientCoding, Theory, slope_and_covariance
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


"""How tables on pages call what `measure` returns, where not by its name."""


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
