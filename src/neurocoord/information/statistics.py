"""Sufficient statistics of the trials of one condition: all that the estimators need of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from neurocoord._checks import Array


@dataclass(frozen=True, eq=False)
class Statistics:
    """Count, mean and scatter of the responses at one signal.

    Attributes
    ----------
    count : int
        T, the number of trials.
    mean : ndarray, (N,)
        Mean response.
    scatter : ndarray, (N, N), or None
        Sum over trials of the outer products of the deviations from `mean`; None where only the
        mean is needed. A neuron that never varied has exactly zero.
    """

    count: int
    mean: Array
    scatter: Array | None = None

    @classmethod
    def of(cls, trials: Array, *, scatter: bool = True, name: str = "trials") -> "Statistics":
        """Return the statistics of checked trials (T, N), of which this holds one copy."""
        mean = mean_response(name, trials)
        if not scatter:
            return cls(len(trials), mean)
        centred = np.subtract(trials, mean, dtype=np.float64)
        products = centred.T @ centred
        # Rounding leaves a constant neuron a tiny scatter; whether it varies, its range tells.
        tiny = len(trials) * (1e3 * np.finfo(float).eps * np.abs(mean).max()) ** 2
        for neuron in np.flatnonzero(np.diag(products) <= tiny):
            if np.ptp(trials[:, neuron]) == 0:
                products[neuron] = products[:, neuron] = 0.0
        return cls(len(trials), mean, products)

    @classmethod
    def pooled(cls, parts: Sequence["Statistics"]) -> "Statistics":
        r"""Return the statistics of groups of trials taken together.

        .. math:: S = \sum_g S_g + \sum_g T_g (m_g - m)(m_g - m)^T

        with the counts T_g, means m_g and scatters S_g of the groups and the mean m of all.

        Parameters
        ----------
        parts : sequence of Statistics
            The groups, all with a scatter or all without.
        """
        if len(parts) == 1:
            return parts[0]
        counts = np.array([part.count for part in parts])
        means = np.array([part.mean for part in parts])
        total = int(counts.sum())
        mean = counts @ means / total
        if parts[0].scatter is None:
            return cls(total, mean)
        between = np.sqrt(counts)[:, None] * (means - mean)
        return cls(total, mean, sum(part.scatter for part in parts) + between.T @ between)


def check_trials(name: str, value: ArrayLike, n_neurons: int | None = None) -> Array:
    """Check the shape and type of a table of trials, without copying it."""
    trials = np.asarray(value)
    if trials.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers, not {trials.dtype}")
    if trials.ndim != 2:
        raise ValueError(f"{name} must have shape (trials, neurons), not {trials.shape}")
    if trials.shape[0] < 2 or trials.shape[1] < 1:
        raise ValueError(f"{name} needs two trials and one neuron at least, not {trials.shape}")
    if n_neurons is not None and trials.shape[1] != n_neurons:
        raise ValueError(f"{name} has {trials.shape[1]} neurons where low has {n_neurons}")
    return trials


def mean_response(name: str, trials: Array) -> Array:
    """Mean over trials, which is finite if and only if the trials are (short of overflow)."""
    mean = trials.mean(axis=0, dtype=np.float64)
    if not np.isfinite(mean).all():
        where = np.flatnonzero(~np.isfinite(mean)).tolist()
        raise ValueError(f"{name} holds NaN or infinite responses, in neurons {where}")
    return mean
