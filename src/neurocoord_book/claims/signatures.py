"""The claims of chapter 6, *Signatures of feedback*."""

from functools import partial

import pandas as pd

from neurocoord_book.claims._registry import Claim, Evidence, Verdict, above, below, between
from neurocoord_book.claims.evidence import mean_of, share_of
from neurocoord_book.claims.wording import FALLS, HOLDS, RISES, worded
from neurocoord_book.studies import efficient, mechanisms, teams
from neurocoord_book.studies import signatures as study
from neurocoord_book.studies.mechanisms_runs import EXPERIMENTS as LARGER
from neurocoord_book.studies.signatures_runs import EXPERIMENTS, MARGIN, UNTAUGHT

CHAPTER = "06-signatures"

INFERENCE, EFFICIENT = "inference", "efficient coding"

YES, NO = Verdict.SUPPORTED, Verdict.NOT_SUPPORTED

POWER = 0.8
"""A signature counts as a theory's own if four experiments of five or more show it."""


MANY = LARGER["study"]
"""Experiments of the same design that chapter 7 ran: all tests but those of ten frames, and those
with relevance from the same trials."""

TEN_FRAMES = ("weak", "strong")
"""Estimates that chapter 7 takes from fewer frames."""


def _rows(theory: str) -> pd.DataFrame:
    return study.tests().query("theory == @theory")


def _many(theory: str) -> pd.DataFrame:
    return mechanisms.experiments().query("model == @theory")


def _found(theory: str, signature: str) -> Evidence:
    """Return in which share of experiments a signature was found."""
    if theory == study.NULL or signature in TEN_FRAMES:
        return share_of(study.found(study.tests(), theory, signature))
    return share_of(mechanisms.found(_many(theory), signature))


def _estimates(theory: str, measure: str) -> Evidence:
    """Return the mean over experiments of what a test estimates."""
    return mean_of((_rows if measure == "dipped" else _many)(theory)[measure])


def _below_level(theory: str, p: str) -> Evidence:
    """Return the share of experiments with a p value below 0.05."""
    return share_of((_rows if theory == study.NULL else _many)(theory)[p] < 0.05)


def _margin() -> Evidence:
    """Return the margin in units of the mean trend when engaged, with the interval of the mean."""
    engaged = _estimates(INFERENCE, "engaged")
    return Evidence(MARGIN / engaged.value, MARGIN / engaged.high, MARGIN / engaged.low)


def _frames(
    theory: str,
    measure: str,
    *,
    strong: bool = False,
    summed: bool = False,
    zero: bool = False,
) -> Evidence:
    """Return the exact change of a measure from the first frame to the last."""
    if zero:
        table = study.frames(noise="zero", which=(1, 10))
    else:
        table = study.sums() if summed else study.frames()
    strength = study.STRONG if strong else study.THRESHOLD
    found = study.over_frames(table, theory, strength, measure)
    return mean_of(found["last"] - found["first"])


def _peak(strength: float) -> Evidence:
    return Evidence(float(study.turning(strength=strength).idxmax()))


def _demanded(theory: str) -> Evidence:
    """Return the redundancy about a task that is not demanded, over that when it is."""
    table = study.demanded().query("theory == @theory")
    ratio = (table["other"] / table["demanded"]).round(9).to_numpy()
    # A code that does not know of demands gives 1 each time, with no interval.
    return Evidence(float(ratio[0])) if (ratio == ratio[0]).all() else mean_of(ratio)


def _losses(theory: str, column: str, share: float = 0.5) -> pd.Series:
    table = teams.losses().query("theory == @theory and share == @share")
    return table.set_index("population")[column]


def _left(theory: str) -> Evidence:
    """Return what is left of the information, for a reader who misses half of the neurons."""
    return mean_of(_losses(theory, "old reader"))


def _absolute() -> Evidence:
    """Return the information of half a group under inference, over that of half an efficient one.

    In the same units.
    """
    known = [_losses(t, "old reader") * _losses(t, "whole") for t in (INFERENCE, EFFICIENT)]
    return mean_of(known[0] / known[1])


def _formula() -> Evidence:
    """Return the largest error of the formula for the mean over populations."""
    table = teams.losses().groupby(["theory", "share"]).mean().reset_index()
    predicted = teams.share_left(table["share"], table["fraction"])
    return Evidence(float((table["new reader"] - predicted).abs().max()))


