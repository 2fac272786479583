"""The psychometric curve of a session, fitted to choices."""

import math
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import statsmodels.api as sm
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from neurocoord._checks import Array, finite_array, positive, whole
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
    """How well a subject does, each an array of sessions.

    Attributes
    ----------
    correct : ndarray, (sessions,)
        Share of right choices among trials with a signal.
    sensitivity, bias : ndarray, (sessions,)
        Slope of the psychometric curve, per unit signal, and value at no signal, in probit units.
    threshold : ndarray, (sessions,)
        Signal for 75% correct; infinite where the curve does not rise.
    """

    correct: Array
    sensitivity: Array
    bias: Array
    threshold: Array


def _threshold(sensitivity: Array | float) -> Array:
    """Return the signal for 75% correct of a curve without bias; infinite if it does not rise."""
    reached = np.full(np.shape(sensitivity), np.inf)
    return np.divide(ndtri(CRITERION), sensitivity, out=reached, where=np.greater(sensitivity, 0))


def psychometric(signals: ArrayLike, positive: ArrayLike, trials: int) -> Behaviour:
    r"""Fit the psychometric curve :math:`P(\text{choose}\ +1) = \Phi(b_0 + b_1 s)` of each session.

    The probit link is the model's own: half the log odds are Gaussian given the signal, and so is
    the noise of the decision (see `expected_behaviour`). One generalised linear model with two
    coefficients for each session is the same as one model a session, and much faster.

    Parameters
    ----------
    signals : (signals,) array_like
        The signals, some positive and some negative.
    positive, trials : (sessions, signals) array_like of int, int
        Choices for s = +1 at each, of how many trials.

    Raises
    ------
    ValueError
        If all signals are the same or zero, or choices are not counts from 0 to the trials at each.
    """
    s, trials = finite_array("signals", signals, (None,)), whole("trials", trials)
    k = finite_array("positive", positive, (None, s.size))
    if np.ptp(s) == 0:
        raise ValueError("signals must differ: one signal shows no curve")
    if ((k % 1 != 0) | (k < 0) | (k > trials)).any():
        raise ValueError(f"positive must hold counts from 0 to the {trials} trials at each signal")
    right = np.where(s > 0, k, trials - k)[:, s != 0].mean(axis=1) / trials
    exog = np.kron(np.eye(len(k)), sm.add_constant(s))
    table = np.column_stack([k.ravel(), trials - k.ravel()])
    with warnings.catch_warnings():
        # All right or all wrong has no finite curve: the fit stops at a very steep one.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = sm.GLM(table, exog, family=sm.families.Binomial(PROBIT)).fit()
    bias, sensitivity = np.asarray(fit.params).reshape(-1, 2).T
    return Behaviour(right, sensitivity, bias, _threshold(sensitivity))


def expected_behaviour(
    world: World,
    task: Task,
    expected_pattern: Array,
    signals: Sequence[float],
    *,
    frames: int,
    decision_noise: float = 0.0,
) -> Behaviour:
    r"""Return what `psychometric` estimates of one session, exactly.

    With decision noise of standard deviation :math:`\delta` after T frames

    .. math:: b_1 = \frac{T\, a^T w}{\sqrt{T\, a^T Q a + \delta^2}}, \qquad b_0 = 0 .
    """
    frames = whole("frames", frames)
    decision_noise = positive("decision_noise", decision_noise, zero_allowed=True)
    s = finite_array("signals", signals, (None,))
    if not s.any():
        raise ValueError("signals are all zero: nothing can be right or wrong")
    mean, variance = log_odds_moments(world, task, expected_pattern, 1.0)
    spread = math.sqrt(frames * variance + decision_noise**2)
    sensitivity = frames * mean / spread if spread > 0 else 0.0
    correct = ndtr(sensitivity * np.abs(s[s != 0])).mean()
    return Behaviour(*map(np.float64, (correct, sensitivity, 0.0, _threshold(sensitivity))))
