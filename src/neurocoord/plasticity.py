r"""Learning of lateral weights, by rules local to each synapse, and what a circuit can imitate.

`AntiHebbian` inhibition learns to whiten, `Hebbian` excitation to amplify; both have their fixed
points in closed form. `static_circuit` gives any slope and covariance from a circuit without
feedback, as long as they hold less information than the evidence.

References
----------
Foldiak (1990), Biological Cybernetics 64:165-170. Oja (1982), Journal of Mathematical Biology
15:267-273.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from neurocoord._checks import (
    Array,
    common_axes,
    finite_array,
    number,
    positive,
    square,
    symmetric_matrix,
    whole,
)
from neurocoord.information import linear_fisher_information

NO_REST = "lateral weights L must leave 1 + L invertible"


class LateralRule(ABC):
    """A learning rule for lateral weights; leading axes of arrays are independent populations."""

    def update(self, weights: Array, activity: Array) -> Array:
        """Return the weights after one step on the mean over some activity.

        Parameters
        ----------
        weights : (..., N, N) array
            The weights.
        activity : (..., batch, N) array
            What the rule learns from: the responses r of `AntiHebbian`, the evidence e of
            `Hebbian`.

        Returns
        -------
        (..., N, N) array
        """
        W = square("weights", weights)
        x = finite_array("activity", activity, (..., None, W.shape[-1]))
        common_axes("weights and activity", W.shape[:-2], x.shape[:-2])
        return self._step(W, np.swapaxes(x, -1, -2) @ x / x.shape[-2])

    def mean_update(self, weights: Array, evidence_cov: Array) -> Array:
        """Return the weights (..., N, N) after one step that averages over all evidence."""
        W = square("weights", weights)
        C = square("evidence_cov", evidence_cov, W.shape[-1])
        common_axes("weights and evidence_cov", W.shape[:-2], C.shape[:-2])
        return self._step(W, self._moment(W, C))

    @abstractmethod
    def _step(self, W: Array, moment: Array) -> Array:
        """Return the weights after one step on a second moment of the activity."""

    @abstractmethod
    def _moment(self, W: Array, C: Array) -> Array:
        """Return the second moment of the activity for evidence of covariance C."""


@dataclass(frozen=True)
class AntiHebbian(LateralRule):
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

    Methods take the covariance C of the evidence over the ensemble of signals, (N, N).

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
        for name in ("rate", "variance"):
            object.__setattr__(self, name, positive(name, getattr(self, name)))

    @staticmethod
    def code(lateral: Array) -> Array:
        """Return the code K = (1 + L)^-1 of weights L, (..., N, N), if it can be inverted."""
        L = square("lateral", lateral)
        return _solve(np.eye(L.shape[-1]) + L, np.eye(L.shape[-1]), NO_REST)

    @staticmethod
    def respond(lateral: Array, evidence: Array) -> Array:
        """Return the responses r = (1 + L)^-1 e to evidence (..., batch, N), of its shape."""
        L = square("lateral", lateral)
        e = finite_array("evidence", evidence, (..., None, L.shape[-1]))
        common_axes("lateral and evidence", L.shape[:-2], e.shape[:-2])
        return np.swapaxes(_solve(np.eye(L.shape[-1]) + L, np.swapaxes(e, -1, -2), NO_REST), -1, -2)

    def _step(self, W: Array, moment: Array) -> Array:
        return W + self.rate * (moment - self.variance * np.eye(W.shape[-1]))

    def _moment(self, W: Array, C: Array) -> Array:
        K = self.code(W)
        return K @ C @ np.swapaxes(K, -1, -2)

    def learn(self, evidence: Array, *, batch: int = 1) -> Array:
        """Return the path of weights (steps + 1, N, N) that learn from evidence, from L = 0.

        The evidence, (trials, N), has mean zero; trials are a multiple of the `batch` that each
        step averages.
        """
        evidence, batch = finite_array("evidence", evidence, (None, None)), whole("batch", batch)
        trials, n = evidence.shape
        if trials % batch:
            raise ValueError(f"{trials} trials are not a multiple of a batch of {batch}")
        path = np.zeros((trials // batch + 1, n, n))
        for k, part in enumerate(evidence.reshape(-1, batch, n)):
            path[k + 1] = self.update(path[k], self.respond(path[k], part))
        return path

    def mean_path(self, evidence_cov: Array, steps: int) -> Array:
        """Return the path of weights (steps + 1, N, N) under `mean_update`, from L = 0."""
        (variances, vectors), steps = _modes(evidence_cov), whole("steps", steps)
        m = np.ones((steps + 1, variances.size))
        for k in range(steps):
            m[k + 1] = m[k] + self.rate * (variances / m[k] ** 2 - self.variance)
        return np.einsum("ij,kj,lj->kil", vectors, m - 1, vectors)

    def convergence_rate(self, evidence_cov: Array) -> Array:
        """Return the part of a deviation that one step removes, mode by mode, ascending in c."""
        variances, _ = _modes(evidence_cov)
        return 2 * self.rate * self.variance**1.5 / np.sqrt(variances)

    def residual(self, evidence_cov: Array, batch: int) -> float:
        r"""Return the total correlation that learning from few trials leaves on average, in nats.

        Every step is driven by the mean over `batch` trials, not over all evidence, and so the
        weights keep fluctuating. To lowest order in the fluctuations, for many modes,

        .. math:: \sum_{k < l} \frac{\gamma_{kl}}{4 B\,(1 - \gamma_{kl} / 2)}, \qquad
                  \gamma_{kl} = \frac{\gamma_k + \gamma_l}{2}

        with :math:`\gamma_k` the `convergence_rate` of mode k and batch size B.

        Raises
        ------
        ValueError
            If the rate is at or above `stability_limit`.
        """
        rates = self.convergence_rate(evidence_cov)
        if rates.max() >= 2:
            limit = self.stability_limit(evidence_cov)
            raise ValueError(f"rate {self.rate:g} does not settle: it must be below {limit:g}")
        pairs = ((rates[:, None] + rates) / 2)[np.triu_indices(rates.size, k=1)]
        return float(np.sum(pairs / (1 - pairs / 2)) / (4 * whole("batch", batch)))

    def stability_limit(self, evidence_cov: Array) -> float:
        """Return the learning rate below which the rule settles."""
        variances, _ = _modes(evidence_cov)
        return float(np.sqrt(variances[0]) / self.variance**1.5)


@dataclass(frozen=True)
class Hebbian(LateralRule):
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
    """

    rate: float
    strength: float
    decay: float
    variance: float

    def __post_init__(self) -> None:
        for name in ("rate", "decay", "variance"):
            object.__setattr__(self, name, positive(name, getattr(self, name)))
        wanted = "at least 0 and below 1: a stronger loop does not settle"
        strength = number("strength", self.strength, wanted, lambda x: 0 <= x < 1)
        object.__setattr__(self, "strength", strength)

    def _step(self, W: Array, moment: Array) -> Array:
        excess = moment - self.variance * np.eye(W.shape[-1])
        pull = (excess + self.decay * np.eye(W.shape[-1])) @ W
        symmetric = (pull + np.swapaxes(pull, -1, -2)) / 2
        return W + self.rate * (self.strength * excess - symmetric)

    def _moment(self, W: Array, C: Array) -> Array:
        return C

    def fixed_point(self, evidence_cov: Array) -> Array:
        """Return the weights at which the mean rule rests, (N, N).

        Raises
        ------
        ValueError
            If the rule does not rest, as a mode varies less than v - h.
        """
        variances, vectors = self._settling(evidence_cov)
        excess = variances - self.variance
        return (vectors * (self.strength * excess / (excess + self.decay))) @ vectors.T

    def rate_limit(self, evidence_cov: Array) -> float:
        """Return the learning rate below which the rule settles: 2 / (x + h) of the top mode.

        Raises
        ------
        ValueError
            If the rule settles at no rate, as a mode varies less than v - h.
        """
        variances, _ = self._settling(evidence_cov)
        return float(2 / (variances[-1] - self.variance + self.decay))

    def _settling(self, evidence_cov: Array) -> tuple[Array, Array]:
        """Return the modes of the evidence, after checking that weights decay in all of them."""
        variances, vectors = _modes(evidence_cov)
        if variances[0] <= self.variance - self.decay:
            raise ValueError(
                f"evidence_cov has a mode of variance {variances[0]:g}, where weights grow without "
                f"bound: it must be above variance - decay, {self.variance - self.decay:g}"
            )
        return variances, vectors


