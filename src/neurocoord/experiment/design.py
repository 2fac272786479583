"""What an experiment is: one frozen object, checked before anything runs."""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from neurocoord._checks import Array, generator, one_of, positive, several, share, whole
from neurocoord.code import Frame, as_window
from neurocoord.learning import DeltaRule
from neurocoord.world import CARDINAL, OBLIQUE, Population, Task, World

TASKS = MappingProxyType({task.name: task for task in (CARDINAL, OBLIQUE)})
"""The tasks that a design can name."""

FEWEST_NEURONS = 2
"""Redundancy is a property of at least two neurons."""

WEAKEST_SIGNAL = 1e-6
"""Weaker ones would show rounding in f', a difference of means over a difference of signals."""


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
    strengths : tuple of float
        Signal strengths |s|, zero included; every other one is shown as +s and as -s.
    measured : tuple of float
        The strengths whose trials give f'.
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
    neurons : int
        Size of a subject's population, which the subject reads out as a whole.
    tracked : int
        How many of them are recorded in the first session.
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
        Parameters of `neurocoord.world.Population.draw` and `neurocoord.world.World`. The world's
        signal_sd is the root mean square of the signals.
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

    subjects: int = 2
    tasks: tuple[str, ...] = ("cardinal", "oblique")
    sessions: int = 20
    engagement: tuple[float, ...] = (1.0, 0.0)
    strengths: tuple[float, ...] = (0.0, 0.1, 0.3, 0.9)
    measured: tuple[float, ...] = (0.1,)
    trials: int = 400
    practice: int = 1000
    frames: int = 10
    windows: tuple[Frame, ...] = ()
    noise: Literal["zero", "signal"] = "zero"
    neurons: int = 60
    tracked: int = 50
    loss: float = 0.04
    gain: float = 0.2
    rate: float = 8e-4
    decision_noise: float = 5.0
    amplitude: float = 0.5
    tau: float = 1.0
    sigma: float = 1.0
    correlation: float = 0.02
    concentration: float = 4.0
    baseline: float = 4.0
    fano: float = 1.0
    counts: Literal["gaussian", "poisson"] = "gaussian"
    route: Literal["statistics", "trials"] = "statistics"
    seed: int = 0

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_words()
        self._check_signals()
        self._check_neurons()
        for window in self.windows:
            try:
                last = as_window(window)[-1]
            except ValueError as error:
                raise ValueError(f"windows: {error}") from error
            if last > self.frames:
                raise ValueError(f"windows: {window!r} goes beyond the {self.frames} frames")
        world = self.draw_world(np.random.default_rng(0))  # the world checks its own parameters
        for name in ("tau", "sigma", "correlation", "concentration", "baseline", "fano"):
            object.__setattr__(self, name, getattr(world, name))

    def _check_numbers(self) -> None:
        """Take whole numbers, sequences and levels as their own type."""
        clean = {
            name: whole(name, getattr(self, name))
            for name in ("subjects", "sessions", "practice", "frames", "neurons")
        }
        clean["trials"] = whole("trials", self.trials, least=2)
        clean["tracked"] = whole("tracked", self.tracked, least=FEWEST_NEURONS)
        clean["seed"] = whole("seed", self.seed, least=0)
        clean["rate"] = positive("rate", self.rate, zero_allowed=True)
        clean["decision_noise"] = positive("decision_noise", self.decision_noise, zero_allowed=True)
        clean["amplitude"] = positive("amplitude", self.amplitude)
        for name in ("loss", "gain"):
            clean[name] = share(name, getattr(self, name))
        clean["tasks"] = tuple(
            one_of("tasks", t, list(TASKS)) for t in several("tasks", self.tasks)
        )
        clean["engagement"] = tuple(
            share("engagement", level) for level in several("engagement", self.engagement)
        )
        for name in ("strengths", "measured"):
            clean[name] = tuple(
                positive(name, strength, zero_allowed=True)
                for strength in several(name, getattr(self, name))
            )
        for name in ("tasks", "engagement", "measured", "strengths"):
            if len(set(clean[name])) < len(clean[name]):
                raise ValueError(f"{name} must not name a thing twice: {clean[name]!r}")
        clean["windows"] = tuple(
            window if isinstance(window, range) else whole("windows", window)
            for window in (
                ()
                if isinstance(self.windows, tuple) and not self.windows
                else several("windows", self.windows)
            )
        )
        for name, value in clean.items():
            object.__setattr__(self, name, value)

    def _check_words(self) -> None:
        """Check what has to be one of a few words."""
        options = {
            "noise": ("zero", "signal"),
            "counts": ("gaussian", "poisson"),
            "route": ("statistics", "trials"),
        }
        for name, words in options.items():
            one_of(name, getattr(self, name), words)
        if self.counts == "poisson" and self.route != "trials":
            raise ValueError(
                "counts: those of Poisson have no sufficient statistics; take route 'trials'"
            )

    def _check_signals(self) -> None:
        """Check strengths, the learning rate, and that measuring is possible."""
        if 0 not in self.strengths:
            raise ValueError(f"strengths must include zero: {self.strengths!r}")
        for strength in self.measured:
            if strength == 0 or strength not in self.strengths:
                raise ValueError(
                    f"measured: cannot measure f' at {strength!r}, not among the strengths"
                )
            if strength < WEAKEST_SIGNAL:
                raise ValueError(
                    f"measured: {strength:g} is too weak for a slope; signals need "
                    f"{WEAKEST_SIGNAL:g} at least"
                )
        if self.rate >= DeltaRule.stability_limit(self.signals):
            raise ValueError(f"rate {self.rate:g} is unstable for these signals")

    def _check_neurons(self) -> None:
        """Check that enough neurons stay, and that the correction has trials enough for all."""
        if self.tracked > self.neurons:
            raise ValueError(f"tracked must be at most the {self.neurons} neurons there are")
        if self.expected_tracked(len(self.tasks) * self.sessions) < FEWEST_NEURONS:
            raise ValueError(
                f"with loss {self.loss:g} and gain {self.gain:g} all neurons would be lost "
                "before the last session"
            )
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
        return World(
            Population.draw(self.neurons, rng=rng, amplitude=self.amplitude),
            tau=self.tau,
            sigma=self.sigma,
            signal_sd=self.signal_sd,
            correlation=self.correlation,
            concentration=self.concentration,
            baseline=self.baseline,
            fano=self.fano,
        )

    def draw_tracking(self, rng: np.random.Generator) -> Array:
        """Draw which neurons are recorded in each session of one subject, (sessions, N) bool.

        Raises
        ------
        ValueError
            If by chance all neurons but one are lost.
        """
        generator(rng)
        count = len(self.tasks) * self.sessions
        tracked = np.zeros((count, self.neurons), dtype=bool)
        tracked[0, rng.choice(self.neurons, self.tracked, replace=False)] = True
        for session in range(1, count):
            chance = np.where(tracked[session - 1], 1 - self.loss, self.gain)
            tracked[session] = rng.random(self.neurons) < chance
        if (fewest := int(tracked.sum(axis=1).min())) < FEWEST_NEURONS:
            raise ValueError(f"all neurons but {fewest} are lost in some session")
        return tracked
