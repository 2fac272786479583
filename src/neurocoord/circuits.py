r"""Rivals of feedback: local circuits with learned recurrence, and shared gain.

**Local circuits.** Neurons excite one another through lateral weights W, and responses settle to

.. math:: x = k_0 e + \zeta + W x \quad\Longrightarrow\quad x = (1 - W)^{-1} (k_0 e + \zeta),
          \qquad r = \text{baseline} + x + \eta,

with :math:`k_0 = \tau^2 / (\tau^2 + \sigma^2)`, noise :math:`\zeta` within the loop and
:math:`\eta` outside of it. The weights are those that a Hebbian rule learns (`Hebbian`),

.. math:: W = \rho_{\max}\, H\,(H + h 1)^{-1}, \qquad H = \sigma_s^2 \sum_m \hat w_m \hat w_m^T :

in the mode of a learned pattern the weight is :math:`\rho = \rho_{\max} S / (S + h)` with
:math:`S = \sigma_s^2 |\hat w|^2`, and the gain :math:`k_0 / (1 - \rho)`. With :math:`\rho_{\max} =
1 - k_0` and :math:`h = \tau^2` this is the Wiener filter of `neurocoord.inference`, at every stage
of learning. The loop is stable as long as its largest weight stays below 1, which
:math:`\rho_{\max} < 1` ensures.

**Shared gain.** All responses of a trial are scaled by one random factor (Goris, Movshon and
Simoncelli 2014, Nature Neuroscience 17:858-865; Ecker et al. 2014, Neuron 82:235-248).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurocoord._checks import Array, finite_array, positive, symmetric_matrix
from neurocoord.codes import (
    Conditional,
    Frame,
    Moments,
    Paths,
    as_window,
    check_engagement,
    evidence_given_step,
)
from neurocoord.information import linear_fisher_information
from neurocoord.world import Task, World


@dataclass(frozen=True)
class Hebbian:
    r"""Lateral excitation that learns what is active together, by a rule local to each synapse.

    While it learns, activity is held at the evidence, as in Hopfield's networks. Per step,

    .. math:: W \leftarrow W + \alpha \left[ \rho_{\max} X - \tfrac12 (X + h 1) W
              - \tfrac12 W (X + h 1) \right], \qquad X = \overline{e e^T} - v 1 :

    neurons that are active together excite each other more (v is what a neuron's own variance
    would be without a task), less what the weights already say (the stabilising term of Oja's
    rule), with decay h. Averaged over evidence of covariance C, starting from W = 0, W keeps the
    eigenvectors of C, and in a mode with excess variance :math:`x = c - v`

    .. math:: \rho \leftarrow \rho + \alpha\,[\rho_{\max}\, x - (x + h)\,\rho],

    which rests at :math:`\rho = \rho_{\max}\, x / (x + h)` and loses the part
    :math:`\alpha (x + h)` of a deviation at each step.

    Parameters
    ----------
    rate : float
        Learning rate alpha, per step and squared evidence.
    strength : float
        The bound :math:`\rho_{\max}`, between 0 and 1.
    decay : float
        The decay h, squared evidence.
    variance : float
        The variance v.

    References
    ----------
    Oja (1982), Journal of Mathematical Biology 15:267-273.
    """

    rate: float
    strength: float
    decay: float
    variance: float

    def __post_init__(self) -> None:
        for name in ("rate", "decay", "variance"):
            positive(name, getattr(self, name))
        _check_strength(self.strength)

    def update(self, weights: Array, evidence: Array) -> Array:
        """Return the weights (N, N) after one step on the mean over some evidence (batch, N)."""
        return self.mean_update(weights, evidence.T @ evidence / len(evidence))

    def mean_update(self, weights: Array, evidence_cov: Array) -> Array:
        """Return the weights (N, N) after one step that averages over all evidence."""
        excess = evidence_cov - self.variance * np.eye(len(evidence_cov))
        pull = (excess + self.decay * np.eye(len(excess))) @ weights
        return weights + self.rate * (self.strength * excess - (pull + pull.T) / 2)

    def fixed_point(self, evidence_cov: Array) -> Array:
        """Return the weights at which the mean rule rests, (N, N)."""
        C = symmetric_matrix("evidence_cov", evidence_cov)
        variances, vectors = np.linalg.eigh(C)
        excess = variances - self.variance
        return (vectors * (self.strength * excess / (excess + self.decay))) @ vectors.T

    def rate_limit(self, evidence_cov: Array) -> float:
        """Return the learning rate below which the rule settles: 2 / (x + h) of the top mode."""
        variances = np.linalg.eigvalsh(symmetric_matrix("evidence_cov", evidence_cov))
        return float(2 / (variances[-1] - self.variance + self.decay))


def plain_hebb_limit(background: float) -> tuple[float, float]:
    r"""Return where a Hebbian rule runs away if it learns from its own amplified responses.

    Take :math:`\rho \leftarrow \rho + \alpha\,[\kappa\,(c / (1 - \rho)^2 - v) - \rho]`: Hebbian
    growth with the variance of the response, less its value without a task, and decay. It rests
    where :math:`\kappa c = (\rho + \kappa v)(1 - \rho)^2`. The right side is largest at
    :math:`\rho = (1 - 2 \kappa v) / 3`, so that there is a resting point only for

    .. math:: \kappa c \le \frac{4 (1 + \kappa v)^3}{27},

    and at that limit the gain has grown by the factor :math:`1 / (1 - \rho) = 3 / (2 (1 + \kappa
    v))`. Beyond it, weights grow without bound.

    Parameters
    ----------
    background : float
        :math:`\kappa v`, at least 0 and less than 1/2 (beyond, even the background runs away).

    Returns
    -------
    limit : float
        The largest :math:`\kappa c` that has a resting point.
    gain : float
        The largest factor by which the gain can have grown.
    """
    if not 0 <= background < 0.5:
        raise ValueError(f"background must be at least 0 and less than 1/2, not {background!r}")
    return 4 * (1 + background) ** 3 / 27, 3 / (2 * (1 + background))


def _check_strength(strength: float) -> None:
    """Check that a recurrent loop of this weight settles."""
    if positive("strength", strength, zero_allowed=True) >= 1:
        raise ValueError(f"a loop of strength {strength!r} does not settle: it must be below 1")


@dataclass(frozen=True)
class LocalCircuit:
    r"""Hard-wired lateral excitation, learned from the same pattern as all theories.

    It keeps the traces of `other_patterns`, and does not depend on engagement; responses settle
    within a frame, so that it does not depend on the frame either.

    Parameters
    ----------
    strength : float
        The weight :math:`\rho_{\max}` that a mode of unlimited variance gets, below 1.
    half : float
        The variance h at which a mode gets half of it, squared evidence.
    inner : float
        Variance per frame of the noise within the loop. Noise outside of it has the rest of
        :math:`k_0 \sigma^2` plus the private variance, so that before learning the code is
        exactly that of `neurocoord.inference.Inference`.

    Notes
    -----
    The defaults make f' and Sigma of whole trials those of inference, on average, in the
    experiments of the book: `neurocoord.studies.mechanisms.matched` computes them.
    """

    strength: float = 0.840
    half: float = 0.218
    inner: float = 0.325
    name: ClassVar[str] = "local circuit"
    gated: ClassVar[bool] = False
    delayed: ClassVar[bool] = False
    passes: ClassVar[int] = 0

    def __post_init__(self) -> None:
        _check_strength(self.strength)
        positive("half", self.half)
        positive("inner", self.inner, zero_allowed=True)

    def modes(
        self,
        world: World,
        expected_pattern: Array,
        *,
        engagement: float = 1.0,
        other_patterns: Array | None = None,
    ) -> tuple[Array, Array]:
        """Return the modes of the recurrent loop.

        Returns
        -------
        vectors : (N, M) array
            Orthonormal; M is the number of patterns that the loop holds.
        weights : (M,) array
            The eigenvalues rho of W.
        """
        c = check_engagement(engagement)
        patterns = finite_array("expected_pattern", expected_pattern, (world.size,))[None]
        if other_patterns is not None:
            others = finite_array("other_patterns", other_patterns, (None, world.size))
            patterns = patterns if self.gated else np.vstack([patterns, others])
        vectors, lengths, _ = np.linalg.svd(patterns.T, full_matrices=False)
        variance = (world.signal_sd * lengths) ** 2
        weights = self.strength * variance / (variance + self.half)
        return vectors, c * weights if self.gated else weights

    def weights(self, world: World, expected_pattern: Array, **circumstances: object) -> Array:
        """Return the lateral weights W, (N, N); circumstances as in `modes`."""
        vectors, weights = self.modes(world, expected_pattern, **circumstances)
        return (vectors * weights) @ vectors.T

    def _gains(self, weights: Array, window: range) -> tuple[Array, Array]:
        """Return how a window's sum answers to the input of each frame up to its last.

        Returns
        -------
        along : (frames, M) array
            The factor along each mode.
        across : (frames,) array
            The factor in all other directions: whether the frame lies in the window.
        """
        frames = np.arange(1, window[-1] + 1)
        across = (frames >= window[0]).astype(float)
        if not self.delayed:
            return across[:, None] / (1 - weights), across
        # Input of frame u is still felt in frame t, as W to the passes since.
        age = np.arange(window[0], window[-1] + 1) - frames[:, None]
        kept = np.where(age >= 0, np.power.outer(weights, self.passes * np.maximum(age, 0)), 0.0)
        return kept.sum(axis=-1).T * self._first(weights), across

    def _first(self, weights: Array) -> Array:
        """Return the gain along each mode within the frame of the input itself, (M,)."""
        return (1 - weights**self.passes) / (1 - weights) if self.delayed else 1 / (1 - weights)

    def _outer(self, world: World) -> float:
        """Return the variance per frame of the noise outside of the loop.

        Raises
        ------
        ValueError
            If the noise within the loop alone is more than there is.
        """
        whole_noise = world.bottom_up_gain * world.sigma**2 + world.private_variance
        if self.inner > whole_noise:
            raise ValueError(
                f"inner is {self.inner:g}, but each neuron of this world has noise of variance "
                f"{whole_noise:g} in all"
            )
        return whole_noise - self.inner

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

        With :math:`B_u` the answer of the window's sum to the input of frame u,

        .. math:: E[r] = n \cdot \text{baseline} + \sum_u B_u k_0 w s, \qquad
                  \operatorname{Cov}[r] = \sum_u B_u (k_0^2 Q + v_\zeta 1) B_u^T + n v_\eta 1 .
        """
        window = as_window(frame)
        n, k0 = len(window), world.bottom_up_gain
        vectors, weights = self.modes(
            world, expected_pattern, engagement=engagement, other_patterns=other_patterns
        )
        along, across = self._gains(weights, window)
        drive = k0 * float(signal) * world.population.pattern(task)
        mean = across.sum() * drive + vectors @ (
            (along - across[:, None]).sum(axis=0) * (vectors.T @ drive)
        )
        source = k0**2 * world.evidence_cov + self.inner * np.eye(world.size)
        return Moments(
            n * world.baseline + mean,
            _filtered(source, vectors, along, across) + n * self._outer(world) * np.eye(world.size),
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
        vectors, weights = self.modes(
            world, expected_pattern, engagement=engagement, other_patterns=other_patterns
        )
        outer = self._outer(world)
        source = world.bottom_up_gain * evidence
        source = source + np.sqrt(self.inner) * rng.standard_normal(evidence.shape)
        along = source @ vectors
        settled = along * self._first(weights)
        if self.delayed:
            for t in range(1, evidence.shape[1]):
                settled[:, t] += weights**self.passes * settled[:, t - 1]
        rate = world.baseline + source + (settled - along) @ vectors.T
        if poisson:
            # The private noise is that of the counts; the rest of the noise outside stays.
            rest = outer - world.private_variance
            if rest < 0:
                raise ValueError(
                    f"with inner {self.inner:g} some private noise lies within the loop, where it "
                    "cannot be Poisson: take inner of k0 sigma^2 at most"
                )
            rate = rate + np.sqrt(rest) * rng.standard_normal(evidence.shape)
            return world.emit(rate, rng=rng, poisson=True)
        return rate + np.sqrt(outer) * rng.standard_normal(evidence.shape)

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
        """Return the response given how much the log odds grew, in every frame that it feels."""
        window = as_window(frame)
        n, k0 = len(window), world.bottom_up_gain
        vectors, weights = self.modes(
            world, expected_pattern, engagement=engagement, other_patterns=other_patterns
        )
        along, across = self._gains(weights, window)
        intercept, loading, residual = evidence_given_step(world, task, expected_pattern, signal, 1)

        def answers(direction: Array) -> Array:
            """Return B_u times a direction, a row for each frame."""
            part = vectors.T @ direction
            return across[:, None] * direction + ((along - across[:, None]) * part) @ vectors.T

        source = k0**2 * residual + self.inner * np.eye(world.size)
        if self.delayed:
            scalars = np.column_stack([paths.step(u) for u in range(1, window[-1] + 1)])
            loadings = k0 * answers(loading)
        else:  # the same answer in all frames: only the sum of the steps matters
            scalars = paths.step(window)[:, None]
            loadings = k0 * answers(loading)[-1:]
        return Conditional(
            scalars,
            n * world.baseline + k0 * answers(intercept).sum(axis=0),
            loadings,
            _filtered(source, vectors, along, across) + n * self._outer(world) * np.eye(world.size),
        )


def _filtered(source: Array, vectors: Array, along: Array, across: Array) -> Array:
    r"""Return :math:`\sum_u B_u M B_u^T` where :math:`B_u = c_u 1 + V (\beta_u - c_u) V^T`.

    Parameters
    ----------
    source : (N, N) array
        The covariance M of the input of a frame.
    vectors : (N, M) array
        V, orthonormal.
    along, across : (frames, M), (frames,) array
        beta and c.
    """
    extra = along - across[:, None]
    seen = vectors.T @ source
    cross = (vectors * (across @ extra)) @ seen
    inner = (seen @ vectors) * (extra.T @ extra)
    return (across @ across) * source + cross + cross.T + vectors @ inner @ vectors.T


@dataclass(frozen=True)
class GatedCircuit(LocalCircuit):
    """A local circuit that is switched on by engagement, for the task that is being done only.

    In passive viewing, and for tasks that are not being done, nothing is left of it.
    """

    name: ClassVar[str] = "gated circuit"
    gated: ClassVar[bool] = True


@dataclass(frozen=True)
class SlowGatedCircuit(GatedCircuit):
    r"""A gated circuit whose lateral excitation takes half a frame for each pass round the loop.

    Within a frame there are two passes of :math:`x \leftarrow k_0 e_t + \zeta_t + W x`, so that

    .. math:: x_t = (1 + W) (k_0 e_t + \zeta_t) + W^2 x_{t-1}, \qquad x_0 = 0 :

    activity builds up within the trial, towards the gain of a circuit without delay.
    """

    strength: float = 0.894
    half: float = 0.234
    inner: float = 0.268
    name: ClassVar[str] = "slow gated circuit"
    delayed: ClassVar[bool] = True
    passes: ClassVar[int] = 2


@dataclass(frozen=True)
class SharedGain:
    r"""A code that nothing is learned in, whose gain fluctuates from trial to trial.

    .. math:: r_t = (\text{baseline} + k_0 e_t)(1 + g z) + \text{noise},
              \qquad g = g_0\,(1 - \text{relief} \cdot c),

    with z = 1 or -1, one for all neurons and frames of a trial, and noise as in
    `neurocoord.inference.Inference`. With g = 0 this is a fixed code.

    Parameters
    ----------
    sd : float
        The standard deviation :math:`g_0` of the gain in passive viewing, below 1.
    relief : float
        Which part of it goes away with full engagement c = 1, 0 to 1.

    Notes
    -----
    In passive viewing the default gives neurons of the book's experiments a mean noise correlation
    of about 0.2, like that of the V1 recording of the first chapter. Attention lowers correlations
    (Cohen and Maunsell 2009, Nature Neuroscience 12:1594-1600): here, by about two fifths.
    """

    sd: float = 0.09
    relief: float = 0.3
    name: ClassVar[str] = "shared gain"

    def __post_init__(self) -> None:
        for name in ("sd", "relief"):
            if positive(name, getattr(self, name), zero_allowed=True) > 1:
                raise ValueError(f"{name} must lie between 0 and 1, not {getattr(self, name)!r}")

    def fluctuation(self, engagement: float) -> float:
        """Return the standard deviation of the gain."""
        return self.sd * (1 - self.relief * check_engagement(engagement))

    def _spread(self, world: World) -> float:
        """Return the variance per frame that each neuron has by itself."""
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

        .. math:: \operatorname{Cov}[r] = (1 + g^2)\, n k_0^2 Q + g^2 \mu \mu^T + n v 1,

        with the mean :math:`\mu` of a window of n frames and the variance v of the noise.
        """
        n, g = len(as_window(frame)), self.fluctuation(engagement)
        k0 = world.bottom_up_gain
        mean = n * (world.baseline + k0 * float(signal) * world.population.pattern(task))
        return Moments(
            mean,
            (1 + g**2) * n * k0**2 * world.evidence_cov
            + g**2 * np.outer(mean, mean)
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
        z = rng.choice([-1.0, 1.0], size=(len(evidence), 1, 1))
        gain = 1 + self.fluctuation(engagement) * z
        rate = gain * (world.baseline + world.bottom_up_gain * evidence)
        if poisson:
            sampling_sd = np.sqrt(world.bottom_up_gain) * world.sigma
            rate = rate + sampling_sd * rng.standard_normal(evidence.shape)
            return world.emit(rate, rng=rng, poisson=True)
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
    ) -> tuple[Conditional, ...]:
        """Return the response given how much the log odds grew, for either state of the gain."""
        n, g = len(as_window(frame)), self.fluctuation(engagement)
        k0 = world.bottom_up_gain
        intercept, loading, residual = evidence_given_step(world, task, expected_pattern, signal, n)
        step, high = paths.step(frame)[:, None], paths.state < 0.5
        groups = []
        for gain, chosen in ((1 + g, high), (1 - g, ~high)):
            if chosen.any():
                noise = gain**2 * k0**2 * residual + n * self._spread(world) * np.eye(world.size)
                groups.append(
                    Conditional(
                        step[chosen],
                        gain * (n * world.baseline + k0 * intercept),
                        gain * k0 * loading[None],
                        noise,
                    )
                )
        return tuple(groups)


def static_circuit(
    slope: Array, covariance: Array, pattern: Array, evidence_cov: Array
) -> tuple[Array, Array]:
    r"""Return a linear circuit that has any given slope and covariance.

    With the information :math:`J = w^T Q^{-1} w` of the evidence,

    .. math:: K = \frac{f' w^T Q^{-1}}{J} + \epsilon \left( 1 - \frac{w w^T Q^{-1}}{J} \right),
              \qquad V = \Sigma - K Q K^T :

    then :math:`K w = f'`, and a code :math:`r = K e + \text{noise}` with noise of covariance V has
    the covariance :math:`\Sigma`. For :math:`\epsilon = 0`, :math:`V = \Sigma - f' f'^T / J` is
    positive definite if and only if :math:`f'^T \Sigma^{-1} f' < J`. So *every* slope and
    covariance whose linear Fisher information is less than that of the evidence can come from a
    circuit without feedback. A small :math:`\epsilon` makes K invertible, and where :math:`w^T
    Q^{-1} f' > 0` its eigenvalues are positive: then K is the settled state of lateral weights
    :math:`W = 1 - k_0 K^{-1}`.

    Parameters
    ----------
    slope, covariance : (N,), (N, N) array
        f' and Sigma to be had.
    pattern, evidence_cov : (N,), (N, N) array
        w and Q of the evidence in the same window (n w and n Q for n frames).

    Returns
    -------
    code : (N, N) array
        K.
    noise_cov : (N, N) array
        V, positive definite.

    Raises
    ------
    ValueError
        If f' and Sigma hold as much information as the evidence, or more: no code can.
    """
    f, w = finite_array("slope", slope, (None,)), finite_array("pattern", pattern, (None,))
    Sigma = symmetric_matrix("covariance", covariance)
    Q = symmetric_matrix("evidence_cov", evidence_cov)
    reader = np.linalg.solve(Q, w)
    J = float(w @ reader)
    if (wanted := linear_fisher_information(f, Sigma)) >= J:
        raise ValueError(f"the information wanted is {wanted:g}, and the evidence has only {J:g}")
    V = Sigma - np.outer(f, f) / J
    rest = Q - np.outer(w, w) / J
    # Half of the largest multiple of the rest that the noise can spare.
    root = np.linalg.cholesky(V)
    inside = np.linalg.solve(root, np.linalg.solve(root, rest).T)
    epsilon = np.sqrt(0.5 / np.linalg.eigvalsh(inside)[-1])
    K = np.outer(f, reader) / J + epsilon * (np.eye(w.size) - np.outer(w, reader) / J)
    return K, V - epsilon**2 * rest


def lateral_weights(code: Array, bottom_up_gain: float) -> Array:
    """Return W = 1 - k0 K^-1, the weights of the loop that settles to the code K, (N, N)."""
    return np.eye(len(code)) - bottom_up_gain * np.linalg.inv(code)
