r"""The world that subjects see: tasks, populations of neurons, and the evidence they receive.

In frame :math:`t` of a trial with signal :math:`s` a population of :math:`N` neurons receives

.. math:: e_t = w s + \varepsilon_t, \qquad \varepsilon_t \sim \mathcal N(0, Q),

independent between frames and trials. Two things are kept apart on purpose: the *true*
covariance :math:`Q` of the evidence given the signal, which has limited-range correlations,
and what the subject *assumes* (``neurocoord.code.assumed_prior``), which has none.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from neurocoord import _checks
from neurocoord._checks import Array, checked, finite_array, generator, instance, positive


def _radians(name: str, value: ArrayLike, shape: tuple[int | None, ...]) -> Array:
    """Return checked angles in radians; what exceeds a full turn was meant in degrees."""
    angles = finite_array(name, value, shape)
    if (np.abs(angles) > 2 * np.pi).any():
        largest = np.abs(angles).max()
        raise ValueError(
            f"{name} must be in radians, within one turn: {largest:g} looks like degrees, of which "
            "numpy.deg2rad makes radians"
        )
    return angles


@dataclass(frozen=True)
class Task:
    """A coarse discrimination between two orthogonal orientations.

    Parameters
    ----------
    name : str
        Its name.
    axis : float
        The orientation of category s = +1 in radians; s = -1 is orthogonal to it.

    Raises
    ------
    ValueError
        If the axis is not finite, or more than a full turn, as degrees are.
    """

    name: str
    axis: float

    def __post_init__(self) -> None:
        instance("name", self.name, str)
        _checks.set_checked(self, axis=float(_radians("axis", self.axis, ())))


CARDINAL = Task("cardinal", 0.0)
"""Vertical against horizontal: 0 against 90 degrees."""

OBLIQUE = Task("oblique", np.pi / 4)
"""The diagonals: 45 against 135 degrees."""


@dataclass(frozen=True, eq=False)
class Population:
    r"""Neurons tuned to orientation.

    The pattern of a task with axis :math:`\phi` is
    :math:`w_i = a_i \cos 2(\theta_i - \phi)`.

    Parameters
    ----------
    orientations : (N,) array
        Preferred orientations :math:`\theta_i` in radians.
    amplitudes : (N,) array
        Tuning amplitudes :math:`a_i`, evidence per unit signal, not negative.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, an orientation is given in degrees, or an
        amplitude is negative.
    """

    orientations: Array
    amplitudes: Array

    def __post_init__(self) -> None:
        orientations = _radians("orientations", self.orientations, (None,)).copy()
        amplitudes = finite_array("amplitudes", self.amplitudes, orientations.shape).copy()
        if (amplitudes < 0).any():
            raise ValueError("amplitudes must not be negative")
        for array in (orientations, amplitudes):
            array.setflags(write=False)
        _checks.set_checked(self, orientations=orientations, amplitudes=amplitudes)

    @property
    def size(self) -> int:
        """The number of neurons N."""
        return self.orientations.size

    @classmethod
    def draw(
        cls, n: int, *, rng: np.random.Generator, amplitude: float = 0.5, shape: float = 4.0
    ) -> "Population":
        """Draw a population: orientations uniform, amplitudes from a gamma distribution.

        Parameters
        ----------
        n, rng : int, Generator
            Number of neurons, and source of randomness.
        amplitude, shape : float
            Mean amplitude, and shape of the gamma distribution: the coefficient of variation is
            ``shape ** -0.5``.
        """
        n, rng = _checks.whole("n", n), generator(rng)
        amplitude, shape = positive("amplitude", amplitude), positive("shape", shape)
        orientations = rng.uniform(0, np.pi, n)
        return cls(orientations, rng.gamma(shape, amplitude / shape, n))

    def pattern(self, task: Task) -> Array:
        """Return w, the change of the mean evidence per unit signal in this task, (N,)."""
        axis = instance("task", task, Task).axis
        return self.amplitudes * np.cos(2 * (self.orientations - axis))


def limited_range(orientations: ArrayLike, correlation: float, concentration: float) -> Array:
    r"""Return correlations that fall with the distance between preferred orientations.

    .. math:: R_{ij} = (1 - \rho)\,\delta_{ij}
              + \rho \exp\{k\,[\cos 2(\theta_i - \theta_j) - 1]\}

    The exponential is positive definite on the circle: its Fourier coefficients are the modified
    Bessel functions :math:`I_n(k) \ge 0`. So no eigenvalue of R is below :math:`1 - \rho`.

    Parameters
    ----------
    orientations : (N,) array_like
        Preferred orientations in radians.
    correlation : float
        The correlation :math:`\rho` of two neurons of the same preference, 0 to below 1.
    concentration : float
        How fast it falls, :math:`k \ge 0`.
    """
    theta = _radians("orientations", orientations, (None,))
    concentration = positive("concentration", concentration, zero_allowed=True)
    correlation = _checks.share("correlation", correlation)
    if correlation == 1:
        raise ValueError("correlation must be at least 0 and less than 1, not 1")
    kernel = np.exp(concentration * (np.cos(2 * (theta[:, None] - theta)) - 1))
    return (1 - correlation) * np.eye(theta.size) + correlation * kernel


@dataclass(frozen=True, eq=False)
class World:
    r"""A population, the statistics of its evidence, and the noise of its spikes.

    .. math:: Q = (\tau^2 + \sigma^2)\,R, \qquad
              r_i = \text{baseline} + (\text{code of } e)_i + \eta_i, \qquad
              \operatorname{Var} \eta_i = F \cdot \text{baseline}

    with R from `limited_range`. Private noise :math:`\eta` is independent between neurons,
    frames and trials, and added *after* the code. Its variance is that of a Poisson-like count at
    the baseline rate, the same for all signals. For Fano factor F = 1 true Poisson counts (see
    `emit`) have the same mean, and the same covariance on the average over signals +s and -s.

    Parameters
    ----------
    population : Population
        The neurons.
    tau, sigma : float
        Standard deviation of the scene given the signal, and of the sensory noise, evidence per
        frame.
    signal_sd : float
        Root mean square :math:`\sigma_s` of the signals that the subject meets.
    correlation, concentration : float
        Strength and range of the limited-range correlations of Q.
    baseline : float
        Mean response at no signal, spikes per frame.
    fano : float
        Private variance per baseline spike; 0 for no private noise.

    Raises
    ------
    ValueError
        If a parameter is not finite or out of range.
    """

    population: Population
    tau: float = checked(1.0, positive)
    sigma: float = checked(1.0, positive)
    signal_sd: float = checked(0.5, positive)
    correlation: float = checked(0.02, _checks.share)
    concentration: float = checked(4.0, positive, zero_allowed=True)
    baseline: float = checked(4.0, positive, zero_allowed=True)
    fano: float = checked(1.0, positive, zero_allowed=True)

    def __post_init__(self) -> None:
        instance("population", self.population, Population)
        _checks.check_fields(self)
        limited_range([0.0], self.correlation, self.concentration)

    @property
    def size(self) -> int:
        """The number of neurons N."""
        return self.population.size

    @property
    def private_variance(self) -> float:
        """Variance of the private noise of a neuron, spikes squared per frame."""
        return self.fano * self.baseline

    @property
    def evidence_variance(self) -> float:
        """The diagonal of Q: tau^2 + sigma^2."""
        return self.tau**2 + self.sigma**2

    @property
    def bottom_up_gain(self) -> float:
        """The gain k0 = tau^2 / (tau^2 + sigma^2) of an observer who expects no pattern."""
        return self.tau**2 / self.evidence_variance

    @cached_property
    def evidence_cov(self) -> Array:
        """The covariance Q of the evidence of one frame given the signal, (N, N)."""
        Q = self.evidence_variance * limited_range(
            self.population.orientations, self.correlation, self.concentration
        )
        Q.setflags(write=False)
        return Q

    def draw_evidence(
        self, task: Task, signal: ArrayLike, *, trials: int, frames: int, rng: np.random.Generator
    ) -> Array:
        """Draw the evidence of trials, (trials, frames, N), whose signal is one or (trials,)."""
        pattern = self.population.pattern(task)
        trials, frames = _checks.whole("trials", trials), _checks.whole("frames", frames)
        generator(rng)
        s = finite_array("signal", signal, (...,))
        if s.shape not in ((), (trials,)):
            raise ValueError(f"signal must be one number or {trials}, one a trial, not {s.shape}")
        noise = rng.standard_normal((trials * frames, self.size)) @ self._root
        noise = noise.reshape(trials, frames, self.size)
        noise += s[..., None, None] * pattern
        return noise

    @cached_property
    def _root(self) -> Array:
        """Upper triangular square root of Q: rows of standard normals times it have cov Q."""
        return np.linalg.cholesky(self.evidence_cov).T

    def emit(self, rate: Array, *, rng: np.random.Generator, poisson: bool = False) -> Array:
        """Add private noise to baseline plus response, spikes per frame, of any shape.

        Parameters
        ----------
        rate : array
            Baseline plus response.
        rng : Generator
            Source of randomness.
        poisson : bool
            Draw Poisson counts of that mean (a negative rate counts as 0) instead of adding
            Gaussian noise of variance `private_variance`.

        Raises
        ------
        ValueError
            If Poisson counts are wanted but the Fano factor is not 1.
        """
        rate, rng = finite_array("rate", rate, (...,)), generator(rng)
        if _checks.flag("poisson", poisson):
            if self.fano != 1:
                raise ValueError(f"Poisson counts have Fano factor 1, this world has {self.fano}")
            return rng.poisson(np.maximum(rate, 0)).astype(float)
        if self.private_variance == 0:
            return rate
        return rate + np.sqrt(self.private_variance) * rng.standard_normal(rate.shape)
