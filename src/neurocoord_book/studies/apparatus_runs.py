"""Apparatus that mimics learning: growing trial counts, wrong names, a drifting array (chapter 8).

In none of these worlds is anything learned while the array or the number of trials changes.
"""

import dataclasses

import numpy as np
import pandas as pd

from neurocoord._checks import Array
from neurocoord.experiment import Design, run
from neurocoord.hypotheses import TestResult, across_curves, interaction, trend
from neurocoord.information import Statistics, redundancy
from neurocoord.theories import Inference, slope_and_covariance
from neurocoord.world import CARDINAL, Population, World
from neurocoord_book.recorded import Recorded, select
from neurocoord_book.studies.sessions import Key, as_curves, estimate, record, sample
from neurocoord_book.tracking import draw_labels

DESIGN = Design(subjects=1, tasks=("cardinal",), engagement=(1.0,), loss=0.0, gain=0.0, rate=0.0)
"""Sessions without learning."""

CURVES = 4
"""Learning curves of a study: as many as two subjects give who learn two tasks."""

TRIALS = (70, 400)
"""Trials of each signal in the first and the last session, of an animal that works ever longer."""

WRONG = (0.0, 0.25, 0.5)
"""Shares of tracked neurons that are in truth another neuron."""

THREE_DAYS = Design(sessions=4, practice=5000, loss=0.0, gain=0.0)
"""Two subjects and two tasks; naive in the first session and skilled in the last."""

DRIFT = dataclasses.replace(DESIGN, neurons=69)
"""The array moves on by one neuron a session, past 50 of 69 sorted by how well they are tuned."""


FEW_TRIALS, PART, FEW_SESSIONS = 40, 20, 40
"""Trials of each signal, fewer than there are neurons; neurons of the part; sessions of each."""


def trial_counts() -> Array:
    """Return the trials of each signal, session by session."""
    return np.linspace(*TRIALS, DESIGN.sessions).round().astype(int)


def growing(rng: np.random.Generator) -> dict[Key, TestResult]:
    """Study a naive subject in sessions that grow longer.

    Returns
    -------
    dict
        Trends of redundancy: ``corrected``, ``naive``, and ``naive, equal trials`` from the first
        trials of each session, as many as the shortest has.
    """
    values = {name: [] for name in ("corrected", "naive", "naive, equal trials")}
    for _ in range(CURVES):
        world = DESIGN.draw_world(rng)
        tracked = rng.choice(world.size, DESIGN.tracked, replace=False)
        rows = {name: [] for name in values}
        for count in trial_counts():
            for name, value in longer_session(world, tracked, int(count), rng).items():
                rows[name].append(value)
        for name, row in rows.items():
            values[name].append(row)
    return {
        ("nothing learned", "growing trials", name): trend(as_curves(rows), "value")
        for name, rows in values.items()
    }


def longer_session(
    world: World, tracked: Array, trials: int, rng: np.random.Generator
) -> dict[str, float]:
    """Return redundancy of one session of a naive subject, estimated in three ways."""
    where = (Inference(), world, CARDINAL, np.zeros(world.size), tracked, DESIGN, rng)
    first = record(*where, trials=TRIALS[0])
    complete = first
    if trials > TRIALS[0]:
        rest = record(*where, trials=trials - TRIALS[0])
        complete = Recorded(*(Statistics.pooled(pair) for pair in zip(first, rest, strict=True)))
    all_trials, equal = estimate(complete, DESIGN), estimate(first, DESIGN)
    return {
        "corrected": all_trials.redundancy,
        "naive": all_trials.naive_shuffled - all_trials.naive_total,
        "naive, equal trials": equal.naive_shuffled - equal.naive_total,
    }


def wrong_names(rng: np.random.Generator) -> dict[Key, TestResult]:
    """Test whether the boost grows with relevance while neurons are taken for others.

    Relevance comes from the passive block of the second session, the boost from the engaged
    blocks of the last and the first: three days, with wrong names of their own each.

    Returns
    -------
    dict
        By the share of wrong names: the boost per unit of relevance.
    """
    design = dataclasses.replace(THREE_DAYS, seed=int(rng.integers(2**62)))
    table = run(design, Inference(), level="neuron")
    slopes = {share: [] for share in WRONG}
    for key, own in table.groupby(["subject", "task"]):
        days = three_days(own)
        size = len(days)
        for share in WRONG:
            relevance, before, after = (
                days[name].to_numpy()[draw_labels(size, share, rng)] for name in days
            )
            slopes[share].append(
                pd.DataFrame(
                    {
                        "subject": key[0],
                        "task": key[1],
                        "session": relevance,
                        "boost": after - before,
                    }
                )
            )
    return {
        ("inference", "wrong names", f"{share:g}"): across_curves(pd.concat(tables), "boost")
        for share, tables in slopes.items()
    }


