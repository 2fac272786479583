r"""The one equation behind every theory of the book, with its exact moments.

In frame t of a trial, with evidence :math:`e_t`,

.. math::
    x_t &= K (e_t + \zeta_t) + M x_{t-1}, \qquad x_0 = 0, \\
    r_t &= (1 + g m) (\text{baseline} + x_t + f z_t + \eta'_t) + \eta_t + \sum_k \xi_k d_k .

A theory says what the terms are (`neurocoord.theories`): the gain K; the echo M of the last frame;
the feedback f, which adds the sign :math:`z_t = \pm 1` of a category sampled from the belief
:math:`b_t = \tanh(\sigma L_t)`; the gain g of a hidden state :math:`m = \pm 1` of the whole trial;
directions d of noise that is common to the neurons and frames of a trial, :math:`\xi_k` standard
normal; and the variances of three noises that are independent between neurons and frames:
:math:`\zeta` at the input, :math:`\eta'` within the shared gain and :math:`\eta` outside of it.

Outside of a few orthonormal modes V, K is a number: :math:`K = k 1 + V (\operatorname{diag}
\kappa - k) V^T` and :math:`M = V \operatorname{diag}(\mu) V^T`. That is what learning a few
patterns makes of a code, and it keeps products cheap.

Given the signal the log odds L are Gaussian, so that all moments reduce to one-dimensional
integrals of tanh, and by Stein's lemma :math:`\operatorname{Cov}(e_u, b_t) = \sigma\, Q a\,
E[1 - b_t^2]` for :math:`u \le t` (and 0 for :math:`u > t`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from neurocoord._checks import (
    Array,
    finite_array,
    flag,
    generator,
    instance,
    number,
    positive,
    share,
    whole,
)
from neurocoord.learning import decision_weights, log_odds, log_odds_moments
from neurocoord.world import Task, World

Frame = int | range


def as_window(frame: Frame) -> range:
    """Return a window, one frame (counted from 1) or consecutive ones, as a range.

    Raises
    ------
    ValueError
        If it is empty, does not start at 1 or later, or skips frames.
    """
    if not isinstance(frame, range):
        first = whole("frame", frame)
        return range(first, first + 1)
    if len(frame) == 0 or frame.step != 1 or frame[0] < 1:
        raise ValueError(f"frames must be consecutive and counted from 1, not {frame!r}")
    return frame


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean (N,) and covariance (N, N) of the response given the signal."""

    mean: Array
    covariance: Array


@dataclass(frozen=True, eq=False)
class Conditional:
    r"""The response given a few scalars z of each trial: exactly Gaussian.

    .. math:: r \mid z \sim \mathcal N(\text{intercept} + z\,\text{loadings},\ \text{covariance})

    Sample means and scatter matrices of a session can be drawn from this without drawing trials.
    Shapes: scalars (trials, k), intercept (N,), loadings (k, N), covariance (N, N).
    """

    scalars: Array
    intercept: Array
    loadings: Array
    covariance: Array


@dataclass(frozen=True, eq=False)
class Paths:
    """The scalars of some trials that are not Gaussian, or that decide the choice.

    What only some theories look at is drawn when it is first looked at.

    Parameters
    ----------
    log_odds : (trials, frames) array
        Half the log odds L_t after each frame; the choice is the sign of the last.
    rng : Generator
        Source of what is drawn later.
    """

    log_odds: Array
    rng: np.random.Generator

    @cached_property
    def _chance(self) -> Array:
        """A number between 0 and 1 for each frame, which decides its category."""
        return self.rng.random(self.log_odds.shape)

    @cached_property
    def state(self) -> Array:
        """The state m of each trial, -1 or 1 with equal odds, (trials,)."""
        return np.where(self.rng.random(len(self.log_odds)) < 0.5, 1.0, -1.0)

    def step(self, frame: Frame) -> Array:
        """Return how much the log odds grow within a window that has been drawn, (trials,)."""
        window = self._drawn(frame)
        before = self.log_odds[:, window[0] - 2] if window[0] > 1 else 0.0
        return self.log_odds[:, window[-1] - 1] - before

    def categories(self, frame: Frame, sharpness: float = 1.0) -> Array:
        """Return the sum over a window of categories drawn from tanh(sharpness L), (trials,)."""
        window = self._drawn(frame)
        odds = positive("sharpness", sharpness, zero_allowed=True) * self.log_odds
        return _sampled(odds, self._chance)[:, window[0] - 1 : window[-1]].sum(axis=1)

    def _drawn(self, frame: Frame) -> range:
        """Return a window, after checking that it has been drawn."""
        window, drawn = as_window(frame), self.log_odds.shape[1]
        if window[-1] > drawn:
            raise ValueError(f"frame {window} goes beyond the {drawn} frames drawn")
        return window


