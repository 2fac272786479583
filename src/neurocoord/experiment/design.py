"""What an experiment is: one frozen object, checked before anything runs."""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from neurocoord import _checks
from neurocoord._checks import Array, checked, one_of, positive, share, whole
from neurocoord.code import Frame, as_window
from neurocoord.learning import DeltaRule
from neurocoord.world import CARDINAL, OBLIQUE, Population, Task, World

TASKS = MappingProxyType({task.name: task for task in (CARDINAL, OBLIQUE)})
"""The tasks that a design can name."""

FEWEST_NEURONS = 2
"""Redundancy is a property of at least two neurons."""

WEAKEST_SIGNAL = 1e-6
"""Weaker ones would show rounding in f', a difference of means over a difference of signals."""

OF_THE_WORLD = ("tau", "sigma", "correlation", "concentration", "baseline", "fano")
"""Parameters that the world takes as they are."""

Check = Callable[[str, Any], Any]


def _each(check: Check, **how: object) -> Check:
    """Return a check of a sequence of different things."""

    def all_of(name: str, value: Any) -> tuple[Any, ...]:
        clean = tuple(check(name, one, **how) for one in _checks.several(name, value))
        if len(set(clean)) < len(clean):
            raise ValueError(f"{name} must not name a thing twice: {clean!r}")
        return clean

    return all_of


def _windows(name: str, value: Any) -> tuple[Frame, ...]:
    """Check windows, of which there may be none."""
    if isinstance(value, tuple) and not value:
        return value
    given = _checks.several(name, value)
    clean = tuple(one if isinstance(one, range) else whole(name, one) for one in given)
    for window in clean:
        try:
            as_window(window)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return clean


_not_negative = functools.partial(positive, zero_allowed=True)


