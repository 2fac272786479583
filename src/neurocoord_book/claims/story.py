"""The claims of the front page: how far redundancy moves under each theory."""

from functools import partial

import numpy as np

from neurocoord._checks import Array
from neurocoord_book.claims._registry import Evidence, above, below, between
from neurocoord_book.claims.evidence import mean_of
from neurocoord_book.claims.wording import FALLS, RISES, worded
from neurocoord_book.studies.learning_runs import STORIES, THEORIES
from neurocoord_book.studies.story import story

CHAPTER = "index"

INFERENCE, EFFICIENT = THEORIES

FIRST, LAST = 0, -1


def _fractions(theory: str, column: str = "exact_fraction") -> Array:
    """Return redundancy fractions while engaged, (studies, sessions)."""
    rows = story().query("theory == @theory and engagement == 'engaged'")
    return rows.pivot(index="experiment", columns="session", values=column).to_numpy()


def _change(theory: str, start: int = FIRST, end: int = LAST) -> Array:
    """Return by how much the exact fraction of each study changes from session to session."""
    exact = _fractions(theory)
    return exact[:, end] - exact[:, start]


def _top() -> int:
    """Return the session in which efficient coding is most redundant, by every other study."""
    return int(_fractions(EFFICIENT)[::2].mean(axis=0).argmax())


def _rise_to_the_top() -> Evidence:
    """Return the rise to that session, in the studies that did not name it."""
    return mean_of(_change(EFFICIENT, end=_top())[1::2])


def _fall_over_rise() -> Evidence:
    """Return the whole fall under efficient coding over the mean rise under inference."""
    return mean_of(-_change(EFFICIENT) / _change(INFERENCE).mean())


def _fall_over_band() -> Evidence:
    """Return that fall over the width of the band that a session measures, mean of sessions."""
    low, high = np.quantile(_fractions(EFFICIENT, "fraction"), [0.025, 0.975], axis=0)
    return mean_of(-_change(EFFICIENT) / (high - low).mean())


_claim = partial(worded, CHAPTER, digits=2)

EXACT = f"exact redundancy fraction while engaged, mean of {STORIES} simulated studies"

CLAIMS = (
    _claim(
        "front-inference-first",
        "Under inference, little of what neurons tell is repetition before learning.",
        f"{EXACT}, first session",
        lambda: mean_of(_fractions(INFERENCE)[:, FIRST]),
        below(0.1),
        ("little", "much", "perhaps little"),
    ),
    _claim(
        "front-inference-last",
        "Under inference, more than half of what neurons tell one by one is repetition in the end.",
        f"{EXACT}, last session",
        lambda: mean_of(_fractions(INFERENCE)[:, LAST]),
        above(0.5),
        ("more than half", "less than half", "about half"),
    ),
    _claim(
        "front-efficient-first",
        "Under efficient coding, little of what neurons tell is repetition before learning.",
        f"{EXACT}, first session",
        lambda: mean_of(_fractions(EFFICIENT)[:, FIRST]),
        between(0, 0.1),
        ("little", "not little", "perhaps little"),
    ),
    _claim(
        "front-efficient-rises-first",
        "Under efficient coding, the redundancy fraction first rises.",
        f"{EXACT}, session of the largest less first",
        _rise_to_the_top,
        above(0),
        RISES,
    ),
    _claim(
        "front-efficient-falls-then",
        "Under efficient coding, the redundancy fraction falls after its rise.",
        f"{EXACT}, session of the largest less last",
        lambda: mean_of(-_change(EFFICIENT, start=_top())),
        above(0),
        FALLS,
    ),
    _claim(
        "front-efficient-last",
        "Under efficient coding, the redundancy fraction stays positive.",
        f"{EXACT}, last session",
        lambda: mean_of(_fractions(EFFICIENT)[:, LAST]),
        above(0),
        ("stays positive", "does not stay positive", "may stay positive"),
    ),
    _claim(
        "front-fall-small",
        "The fall under efficient coding is small against the rise under inference.",
        "change from the first session to the last, efficient coding over inference",
        _fall_over_rise,
        between(0, 0.2),
        ("small", "not small", "perhaps small"),
    ),
    _claim(
        "front-fall-hidden",
        "The fall under efficient coding is smaller than the spread of one session's measurements.",
        "change from the first session to the last, over the width of the central 95% of studies",
        _fall_over_band,
        between(0, 1),
        ("smaller", "larger", "perhaps smaller"),
    ),
)
"""The claims, in the order of the page."""
