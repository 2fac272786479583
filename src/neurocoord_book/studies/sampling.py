"""What chapter 4 computes: stored tables of many trials, a check of them, and a trial to watch."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurocoord.sampling import SIDE, SamplingModel, draw_images, gratings, simulate
from neurocoord_book import results
from neurocoord_book.studies import sampling_runs as runs
from neurocoord_book.studies._memo import study

Array = NDArray[np.floating[Any]]

WITH, WITHOUT = 0.08, 0.0
"""Feedback strengths of the main conditions."""

CHECKED = (
    "mean correlation",
    "same-choice correlation",
    "opposite-choice correlation",
    "choice probability 0",
    "choice probability 45",
    "choice probability 90",
    "choice probability 135",
    "percent correct",
    "total information",
    "shuffled information",
)
"""Quantities that the build computes anew: those whose mean does not depend on the trial count."""


NAMES = {
    "alignment": "leading mode: cosine with the task's pattern",
    "same-choice correlation": "mean correlation, same choice",
    "opposite-choice correlation": "mean correlation, opposite choices",
    "task correlation": "slope of correlations on w_i w_j",
    "task correlation through belief": "share of it that goes through the belief",
    **{f"choice probability {a}": f"choice probability at {a} degrees" for a in (0, 45, 90, 135)},
    "choice probability along the task": "slope of choice probabilities on w_i",
    "percent correct": "percent correct at contrast 6",
}
"""How the table of results calls its rows, where not by the name of the quantity."""


@study
def stored(table: str) -> pd.DataFrame:
    """Return one of the stored tables of the many-trial runs.

    Parameters
    ----------
    table : {"population", "time", "units", "pairs"}
        Which.

    Raises
    ------
    StaleResultError
        If it is missing, comes from another seed, or was changed by hand.
    """
    return results.read(runs.CAMPAIGN, table)


def condition_name(task: str, feedback: float) -> str:
    """Return the name of a main condition in the stored tables."""
    return f"{task}, feedback {feedback:g}"


@study
def summary() -> pd.DataFrame:
    """Return the main results as text: a row a quantity, a column a condition."""
    table = stored("population")
    columns = {}
    for feedback in (WITH, WITHOUT):
        for task in ("cardinal", "oblique"):
            rows = table[table["condition"] == condition_name(task, feedback)]
            columns[f"{task}, \N{GREEK SMALL LETTER DELTA} = {feedback:g}"] = pd.Series(
                [f"{row.value:.3g} ({row.low:.3g} to {row.high:.3g})" for row in rows.itertuples()],
                index=rows["quantity"],
            ).str.replace("-", "\N{MINUS SIGN}")
    return pd.DataFrame(columns).rename(index=NAMES).rename_axis("quantity")


@study
def recomputed(*, zero: int = 400, signal: int = 200, seed: int = 44) -> pd.DataFrame:
    """Run the four main conditions anew with fewer trials, and compare with what is stored.

    Parameters
    ----------
    zero, signal : int
        Trials without signal, and of each signal.
    seed : int
        Not that of the stored tables: the two must agree as independent samples do.

    Returns
    -------
    DataFrame
        ``condition``, ``quantity``, ``stored``, ``fresh``, ``z``.

    Raises
    ------
    RuntimeError
        If one differs beyond sampling error.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for job in runs.CAMPAIGN.jobs[:4]:
        trials = runs.draw_trials(
            job["model"], job["axis"], zero=zero, signal=signal, bins=1, rng=rng
        )
        values = runs.population_statistics(trials, job["model"], job["axis"])
        rows += [
            {"condition": job["name"], "quantity": name, "value": values[name], "trials": zero}
            for name in CHECKED
        ]
    return results.compare(stored("population"), pd.DataFrame(rows), ["condition", "quantity"])


@dataclass(frozen=True)
class WatchedTrial:
    """One trial, sample by sample.

    Attributes
    ----------
    image, grating : array, (32, 32)
        The image, and the grating that it hides.
    samples : array, (samples, N)
        The units x.
    preferred : array, (N,)
        Their preferred orientations in degrees.
    belief : array, (trials, samples)
        The belief b: of this trial in the first row, of other trials without signal below.
    onset : int
        The sample after which the belief accumulates.
    """

    image: Array
    grating: Array
    samples: Array
    preferred: Array
    belief: Array
    onset: int


@study
def watched_trial(*, contrast: float = 6.0, others: int = 5, seed: int = 4) -> WatchedTrial:
    """Return one trial with a grating of category +1, and beliefs on trials without a signal.

    Parameters
    ----------
    contrast : float
        Contrast of the grating.
    others : int
        Number of trials without a signal.
    seed : int
        Of both.
    """
    model = SamplingModel()
    pairs = [[contrast, 0.0]] + [[0.0, 0.0]] * others
    image = draw_images(pairs[:1], np.random.default_rng(seed))
    # The first numbers that a simulation draws are the noise of its images: this is that image.
    trials = simulate(model, pairs, np.random.default_rng(seed), bins=100)
    return WatchedTrial(
        image[0].reshape(SIDE, SIDE),
        contrast * gratings()[:, 0].reshape(SIDE, SIDE),
        trials.response[0],
        model.preferred,
        trials.belief,
        model.onset,
    )


def image_information(axis: float) -> float:
    """Return the information that the pixels carry, per squared signal: no code can have more.

    The noise of the pixels is white, so it is the squared length of the change of the mean image.

    Parameters
    ----------
    axis : float
        Axis of the task in degrees.
    """
    change = runs.CONTRAST * gratings(axis) @ [0.5, -0.5]
    return float(change @ change)


@dataclass(frozen=True)
class TurnedTask:
    """The leading mode of the noise for a task with any axis.

    Attributes
    ----------
    modes : DataFrame
        A row a unit: ``preferred``, ``predicted`` (the pattern w), ``mode``, both of unit length.
    alignment : tuple of float
        Cosine of the two, and the ends of its 95% jackknife interval.
    """

    modes: pd.DataFrame
    alignment: tuple[float, float, float]


def _alignment(trials: runs.Trials, model: SamplingModel, axis: float) -> dict[str, float]:
    """Return the cosine of the leading mode and the pattern of the task."""
    w = runs.pattern(model, axis)
    return {"alignment": abs(runs.leading_mode(runs.sums(trials[0])) @ w) / np.linalg.norm(w)}


@study
def turned_task(*, axis: float = 22.5, trials: int = 800, seed: int = 8) -> TurnedTask:
    """Return the leading mode of the noise for a task with any axis (the chapter's exercise).

    Parameters
    ----------
    axis : float
        Axis of the task in degrees.
    trials : int
        Trials without a signal.
    seed : int
        Of the trials.
    """
    model = SamplingModel.for_task(axis)
    run = simulate(model, np.zeros((trials, 2)), np.random.default_rng(seed), dtype=np.float32)
    w = runs.pattern(model, axis)
    mode = runs.leading_mode(runs.sums(run))
    modes = pd.DataFrame(
        {
            "preferred": model.preferred,
            "predicted": w / np.linalg.norm(w),
            "mode": mode * np.sign(mode @ w),
        }
    )
    row = runs.jackknife(_alignment, {0: run}, model, axis).iloc[0]
    return TurnedTask(modes, (row["value"], row["low"], row["high"]))
