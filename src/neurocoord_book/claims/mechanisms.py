"""The claims of chapter 7, *Other mechanisms*."""

import dataclasses
from functools import partial

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import confint_proportions_2indep

from neurocoord_book.claims._registry import Claim, Evidence, Verdict, above, below, between
from neurocoord_book.claims.evidence import bootstrapped, share_of
from neurocoord_book.claims.mechanisms_exact import MOMENTS, PAIRS
from neurocoord_book.claims.wording import worded
from neurocoord_book.studies import mechanisms as study
from neurocoord_book.studies.mechanisms_runs import EXPERIMENTS, FRAMES, MODELS

CHAPTER = "07-other-mechanisms"

YES, NO, OPEN = Verdict.SUPPORTED, Verdict.NOT_SUPPORTED, Verdict.UNDECIDED

POWER = 0.8
"""A model shows a mark if a test finds it in four experiments of five or more, as in chapter 6."""

INFERENCE, LOCAL, GATED, SLOW = "inference", "local circuit", *study.RIVALS

ALONE, PASSIVE, TIME, SWITCHING, ALL = study.MEASURES

MATCHED = (INFERENCE, *study.RIVALS)
"""Inference, and the circuits that engagement and the task switch on and off as well."""

_claim = partial(worded, CHAPTER)

SAME = ("the same", "not the same", "perhaps the same")
SHOWS = ("shows", "does not show", "may or may not show")
TELLS = ("tells", "does not tell", "may tell")


# ---- Marks and recovery --------------------------------------------------------------------


def _hits(model: str, measure: str) -> pd.Series:
    table = study.experiments()
    return study.found(table[table["model"] == model], measure)


def _turn_of_others() -> Evidence:
    """Return the largest share of experiments with the turn, of all models but inference."""
    shares = {model: _hits(model, "turn") for model in MODELS if model != INFERENCE}
    return share_of(max(shares.values(), key=lambda hits: hits.mean()))


def _all_four(model: str) -> np.ndarray:
    hits = [_hits(model, measure).to_numpy() for measure in study.MARKS.values()]
    return np.logical_and.reduce(hits).astype(float)


def _ratio_of_all_four() -> Evidence:
    """Return how often the slow circuit shows all marks, over how often inference does."""

    def ratio(rival: np.ndarray, feedback: np.ndarray) -> float:
        return float(rival.mean() / feedback.mean())

    return bootstrapped(ratio, _all_four(SLOW), _all_four(INFERENCE), seed=7)


def _share(table: pd.DataFrame) -> Evidence:
    """Return the share of hits of rows with rates and counts, with Wilson's interval."""
    hits, count = round(float((table["rate"] * table["count"]).sum())), int(table["count"].sum())
    return share_of(np.arange(count) < hits)


def _right(measures: str, models: tuple[str, ...] = tuple(MODELS)) -> Evidence:
    """Return the share of experiments of some models that are called by their own."""
    table = study.confusions().query("measures == @measures and model == called")
    return _share(table[table["model"].isin(models)])


def _called(model: str, called: str, measures: str) -> Evidence:
    table = study.confusions().query("measures == @measures and model == @model")
    return _share(table[table["called"] == called])


def _size(factor: str) -> Evidence:
    """Return the share called right at the largest size less that at the smallest."""
    rows = study.by_size().query("factor == @factor").sort_values("amount")
    counts = rows["count"].to_numpy()
    hits = np.rint(rows["share"] * counts).to_numpy()
    low, high = confint_proportions_2indep(hits[-1], counts[-1], hits[0], counts[0])
    return Evidence(float(hits[-1] / counts[-1] - hits[0] / counts[0]), float(low), float(high))


# ---- The one measurement to add ------------------------------------------------------------


def _separates(measurement: str, rival: str, trials: int) -> Evidence:
    table = study.separation().query(
        "measurement == @measurement and rival == @rival and trials == @trials"
    )
    return _share(table.rename(columns={"share": "rate"}))


def _needed(measurement: str) -> Evidence:
    return Evidence(float(study.trials_needed().loc[measurement, "either"]))


NAMES = {
    "active": "active",
    "held_out": "relevant",
    "weak": "decision",
    "switch": "switch",
    "turn": "turn",
}
"""What the names of claims call each measure."""

