r"""Inference: responses fill in what is expected.

Static picture, everything Gaussian: the response follows the posterior mean of the scene x under
the prior :math:`P = \tau^2 1 + \sigma_s^2 \hat w \hat w^T`, which is the Wiener filter
:math:`K = P (P + \sigma^2 1)^{-1}`.

Within a trial the category is binary, :math:`s = \pm 1`. With :math:`a = \hat w / (\tau^2 +
\sigma^2)` half the log odds are :math:`L_t = \sum_{u \le t} a \cdot e_u`, the belief is :math:`b_t
= \tanh L_t`, and feedback of weight c sends the expectation down: a response is a sample

.. math:: r_t = \text{baseline} + k_0 e_t + (1 - k_0)\, c\, \hat w\, z_t
                + \sqrt{k_0}\,\sigma\,\xi_t + \text{private noise}, \qquad
          P(z_t = \pm 1) = (1 \pm b_t) / 2,

with :math:`k_0 = \tau^2 / (\tau^2 + \sigma^2)` and standard normal :math:`\xi_t`. Given s, L_t is
Gaussian, so all moments reduce to one-dimensional integrals of :math:`\tanh`, and by Stein's
lemma :math:`\operatorname{Cov}(e_t, b_u) = Q a\, E[1 - b_u^2]` for :math:`t \le u` (and 0 for
:math:`t > u`).

References
----------
Haefner, Berkes and Fiser (2016), Neuron 90:649-660. Lange and Haefner (2022), PLoS Computational
Biology 18:e1009557.
"""

import functools
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from neurocoord._checks import Array, positive
from neurocoord.codes import (
    Conditional,
    Frame,
    LinearCode,
    Moments,
    Paths,
    as_window,
    check_engagement,
    code_of_prior,
    evidence_given_step,
)
from neurocoord.learning import decision_weights, log_odds, log_odds_moments
from neurocoord.world import Task, World

REACH = 9.0
"""Integrals over a standard normal stop at this many standard deviations (mass below 1e-18)."""


@dataclass(frozen=True)
class StaticInference(LinearCode):
    r"""Inference in the static Gaussian picture: the Wiener filter.

    .. math:: K = k_0 1 + c\,\left[P (P + \sigma^2 1)^{-1} - k_0 1\right]

    With engagement c = 0 nothing is expected and the gain is k0 in every direction. Only the
    pattern of the task being done is expected: `other_patterns` have no effect.
    """

    name: ClassVar[str] = "inference, static"

    def matrix(
        self,
        world: World,
        expected_pattern: Array,
        *,
        engagement: float = 1.0,
        other_patterns: Array | None = None,
    ) -> Array:
        """Return the matrix K of the code, (N, N)."""
        c = check_engagement(engagement)
        k0 = world.bottom_up_gain

        def gain(variance: Array) -> Array:
            return k0 + c * (variance / (variance + world.sigma**2) - k0)

        return code_of_prior(world, gain, expected_pattern)


@dataclass(frozen=True, eq=False)
class BeliefMoments:
    """Moments of the belief in a window of n frames, given the signal.

    Parameters
    ----------
    mean : (n,) array
        E[b_t].
    doubt : (n,) array
        E[1 - b_t^2], how far from certain.
    covariance : (n, n) array
        Cov[b_t, b_u].
    """

    mean: Array
    doubt: Array
    covariance: Array


def normal_rule(sd: float) -> tuple[Array, Array]:
    r"""Return nodes and weights for the mean of a function of tanh(m + sd Z), Z standard normal.

    The trapezoidal rule with step h has an error of order :math:`\exp(-2 \pi d / h)`, where d is
    the distance of the nearest pole of the integrand from the real line. Here :math:`d = \pi / (2
    sd)`; the step :math:`h = 0.28 / sd` leaves nothing above rounding. Gauss-Hermite quadrature
    with its spread-out nodes needs thousands of them for the same once sd is large.
    """
    step = min(0.25, 0.28 / sd) if sd > 0 else 0.25
    count = int(np.ceil(REACH / step))
    nodes = step * np.arange(-count, count + 1)
    weights = np.exp(-(nodes**2) / 2)
    return nodes, weights / weights.sum()


def belief_moments(step_mean: float, step_variance: float, frame: Frame) -> BeliefMoments:
    """Return the exact moments of the belief in a window.

    Parameters
    ----------
    step_mean, step_variance : float
        Mean and variance of what one frame adds to the log odds
        (`neurocoord.learning.log_odds_moments`).
    frame : int or range
        The window.
    """
    positive("step_variance", step_variance, zero_allowed=True)
    moments = _belief_moments(abs(step_mean), step_variance, as_window(frame))
    return moments if step_mean >= 0 else replace(moments, mean=-moments.mean)


@functools.lru_cache(maxsize=256)  # experiments ask for +s and -s of the same belief in turn
def _belief_moments(step_mean: float, step_variance: float, window: range) -> BeliefMoments:
    """Compute `belief_moments` for a mean that is not negative."""
    mean, square = np.empty(len(window)), np.empty(len(window))
    product = np.zeros((len(window), len(window)))
    for i, t in enumerate(window):
        sd = np.sqrt(t * step_variance)
        nodes, weights = normal_rule(sd)
        path = t * step_mean + sd * nodes
        belief = np.tanh(path)
        mean[i], square[i] = weights @ belief, weights @ belief**2
        product[i, i] = square[i]
        for j in range(i + 1, len(window)):
            later = window[j] - t
            sd_later = np.sqrt(later * step_variance)
            nodes_later, weights_later = normal_rule(sd_later)
            growth = later * step_mean + sd_later * nodes_later
            expected = np.tanh(path[:, None] + growth) @ weights_later
            product[i, j] = product[j, i] = weights @ (belief * expected)
    moments = BeliefMoments(mean, 1 - square, product - np.outer(mean, mean))
    for array in (moments.mean, moments.doubt, moments.covariance):
        array.setflags(write=False)
    return moments


