"""What chapter 6 computes: the four signatures of feedback."""

import dataclasses
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pandas as pd

from neurocoord._checks import whole
from neurocoord.code import Frame
from neurocoord.experiment import run_many
from neurocoord.information import (
    linear_fisher_information,
    redundancy,
    shuffled_information,
    single_neuron_information,
)
from neurocoord.theories import Theory, slope_and_covariance
from neurocoord.world import CARDINAL, OBLIQUE, World
from neurocoord_book import results
from neurocoord_book.results import Campaign
from neurocoord_book.studies import efficient
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.signatures_runs import (
    BEFORE_AND_AFTER,
    CAMPAIGN,
    THEORIES,
    WEEKS,
    boosts,
    experiment,
    switching_session,
)

THRESHOLD, STRONG = 0.1, 0.5
"""Signals near threshold, and strong ones."""

Noise = Literal["signal", "zero"]
"""Whether Sigma comes from the trials that give f', or from trials without signal."""

NULL = "nothing learned"
"""Name of the world in which nothing is learned."""

TESTED = ("engaged", "passive", "interaction", "held_out", "dipped", "weak", "strong", "switch")
"""The estimates that each simulated experiment gives."""

TITLES = {
    "engaged": "trend when engaged",
    "passive": "trend in passive viewing",
    "interaction": "interaction of both",
    "held_out": "boost with relevance from other trials",
    "dipped": "boost with relevance from the same trials",
    "weak": "trend over frames, near threshold",
    "strong": "trend over frames, strong signals",
    "switch": "axis index between tasks",
}
"""What each estimate is called where it is shown."""


@study
def tests() -> pd.DataFrame:
    """Return what the tests found in each of the stored experiments, under each theory.

    Returns
    -------
    DataFrame
        One row an experiment and theory, "nothing learned" among the theories: the estimates
        (`TESTED`), each with ``..._p``, and ``flat_p`` and ``steep_p``.
    """
    untaught = results.read(CAMPAIGN, "null").assign(theory=NULL)
    return pd.concat([results.read(CAMPAIGN, "tests"), untaught], ignore_index=True)


