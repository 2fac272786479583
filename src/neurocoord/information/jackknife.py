"""A confidence interval of redundancy that respects how its two parts go together."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, stats

from neurocoord._checks import Array
from neurocoord.information.estimates import (
    Interval,
    SampleMoments,
    checked_moments,
    corrected,
    corrected_shuffled,
)


def _leave_one_out(sample: SampleMoments, groups: dict[str, Array], ds: float, name: str) -> Array:
    """Corrected (total, shuffled) without each trial of one group in turn, (2, trials).

    Leaving out a trial at deviation d from its group's mean takes T / (T - 1) d d' from the
    scatter and moves the mean by -d / (T - 1): a rank-one update, by Sherman and Morrison.
    """
    count, n = len(groups[name]), sample.slope.size
    deviations = (groups[name][:, sample.kept] - groups[name][:, sample.kept].mean(axis=0)) / (
        sample.scale
    )
    shift = {"high": -1, "low": 1, "zero": 0}[name] / ((count - 1) * ds)
    in_scatter = name == "zero" or "zero" not in groups
    weight = count / (count - 1) if in_scatter else 0.0
    nu = sample.degrees - int(in_scatter)
    counts = {key: len(trials) - (key == name) for key, trials in groups.items()}
    g = (1 / counts["low"] + 1 / counts["high"]) / ds**2

    factor = sample.factor * math.sqrt(sample.degrees)  # of the scatter, not of its mean
    white = linalg.solve_triangular(factor, deviations.T, lower=True)
    white_slope = linalg.solve_triangular(factor, sample.slope, lower=True)
    leverage = (white**2).sum(axis=0)
    moved = white_slope[:, None] + shift * white
    along = (moved * white).sum(axis=0)
    naive_total = nu * ((moved**2).sum(axis=0) + weight * along**2 / (1 - weight * leverage))
    slopes = sample.slope + shift * deviations
    naive_shuffled = nu * (slopes**2 / (sample.degrees - weight * deviations**2)).sum(axis=1)
    return np.stack(
        [
            corrected(naive_total, n, nu, g),
            corrected_shuffled(naive_shuffled, n, nu, g),
        ]
    )


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
    adding their variances is wrong. The jackknife leaves out one trial at a time, recomputes
    the *difference* (or the fraction), and so needs no variance of either. Its variance is too
    large rather than too small (Efron and Stein), the more so the fewer trials there are: the
    interval covers the truth at least as often as it says. The bootstrap would not do: its
    repeated trials make the sample covariance look more nearly singular than it is.

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
        Estimate and ends of the interval, from the normal approximation.

    Raises
    ------
    ValueError
        As `estimate_information`; if leaving one trial out leaves too few (nu <= N + 2); if the
        confidence is not between 0 and 1; or if the fraction is asked for where the shuffled
        information is not clearly positive.

    Warns
    -----
    UserWarning
        If a neuron never varies.

    References
    ----------
    Efron and Stein (1981), Annals of Statistics 9:586-596.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence!r}")
    sample, groups = checked_moments(low, high, ds, zero)
    smallest = min(len(trials) for trials in groups.values())
    if sample.degrees <= sample.slope.size + 2 or smallest < 3:
        raise ValueError("too few trials: the interval must be able to leave one more out")
    estimate = sample.estimate()

    def statistic(total: Array, shuffled: Array) -> Array:
        return 1 - total / shuffled if fraction else shuffled - total

    variance = 0.0
    for name in groups:
        totals, shuffleds = _leave_one_out(sample, groups, ds, name)
        if fraction and min(shuffleds.min(), estimate.shuffled) <= 0:
            raise ValueError(
                "the shuffled information is not clearly positive, so that its fraction means "
                "nothing; take the redundancy itself, or record more trials"
            )
        left_out = statistic(totals, shuffleds)
        variance += (len(left_out) - 1) * left_out.var()
    value = float(statistic(estimate.total, estimate.shuffled))
    reach = float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(variance)
    return Interval(value, value - reach, value + reach)
