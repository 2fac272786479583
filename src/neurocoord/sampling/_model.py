"""The generative model: images, projective fields and prior probabilities."""

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from neurocoord import _checks
from neurocoord._checks import checked, finite_array, generator, number, positive, whole

Array = NDArray[np.floating[Any]]

TASKS = MappingProxyType({"cardinal": 0.0, "oblique": 45.0})
"""The study's two tasks and their axes in degrees: the orientation of category s = +1."""

SIDE = 32
"""Pixels along each side of the image."""

WAVELENGTH, WIDTH, LENGTH = 0.5, 0.1, 0.2
"""Of a Gabor function, in image sides: period, and spread along its wave and across it."""

KERNEL_SHARPNESS, CATEGORY_SHARPNESS = 3.0, 1.0
"""Concentration of a bit's effect on units and of a category's on bits, over doubled angles."""


def _coordinates(angle: ArrayLike) -> tuple[Array, Array]:
    """Return the pixels' coordinates along and across an angle in degrees, (pixels, angles)."""
    line = np.linspace(-0.5, 0.5, SIDE)
    right, up = (axis.reshape(-1, 1) for axis in np.meshgrid(line, line))
    radians = np.deg2rad(np.atleast_1d(angle))
    cos, sin = np.cos(radians), np.sin(radians)
    return right * cos + up * sin, up * cos - right * sin


def _waves(along: Array, envelope: Array) -> Array:
    """Return waves in an envelope, one a column, of unit norm."""
    columns = np.cos(2 * np.pi * along / WAVELENGTH) * envelope
    return columns / np.linalg.norm(columns, axis=0)


def gratings(axis: float = 0.0) -> Array:
    """Return the stimuli of the two categories: a grating at `axis`, and one at right angles to it.

    Parameters
    ----------
    axis : float
        Orientation of category s = +1 in degrees.

    Returns
    -------
    array, (1024, 2)
        Images of unit norm, one a column, pixels row by row.
    """
    axis = number("axis", axis)
    along, _ = _coordinates([axis, axis + 90.0])
    return _waves(along, np.exp(-(along**2) / (2 * WIDTH**2)))


def draw_images(contrast: ArrayLike, rng: np.random.Generator, *, axis: float = 0.0) -> Array:
    """Draw images, (trials, 1024): two gratings in white noise of standard deviation 1 a pixel.

    Parameters
    ----------
    contrast : array_like, (trials, 2)
        Contrast of the grating at `axis`, and of the one at right angles; about 6 is easy.
    rng : numpy.random.Generator
        Source of the noise.
    axis : float
        Orientation in degrees.

    Raises
    ------
    ValueError
        If the contrasts are not one pair a trial.
    """
    pairs = finite_array("contrast", contrast, (None, 2))
    axis, rng = number("axis", axis), generator(rng)
    images = rng.standard_normal((len(pairs), SIDE**2))
    images += pairs @ gratings(axis).T
    return images