def plain_hebb_limit(background: float) -> tuple[float, float]:
    r"""Return where a Hebbian rule runs away if it learns from its own amplified responses.

    Take :math:`\rho \leftarrow \rho + \alpha\,[\kappa\,(c / (1 - \rho)^2 - v) - \rho]`: Hebbian
    growth with the variance of the response, less its value without a task, and decay. It rests
    where :math:`\kappa c = (\rho + \kappa v)(1 - \rho)^2`. The right side is largest at
    :math:`\rho = (1 - 2 \kappa v) / 3`, so that there is a resting point only for

    .. math:: \kappa c \le \frac{4 (1 + \kappa v)^3}{27};

    beyond, weights grow without bound.

    Parameters
    ----------
    background : float
        :math:`\kappa v`, at least 0 and less than 1/2 (beyond, even the background runs away).

    Returns
    -------
    limit, gain : float
        The largest :math:`\kappa c` that has a resting point, and the largest factor by which the
        gain can have grown, :math:`1 / (1 - \rho) = 3 / (2 (1 + \kappa v))`.
    """
    wanted = "at least 0 and less than 1/2"
    background = number("background", background, wanted, lambda x: 0 <= x < 0.5)
    return 4 * (1 + background) ** 3 / 27, 3 / (2 * (1 + background))


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
    code, noise_cov : (N, N) array
        K, and V, which is positive definite.

    Raises
    ------
    ValueError
        If f' and Sigma hold as much information as the evidence, or more: no code can; or if sizes
        differ, or a covariance is not positive definite.
    """
    f = finite_array("slope", slope, (None,))
    w = finite_array("pattern", pattern, f.shape)
    Sigma = symmetric_matrix("covariance", covariance, f.size)
    Q = symmetric_matrix("evidence_cov", evidence_cov, f.size)
    _modes(Q)
    reader = np.linalg.solve(Q, w)
    J = float(w @ reader)
    if (wanted := linear_fisher_information(f, Sigma)) >= J:
        raise ValueError(f"the information wanted is {wanted:g}, and the evidence has only {J:g}")
    V = Sigma - np.outer(f, f) / J
    rest = Q - np.outer(w, w) / J
    # Half of the largest multiple of the rest that the noise can spare.
    root = np.linalg.cholesky(V)
    inside = np.linalg.solve(root, np.linalg.solve(root, rest).T)
    epsilon = np.sqrt(0.5 / np.linalg.eigvalsh(inside)[-1]) if w.size > 1 else 0.0
    K = np.outer(f, reader) / J + epsilon * (np.eye(w.size) - np.outer(w, reader) / J)
    return K, V - epsilon**2 * rest


def lateral_weights(code: Array, bottom_up_gain: float) -> Array:
    """Return W = 1 - k0 K^-1, the weights of the loop that settles to a code K, (..., N, N)."""
    K, k0 = square("code", code), number("bottom_up_gain", bottom_up_gain)
    one = np.eye(K.shape[-1])
    return one - k0 * _solve(K, one, "code must be invertible for a loop to settle to it")


def _solve(matrix: Array, right: Array, otherwise: str) -> Array:
    """Return the solution of a linear system, or say that there is none."""
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError as error:
        raise ValueError(otherwise) from error


def _modes(evidence_cov: Array) -> tuple[Array, Array]:
    """Return variances, ascending, and modes of a covariance of the evidence."""
    variances, vectors = np.linalg.eigh(symmetric_matrix("evidence_cov", evidence_cov))
    if variances[0] <= 0:
        raise ValueError("evidence_cov is not positive definite")
    return variances, vectors
