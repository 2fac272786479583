r"""What a theory of the neural code is: one small object with three methods.

Every theory turns the same evidence and the same learned pattern into responses. `Theory` is the
interface; a new theory is one new frozen dataclass that has it, and most are one method (`matrix`)
on top of `LinearCode`. Responses are spikes per frame: a baseline, plus the code of the evidence,
plus private noise (see `neurocoord.world.World`). A *window* of frames is one frame (an ``int``,
counted from 1) or several consecutive frames whose responses are summed (a ``range``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, Protocol

import numpy as np

from neurocoord._checks import Array, finite_array, positive, whole
from neurocoord.learning import decision_weights, log_odds_moments
from neurocoord.world import Task, World

Frame = int | range


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean (N,) and covariance (N, N) of the response given the signal."""

    mean: Array
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
    def category(self) -> Array:
        """A category -1 or 1 in each frame, sampled from the belief tanh(L_t); as `log_odds`."""
        belief = np.tanh(self.log_odds)
        return np.where(self.rng.random(belief.shape) < (1 + belief) / 2, 1.0, -1.0)

    @cached_property
    def state(self) -> Array:
        """A hidden state of each trial, independent of all else: uniform in [0, 1), (trials,)."""
        return self.rng.random(len(self.log_odds))

    def step(self, frame: Frame) -> Array:
        """Return how much the log odds grow within a window, (trials,)."""
        window = as_window(frame)
        if window[-1] > self.log_odds.shape[1]:
            raise ValueError(f"{window} goes beyond the {self.log_odds.shape[1]} frames drawn")
        before = self.log_odds[:, window[0] - 2] if window[0] > 1 else 0.0
        return self.log_odds[:, window[-1] - 1] - before

    def categories(self, frame: Frame) -> Array:
        """Return the sum of the sampled categories over a window, (trials,)."""
        window = as_window(frame)
        return self.category[:, window[0] - 1 : window[-1]].sum(axis=1)


@dataclass(frozen=True, eq=False)
class Conditional:
    r"""The response given a few scalars of each trial: exactly Gaussian.

    .. math:: r \mid z \sim \mathcal N(\text{intercept} + z\,\text{loadings},\ \text{covariance})

    Sample means and scatter matrices of a session can be drawn from this without drawing trials.

    Parameters
    ----------
    scalars : (trials, k) array
        The scalars z of each trial.
    intercept : (N,) array
    loadings : (k, N) array
    covariance : (N, N) array
        What varies besides the scalars.
    """

    scalars: Array
    intercept: Array
    loadings: Array
    covariance: Array


class Theory(Protocol):
    """What every theory of the code offers.

    Common parameters: `expected_pattern` is w_hat of the task being done, (N,);
    `engagement` c lies between 0 (passive viewing) and 1; `frame` is the window (default: the
    first frame); `other_patterns`, (M, N), are patterns learned for tasks that are not being
    done, of which a hard-wired code keeps the traces.
    """

    name: ClassVar[str]

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
        """Return the exact mean and covariance of the response given the signal."""
        ...

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
        ...

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
    ) -> Conditional | tuple[Conditional, ...]:
        """Return the response given the scalars of each trial.

        Where the covariance given the scalars is not the same in all trials, the answer has one
        part for each group of trials in which it is.
        """
        ...


