"""Which measurement tells feedback from a gated circuit: single sessions, measured in five ways.

``python -m neurocoord_book results measurements`` simulates the sessions trial by trial and stores
one row a session; `neurocoord_book.studies.mechanisms` reads the table.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy import stats

from neurocoord._checks import Array
from neurocoord.campaigns import Campaign
from neurocoord.experiment import Design
from neurocoord.information import Statistics, moments_of
from neurocoord.learning import log_odds
from neurocoord.theories import GatedCircuit, Inference, SlowGatedCircuit, Theory
from neurocoord.world import CARDINAL, World

THEORIES: Mapping[str, Theory] = MappingProxyType(
    {theory.name: theory for theory in (Inference(), GatedCircuit(), SlowGatedCircuit())}
)
"""Feedback, and the rivals that engagement and the task switch on and off like feedback."""

MEASUREMENTS = ("static", "growth", "turn", "persistence", "choice")
"""What is measured in a session, as in `measure`."""

TRIALS = (60, 100, 200, 400, 800)
"""Trials of each signal; the correction for 50 neurons needs more than 52."""

SESSIONS = 320
"""Sessions of each theory and number of trials."""

WEAK, STRONG = 0.1, 0.5
"""Signals near threshold, and strong ones."""

DESIGN = Design()
"""Where worlds, the number of recorded neurons and the decision noise come from."""

FRAMES = (1, 4, 7, 10)
"""Frames in which redundancy is measured."""

APART = 3
"""Frames between which persistence is measured are at least so far apart."""

Sample = Mapping[float, Array]
"""Responses (trials, frames, N) by signal."""


def redundancy(sample: Sample, strength: float, frame: int | None) -> float:
    """Return redundancy, corrected, at one strength, in one frame or in sums over the trial.

    In one frame Sigma comes from the same trials; in sums from those without signal.
    """
    if frame is None:
        parts = [Statistics.of(sample[s].sum(axis=1)) for s in (-strength, strength, 0.0)]
    else:
        parts = [Statistics.of(sample[s][:, frame - 1]) for s in (-strength, strength)]
    low, high, *noise = parts
    return float(moments_of(low, high, 2 * strength, *noise).estimate().redundancy)


def trend(sample: Sample, strength: float) -> float:
    """Return the slope of redundancy over the frames of the trial."""
    values = [redundancy(sample, strength, frame) for frame in FRAMES]
    return float(stats.linregress(FRAMES, values).slope)


def measure(sample: Sample, choices: Array) -> dict[str, float]:
    """Measure one session in all ways.

    Parameters
    ----------
    sample : mapping
        Responses (trials, frames, N) at the signals -STRONG, -WEAK, 0, WEAK and STRONG.
    choices : (trials,) array
        The choices, -1 or 1, of the trials without signal.

    Returns
    -------
    dict
        ``static``: redundancy of whole trials near threshold. ``growth`` and ``turn``: the slope of
        redundancy over frames, near threshold and at strong signals. Of the trials without signal,
        along the slope that the strong ones have: ``persistence``, the mean correlation between
        frames that are at least `APART` apart, and ``choice``, how much the difference between the
        choices, in standard deviations, is larger in the last three frames than in the first three.
    """
    slope = (sample[STRONG] - sample[-STRONG]).mean(axis=(0, 1))
    along = sample[0.0] @ (slope / np.linalg.norm(slope))
    correlation = np.corrcoef(along.T)
    apart = np.triu_indices(len(correlation), APART)
    difference = along[choices > 0].mean(axis=0) - along[choices < 0].mean(axis=0)
    difference = difference / along.std(axis=0)
    return {
        "static": redundancy(sample, WEAK, None),
        "growth": trend(sample, WEAK),
        "turn": trend(sample, STRONG),
        "persistence": float(correlation[apart].mean()),
        "choice": float(difference[-3:].mean() - difference[:3].mean()),
    }


def draw_session(
    theory: Theory, world: World, trials: int, rng: np.random.Generator
) -> tuple[Sample, Array]:
    """Draw a session of a skilled and engaged subject: responses, and choices without signal."""
    w = world.population.pattern(CARDINAL)
    recorded = rng.choice(world.size, DESIGN.tracked, replace=False)
    sample, choices = {}, np.empty(0)
    for signal in (-STRONG, -WEAK, 0.0, WEAK, STRONG):
        evidence = world.draw_evidence(
            CARDINAL, signal, trials=trials, frames=DESIGN.frames, rng=rng
        )
        sample[signal] = theory.respond(world, CARDINAL, evidence, w, rng=rng)[:, :, recorded]
        if signal == 0:
            decided = log_odds(world, evidence, w)[:, -1]
            decided = decided + DESIGN.decision_noise * rng.standard_normal(trials)
            choices = np.where(decided > 0, 1, -1)
    return sample, choices


def session(*, rng: np.random.Generator, trials: int) -> dict[str, pd.DataFrame]:
    """Draw and measure a session of each theory, in the same world.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    trials : int
        Trials of each signal.

    Returns
    -------
    dict of DataFrame
        ``sessions``: ``theory``, ``trials``, and what `measure` returns.
    """
    world = DESIGN.draw_world(rng)
    rows = [
        {"theory": name, "trials": trials} | measure(*draw_session(theory, world, trials, rng))
        for name, theory in THEORIES.items()
    ]
    return {"sessions": pd.DataFrame(rows)}


CAMPAIGN = Campaign(
    name="measurements",
    seed=2028,
    function=session,
    jobs=[{"trials": trials} for trials in TRIALS for _ in range(SESSIONS)],
    tables=("sessions",),
)
"""The sessions of chapter 7."""
