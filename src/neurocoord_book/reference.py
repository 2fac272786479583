"""The reference world of the chapters, the same for every theory, and how a population is measured.

Signals are weak, as near threshold; subjects see a few strengths of both signs, and know their
spread. The private noise of neurons is the same under every theory.
"""

import math

import numpy as np

from neurocoord._checks import positive
from neurocoord.code import Frame
from neurocoord.information import (
    linear_fisher_information,
    noise_correlations,
    redundancy,
    redundancy_fraction,
    shuffled_information,
    single_neuron_information,
)
from neurocoord.theories import Theory, slope_and_covariance
from neurocoord.world import CARDINAL, Population, World

LEVELS = (-0.4, -0.2, -0.1, 0.0, 0.1, 0.2, 0.4)
"""The signals that subjects see, equally often."""

SIGNAL_SD = math.sqrt(sum(s**2 for s in LEVELS) / len(LEVELS))
"""sigma_s, their root mean square: 0.245."""

PRIVATE = 0.25
"""Variance v of the private noise of a neuron, squared spikes per frame."""

BASELINE = 4.0
"""Mean response without a signal, spikes per frame; nothing that is measured depends on it."""

FRAMES = 10
"""Frames of a trial."""

SIGNAL = 0.1
"""The signal near threshold at which f' is measured."""


def draw_world(
    seed: int, *, snr: float = 1.0, n: int = 60, private: float = PRIVATE, **changes: float
) -> World:
    """Draw a population, and return the reference world around it.

    Parameters
    ----------
    seed : int
        Seed of the population.
    snr : float
        tau^2 / sigma^2, with tau = 1.
    n : int
        Number of neurons.
    private : float
        Variance of the private noise, squared spikes per frame.
    **changes
        Other parameters of `World`.

    Examples
    --------
    >>> world = draw_world(0, snr=10)
    >>> world.private_variance, round(world.sigma**2, 3), round(world.signal_sd, 3)
    (0.25, 0.1, 0.245)
    """
    population = Population.draw(n, rng=np.random.default_rng(seed))
    own = {"sigma": positive("snr", snr) ** -0.5, "signal_sd": SIGNAL_SD, "baseline": BASELINE}
    return World(population, **own | {"fano": private / BASELINE} | changes)


def measure(
    theory: Theory,
    world: World,
    learned: float,
    *,
    signal: float = SIGNAL,
    frame: Frame = 1,
    engagement: float = 1.0,
) -> dict[str, float]:
    """Measure the coordination of a population, exactly.

    Parameters
    ----------
    theory : Theory
        The code.
    world : World
        The world.
    learned : float
        How much of the cardinal pattern the subject has learned: w_hat is this times w.
    signal, frame, engagement
        As in `slope_and_covariance`.

    Returns
    -------
    dict
        ``gain`` along the task axis; ``single``, mean information of a neuron; ``shuffled`` and
        ``total`` information; ``redundancy`` and its ``fraction``; ``correlation``, the mean noise
        correlation.
    """
    w = world.population.pattern(CARDINAL)
    slope, covariance = slope_and_covariance(
        theory, world, CARDINAL, learned * w, signal, frame=frame, engagement=engagement
    )
    pairs = np.triu_indices(w.size, k=1)
    return {
        "gain": float(w @ slope / (w @ w)),
        "single": float(single_neuron_information(slope, covariance).mean()),
        "shuffled": shuffled_information(slope, covariance),
        "total": linear_fisher_information(slope, covariance),
        "redundancy": redundancy(slope, covariance),
        "fraction": redundancy_fraction(slope, covariance),
        "correlation": float(noise_correlations(covariance)[pairs].mean()),
    }