def _sampled(log_odds: Array, chance: Array) -> Array:
    """Return 1 where a uniform number is below the probability of category 1, and else -1."""
    return np.where(chance < (1 + np.tanh(log_odds)) / 2, 1.0, -1.0)


def draw_paths(
    world: World,
    task: Task,
    expected_pattern: Array,
    signal: float,
    *,
    trials: int,
    frames: int,
    rng: np.random.Generator,
) -> Paths:
    """Draw the log odds of some trials; what else a code needs of them follows on demand.

    Parameters
    ----------
    world, task, expected_pattern
        As in `Setting`.
    signal : float
        The signal of all trials.
    trials, frames : int
        How many.
    rng : Generator
        Source of randomness.
    """
    trials, frames, rng = whole("trials", trials), whole("frames", frames), generator(rng)
    mean, variance = log_odds_moments(world, task, expected_pattern, signal)
    steps = mean + np.sqrt(variance) * rng.standard_normal((trials, frames))
    return Paths(np.cumsum(steps, axis=1), rng)


@dataclass(frozen=True, eq=False)
class BeliefMoments:
    """E[b_t], (n,), E[1 - b_t^2], (n,), and Cov[b_t, b_u], (n, n), in a window of n frames."""

    mean: Array
    doubt: Array
    covariance: Array


def belief_moments(step_mean: float, step_variance: float, frame: Frame) -> BeliefMoments:
    """Return the exact moments of the belief tanh(L) in a window.

    Parameters
    ----------
    step_mean, step_variance : float
        Mean and variance of what one frame adds to L
        (`neurocoord.learning.log_odds_moments`).
    frame : int or range
        The window.

    Examples
    --------
    >>> belief_moments(0.0, 0.0, 1).doubt.item()
    1.0
    """
    mean = number("step_mean", step_mean)
    variance = positive("step_variance", step_variance, zero_allowed=True)
    moments = _belief_moments(abs(mean), variance, as_window(frame))
    return moments if mean >= 0 else replace(moments, mean=-moments.mean)


@lru_cache(maxsize=256)  # experiments ask for +s and -s of the same belief in turn
def _belief_moments(step_mean: float, step_variance: float, window: range) -> BeliefMoments:
    """Compute `belief_moments` for a mean that is not negative."""
    mean, square = np.empty(len(window)), np.empty(len(window))
    product = np.zeros((len(window), len(window)))
    for i, t in enumerate(window):
        path, weights = _paths_and_weights(t, step_mean, step_variance)
        belief = np.tanh(path)
        mean[i], square[i] = weights @ belief, weights @ belief**2
        product[i, i] = square[i]
        for j in range(i + 1, len(window)):
            growth, chances = _paths_and_weights(window[j] - t, step_mean, step_variance)
            expected = _tanh_of_sums(path, growth) @ chances
            product[i, j] = product[j, i] = weights @ (belief * expected)
    moments = BeliefMoments(mean, 1 - square, product - np.outer(mean, mean))
    for array in vars(moments).values():
        array.setflags(write=False)
    return moments