def _unspoiled(theory: str) -> Evidence:
    """Return what the code tells of a new task, over what it told before the old one was learned.

    Before anything of the new task is learned.
    """
    table = teams.adaptation().query("theory == @theory and amount == 0")
    ratio = (table["total"] / table["unspoiled"]).round(9).to_numpy()
    return Evidence(float(ratio[0])) if (ratio == ratio[0]).all() else mean_of(ratio)


def _final(theory: str) -> Evidence:
    """Return what the code tells of the new task once it is learned, over what it told before."""
    table = teams.adaptation().query("theory == @theory")
    wide = table.pivot_table(index="population", columns="amount", values="total")
    return mean_of(wide[1.0] / wide[0.0])


def _half_way(theory: str) -> Evidence:
    return mean_of(teams.half_way()[theory])


_claim = partial(worded, CHAPTER)


def _pair(
    name: str,
    signature: str,
    sentence: str,
    quantity: str,
) -> tuple[Claim, Claim]:
    """Return the claim that a theory has a signature, for each theory."""
    shows = ("shows", "does not show", "may or may not show")
    count = EXPERIMENTS if signature in TEN_FRAMES else MANY
    claims = []
    for theory, end, verdict in (
        (INFERENCE, "inference", YES),
        (EFFICIENT, "efficient", NO),
    ):
        claims.append(
            _claim(
                f"{name}-{end}",
                f"Under {theory}, {sentence}",
                f"share of {count} simulated experiments {quantity}",
                lambda theory=theory: _found(theory, signature),
                above(POWER),
                shows,
                expected=verdict,
                digits=2 if verdict is NO else 3,
            )
        )
    return tuple(claims)