@dataclass(frozen=True)
class Design:
    """A longitudinal experiment; two subjects and two tasks as in the study, the rest assumed.

    Each subject has its own population. In a session the recorded blocks come first, one for each
    level of engagement, with what the subject has learned so far; then the subject practises, and
    learns from practice by the delta rule. So the first session records a naive subject, and
    recorded noise never enters the learner.

    Parameters
    ----------
    subjects : int
        How many subjects.
    tasks : tuple of str
        Names of the tasks, learned one after the other ("cardinal", "oblique").
    sessions : int
        Sessions of each task.
    engagement : tuple of float
        Engagement of each recorded block, from 0 (passive viewing) to 1.
    strengths, measured : tuple of float
        Signal strengths |s|, zero included, of which every other one is shown as +s and as -s; and
        those whose trials give f'.
    trials : int
        Recorded trials of each signal in each block.
    practice : int
        Practice trials in each session, with signals drawn evenly from all; not recorded.
    frames : int
        Frames of a trial.
    windows : tuple of int or range
        Frames to measure; a range is summed. Default: the sum over the whole trial.
    noise : {"zero", "signal"}
        Whether Sigma comes from the zero-signal trials, or from the trials that give f'.
    neurons, tracked : int
        Size of a subject's population, which the subject reads out as a whole, and how many of
        them are recorded in the first session.
    loss, gain : float
        Probability that a recorded neuron is lost, and that an unrecorded one is gained, from one
        session to the next.
    rate : float
        Learning rate, per practice trial and squared signal; 0 for a world without learning.
    decision_noise : float
        Standard deviation of noise on half the log odds at the moment of choice. With none, the
        direction of w_hat alone decides, and that is learned within a session; with some, the
        log odds have to grow above it, and they grow with the length of w_hat.
    amplitude, tau, sigma, correlation, concentration, baseline, fano : float
        As for `neurocoord.world.Population.draw` and `neurocoord.world.World`, whose signal_sd is
        the root mean square of the signals.
    counts : {"gaussian", "poisson"}
        Private noise.
    route : {"statistics", "trials"}
        Whether to draw sufficient statistics, or every trial. The distribution of the measures of
        a window is the same; between windows that overlap, the statistics route shares the log
        odds and the sampled categories only. Poisson counts need "trials".
    seed : int
        Of everything random.

    Raises
    ------
    ValueError
        If a field makes no sense, by its name.
    """

    subjects: int = checked(2, whole)
    tasks: tuple[str, ...] = checked(("cardinal", "oblique"), _each(one_of, words=tuple(TASKS)))
    sessions: int = checked(20, whole)
    engagement: tuple[float, ...] = checked((1.0, 0.0), _each(share))
    strengths: tuple[float, ...] = checked((0.0, 0.1, 0.3, 0.9), _each(_not_negative))
    measured: tuple[float, ...] = checked((0.1,), _each(_not_negative))
    trials: int = checked(400, whole, least=2)
    practice: int = checked(1000, whole)
    frames: int = checked(10, whole)
    windows: tuple[Frame, ...] = checked((), _windows)
    noise: Literal["zero", "signal"] = checked("zero", one_of, words=("zero", "signal"))
    neurons: int = checked(60, whole)
    tracked: int = checked(50, whole, least=FEWEST_NEURONS)
    loss: float = checked(0.04, share)
    gain: float = checked(0.2, share)
    rate: float = checked(8e-4, _not_negative)
    decision_noise: float = checked(5.0, _not_negative)
    amplitude: float = checked(0.5, positive)
    tau: float = 1.0  # the world checks this and the next five
    sigma: float = 1.0
    correlation: float = 0.02
    concentration: float = 4.0
    baseline: float = 4.0
    fano: float = 1.0
    counts: Literal["gaussian", "poisson"] = checked(
        "gaussian", one_of, words=("gaussian", "poisson")
    )
    route: Literal["statistics", "trials"] = checked(
        "statistics", one_of, words=("statistics", "trials")
    )
    seed: int = checked(0, whole, least=0)

    def __post_init__(self) -> None:
        _checks.check_fields(self)
        if self.counts == "poisson" and self.route != "trials":
            raise ValueError(
                "counts: those of Poisson have no sufficient statistics; take route 'trials'"
            )
        for window in self.windows:
            if as_window(window)[-1] > self.frames:
                raise ValueError(f"windows: {window!r} goes beyond the {self.frames} frames")
        self._check_signals()
        self._check_neurons()
        world = self.draw_world(np.random.default_rng(0))
        _checks.set_checked(self, **{name: getattr(world, name) for name in OF_THE_WORLD})

    def _check_signals(self) -> None:
        """Check strengths, the learning rate, and that measuring is possible."""
        if 0 not in self.strengths:
            raise ValueError(f"strengths must include zero: {self.strengths!r}")
        for strength in self.measured:
            if strength == 0 or strength not in self.strengths:
                raise ValueError(f"measured: cannot measure f' at {strength!r}, not a strength")
            if strength < WEAKEST_SIGNAL:
                raise ValueError(f"measured: {strength:g} is too weak for a slope")
        if self.rate >= DeltaRule.stability_limit(self.signals):
            raise ValueError(f"rate {self.rate:g} is unstable for these signals")

    def _check_neurons(self) -> None:
        """Check that enough neurons stay, and that the correction has trials enough for all."""
        if self.tracked > self.neurons:
            raise ValueError(f"tracked must be at most the {self.neurons} neurons there are")
        if self.expected_tracked(len(self.tasks) * self.sessions) < FEWEST_NEURONS:
            raise ValueError(f"loss {self.loss:g}, gain {self.gain:g}: all neurons would be lost")
        degrees = self.trials - 1 if self.noise == "zero" else 2 * self.trials - 2
        if degrees <= self.neurons + 1:
            raise ValueError(
                f"too few trials: {self.trials} of each signal give {degrees} degrees of freedom, "
                f"and the correction for {self.neurons} neurons needs more than {self.neurons + 1}"
            )

    def expected_tracked(self, session: int) -> float:
        """Return the expected number of recorded neurons in a session, counted from 1."""
        session, turnover = whole("session", session), self.loss + self.gain
        steady = self.neurons * self.gain / turnover if turnover > 0 else self.tracked
        return steady + (1 - turnover) ** (session - 1) * (self.tracked - steady)

    @property
    def signals(self) -> tuple[float, ...]:
        """The signals shown, in ascending order."""
        return tuple(sorted({sign * s + 0.0 for s in self.strengths for sign in (-1, 1)}))

    @property
    def signal_sd(self) -> float:
        """Root mean square of the signals."""
        return math.sqrt(sum(s**2 for s in self.signals) / len(self.signals))

    @property
    def measured_windows(self) -> tuple[Frame, ...]:
        """The windows, or the whole trial if none is named."""
        return self.windows or (range(1, self.frames + 1),)

    @property
    def task_list(self) -> tuple[Task, ...]:
        """The tasks themselves."""
        return tuple(TASKS[name] for name in self.tasks)

    def draw_world(self, rng: np.random.Generator) -> World:
        """Draw the world of one subject."""
        population = Population.draw(self.neurons, rng=rng, amplitude=self.amplitude)
        given = {name: getattr(self, name) for name in OF_THE_WORLD}
        return World(population, signal_sd=self.signal_sd, **given)

    def draw_tracking(self, rng: np.random.Generator) -> Array:
        """Draw which neurons are recorded in each session of one subject, (sessions, N) bool.

        Raises
        ------
        ValueError
            If by chance all neurons but one are lost.
        """
        _checks.generator(rng)
        count = len(self.tasks) * self.sessions
        tracked = np.zeros((count, self.neurons), dtype=bool)
        tracked[0, rng.choice(self.neurons, self.tracked, replace=False)] = True
        for session in range(1, count):
            chance = np.where(tracked[session - 1], 1 - self.loss, self.gain)
            tracked[session] = rng.random(self.neurons) < chance
        if (fewest := int(tracked.sum(axis=1).min())) < FEWEST_NEURONS:
            raise ValueError(f"all neurons but {fewest} are lost in some session")
        return tracked