def found(table: pd.DataFrame, theory: str, signature: str, level: float = 0.05) -> pd.Series:
    """Return in which experiments a signature was found.

    Parameters
    ----------
    table : DataFrame
        From `tests`.
    theory : str
        The theory.
    signature : str
        ``active``: redundancy grows more when engaged than when passive, and its passive trend is
        within the margin, both at the level. Otherwise an estimate of `TESTED`: it is positive at
        the level.
    level : float
        Of the two-sided tests.
    """
    rows = table[table["theory"] == theory]
    if signature == "active":
        return found(table, theory, "interaction", level) & (rows["flat_p"] < level)
    return (rows[signature] > 0) & (rows[f"{signature}_p"] < level)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return mean, standard error and number of experiments of each estimate of each theory."""
    return results.summarise(table, ["theory"], TESTED)


@study
def agreement(*, experiments: int = 2, seed: int = 61) -> pd.DataFrame:
    """Run a few experiments anew, and compare them with the stored ones.

    Raises
    ------
    RuntimeError
        If an estimate differs from the stored one beyond sampling error.
    """
    fresh = results.run(
        Campaign("a few", seed, experiment, [{}] * whole("experiments", experiments), ("tests",))
    )["tests"]
    return results.compare(summary(tests()), summary(fresh), ["theory", "measure"])


def worlds(count: int, seed: int) -> Iterator[World]:
    """Yield worlds of the default experiment, each with a population of its own."""
    for child in np.random.SeedSequence(seed).spawn(whole("count", count)):
        yield WEEKS.draw_world(np.random.default_rng(child))


@study
def weeks(*, experiments: int = 2, seed: int = 62) -> pd.DataFrame:
    """Return the redundancy of every session of some experiments, under each theory.

    Returns
    -------
    DataFrame
        ``theory``, ``curve`` (a subject and task), ``engagement``, ``session``, ``redundancy``.
    """
    whole("experiments", experiments)
    design = dataclasses.replace(WEEKS, seed=seed)
    tables = [
        run_many(design, theory, experiments, jobs=1).assign(theory=name)
        for name, theory in THEORIES.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    table["curve"] = table.groupby(["experiment", "subject", "task"]).ngroup()
    return table[["theory", "curve", "engagement", "session", "redundancy"]]


@study
def relevance(*, experiments: int = 3, seed: int = 63) -> pd.DataFrame:
    """Return boost and relevance of the neurons of some experiments, under each theory and none.

    Returns
    -------
    DataFrame
        As `signatures_runs.boosts`, with ``theory``: inference, efficient coding, nothing learned.
    """
    tables = []
    for number in range(whole("experiments", experiments)):
        design = dataclasses.replace(BEFORE_AND_AFTER, seed=seed + number)
        for name, theory in THEORIES.items():
            tables.append(boosts(theory, design).assign(theory=name))
        untaught = dataclasses.replace(design, rate=0.0)
        tables.append(boosts(THEORIES["inference"], untaught).assign(theory=NULL))
    return pd.concat(tables, ignore_index=True)


@study
def boost_over_relevance(*, snr: float, populations: int = 200, seed: int = 69) -> pd.Series:
    """Return how the exact boost of a neuron depends on its relevance under efficient coding.

    Parameters
    ----------
    snr : float
        tau^2 / sigma^2 of the worlds, which are those of chapter 2.
    populations, seed : int
        How many populations, and their seed.

    Returns
    -------
    Series
        By population: slope of the boost on w_i^2, in units of the mean information of a naive
        neuron per mean w_i^2.
    """
    slopes = []
    for child in np.random.SeedSequence(seed).spawn(whole("populations", populations)):
        world = efficient.draw_world(child, snr=snr)
        w = world.population.pattern(CARDINAL)
        naive, skilled = (
            single_neuron_information(
                *slope_and_covariance(THEORIES["efficient coding"], world, CARDINAL, x, THRESHOLD)
            )
            for x in (0 * w, w)
        )
        fit = np.polyfit(w**2 / np.mean(w**2), (skilled - naive) / naive.mean(), 1)
        slopes.append(fit[0])
    return pd.Series(slopes)


def coordination(
    theory: Theory, world: World, strength: float, frame: Frame, noise: Noise = "signal"
) -> dict[str, float]:
    """Return exact redundancy and redundancy fraction of the skilled, active subject."""
    w = world.population.pattern(CARDINAL)
    moments = slope_and_covariance(theory, world, CARDINAL, w, strength, frame=frame, noise=noise)
    total, shuffled = linear_fisher_information(*moments), shuffled_information(*moments)
    return {"redundancy": shuffled - total, "fraction": 1 - total / shuffled}


@study
def frames(
    *,
    populations: int = 200,
    which: tuple[int, ...] = (1, 2, 3, 5, 7, 10),
    noise: Noise = "signal",
    seed: int = 64,
) -> pd.DataFrame:
    """Return exact coordination in single frames of a trial, for many populations.

    Returns
    -------
    DataFrame
        One row a ``theory``, ``population``, ``strength`` and ``frame``: ``redundancy``,
        ``fraction``.
    """
    rows = []
    for population, world in enumerate(worlds(populations, seed)):
        for name, theory in THEORIES.items():
            for strength in (THRESHOLD, STRONG):
                for frame in which:
                    where = {"theory": name, "population": population, "strength": strength}
                    found = coordination(theory, world, strength, frame, noise)
                    rows.append(where | {"frame": frame} | found)
    return pd.DataFrame(rows)


@study
def sums(
    *, populations: int = 60, ends: tuple[int, ...] = (1, 3, 6, 10), seed: int = 64
) -> pd.DataFrame:
    """Return what `frames` does, of counts summed from the first frame to ``frame``."""
    rows = []
    for population, world in enumerate(worlds(populations, seed)):
        for name, theory in THEORIES.items():
            for strength in (THRESHOLD, STRONG):
                for end in ends:
                    where = {"theory": name, "population": population, "strength": strength}
                    found = coordination(theory, world, strength, range(1, end + 1))
                    rows.append(where | {"frame": end} | found)
    return pd.DataFrame(rows)


@study
def turning(*, strength: float = STRONG, populations: int = 20, seed: int = 64) -> pd.Series:
    """Return the mean redundancy of each single frame under inference, at one signal strength.

    Returns
    -------
    Series
        By frame, from 1 to 10.
    """
    theory, last = THEORIES["inference"], WEEKS.frames
    rows = [
        [coordination(theory, world, strength, frame)["redundancy"] for frame in range(1, last + 1)]
        for world in worlds(populations, seed)
    ]
    return pd.DataFrame(rows, columns=pd.RangeIndex(1, last + 1, name="frame")).mean()


def over_frames(table: pd.DataFrame, theory: str, strength: float, measure: str) -> pd.DataFrame:
    """Return a measure of `frames` or `sums` by population: its first, last and largest value.

    Returns
    -------
    DataFrame
        One row a population: ``first``, ``last``, ``top``, and ``peak``, the frame of the top.
    """
    rows = table[(table["theory"] == theory) & (table["strength"] == strength)]
    wide = rows.pivot_table(index="population", columns="frame", values=measure)
    return pd.DataFrame(
        {
            "first": wide.iloc[:, 0],
            "last": wide.iloc[:, -1],
            "top": wide.max(axis=1),
            "peak": wide.idxmax(axis=1),
        }
    )


@study
def switching(*, seed: int = 65) -> pd.DataFrame:
    """Return one session of switching tasks under each theory (`signatures_runs`)."""
    (world,) = worlds(1, seed)
    sessions = [
        switching_session(theory, world, np.random.default_rng(seed)).assign(theory=name)
        for name, theory in THEORIES.items()
    ]
    return pd.concat(sessions, ignore_index=True)


@study
def demanded(*, populations: int = 200, frame: int = 10, seed: int = 66) -> pd.DataFrame:
    """Return the exact redundancy about a task that is demanded, and about one that is not.

    The subject is skilled in both tasks. Stimuli of the cardinal task are shown, in blocks of the
    cardinal task (``demanded``) and of the oblique one (``other``).

    Returns
    -------
    DataFrame
        One row a population and ``theory``: the redundancy in one frame, near threshold.
    """
    rows = []
    for population, world in enumerate(worlds(populations, seed)):
        cardinal, oblique = (world.population.pattern(task) for task in (CARDINAL, OBLIQUE))
        for name, theory in THEORIES.items():
            row = {"population": population, "theory": name}
            for block, now, not_now in (
                ("demanded", cardinal, oblique),
                ("other", oblique, cardinal),
            ):
                moments = slope_and_covariance(
                    theory,
                    world,
                    CARDINAL,
                    now,
                    THRESHOLD,
                    frame=frame,
                    other_patterns=not_now[None],
                )
                row[block] = redundancy(*moments)
            rows.append(row)
    return pd.DataFrame(rows)
