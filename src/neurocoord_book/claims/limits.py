"""The claims of chapter 8, *Limits of the evidence*: species, power, equivalence."""

import math
from functools import partial

from neurocoord_book.claims import _limits_apparatus, _limits_confounds, _limits_forking
from neurocoord_book.claims._limits_confounds import confound_table
from neurocoord_book.claims._registry import Claim, Evidence, Verdict, above, below
from neurocoord_book.claims.evidence import share_of, with_error
from neurocoord_book.claims.wording import HOLDS, worded
from neurocoord_book.power import share_bound, subjects_needed
from neurocoord_book.studies import limits as study
from neurocoord_book.studies.power_runs import REFERENCE

__all__ = ["CLAIMS", "confound_table"]

CHAPTER = "08-limits"

NO, OPEN = Verdict.NOT_SUPPORTED, Verdict.UNDECIDED

_claim = partial(worded, CHAPTER)

STUDIES = "share of 625 studies"
ENOUGH = ("enough", "not enough", "perhaps enough")
SMALL = ("small", "not small", "perhaps small")


def _share(world: str, setting: str, test: str, kind: study.Kind = "rises") -> Evidence:
    return share_of(study.hits(world, setting, test, kind))


def _most(test: str, share: float) -> Evidence:
    """Return how often two animals pass, in a species in which a share has the effect."""
    return with_error(study.two_subjects(test, share), study.two_subjects_error(test, share))


def _gain(axis: str, few: int, many: int) -> Evidence:
    """Return the gain in power of the test across subjects, with the error of a difference."""
    table = study.power_curves().set_index(["axis", "test", "level"])
    low, high = (table.loc[(axis, "across subjects", level)] for level in (few, many))
    return with_error(high["share"] - low["share"], math.hypot(low["error"], high["error"]))


def _power_ratio(axis: str, few: int, many: int) -> Evidence:
    """Return the ratio of two powers across subjects, with the normal interval of its logarithm.

    The studies share their subjects, so that the interval errs to the wide side.
    """
    table = study.power_curves().set_index(["axis", "test", "level"])
    low, high = (table.loc[(axis, "across subjects", level)] for level in (few, many))
    ratio = high["share"] / low["share"]
    error = math.hypot(low["error"] / low["share"], high["error"] / high["share"])
    logarithm = with_error(math.log(ratio), error)
    return Evidence(ratio, math.exp(logarithm.low), math.exp(logarithm.high))


def _missed(kind: str, subjects: int, sessions: int) -> Evidence:
    return Evidence(*study.found_by_most(study.in_units(kind, subjects, sessions)))


def _animals(name: str, share: float, words: str) -> Claim:
    return _claim(
        f"animals-for-{name}",
        f"To claim that {words} animals have an effect takes more than two.",
        "animals, all with the effect, that put the 95% bound above the share",
        lambda: Evidence(float(subjects_needed(share))),
        above(2),
        ("more than two", "two or fewer", "perhaps two"),
        digits=1,
    )


def _species_level(
    name: str, test: str, subjects: int, expected: Verdict = Verdict.SUPPORTED
) -> Claim:
    return _claim(
        f"level-species-{name}",
        f"The test '{test}' of {subjects} subjects rarely finds a trend of a species with none.",
        f"{STUDIES} with p < 0.05 where as many animals fall as rise",
        lambda: _share("as many fall", f"subjects {subjects}", test, "either"),
        below(0.1),
        HOLDS,
        expected=expected,
        digits=2,
    )


def _gained(axis: str, few: int, many: int, expected: Verdict, words: str) -> Claim:
    return _claim(
        f"power-gain-{axis}",
        f"{words} raises the power of the test across subjects.",
        f"power with {many} less power with {few} {axis}; {REFERENCE} subjects unless they vary",
        lambda: _gain(axis, few, many),
        above(0.1),
        ("clearly help", "hardly help", "may help"),
        expected=expected,
        digits=2,
    )


