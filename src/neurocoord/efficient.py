r"""Efficient coding: responses leave out what is expected.

A linear code :math:`r = K e + \text{output noise}` maximises the information about the scene at a
price on response power. In one eigenmode of the scene, with scene variance c, input noise variance
:math:`s_e^2` and output noise variance :math:`s_r^2`, the gain g maximises

.. math:: \frac12 \log \frac{g^2 (c + s_e^2) + s_r^2}{g^2 s_e^2 + s_r^2} - \lambda g^2 (c + s_e^2),

in nats, with price :math:`\lambda` in nats per unit of power.

References
----------
van Hateren (1992), Biological Cybernetics 68:23-29. Atick and Redlich (1992), Neural Computation
4:196-210. Foldiak (1990), Biological Cybernetics 64:165-170.
"""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from neurocoord._checks import Array, finite_array, positive, symmetric_matrix, whole
from neurocoord.codes import LinearCode, check_engagement, code_of_prior
from neurocoord.world import World


def optimal_gain(
    variance: ArrayLike, *, price: ArrayLike, input_noise: float = 1.0, output_noise: float = 1.0
) -> Array:
    r"""Return the gain of each mode that is worth most information at its price.

    .. math:: g^2 = \frac{s_r^2}{s_e^2} \max\left(0, \frac{c}{2 (c + s_e^2)} \left[1 + \sqrt{1 +
              \frac{2 s_e^2}{\lambda s_r^2 c}}\,\right] - 1 \right)

    A mode is silent where :math:`c / (c + s_e^2) \le 2 \lambda s_r^2`.

    Parameters
    ----------
    variance : array_like
        Scene variance c of each mode, not negative, any shape.
    price : array_like
        Price lambda of response power, nats per unit of power; broadcast against `variance`.
    input_noise, output_noise : float
        Standard deviations s_e and s_r.
    """
    c = np.asarray(variance, dtype=float)
    if not (np.isfinite(c) & (c >= 0)).all():
        raise ValueError("variance must be finite and not negative")
    price = np.asarray(price, dtype=float)
    if not (np.isfinite(price) & (price > 0)).all():
        raise ValueError("price must be finite and positive")
    se2 = positive("input_noise", input_noise) ** 2
    sr2 = positive("output_noise", output_noise) ** 2
    # The larger root of the quadratic for g^2, written so that nothing cancels at high SNR.
    power = c + se2
    root = np.sqrt(c**2 + 2 * se2 * c / (price * sr2))
    worth = np.maximum(0, c / (2 * price * power) - sr2)
    return np.sqrt(2 * worth / (power + se2 + root))


def mode_objective(
    gain: ArrayLike,
    variance: ArrayLike,
    *,
    price: float,
    input_noise: float = 1.0,
    output_noise: float = 1.0,
) -> Array:
    """Return what the optimum maximises: information minus the price of power, in nats."""
    g2, c = np.asarray(gain, dtype=float) ** 2, np.asarray(variance, dtype=float)
    noise = g2 * input_noise**2 + output_noise**2
    return 0.5 * np.log1p(g2 * c / noise) - price * g2 * (c + input_noise**2)


def task_axis_ratio(
    snr: ArrayLike, price: ArrayLike, *, task_variance: float = 4.0, output_noise: float = 1.0
) -> Array:
    """Return the optimal gain along the task axis, relative to the background.

    The background is also the gain along the task axis before learning, so the ratio says what
    learning does: below 1 it attenuates the task axis, above 1 it amplifies it.

    Parameters
    ----------
    snr : array_like
        Scene variance over input noise variance of the background; the input noise has sd 1.
    price : array_like
        Price of power; broadcast against `snr`.
    task_variance : float
        Scene variance along the task axis, in units of the background.
    output_noise : float
        Standard deviation of the output noise.

    Returns
    -------
    array
        Infinite where only the task axis is worth its price, NaN where nothing is.
    """
    snr = np.asarray(snr, dtype=float)
    positive("task_variance", task_variance)
    task = optimal_gain(task_variance * snr, price=price, output_noise=output_noise)
    background = optimal_gain(snr, price=price, output_noise=output_noise)
    silent = background == 0
    ratio = np.divide(task, background, out=np.full(task.shape, np.nan), where=~silent)
    return np.where(silent & (task > 0), np.inf, ratio)


