"""Sufficient statistics of the trials of one condition: all that the estimators need of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from neurocoord._checks import Array, finite_array, flag, instance, real_numbers, several, whole


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
    def of(cls, trials: ArrayLike, *, scatter: bool = True, name: str = "trials") -> "Statistics":
        """Return the statistics of trials, of which this holds one copy.

        Parameters
        ----------
        trials : array_like, (T, N)
            Responses, a row a trial; booleans are counts of 0 and 1.
        scatter : bool
            Whether the scatter is needed.
        name : str
            What to call the trials in an error.
        """
        name = instance("name", name, str)
        trials = check_trials(name, trials, least=1)
        # The mean is finite if and only if the trials are, short of overflow.
        mean = np.add.reduce(trials, axis=0, dtype=np.float64) / len(trials)
        if not np.isfinite(mean).all():
            where = np.flatnonzero(~np.isfinite(mean)).tolist()
            raise ValueError(f"{name} holds NaN or infinite responses, in neurons {where}")
        if not flag("scatter", scatter):
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
        r"""Return the statistics of groups of trials, all or none with a scatter, taken together.

        .. math:: S = \sum_g S_g + \sum_g T_g (m_g - m)(m_g - m)^T

        with the counts T_g, means m_g and scatters S_g of the groups and the mean m of all.
        """
        parts = [check_statistics("each of parts", part) for part in several("parts", parts)]
        if len({(part.mean.size, part.scatter is None) for part in parts}) > 1:
            raise ValueError("parts must have the same neurons, and all or none a scatter")
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


def check_trials(
    name: str, value: ArrayLike, n_neurons: int | None = None, *, least: int = 2
) -> Array:
    """Return a table of trials, uncopied, after checking its shape; booleans are counts."""
    trials = real_numbers(name, value, counts=True)
    if trials.ndim != 2:
        raise ValueError(f"{name} must have shape (trials, neurons), not {trials.shape}")
    if trials.shape[0] < least or trials.shape[1] < 1:
        raise ValueError(f"{name} needs two trials and one neuron at least, not {trials.shape}")
    if n_neurons is not None and trials.shape[1] != n_neurons:
        raise ValueError(f"{name} has {trials.shape[1]} neurons where low has {n_neurons}")
    return trials


def check_statistics(name: str, one: Statistics) -> Statistics:
    """Return statistics after checking that their parts are finite and fit each other."""
    count = whole(f"{name}.count", instance(name, one, Statistics).count)
    mean = finite_array(f"{name}.mean", one.mean, (None,))
    if one.scatter is None:
        return Statistics(count, mean)
    scatter = finite_array(f"{name}.scatter", one.scatter, (mean.size, mean.size))
    largest = np.diag(scatter).max()
    if np.diag(scatter).min() < 0 or np.abs(scatter - scatter.T).max() > 1e-8 * largest:
        raise ValueError(f"{name}.scatter must be symmetric, with no negative diagonal")
    return Statistics(count, mean, scatter)
