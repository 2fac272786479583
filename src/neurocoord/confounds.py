r"""Shared activity that no learning made: wrappers of a theory, and controls that expose them.

A wrapper takes any theory and adds a fluctuation that all neurons share in a trial. It has the
same three methods (`neurocoord.codes.Theory`), all exact:

- `CommonNoise`: :math:`r + \xi\, d` in every frame, with a direction d and :math:`\xi \sim
  \mathcal N(0, \text{sd}^2)` for the whole trial. With d the slope of the code this is what gaze
  does if its jitter moves the stimulus along the task axis by :math:`\xi`: differential
  correlations.
- `Arousal`: :math:`(1 \pm g)\, r` with equal odds, for the whole trial: a gain shared by all
  neurons, as in an animal that is now alert, now drowsy.

`neurocoord.recorded.regress_out` is the control for both: it takes out of the responses what a
covariate explains, be it a measured position of the eye or the mean of the population.

References
----------
Moreno-Bote et al. (2014), Nature Neuroscience 17:1410-1417. Goris, Movshon and Simoncelli (2014),
Nature Neuroscience 17:858-865.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurocoord._checks import Array, finite_array, positive
from neurocoord.codes import Conditional, Frame, Moments, Paths, Theory, as_window
from neurocoord.world import Task, World


@dataclass(frozen=True, eq=False)
class CommonNoise:
    r"""A theory with noise of one direction, common to all neurons of a trial.

    Over a window of n frames the mean is the theory's, and

    .. math:: \Sigma = \Sigma_{\text{theory}} + n^2\, \text{sd}^2\, d d^T .

    Parameters
    ----------
    theory : Theory
        The theory.
    direction : (N,) array
        d, responses per frame for a fluctuation of 1.
    sd : float
        Standard deviation of the fluctuation, drawn once a trial; in units of the signal where d is
        the slope of the code.
    """

    theory: Theory
    direction: Array
    sd: float
    name: ClassVar[str] = "common noise"

    def __post_init__(self) -> None:
        positive("sd", self.sd, zero_allowed=True)
        finite_array("direction", self.direction, (None,))

    def _added(self, frame: Frame) -> Array:
        """Return the covariance that the fluctuation adds in a window, (N, N)."""
        reach = len(as_window(frame)) * self.sd * np.asarray(self.direction, dtype=float)
        return np.outer(reach, reach)

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
        inner = self.theory.moments(
            world,
            task,
            expected_pattern,
            signal,
            frame=frame,
            engagement=engagement,
            other_patterns=other_patterns,
        )
        return Moments(inner.mean, inner.covariance + self._added(frame))

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
        if poisson:
            raise ValueError("noise that is added to responses has no Poisson counts")
        inner = self.theory.respond(
            world,
            evidence,
            expected_pattern,
            rng=rng,
            engagement=engagement,
            other_patterns=other_patterns,
        )
        return inner + self.sd * rng.standard_normal((len(inner), 1, 1)) * self.direction

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
        """Return the response given the scalars of each trial: the fluctuation is Gaussian."""
        inner = self.theory.conditional(
            world,
            task,
            expected_pattern,
            signal,
            paths,
            frame=frame,
            engagement=engagement,
            other_patterns=other_patterns,
        )
        added = self._added(frame)
        groups = tuple(
            Conditional(one.scalars, one.intercept, one.loadings, one.covariance + added)
            for one in groups_of(inner)
        )
        return groups if len(groups) > 1 else groups[0]


@dataclass(frozen=True)
class Arousal:
    r"""A theory whose responses all share a gain, :math:`1 + g` or :math:`1 - g` in a trial.

    With mean :math:`\mu` and covariance :math:`\Sigma` of the theory the mean stays, and the
    covariance becomes

    .. math:: (1 + g^2)\, \Sigma + g^2 \mu \mu^T .

    Parameters
    ----------
    theory : Theory
        The theory; its covariance given the scalars of a trial is the same in all trials.
    size : float
        g, 0 to below 1.
    """

    theory: Theory
    size: float
    name: ClassVar[str] = "arousal"

    def __post_init__(self) -> None:
        if positive("size", self.size, zero_allowed=True) >= 1:
            raise ValueError(f"size must be below 1, not {self.size!r}")

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
        inner = self.theory.moments(
            world,
            task,
            expected_pattern,
            signal,
            frame=frame,
            engagement=engagement,
            other_patterns=other_patterns,
        )
        shared = self.size**2 * np.outer(inner.mean, inner.mean)
        return Moments(inner.mean, (1 + self.size**2) * inner.covariance + shared)

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
        if poisson:
            raise ValueError("a gain on responses has no Poisson counts")
        inner = self.theory.respond(
            world,
            evidence,
            expected_pattern,
            rng=rng,
            engagement=engagement,
            other_patterns=other_patterns,
        )
        sign = np.where(rng.random((len(inner), 1, 1)) < 0.5, -1.0, 1.0)
        return (1 + self.size * sign) * inner

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
        """Return the response given the scalars of each trial, one part for each gain."""
        inner = self.theory.conditional(
            world,
            task,
            expected_pattern,
            signal,
            paths,
            frame=frame,
            engagement=engagement,
            other_patterns=other_patterns,
        )
        if isinstance(inner, tuple):
            raise ValueError("arousal needs a theory with one covariance given the scalars")
        groups = []
        for low, gain in ((True, 1 - self.size), (False, 1 + self.size)):
            trials = (paths.state < 0.5) == low
            if trials.any():
                groups.append(
                    Conditional(
                        inner.scalars[trials],
                        gain * inner.intercept,
                        gain * inner.loadings,
                        gain**2 * inner.covariance,
                    )
                )
        return tuple(groups)


def groups_of(given: Conditional | tuple[Conditional, ...]) -> tuple[Conditional, ...]:
    """Return the groups of trials that a theory's `conditional` tells apart."""
    return given if isinstance(given, tuple) else (given,)


def with_covariate(given: Conditional, coupling: Array, variance: float) -> Conditional:
    """Return the response with a measured covariate as one more channel, the last.

    Parameters
    ----------
    given : Conditional
        The response given the scalars, (N,).
    coupling : (N,) array
        Covariance of the response with the covariate.
    variance : float
        Variance of the covariate as measured; its mean is 0.
    """
    column = np.asarray(coupling, dtype=float)[:, None]
    return Conditional(
        given.scalars,
        np.append(given.intercept, 0.0),
        np.hstack([given.loadings, np.zeros((len(given.loadings), 1))]),
        np.block([[given.covariance, column], [column.T, np.full((1, 1), float(variance))]]),
    )
