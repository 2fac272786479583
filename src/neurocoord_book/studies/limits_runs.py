"""What chapter 8 simulates besides species: apparatus, forking paths, confounds.

``python -m neurocoord_book results limits`` runs 625 studies of each kind and stores what the tests
find; `neurocoord_book.studies.limits` reads the table.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from neurocoord.campaigns import Campaign
from neurocoord.hypotheses import TestResult
from neurocoord_book.studies.apparatus_runs import (
    DESIGN,
    drifting,
    growing,
    too_few,
    wrong_names,
)
from neurocoord_book.studies.confound_runs import growing_confounds
from neurocoord_book.studies.forking_runs import without_learning
from neurocoord_book.studies.sessions import Key, tally


def _forking(rng: np.random.Generator) -> dict[Key, TestResult]:
    return without_learning(DESIGN, rng)


KINDS: Mapping[str, Callable[[np.random.Generator], dict[Key, TestResult]]] = {
    "forking": _forking,
    "confounds": growing_confounds,
    "trials": growing,
    "names": wrong_names,
    "drift": drifting,
    "few": too_few,
}
"""The kinds of studies, the longest first."""


def job(*, rng: np.random.Generator, kind: str, studies: int) -> dict[str, pd.DataFrame]:
    """Run some studies of one kind.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    kind : str
        Of `KINDS`.
    studies : int
        How many.

    Returns
    -------
    dict of DataFrame
        ``found``: as `neurocoord_book.studies.sessions.tally`.
    """
    return {"found": tally([KINDS[kind](rng) for _ in range(studies)])}


BATCHES, BATCH = 25, 25
"""Jobs of each kind, and studies in each: 625, so that no rate has a larger standard error than
0.02."""

CAMPAIGN = Campaign(
    name="limits",
    seed=2028,
    function=job,
    jobs=[{"kind": kind, "studies": BATCH} for kind in KINDS for _ in range(BATCHES)],
    tables=("found",),
)
"""The studies of chapter 8."""