def boundary_snr(price: float, *, task_variance: float = 4.0, output_noise: float = 1.0) -> float:
    r"""Return the SNR at which learning leaves the task-axis gain as it was.

    Below it the optimum amplifies the task axis, above it attenuates. For a price that goes to 0
    the gain goes as :math:`c^{1/4} / (c + s_e^2)^{1/2}`, so that the boundary is at :math:`1 /
    \sqrt m` for a task variance of m times the background.

    Raises
    ------
    ValueError
        If the price silences the background at every SNR (:math:`2 \lambda s_r^2 \ge 1`).
    """
    silent = 2 * positive("price", price) * output_noise**2
    if silent >= 1:
        raise ValueError(f"at a price of {price:g} the background is silent at every SNR")

    def gain_difference(log_snr: float) -> float:
        c = np.exp(log_snr)
        task, background = optimal_gain(
            [task_variance * c, c], price=price, output_noise=output_noise
        )
        return float(task - background)

    # The background is silent up to this SNR, and far above it every optimum attenuates.
    lowest = np.log(silent / (1 - silent))
    return float(np.exp(brentq(gain_difference, lowest, lowest + 60, xtol=1e-12)))


@dataclass(frozen=True)
class EfficientCoding(LinearCode):
    r"""The efficient code at finite noise: the optimum in every mode of what is expected.

    .. math:: K = \sum_k g(c_k)\, v_k v_k^T

    with the eigenvectors :math:`v_k` and eigenvalues :math:`c_k` of the assumed prior P: the
    symmetric (zero-phase) code, which changes each neuron's tuning least. The input noise is the
    world's sigma, the output noise its private noise.

    The code is wired in. It does not depend on engagement or on the frame, and it keeps the
    traces of `other_patterns`.

    Parameters
    ----------
    price : float
        Price lambda of response power, nats per squared spike.
    """

    price: float = 0.01
    name: ClassVar[str] = "efficient coding"

    def __post_init__(self) -> None:
        positive("price", self.price)

    def matrix(
        self,
        world: World,
        expected_pattern: Array,
        *,
        engagement: float = 1.0,
        other_patterns: Array | None = None,
    ) -> Array:
        """Return the matrix K of the code, (N, N).

        Raises
        ------
        ValueError
            If the world has no private noise: then gain costs nothing (see `Whitening`).
        """
        check_engagement(engagement)
        if world.private_variance == 0:
            raise ValueError("without output noise there is no optimal gain: use Whitening")
        gain = partial(
            optimal_gain,
            price=self.price,
            input_noise=world.sigma,
            output_noise=np.sqrt(world.private_variance),
        )
        return code_of_prior(world, gain, expected_pattern, other_patterns)


@dataclass(frozen=True)
class Whitening(LinearCode):
    r"""The efficient code in its limit of high SNR: responses of equal variance, uncorrelated.

    .. math:: K = \sqrt v\, C^{-1/2}, \qquad C = P + \sigma^2 1

    Wired in, like `EfficientCoding`.

    Parameters
    ----------
    variance : float
        Variance v of every response over the ensemble of signals, squared spikes.
    """

    variance: float = 1.0
    name: ClassVar[str] = "whitening"

    def __post_init__(self) -> None:
        positive("variance", self.variance)

    def matrix(
        self,
        world: World,
        expected_pattern: Array,
        *,
        engagement: float = 1.0,
        other_patterns: Array | None = None,
    ) -> Array:
        """Return the matrix K of the code, (N, N)."""
        check_engagement(engagement)

        def gain(variance: Array) -> Array:
            return np.sqrt(self.variance / (variance + world.sigma**2))

        return code_of_prior(world, gain, expected_pattern, other_patterns)


