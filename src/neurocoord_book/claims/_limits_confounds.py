"""The claims of chapter 8 about fluctuations that all neurons share."""

import dataclasses
from functools import partial

import pandas as pd

from neurocoord_book.claims._registry import (
    Claim,
    Evidence,
    Region,
    Verdict,
    above,
    below,
    between,
    evaluate,
)
from neurocoord_book.claims.evidence import mean_of, share_of
from neurocoord_book.claims.wording import FALLS, RISES, worded
from neurocoord_book.studies import confounding as study
from neurocoord_book.studies import limits
from neurocoord_book.tables import HTML, to_html

NO, OPEN = Verdict.NOT_SUPPORTED, Verdict.UNDECIDED

_claim = partial(worded, "08-limits")

STUDIES = "share of 625 studies"
SAME = ("stays", "changes", "undecided")
SHORT = {"inference": "inference", "gaze": "gaze", "arousal": "arousal", "other noise": "other"}

TOLERANCE = 0.001
"""Changes of a mean correlation or an index below this count as none."""

GROUP = "Cells of the table of confounds"

MEASURES = {
    "redundancy": ("redundancy", "change of redundancy"),
    "fraction": ("redundancy fraction", "change of the redundancy fraction"),
    "total": ("information of the population", "ratio"),
    "single": ("information of single neurons", "ratio"),
    "correlation": ("mean noise correlation", "change of the mean noise correlation"),
    "relevance": (
        "boost with relevance",
        "slope of a neuron's change of information on its relevance, over mean information",
    ),
    "decision": ("redundancy towards the decision", "redundancy of the last frame less the first"),
    "task": ("axis of the noise with the task", "change of the axis index with the task"),
}
"""The rows of the table: what they are called, and the quantity."""

RATIOS = ("total", "single")
"""Measures whose change is a ratio."""

RISE, FALL, NONE = "rises", "falls", "stays"

DIRECTIONS = {
    "inference": (RISE, RISE, RISE, RISE, NONE, RISE, RISE, RISE),
    "gaze": (RISE, RISE, FALL, FALL, NONE, FALL, NONE, NONE),
    "arousal": (FALL, FALL, FALL, FALL, RISE, FALL, NONE, NONE),
    "other noise": (FALL, FALL, FALL, FALL, NONE, FALL, NONE, NONE),
}
"""What each cell says, in the order of the rows."""


UNDECIDED = {("other noise", "correlation")}
"""Cells that the populations do not settle: an arbitrary direction may move a mean either way."""


def _region(direction: str, measure: str) -> Region:
    centre = 1.0 if measure in RATIOS else 0.0
    if direction == NONE:
        return between(centre - TOLERANCE, centre + TOLERANCE)
    return above(centre) if direction == RISE else below(centre)


def _effect(world: str, measure: str) -> Evidence:
    values = study.effects().query("world == @world")[measure].to_numpy().round(9)
    # What a confound cannot touch comes out the same each time, with no interval.
    return Evidence(float(values[0])) if (values == values[0]).all() else mean_of(values)


def _cell(world: str, measure: str, direction: str) -> Claim:
    name, quantity = MEASURES[measure]
    said = {RISE: RISES, FALL: FALLS, NONE: SAME}[direction]
    claim = _claim(
        f"confound-{SHORT[world]}-{measure}",
        f"{world.capitalize()}: {name} {direction}.",
        f"{quantity}, 40 populations",
        lambda: _effect(world, measure),
        _region(direction, measure),
        said,
        expected=OPEN if (world, measure) in UNDECIDED else Verdict.SUPPORTED,
        digits=2,
    )
    return dataclasses.replace(claim, group=GROUP)


CELLS = tuple(
    _cell(world, measure, direction)
    for world, directions in DIRECTIONS.items()
    for measure, direction in zip(MEASURES, directions, strict=True)
)
"""The cells of the table of confounds."""


def _share(world: str, control: str, test: str, kind: limits.Kind = "rises") -> Evidence:
    return share_of(limits.hits(world, control, test, kind))


def _trend(
    name: str,
    world: str,
    control: str,
    sentence: str,
    test: str,
    kind: limits.Kind,
    region: Region,
    words: tuple[str, str, str],
    expected: Verdict = Verdict.SUPPORTED,
) -> Claim:
    found = {"rises": "rise", "falls": "fall", "either": "trend"}[kind]
    return _claim(
        name,
        sentence,
        f"{STUDIES} with a significant {found} of {test}, {control}",
        lambda: _share(world, control, test, kind),
        region,
        words,
        expected=expected,
        digits=2,
    )


RELIABLE = ("reliable", "not reliable", "perhaps reliable")
MIMICS = ("mimics", "does not mimic", "may mimic")
GONE = ("no longer found", "still found", "perhaps no longer found")
SURVIVES = ("survives", "does not survive", "may survive")