def _paths_and_weights(frames: int, mean: float, variance: float) -> tuple[Array, Array]:
    """Return values of L after some frames, and weights for the mean of a function of tanh L."""
    # The trapezoidal rule with step h is wrong by about exp(-2 pi d / h), d being how far the
    # nearest pole is from the real line. Here d = pi / (2 sd): h = 0.28 / sd leaves only rounding,
    # where Gauss and Hermite need thousands of nodes. Beyond 9 sd there is a mass of 1e-18.
    sd = np.sqrt(frames * variance)
    step = min(0.25, 0.28 / sd) if sd > 0 else 0.25
    count = int(np.ceil(9.0 / step))
    nodes = step * np.arange(-count, count + 1)
    weights = np.exp(-(nodes**2) / 2)
    return frames * mean + sd * nodes, weights / weights.sum()


def _tanh_of_sums(one: Array, other: Array) -> Array:
    """Return tanh(x + y) of all pairs, as 1 - 2 / (1 + exp(2 x) exp(2 y)): few exponentials."""
    reach = 170.0  # the product of exponentials of twice that is still a number
    if max(np.abs(one).max(), np.abs(other).max()) > reach:
        return np.tanh(one[:, None] + other)
    result = np.multiply.outer(np.exp(2 * one), np.exp(2 * other))
    result += 1
    np.divide(-2, result, out=result)
    result += 1
    return result


@dataclass(frozen=True, eq=False)
class Setting:
    """One population that does a task, and what has been learned by now.

    Parameters
    ----------
    world : World
        The population and the statistics of its evidence.
    task : Task
        The task being done.
    expected_pattern : (N,) array
        w_hat, what has been learned of its pattern.
    engagement : float
        c, from 0 (passive viewing) to 1.
    other_patterns : (M, N) array, optional
        Patterns learned for tasks that are not being done.

    Raises
    ------
    ValueError
        If a pattern is not finite or not of the size of the population, or the engagement does not
        lie between 0 and 1.
    """

    world: World
    task: Task
    expected_pattern: Array
    engagement: float = 1.0
    other_patterns: Array | None = None

    def __post_init__(self) -> None:
        instance("world", self.world, World), instance("task", self.task, Task)
        w_hat = finite_array("expected_pattern", self.expected_pattern, (self.world.size,))
        object.__setattr__(self, "expected_pattern", w_hat)
        object.__setattr__(self, "engagement", share("engagement", self.engagement))
        if self.other_patterns is not None:
            others = finite_array("other_patterns", self.other_patterns, (None, self.world.size))
            object.__setattr__(self, "other_patterns", others)

    @property
    def k0(self) -> float:
        """The gain of an observer who expects no pattern."""
        return self.world.bottom_up_gain

    @property
    def own_noise(self) -> float:
        """The variance per frame that a neuron has by itself under inference: k0 sigma^2 + v."""
        return self.k0 * self.world.sigma**2 + self.world.private_variance

    def step(self, signal: float) -> tuple[float, float]:
        """Return mean and variance of what a frame adds to the log odds."""
        return log_odds_moments(self.world, self.task, self.expected_pattern, signal)

    @property
    def Qa(self) -> Array:  # noqa: N802
        """Covariance of a frame's evidence with what it adds to the log odds, (N,)."""
        return self.world.evidence_cov @ decision_weights(self.world, self.expected_pattern)