def three_days(own: pd.DataFrame) -> pd.DataFrame:
    """Return relevance, and information before and after, of the neurons of one learning curve."""
    engaged = own[own["engagement"] == 1].set_index(["session", "neuron"])["information"]
    passive = own[own["engagement"] == 0].set_index(["session", "neuron"])["slope"]
    relevance = passive[2] ** 2
    last = int(own["session"].max())
    return pd.DataFrame(
        {"relevance": relevance / relevance.mean(), "before": engaged[1], "after": engaged[last]}
    )


def exact_redundancy(world: World, w_hat: Array, neurons: Array) -> float:
    """Return the exact redundancy of some neurons, as the design measures it."""
    slope, covariance = slope_and_covariance(
        Inference(),
        world,
        CARDINAL,
        w_hat,
        DESIGN.measured[0],
        noise=DESIGN.noise,
        frame=DESIGN.measured_windows[0],
    )
    return redundancy(slope[neurons], covariance[np.ix_(neurons, neurons)])


def too_few(rng: np.random.Generator) -> dict[Key, TestResult]:
    """Measure a random part of a skilled population, with fewer trials than it has neurons.

    Returns
    -------
    dict
        ``error``: measured less exact redundancy of the part, mean over sessions; ``exact``: the
        exact value of the part.
    """
    world = DESIGN.draw_world(rng)
    w = world.population.pattern(CARDINAL)
    part = rng.choice(world.size, PART, replace=False)
    exact = exact_redundancy(world, w, part)
    drawn = (
        record(Inference(), world, CARDINAL, w, part, DESIGN, rng, trials=FEW_TRIALS)
        for _ in range(FEW_SESSIONS)
    )
    error = np.mean([estimate(one, DESIGN).redundancy for one in drawn]) - exact
    return {
        ("sub-population", f"trials {FEW_TRIALS}", name): TestResult(
            name, float(value), np.nan, np.nan, 1.0
        )
        for name, value in (("error", error), ("exact", exact))
    }


def sorted_world(world: World) -> World:
    """Return the world with its neurons in ascending order of tuning amplitude."""
    order = np.argsort(world.population.amplitudes)
    population = Population(
        world.population.orientations[order], world.population.amplitudes[order]
    )
    return dataclasses.replace(world, population=population)


def drifting(rng: np.random.Generator) -> dict[Key, TestResult]:
    """Study two skilled subjects while the array drifts towards better tuned neurons.

    Nothing is learned: the subject knows the pattern from the first session on.

    Returns
    -------
    dict
        Trends, of all recorded neurons and of those that are recorded throughout: ``redundancy``
        and ``single`` (mean information of a neuron) when engaged, and ``interaction`` of
        redundancy with engagement.
    """
    size, shift = DRIFT.tracked, DRIFT.sessions - 1
    rows = []
    for subject in (1, 2):
        world = sorted_world(DRIFT.draw_world(rng))
        w = world.population.pattern(CARDINAL)
        for session in range(1, DRIFT.sessions + 1):
            neurons = np.arange(session - 1, session - 1 + size)
            throughout = np.flatnonzero((neurons >= shift) & (neurons < size))
            for engagement in (0.0, 1.0):
                drawn = record(
                    Inference(), world, CARDINAL, w, neurons, DRIFT, rng, engagement=engagement
                )
                for name, channels in (
                    ("all recorded", np.arange(size)),
                    ("same neurons", throughout),
                ):
                    moments = sample(select(drawn, channels), DRIFT)
                    rows.append(
                        {
                            "subject": subject,
                            "task": "cardinal",
                            "session": session,
                            "engagement": engagement,
                            "neurons": name,
                            "redundancy": moments.estimate().redundancy,
                            "single": float(moments.single_neurons().mean()),
                        }
                    )
    found = {}
    for name, own in pd.DataFrame(rows).groupby("neurons"):
        engaged = own[own["engagement"] == 1]
        for measure in ("redundancy", "single"):
            found["drifting array", name, measure] = trend(engaged, measure)
        found["drifting array", name, "interaction"] = trend(
            interaction(own, "redundancy"), "redundancy"
        )
    return found
