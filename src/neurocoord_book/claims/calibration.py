"""The table of calibration: how often each test of the book errs, and how often it finds.

A row names a test, where it stands, and two pieces of evidence: its type I error, the share of
studies in which it finds something where there is nothing, and its power, the share in which it
finds what there is. `ROWS` is the table of chapter 8; another chapter joins by a line of its own.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd

from neurocoord_book.claims._registry import Evidence, evaluate, find
from neurocoord_book.claims.evidence import share_of
from neurocoord_book.studies import learning, limits, signatures
from neurocoord_book.studies.sessions import LEVEL
from neurocoord_book.tables import HTML, to_html

Source = str | Callable[[], Evidence] | None
"""The name of a claim, something that computes evidence, or None where there is nothing to say."""


class Row(NamedTuple):
    """One test: its name, the chapter, its type I error and its power."""

    test: str
    where: str
    level: Source
    power: Source


def _stored(*key: str, kind: limits.Kind = "rises") -> Callable[[], Evidence]:
    return lambda: share_of(limits.hits(*key, kind))


def _found(signature: str) -> Callable[[], Evidence]:
    return lambda: share_of(signatures.found(signatures.tests(), "inference", signature))


def _correlation_errs() -> Evidence:
    """Return how often the mean correlation has a trend where nothing is learned (chapter 5)."""
    table = learning.tests()
    return share_of(table.loc[table["world"] == learning.NULL, "correlation_p"] < LEVEL)


def _effect_found() -> Evidence:
    """Return how often the interval of Hedges' g lies above 0 under inference (chapter 5)."""
    table = learning.tests()
    return share_of(table.loc[table["world"] == "inference", "g_low"] > 0)


def _first_mark_errs() -> Evidence:
    return share_of(signatures.found(signatures.tests(), signatures.NULL, "active"))


ROWS = (
    Row("trend, fixed curves", "5", "level-fixed", "power-fixed"),
    Row("trend, mixed model", "5", "level-mixed", "power-mixed"),
    Row("trend, clustered by curve", "5", "level-clustered", "power-clustered"),
    Row("trend, permutation", "5", "level-permutation", "power-permutation"),
    Row("trend, fixed curves, 20 sessions", "5", "level-twenty", "power-twenty"),
    Row("effect size, interval without 0", "5", "level-effect-size", _effect_found),
    Row("trend of the mean correlation", "5", _correlation_errs, "power-correlation"),
    Row("interaction with engagement", "6", "level-interaction", _found("interaction")),
    Row("equivalence to no trend", "6", "level-equivalence", "passive-flat-inference"),
    Row(
        "first mark: interaction and equivalence",
        "6",
        _first_mark_errs,
        "only-when-active-inference",
    ),
    Row("relevance, across curves", "6", "level-relevance", "relevant-neurons-most-inference"),
    Row("relevance, same trials", "6", "double-dipping-null", _found("dipped")),
    Row("trend over frames, weak", "6", "level-decision", "strongest-at-decision-inference"),
    Row(
        "trend over frames, strong",
        "6",
        "level-decision-strong",
        "decision-turns-strong-test",
    ),
    Row("switching tasks, Welch", "6", "level-switching", "not-permanent-inference"),
    Row(
        "over sessions, these two animals",
        "8",
        _stored("none", "subjects 2", "over sessions", kind="either"),
        "power-sessions-two",
    ),
    Row("over sessions, for the species", "8", "level-species-sessions", None),
    Row(
        "significant in each, these two animals",
        "8",
        _stored("a share", "none", "each subject"),
        _stored("a share", "both", "each subject"),
    ),
    Row("significant in each, for most animals", "8", "error-most-each", None),
    Row("across two subjects", "8", "level-species-across", "power-across-2"),
    Row("across eight subjects", "8", "level-species-across-eight", "power-across-8"),
    Row(
        "mixed model of two subjects",
        "8",
        "level-species-mixed",
        _stored("all", "subjects 2", "mixed model"),
    ),
    Row(
        "effect size above zero, two animals",
        "8",
        _stored("none", "subjects 2", "effect size", kind="either"),
        _stored("all", "subjects 2", "effect size"),
    ),
    Row("trend of naive estimates, longer sessions", "8", "naive-trend-from-nothing", None),
    Row("trend, corrected, longer sessions", "8", "corrected-trend-from-nothing", None),
    Row("trend of naive estimates, equal trials", "8", "equal-trials-help", None),
    Row("neurons recorded throughout, drift", "8", "drift-same-redundancy", None),
    Row("any of four marks, uncorrected", "8", "family-uncorrected", None),
    Row("any of four marks, Holm", "8", "family-holm", None),
    Row("any of four marks, Benjamini and Hochberg", "8", "family-bh", None),
    Row("all four marks (none there)", "8", "all-four-null", "all-four-inference"),
    Row("one-sided in the direction seen", "8", "either-story", None),
    Row("the planned analysis", "8", "forks-planned", None),
    Row("the best of 96 analyses", "8", "forks-any", None),
    Row("more than half of 96 analyses", "8", "forks-most", None),
    Row(
        "trend, gaze grows when engaged",
        "8",
        "gaze-mimics",
        _stored("inference", "as recorded", "redundancy"),
    ),
    Row(
        "interaction, gaze grows when engaged",
        "8",
        "gaze-mimics-interaction",
        _stored("inference", "as recorded", "interaction"),
    ),
    Row("interaction, gaze in both blocks", "8", "gaze-in-both", None),
    Row("trend with gaze taken out", "8", "gaze-taken-out", "inference-without-gaze"),
    Row("trend with the mean taken out", "8", "arousal-taken-out", "inference-without-mean"),
)
"""The rows of the table."""


def evidence_of(source: Source) -> Evidence | None:
    """Return the evidence that a source names or computes."""
    if source is None:
        return None
    if isinstance(source, str):
        return evaluate(find(source)).evidence
    return source()


def cell(evidence: Evidence | None) -> str:
    """Return a rate with its interval, or a dash."""
    if evidence is None:
        return "\N{EN DASH}"
    return f"{evidence.value:.2f} ({evidence.low:.2f} to {evidence.high:.2f})"


def calibration(rows: Sequence[Row] = ROWS) -> pd.DataFrame:
    """Return the table of calibration, a row a test.

    Parameters
    ----------
    rows : sequence of Row
        The tests.

    Returns
    -------
    DataFrame of str
        Chapter, type I error and power, each with its 95% interval.
    """
    return pd.DataFrame(
        {
            "Chapter": [row.where for row in rows],
            "Type I error": [cell(evidence_of(row.level)) for row in rows],
            "Power": [cell(evidence_of(row.power)) for row in rows],
        },
        index=pd.Index([row.test for row in rows], name="Test"),
    )


def calibration_table(rows: Sequence[Row] = ROWS) -> HTML:
    """Return `calibration` as HTML."""
    return to_html(
        calibration(rows),
        "Share of simulated studies of chapters 5, 6 and 8 in which each test finds something "
        "where there is nothing (type I error), and where there is (power), with 95% intervals.",
    )
