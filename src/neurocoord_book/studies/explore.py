"""The states behind the figure that moves: inference by learning, engagement, time and signal."""

import itertools

import numpy as np
import pandas as pd

from neurocoord._checks import Array, finite_array, whole
from neurocoord.information import (
    linear_fisher_information,
    redundancy,
    redundancy_fraction,
    shuffled_information,
)
from neurocoord.theories import Inference, slope_and_covariance
from neurocoord.world import CARDINAL, Population, World
from neurocoord_book.studies._memo import study

SIGNALS = (0.1, 0.5)
"""Signals of the trials: near threshold, and strong."""

WINDOWS = ("one frame", "all so far")
"""Which spikes count: those of one frame, or those of all frames since the trial began."""

AMOUNTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How much of the pattern has been learned: w_hat is this times w."""

ENGAGEMENTS = (0.0, 0.5, 1.0)
"""From passive viewing to full engagement."""

FRAMES = tuple(range(1, 11))
"""Frames of a trial."""


def pools(pattern: Array) -> Array:
    r"""Return the weights of two pools of neurons that are equally relevant to the task.

    Neurons are dealt one by one, the most relevant first, each to the pool that has less so far
    of the squared pattern. A pool adds up its neurons as a reader of the task would:

    .. math:: p_g = \sum_{i \in g} w_i r_i \Big/ \sqrt{\textstyle\sum_{i \in g} w_i^2}

    Parameters
    ----------
    pattern : (N,) array
        The task pattern w, at least two entries of which are not zero.

    Returns
    -------
    (2, N) array
        One row a pool, of unit length, zero for the neurons of the other pool. Responses of two
        uncorrelated neurons of equal variance leave the pools uncorrelated, with that variance.
    """
    w = finite_array("pattern", pattern, (None,))
    if np.count_nonzero(w) < 2:
        raise ValueError("pattern must have at least two entries that are not zero")
    weights = np.zeros((2, w.size))
    for i in np.argsort(-np.abs(w), kind="stable"):
        weights[np.argmin((weights**2).sum(axis=1)), i] = w[i]
    return weights / np.linalg.norm(weights, axis=1, keepdims=True)


def frames_of(window: str, frame: int) -> range:
    """Return the frames whose spikes count when a trial has come to a frame."""
    if window not in WINDOWS:
        raise ValueError(f"window must be one of {WINDOWS}, not {window!r}")
    whole("frame", frame)
    return range(frame if window == "one frame" else 1, frame + 1)


@study
def states(
    signals: tuple[float, ...] = SIGNALS,
    windows: tuple[str, ...] = WINDOWS,
    amounts: tuple[float, ...] = AMOUNTS,
    engagements: tuple[float, ...] = ENGAGEMENTS,
    frames: tuple[int, ...] = FRAMES,
    n_neurons: int = 60,
    seed: int = 1,
) -> pd.DataFrame:
    """Return the exact coordination of one population in every state of the figure.

    The theory is `Inference` and the task cardinal. A response is the spikes of one frame, or
    their mean over all frames so far, which carries what their sum carries.

    Returns
    -------
    DataFrame
        One row a state, in the order of the product of ``signal``, ``window``, ``amount``
        (learned), ``engagement`` and ``frame``. Of the population: ``total`` (I), ``shuffled``
        (I_sh), ``redundancy`` (their difference) and ``fraction`` (redundancy fraction). Of the
        two `pools`: ``slope_1``, ``slope_2`` (f', spikes per frame and unit signal),
        ``variance_1``, ``variance_2``, ``covariance`` (squared spikes per frame) and
        ``correlation``.
    """
    world = World(Population.draw(n_neurons, rng=np.random.default_rng(seed)))
    w = world.population.pattern(CARDINAL)
    weights = pools(w)
    rows = []
    for signal, window, amount, engagement, frame in itertools.product(
        signals, windows, amounts, engagements, frames
    ):
        counted = frames_of(window, frame)
        slope, covariance = slope_and_covariance(
            Inference(), world, CARDINAL, amount * w, signal, frame=counted, engagement=engagement
        )
        slope, covariance = slope / len(counted), covariance / len(counted) ** 2
        pooled = weights @ covariance @ weights.T
        rows.append(
            {
                "signal": signal,
                "window": window,
                "amount": amount,
                "engagement": engagement,
                "frame": frame,
                "total": linear_fisher_information(slope, covariance),
                "shuffled": shuffled_information(slope, covariance),
                "redundancy": redundancy(slope, covariance),
                "fraction": redundancy_fraction(slope, covariance),
                "slope_1": weights[0] @ slope,
                "slope_2": weights[1] @ slope,
                "variance_1": pooled[0, 0],
                "variance_2": pooled[1, 1],
                "covariance": pooled[0, 1],
                "correlation": pooled[0, 1] / np.sqrt(pooled[0, 0] * pooled[1, 1]),
            }
        )
    return pd.DataFrame(rows)
