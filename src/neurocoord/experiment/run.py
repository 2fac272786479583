"""One experiment, from design to tidy table, and many at once on all cores or on a cluster."""

import dataclasses
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr

from neurocoord import campaigns
from neurocoord._checks import Array, flag, instance, one_of, whole
from neurocoord.campaigns import Campaign
from neurocoord.code import Frame, as_window
from neurocoord.experiment.behaviour import Behaviour, expected_behaviour, psychometric
from neurocoord.experiment.design import Design
from neurocoord.experiment.draw import Block, Drawn, by_statistics, by_trials
from neurocoord.information import (
    differential_variance,
    linear_fisher_information,
    moments_of,
    noise_correlations,
    single_neuron_information,
)
from neurocoord.learning import DeltaRule
from neurocoord.theories import Theory, slope_and_covariance
from neurocoord.world import World

FIRST = ("theory", "subject", "task", "session", "engagement", "window", "frame", "signal")
"""The columns that say where a row belongs."""

Level = Literal["session", "neuron", "trial"]
Row = dict[str, object]
"""Some rows of a table that belong together: columns of equal length, or constants."""


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
    # All neurons to be recorded are known before the first block is drawn.
    starts = []
    for seed in np.random.SeedSequence(design.seed).spawn(design.subjects):
        rng = np.random.default_rng(seed)
        starts.append((rng, design.draw_world(rng), design.draw_tracking(rng)))
    rows = [
        {"theory": theory.name, "subject": subject, **row}
        for subject, start in enumerate(starts, start=1)
        for row in _subject(design, theory, level, exact, *start)
    ]
    lengths = [max(np.size(value) for value in row.values()) for row in rows]
    names = [*FIRST, *(name for name in rows[0] if name not in FIRST)]
    columns = {
        name: [np.broadcast_to(row[name], n) for row, n in zip(rows, lengths, strict=True)]
        for name in names
    }
    return pd.DataFrame({name: np.concatenate(parts) for name, parts in columns.items()})


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
    sessions = iter(tracking)
    for task in design.task_list:
        w_hat, w = np.zeros(world.size), world.population.pattern(task)
        others = np.array(learned) if learned else None
        rows, curves = [], []
        for session in range(1, design.sessions + 1):
            recorded = np.flatnonzero(next(sessions))
            for engagement in design.engagement:
                about = (theory, world, task, w_hat, engagement, others, design.decision_noise)
                block = Block(*about, recorded)
                drawn = _draw(design, block, rng)
                labels = {"task": task.name, "session": session, "engagement": engagement}
                rows.append((labels, list(_measure(design, block, drawn, level, exact))))
                if engagement > 0:
                    curve = behaviour_of(design, block)
                    curves.append((_choices(design, drawn, curve, rng), curve))
            signals = rng.choice(design.signals, design.practice)
            if design.rate > 0:
                noise_cov = world.evidence_cov / design.frames
                rule = DeltaRule(design.rate)
                w_hat = rule.draw_after(w_hat, w, signals, noise_cov, rng=rng)
        learned.append(w_hat)
        behaviour = iter(_behaviour(design, curves, exact) if level == "session" else [])
        for labels, measured in rows:
            if level == "session":
                passive = _with_exact(dict.fromkeys(Behaviour._fields, np.nan), exact)
                labels |= next(behaviour) if labels["engagement"] > 0 else passive
            yield from (labels | row for row in measured)


def _draw(design: Design, block: Block, rng: np.random.Generator) -> dict[float, Drawn]:
    """Draw the trials at zero signal and at the measured strengths, by either route."""
    route = by_statistics
    if design.route == "trials":
        route = functools.partial(by_trials, poisson=design.counts == "poisson")
    shared = {"trials": design.trials, "frames": design.frames, "rng": rng}
    return {
        signal: route(
            block,
            signal,
            design.measured_windows,
            scatter=(signal == 0) == (design.noise == "zero"),
            **shared,
        )
        for signal in (0.0, *(sign * s for s in design.measured for sign in (-1, 1)))
    }


