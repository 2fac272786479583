"""The psychometric curve of a session, fitted to choices."""

import math
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import statsmodels.api as sm
from scipy.special import ndtr, ndtri
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from neurocoord._checks import Array
from neurocoord.learning import log_odds_moments
from neurocoord.world import Task, World

CRITERION = 0.75
"""Threshold is the signal at which an unbiased subject would be right this often."""


class _Normal:
    """The standard normal without the checks of `scipy.stats`, which would take most of a fit."""

    cdf, ppf = staticmethod(ndtr), staticmethod(ndtri)

    @staticmethod
    def pdf(x: Array) -> Array:
        return np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


PROBIT = sm.families.links.CDFLink(dbn=_Normal)
"""The probit link."""


class Behaviour(NamedTuple):
    """How well a subject does.

    Attributes
    ----------
    correct : float
        Share of right choices among trials with a signal.
    sensitivity : float
        Slope of the psychometric curve in probit units per unit signal.
    bias : float
        Its value at no signal, in probit units.
    threshold : float
        Signal for 75% correct; infinite where the curve does not rise.
    """

    correct: float
    sensitivity: float
    bias: float
    threshold: float


def threshold_of(sensitivity: float) -> float:
    """Return the signal for 75% correct of a curve without bias; infinite if it does not rise."""
    return float(ndtri(CRITERION)) / sensitivity if sensitivity > 0 else math.inf


def psychometric(signals: Sequence[float], positive: Sequence[int], trials: int) -> Behaviour:
    r"""Fit the psychometric curve :math:`P(\text{choose}\ +1) = \Phi(b_0 + b_1 s)`.

    The probit link is the model's own: half the log odds are Gaussian given the signal, and so is
    the noise of the decision (see `expected_behaviour`).

    Parameters
    ----------
    signals : sequence of float
        The signals, some positive and some negative.
    positive : sequence of int
        Choices for s = +1 at each.
    trials : int
        Trials at each.
    """
    s, k = np.asarray(signals, dtype=float), np.asarray(positive)
    right = np.where(s > 0, k, trials - k)[s != 0].sum() / (trials * np.count_nonzero(s))
    family = sm.families.Binomial(PROBIT)
    table = np.column_stack([k, trials - k])
    with warnings.catch_warnings():
        # All right or all wrong has no finite curve: the fit stops at a very steep one.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = sm.GLM(table, sm.add_constant(s), family=family).fit()
    bias, sensitivity = (float(value) for value in fit.params)
    return Behaviour(float(right), sensitivity, bias, threshold_of(sensitivity))


def expected_behaviour(
    world: World,
    task: Task,
    expected_pattern: Array,
    signals: Sequence[float],
    *,
    frames: int,
    decision_noise: float = 0.0,
) -> Behaviour:
    r"""Return what `psychometric` estimates, exactly.

    With decision noise of standard deviation :math:`\delta` after T frames

    .. math:: b_1 = \frac{T\, a^T w}{\sqrt{T\, a^T Q a + \delta^2}}, \qquad b_0 = 0 .
    """
    mean, variance = log_odds_moments(world, task, expected_pattern, 1.0)
    spread = math.sqrt(frames * variance + decision_noise**2)
    sensitivity = frames * mean / spread if spread > 0 else 0.0
    right = np.mean([ndtr(sensitivity * abs(s)) for s in signals if s != 0])
    return Behaviour(float(right), sensitivity, 0.0, threshold_of(sensitivity))