CLAIMS = (
    _trend(
        "gaze-mimics",
        "gaze",
        "as recorded",
        "Growing jitter of gaze reliably raises redundancy where nothing is learned.",
        "redundancy",
        "rises",
        above(limits.POWER),
        RELIABLE,
        NO,
    ),
    _trend(
        "gaze-mimics-interaction",
        "gaze",
        "as recorded",
        "Jitter of gaze that grows in engaged blocks only reliably gives the interaction.",
        "interaction",
        "rises",
        above(limits.POWER),
        RELIABLE,
        NO,
    ),
    _trend(
        "gaze-in-both",
        "gaze in both",
        "as recorded",
        "With the same jitter in passive blocks there is no interaction.",
        "interaction",
        "either",
        below(0.1),
        GONE,
    ),
    _trend(
        "gaze-taken-out",
        "gaze",
        "gaze taken out",
        "With the measured position of the eye taken out, the rise from gaze is no longer found.",
        "redundancy",
        "either",
        below(0.1),
        GONE,
    ),
    _trend(
        "inference-without-gaze",
        "inference",
        "gaze taken out",
        "The rise under inference survives when the position of the eye is taken out.",
        "redundancy",
        "rises",
        above(0.95),
        SURVIVES,
    ),
    _claim(
        "gaze-ceiling",
        "No jitter of gaze can add as much redundancy as learning does here.",
        "shuffled information of the naive code over what inference adds, 40 populations",
        lambda: mean_of(study.largest_by_jitter()),
        below(1),
        ("less", "no less", "perhaps less"),
        digits=2,
    ),
    _claim(
        "gaze-follows-task",
        "If gaze jitters along the axis of the task demanded, the noise follows the task.",
        "axis index, cardinal less oblique task demanded, 40 populations",
        lambda: mean_of(study.gaze_that_follows()),
        above(0.1),
        ("follows", "does not follow", "may follow"),
    ),
    _trend(
        "arousal-lowers",
        "arousal",
        "as recorded",
        "Growing arousal reliably lowers redundancy where nothing is learned.",
        "redundancy",
        "falls",
        above(limits.POWER),
        RELIABLE,
        NO,
    ),
    _trend(
        "arousal-taken-out",
        "arousal",
        "mean taken out",
        "With the mean of the population taken out, the fall from arousal is no longer found.",
        "redundancy",
        "either",
        below(0.1),
        GONE,
    ),
    _trend(
        "arousal-correlation",
        "arousal",
        "as recorded",
        "Growing arousal raises the mean noise correlation.",
        "correlation",
        "rises",
        above(limits.POWER),
        RISES,
    ),
    _trend(
        "inference-without-mean",
        "inference",
        "mean taken out",
        "The rise under inference survives when the mean of the population is taken out.",
        "redundancy",
        "rises",
        above(0.95),
        SURVIVES,
    ),
    _trend(
        "other-raises",
        "other noise",
        "as recorded",
        "Growing noise along an arbitrary direction raises redundancy where nothing is learned.",
        "redundancy",
        "rises",
        above(0.1),
        MIMICS,
        NO,
    ),
    *(
        _claim(
            f"cosine-{SHORT[world]}",
            f"{world.capitalize()}: the shared mode lies along the task pattern.",
            "cosine of the angle between the mode that grows and w, mean of 625 studies",
            lambda world=world: mean_of(limits.means(world, "as recorded", "cosine")),
            above(0.5),
            ("lies along", "does not lie along", "may lie along"),
            expected=expected,
        )
        for world, expected in (
            ("inference", Verdict.SUPPORTED),
            ("gaze", Verdict.SUPPORTED),
            ("arousal", NO),
            ("other noise", NO),
        )
    ),
    _claim(
        "cosine-chance",
        "A random direction does not lie along the task pattern.",
        "mean cosine of the angle between a random direction and w, by formula",
        lambda: Evidence(study.chance_cosine()),
        below(0.5),
        ("not along", "along", "perhaps not along"),
    ),
    *CELLS,
)
"""The claims, in the order of the chapter."""


def confound_table() -> HTML:
    """Return what learning and each confound do to the measures and marks, computed."""
    found = {claim.id: evaluate(claim).confirm() for claim in CELLS}

    def text(world: str, measure: str) -> str:
        result = found[f"confound-{SHORT[world]}-{measure}"]
        sign = "\N{MULTIPLICATION SIGN}\N{NO-BREAK SPACE}" if measure in RATIOS else ""
        return f"{result.words} ({sign}{result.value_text})"

    names = [name for name, _ in MEASURES.values()]
    table = pd.DataFrame(
        {
            world.capitalize(): [text(world, measure) for measure in MEASURES]
            for world in DIRECTIONS
        },
        index=pd.Index([name[0].upper() + name[1:] for name in names], name="What"),
    )
    return to_html(
        table,
        "What changes from the naive code: by learning under inference, and by each confound at "
        "its largest, with nothing learned. Mean of 40 populations.",
    )