TWO_ANIMALS = (
    _claim(
        "one-area-one-task-two-animals",
        "An effect in two animals of two shows that most animals of the species have it.",
        "share of the species with the effect, one-sided 95% lower bound",
        lambda: Evidence(share_bound(2, 2)),
        above(0.5),
        ("shows", "does not show", "may show"),
        expected=NO,
    ),
    _animals("most", 0.5, "most"),
    _animals("four-fifths", 0.8, "four fifths of all"),
    _animals("nine-tenths", 0.9, "nine tenths of all"),
    _claim(
        "sessions-find-carriers",
        "A test over sessions finds the effect in two animals that have it.",
        f"{STUDIES} of two animals with the effect, p < 0.05",
        lambda: _share("a share", "both", "over sessions"),
        above(0.95),
        ("nearly always", "not nearly always", "perhaps nearly always"),
    ),
    _claim(
        "error-most-sessions",
        "Read as a claim about most animals, the test over sessions rarely errs.",
        "share of studies of two animals with p < 0.05 in a species of which half have the effect",
        lambda: _most("over sessions", 0.5),
        below(0.1),
        ("rarely", "often", "perhaps rarely"),
        expected=NO,
    ),
    _claim(
        "error-most-each",
        "Read as a claim about most animals, two significant animals of two rarely err.",
        "share of studies with p < 0.05 in each animal in a species of which half have the effect",
        lambda: _most("each subject", 0.5),
        below(0.1),
        ("rarely", "often", "perhaps rarely"),
        expected=NO,
    ),
    _claim(
        "error-fifth-sessions",
        "The test over sessions rarely finds an effect that one animal in five has.",
        "share of studies of two animals with p < 0.05, in a species of which a fifth has it",
        lambda: _most("over sessions", 0.2),
        below(0.1),
        ("rarely", "often", "perhaps rarely"),
        expected=NO,
    ),
    _species_level("sessions", "over sessions", 2, NO),
    _species_level("across", "across subjects", 2),
    _species_level("across-eight", "across subjects", 8),
    _species_level("mixed", "mixed model", 2, NO),
    _claim(
        "mixed-boundary-two",
        "With two subjects the mixed model usually ends at a boundary.",
        f"{STUDIES} of two subjects with a variance at the boundary, or no proper fit",
        lambda: _share("as many fall", "subjects 2", "boundary"),
        above(0.5),
        ("usually", "not usually", "perhaps usually"),
    ),
    *(
        _claim(
            f"power-across-{subjects}",
            f"{word} subjects are enough for a test across subjects.",
            f"{STUDIES} of {subjects} subjects with p < 0.05, feedback from 0 to 1",
            lambda subjects=subjects: _share("all", f"subjects {subjects}", "across subjects"),
            above(study.POWER),
            ENOUGH,
            expected=expected,
        )
        for subjects, word, expected in (
            (2, "Two", NO),
            (4, "Four", NO),
            (8, "Eight", OPEN),
            (12, "Twelve", Verdict.SUPPORTED),
        )
    ),
    _claim(
        "power-across-carriers",
        "Two subjects are enough if all animals have the effect at half strength or more.",
        f"{STUDIES} of two subjects with p < 0.05 across subjects, feedback from 0.5 to 1",
        lambda: _share("a share", "both", "across subjects"),
        above(study.POWER),
        ENOUGH,
        expected=NO,
    ),
    _claim(
        "power-sessions-two",
        "Two subjects are enough for a test over sessions.",
        f"{STUDIES} of two subjects with p < 0.05, feedback from 0 to 1",
        lambda: _share("all", "subjects 2", "over sessions"),
        above(study.POWER),
        ENOUGH,
    ),
    _gained("subjects", 4, 8, Verdict.SUPPORTED, "Twice as many subjects"),
    _gained("sessions", 5, 20, NO, "Four times as many sessions"),
    _gained("trials", 100, 400, NO, "Four times as many trials"),
    _gained("neurons", 5, 20, NO, "Four times as many recorded neurons"),
    _claim(
        "power-neurons-ratio",
        "Ten times as many recorded neurons raise the power of the test across subjects.",
        f"power with 50 neurons over that with 5; {REFERENCE} subjects",
        lambda: _power_ratio("neurons", 5, 50),
        above(1),
        ("grows", "does not grow", "may grow"),
        digits=2,
    ),
)

VANISHES = tuple(
    _claim(
        f"{kind}-missed-{subjects}-{sessions}",
        f"With {subjects} subjects and {sessions} sessions only a small {kind} is missed.",
        f"smallest {what} that 80% of studies find, over the engaged trend under inference",
        lambda kind=kind, subjects=subjects, sessions=sessions: _missed(kind, subjects, sessions),
        below(0.1),
        SMALL,
        digits=2,
    )
    for kind, what in (("margin", "margin of equivalence"), ("rise", "rise"))
    for subjects, sessions in ((2, 5), (2, 20), (8, 20))
)

CLAIMS = (
    *TWO_ANIMALS,
    *_limits_apparatus.CLAIMS,
    *_limits_forking.CLAIMS,
    *VANISHES,
    *_limits_confounds.CLAIMS,
)
"""The claims, in the order of the chapter."""
