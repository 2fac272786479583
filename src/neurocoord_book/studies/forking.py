"""What chapter 8 computes about many tests of one study."""

import dataclasses

import numpy as np
import pandas as pd
from scipy import stats

from neurocoord.experiment import Design
from neurocoord.theories import EfficientCoding, Inference, Theory
from neurocoord_book.studies import signatures
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.forking_runs import all_analyses
from neurocoord_book.studies.sessions import LEVEL

DESIGN = Design(subjects=1, tasks=("cardinal",), engagement=(1.0,), loss=0.0, gain=0.0)
"""The sessions of one learning curve."""

NULL = "nothing learned"


@study
def specification_curves(*, seed: int = 82) -> pd.DataFrame:
    """Return one study under each theory and one without learning, analysed in all ways.

    Returns
    -------
    DataFrame
        world, the choices of `forking_runs.Specification`, estimate, p, and order: the place of the
        specification when those of its world are sorted from a sure fall to a sure rise.
    """
    worlds: tuple[tuple[str, Theory, Design], ...] = (
        ("inference", Inference(), DESIGN),
        ("efficient coding", EfficientCoding(), DESIGN),
        (NULL, Inference(), dataclasses.replace(DESIGN, rate=0.0)),
    )
    tables = []
    for name, theory, design in worlds:
        table = all_analyses(theory, design, np.random.default_rng(seed)).assign(world=name)
        surety = -np.sign(table["estimate"]) * np.log10(table["p"])
        table["surety"] = surety
        table["order"] = surety.rank(method="first").astype(int)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


MARKS = ("interaction_p", "held_out_p", "weak_p", "switch_p")
"""The p values of the four marks in the table of chapter 6."""


@study
def families() -> pd.DataFrame:
    """Return in which experiments at least one of the four marks is significant.

    Returns
    -------
    DataFrame
        One row an experiment without learning: ``uncorrected``, ``holm`` and ``fdr_bh`` (Benjamini
        and Hochberg), True where one mark or more is significant.
    """
    p = signatures.tests().query("theory == @NULL")[list(MARKS)].to_numpy()
    return pd.DataFrame(
        {
            "uncorrected": (p < LEVEL).any(axis=1),
            # Holm rejects something if and only if its first step does, which is Bonferroni's.
            "holm": (p < LEVEL / p.shape[1]).any(axis=1),
            "fdr_bh": (stats.false_discovery_control(p, axis=1) < LEVEL).any(axis=1),
        }
    )


def all_four(theory: str, level: float = LEVEL) -> pd.Series:
    """Return in which experiments under a theory all four marks are found at a level."""
    table = signatures.tests()
    marks = [
        signatures.found(table, theory, name, level)
        for name in ("active", "held_out", "weak", "switch")
    ]
    return pd.concat(marks, axis=1).all(axis=1)


def either_story(theory: str = NULL) -> pd.Series:
    """Return where a one-sided test of the engaged trend finds what it saw.

    In the direction in which the estimate happens to point, at 5%: two one-sided tests, of a rise
    as inference predicts it and of a fall as efficient coding does.
    """
    table = signatures.tests()
    return table.loc[table["theory"] == theory, "engaged_p"] < 2 * LEVEL