def as_window(frame: Frame) -> range:
    """Return a window of frames as a range, after checking it.

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


def check_engagement(engagement: float) -> float:
    """Return the engagement after checking that it lies between 0 and 1."""
    if positive("engagement", engagement, zero_allowed=True) > 1:
        raise ValueError(f"engagement must lie between 0 and 1, not {engagement!r}")
    return float(engagement)


def _learned_patterns(world: World, expected_pattern: Array, other_patterns: Array | None) -> Array:
    """Return the patterns as rows, (M, N), after checking them."""
    patterns = finite_array("expected_pattern", expected_pattern, (world.size,))[None]
    if other_patterns is None:
        return patterns
    return np.vstack([patterns, finite_array("other_patterns", other_patterns, (None, world.size))])


def assumed_prior(
    world: World, expected_pattern: Array, other_patterns: Array | None = None
) -> Array:
    r"""Return the covariance of the scene that a subject assumes, (N, N).

    .. math:: P = \tau^2 1 + \sigma_s^2 \sum_m \hat w_m \hat w_m^T,

    the sum over the patterns given; :math:`P + \sigma^2 1` is the covariance of the evidence that
    follows from it. This is a belief: the true covariance given the signal is ``evidence_cov``.
    """
    patterns = _learned_patterns(world, expected_pattern, other_patterns)
    return world.tau**2 * np.eye(world.size) + world.signal_sd**2 * patterns.T @ patterns


def code_of_prior(
    world: World,
    gain: Callable[[Array], Array],
    expected_pattern: Array,
    other_patterns: Array | None = None,
) -> Array:
    r"""Return the code that gives each mode of the assumed prior a gain of its own, (N, N).

    .. math:: K = \sum_k g(c_k)\, v_k v_k^T = g(\tau^2)\, 1
              + \sum_{k \le M} \left[ g(c_k) - g(\tau^2) \right] v_k v_k^T,

    with the eigenvalues :math:`c_k` and eigenvectors :math:`v_k` of P (`assumed_prior`), of which
    at most M, the number of patterns, differ from the background.

    Parameters
    ----------
    world : World
        The world.
    gain : callable
        Takes the scene variances of some modes, and returns their gains.
    expected_pattern, other_patterns
        As in `Theory`.
    """
    patterns = _learned_patterns(world, expected_pattern, other_patterns)
    vectors, lengths, _ = np.linalg.svd(patterns.T, full_matrices=False)
    background = np.array([world.tau**2])
    (lowest,) = gain(background)
    extra = gain(background + (world.signal_sd * lengths) ** 2) - lowest
    return lowest * np.eye(world.size) + (vectors * extra) @ vectors.T


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
    """Draw the log odds of some trials; what else a theory needs of them follows on demand."""
    whole("trials", trials)
    whole("frames", frames)
    mean, variance = log_odds_moments(world, task, expected_pattern, signal)
    steps = mean + np.sqrt(variance) * rng.standard_normal((trials, frames))
    return Paths(np.cumsum(steps, axis=1), rng)


def evidence_given_step(
    world: World, task: Task, expected_pattern: Array, signal: float, frames: int
) -> tuple[Array, Array, Array]:
    r"""Return the evidence summed over a window given how much the log odds grew within it.

    .. math:: \sum_t e_t = \text{intercept} + \frac{Q a}{a^T Q a}\,\Delta L + \text{residual},
              \quad \operatorname{Cov} = n \left( Q - \frac{Q a a^T Q}{a^T Q a} \right)

    with n frames. The residual is independent of the whole path of log odds.

    Returns
    -------
    intercept : (N,) array
    loading : (N,) array
    covariance : (N, N) array
    """
    mean, variance = log_odds_moments(world, task, expected_pattern, signal)
    Q = world.evidence_cov
    drive = frames * float(signal) * world.population.pattern(task)
    if variance == 0:
        return drive, np.zeros(world.size), frames * Q
    Qa = Q @ decision_weights(world, expected_pattern)
    loading = Qa / variance
    return drive - frames * mean * loading, loading, frames * (Q - np.outer(Qa, loading))


@dataclass(frozen=True)
class LinearCode:
    r"""A static linear code, :math:`r_t = \text{baseline} + K e_t + \text{private noise}`.

    Given the signal the mean is :math:`\text{baseline} + K w s` and the covariance
    :math:`K Q K^T + v 1` with private variance v; both are the same in every frame, and frames are
    independent. Subclasses say what K is.
    """

    name: ClassVar[str] = "linear code"

    def matrix(
        self,
        world: World,
        expected_pattern: Array,
        *,
        engagement: float = 1.0,
        other_patterns: Array | None = None,
    ) -> Array:
        """Return the matrix K of the code, (N, N)."""
        raise NotImplementedError

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
        """Return the exact mean and covariance of the response given the signal."""
        K = self.matrix(
            world, expected_pattern, engagement=engagement, other_patterns=other_patterns
        )
        frames = len(as_window(frame))
        mean = world.baseline + K @ world.population.pattern(task) * float(signal)
        covariance = K @ world.evidence_cov @ K.T + world.private_variance * np.eye(world.size)
        return Moments(frames * mean, frames * covariance)

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
        K = self.matrix(
            world, expected_pattern, engagement=engagement, other_patterns=other_patterns
        )
        return world.emit(world.baseline + evidence @ K.T, rng=rng, poisson=poisson)

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
        """Return the response given how much the log odds grew within the window."""
        K = self.matrix(
            world, expected_pattern, engagement=engagement, other_patterns=other_patterns
        )
        frames = len(as_window(frame))
        intercept, loading, residual = evidence_given_step(
            world, task, expected_pattern, signal, frames
        )
        private = frames * world.private_variance * np.eye(world.size)
        return Conditional(
            paths.step(frame)[:, None],
            frames * world.baseline + K @ intercept,
            (K @ loading)[None],
            K @ residual @ K.T + private,
        )


def slope_and_covariance(
    theory: Theory,
    world: World,
    task: Task,
    expected_pattern: Array,
    signal: float,
    *,
    noise: Literal["signal", "zero"] = "signal",
    frame: Frame = 1,
    engagement: float = 1.0,
    other_patterns: Array | None = None,
) -> tuple[Array, Array]:
    r"""Return f' and Sigma as an experiment with signals +-s measures them, exactly.

    .. math:: f' = \frac{E[r \mid +s] - E[r \mid -s]}{2 s}, \qquad
              \Sigma = \frac{\Sigma(+s) + \Sigma(-s)}{2}\ \text{ or }\ \Sigma(0)

    Parameters
    ----------
    theory : Theory
        The theory of the code.
    world, task, expected_pattern, frame, engagement, other_patterns
        As in `Theory`.
    signal : float
        The signal s > 0 of the two conditions.
    noise : {"signal", "zero"}
        Whether Sigma comes from the trials with signal or from trials with none.

    Returns
    -------
    slope : (N,) array
        Response per unit signal.
    covariance : (N, N) array

    Examples
    --------
    >>> import numpy as np
    >>> from neurocoord.inference import Inference
    >>> from neurocoord.information import redundancy
    >>> from neurocoord.world import CARDINAL, Population, World
    >>> world = World(Population.draw(40, rng=np.random.default_rng(0)))
    >>> w = world.population.pattern(CARDINAL)
    >>> naive = slope_and_covariance(Inference(), world, CARDINAL, 0 * w, 0.1, frame=5)
    >>> skilled = slope_and_covariance(Inference(), world, CARDINAL, w, 0.1, frame=5)
    >>> redundancy(*naive) < redundancy(*skilled)
    True
    """
    positive("signal", signal)
    if noise not in ("signal", "zero"):
        raise ValueError(f"noise must be 'signal' or 'zero', not {noise!r}")
    moments = {
        s: theory.moments(
            world,
            task,
            expected_pattern,
            s,
            frame=frame,
            engagement=engagement,
            other_patterns=other_patterns,
        )
        for s in ((signal, -signal) if noise == "signal" else (signal, -signal, 0.0))
    }
    slope = (moments[signal].mean - moments[-signal].mean) / (2 * signal)
    if noise == "zero":
        return slope, moments[0.0].covariance
    return slope, (moments[signal].covariance + moments[-signal].covariance) / 2
