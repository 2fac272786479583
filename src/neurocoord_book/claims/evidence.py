"""Ways to turn what a study computed into evidence: a value with its 95% interval."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from neurocoord._checks import finite_array, real_numbers
from neurocoord_book.claims._registry import Evidence, Result, find, publish


def mean_of(sample: ArrayLike) -> Evidence:
    """Return the mean of independent values, with the interval of Student's t.

    Parameters
    ----------
    sample : array_like, (n,)
        The values; two at least.

    Raises
    ------
    ValueError
        If there are fewer than two, or one is not finite.
    """
    values = finite_array("sample", sample, (None,))
    if values.size < 2:
        raise ValueError("a mean needs two values at least to have an interval")
    low, high = DescrStatsW(values).tconfint_mean()
    return Evidence(float(values.mean()), float(low), float(high))


def share_of(hits: ArrayLike) -> Evidence:
    """Return the share of hits among independent trials, with Wilson's interval.

    Parameters
    ----------
    hits : array_like of bool, (n,)
        Whether each was one.

    Raises
    ------
    ValueError
        If there is none, or one is not finite.
    """
    values = finite_array("hits", real_numbers("hits", hits, counts=True), (None,))
    count, total = int(values.sum()), values.size
    low, high = proportion_confint(count, total, method="wilson")
    # At the ends Wilson's interval meets the share only up to rounding.
    share = count / total
    return Evidence(share, min(float(low), share), max(float(high), share))


def with_error(value: float, standard_error: float) -> Evidence:
    """Return a value whose standard error is known, with its normal interval."""
    reach = float(stats.norm.ppf(0.975)) * standard_error
    return Evidence(value, value - reach, value + reach)


def bootstrapped(
    statistic: Callable[..., float], *samples: ArrayLike, seed: int = 0, resamples: int = 999
) -> Evidence:
    """Return a statistic of paired samples, with the bootstrap's percentile interval.

    Parameters
    ----------
    statistic : callable
        Takes the samples and returns a number.
    *samples : array_like, (n,) each
        Resampled together.
    seed : int
        Of the resampling.
    resamples : int
        How many.
    """
    arrays = [finite_array("sample", sample, (None,)) for sample in samples]
    interval = stats.bootstrap(
        arrays,
        statistic,
        paired=True,
        vectorized=False,
        n_resamples=resamples,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Evidence(float(statistic(*arrays)), float(interval.low), float(interval.high))


def settle(name: str, found: Evidence | ArrayLike) -> None:
    """Settle a claim of the page with what a cell has computed.

    Shows the claim with its value, its interval and its verdict, and hands them to the prose. It
    does not stop at an unexpected verdict, so that a reader can change a number and go on; the
    build of the book does.

    Parameters
    ----------
    name : str
        The claim, of those in ``data/claims``.
    found : Evidence or array_like
        One number is exact. Several are independent values, for example one a population: the
        claim is about their mean (`mean_of`), or about the share of true ones (`share_of`).

    Raises
    ------
    ValueError
        If there is no such claim, or a number is not finite.
    """
    claim = find(name)
    if not isinstance(found, Evidence):
        values = np.asarray(found)
        if values.ndim == 0:
            found = Evidence(float(finite_array(name, values, ())))
        else:
            found = share_of(values) if values.dtype == bool else mean_of(values)
    publish(Result(claim, found), shown=True)
