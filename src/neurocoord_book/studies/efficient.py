"""The worlds of efficient coding in which chapter 6 measures boosts."""

import numpy as np

from neurocoord._checks import positive
from neurocoord.world import Population, World

HIGH_SNR, LOW_SNR = 10.0, 0.05
"""Scene variance over sensory noise variance in the two worlds."""


def draw_world(seed: int, *, snr: float = HIGH_SNR, n: int = 60, **changes: float) -> World:
    """Return a world: tau = 1, sigma from the SNR, private noise of variance 1.

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
