"""What chapter 7 simulates: every mechanism through the experiments and tests of chapter 6.

``python -m neurocoord_book results mechanisms`` runs the experiments at the reference size and at
other sizes, and stores one row an experiment; `neurocoord_book.studies.mechanisms` reads the
tables.
"""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from neurocoord.campaigns import Campaign
from neurocoord.experiment import Design, run
from neurocoord.theories import (
    EfficientCoding,
    GatedCircuit,
    Inference,
    LocalCircuit,
    SharedGain,
    SlowGatedCircuit,
    Theory,
)
from neurocoord_book.studies.signatures_runs import (
    BEFORE_AND_AFTER,
    WEEKS,
    WITHIN,
    follows_task,
    only_when_active,
    relevant_neurons,
    switching_session,
    towards_decision,
)

LOW_SNR = 0.05
"""tau^2 / sigma^2 of the noisy world, as in chapter 2; the other worlds have 1."""


class Model(NamedTuple):
    """A mechanism, and what is different about its world."""

    theory: Theory
    changes: Mapping[str, object]


MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "inference": Model(Inference(), {}),
        "gated circuit": Model(GatedCircuit(), {}),
        "slow gated circuit": Model(SlowGatedCircuit(), {}),
        "local circuit": Model(LocalCircuit(), {}),
        "shared gain": Model(SharedGain(), {}),
        "fixed code": Model(Inference(feedback=0.0), {}),
        "efficient coding": Model(EfficientCoding(), {}),
        "efficient, noisy": Model(EfficientCoding(), {"tau": LOW_SNR**0.5}),
    }
)
"""The mechanisms, by name. A fixed code is one that nothing is learned in."""

FRAMES = dataclasses.replace(WITHIN, windows=(1, 4, 7, 10))
"""Time within the trial, as in chapter 6, at four frames."""

SKILLED = Design(sessions=2, practice=15000)
"""For mean noise correlations: naive in the first session, skilled in the second."""

SIZES: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "study": {},
        "1 subject": {"subjects": 1},
        "4 subjects": {"subjects": 4},
        "5 sessions": {"sessions": 5, "practice": 4000},
        "10 sessions": {"sessions": 10, "practice": 2000},
        "10 neurons": {"tracked": 10, "gain": 0.008},
        "25 neurons": {"tracked": 25, "gain": 0.02857},
    }
)
"""Sizes of the experiment, and what differs from the reference: two subjects, 20 sessions, 50
neurons. Fewer sessions share the same practice; the gain of neurons keeps their number level."""

EXPERIMENTS = MappingProxyType({"study": 640} | {size: 80 for size in SIZES if size != "study"})
"""Experiments of each mechanism, by size."""

LENGTH, TURNOVER = ("sessions", "practice"), ("gain",)
"""Settings of the weeks of learning that the shorter experiments have of their own, and of
turnover, which the experiment on single neurons has none of."""


def correlations(theory: Theory, design: Design) -> dict[str, float]:
    """Return the mean noise correlation of skilled subjects, engaged and in passive viewing."""
    table = run(design, theory)
    last = table[table["session"] == table["session"].max()]
    means = last.groupby("engagement")["correlation"].mean()
    return {"correlation": float(means[1.0]), "correlation_passive": float(means[0.0])}


def marks(model: Model, seed: int, size: Mapping[str, object]) -> dict[str, float]:
    """Put one experiment of each kind under one mechanism to the tests of chapter 6.

    Parameters
    ----------
    model : Model
        The mechanism.
    seed : int
        Of the experiments.
    size : mapping
        What differs from the reference size, as in `SIZES`.

    Returns
    -------
    dict
        What `only_when_active`, `relevant_neurons`, `towards_decision` and `follows_task` of
        `neurocoord_book.studies.signatures_runs` return, and `correlations`.
    """
    theory, changes = model
    weeks = dict(changes) | dict(size) | {"seed": seed}
    rest = {name: value for name, value in weeks.items() if name not in LENGTH}
    tracked = {name: value for name, value in rest.items() if name not in TURNOVER}
    design = dataclasses.replace(WEEKS, **weeks)
    world = design.draw_world(np.random.default_rng(seed))
    session = switching_session(theory, world, np.random.default_rng([seed, 1]))
    return (
        only_when_active(theory, design)
        | relevant_neurons(theory, dataclasses.replace(BEFORE_AND_AFTER, **tracked))
        | towards_decision(theory, dataclasses.replace(FRAMES, **rest))
        | follows_task(session)
        | correlations(theory, dataclasses.replace(SKILLED, **rest))
    )


def experiment(*, rng: np.random.Generator, size: str) -> dict[str, pd.DataFrame]:
    """Run one experiment of each kind under each mechanism. All meet the same subjects.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    size : str
        A name in `SIZES`.

    Returns
    -------
    dict of DataFrame
        ``study`` or ``sizes``: one row a mechanism, with ``size``, ``model`` and `marks`.
    """
    seed = int(rng.integers(2**62))
    rows = [
        {"size": size, "model": name} | marks(model, seed, SIZES[size])
        for name, model in MODELS.items()
    ]
    table = pd.DataFrame(rows).drop(columns=["dipped", "dipped_p", "steep_p"])
    return {"study" if size == "study" else "sizes": table}


CAMPAIGN = Campaign(
    name="mechanisms",
    seed=2027,
    function=experiment,
    jobs=[{"size": size} for size, count in EXPERIMENTS.items() for _ in range(count)],
    tables=("study", "sizes"),
)
"""The experiments of chapter 7."""
