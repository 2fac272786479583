"""The claims of chapter 8 about many tests of one study."""

from functools import partial

from neurocoord_book.claims._registry import Evidence, Verdict, above, below
from neurocoord_book.claims.evidence import mean_of, share_of
from neurocoord_book.claims.wording import worded
from neurocoord_book.studies import forking as study
from neurocoord_book.studies import limits
from neurocoord_book.studies.sessions import LEVEL
from neurocoord_book.studies.signatures_runs import EXPERIMENTS, UNTAUGHT

NO, OPEN = Verdict.NOT_SUPPORTED, Verdict.UNDECIDED

_claim = partial(worded, "08-limits")

RARELY = ("rarely", "often", "perhaps rarely")
NULL = "nothing learned"


def _forks(name: str) -> Evidence:
    return share_of(limits.hits(NULL, "specifications", name))


def _curve(world: str, sign: int) -> Evidence:
    """Return the share of analyses of one study with a significant rise or fall."""
    table = study.specification_curves().query("world == @world")
    found = (table["p"] < LEVEL) & (table["estimate"] * sign > 0)
    return Evidence(float(found.mean()))


CLAIMS = (
    *(
        _claim(
            f"family-{short}",
            f"Of four tests at once, {said}, one or more rarely finds something from nothing.",
            f"share of {UNTAUGHT} experiments without learning with at least one mark significant",
            lambda method=method: share_of(study.families()[method]),
            below(0.1),
            RARELY,
            expected=expected,
            digits=2,
        )
        for short, method, said, expected in (
            ("uncorrected", "uncorrected", "uncorrected", NO),
            ("holm", "holm", "after Holm's correction", Verdict.SUPPORTED),
            ("bh", "fdr_bh", "after Benjamini and Hochberg's correction", Verdict.SUPPORTED),
        )
    ),
    _claim(
        "all-four-inference",
        "Studies under inference that measure all ten frames find all four marks.",
        f"share of {EXPERIMENTS} experiments under inference with all four marks",
        lambda: share_of(study.all_four("inference")),
        above(limits.POWER),
        ("find", "do not find", "may find"),
        expected=OPEN,
    ),
    _claim(
        "all-four-null",
        "Without learning all four marks are rarely found together.",
        f"share of {UNTAUGHT} experiments without learning with all four marks",
        lambda: share_of(study.all_four(study.NULL)),
        below(LEVEL),
        RARELY,
        digits=2,
    ),
    _claim(
        "either-story",
        "A one-sided test in the direction that the data happen to show errs more than its level.",
        f"share of {UNTAUGHT} experiments without learning, engaged trend, one-sided either way",
        lambda: share_of(study.either_story()),
        above(LEVEL),
        ("more", "no more", "perhaps more"),
    ),
    _claim(
        "forks-planned",
        "The analysis that was planned rarely finds something from nothing.",
        "share of 625 studies without learning with p < 0.05",
        lambda: _forks("planned"),
        below(0.1),
        RARELY,
        digits=2,
    ),
    _claim(
        "forks-any",
        "Of 96 analyses, one or more rarely finds something from nothing.",
        "share of 625 studies without learning with p < 0.05 in at least one analysis",
        lambda: _forks("any"),
        below(0.1),
        RARELY,
        expected=NO,
    ),
    _claim(
        "forks-most",
        "More than half of 96 analyses rarely find something from nothing.",
        "share of 625 studies without learning with p < 0.05 in more than half of the analyses",
        lambda: _forks("most"),
        below(0.1),
        RARELY,
        digits=2,
    ),
    _claim(
        "forks-share",
        "An analysis taken at random from the 96 rarely finds something from nothing.",
        "mean share of significant analyses over 625 studies without learning",
        lambda: mean_of(limits.means(NULL, "specifications", "share")),
        below(0.1),
        RARELY,
        digits=2,
    ),
    _claim(
        "curve-inference",
        "In one study under inference nearly every analysis finds a rise.",
        "share of 96 analyses with a significant rise",
        lambda: _curve("inference", 1),
        above(0.9),
        ("nearly every", "not nearly every", "perhaps nearly every"),
    ),
    _claim(
        "curve-efficient",
        "In one study under efficient coding nearly every analysis finds a fall.",
        "share of 96 analyses with a significant fall",
        lambda: _curve("efficient coding", -1),
        above(0.9),
        ("nearly every", "not nearly every", "perhaps nearly every"),
        expected=NO,
        digits=2,
    ),
    _claim(
        "curve-null",
        "In one study without learning few analyses find something.",
        "share of 96 analyses with a significant trend, either way",
        lambda: Evidence(_curve(NULL, 1).value + _curve(NULL, -1).value),
        below(0.1),
        ("few", "not few", "perhaps few"),
        digits=2,
    ),
)
"""The claims, in the order of the chapter."""
