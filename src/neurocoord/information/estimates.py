r"""Information estimated from trials, without bias and with an honest interval.

Throughout, two conditions a signal `ds` apart have T1 and T2 trials of N neurons; the pooled
covariance has :math:`\nu = T_1 + T_2 - 2` degrees of freedom, and the difference of the mean
responses, divided by `ds`, has covariance :math:`g \Sigma` with
:math:`g = (T_1 + T_2) / (T_1 T_2\, ds^2)`. Where the covariance comes from :math:`T_0` trials at
zero signal instead, :math:`\nu = T_0 - 1` and nothing else changes, as long as the covariance is
the same at all three signals.
"""

import bisect
import math
import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from neurocoord._checks import Array, positive, share, whole
from neurocoord.information.moments import correlation_factor
from neurocoord.information.statistics import Statistics, check_statistics, check_trials


class Interval(NamedTuple):
    """An estimate with the ends of its confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class InformationEstimate:
    """What `estimate_information` returns; information is in inverse squared signal units.

    Attributes
    ----------
    total, shuffled : float
        Bias-corrected linear Fisher information, of the population and of the same neurons
        taken one at a time. Unbiased, so that weak information can come out negative.
    naive_total, naive_shuffled : float
        The same, from the sample moments as they are.
    n_neurons, degrees, noise : int, int, float
        N, without the neurons that never vary, nu and g.
    """

    total: float
    shuffled: float
    naive_total: float
    naive_shuffled: float
    n_neurons: int
    degrees: int
    noise: float

    @property
    def redundancy(self) -> float:
        """Shuffled less total information."""
        return self.shuffled - self.total

    @property
    def redundancy_fraction(self) -> float:
        """1 - total / shuffled; NaN where the shuffled estimate is not positive."""
        return 1 - self.total / self.shuffled if self.shuffled > 0 else math.nan


@dataclass(frozen=True)
class SampleMoments:
    """Sample moments of the neurons that vary, in units of each one's standard deviation.

    Attributes
    ----------
    slope : ndarray, (N,)
        Estimated f'_i / sd_i.
    factor : ndarray, (N, N)
        Lower Cholesky factor of the sample correlations.
    degrees, noise : int, float
        nu and g.
    scale : ndarray, (N,)
        Each neuron's sample standard deviation, in responses.
    kept : ndarray of int, (N,)
        The columns of the trials that these neurons came from.
    """

    slope: Array
    factor: Array
    degrees: int
    noise: float
    scale: Array
    kept: Array

    def estimate(self) -> InformationEstimate:
        """Return the naive and the corrected estimates."""
        white, _ = linalg.lapack.dtrtrs(self.factor, self.slope, lower=1)
        naive_total, naive_shuffled = float(white @ white), float(self.slope @ self.slope)
        n, nu, g = self.slope.size, self.degrees, self.noise
        total = corrected(naive_total, n, n, nu, g)
        shuffled = corrected(naive_shuffled, n, 1, nu, g)
        return InformationEstimate(total, shuffled, naive_total, naive_shuffled, n, nu, g)

    def single_neurons(self) -> Array:
        """Return the corrected information of each neuron alone, (N,); the sum is `shuffled`."""
        return corrected(self.slope**2, 1, 1, self.degrees, self.noise)

    def mean_correlation(self) -> float:
        """Return the mean sample noise correlation over pairs; NaN for one neuron."""
        n = self.slope.size
        # The sum of all entries of the correlations F F' is the squared length of F' 1.
        total = float((self.factor.sum(axis=0) ** 2).sum())
        return (total - n) / (n * (n - 1)) if n > 1 else math.nan

    def differential_variance(self) -> float:
        r"""Return the variance along f', corrected for the noise of the slope.

        Both parts of :math:`f'^\top \Sigma f' / |f'|^2` are unbiased for Gaussian responses,
        though their ratio is not quite; NaN where the corrected squared length is not positive.
        The excess of the numerator, :math:`g\,\mathrm{tr}\,\Sigma^2`, is estimated with
        :math:`\nu\,(\nu\,\mathrm{tr}\,S^2 - (\mathrm{tr}\,S)^2) / ((\nu - 1)(\nu + 2))`.
        """
        root = self.scale[:, None] * self.factor
        slope, nu = self.slope * self.scale, self.degrees
        trace, square = float((root**2).sum()), float(((root.T @ root) ** 2).sum())
        excess = nu * (nu * square - trace**2) / ((nu - 1) * (nu + 2))
        length = float(slope @ slope) - self.noise * trace
        if length <= 0:
            return math.nan
        return (float(((slope @ root) ** 2).sum()) - self.noise * excess) / length


def slope_noise(n_low: int, n_high: int, ds: float) -> float:
    """Return g, the noise of an estimated slope relative to the noise of one response."""
    return (1 / n_low + 1 / n_high) / ds**2


def corrected(
    naive: Array | float, n_neurons: int, together: int, degrees: int, noise: float
) -> Array | float:
    """Take the bias from a naive estimate of neurons decoded so many `together`: all, or 1."""
    return naive * (degrees - together - 1) / degrees - noise * n_neurons


def sample_moments(slope: Array, noise: float, sources: list[Statistics]) -> SampleMoments:
    """Standardise a slope by the covariance pooled over the sources."""
    scatter = sum(source.scatter for source in sources)
    variation = np.diag(scatter)
    kept = np.flatnonzero(variation)
    if silent := np.flatnonzero(variation == 0).tolist():
        if kept.size == 0:
            raise ValueError("no neuron ever varies: there is nothing to estimate")
        warnings.warn(
            f"neurons {silent} never vary (silent?) and are left out of both estimates",
            stacklevel=5,
        )
    degrees = sum(source.count for source in sources) - len(sources)
    if degrees <= kept.size + 1:
        raise ValueError(
            f"too few trials: the correction for {kept.size} neurons needs more than "
            f"{kept.size + 1} degrees of freedom, and the covariance has {degrees}; "
            "record more trials or take fewer neurons"
        )
    scale = np.sqrt(variation[kept] / degrees)
    covariance = scatter[np.ix_(kept, kept)] if silent else scatter
    correlations = covariance / degrees / (scale[:, None] * scale)
    factor = correlation_factor(correlations, "the sample covariance", kept)
    return SampleMoments(slope[kept] / scale, factor, degrees, noise, scale, kept)


def moments_of(
    low: Statistics, high: Statistics, ds: float, zero: Statistics | None = None
) -> SampleMoments:
    """Return the sample moments from the statistics of each condition.

    Parameters
    ----------
    low, high, zero : Statistics
        Of the trials of `estimate_information`; those that give the covariance have a scatter.
    ds : float
        Distance between the two signals.

    Raises
    ------
    ValueError
        If neurons differ, a scatter is lacking, or as `estimate_information`.
    """
    ds = positive("ds, the distance between the two signals,", ds)
    groups = {"low": low, "high": high} | ({} if zero is None else {"zero": zero})
    for name, one in groups.items():
        groups[name] = check_statistics(name, one)
        if (size := groups[name].mean.size) != groups["low"].mean.size:
            raise ValueError(f"{name} has {size} neurons where low has {groups['low'].mean.size}")
        if one.scatter is None and (zero is None or name == "zero"):
            raise ValueError(f"{name} needs a scatter: the covariance comes from it")
    return _moments_of(groups, ds)


def _moments_of(groups: dict[str, Statistics], ds: float) -> SampleMoments:
    """Return the sample moments from checked statistics of each condition, by name."""
    low, high = groups["low"], groups["high"]
    slope = (high.mean - low.mean) / ds
    noise = slope_noise(low.count, high.count, ds)
    return sample_moments(slope, noise, [groups["zero"]] if "zero" in groups else [low, high])


def checked_moments(
    low: ArrayLike, high: ArrayLike, ds: float, zero: ArrayLike | None
) -> tuple[SampleMoments, dict[str, Array]]:
    """Check all arguments; return the sample moments, and the trials by the name of their group."""
    ds = positive("ds, the distance between the two signals,", ds)
    low = check_trials("low", low)
    groups = {"low": low, "high": check_trials("high", high, low.shape[1])}
    if zero is not None:
        groups["zero"] = check_trials("zero", zero, low.shape[1])
    statistics = {
        name: Statistics.of(trials, scatter=zero is None or name == "zero", name=name)
        for name, trials in groups.items()
    }
    return _moments_of(statistics, ds), groups


def estimate_information(
    low: ArrayLike, high: ArrayLike, ds: float, *, zero: ArrayLike | None = None
) -> InformationEstimate:
    r"""Estimate total and shuffled linear Fisher information from trials, without bias.

    .. math::

        \hat I = \hat I_{naive} \frac{\nu - N - 1}{\nu} - g N, \qquad
        \hat I_{sh} = \hat I_{sh, naive} \frac{\nu - 2}{\nu} - g N

    Parameters
    ----------
    low, high : array_like, (T1, N) and (T2, N)
        Responses at two signals, a row a trial.
    ds : float
        Distance between the two signals.
    zero : array_like, (T0, N), optional
        Zero-signal trials, which then give the covariance alone; else `low` and `high` do, pooled.

    Returns
    -------
    InformationEstimate
        Unbiased for Gaussian responses whose covariance is the same at every signal used.

    Raises
    ------
    ValueError
        If shapes do not fit, responses are NaN or infinite, `ds` is not positive, there are too few
        trials for the correction (nu <= N + 1), or a neuron is a linear combination of others.

    Warns
    -----
    UserWarning
        If a neuron never varies: it is left out of both estimates.

    References
    ----------
    Kanitscheider, Coen-Cagli, Kohn and Pouget (2015), PLoS Computational Biology 11:e1004218.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> low, high = rng.normal([[[0.0, 0.0]], [[1.0, 1.0]]], 1.0, size=(2, 20000, 2))
    >>> estimate = estimate_information(low, high, ds=1.0)  # the truth is 1 + 1
    >>> abs(estimate.total - 2) < 0.1, abs(estimate.shuffled - 2) < 0.1
    (True, True)
    """
    return checked_moments(low, high, ds, zero)[0].estimate()


def naive_mean(information: float, n_neurons: int, degrees: int, noise: float) -> float:
    r"""Return the exact mean of the naive total estimate, :math:`\nu (I + gN) / (\nu - N - 1)`.

    Parameters
    ----------
    information : float
        The true I.
    n_neurons, degrees, noise : int, int, float
        N, nu and g; nu is more than N + 1.

    Raises
    ------
    ValueError
        If the mean does not exist, or a number is negative, or not whole where it counts something.
    """
    information = positive("information", information, zero_allowed=True)
    n_neurons, degrees = whole("n_neurons", n_neurons), whole("degrees", degrees)
    noise = positive("noise", noise, zero_allowed=True)
    if degrees <= n_neurons + 1:
        raise ValueError(f"no mean exists for nu = {degrees} <= N + 1 = {n_neurons + 1}")
    return degrees / (degrees - n_neurons - 1) * (information + noise * n_neurons)


def naive_shuffled_mean(shuffled: float, n_neurons: int, degrees: int, noise: float) -> float:
    r"""Return the exact mean of the naive shuffled estimate, :math:`\nu (I_{sh} + gN)/(\nu - 2)`.

    It is `naive_mean` of N single neurons, each on its own.

    Parameters
    ----------
    shuffled : float
        The true I_sh.
    n_neurons, degrees, noise
        As for `naive_mean`, with nu more than 2.

    Raises
    ------
    ValueError
        As `naive_mean`.
    """
    shuffled = positive("shuffled", shuffled, zero_allowed=True)
    noise, n_neurons = positive("noise", noise, zero_allowed=True), whole("n_neurons", n_neurons)
    return naive_mean(shuffled + noise * (n_neurons - 1), 1, degrees, noise)


def estimator_variance(information: float, n_neurons: int, degrees: int, noise: float) -> float:
    r"""Return the exact sampling variance of the corrected total for Gaussian responses.

    .. math::

        \mathrm{Var}[\hat I] = \frac{2}{\nu - N - 3}
            \left[ I^2 + 2 (\nu - 1)\, g I + N (\nu - 1)\, g^2 \right]

    Infinite for nu <= N + 3, where the second moment does not exist.

    Parameters
    ----------
    information, n_neurons, degrees, noise
        As for `naive_mean`, with any nu; an estimate may stand in place of the true I.

    Raises
    ------
    ValueError
        If a number is not finite, not whole where it counts something, or negative.
    """
    information = positive("information", information, zero_allowed=True)
    n_neurons, degrees = whole("n_neurons", n_neurons), whole("degrees", degrees)
    noise = positive("noise", noise, zero_allowed=True)
    if degrees <= n_neurons + 3:
        return math.inf
    spread = information**2 + (degrees - 1) * noise * (2 * information + n_neurons * noise)
    return 2 / (degrees - n_neurons - 3) * spread


def trials_needed(information: float, n_neurons: int, ds: float, relative_error: float) -> int:
    """Return how many trials a condition bring the standard error down to a share of I.

    Parameters
    ----------
    information : float
        The true I, in inverse squared units of the signal.
    n_neurons, ds : int, float
        N, and the distance between the two signals.
    relative_error : float
        Standard error of the corrected total that is wanted, as a fraction of I.

    Returns
    -------
    int
        The smallest T, the same in both conditions, that reaches it.

    Raises
    ------
    ValueError
        If an argument is not positive, or the relative error more than 1.
    """
    information, ds = positive("information", information), positive("ds", ds)
    n_neurons = whole("n_neurons", n_neurons)
    relative_error = positive("relative_error", share("relative_error", relative_error))
    target = (relative_error * information) ** 2

    def reached(trials: int) -> bool:
        noise = slope_noise(trials, trials, ds)
        return estimator_variance(information, n_neurons, 2 * trials - 2, noise) <= target

    enough = 2
    while not reached(enough):
        enough *= 2
    return bisect.bisect_left(range(enough), True, lo=max(enough // 2, 2), key=reached)