def _choices(
    design: Design, drawn: dict[float, Drawn], curve: Behaviour, rng: np.random.Generator
) -> list[int]:
    """Return how many choices were for s = +1 at each signal of the design."""
    # Where responses were drawn the choice follows from the same evidence.
    return [
        drawn[s].positive
        if s in drawn
        else rng.binomial(design.trials, ndtr(curve.sensitivity * s))
        for s in design.signals
    ]


def behaviour_of(design: Design, block: Block) -> Behaviour:
    """Return the exact behaviour of an engaged block."""
    return expected_behaviour(
        block.world,
        block.task,
        block.expected_pattern,
        design.signals,
        frames=design.frames,
        decision_noise=design.decision_noise,
    )


def _behaviour(
    design: Design, curves: list[tuple[list[int], Behaviour]], exact: bool
) -> Iterator[Row]:
    """Yield the behaviour of each engaged block, fitted together."""
    if curves:
        fits = psychometric(design.signals, [positive for positive, _ in curves], design.trials)
        for fit, (_, truth) in zip(zip(*fits, strict=True), curves, strict=True):
            yield _with_exact(Behaviour(*fit)._asdict(), exact, truth._asdict())


def _with_exact(row: Row, exact: bool, truth: Row | None = None) -> Row:
    """Add exact values, by default the same, named after what they are the truth of."""
    if not exact:
        return row
    return row | {f"exact_{name}": v for name, v in (row if truth is None else truth).items()}


def _measure(
    design: Design, block: Block, drawn: dict[float, Drawn], level: Level, exact: bool
) -> Iterator[Row]:
    """Yield what the responses of a block show, a window and a strength at a time."""
    pattern = block.world.population.pattern(block.task)
    learned = float(block.expected_pattern @ pattern / (pattern @ pattern))
    common = {"trials": design.trials, "neurons": block.tracked.size, "learned": learned}
    for k, window in enumerate(design.measured_windows):
        frames = as_window(window)
        label = f"{frames[0]}-{frames[-1]}" if len(frames) > 1 else f"{frames[0]}"
        for strength in design.measured:
            where = {"window": label, "frame": frames[-1], "signal": strength, **common}
            if level == "trial":
                yield where | _trials(drawn, k, strength, block)
                continue
            sample = moments_of(
                drawn[-strength].statistics[k],
                drawn[strength].statistics[k],
                2 * strength,
                drawn[0.0].statistics[k] if design.noise == "zero" else None,
            )
            kept = block.tracked[sample.kept]
            w, single = pattern[kept], sample.single_neurons()
            truth = _exact(design, block, kept, window, strength, level) if exact else {}
            if level == "session":
                found = sample.estimate()
                about = (sample.mean_correlation(), sample.differential_variance())
                row = _session(found.total, found.shuffled, single, w, *about)
            else:
                slope, variance = sample.slope * sample.scale, sample.scale**2
                row = {"neuron": kept, "pattern": w, **_neurons(slope, variance, single)}
            yield where | _with_exact(row, exact, truth)


def _session(
    total: float, shuffled: float, single: Array, w: Array, correlation: float, differential: float
) -> Row:
    """Name the measures of a session."""
    return {
        "total": total,
        "shuffled": shuffled,
        "redundancy": shuffled - total,
        "redundancy_fraction": 1 - total / shuffled if shuffled > 0 else np.nan,
        "single": float(single.mean()),
        "single_relevant": float(np.average(single, weights=w**2)),
        "correlation": correlation,
        "differential": differential,
    }


def _neurons(slope: Array, variance: Array, information: Array) -> Row:
    """Name the measures of each neuron."""
    return {"slope": slope, "variance": variance, "information": information}