@dataclass(frozen=True)
class Inference:
    """Inference within a trial: the belief grows, and feedback sends it down.

    Parameters
    ----------
    feedback : float
        Weight of the feedback in a fully engaged subject, 0 to 1; the weight c of the equations
        is this times the engagement. Passive viewing (engagement 0) has none.

    Notes
    -----
    Expectation follows the task: only `expected_pattern` is sent down, and `other_patterns` have
    no effect.
    """

    feedback: float = 1.0
    name: ClassVar[str] = "inference"

    def __post_init__(self) -> None:
        if positive("feedback", self.feedback, zero_allowed=True) > 1:
            raise ValueError(f"feedback must lie between 0 and 1, not {self.feedback!r}")

    def _gain(self, world: World, engagement: float) -> float:
        """Return (1 - k0) c, what an expectation adds to the response."""
        return (1 - world.bottom_up_gain) * self.feedback * check_engagement(engagement)

    def _spread(self, world: World) -> float:
        """Return the variance per frame that each neuron has by itself: sampling and private."""
        return world.bottom_up_gain * world.sigma**2 + world.private_variance

    def moments(
        self,
        world: World,
        task: Task,
        expected_pattern: Array,
        signal: float,
        *,
        frame: Frame = 1,
        engagement: float = 1.0,
        other_patterns: Array | None = None,
    ) -> Moments:
        r"""Return the exact mean and covariance of the response given the signal.

        In frame t, with :math:`g = (1 - k_0) c`,

        .. math::
            E[r_t] &= \text{baseline} + k_0 w s + g\, \hat w\, E[b_t], \\
            \operatorname{Cov}[r_t] &= k_0^2 Q
                + k_0 g\, E[1 - b_t^2]\, (Q a \hat w^T + \hat w a^T Q)
                + g^2 (1 - E[b_t]^2)\, \hat w \hat w^T + (k_0 \sigma^2 + v)\, 1,

        v the private variance. Between frames t < u the covariance of :math:`r_t` with
        :math:`r_u` is :math:`k_0 g\,E[1 - b_u^2]\,Q a \hat w^T + g^2 \operatorname{Cov}(b_t,
        b_u)\,\hat w \hat w^T`; a window of several frames sums over all pairs.
        """
        window = as_window(frame)
        n, k0, g = len(window), world.bottom_up_gain, self._gain(world, engagement)
        belief = belief_moments(
            *log_odds_moments(world, task, expected_pattern, signal), frame=window
        )
        Qa = world.evidence_cov @ decision_weights(world, expected_pattern)
        # Evidence of frame t is felt by the beliefs of all frames u >= t of the window.
        felt = float(np.arange(1, n + 1) @ belief.doubt)
        # A sampled category has variance 1 - E[b]^2; two of them covary as their beliefs do.
        category = float(belief.covariance.sum() + belief.doubt.sum())
        cross = np.outer(Qa, expected_pattern)
        drive = k0 * float(signal) * world.population.pattern(task)
        return Moments(
            n * (world.baseline + drive) + g * belief.mean.sum() * expected_pattern,
            n * k0**2 * world.evidence_cov
            + k0 * g * felt * (cross + cross.T)
            + g**2 * category * np.outer(expected_pattern, expected_pattern)
            + n * self._spread(world) * np.eye(world.size),
        )

    def respond(
        self,
        world: World,
        evidence: Array,
        expected_pattern: Array,
        *,
        rng: np.random.Generator,
        engagement: float = 1.0,
        other_patterns: Array | None = None,
        poisson: bool = False,
    ) -> Array:
        """Draw responses to evidence (trials, frames, N), of the same shape."""
        belief = np.tanh(log_odds(world, evidence, expected_pattern))
        category = np.where(rng.random(belief.shape) < (1 + belief) / 2, 1.0, -1.0)
        k0, g = world.bottom_up_gain, self._gain(world, engagement)
        sampling_sd = np.sqrt(k0) * world.sigma
        rate = world.baseline + k0 * evidence + g * category[..., None] * expected_pattern
        if poisson:
            rate += sampling_sd * rng.standard_normal(evidence.shape)
            return world.emit(rate, rng=rng, poisson=True)
        # Two independent Gaussian parts are one: half the random numbers, the same distribution.
        return rate + np.sqrt(self._spread(world)) * rng.standard_normal(evidence.shape)

    def conditional(
        self,
        world: World,
        task: Task,
        expected_pattern: Array,
        signal: float,
        paths: Paths,
        *,
        frame: Frame = 1,
        engagement: float = 1.0,
        other_patterns: Array | None = None,
    ) -> Conditional:
        """Return the response given the growth of the log odds and the sampled categories."""
        n = len(as_window(frame))
        intercept, loading, residual = evidence_given_step(world, task, expected_pattern, signal, n)
        k0, g = world.bottom_up_gain, self._gain(world, engagement)
        return Conditional(
            np.column_stack([paths.step(frame), paths.categories(frame)]),
            n * world.baseline + k0 * intercept,
            np.vstack([k0 * loading, g * expected_pattern]),
            k0**2 * residual + n * self._spread(world) * np.eye(world.size),
        )
