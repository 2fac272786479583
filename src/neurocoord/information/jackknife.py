"""A confidence interval of redundancy that respects how its two parts go together."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, special

from neurocoord._checks import Array, finite_array, flag, positive, share
from neurocoord.information.estimates import (
    Interval,
    SampleMoments,
    checked_moments,
    corrected,
    sample_moments,
    slope_noise,
)
from neurocoord.information.statistics import Statistics, check_trials


def _leave_one_out(
    sample: SampleMoments, trials: Array, *, shift: float, in_scatter: bool, noise: float
) -> Array:
    """Corrected (total, shuffled) without each trial of one group in turn, (2, trials).

    Leaving out a trial at deviation d from its group's mean moves the mean by -d / (T - 1), the
    slope by `shift` d, and takes T / (T - 1) d d' from the scatter, where the group is a source
    of the covariance: a rank-one update, by Sherman and Morrison.
    """
    count, n = len(trials), sample.slope.size
    deviations = (trials[:, sample.kept] - trials[:, sample.kept].mean(axis=0)) / sample.scale
    weight = count / (count - 1) if in_scatter else 0.0
    nu = sample.degrees - int(in_scatter)

    factor = sample.factor * math.sqrt(sample.degrees)  # of the scatter, not of its mean
    white = linalg.solve_triangular(factor, deviations.T, lower=True)
    white_slope = linalg.solve_triangular(factor, sample.slope, lower=True)
    leverage = (white**2).sum(axis=0)
    moved = white_slope[:, None] + shift * white
    along = (moved * white).sum(axis=0)
    totals = nu * ((moved**2).sum(axis=0) + weight * along**2 / (1 - weight * leverage))
    slopes = sample.slope + shift * deviations
    shuffled = nu * (slopes**2 / (sample.degrees - weight * deviations**2)).sum(axis=1)
    return np.stack([corrected(totals, n, n, nu, noise), corrected(shuffled, n, 1, nu, noise)])


def _interval(
    sample: SampleMoments, left_out: list[Array], fraction: bool, confidence: float
) -> Interval:
    """Jackknife interval from the estimates without each trial of each independent group."""
    estimate = sample.estimate()
    if fraction and min(estimate.shuffled, *(shuffled.min() for _, shuffled in left_out)) <= 0:
        raise ValueError(
            "the shuffled information is not clearly positive, so that its fraction means "
            "nothing; take the redundancy itself, or record more trials"
        )
    value = estimate.redundancy_fraction if fraction else estimate.redundancy
    variance = 0.0
    for total, shuffled in left_out:
        statistic = 1 - total / shuffled if fraction else shuffled - total
        variance += (statistic.size - 1) * statistic.var()
    # The spread of the total is that of an inverse chi-squared with about nu - N degrees.
    quantile = special.stdtrit(sample.degrees - sample.slope.size, (1 + confidence) / 2)
    reach = float(quantile) * math.sqrt(variance)
    return Interval(value, value - reach, value + reach)


def _check(sample: SampleMoments, groups: dict[str, Array]) -> None:
    """Refuse what cannot be left out of."""
    smallest = min(len(trials) for trials in groups.values())
    if sample.degrees <= sample.slope.size + 2 or smallest < 3:
        raise ValueError("too few trials: the interval must be able to leave one more out")


def redundancy_interval(
    low: ArrayLike,
    high: ArrayLike,
    ds: float,
    *,
    zero: ArrayLike | None = None,
    fraction: bool = False,
    confidence: float = 0.95,
) -> Interval:
    r"""Return the redundancy estimated from trials, with a jackknife confidence interval.

    Total and shuffled information come from the same trials, so their errors go together and
    adding their variances is wrong. The jackknife leaves out one trial at a time and recomputes
    the *difference* (or the fraction). Its variance is too large rather than too small (Efron and
    Stein), the more so the fewer trials there are. The bootstrap would not do: its repeated trials
    make the sample covariance look more nearly singular than it is.

    Parameters
    ----------
    low, high, ds, zero
        As for `estimate_information`.
    fraction : bool
        Whether to return the redundancy fraction 1 - I / I_sh instead of I_sh - I.
    confidence : float
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    Interval
        Estimate and ends of the interval, by Student's t with nu - N degrees of freedom.

    Raises
    ------
    ValueError
        As `estimate_information`; if leaving one trial out leaves too few (nu <= N + 2); or if the
        fraction is asked for where the shuffled information is not clearly positive.

    Warns
    -----
    UserWarning
        As `estimate_information`.

    References
    ----------
    Efron and Stein (1981), Annals of Statistics 9:586-596.
    """
    fraction, confidence = flag("fraction", fraction), share("confidence", confidence, ends=False)
    ds = positive("ds, the distance between the two signals,", ds)
    sample, groups = checked_moments(low, high, ds, zero)
    _check(sample, groups)
    left_out = []
    for name, trials in groups.items():
        counts = {key: len(other) - (key == name) for key, other in groups.items()}
        shift = {"high": -1, "low": 1, "zero": 0}[name] / ((len(trials) - 1) * ds)
        noise = slope_noise(counts["low"], counts["high"], ds)
        scattered = name == "zero" or "zero" not in groups
        left_out.append(
            _leave_one_out(sample, trials, shift=shift, in_scatter=scattered, noise=noise)
        )
    return _interval(sample, left_out, fraction, confidence)


def redundancy_of_slope(
    slope: ArrayLike, trials: ArrayLike, *, fraction: bool = False, confidence: float = 0.95
) -> Interval:
    """Return the redundancy that a measured covariance gives to a known slope.

    For recordings at one signal only: the covariance comes from the trials, the slope from
    elsewhere, so that only the covariance carries sampling error and is corrected for.

    Parameters
    ----------
    slope : array_like, (N,)
        f', in responses per unit signal, not computed from these trials.
    trials : array_like, (T, N)
        Responses at one signal, a row a trial.
    fraction, confidence
        As for `redundancy_interval`.

    Returns
    -------
    Interval
        Estimate and ends of the jackknife interval.

    Raises
    ------
    ValueError
        As `redundancy_interval`, or if the slope is zero and its fraction is asked for.

    Warns
    -----
    UserWarning
        As `estimate_information`.
    """
    fraction, confidence = flag("fraction", fraction), share("confidence", confidence, ends=False)
    slope = finite_array("slope", slope, (None,))
    trials = check_trials("trials", trials)
    if trials.shape[1] != slope.size:
        raise ValueError(f"trials has {trials.shape[1]} neurons where slope has {slope.size}")
    sample = sample_moments(slope, 0.0, [Statistics.of(trials)])
    _check(sample, {"trials": trials})
    left_out = _leave_one_out(sample, trials, shift=0.0, in_scatter=True, noise=0.0)
    return _interval(sample, [left_out], fraction, confidence)