CLAIMS = (
    *_pair(
        "only-when-active",
        "active",
        "the effect of learning vanishes in passive viewing.",
        "in which redundancy rises more when engaged than when passive, and is flat when passive",
    ),
    _claim(
        "interaction-inference",
        "Under inference, redundancy grows faster when engaged than when passive.",
        f"mean over {MANY} experiments of the interaction, redundancy per session",
        lambda: _estimates(INFERENCE, "interaction"),
        above(0),
        RISES,
    ),
    _claim(
        "interaction-efficient",
        "Under efficient coding, engagement makes no difference to the trend of redundancy.",
        f"mean over {MANY} experiments of the interaction, redundancy per session",
        lambda: _estimates(EFFICIENT, "interaction"),
        between(-MARGIN, MARGIN),
        ("no difference", "a difference", "perhaps a difference"),
        digits=2,
    ),
    _claim(
        "flat-margin",
        "The margin within which a trend counts as flat is small against the engaged trend.",
        "margin over the mean engaged trend under inference",
        _margin,
        below(0.2),
        ("small", "not small", "perhaps small"),
        digits=2,
    ),
    _claim(
        "passive-flat-inference",
        "Under inference, the equivalence test finds passive redundancy flat.",
        f"share of {MANY} simulated experiments with p below 0.05",
        lambda: _below_level(INFERENCE, "flat_p"),
        above(POWER),
        ("flat", "not flat", "perhaps flat"),
    ),
    _claim(
        "passive-flat-efficient",
        "Under efficient coding, the equivalence test finds passive redundancy flat.",
        f"share of {MANY} simulated experiments with p below 0.05",
        lambda: _below_level(EFFICIENT, "flat_p"),
        above(POWER),
        ("flat", "not flat", "perhaps flat"),
        expected=Verdict.UNDECIDED,
    ),
    _claim(
        "passive-trend-efficient",
        "Under efficient coding, passive redundancy falls as the task is learned.",
        f"mean over {MANY} experiments of the passive trend, redundancy per session",
        lambda: _estimates(EFFICIENT, "passive"),
        below(0),
        FALLS,
    ),
    *_pair(
        "relevant-neurons-most",
        "held_out",
        "the most task-relevant neurons gain most.",
        "in which the boost grows with relevance, taken from other trials",
    ),
    _claim(
        "relevant-neurons-least-efficient",
        "Under efficient coding, the most task-relevant neurons lose most.",
        "mean change of a neuron's information per unit of mean relevance",
        lambda: _estimates(EFFICIENT, "held_out"),
        below(0),
        FALLS,
    ),
    _claim(
        "relevant-neurons-quiet",
        "Under efficient coding at high SNR, the most task-relevant neurons lose most.",
        "exact boost over relevance at an SNR of 10, in units of a naive neuron's information",
        lambda: mean_of(study.boost_over_relevance(snr=efficient.HIGH_SNR)),
        below(0),
        FALLS,
    ),
    _claim(
        "relevant-neurons-noisy",
        "Under efficient coding at low SNR, the most task-relevant neurons gain most.",
        "exact boost over relevance at an SNR of 0.05, in units of a naive neuron's information",
        lambda: mean_of(study.boost_over_relevance(snr=efficient.LOW_SNR)),
        above(0),
        RISES,
    ),
    *(
        _claim(
            f"level-{short}",
            f"Where nothing is learned, the {test} finds something no more than rarely.",
            f"share of {UNTAUGHT} experiments without learning with p < 0.05",
            lambda p=p: _below_level(study.NULL, p),
            below(0.1),
            HOLDS,
            digits=2,
        )
        for short, test, p in (
            ("interaction", "test of the interaction", "interaction_p"),
            ("equivalence", "equivalence test of a trend at its margin", "steep_p"),
            ("relevance", "test of relevance from other trials", "held_out_p"),
            ("decision", "test of a trend over weak frames", "weak_p"),
            ("decision-strong", "test of a trend over strong frames", "strong_p"),
            ("switching", "test of switching tasks", "switch_p"),
        )
    ),
    _claim(
        "double-dipping-null",
        "With relevance from the same trials, a boost is found where nothing is learned.",
        f"share of {UNTAUGHT} experiments without learning with a significant boost of relevance",
        lambda: _found(study.NULL, "dipped"),
        above(0.5),
        ("in most experiments", "in few experiments", "in about half of the experiments"),
    ),
    _claim(
        "double-dipping-inflates",
        "With relevance from the same trials, the boost under inference looks larger.",
        "mean boost per unit of relevance, same trials over other trials",
        lambda: mean_of(_rows(INFERENCE)["dipped"] / _rows(INFERENCE)["held_out"]),
        above(1),
        ("larger", "not larger", "perhaps larger"),
    ),
    _claim(
        "double-dipping-flips",
        "With relevance from the same trials, relevant neurons gain even under efficient coding.",
        "mean change of a neuron's information per unit of mean relevance from the same trials",
        lambda: _estimates(EFFICIENT, "dipped"),
        above(0),
        RISES,
    ),
    *_pair(
        "strongest-at-decision",
        "weak",
        "redundancy grows within the trial towards the decision.",
        "in which redundancy near threshold rises over all ten single frames",
    ),
    _claim(
        "decision-redundancy-grows",
        "Near threshold, redundancy of single frames grows towards the decision.",
        "exact redundancy under inference, last frame less first",
        lambda: _frames(INFERENCE, "redundancy"),
        above(0),
        RISES,
    ),
    _claim(
        "decision-fraction-of-frames",
        "Near threshold, the redundancy fraction of single frames grows towards the decision.",
        "exact redundancy fraction under inference, last frame less first",
        lambda: _frames(INFERENCE, "fraction"),
        above(0),
        RISES,
        expected=NO,
    ),
    _claim(
        "decision-fraction-of-sums",
        "Near threshold, the redundancy fraction of counts summed from the start grows.",
        "exact redundancy fraction under inference, all ten frames less the first alone",
        lambda: _frames(INFERENCE, "fraction", summed=True),
        above(0),
        RISES,
    ),
    _claim(
        "decision-turns-strong",
        "At strong signals, redundancy of single frames falls towards the decision.",
        "exact redundancy under inference, last frame less first",
        lambda: _frames(INFERENCE, "redundancy", strong=True),
        below(0),
        FALLS,
    ),
    _claim(
        "decision-turns-not-at-zero",
        "With the noise of zero-signal trials, redundancy falls towards the decision as well.",
        "exact redundancy under inference, slope from strong signals, last frame less first",
        lambda: _frames(INFERENCE, "redundancy", strong=True, zero=True),
        below(0),
        FALLS,
        expected=NO,
    ),
    _claim(
        "decision-turns-strong-test",
        "At strong signals, the test of experiments finds that redundancy falls over frames.",
        f"share of {EXPERIMENTS} experiments under inference with a significant fall",
        lambda: share_of((_rows(INFERENCE)["strong"] < 0) & (_rows(INFERENCE)["strong_p"] < 0.05)),
        above(POWER),
        FALLS,
    ),
    _claim(
        "decision-fraction-of-sums-strong",
        "At strong signals, even the fraction of summed counts falls.",
        "exact redundancy fraction under inference, all ten frames less the first alone",
        lambda: _frames(INFERENCE, "fraction", strong=True, summed=True),
        below(0),
        FALLS,
    ),
    _claim(
        "decision-turns-within",
        "At a signal of 0.2, redundancy of single frames rises first and falls later.",
        "frame of the largest mean redundancy of 20 populations under inference",
        lambda: _peak(0.2),
        between(1, 10),
        ("within the trial", "at an end of the trial", "perhaps within the trial"),
        digits=1,
    ),
    *_pair(
        "not-permanent",
        "switch",
        "the redundant axis follows the task within one session.",
        "in which the axis index differs between the blocks of the two tasks",
    ),
    _claim(
        "undemanded-inference",
        "Under inference, little redundancy is left about a task that is not demanded.",
        "redundancy about the shown task when another is demanded, over when it is demanded",
        lambda: _demanded(INFERENCE),
        below(0.1),
        ("little", "much", "perhaps little"),
        digits=2,
    ),
    _claim(
        "undemanded-efficient",
        "Under efficient coding, redundancy does not depend on the task demanded.",
        "redundancy about the shown task when another is demanded, over when it is demanded",
        lambda: _demanded(EFFICIENT),
        between(0.99, 1.01),
        ("the same", "another", "perhaps the same"),
    ),
    _claim(
        "team-not-factory-inference",
        "Under inference, a group that loses half of its neurons degrades gracefully.",
        "information left to a reader who misses half of the neurons, as a share of the whole",
        lambda: _left(INFERENCE),
        above(0.55),
        ("gracefully", "in proportion or worse", "perhaps gracefully"),
    ),
    _claim(
        "team-not-factory-efficient",
        "Under efficient coding, a group that loses half of its neurons degrades gracefully.",
        "information left to a reader who misses half of the neurons, as a share of the whole",
        lambda: _left(EFFICIENT),
        above(0.55),
        ("gracefully", "in proportion or worse", "perhaps gracefully"),
        expected=NO,
    ),
    _claim(
        "team-price",
        "The complete group knows less under inference than under efficient coding.",
        "total information, inference over efficient coding",
        lambda: mean_of(_losses(INFERENCE, "whole") / _losses(EFFICIENT, "whole")),
        below(1),
        ("less", "no less", "perhaps less"),
    ),
    _claim(
        "team-ahead-after-loss",
        "With half of the neurons lost, the group knows more under inference, in the same units.",
        "information left, inference over efficient coding",
        _absolute,
        above(1),
        ("more", "no more", "perhaps more"),
    ),
    _claim(
        "loss-by-formula",
        "What is left follows from the redundancy fraction.",
        "largest error of the formula over theories and losses, as a share of the whole",
        _formula,
        below(0.05),
        ("agrees with", "disagrees with", "may agree with"),
        digits=2,
    ),
    _claim(
        "new-task-spared-inference",
        "Under inference, an old task leaves no trace when a new one begins.",
        "information about the new task at its begin, over that before the old one was learned",
        lambda: _unspoiled(INFERENCE),
        between(0.999, 1.001),
        ("none", "some", "perhaps none"),
        digits=4,
    ),
    _claim(
        "new-task-spared-efficient",
        "Under efficient coding, an old task costs a nearly orthogonal new one little.",
        "information about the new task at its begin, over that before the old one was learned",
        lambda: _unspoiled(EFFICIENT),
        between(0.98, 1.02),
        ("small", "large", "perhaps small"),
        digits=4,
    ),
    _claim(
        "new-task-gained-inference",
        "Under inference, learning the new task raises what single frames tell about it.",
        "information about the new task after learning, over that at its begin",
        lambda: _final(INFERENCE),
        above(1),
        RISES,
    ),
    _claim(
        "new-task-gained-efficient",
        "Under efficient coding, learning the new task raises what single frames tell about it.",
        "information about the new task after learning, over that at its begin",
        lambda: _final(EFFICIENT),
        above(1),
        RISES,
        expected=NO,
    ),
    _claim(
        "team-adapts-trials-inference",
        "Under inference, the code adapts to a new task by practice, not at once.",
        "practice trials to half of the final change of redundancy",
        lambda: _half_way(INFERENCE),
        above(100),
        ("slowly", "at once", "perhaps slowly"),
    ),
    _claim(
        "team-adapts-faster",
        "The code adapts to a new task in fewer trials under inference than efficient coding.",
        "practice trials to half of the final change, inference over efficient coding",
        lambda: mean_of(teams.half_way()[INFERENCE] / teams.half_way()[EFFICIENT]),
        below(1),
        ("fewer", "no fewer", "perhaps fewer"),
    ),
)
"""The claims, in the order of the chapter."""
