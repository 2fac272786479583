r"""The learner, one for every theory: the delta rule, and the decisions that follow from it.

After a trial with signal :math:`s` and mean evidence :math:`e` the expected pattern moves by

.. math:: \hat w \leftarrow \hat w + \eta\, s\,(e - \hat w s).

The deviation :math:`d = \hat w - w` then obeys :math:`d \leftarrow (1 - \eta s^2)\,d + \eta s
\varepsilon`. With signals drawn independently, of moments :math:`m_2 = E s^2`, :math:`m_4 = E s^4`,
and noise of covariance :math:`Q_e` (that is :math:`Q` over the number of frames), taking
expectations on both sides gives

.. math::
    E d_n &= (1 - \eta m_2)^n\, d_0, \\
    E d_n d_n^T &= \rho^n d_0 d_0^T + (1 - \rho^n)\, M, \qquad
    \rho = 1 - 2 \eta m_2 + \eta^2 m_4, \\
    M &= \frac{\eta}{2 - \eta\, m_4 / m_2}\, Q_e .

The fluctuation stays bounded only for :math:`\eta < 2 m_2 / m_4`, which is never more than the
limit :math:`2 / m_2` for the mean.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from neurocoord import _checks
from neurocoord._checks import Array, finite_array, generator, positive
from neurocoord.world import Task, World


def signal_moments(signals: ArrayLike) -> tuple[float, float]:
    """Return the second and fourth moment of equally likely signal levels, (levels,).

    Raises
    ------
    ValueError
        If all levels are zero, or too small or large for their fourth power.
    """
    levels = finite_array("signals", signals, (None,))
    with np.errstate(over="ignore"):
        second, fourth = float(np.mean(levels**2)), float(np.mean(levels**4))
    if fourth == 0:
        raise ValueError("signals are all zero or nearly: there is nothing to learn from")
    if not np.isfinite(fourth):
        raise ValueError("signals are too large to take the fourth power")
    return second, fourth


@dataclass(frozen=True)
class DeltaRule:
    """The learner of the expected pattern w_hat.

    In its methods `expected_pattern` is w_hat at the start and `pattern` the true w, (N,). Signals
    of trials are known, (trials,), or drawn from equally likely `signals`, (levels,); `noise_cov`
    is the covariance of a trial's mean evidence, Q over the number of frames, (N, N).

    Parameters
    ----------
    rate : float
        The learning rate eta, per trial and squared signal.

    References
    ----------
    Widrow and Hoff (1960), Adaptive switching circuits.
    """

    rate: float

    def __post_init__(self) -> None:
        _checks.set_checked(self, rate=positive("rate", self.rate))

    @staticmethod
    def stability_limit(signals: ArrayLike) -> float:
        """Return the rate below which fluctuations stay bounded, 2 m2 / m4."""
        second, fourth = signal_moments(signals)
        return 2 * second / fourth

    def update(self, expected_pattern: Array, signal: ArrayLike, evidence: Array) -> Array:
        """Learn from a signal, (...), and mean evidence, (..., N); leading axes are learners."""
        w_hat = finite_array("expected_pattern", expected_pattern, (..., None))
        s = finite_array("signal", signal, (...,))
        e = finite_array("evidence", evidence, (..., w_hat.shape[-1]))
        _checks.common_axes(
            "expected_pattern, signal and evidence", w_hat.shape[:-1], s.shape, e.shape[:-1]
        )
        return self._step(w_hat, s, e)

    def _step(self, w_hat: Array, s: Array, e: Array) -> Array:
        """Learn from one trial, as `update` of checked arrays."""
        s = s[..., None]
        return w_hat + self.rate * s * (e - w_hat * s)

    def learn(self, expected_pattern: Array, signals: Array, evidence: Array) -> Array:
        """Learn trial by trial; leading axes are independent learners.

        Parameters
        ----------
        expected_pattern : (..., N) array
            w_hat at the start.
        signals : (trials,) or (..., trials) array
            The signals.
        evidence : (..., trials, N) array
            The mean evidence of each trial.

        Returns
        -------
        (..., trials + 1, N) array
            w_hat before the first trial, after the first, and so on.
        """
        signals = finite_array("signals", signals, (..., None))
        evidence = finite_array("evidence", evidence, (..., None, None))
        w_hat = finite_array("expected_pattern", expected_pattern, (..., evidence.shape[-1]))
        trials = signals.shape[-1]
        if evidence.shape[-2] != trials:
            raise ValueError(f"{trials} signals, but evidence of {evidence.shape[-2]} trials")
        shapes = w_hat.shape[:-1], signals.shape[:-1], evidence.shape[:-2]
        learners = _checks.common_axes("expected_pattern, signals and evidence", *shapes)
        path = np.empty((*learners, trials + 1, evidence.shape[-1]))
        path[..., 0, :] = w_hat
        for k in range(trials):
            path[..., k + 1, :] = self._step(path[..., k, :], signals[..., k], evidence[..., k, :])
        return path

    def trial_weights(self, signals: ArrayLike) -> tuple[float, Array]:
        """Return what a block of known signals makes of the start and of each trial's evidence.

        That is kept, a float, and weights, (trials,). The rule is linear in the evidence, so after
        the block ``w_hat = kept * w_hat_before + weights @ evidence``.
        """
        s = finite_array("signals", signals, (None,))
        factors = 1 - self.rate * s**2
        later = np.append(np.cumprod(factors[::-1])[::-1][1:], 1.0)
        return float(np.prod(factors)), self.rate * s * later

    def draw_after(
        self,
        expected_pattern: Array,
        pattern: Array,
        signals: ArrayLike,
        noise_cov: Array,
        *,
        rng: np.random.Generator,
    ) -> Array:
        """Draw w_hat after a block of known signals, (N,), without drawing its trials.

        It is Gaussian, with mean and covariance from `trial_weights`: the same distribution
        as `learn` at the cost of one draw.
        """
        s = finite_array("signals", signals, (None,))
        w_hat, w = _patterns(expected_pattern, pattern)
        noise_cov, rng = _checks.symmetric_matrix("noise_cov", noise_cov, w.size), generator(rng)
        kept, weights = self.trial_weights(s)
        mean = kept * w_hat + float(weights @ s) * w
        try:
            root = np.linalg.cholesky(noise_cov)
        except np.linalg.LinAlgError as error:
            raise ValueError("noise_cov is not positive definite") from error
        return mean + np.sqrt(weights @ weights) * (root @ rng.standard_normal(w.size))

    def mean(
        self, expected_pattern: Array, pattern: Array, signals: ArrayLike, trials: int
    ) -> Array:
        """Return the mean of w_hat after some trials with randomly drawn signals, (N,)."""
        w_hat, w = _patterns(expected_pattern, pattern)
        shrink = 1 - self.rate * signal_moments(signals)[0]
        return w + self._power(shrink, _checks.whole("trials", trials, least=0)) * (w_hat - w)

    def _power(self, base: float, trials: int) -> float:
        """Return base ** trials, or say that this rate lets w_hat grow without bounds."""
        try:
            return base**trials
        except OverflowError as error:
            raise ValueError(
                f"rate {self.rate:g} lets w_hat grow beyond double precision in {trials} trials"
            ) from error

    def covariance(
        self,
        expected_pattern: Array,
        pattern: Array,
        signals: ArrayLike,
        trials: int,
        noise_cov: Array,
    ) -> Array:
        """Return the covariance of w_hat over learners after some random trials, (N, N)."""
        trials = _checks.whole("trials", trials, least=0)
        second, fourth = signal_moments(signals)
        w_hat, w = _patterns(expected_pattern, pattern)
        start = w_hat - w
        shrink = 1 - 2 * self.rate * second + self.rate**2 * fourth
        drive = self.rate**2 * second * _checks.symmetric_matrix("noise_cov", noise_cov, w.size)
        after = self._power(shrink, trials)
        # The geometric sum by itself: (1 - shrink^n) M is 0/0 where fluctuations just diverge.
        total = trials if shrink == 1 else (1 - after) / (1 - shrink)
        spread = after - self._power(1 - self.rate * second, 2 * trials)
        return spread * np.outer(start, start) + total * drive


def _patterns(expected_pattern: ArrayLike, pattern: ArrayLike) -> tuple[Array, Array]:
    """Return the expected and the true pattern, checked, of one length."""
    w = finite_array("pattern", pattern, (None,))
    return finite_array("expected_pattern", expected_pattern, w.shape), w


def decision_weights(world: World, expected_pattern: Array) -> Array:
    """Return a = w_hat / (tau^2 + sigma^2), the weights of the evidence in a decision, (N,)."""
    size = _checks.instance("world", world, World).size
    return finite_array("expected_pattern", expected_pattern, (size,)) / world.evidence_variance


def log_odds(world: World, evidence: Array, expected_pattern: Array) -> Array:
    r"""Return half the log odds of the two categories, :math:`L_t = \sum_{u \le t} a \cdot e_u`.

    Parameters
    ----------
    world, expected_pattern
        As for `decision_weights`.
    evidence : (trials, frames, N) array
        The evidence.

    Returns
    -------
    (trials, frames) array
    """
    a = decision_weights(world, expected_pattern)
    evidence = finite_array("evidence", evidence, (..., None, a.size))
    if evidence.ndim != 3:
        raise ValueError(
            f"evidence must have shape (trials, frames, {a.size}), not {evidence.shape}: "
            "one trial is evidence[None], one frame a trial evidence[:, None]"
        )
    return np.cumsum(evidence @ a, axis=-1)


def log_odds_moments(
    world: World, task: Task, expected_pattern: Array, signal: float
) -> tuple[float, float]:
    """Return mean a.w s and variance a^T Q a of the step that one frame adds to the log odds."""
    a = decision_weights(world, expected_pattern)
    mean = float(a @ world.population.pattern(task)) * _checks.number("signal", signal)
    return mean, float(a @ world.evidence_cov @ a)


def probability_correct(
    world: World, task: Task, expected_pattern: Array, signal: float, *, frames: int
) -> float:
    r"""Return the probability that sign(L) at the last frame is the sign of the signal.

    .. math:: P = \Phi\left( |s|\, \sqrt{T}\, \frac{a^T w}{\sqrt{a^T Q a}} \right)

    It is 1/2 at zero signal and for a subject who has learned nothing.
    """
    frames, signal = _checks.whole("frames", frames), _checks.number("signal", signal)
    mean, variance = log_odds_moments(world, task, expected_pattern, abs(signal))
    if variance == 0:
        return 0.5
    return float(ndtr(mean * np.sqrt(frames / variance)))