@dataclass(frozen=True, eq=False)
class Code:
    """The terms of the equation for one population, task and stage of learning.

    Parameters
    ----------
    at : Setting
        The population, its task, and what it has learned.
    background : float
        k, the gain of the evidence outside of the modes.
    vectors : (N, n) array, optional
        V, orthonormal.
    gains, echo : (n,) array, optional
        kappa and mu along each mode; no echo by default.
    input_noise, noise, gained_noise : float
        Variances per frame of zeta, eta and eta'.
    feedback : (N,) array, optional
        f. None where nothing is fed back at all; zeros where nothing is expected now.
    sharpness : float
        sigma in the belief tanh(sigma L): how strong the subject expects signals to be.
    shared_gain : float
        g, between -1 and 1.
    common : (n, N) array, optional
        The directions d of common noise, as rows.

    Raises
    ------
    ValueError
        If an array has not the size of the population, or not as many entries as there are modes;
        if the modes are not orthonormal, a variance is negative, or gains come without modes.

    Examples
    --------
    >>> from neurocoord.world import CARDINAL, Population, World
    >>> world = World(Population.draw(4, rng=np.random.default_rng(0)))
    >>> w = world.population.pattern(CARDINAL)
    >>> code = Code(Setting(world, CARDINAL, w), 0.5, noise=1.0)
    >>> np.allclose(code.moments(0.1).mean, world.baseline + 0.5 * 0.1 * w)
    True
    """

    at: Setting
    background: float
    vectors: Array | None = None
    gains: Array | None = None
    echo: Array | None = None
    input_noise: float = 0.0
    noise: float = 0.0
    gained_noise: float = 0.0
    feedback: Array | None = None
    sharpness: float = 1.0
    shared_gain: float = 0.0
    common: Array | None = None

    def __post_init__(self) -> None:
        size = instance("at", self.at, Setting).world.size
        clean: dict[str, float | Array] = {"background": number("background", self.background)}
        for name in ("input_noise", "noise", "gained_noise", "sharpness"):
            value = getattr(self, name)
            if type(value) is not float or not 0 <= value < np.inf:  # the check itself is slower
                clean[name] = positive(name, value, zero_allowed=True)
        clean["shared_gain"] = number(
            "shared_gain", self.shared_gain, "between -1 and 1", lambda x: -1 < x < 1
        )
        if self.vectors is not None:
            vectors = finite_array("vectors", self.vectors, (size, None))
            off = vectors.T @ vectors
            _add_to_diagonal(off, -1.0)
            if np.vdot(off, off) > 1e-16:
                raise ValueError("vectors must be orthonormal columns")
            clean |= {"vectors": vectors, "gains": finite_array("gains", self.gains, off.shape[:1])}
            if self.echo is not None:
                clean["echo"] = finite_array("echo", self.echo, off.shape[:1])
        elif self.gains is not None or self.echo is not None:
            raise ValueError("gains and echo are along modes: give the vectors too")
        for name, shape in (("feedback", (size,)), ("common", (None, size))):
            if (value := getattr(self, name)) is not None:
                clean[name] = finite_array(name, value, shape)
        for name, value in clean.items():
            object.__setattr__(self, name, value)

    @property
    def matrix(self) -> Array:
        """The gain K, (N, N)."""
        flat = self.background * np.eye(self.at.world.size)
        if self.vectors is None:
            return flat
        return flat + (self.vectors * (self.gains - self.background)) @ self.vectors.T

    def moments(self, signal: float, *, frame: Frame = 1) -> Moments:
        r"""Return the exact mean and covariance of the response of a window, given the signal.

        With :math:`B_u` the answer of the sum over the window W of n frames to the input of frame
        u, :math:`c_u` the sum of :math:`E[1 - b_t^2]` over frames :math:`t \ge u` of it, and
        :math:`y = \sum_u c_u B_u\, \sigma Q a`,

        .. math::
            \mu &= n \cdot \text{baseline} + \sum_u B_u w s + f \sum_{t \in W} E[b_t], \\
            C &= \sum_u B_u (Q + v_\zeta 1) B_u^T + y f^T + f y^T
                + f f^T \sum_{t \in W} \Big( E[1 - b_t^2] + \sum_{t' \in W}
                \operatorname{Cov}(b_t, b_{t'}) \Big) + n v_{\eta'} 1, \\
            \operatorname{Cov}[r] &= (1 + g^2)\, C + g^2 \mu \mu^T + n v_\eta 1
                + n^2 \sum_k d_k d_k^T .
        """
        window = as_window(frame)
        n, g, signal = len(window), self.shared_gain, number("signal", signal)
        along, across = self._answers(window)
        drive = signal * self.at.world.population.pattern(self.at.task)
        mean = n * self.at.world.baseline + self._answered(drive, along.sum(axis=0), across.sum())
        covariance = self._filtered(self.at.world.evidence_cov, along, across)
        if self.feedback is not None:
            f, sigma, (step, variance) = self.feedback, self.sharpness, self.at.step(signal)
            belief = belief_moments(sigma * step, sigma**2 * variance, window)
            mean = mean + belief.mean.sum() * f
            # Evidence of frame u is felt by the beliefs of all frames t >= u of the window.
            later = np.cumsum(belief.doubt[::-1])[::-1]
            felt = np.append(np.full(len(across) - n, later[0]), later)
            y = self._answered(sigma * self.at.Qa, felt @ along, felt @ across)
            # A sampled category has variance 1 - E[b]^2; two of them covary as their beliefs do.
            category = float(belief.covariance.sum() + belief.doubt.sum())
            cross = np.outer(y + category / 2 * f, f)
            covariance += cross + cross.T
        _add_to_diagonal(covariance, n * self.gained_noise)
        if g:
            covariance *= 1 + g**2
            covariance += (g**2 * mean)[:, None] * mean
        return Moments(mean, self._with_outer_noise(covariance, n))

    def respond(self, evidence: Array, *, rng: np.random.Generator, poisson: bool = False) -> Array:
        """Draw responses to evidence (trials, frames, N), of its shape, in spikes per frame.

        With `poisson`, Poisson counts of that mean are drawn in place of private noise.

        Raises
        ------
        ValueError
            If Poisson counts are wanted of a code whose private noise is no longer all outside of
            it, or to which noise is added that is common to neurons.
        """
        evidence = finite_array("evidence", evidence, (None, None, self.at.world.size))
        rng, poisson = generator(rng), flag("poisson", poisson)
        inner, outer, world = self.gained_noise, self.noise, self.at.world
        if poisson:
            inner, outer = outer - world.private_variance, 0.0
            if self.gained_noise or self.common is not None or inner < -1e-12 * self.noise:
                raise ValueError(
                    "Poisson counts need all private noise outside of the code, and no other noise "
                    "added to the counts: draw without poisson, or move the noise (a local "
                    "circuit: inner of k0 sigma^2 at most)"
                )

        def noise(variance: float) -> Array | float:
            return np.sqrt(variance) * rng.standard_normal(evidence.shape) if variance > 0 else 0.0

        source = evidence + noise(self.input_noise) if self.input_noise else evidence
        rate = world.baseline + self.background * source
        if self.vectors is not None:
            parts = source @ self.vectors
            settled = self.gains * parts
            if self.echo is not None:
                for t in range(1, evidence.shape[1]):
                    settled[:, t] += self.echo * settled[:, t - 1]
            rate += (settled - self.background * parts) @ self.vectors.T
        if self.feedback is not None:
            odds = self.sharpness * log_odds(world, evidence, self.at.expected_pattern)
            rate += _sampled(odds, rng.random(odds.shape))[..., None] * self.feedback
        rate += noise(inner)
        if self.shared_gain:
            state = np.where(rng.random((len(rate), 1, 1)) < 0.5, 1.0, -1.0)
            rate *= 1 + self.shared_gain * state
        rate += noise(outer)
        if self.common is not None:
            rate += (rng.standard_normal((len(rate), len(self.common))) @ self.common)[:, None]
        return world.emit(rate, rng=rng, poisson=True) if poisson else rate

    def conditional(
        self, signal: float, paths: Paths, *, frame: Frame = 1
    ) -> tuple[Conditional, ...]:
        r"""Return the response given the scalars of each trial, exactly Gaussian.

        The scalars are how much the log odds grew (in each frame, where the code has an echo, or
        else in the window), and the sum of the sampled categories, where something is fed back.
        `paths` are of the same signal. With a shared gain there is one `Conditional` for each of
        its states that occurs, and else one. The evidence given the growth of the log odds is

        .. math:: e_t = w s + \frac{Q a}{a^T Q a}\,(\Delta L_t - E\,\Delta L_t) + \text{residual},
                  \quad \operatorname{Cov} = Q - \frac{Q a a^T Q}{a^T Q a};

        the residual is independent of the whole path of log odds.
        """
        window, paths = as_window(frame), instance("paths", paths, Paths)
        n, at, signal, Qa = len(window), self.at, number("signal", signal), self.at.Qa
        along, across = self._answers(window)
        growth, variance = at.step(signal)
        loading = Qa / variance if variance else Qa
        if self.echo is None:  # the same answer in all frames: only the sum of the steps matters
            scalars = [paths.step(window)]
            loadings = [self._answered(loading, along[0], across[0])]
        else:
            frames = range(1, window[-1] + 1)
            scalars = [paths.step(u) for u in frames]
            loadings = [self._answered(loading, along[u - 1], across[u - 1]) for u in frames]
        if self.feedback is not None:
            scalars.append(paths.categories(window, self.sharpness))
            loadings.append(self.feedback)
        centre = signal * at.world.population.pattern(at.task) - growth * loading
        mean = n * at.world.baseline + self._answered(centre, along.sum(axis=0), across.sum())
        covariance = self._filtered(at.world.evidence_cov - np.outer(Qa, loading), along, across)
        _add_to_diagonal(covariance, n * self.gained_noise)
        scalars, loadings = np.column_stack(scalars), np.vstack(loadings)
        if not self.shared_gain:
            return (Conditional(scalars, mean, loadings, self._with_outer_noise(covariance, n)),)
        groups = []
        for state in np.unique(paths.state)[::-1]:
            chosen, gain = paths.state == state, 1 + self.shared_gain * state
            inner = self._with_outer_noise(gain**2 * covariance, n)
            groups.append(Conditional(scalars[chosen], gain * mean, gain * loadings, inner))
        return tuple(groups)

    def _answers(self, window: range) -> tuple[Array, Array]:
        """Return how a window's sum answers to each frame that it feels: along modes, and across.

        Those are the frames of the window, and all before it if there is an echo.
        """
        if self.echo is None or window[-1] == 1:  # nothing to echo yet in the first frame
            gains = np.zeros(0) if self.gains is None else self.gains
            along = np.empty((len(window), gains.size))
            along[:] = gains
            return along, np.full(len(window), self.background)
        frames = np.arange(1, window[-1] + 1)
        age = np.arange(window[0], window[-1] + 1) - frames[:, None]
        kept = np.power.outer(self.echo, np.maximum(age, 0)) * (age >= 0)
        return kept.sum(axis=-1).T * self.gains, self.background * (frames >= window[0])

    def _answered(self, direction: Array, along: Array, across: float) -> Array:
        """Return B times a direction, for an answer B with these factors."""
        if self.vectors is None:
            return across * direction
        parts = self.vectors.T @ direction
        return across * direction + self.vectors @ ((along - across) * parts)

    def _filtered(self, source: Array, along: Array, across: Array) -> Array:
        r"""Return :math:`\sum_u B_u (S + v_\zeta 1) B_u^T`, for a covariance S of a frame."""
        total = (across @ across) * source
        _add_to_diagonal(total, (across @ across) * self.input_noise)
        if self.vectors is not None:
            V, extra = self.vectors, along - across[:, None]
            seen = V.T @ source + self.input_noise * V.T
            cross = (V * (across @ extra)) @ seen
            total += cross + cross.T + V @ ((seen @ V) * (extra.T @ extra)) @ V.T
        return total

    def _with_outer_noise(self, covariance: Array, frames: int) -> Array:
        """Add the noise outside of the code to a covariance, in place, and return it."""
        _add_to_diagonal(covariance, frames * self.noise)
        if self.common is not None:
            directions = frames * self.common
            covariance += directions.T @ directions
        return covariance


