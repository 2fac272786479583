"""Sessions of one subject, drawn block by block, for studies that vary more than a `Design` can."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from neurocoord._checks import Array
from neurocoord.experiment import Design
from neurocoord.experiment.draw import Block, by_statistics
from neurocoord.hypotheses import TestResult
from neurocoord.information import InformationEstimate, moments_of
from neurocoord.information.estimates import SampleMoments
from neurocoord.learning import DeltaRule
from neurocoord.theories import Theory
from neurocoord.world import Task, World
from neurocoord_book.recorded import Recorded

LEVEL = 0.05
"""The nominal level of every test."""


def learned(design: Design, world: World, task: Task, rng: np.random.Generator) -> Iterator[Array]:
    """Yield what a subject has learned at the begin of each session: w_hat, (N,), 0 at first."""
    w_hat = np.zeros(world.size)
    pattern, noise_cov = world.population.pattern(task), world.evidence_cov / design.frames
    for _ in range(design.sessions):
        yield w_hat
        if design.rate > 0:
            signals = rng.choice(design.signals, design.practice)
            w_hat = DeltaRule(design.rate).draw_after(w_hat, pattern, signals, noise_cov, rng=rng)


def record(
    theory: Theory,
    world: World,
    task: Task,
    w_hat: Array,
    neurons: Array,
    design: Design,
    rng: np.random.Generator,
    *,
    engagement: float = 1.0,
    trials: int | None = None,
    other_patterns: Array | None = None,
    scatter: Literal["zero", "all"] = "zero",
) -> Recorded:
    """Draw the statistics of a block at -s, 0 and +s, s the measured signal of the design.

    Parameters
    ----------
    theory, world, task, w_hat, engagement, other_patterns
        As for every theory (`neurocoord.theories.Theory`).
    neurons : (n,) array of int
        The recorded neurons.
    design : Design
        Gives the signal, the frames, and the trials of each signal.
    rng : Generator
        Source of randomness.
    trials : int, optional
        In place of the design's.
    scatter : {"zero", "all"}
        Which trials need a covariance.
    """
    about = (theory, world, task, w_hat, engagement, other_patterns)
    block = Block(*about, design.decision_noise, neurons)
    (strength,) = design.measured
    drawn = (
        by_statistics(
            block,
            signal,
            design.measured_windows,
            trials=design.trials if trials is None else trials,
            frames=design.frames,
            scatter=scatter == "all" or signal == 0,
            rng=rng,
        ).statistics[0]
        for signal in (-strength, 0.0, strength)
    )
    return Recorded(*drawn)


def sample(
    recorded: Recorded, design: Design, noise: Literal["zero", "signal"] = "zero"
) -> SampleMoments:
    """Return the sample moments, with Sigma from the trials at 0 or from those at -s and +s."""
    zero = recorded.zero if noise == "zero" else None
    return moments_of(recorded.low, recorded.high, 2 * design.measured[0], zero)


def estimate(
    recorded: Recorded, design: Design, noise: Literal["zero", "signal"] = "zero"
) -> InformationEstimate:
    """Return the estimates of information, as `sample`."""
    return sample(recorded, design, noise).estimate()


def as_curves(
    values: Array | Sequence[Sequence[float]], sessions: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return values by curve and session as a table for the tests of `neurocoord.hypotheses`.

    Parameters
    ----------
    values : (curves, sessions) array
        Each curve counts as a subject of its own with one task.
    sessions : sequence of int, optional
        Their numbers, by default from 1.
    """
    array = np.asarray(values, dtype=float)
    numbers = np.arange(1, array.shape[1] + 1) if sessions is None else np.asarray(sessions)
    return pd.DataFrame(
        {
            "subject": np.repeat(np.arange(len(array)), array.shape[1]),
            "task": "cardinal",
            "session": np.tile(numbers, len(array)),
            "value": array.ravel(),
        }
    )


Key = tuple[str, str, str]
"""The world, the setting, and the test or the measure of what was found."""

KEY = ("world", "setting", "test")


def tally(studies: Sequence[Mapping[Key, TestResult]]) -> pd.DataFrame:
    """Count what the tests found in some studies.

    Returns
    -------
    DataFrame
        One row a key: world, setting, test, studies, mean (of the estimates), rises and falls (how
        many studies have a significant one).
    """
    rows = []
    for key in studies[0]:
        found = [one[key] for one in studies]
        estimates = np.array([one.estimate for one in found])
        significant = np.array([one.p < LEVEL for one in found])
        rows.append(
            dict(zip(KEY, key, strict=True))
            | {
                "studies": len(found),
                "mean": estimates.mean(),
                "rises": int((significant & (estimates > 0)).sum()),
                "falls": int((significant & (estimates < 0)).sum()),
            }
        )
    return pd.DataFrame(rows)
