"""The claims of chapter 8 about trials and tracking."""

from functools import partial

from neurocoord_book.claims._registry import Evidence, Verdict, above, below, between
from neurocoord_book.claims.evidence import mean_of, share_of
from neurocoord_book.claims.wording import AGREES, worded
from neurocoord_book.studies import apparatus as study
from neurocoord_book.studies import limits
from neurocoord_book.studies.sessions import LEVEL

NO = Verdict.NOT_SUPPORTED

_claim = partial(worded, "08-limits")

STUDIES = "share of 625 studies"
ALMOST = ("in nearly all", "not in nearly all", "perhaps in nearly all")
RARELY = ("rarely", "often", "perhaps rarely")
HELPS = ("helps", "does not help", "may help")


def _share(world: str, setting: str, test: str, kind: limits.Kind = "rises") -> Evidence:
    return share_of(limits.hits(world, setting, test, kind))


def _growth() -> Evidence:
    """Return the exact growth of naive redundancy from the shortest to the longest session."""
    table = study.longer_sessions().query("estimator == 'naive'")
    wide = table.pivot_table(index="curve", columns="session", values="exact")
    return mean_of(wide.iloc[:, -1] - wide.iloc[:, 0])


def _by_formula() -> Evidence:
    """Return the measured trend of naive redundancy over its exact mean, by job."""
    measured = limits.means("nothing learned", "growing trials", "naive")
    return mean_of(measured / study.naive_trends().mean())


def _part_error() -> Evidence:
    """Return the error of the redundancy of a part, over its mean exact value."""
    error = limits.means("sub-population", "trials 40", "error")
    exact = limits.means("sub-population", "trials 40", "exact")
    return mean_of(error / exact.mean())


def _attenuated(share: float) -> Evidence:
    """Return the boost over relevance with wrong names, over that with none, by job."""
    whole = limits.means("inference", "wrong names", "0").mean()
    return mean_of(limits.means("inference", "wrong names", f"{share:g}") / whole)


def _by_attenuation(share: float) -> Evidence:
    """Return the ratio of `_attenuated` to the formula."""
    found, expected = _attenuated(share), study.attenuated(share)
    return Evidence(found.value / expected, found.low / expected, found.high / expected)


