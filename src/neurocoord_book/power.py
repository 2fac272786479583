r"""What a number of subjects can show, and how small an effect a study would have missed."""

import math

from statsmodels.stats.proportion import proportion_confint

from neurocoord import _checks
from neurocoord._checks import instance, whole
from neurocoord.hypotheses import Equivalence, TestResult


def share_bound(successes: int, subjects: int, level: float = 0.95) -> float:
    r"""Return the lower bound of the share of a species that shows an effect.

    The one-sided bound of Clopper and Pearson: for a smaller share, so many successes or more would
    come up with a probability of less than ``1 - level``. If all n subjects show it, the bound is
    :math:`(1 - \text{level})^{1/n}`.

    Parameters
    ----------
    successes, subjects : int
        How many subjects show the effect, of how many.
    level : float
        Confidence.

    Raises
    ------
    ValueError
        If more subjects show the effect than there are, or the level is no share.

    Examples
    --------
    >>> round(share_bound(2, 2), 3)
    0.224
    """
    subjects, successes = whole("subjects", subjects), whole("successes", successes, least=0)
    level = _checks.share("level", level, ends=False)
    if successes > subjects:
        raise ValueError(f"successes cannot be {successes} of {subjects} subjects")
    low, _ = proportion_confint(successes, subjects, alpha=2 * (1 - level), method="beta")
    return float(low)


def subjects_needed(share: float, level: float = 0.95) -> int:
    """Return how many subjects, all with the effect, put the `share_bound` above a share.

    Parameters
    ----------
    share : float
        Between 0 and 1.
    level : float
        Confidence.
    """
    share = _checks.share("share", share, ends=False)
    level = _checks.share("level", level, ends=False)
    return math.floor(math.log1p(-level) / math.log(share)) + 1


def smallest_margin(found: Equivalence) -> float:
    """Return the smallest margin within which an equivalence test calls the trend none, p = 0.05.

    The test rejects if and only if its 90% interval lies within the margin.
    """
    found = instance("found", found, Equivalence)
    return max(abs(found.low), abs(found.high))


def smallest_rise(found: TestResult) -> float:
    """Return how much steeper the data would have to rise for the trend to be significant.

    A trend added to all curves shifts the estimate and leaves its error as it is; the trend is
    significant at 5% once the lower end of its 95% interval passes 0.

    Raises
    ------
    ValueError
        If the test gives no interval.
    """
    low = instance("found", found, TestResult).low
    if math.isnan(low):
        raise ValueError(f"found has no interval: {found.method!r} gives none; take another test")
    return -low
