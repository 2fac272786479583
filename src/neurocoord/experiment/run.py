"""One experiment, from design to tidy table."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from neurocoord._checks import Array
from neurocoord.codes import Theory
from neurocoord.experiment.design import Design
from neurocoord.experiment.draw import Block
from neurocoord.experiment.measure import Level, Row, block_rows
from neurocoord.learning import DeltaRule
from neurocoord.world import World

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
    >>> from neurocoord.inference import Inference
    >>> design = Design(subjects=1, tasks=("cardinal",), sessions=8, seed=1)
    >>> table = run(design, Inference()).set_index(["session", "engagement"])
    >>> float(table["correct"][8, 1.0] - table["correct"][1, 1.0]) > 0.1
    True
    """
    if level not in ("session", "neuron", "trial"):
        raise ValueError(f"level must be 'session', 'neuron' or 'trial', not {level!r}")
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
    """Yield the rows of one subject, session by session: record first, then practise."""
    learned: list[Array] = []
    tracked = iter(tracking)
    for task in design.task_list:
        w_hat = np.zeros(world.size)
        others = np.array(learned) if learned else None
        for session in range(1, design.sessions + 1):
            recorded = np.flatnonzero(next(tracked))
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
                labels = {"task": task.name, "session": session, "engagement": engagement}
                for row in block_rows(design, block, level=level, exact=exact, rng=rng):
                    yield labels | row
            if design.rate > 0:
                w_hat = DeltaRule(design.rate).draw_after(
                    w_hat,
                    world.population.pattern(task),
                    rng.choice(design.signals, design.practice),
                    world.evidence_cov / design.frames,
                    rng=rng,
                )
        learned.append(w_hat)
