"""What chapter 5 simulates: many studies, each put to the statistical tests of the chapter.

``python -m neurocoord_book results learning`` runs 600 studies under each theory and without
learning, and stores what a study measures by session and what its tests found;
`neurocoord_book.studies.learning` and `neurocoord_book.studies.story` read the tables.
"""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from neurocoord import hypotheses
from neurocoord.campaigns import Campaign
from neurocoord.experiment import Design, run
from neurocoord.theories import EfficientCoding, Inference, Theory

THEORIES: Mapping[str, Theory] = MappingProxyType(
    {theory.name: theory for theory in (Inference(), EfficientCoding())}
)
"""The theories compared, by name."""

TABLES: Mapping[str, str] = MappingProxyType(
    {"inference": "inference", "efficient coding": "efficient"}
)
"""The table that keeps the sessions under each theory."""

NULL = "nothing learned"
"""The name of the world without learning (the code of inference at learning rate 0)."""

LAB = Design(engagement=(1.0,))
"""One study: two subjects, two tasks, 20 sessions each; passive viewing comes in chapter 6."""

BATCH = dataclasses.replace(LAB, sessions=6, practice=3600)
"""Many studies: nearly as much practice in all, recorded six times."""

WEEKS = Design()
"""The whole experiment: 20 sessions, each engaged and in passive viewing."""

EXPERIMENTS = 600
"""How many studies: shares near 0.05 then have a standard error below 0.01, and all below 0.021."""

STORIES = 100
"""How many of them are the whole experiment too."""

EARLY, LATE = (1, 2), (5, 6)
"""The sessions of `BATCH` whose redundancy the effect size compares."""

METHODS = MappingProxyType(
    {
        "fixed curves": hypotheses.trend,
        "mixed model": hypotheses.mixed_trend,
        "clustered": hypotheses.clustered_trend,
        "permutation": hypotheses.permutation_trend,
    }
)
"""The tests of a trend, by name."""

AVERAGED = ("total", "shuffled", "single", "correlation", "differential", "correct")
"""What the table of sessions keeps, averaged over the subjects and tasks of a study."""


def sessions(table: pd.DataFrame) -> pd.DataFrame:
    """Return what one study measures by session, averaged over its subjects and tasks.

    Parameters
    ----------
    table : DataFrame
        A study, from `neurocoord.experiment.run`, with one level of engagement.

    Returns
    -------
    DataFrame
        One row a session: ``session`` and the measures of `AVERAGED`.
    """
    return table.groupby("session")[list(AVERAGED)].mean().reset_index()


def tests(table: pd.DataFrame) -> dict[str, float]:
    """Return what every test finds in one study.

    Returns
    -------
    dict
        The p value of each test of `METHODS` for redundancy, by its name; ``boundary``, whether
        the mixed model ended at one; ``trend`` of redundancy, per session; ``correlation``, the
        trend of the mean noise correlation, and ``correlation_p`` (fixed curves); ``g``, ``g_low``
        and ``g_high``: Hedges' g of redundancy, late against early sessions, all curves pooled.
    """
    found = {name: test(table, "redundancy") for name, test in METHODS.items()}
    correlation = hypotheses.trend(table, "correlation")
    early, late = (table.loc[table["session"].isin(s), "redundancy"] for s in (EARLY, LATE))
    g = hypotheses.effect_size(early, late)
    return {name: result.p for name, result in found.items()} | {
        "boundary": float(found["mixed model"].boundary),
        "trend": found["fixed curves"].estimate,
        "correlation": correlation.estimate,
        "correlation_p": correlation.p,
        "g": g.estimate,
        "g_low": g.low,
        "g_high": g.high,
    }


def coordination(design: Design) -> pd.DataFrame:
    """Return redundancy and behaviour by session in one study of `WEEKS`, with exact values.

    Parameters
    ----------
    design : Design
        A study whose blocks are engaged (1) and passive (0).

    Returns
    -------
    DataFrame
        One row a session: ``session``, and for each theory (its table's name), ``..._engaged``
        and ``..._passive``, the redundancy fraction of the averages over subjects and tasks, and
        ``..._correct``, the share of right choices. The exact counterparts start with ``exact_``.
    """
    columns = {}
    for name, theory in THEORIES.items():
        table = run(design, theory, exact=True)
        for kind in ("", "exact_"):
            measures = [f"{kind}{measure}" for measure in ("total", "shuffled", "correct")]
            mean = table.groupby(["engagement", "session"])[measures].mean()
            fraction = 1 - mean[f"{kind}total"] / mean[f"{kind}shuffled"]
            columns |= {
                f"{kind}{TABLES[name]}_engaged": fraction[1.0],
                f"{kind}{TABLES[name]}_passive": fraction[0.0],
                f"{kind}{TABLES[name]}_correct": mean[f"{kind}correct"][1.0],
            }
    return pd.DataFrame(columns).reset_index()


def study(
    *, rng: np.random.Generator, experiment: int, story: bool = False
) -> dict[str, pd.DataFrame]:
    """Run one study under each theory, and once where nothing is learned.

    All worlds have the same subjects.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    experiment : int
        The number of the study, which becomes a column of the tables.
    story : bool
        Whether to run the whole experiment too (`coordination`).

    Returns
    -------
    dict of DataFrame
        ``inference`` and ``efficient``: what is measured by session under each theory.
        ``tests``: what every test found, one row a ``world``. ``story``, if asked for.
    """
    seed = int(rng.integers(2**62))
    design = dataclasses.replace(BATCH, seed=seed)
    measured = {name: run(design, theory) for name, theory in THEORIES.items()}
    tables = {TABLES[name]: sessions(table) for name, table in measured.items()}
    measured[NULL] = run(dataclasses.replace(design, rate=0.0), Inference())
    tables["tests"] = pd.DataFrame(
        {"world": name} | tests(table) for name, table in measured.items()
    )
    if story:
        tables["story"] = coordination(dataclasses.replace(WEEKS, seed=seed))
    for table in tables.values():
        table.insert(0, "experiment", experiment)
    return tables


CAMPAIGN = Campaign(
    name="learning",
    seed=5,
    function=study,
    jobs=[{"experiment": k, "story": k < STORIES} for k in range(EXPERIMENTS)],
    tables=("inference", "efficient", "tests", "story"),
)
"""The studies of chapter 5."""
