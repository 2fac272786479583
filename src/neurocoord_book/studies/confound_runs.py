"""Fluctuations that all neurons share while nothing is learned, and their controls (chapter 8)."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from neurocoord._checks import Array
from neurocoord.code import draw_paths, with_covariate
from neurocoord.experiment import Design
from neurocoord.experiment.draw import draw_statistics
from neurocoord.hypotheses import TestResult, trend
from neurocoord.information import Statistics
from neurocoord.theories import Arousal, CommonNoise, Inference, Theory
from neurocoord.world import CARDINAL, World
from neurocoord_book.recorded import Recorded, regress_out, select
from neurocoord_book.studies.sessions import Key, as_curves, learned, sample

DESIGN = Design(subjects=1, tasks=("cardinal",), engagement=(1.0,), loss=0.0, gain=0.0)
"""The sessions of one subject that learns, if it does."""

SUBJECTS = 2
"""Subjects of a study."""

JITTER = 0.3
"""Standard deviation of the gaze in the last session: it moves the stimulus as far as a signal of
0.3 would."""

TRACKER = 0.1
"""Standard deviation of the error of the eye tracker: at the largest jitter nine tenths of the
variance of the measured position are real."""

GAIN = 0.1
"""Size g of arousal in the last session; the noise of the third kind has the same variance."""

EDGE = 5
"""Sessions at each end whose covariances are compared."""


class Subject(NamedTuple):
    """A subject, its recorded neurons, and the directions in which its neurons can fluctuate."""

    world: World
    tracked: Array
    gaze: Array
    other: Array


def draw_subject(rng: np.random.Generator, design: Design = DESIGN) -> Subject:
    """Draw a subject; the third kind of noise has a random direction.

    A naive code answers to a shift of the stimulus by the gain of the evidence times the pattern.
    The random direction is as long as the mean response of one frame.
    """
    world = design.draw_world(rng)
    tracked = rng.choice(world.size, design.tracked, replace=False)
    direction = rng.standard_normal(world.size)
    length = world.baseline * np.sqrt(world.size)
    return Subject(
        world,
        tracked,
        world.bottom_up_gain * world.population.pattern(CARDINAL),
        direction * length / np.linalg.norm(direction),
    )


def codes(subject: Subject, part: float) -> Mapping[str, Theory]:
    """Return the code of each confound at a part of its final size, and of inference."""
    naive = Inference()
    return {
        "inference": naive,
        "gaze": CommonNoise(naive, subject.gaze, part * JITTER),
        "arousal": Arousal(naive, part * GAIN),
        "other noise": CommonNoise(naive, subject.other, part * GAIN),
    }


def record(
    theory: Theory,
    subject: Subject,
    w_hat: Array,
    jitter: float,
    rng: np.random.Generator,
    design: Design = DESIGN,
) -> Recorded:
    """Draw the statistics of a block: the recorded neurons, and the measured gaze as last channel.

    Parameters
    ----------
    theory : Theory
        The code.
    subject : Subject
        Who.
    w_hat : (N,) array
        What the subject has learned.
    jitter : float
        Standard deviation of the gaze.
    rng : Generator
        Source of randomness.
    design : Design
        Signal, trials and frames.
    """
    (strength,), (window,) = design.measured, design.measured_windows
    coupling = len(window) * jitter**2 * subject.gaze
    drawn = []
    for signal in (-strength, 0.0, strength):
        shared = {"trials": design.trials, "frames": design.frames, "rng": rng}
        paths = draw_paths(subject.world, CARDINAL, w_hat, signal, **shared)
        given = theory.conditional(subject.world, CARDINAL, w_hat, signal, paths, frame=window)
        parts = [
            draw_statistics(
                with_covariate(group, coupling, jitter**2 + TRACKER**2),
                rng=rng,
                scatter=signal == 0,
            )
            for group in given
        ]
        drawn.append(Statistics.pooled(parts))
    return select(Recorded(*drawn), np.append(subject.tracked, subject.world.size))


def controlled(recorded: Recorded) -> dict[str, Recorded]:
    """Return the recorded neurons as they are, and after each control."""
    neurons = np.arange(recorded.zero.mean.size - 1)
    gaze = np.eye(neurons.size + 1)[-1]
    average = np.append(np.full(neurons.size, 1 / neurons.size), 0.0)
    return {
        "as recorded": select(recorded, neurons),
        "gaze taken out": regress_out(recorded, gaze, neurons),
        "mean taken out": regress_out(recorded, average, neurons[:-1]),
    }


def shared_mode(covariances: Array) -> Array:
    """Return the direction in which the variance grows most from early to late sessions, (n,).

    Parameters
    ----------
    covariances : (sessions, n, n) array
        Of the recorded neurons.
    """
    growth = covariances[-EDGE:].mean(axis=0) - covariances[:EDGE].mean(axis=0)
    return np.linalg.eigh(growth)[1][:, -1]


def cosine(a: Array, b: Array) -> float:
    """Return the cosine of the angle between two axes, 0 to 1."""
    return float(abs(a @ b) / np.linalg.norm(a) / np.linalg.norm(b))


def growing_confounds(rng: np.random.Generator, design: Design = DESIGN) -> dict[Key, TestResult]:
    """Study worlds in which a confound grows over sessions when engaged, and inference beside them.

    In passive viewing there is no confound, but for the world "gaze in both".

    Returns
    -------
    dict
        By world: trends of redundancy, of the redundancy less that in passive viewing
        (interaction), of the mean information of a neuron and of the mean noise correlation, all
        as recorded; of redundancy after each control; and the cosine of the shared mode with w.
    """
    values: dict[tuple[str, str, str], list[list[float]]] = {}
    cosines: dict[str, list[float]] = {}
    for number in range(SUBJECTS):
        subject = draw_subject(rng, design)
        w = subject.world.population.pattern(CARDINAL)[subject.tracked]
        covariances: dict[str, list[Array]] = {}

        def add(key: tuple[str, str, str], value: float, number: int = number) -> None:
            rows = values.setdefault(key, [[] for _ in range(SUBJECTS)])
            rows[number].append(value)

        for session, w_hat in enumerate(learned(design, subject.world, CARDINAL, rng)):
            part = session / (design.sessions - 1)
            naive = np.zeros_like(w_hat)
            still = record(Inference(), subject, naive, 0.0, rng, design)
            passive = _redundancy(still, design)
            for name, theory in codes(subject, part).items():
                known = w_hat if name == "inference" else naive
                jitter = part * JITTER if name == "gaze" else 0.0
                drawn = record(theory, subject, known, jitter, rng, design)
                for control, kept in controlled(drawn).items():
                    add((name, control, "redundancy"), sample(kept, design).estimate().redundancy)
                plain = select(drawn, np.arange(len(w)))
                moments = sample(plain, design)
                add((name, "as recorded", "single"), float(moments.single_neurons().mean()))
                add((name, "as recorded", "correlation"), moments.mean_correlation())
                add((name, "as recorded", "interaction"), moments.estimate().redundancy - passive)
                if name == "gaze":
                    both = record(theory, subject, known, jitter, rng, design)
                    change = moments.estimate().redundancy - _redundancy(both, design)
                    add(("gaze in both", "as recorded", "interaction"), change)
                scatter = plain.zero.scatter / (plain.zero.count - 1)
                covariances.setdefault(name, []).append(scatter)
        for name, found in covariances.items():
            cosines.setdefault(name, []).append(cosine(shared_mode(np.array(found)), w))
    found = {key: trend(as_curves(rows), "value") for key, rows in values.items()}
    for name, angles in cosines.items():
        found[name, "as recorded", "cosine"] = TestResult(
            "cosine", float(np.mean(angles)), np.nan, np.nan, 1.0
        )
    return found


def _redundancy(recorded: Recorded, design: Design) -> float:
    """Return the redundancy of the neurons as recorded."""
    return sample(controlled(recorded)["as recorded"], design).estimate().redundancy