def _exact(
    design: Design, block: Block, kept: Array, window: Frame, strength: float, level: Level
) -> Row:
    """Return what a session or its neurons show, from the exact moments."""
    slope, covariance = slope_and_covariance(
        block.theory,
        block.world,
        block.task,
        block.expected_pattern,
        strength,
        noise=design.noise,
        frame=window,
        **block.common,
    )
    slope, covariance = slope[kept], covariance[np.ix_(kept, kept)]
    single = single_neuron_information(slope, covariance)
    if level == "neuron":
        return _neurons(slope, np.diag(covariance), single)
    pairs = noise_correlations(covariance)[np.triu_indices(kept.size, 1)]
    return _session(
        linear_fisher_information(slope, covariance),
        float(single.sum()),
        single,
        block.world.population.pattern(block.task)[kept],
        float(pairs.mean()),
        differential_variance(slope, covariance),
    )


def _trials(drawn: dict[float, Drawn], window: int, strength: float, block: Block) -> Row:
    """Return single responses, trial by trial, at zero and at one strength."""
    signals = [-strength, 0.0, strength]
    responses = np.stack([drawn[s].responses[window] for s in signals])
    columns = {
        "stimulus": np.array(signals)[:, None, None],
        "trial": np.arange(responses.shape[1])[:, None],
        "choice": np.stack([drawn[s].choices for s in signals])[:, :, None],
        "neuron": block.tracked,
        "response": responses,
    }
    return {name: np.broadcast_to(v, responses.shape).ravel() for name, v in columns.items()}


def run_many(
    design: Design,
    theory: Theory,
    experiments: int,
    *,
    level: Level = "session",
    exact: bool = False,
    jobs: int | None = None,
    reduce: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
    place: Path | None = None,
    chunk: int = 10,
) -> pd.DataFrame:
    """Run many experiments of one design, each with a seed of its own.

    Experiment k has the k-th seed spawned from the design's, so that the table is the same
    whatever runs it and in whatever order. In a batch of simulations under several theories,
    experiment k meets the same subjects under each: worlds and tracking come first in its stream.

    Parameters
    ----------
    design, theory, level, exact
        As for `run`; the seed of the design is the root of all seeds.
    experiments : int
        How many.
    jobs : int, optional
        Processes. Default: what `joblib.parallel_config` says, or else all cores.
    reduce : callable, optional
        What to keep of the table of one experiment, itself a table; it runs where the experiment
        does, so that many experiments fit into memory. It is defined in a module.
    place : Path, optional
        A folder for finished chunks: the same call goes on there after an interruption.
    chunk : int
        Experiments to a chunk: 50 to 200 suit a cluster.

    Returns
    -------
    DataFrame
        As `run` or `reduce`, with a first column "experiment", counted from 0.

    Notes
    -----
    Any joblib backend serves. On a Dask cluster::

        from dask.distributed import Client
        from joblib import parallel_config

        with Client("scheduler:8786"), parallel_config("dask"):
            table = run_many(Design(), Inference(), 1000, chunk=50)
    """
    design, experiments = instance("design", design, Design), whole("experiments", experiments)
    if jobs is not None and (jobs := whole("jobs", jobs, least=-1)) == 0:
        raise ValueError("jobs must be a number of processes, or -1 for all cores, not 0")
    seeds = np.random.SeedSequence(design.seed).generate_state(experiments, np.uint64)
    one = functools.partial(
        _one, design=design, theory=theory, level=level, exact=exact, reduce=reduce
    )
    campaign = Campaign(
        "experiments", design.seed, one, [{"seed": int(seed)} for seed in seeds], ("rows",), chunk
    )
    rows = campaigns.run(campaign, place, workers=jobs)["rows"]
    return rows.rename(columns={"job": "experiment"})


def _one(
    *,
    rng: np.random.Generator,  # every experiment has its own, made from its seed
    seed: int,
    design: Design,
    reduce: Callable[[pd.DataFrame], pd.DataFrame] | None,
    **how: object,
) -> dict[str, pd.DataFrame]:
    """Run one experiment, and reduce its table where it is."""
    table = run(dataclasses.replace(design, seed=seed), **how)
    return {"rows": table if reduce is None else reduce(table)}
