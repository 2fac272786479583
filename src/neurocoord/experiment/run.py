"""One experiment, from design to tidy table."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from neurocoord._checks import Array, flag, instance, one_of
from neurocoord.experiment.behaviour import Behaviour, psychometric
from neurocoord.experiment.design import Design
from neurocoord.experiment.draw import Block
from neurocoord.experiment.measure import (
    Level,
    Row,
    behaviour_of,
    choices,
    draw,
    exactly,
    measure,
)
from neurocoord.learning import DeltaRule
from neurocoord.theories import Theory
from neurocoord.world import Task, World

FIRST = ("theory", "subject", "task", "session", "engagement", "window", "frame", "signal")
"""The columns that say where a row belongs."""


def run(
    design: Design, theory: Theory, *, level: Level = "session", exact: bool = False
) -> pd.DataFrame:
    """Run one experiment under one theory.

    Parameters
    ----------
    design : Design
        The experiment.
    theory : Theory
        The theory of the code.
    level : {"session", "neuron", "trial"}
        What a row is: one measure of a session (the default), one recorded neuron of it, or one
        recorded trial of one neuron (trial route only).
    exact : bool
        Whether to add the exact counterpart of each measure, given what the subject has learned
        and which neurons are recorded, in columns ``exact_...``.

    Returns
    -------
    DataFrame
        Always with theory, subject, task, session (counted from 1 in each task), engagement,
        window (its frames, as text), frame (its last) and signal (the strength that gives f').
        Of sessions: trials (of each signal), neurons (recorded), learned (the part of w that is
        in w_hat), total and shuffled (corrected information), redundancy, redundancy_fraction
        (NaN where shuffled is not positive), single (mean information of a neuron),
        single_relevant (the same weighted by w_i^2), correlation (mean over pairs), differential
        (variance along f'), and behaviour (NaN in passive blocks): correct, sensitivity, bias,
        threshold. Of neurons: neuron, pattern (w_i), slope (estimated f'_i), variance,
        information (corrected). Of trials: trial, stimulus (the signal shown), choice, neuron,
        response.

    Raises
    ------
    ValueError
        If single trials are wanted on the statistics route, or exact values of single trials.

    Examples
    --------
    >>> from neurocoord.theories import Inference
    >>> design = Design(subjects=1, tasks=("cardinal",), sessions=8, seed=1)
    >>> table = run(design, Inference()).set_index(["session", "engagement"])
    >>> float(table["correct"][8, 1.0] - table["correct"][1, 1.0]) > 0.1
    True
    """
    design, exact = instance("design", design, Design), flag("exact", exact)
    if isinstance(theory, type) or not callable(getattr(theory, "conditional", None)):
        raise ValueError(f"theory must be an object of a theory of the code, not {theory!r}")
    one_of("level", level, ("session", "neuron", "trial"))
    if level == "trial" and (design.route != "trials" or exact):
        raise ValueError("single trials exist on the route 'trials' only, and have no exact value")
    seeds = np.random.SeedSequence(design.seed).spawn(design.subjects)
    # All neurons to be recorded are known before the first block is drawn.
    starts = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        starts.append((rng, design.draw_world(rng), design.draw_tracking(rng)))
    rows = [
        {"theory": theory.name, "subject": subject, **row}
        for subject, start in enumerate(starts, start=1)
        for row in _subject(design, theory, level, exact, *start)
    ]
    return _table(rows)


def _table(rows: Iterable[Row]) -> pd.DataFrame:
    """Join rows, each of which is some columns of equal length or constant."""
    rows = list(rows)
    lengths = [max((np.size(value) for value in row.values()), default=1) for row in rows]
    names = [*FIRST, *(name for name in rows[0] if name not in FIRST)]
    return pd.DataFrame(
        {
            name: np.concatenate(
                [
                    np.broadcast_to(row[name], (length,))
                    for row, length in zip(rows, lengths, strict=True)
                ]
            )
            for name in names
        }
    )


def _subject(
    design: Design,
    theory: Theory,
    level: Level,
    exact: bool,
    rng: np.random.Generator,
    world: World,
    tracking: Array,
) -> Iterator[Row]:
    """Yield the rows of one subject, task by task."""
    learned: list[Array] = []
    for number, task in enumerate(design.task_list):
        w_hat = np.zeros(world.size)
        others = np.array(learned) if learned else None
        rows, curves = [], []
        for session in range(1, design.sessions + 1):
            recorded = np.flatnonzero(tracking[number * design.sessions + session - 1])
            for engagement in design.engagement:
                block = Block(
                    theory,
                    world,
                    task,
                    w_hat,
                    engagement,
                    others,
                    design.decision_noise,
                    recorded,
                )
                drawn = draw(design, block, rng)
                labels = {"task": task.name, "session": session, "engagement": engagement}
                measured = measure(design, block, drawn, level=level, exact=exact)
                rows.append((labels, list(measured)))
                if engagement > 0:
                    curves.append((choices(design, block, drawn, rng), behaviour_of(design, block)))
            w_hat = _practise(design, world, task, w_hat, rng)
        learned.append(w_hat)
        behaviour = _behaviour(design, curves, exact) if level == "session" else None
        for labels, measured in rows:
            if behaviour is not None:
                labels |= next(behaviour) if labels["engagement"] > 0 else _no_behaviour(exact)
            for row in measured:
                yield labels | row


def _practise(
    design: Design, world: World, task: Task, w_hat: Array, rng: np.random.Generator
) -> Array:
    """Return what the practice of a session makes of the expected pattern."""
    signals = rng.choice(design.signals, design.practice)
    if design.rate == 0:
        return w_hat
    noise_cov = world.evidence_cov / design.frames
    pattern = world.population.pattern(task)
    return DeltaRule(design.rate).draw_after(w_hat, pattern, signals, noise_cov, rng=rng)


def _behaviour(
    design: Design, curves: list[tuple[list[int], Behaviour]], exact: bool
) -> Iterator[Row]:
    """Yield the behaviour of each engaged block, fitted together."""
    if not curves:
        return
    fits = psychometric(design.signals, [positive for positive, _ in curves], design.trials)
    for fit, (_, truth) in zip(zip(*fits, strict=True), curves, strict=True):
        row = Behaviour(*fit)._asdict()
        yield row | exactly(truth._asdict()) if exact else row


def _no_behaviour(exact: bool) -> Row:
    """Return the behaviour of a passive block, which has none."""
    row = dict.fromkeys(Behaviour._fields, np.nan)
    return row | exactly(row) if exact else row