def _add_to_diagonal(matrix: Array, value: float) -> None:
    """Add a number to the diagonal of a square array, in place."""
    if value:
        matrix.reshape(-1)[:: len(matrix) + 1] += value


def modes_of_patterns(world: World, *patterns: Array | None) -> tuple[Array, Array]:
    r"""Return the modes and eigenvalues of :math:`\sigma_s^2 \sum_m \hat w_m \hat w_m^T`.

    Parameters
    ----------
    world : World
        The world.
    *patterns : (N,) or (M, N) array or None
        The patterns that a code has learned; None for none.

    Returns
    -------
    vectors, variances : (N, n), (n,) array
        Orthonormal, as many as there are patterns (at most N); and what the patterns add to the
        variance of the assumed scene along each.
    """
    size = instance("world", world, World).size
    rows = [finite_array("patterns", p, (..., size)) for p in patterns if p is not None]
    if not rows or any(row.ndim > 2 or row.size == 0 for row in rows):
        raise ValueError(f"patterns must be at least one of shape ({size},) or (any, {size})")
    vectors, lengths, _ = np.linalg.svd(np.vstack(rows).T, full_matrices=False)
    return vectors, (world.signal_sd * lengths) ** 2


def gain_of_modes(
    gain: Callable[[Array], Array], world: World, *patterns: Array | None
) -> dict[str, Any]:
    r"""Return the terms of a code that gives each mode of the assumed scene its own gain.

    .. math:: K = \sum_k g(c_k)\, v_k v_k^T

    with the eigenvalues c and eigenvectors v of `assumed_prior`, of which all but a few are the
    background :math:`\tau^2`.

    Parameters
    ----------
    gain : callable
        Takes the scene variances of some modes, and returns their gains.
    world, *patterns
        As for `modes_of_patterns`.

    Returns
    -------
    dict
        ``background``, ``vectors`` and ``gains``, as `Code` takes them.
    """
    if not callable(gain):
        raise ValueError(f"gain must be callable, not {gain!r}")
    vectors, extra = modes_of_patterns(world, *patterns)
    scene = world.tau**2 + np.concatenate(([0.0], extra))
    gains = finite_array("what gain returns", gain(scene), scene.shape)
    return {"background": float(gains[0]), "vectors": vectors, "gains": gains[1:]}


