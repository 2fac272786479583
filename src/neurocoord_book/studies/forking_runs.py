"""Many defensible analyses of one study: the specification curve of chapter 8."""

import itertools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from neurocoord._checks import Array
from neurocoord.experiment import Design
from neurocoord.hypotheses import (
    TestResult,
    clustered_trend,
    mixed_trend,
    permutation_trend,
    trend,
)
from neurocoord.information import InformationEstimate
from neurocoord.theories import Inference, Theory
from neurocoord.world import CARDINAL
from neurocoord_book.studies.sessions import LEVEL, Key, as_curves, estimate, learned, record

CURVES = 4
"""Learning curves of a study: as many as two subjects give who learn two tasks."""

EDGE = 5
"""Sessions at each end that count as early and late."""

RESAMPLES = 499
"""Orders of sessions that the permutation test tries."""


def _permutation(table: pd.DataFrame, measure: str) -> TestResult:
    return permutation_trend(table, measure, resamples=RESAMPLES)


def _ratio(found: InformationEstimate) -> float:
    return found.shuffled / found.total if found.total > 0 else np.nan


MEASURES: Mapping[str, Callable[[InformationEstimate], float]] = MappingProxyType(
    {
        "redundancy": lambda found: found.redundancy,
        "fraction": lambda found: found.redundancy_fraction,
        "ratio": _ratio,
    }
)
"""Three ways to say how much neurons share, from the same estimates; NaN where not defined."""

TESTS: Mapping[str, Callable[[pd.DataFrame, str], TestResult]] = MappingProxyType(
    {
        "fixed curves": trend,
        "clustered": clustered_trend,
        "permutation": _permutation,
        "mixed model": mixed_trend,
    }
)
"""Four tests of a trend."""


class Specification(NamedTuple):
    """One way to analyse a study.

    Attributes
    ----------
    measure, test : str
        Of `MEASURES` and `TESTS`.
    noise : str
        Whether Sigma comes from the "zero"-signal trials or from the "signal" trials.
    sessions : str
        "all", or only the "early and late".
    first : str
        Whether the first session, before any practice, is "in" or "out".
    """

    measure: str
    noise: str
    sessions: str
    first: str
    test: str


SPECIFICATIONS = tuple(
    itertools.starmap(
        Specification,
        itertools.product(
            MEASURES, ("zero", "signal"), ("all", "early and late"), ("in", "out"), TESTS
        ),
    )
)
"""All combinations."""

PLANNED = Specification("redundancy", "zero", "all", "in", "fixed curves")
"""The one that chapter 5 planned."""


def values(
    theory: Theory, design: Design, rng: np.random.Generator
) -> dict[tuple[str, str], Array]:
    """Simulate one study and return each measure by noise: (curves, sessions).

    Each learning curve has a population of its own.
    """
    found = {key: [] for key in itertools.product(MEASURES, ("zero", "signal"))}
    for _ in range(CURVES):
        world = design.draw_world(rng)
        tracked = rng.choice(world.size, design.tracked, replace=False)
        rows = {key: [] for key in found}
        for w_hat in learned(design, world, CARDINAL, rng):
            drawn = record(theory, world, CARDINAL, w_hat, tracked, design, rng, scatter="all")
            for noise in ("zero", "signal"):
                information = estimate(drawn, design, noise)
                for name, measure in MEASURES.items():
                    rows[name, noise].append(measure(information))
        for key, row in rows.items():
            found[key].append(row)
    return {key: np.array(rows) for key, rows in found.items()}


def curves_of(specification: Specification, measured: Mapping[tuple[str, str], Array]) -> Array:
    """Return the sessions that a specification takes, (chosen,), counted from 1.

    Sessions in which the measure of a curve is not defined are left out for all curves.
    """
    table = measured[specification.measure, specification.noise]
    number = np.arange(1, table.shape[1] + 1)
    chosen = np.isfinite(table).all(axis=0)
    if specification.sessions == "early and late":
        chosen &= (number <= EDGE) | (number > len(number) - EDGE)
    if specification.first == "out":
        chosen &= number > 1
    return number[chosen]


def analyse(specification: Specification, measured: Mapping[tuple[str, str], Array]) -> TestResult:
    """Analyse a study by one specification."""
    sessions = curves_of(specification, measured)
    table = measured[specification.measure, specification.noise][:, sessions - 1]
    return TESTS[specification.test](as_curves(table, sessions), "value")


def all_analyses(theory: Theory, design: Design, rng: np.random.Generator) -> pd.DataFrame:
    """Simulate one study and analyse it in all ways.

    Returns
    -------
    DataFrame
        One row a specification: its choices, ``estimate`` and ``p``.
    """
    measured = values(theory, design, rng)
    rows = []
    for specification in SPECIFICATIONS:
        found = analyse(specification, measured)
        rows.append(specification._asdict() | {"estimate": found.estimate, "p": found.p})
    return pd.DataFrame(rows)


def without_learning(design: Design, rng: np.random.Generator) -> dict[Key, TestResult]:
    """Analyse one study without learning in all ways, and say how many find something.

    Returns
    -------
    dict
        ``any``, ``most`` and ``planned``: whether any specification, more than half of them, or the
        planned one is significant; ``share``: which part of them is.
    """
    table = all_analyses(Inference(), design, rng)
    significant = table["p"] < LEVEL
    share = float(significant.mean())
    answers = {
        "any": bool(significant.any()),
        "most": share > 0.5,
        "planned": bool(significant[SPECIFICATIONS.index(PLANNED)]),
    }
    found = {
        ("nothing learned", "specifications", name): TestResult(
            name, float(answer), np.nan, np.nan, 0.0 if answer else 1.0
        )
        for name, answer in answers.items()
    }
    found["nothing learned", "specifications", "share"] = TestResult(
        "share", share, np.nan, np.nan, 1.0
    )
    return found