@dataclass(frozen=True)
class SamplingModel:
    r"""The generative model: what the sampler believes about how images come about.

    .. math::

        y \mid x, \sigma &\sim N(\sigma P x, 1), \qquad
        \sigma \sim N(\sigma_{\text{previous}}, 0.1^2) \text{ cut at 0} \\
        x_i \mid g &\sim \text{Exponential with mean } \tau_i = 1 + \delta
            \sum_k g_k e^{3 \cos 2(\phi_i - \phi_k)} / I_0(3) \\
        g_k \mid T, O &\sim \text{Bernoulli}(q_k), \qquad
            q_k = \min(1, e^{\cos 2(\phi_k - \phi_{TO})} / (K I_0(1)))

    The category O is +1 (the orientation of the task's axis) or -1 (90 degrees from it), each with
    prior 1/2; the columns of P are Gabor functions of unit norm.

    Parameters
    ----------
    n_units, n_bits : int
        N and K, the units x and the bits g; with fewer than 3 bits a probability q reaches 1.
    feedback : float
        :math:`\delta`, the strength with which bits change the prior of units; 0 is no feedback.
    axes, task_prior : tuple of float
        Axis in degrees and prior probability of each task that the model knows.
    onset : int
        Up to this sample the prior of the category is 1/2; later it is the posterior of the sample
        before, so that the belief accumulates. The same holds for the task, if it is uncertain.
    evidence_weight : float
        Weight of one sample's log evidence.

    Raises
    ------
    ValueError
        If a size is too small, a strength negative, or the prior no distribution over the tasks.

    References
    ----------
    Haefner, Berkes and Fiser (2016), Neuron 90:649-660.
    """

    n_units: int = checked(128, whole)
    n_bits: int = checked(32, whole, least=3)
    feedback: float = checked(0.08, positive, zero_allowed=True)
    axes: tuple[float, ...] = tuple(TASKS.values())
    task_prior: tuple[float, ...] = (1.0, 0.0)
    onset: int = checked(20, whole)
    evidence_weight: float = checked(0.05, positive)

    def __post_init__(self) -> None:
        _checks.check_fields(self)
        axes = finite_array("axes", self.axes, (None,))
        prior = finite_array("task_prior", self.task_prior, (len(axes),))
        if (prior < 0).any() or abs(prior.sum() - 1) > 1e-9:
            raise ValueError(f"task_prior must hold probabilities that sum to 1, not {prior}")
        # Lists would make the model unhashable, and a study is remembered by its arguments.
        _checks.set_checked(self, axes=tuple(axes.tolist()), task_prior=tuple(prior.tolist()))

    @classmethod
    def for_task(cls, task: str | float, **parameters: Any) -> "SamplingModel":
        """Return a model, with other parameters, that is sure of its task.

        The task is ``"cardinal"``, ``"oblique"``, or any axis in degrees.
        """
        if isinstance(task, str):
            if task not in TASKS:
                raise ValueError(f"no task {task!r}; there are {', '.join(TASKS)}, or an axis")
            prior = tuple(float(name == task) for name in TASKS)
            return cls(axes=tuple(TASKS.values()), task_prior=prior, **parameters)
        axis = number("task", task, "the name of a task, or its axis in degrees")
        return cls(axes=(axis,), task_prior=(1.0,), **parameters)

    @property
    def preferred(self) -> Array:
        """Preferred orientations of the units in degrees, (N,)."""
        return 180.0 / self.n_units * np.arange(self.n_units)

    @property
    def bit_orientation(self) -> Array:
        """Orientations of the bits in degrees, (K,)."""
        return 180.0 / self.n_bits * np.arange(self.n_bits)

    @cached_property
    def fields(self) -> Array:
        """The projective fields P: what each unit adds to the image, (1024, N)."""
        along, across = _coordinates(self.preferred)
        return _waves(along, np.exp(-(along**2) / (2 * WIDTH**2) - across**2 / (2 * LENGTH**2)))

    @cached_property
    def gram(self) -> Array:
        """C = P'P: how far the fields of two units overlap, (N, N)."""
        return self.fields.T @ self.fields

    @cached_property
    def kernel(self) -> Array:
        """The part of each unit's prior mean that each bit adds, (N, K); column k is A_k."""
        angle = np.deg2rad(self.preferred[:, None] - self.bit_orientation)
        shape = np.exp(KERNEL_SHARPNESS * np.cos(2 * angle)) / special.i0(KERNEL_SHARPNESS)
        return self.feedback * shape

    @cached_property
    def bit_probability(self) -> Array:
        """The probability q that each bit is on, given task and category, (tasks, 2, K)."""
        category = np.add.outer(self.axes, [0.0, 90.0])
        angle = np.deg2rad(np.subtract.outer(category, self.bit_orientation))
        weight = np.exp(CATEGORY_SHARPNESS * np.cos(2 * angle))
        return np.minimum(1.0, weight / (self.n_bits * special.i0(CATEGORY_SHARPNESS)))
