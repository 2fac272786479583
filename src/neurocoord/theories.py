r"""Theories of the neural code, each a few terms of one equation (`neurocoord.code`).

All theories learn the same pattern w_hat from the same trials. They differ in what they make of it:
*efficient coding* removes what is predictable, *decoding-optimised* learning removes noise along
the task axis, *inference* fills in what is expected, *local circuits* amplify it without feedback.
What no learning made, and can be taken for it, is here too: shared gain, arousal, noise common to
all neurons, attention that fluctuates.

References
----------
Efficient coding: van Hateren (1992); Atick and Redlich (1992), Neural Computation 4:196-210.
Decoding-optimised: Bejjanki, Beck, Lu and Pouget (2011), Nature Neuroscience 14:642-648.
Inference: Haefner, Berkes and Fiser (2016), Neuron 90:649-660; Lange and Haefner (2022), PLoS
Computational Biology 18:e1009557. Error units: Rao and Ballard (1999), Nature Neuroscience
2:79-87. Shared gain: Goris, Movshon and Simoncelli (2014), Nature Neuroscience 17:858-865.
Fluctuating attention: Ecker, Denfield, Bethge and Tolias (2016), Journal of Neuroscience
36:1775-1789. Common noise: Moreno-Bote et al. (2014), Nature Neuroscience 17:1410-1417.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import Any, ClassVar, Literal

import numpy as np

from neurocoord._checks import Array, finite_array, instance, one_of, positive, share
from neurocoord.code import (
    Code,
    Conditional,
    Frame,
    Moments,
    Paths,
    Setting,
    gain_of_modes,
    modes_of_patterns,
)
from neurocoord.gains import optimal_gain
from neurocoord.world import Task, World

Checks = Mapping[str, Callable[[str, Any], Any]]


def _below_one(name: str, value: float) -> float:
    """Return a number after checking that it is at least 0 and below 1."""
    if (clean := share(name, value)) == 1:
        raise ValueError(f"{name} must be below 1, not {value!r}")
    return clean


def _strength(name: str, value: float | str) -> float | str:
    """Return how strong signals are expected to be, after checking it."""
    return one_of(name, value, ("world",)) if isinstance(value, str) else positive(name, value)


_not_negative = partial(positive, zero_allowed=True)


class Theory(ABC):
    """What every theory offers; a new one is a frozen dataclass that says what its `code` is.

    Common parameters: `expected_pattern` is w_hat of the task being done, (N,); `engagement` c lies
    between 0 (passive viewing) and 1; `frame` is the window (default: the first frame): one frame,
    counted from 1, or a range of frames whose responses are summed; `other_patterns`, (M, N), are
    patterns learned for tasks that are not being done, of which a hard-wired code keeps the traces.
    Responses are in spikes per frame.

    Examples
    --------
    >>> from neurocoord.code import Code
    >>> from neurocoord.world import CARDINAL, Population, World
    >>> class Doubling(Theory):
    ...     def code(self, at):
    ...         return Code(at, 2.0, noise=at.world.private_variance)
    >>> world = World(Population.draw(4, rng=np.random.default_rng(0)))
    >>> w = world.population.pattern(CARDINAL)
    >>> np.allclose(Doubling().moments(world, CARDINAL, w, 0.1).mean, world.baseline + 0.2 * w)
    True
    """

    name: ClassVar[str]
    checks: ClassVar[Checks] = {}  # of the parameters, each called with name and value

    def __post_init__(self) -> None:
        for name, check in self.checks.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if code := vars(cls).get("code"):
            cls.code = wraps(code)(lambda self, at: code(self, instance("at", at, Setting)))

    @abstractmethod
    def code(self, at: Setting) -> Code:
        """Return the terms of the equation in this setting; every theory has its own."""

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
        """Return the exact mean (N,) and covariance (N, N) of the response given the signal."""
        at = Setting(world, task, expected_pattern, engagement, other_patterns)
        return self.code(at).moments(signal, frame=frame)

    def respond(
        self,
        world: World,
        task: Task,
        evidence: Array,
        expected_pattern: Array,
        *,
        rng: np.random.Generator,
        engagement: float = 1.0,
        other_patterns: Array | None = None,
        poisson: bool = False,
    ) -> Array:
        """Draw responses to evidence (trials, frames, N), of the same shape."""
        at = Setting(world, task, expected_pattern, engagement, other_patterns)
        return self.code(at).respond(evidence, rng=rng, poisson=poisson)

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
    ) -> tuple[Conditional, ...]:
        """Return the response given the scalars of each trial (`Code.conditional`)."""
        at = Setting(world, task, expected_pattern, engagement, other_patterns)
        return self.code(at).conditional(signal, paths, frame=frame)


@dataclass(frozen=True)
class EfficientCoding(Theory):
    """The efficient code at finite noise: the gain of each mode that is worth most at its price.

    Wired in: it depends neither on engagement nor on the frame, and keeps the traces of
    `other_patterns`. The output noise is the world's private noise (`neurocoord.gains`).

    Parameters
    ----------
    price : float
        Price lambda of response power, nats per squared spike.
    """

    price: float = 0.01
    name: ClassVar[str] = "efficient coding"
    checks: ClassVar[Checks] = {"price": positive}

    def code(self, at: Setting) -> Code:
        """Return the code; refuse a world without private noise, where gain costs nothing."""
        world = at.world
        if world.private_variance == 0:
            raise ValueError("without output noise there is no optimal gain: use Whitening")
        noise = {"input_noise": world.sigma, "output_noise": np.sqrt(world.private_variance)}
        gain = partial(optimal_gain, price=self.price, **noise)
        terms = gain_of_modes(gain, world, at.expected_pattern, at.other_patterns)
        return Code(at, **terms, noise=world.private_variance)


@dataclass(frozen=True)
class Whitening(Theory):
    r"""The efficient code at high SNR: :math:`K = \sqrt v\, C^{-1/2}`, :math:`C = P + \sigma^2 1`.

    Parameters
    ----------
    variance : float
        Variance v of every response over the ensemble of signals, squared spikes.
    """

    variance: float = 1.0
    name: ClassVar[str] = "whitening"
    checks: ClassVar[Checks] = {"variance": positive}

    def code(self, at: Setting) -> Code:
        """Return the code."""
        v, noise = self.variance, at.world.sigma**2
        patterns = at.expected_pattern, at.other_patterns
        terms = gain_of_modes(lambda c: np.sqrt(v / (c + noise)), at.world, *patterns)
        return Code(at, **terms, noise=at.world.private_variance)


@dataclass(frozen=True)
class DecodingOptimised(Theory):
    r"""Learning that helps a downstream decoder: it removes noise that limits information.

    The evidence passes with the gain k0. Internal noise along the slope, :math:`\xi\, s_0 k_0 w`
    with :math:`\xi` standard normal for the whole trial, limits what any decoder can read. Learning
    takes it away, in proportion to what has been learned of the pattern,
    :math:`\lambda = \hat w^T w / w^T w` (0 to 1): its standard deviation is
    :math:`s_0 (1 - \lambda)`. This is our version of the account; how the noise falls is assumed.

    Parameters
    ----------
    internal : float
        :math:`s_0`, in units of the signal.
    """

    internal: float = 0.3
    name: ClassVar[str] = "decoding-optimised"
    checks: ClassVar[Checks] = {"internal": _not_negative}

    def code(self, at: Setting) -> Code:
        """Return the code."""
        w = at.world.population.pattern(at.task)
        learned = np.clip(at.expected_pattern @ w / (w @ w), 0.0, 1.0)
        common = self.internal * (1 - learned) * at.k0 * w[None]
        return Code(at, at.k0, noise=at.world.private_variance, common=common)


@dataclass(frozen=True)
class StaticInference(Theory):
    r"""Inference in the static Gaussian picture: the Wiener filter of what is expected.

    .. math:: K = k_0 1 + c\,\left[P (P + \sigma^2 1)^{-1} - k_0 1\right]

    Only the pattern of the task being done is expected: `other_patterns` have no effect.
    """

    name: ClassVar[str] = "inference, static"

    def code(self, at: Setting) -> Code:
        """Return the code."""
        k0, c, noise = at.k0, at.engagement, at.world.sigma**2
        terms = gain_of_modes(
            lambda p: k0 + c * (p / (p + noise) - k0), at.world, at.expected_pattern
        )
        return Code(at, **terms, noise=at.world.private_variance)


@dataclass(frozen=True)
class Inference(Theory):
    r"""Inference within a trial: the belief grows, and feedback sends the expectation down.

    .. math:: r_t = \text{baseline} + k_0 e_t + (1 - k_0)\, c\, \sigma_s \hat w\, z_t
              + \text{noise}, \qquad P(z_t = \pm 1) = (1 \pm \tanh \sigma_s L_t) / 2

    The noise is a posterior sample's, :math:`k_0 \sigma^2`, and private. `other_patterns` have no
    effect: expectation follows the task.

    Parameters
    ----------
    feedback : float
        Weight of the feedback in a fully engaged subject, 0 to 1; the weight c of the equation is
        this times the engagement. Passive viewing (engagement 0) has none.
    expected : float or "world"
        How strong the subject expects signals to be, :math:`\sigma_s`. 1 is an overconfident
        observer wherever signals are weak; "world" takes the world's `signal_sd`, as an observer
        does who knows how weak they are.
    """

    feedback: float = 1.0
    expected: float | Literal["world"] = 1.0
    name: ClassVar[str] = "inference"
    checks: ClassVar[Checks] = {"feedback": share, "expected": _strength}

    def code(self, at: Setting) -> Code:
        """Return the code."""
        strength = at.world.signal_sd if self.expected == "world" else self.expected
        f = (1 - at.k0) * self.feedback * at.engagement * strength * at.expected_pattern
        return Code(at, at.k0, feedback=f, sharpness=strength, noise=at.own_noise)


@dataclass(frozen=True)
class ErrorUnits(Inference):
    r"""Units that signal what the expectation does not explain, the mirror of inference.

    .. math:: r_t = \text{baseline} + k_0 (e_t - c\, \sigma_s \hat w\, z_t) + \text{noise}
    """

    name: ClassVar[str] = "error units"

    def code(self, at: Setting) -> Code:
        """Return the code."""
        code = super().code(at)
        return replace(code, feedback=-at.k0 / (1 - at.k0) * code.feedback)


@dataclass(frozen=True)
class LocalCircuit(Theory):
    r"""Hard-wired lateral excitation, learned from the same pattern as all theories.

    Responses settle to :math:`x = k_0 e + \zeta + W x`. In the mode of a learned pattern the weight
    is :math:`\rho = \rho_{\max} S / (S + h)` with :math:`S = \sigma_s^2 |\hat w|^2`
    (`neurocoord.plasticity.Hebbian`), and the gain :math:`k_0 / (1 - \rho)`. With
    :math:`\rho_{\max} = 1 - k_0` and :math:`h = \tau^2` this is the Wiener filter. The circuit
    keeps the traces of `other_patterns`.

    Parameters
    ----------
    strength : float
        The weight :math:`\rho_{\max}` that a mode of unlimited variance gets, below 1.
    half : float
        The variance h at which a mode gets half of it, squared evidence.
    inner : float
        Variance per frame of the noise :math:`\zeta` within the loop. Noise outside has the rest of
        what each neuron has by itself under inference, so that the naive codes are the same.
    """

    strength: float = 0.840
    half: float = 0.218
    inner: float = 0.325
    name: ClassVar[str] = "local circuit"
    gated: ClassVar[bool] = False
    passes: ClassVar[int | None] = None  # round the loop in a frame; None where it settles
    checks: ClassVar[Checks] = {"strength": _below_one, "half": positive, "inner": _not_negative}

    def modes(self, at: Setting) -> tuple[Array, Array]:
        """Return the modes of the loop, (N, M), and the eigenvalues rho of W, (M,)."""
        world, w_hat = instance("at", at, Setting).world, at.expected_pattern
        kept, c = (None, at.engagement) if self.gated else (at.other_patterns, 1.0)
        vectors, variance = modes_of_patterns(world, w_hat, kept)
        return vectors, c * (self.strength * variance / (variance + self.half))

    def code(self, at: Setting) -> Code:
        """Return the code; refuse more noise within the loop than there is in all."""
        if self.inner > at.own_noise:
            raise ValueError(
                f"inner is {self.inner:g}, but each neuron has {at.own_noise:g} in all"
            )
        vectors, rho = self.modes(at)
        kept = None if self.passes is None else rho**self.passes
        gains = at.k0 * (1 if kept is None else 1 - kept) / (1 - rho)
        noise = {"input_noise": self.inner / at.k0**2, "noise": at.own_noise - self.inner}
        return Code(at, at.k0, vectors, gains, kept, **noise)


@dataclass(frozen=True)
class GatedCircuit(LocalCircuit):
    """A local circuit that is switched on by engagement, for the task that is being done only."""

    name: ClassVar[str] = "gated circuit"
    gated: ClassVar[bool] = True


@dataclass(frozen=True)
class SlowGatedCircuit(GatedCircuit):
    r"""A gated circuit whose lateral excitation takes half a frame for each pass round the loop.

    .. math:: x_t = (1 + W) (k_0 e_t + \zeta_t) + W^2 x_{t-1}, \qquad x_0 = 0 :

    activity builds up within the trial, towards the gain of a circuit without delay.
    """

    strength: float = 0.894
    half: float = 0.234
    inner: float = 0.268
    name: ClassVar[str] = "slow gated circuit"
    passes: ClassVar[int | None] = 2


@dataclass(frozen=True)
class SharedGain(Theory):
    r"""A code that nothing is learned in, whose gain fluctuates from trial to trial.

    .. math:: g = g_0\,(1 - \text{relief} \cdot c), and the noise is outside of the gain.

    Parameters
    ----------
    sd : float
        The standard deviation :math:`g_0` of the gain in passive viewing, below 1.
    relief : float
        Which part of it goes away with full engagement c = 1, 0 to 1.
    """

    sd: float = 0.09
    relief: float = 0.3
    name: ClassVar[str] = "shared gain"
    checks: ClassVar[Checks] = {"sd": _below_one, "relief": share}

    def code(self, at: Setting) -> Code:
        """Return the code."""
        g = self.sd * (1 - self.relief * at.engagement)
        return Code(at, at.k0, noise=at.own_noise, shared_gain=g)


@dataclass(frozen=True)
class FluctuatingAttention(Theory):
    r"""A naive code, and attention to the learned pattern that comes and goes from trial to trial.

    While engaged all responses of a trial move by :math:`\xi\, c\, \text{sd}\, \hat w`: noise along
    the task axis that learning brings and passive viewing does not have.

    Parameters
    ----------
    sd : float
        Standard deviation of the fluctuation, in units of the signal.
    """

    sd: float = 0.2
    name: ClassVar[str] = "fluctuating attention"
    checks: ClassVar[Checks] = {"sd": _not_negative}

    def code(self, at: Setting) -> Code:
        """Return the code."""
        common = at.engagement * self.sd * at.expected_pattern[None]
        return Code(at, at.k0, noise=at.own_noise, common=common)


@dataclass(frozen=True, eq=False)
class CommonNoise(Theory):
    r"""A theory with noise of one direction, common to all neurons and frames of a trial.

    With the slope of the code as direction this is what gaze does if its jitter moves the stimulus
    along the task axis: differential correlations.

    Parameters
    ----------
    theory : Theory
        The theory.
    direction : (N,) array
        d, responses per frame for a fluctuation of 1.
    sd : float
        Standard deviation of the fluctuation; in units of the signal where d is the slope.
    """

    theory: Theory
    direction: Array
    sd: float
    name: ClassVar[str] = "common noise"
    checks: ClassVar[Checks] = {
        "theory": partial(instance, kind=Theory),
        "direction": partial(finite_array, shape=(None,)),
        "sd": _not_negative,
    }

    def code(self, at: Setting) -> Code:
        """Return the code."""
        inner = self.theory.code(at)
        row = self.sd * finite_array("direction", self.direction, (at.world.size,))
        rows = [row] if inner.common is None else [inner.common, row]
        return replace(inner, common=np.vstack(rows))


@dataclass(frozen=True)
class Arousal(Theory):
    """A theory whose responses, noise included, share a gain of 1 - g or 1 + g in a trial.

    Parameters
    ----------
    theory : Theory
        The theory; it has neither a shared gain nor common noise of its own.
    size : float
        g, 0 to below 1.
    """

    theory: Theory
    size: float
    name: ClassVar[str] = "arousal"
    checks: ClassVar[Checks] = {"theory": partial(instance, kind=Theory), "size": _below_one}

    def code(self, at: Setting) -> Code:
        """Return the code."""
        inner = self.theory.code(at)
        if inner.shared_gain or inner.common is not None:
            raise ValueError(
                "arousal needs a theory without a shared gain or common noise: put CommonNoise "
                "around Arousal, not inside"
            )
        return replace(inner, shared_gain=-self.size, noise=0.0, gained_noise=inner.noise)


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
    slope, covariance : (N,), (N, N) array
        f', response per unit signal, and Sigma.

    Examples
    --------
    >>> from neurocoord.information import redundancy
    >>> from neurocoord.world import CARDINAL, Population, World
    >>> world = World(Population.draw(40, rng=np.random.default_rng(0)))
    >>> w = world.population.pattern(CARDINAL)
    >>> naive = slope_and_covariance(Inference(), world, CARDINAL, 0 * w, 0.1, frame=5)
    >>> skilled = slope_and_covariance(Inference(), world, CARDINAL, w, 0.1, frame=5)
    >>> redundancy(*naive) < redundancy(*skilled)
    True
    """
    instance("theory", theory, Theory)
    signal, noise = positive("signal", signal), one_of("noise", noise, ("signal", "zero"))
    code = theory.code(Setting(world, task, expected_pattern, engagement, other_patterns))
    up, down = code.moments(signal, frame=frame), code.moments(-signal, frame=frame)
    slope = (up.mean - down.mean) / (2 * signal)
    if noise == "zero":
        return slope, code.moments(0.0, frame=frame).covariance
    return slope, (up.covariance + down.covariance) / 2