CLAIMS = (
    _claim(
        "naive-grows-with-trials",
        "With longer sessions naive redundancy grows where nothing is learned.",
        "exact mean of naive redundancy, last session less first, four curves",
        _growth,
        above(0),
        ("grows", "does not grow", "may grow"),
    ),
    _claim(
        "naive-trend-from-nothing",
        "With longer sessions the naive estimator finds a rise where nothing is learned.",
        f"{STUDIES} without learning with a significant rise of naive redundancy",
        lambda: _share("nothing learned", "growing trials", "naive"),
        above(0.95),
        ALMOST,
    ),
    _claim(
        "naive-trend-by-formula",
        "The naive estimate follows the formula.",
        "trend of naive redundancy, 625 studies over the exact mean of 100 curves",
        _by_formula,
        between(0.9, 1.1),
        AGREES,
    ),
    _claim(
        "corrected-trend-from-nothing",
        "With longer sessions the corrected estimator rarely finds a trend where there is none.",
        f"{STUDIES} without learning with a significant trend of corrected redundancy",
        lambda: _share("nothing learned", "growing trials", "corrected", "either"),
        below(0.1),
        RARELY,
        digits=2,
    ),
    _claim(
        "corrected-above-level",
        "With longer sessions the corrected estimator errs more often than its level of 5%.",
        f"{STUDIES} without learning with a significant trend of corrected redundancy",
        lambda: _share("nothing learned", "growing trials", "corrected", "either"),
        above(LEVEL),
        ("a little too often", "no more than it may", "perhaps a little too often"),
        digits=2,
    ),
    _claim(
        "corrected-rise-from-nothing",
        "With longer sessions the corrected estimator rarely finds a rise where there is none.",
        f"{STUDIES} without learning with a significant rise of corrected redundancy",
        lambda: _share("nothing learned", "growing trials", "corrected"),
        below(LEVEL),
        RARELY,
        digits=2,
    ),
    _claim(
        "equal-trials-help",
        "With equally many trials even the naive estimator rarely finds a trend.",
        f"{STUDIES} with a significant trend of naive redundancy, first 70 trials of each session",
        lambda: _share("nothing learned", "growing trials", "naive, equal trials", "either"),
        below(0.1),
        RARELY,
        digits=2,
    ),
    _claim(
        "error-explodes",
        "The error of total information explodes as trials come down to the number of neurons.",
        "exact error of the total of 50 neurons, 56 trials of each signal over 400",
        lambda: Evidence(study.growth_of_error(56, 400)),
        above(3),
        ("explodes", "hardly grows", "may explode"),
    ),
    _claim(
        "part-is-unbiased",
        "A part of the neurons can be measured without bias where all cannot be measured.",
        "error of the redundancy of 20 neurons from 40 trials of each signal, over the exact value",
        _part_error,
        between(-0.1, 0.1),
        ("without bias", "with bias", "perhaps without bias"),
        digits=2,
    ),
    _claim(
        "part-is-less-than-its-share",
        "Two fifths of the neurons hold less than two fifths of the redundancy.",
        "exact redundancy of 20 neurons over that of 50, skilled, 40 populations",
        lambda: mean_of(study.shares_of_redundancy()["redundancy"]),
        below(0.4),
        ("less", "no less", "perhaps less"),
    ),
    _claim(
        "part-has-a-smaller-fraction",
        "The redundancy fraction of a part is smaller than that of the whole.",
        "exact redundancy fraction of 20 neurons over that of 50, skilled, 40 populations",
        lambda: mean_of(study.shares_of_redundancy()["fraction"]),
        below(1),
        ("smaller", "not smaller", "perhaps smaller"),
    ),
    *(
        _claim(
            f"names-attenuate-{word}",
            f"With {said} of the names wrong, the boost depends less on relevance.",
            "boost over relevance under inference, over that with all names right",
            lambda share=share: _attenuated(share),
            below(1),
            ("shrinks", "does not shrink", "may shrink"),
        )
        for word, said, share in (("a-quarter", "a quarter", 0.25), ("half", "half", 0.5))
    ),
    *(
        _claim(
            f"names-formula-{word}",
            f"With {said} of the names wrong, what is left of the boost follows the formula.",
            "what is left, simulated over formula",
            lambda share=share: _by_attenuation(share),
            between(0.8, 1.2),
            AGREES,
        )
        for word, said, share in (("a-quarter", "a quarter", 0.25), ("half", "half", 0.5))
    ),
    *(
        _claim(
            f"names-power-{word}",
            f"With {said} wrong names, studies find that the boost grows with relevance.",
            f"{STUDIES} under inference with p < 0.05",
            lambda share=share: _share("inference", "wrong names", f"{share:g}"),
            above(limits.POWER),
            ("find", "do not find", "may find"),
            expected=NO,
        )
        for word, said, share in (("none", "no", 0.0), ("half", "half", 0.5))
    ),
    *(
        _claim(
            f"drift-{measure}",
            f"With a drifting array {said} rises where nothing is learned.",
            f"{STUDIES} of a skilled subject with a significant rise",
            lambda measure=measure: _share("drifting array", "all recorded", measure),
            above(limits.POWER),
            ("rises", "does not rise", "may rise"),
        )
        for measure, said in (
            ("redundancy", "redundancy"),
            ("single", "what single neurons tell"),
        )
    ),
    _claim(
        "drift-interaction",
        "The interaction with engagement protects from a drifting array.",
        f"{STUDIES} of a skilled subject with a significant interaction",
        lambda: _share("drifting array", "all recorded", "interaction", "either"),
        below(0.1),
        HELPS,
        expected=NO,
    ),
    *(
        _claim(
            f"drift-same-{measure}",
            f"In the neurons recorded throughout, a drifting array gives {said} no trend.",
            f"{STUDIES} with a significant trend of {said}, neurons recorded throughout",
            lambda measure=measure: _share("drifting array", "same neurons", measure, "either"),
            below(0.1),
            HELPS,
            digits=2,
        )
        for measure, said in (
            ("redundancy", "redundancy"),
            ("single", "what single neurons tell"),
        )
    ),
)
"""The claims, in the order of the chapter."""