def assumed_prior(
    world: World, expected_pattern: Array, other_patterns: Array | None = None
) -> Array:
    r"""Return the covariance of the scene that a subject assumes, (N, N).

    .. math:: P = \tau^2 1 + \sigma_s^2 \sum_m \hat w_m \hat w_m^T,

    the sum over all patterns; :math:`P + \sigma^2 1` is the covariance of the evidence that follows
    from it. This is a belief: the true covariance given the signal is ``evidence_cov``.

    Parameters
    ----------
    world, expected_pattern, other_patterns
        As in `Setting`.
    """
    size = instance("world", world, World).size
    rows = finite_array("expected_pattern", expected_pattern, (size,))[None]
    if other_patterns is not None:
        rows = np.vstack([rows, finite_array("other_patterns", other_patterns, (None, size))])
    return world.tau**2 * np.eye(size) + world.signal_sd**2 * rows.T @ rows


def with_covariate(given: Conditional, coupling: Array, variance: float) -> Conditional:
    """Return the response with a measured covariate as one more channel, the last.

    Parameters
    ----------
    given : Conditional
        The response given the scalars.
    coupling : (N,) array
        Covariance of the response with the covariate.
    variance : float
        Variance of the covariate as measured; its mean is 0.
    """
    size = instance("given", given, Conditional).intercept.size
    column = finite_array("coupling", coupling, (size,))[:, None]
    variance = positive("variance", variance)
    return Conditional(
        given.scalars,
        np.append(given.intercept, 0.0),
        np.hstack([given.loadings, np.zeros((len(given.loadings), 1))]),
        np.block([[given.covariance, column], [column.T, np.full((1, 1), variance)]]),
    )