IN_FRAMES = ("weak", "turn")
"""Marks that are measured in some frames of the trial."""

IN_CHAPTER_6 = ("inference", "efficient coding")
"""The models whose other marks are claims of chapter 6, from the same experiments."""


def _mark_claims() -> tuple[Claim, ...]:
    """Return one claim for each model and mark, folded away in the table."""
    measures = dict(study.MARKS) | {"turn at strong signals": "turn"}
    return tuple(
        _mark_claim(model, mark, measure)
        for model in MODELS
        for mark, measure in measures.items()
        if measure in IN_FRAMES or model not in IN_CHAPTER_6
    )


def _mark_claim(model: str, mark: str, measure: str) -> Claim:
    """Return the claim that a model shows a mark, or finds it no more often than tests may err."""
    verdict = EXPECTED_MARKS.get((model, measure))
    frames = f", measured in {len(FRAMES.windows)} frames" if measure in IN_FRAMES else ""
    said = f"shows the mark '{mark}'" if verdict else f"rarely gives the mark '{mark}'"
    claim = _claim(
        f"mark-{NAMES[measure]}-{model.replace(', ', '-').replace(' ', '-')}",
        f"The model '{model}' {said}{frames}.",
        f"share of {EXPERIMENTS['study']} experiments with the mark",
        lambda: share_of(_hits(model, measure)),
        above(POWER) if verdict else below(0.1),
        SHOWS if verdict else ("does not show", "shows more than rarely", "may or may not show"),
        expected=verdict or YES,
        digits=3,
    )
    return dataclasses.replace(claim, group="Each mark, model by model")


EXPECTED_MARKS = {
    (model, measure): YES
    for model, measures in {
        GATED: ("active", "held_out", "switch"),
        SLOW: ("active", "held_out", "weak", "switch"),
        LOCAL: ("held_out",),
        "efficient, noisy": ("held_out",),
    }.items()
    for measure in measures
} | {(INFERENCE, measure): NO for measure in IN_FRAMES}
"""Whether a model shows a mark in more than four experiments of five; where it is not named, the
mark is found no more than rarely."""