@dataclass(frozen=True)
class AntiHebbian:
    r"""Lateral inhibition that learns to decorrelate, by a rule local to each synapse.

    Responses settle to :math:`r = e - L r`, that is :math:`r = (1 + L)^{-1} e`, and

    .. math:: L_{ij} \leftarrow L_{ij} + \alpha\,(r_i r_j - v\,\delta_{ij}) :

    neurons that are active together inhibit each other more, and each neuron's inhibition of
    itself holds its variance at v. On the average over evidence of covariance C, starting from
    L = 0, L keeps the eigenvectors of C; with :math:`m = 1 + \ell` in a mode of variance c,

    .. math:: m \leftarrow m + \alpha\,(c / m^2 - v),

    which rests at :math:`m = \sqrt{c / v}`: the code is :math:`\sqrt v\, C^{-1/2}`, whitening.
    Nearby a deviation shrinks by :math:`1 - 2 \alpha v^{3/2} c^{-1/2}` a step: modes of large
    variance are the slowest, and the rule is stable for :math:`\alpha < v^{-3/2} \sqrt{c_{\min}}`.

    Parameters
    ----------
    rate : float
        Learning rate alpha, per step and squared response.
    variance : float
        The variance v that each neuron's self-inhibition aims at.
    """

    rate: float
    variance: float = 1.0

    def __post_init__(self) -> None:
        positive("rate", self.rate)
        positive("variance", self.variance)

    @staticmethod
    def code(lateral: Array) -> Array:
        """Return the code K = (1 + L)^-1 of lateral weights L, (..., N, N)."""
        return np.linalg.inv(np.eye(lateral.shape[-1]) + lateral)

    @staticmethod
    def respond(lateral: Array, evidence: Array) -> Array:
        """Return the responses r = (1 + L)^-1 e to evidence (..., batch, N)."""
        settled = np.linalg.solve(
            np.eye(lateral.shape[-1]) + lateral, np.swapaxes(evidence, -1, -2)
        )
        return np.swapaxes(settled, -1, -2)

    def update(self, lateral: Array, responses: Array) -> Array:
        """Return the weights after one step on the mean over some responses.

        Parameters
        ----------
        lateral : (..., N, N) array
            The weights L; leading axes are independent populations.
        responses : (..., batch, N) array
            The responses r.
        """
        moment = np.swapaxes(responses, -1, -2) @ responses / responses.shape[-2]
        return lateral + self.rate * (moment - self.variance * np.eye(lateral.shape[-1]))

    def mean_update(self, lateral: Array, evidence_cov: Array) -> Array:
        """Return the weights (..., N, N) after one step that averages over all evidence."""
        K = self.code(lateral)
        moment = K @ evidence_cov @ np.swapaxes(K, -1, -2)
        return lateral + self.rate * (moment - self.variance * np.eye(lateral.shape[-1]))

    def learn(self, evidence: Array, *, batch: int = 1) -> Array:
        """Learn from evidence, starting without inhibition, and return the path of weights.

        Parameters
        ----------
        evidence : (trials, N) array
            Evidence of zero mean.
        batch : int
            Trials averaged in each step; trials must be a multiple of it.

        Returns
        -------
        (steps + 1, N, N) array
            L before the first step, after it, and so on.
        """
        trials, n = finite_array("evidence", evidence, (None, None)).shape
        if trials % whole("batch", batch):
            raise ValueError(f"{trials} trials are not a multiple of a batch of {batch}")
        path = np.zeros((trials // batch + 1, n, n))
        for k, part in enumerate(evidence.reshape(-1, batch, n)):
            path[k + 1] = self.update(path[k], self.respond(path[k], part))
        return path

    def mean_path(self, evidence_cov: Array, steps: int) -> Array:
        """Return the path of weights under `mean_update`, from none, mode by mode.

        Parameters
        ----------
        evidence_cov : (N, N) array
            Covariance C of the evidence over the ensemble of signals.
        steps : int
            How many steps.

        Returns
        -------
        (steps + 1, N, N) array
        """
        C = symmetric_matrix("evidence_cov", evidence_cov)
        variances, vectors = np.linalg.eigh(C)
        m = np.ones((whole("steps", steps) + 1, variances.size))
        for k in range(steps):
            m[k + 1] = m[k] + self.rate * (variances / m[k] ** 2 - self.variance)
        return np.einsum("ij,kj,lj->kil", vectors, m - 1, vectors)

    def convergence_rate(self, evidence_cov: Array) -> Array:
        """Return the part of a deviation that one step removes, mode by mode, ascending in c."""
        variances = np.linalg.eigvalsh(symmetric_matrix("evidence_cov", evidence_cov))
        return 2 * self.rate * self.variance**1.5 / np.sqrt(variances)

    def residual(self, evidence_cov: Array, batch: int) -> float:
        r"""Return the total correlation that learning from few trials leaves on average, in nats.

        Every step is driven by the mean over `batch` trials, not over all evidence, and so the
        weights keep fluctuating. To lowest order in the fluctuations, for many modes,

        .. math:: \sum_{k < l} \frac{\gamma_{kl}}{4 B\,(1 - \gamma_{kl} / 2)}, \qquad
                  \gamma_{kl} = \frac{\gamma_k + \gamma_l}{2}

        with :math:`\gamma_k` the `convergence_rate` of mode k and batch size B.
        """
        rates = self.convergence_rate(evidence_cov)
        pairs = ((rates[:, None] + rates) / 2)[np.triu_indices(rates.size, k=1)]
        return float(np.sum(pairs / (1 - pairs / 2)) / (4 * whole("batch", batch)))

    def stability_limit(self, evidence_cov: Array) -> float:
        """Return the learning rate below which the rule settles."""
        variances = np.linalg.eigvalsh(symmetric_matrix("evidence_cov", evidence_cov))
        return float(np.sqrt(variances[0]) / self.variance**1.5)