RECOVERY = (
    _claim(
        "feedback-not-proven",
        "A circuit without feedback shows all four marks about as often as feedback does, or more.",
        "experiments with all four marks, slow gated circuit over inference",
        _ratio_of_all_four,
        above(0.8),
        ("no less often", "less often", "perhaps less often"),
    ),
    _claim(
        "marks-all-four-inference",
        f"Under inference, an experiment with {len(FRAMES.windows)} frames shows all four marks.",
        f"share of {EXPERIMENTS['study']} experiments with all four marks",
        lambda: share_of(_all_four(INFERENCE)),
        above(POWER),
        SHOWS,
        expected=NO,
    ),
    _claim(
        "marks-all-four-slow",
        f"Under a slow gated circuit, an experiment with {len(FRAMES.windows)} frames shows all "
        "four marks.",
        f"share of {EXPERIMENTS['study']} experiments with all four marks",
        lambda: share_of(_all_four(SLOW)),
        above(POWER),
        SHOWS,
        expected=OPEN,
    ),
    _claim(
        "turn-only-inference",
        "At strong signals, redundancy falls over frames under inference only.",
        f"share of {EXPERIMENTS['study']} experiments with a significant fall, largest of others",
        _turn_of_others,
        below(0.1),
        ("rarely", "not rarely", "perhaps rarely"),
    ),
    *(
        _claim(
            f"trio-{short}",
            f"With {words}, feedback and the gated circuits are told apart.",
            "share called right, experiments under inference and both gated circuits",
            lambda measures=measures: _right(measures, MATCHED),
            above(bound),
            TELLS,
            expected=verdict,
        )
        for short, measures, words, bound, verdict in (
            ("learning", ALONE, "learning alone", 0.5, NO),
            ("passive", PASSIVE, "passive viewing as the only control", 0.5, NO),
            ("switching", SWITCHING, "task switching as the only control", 0.5, NO),
            ("time", TIME, "time in the trial", 0.5, YES),
            ("all", ALL, "all measures", 0.9, YES),
        )
    ),
    *(
        _claim(
            f"recovered-{short}",
            f"With {words}, most experiments are called by their own mechanism.",
            f"share called right of all experiments of {len(MODELS)} models",
            lambda measures=measures: _right(measures),
            above(bound),
            ("most", "not most", "perhaps most"),
            expected=verdict,
        )
        for short, measures, words, bound, verdict in (
            ("learning", ALONE, "learning alone", 0.5, YES),
            ("passive", PASSIVE, "passive viewing", 0.5, YES),
            ("time", TIME, "time in the trial", 0.5, YES),
            ("switching", SWITCHING, "task switching", 0.5, YES),
            ("all", ALL, "all measures", 0.9, YES),
        )
    ),
    _claim(
        "gated-called-feedback",
        "With all measures, a gated circuit is hardly ever called feedback.",
        "share of the experiments under a gated circuit that are called inference",
        lambda: _called(GATED, INFERENCE, ALL),
        below(0.1),
        ("hardly ever", "more than rarely", "perhaps hardly ever"),
        expected=OPEN,
        digits=2,
    ),
    _claim(
        "feedback-called-gated",
        "With all measures, feedback is hardly ever called a gated circuit.",
        "share of the experiments under inference that are called a gated circuit",
        lambda: _called(INFERENCE, GATED, ALL),
        below(0.1),
        ("hardly ever", "more than rarely", "perhaps hardly ever"),
        digits=2,
    ),
    _claim(
        "local-caught-by-passive",
        "Passive viewing exposes a hard-wired local circuit.",
        "share of the experiments under a local circuit that are called so",
        lambda: _called(LOCAL, LOCAL, PASSIVE),
        above(0.95),
        ("exposes", "does not expose", "may expose"),
    ),
    *(
        _claim(
            f"size-{factor}",
            f"More {factor} make the mechanism easier to tell.",
            f"share called right, most {factor} less fewest",
            lambda factor=factor: _size(factor),
            above(0),
            ("easier", "not easier", "not clearly easier"),
            expected=verdict,
            digits=2,
        )
        for factor, verdict in (("subjects", YES), ("sessions", OPEN), ("neurons", YES))
    ),
    # The one measurement to add
    *(
        _claim(
            f"added-static-{short}",
            f"Redundancy of whole trials does not tell inference from a {rival}.",
            "share of single sessions called right, 800 trials of each signal",
            lambda rival=rival: _separates("static", rival, 800),
            between(0.4, 0.6),
            ("no better than chance", "better than chance", "perhaps better than chance"),
        )
        for short, rival in (("gated", GATED), ("slow", SLOW))
    ),
    *(
        _claim(
            f"added-{name}-{short}-{trials}",
            f"{sentence} tells inference from a {rival} in one session of {trials} trials.",
            f"share of single sessions called right, {trials} trials of each signal",
            lambda name=name, rival=rival, trials=trials: _separates(
                {"both": "turn and persistence"}.get(name, name), rival, trials
            ),
            above(0.9),
            TELLS,
            expected=verdict,
        )
        for name, sentence, short, rival, trials, verdict in (
            ("growth", "Growth near threshold", "gated", GATED, 400, NO),
            ("growth", "Growth near threshold", "slow", SLOW, 400, NO),
            ("choice", "The growth of the choice signal", "gated", GATED, 400, YES),
            ("choice", "The growth of the choice signal", "slow", SLOW, 400, NO),
            ("turn", "The turn at strong signals", "gated", GATED, 400, NO),
            ("turn", "The turn at strong signals", "slow", SLOW, 100, YES),
            ("persistence", "Persistence of the noise", "gated", GATED, 100, YES),
            ("persistence", "Persistence of the noise", "slow", SLOW, 100, NO),
            ("both", "Turn and persistence together", "gated", GATED, 100, YES),
            ("both", "Turn and persistence together", "slow", SLOW, 100, YES),
        )
    ),
    _claim(
        "added-trials",
        "One session tells feedback from both gated circuits by turn and persistence.",
        "fewest simulated trials of each signal with a share called right of 0.95 for both",
        lambda: _needed("turn and persistence"),
        below(400),
        TELLS,
        digits=2,
    ),
)
"""The claims about marks, model recovery and measurements to add."""

CLAIMS = (*MOMENTS, *RECOVERY, *PAIRS, *_mark_claims())
"""The claims, in the order of the chapter."""
