"""The claims of chapter 7 about exact moments, and about a published measurement."""

from functools import partial

import pandas as pd

from neurocoord.plasticity import plain_hebb_limit
from neurocoord_book.claims._registry import Evidence, Verdict, above, below, between
from neurocoord_book.claims.evidence import mean_of
from neurocoord_book.claims.wording import FALLS, RISES, worded
from neurocoord_book.studies import mechanisms_exact as exact
from neurocoord_book.studies import mechanisms_match as match
from neurocoord_book.studies import pairs
from neurocoord_book.studies.recording import v1_statistics

CHAPTER = "07-other-mechanisms"

YES, NO = Verdict.SUPPORTED, Verdict.NOT_SUPPORTED

INFERENCE, LOCAL, SLOW = "inference", "local circuit", "slow gated circuit"

SIMULATED = f"{exact.PAIR_TRIALS} trials, 60 populations"

_claim = partial(worded, CHAPTER)

SAME = ("the same", "not the same", "perhaps the same")


def _course(theory: str, learned: float, column: str = "redundancy") -> pd.Series:
    table = exact.courses().query("theory == @theory and learned == @learned")
    return table.set_index("population")[column]


def _worst(column: str) -> Evidence:
    """Return the largest error over populations."""
    return Evidence(float(exact.coincidence()[column].max()))


def _gain_of_inference() -> float:
    worlds = exact.worlds(20, 73)
    return match.targets(exact.WEEKS, worlds).full


def _over_frames(theory: str, strength: float) -> Evidence:
    """Return exact redundancy of the last frame less the first."""
    table = exact.frames().query("theory == @theory and strength == @strength")
    wide = table.pivot_table(index="population", columns="frame", values="redundancy")
    change = (wide.iloc[:, -1] - wide.iloc[:, 0]).round(9)
    return Evidence(0.0) if (change == 0).all() else mean_of(change)


def _gain_less_recording() -> Evidence:
    """Return the mean correlation under shared gain less that of the V1 recording."""
    row = v1_statistics().summary.set_index("quantity").loc["mean noise correlation"]
    model = exact.gain_correlation()
    return Evidence(model - row["value"], model - row["high"], model - row["low"])


# ---- A published measurement ---------------------------------------------------------------


def _published(quantity: str) -> Evidence:
    row = pairs.published().summary.set_index("quantity").loc[quantity]
    return Evidence(row["value"], row["low"], row["high"])


def _relation(theory: str, block: str = "engaged", column: str = "pearson") -> pd.Series:
    table = pairs.predicted_relation(
        exact.PAIR_THEORIES[theory], populations=60, trials=exact.PAIR_TRIALS
    )
    rows = table[(table["subject"] == "trained") & (table["block"] == block)]
    return rows.set_index("population")[column]


MOMENTS = (
    _claim(
        "local-is-wiener",
        "With the strength of the posterior, a local circuit is the Wiener filter of inference.",
        "largest difference of the two codes over 20 populations, relative to the largest entry",
        lambda: Evidence(exact.wiener_error()),
        below(1e-9),
        SAME,
        digits=1,
    ),
    _claim(
        "plain-hebb-too-weak",
        "A plain Hebbian rule runs away before its gain grows as much as that of inference.",
        "largest gain factor of the plain rule over the gain factor of inference",
        lambda: Evidence(plain_hebb_limit(0.0)[1] / _gain_of_inference()),
        below(1),
        ("before", "not before", "perhaps before"),
    ),
    _claim(
        "inference-below-evidence",
        "Whole trials under inference hold less information than the evidence.",
        "information of whole trials over that of the evidence, largest of 40 populations",
        lambda: Evidence(
            float((_course(INFERENCE, 1.0, "total") / _course(INFERENCE, 1.0, "evidence")).max())
        ),
        below(1),
        ("less", "not less", "perhaps less"),
    ),
    _claim(
        "any-static-circuit",
        "A circuit without feedback has the slope and covariance of inference exactly.",
        "largest relative error of both over 20 populations",
        lambda: _worst("any circuit"),
        below(1e-9),
        SAME,
        digits=1,
    ),
    _claim(
        "matched-coincides",
        "A local circuit has the slope and covariance of inference, without limited-range noise.",
        "largest relative error of both over 20 populations, each matched by itself",
        lambda: _worst("matched"),
        below(1e-6),
        SAME,
        digits=1,
    ),
    _claim(
        "default-circuit-close",
        "One local circuit for all populations has nearly the redundancy of inference.",
        "redundancy of whole trials, circuit over inference less 1, 20 populations",
        lambda: mean_of(exact.coincidence()["default"]),
        between(-0.1, 0.1),
        ("nearly the same", "not the same", "perhaps nearly the same"),
        digits=2,
    ),
    _claim(
        "course-alike",
        "Half way through learning, circuit and inference still have nearly the same redundancy.",
        "redundancy of whole trials, local circuit over inference, half of the pattern learned",
        lambda: mean_of(_course(LOCAL, 0.5) / _course(INFERENCE, 0.5)),
        between(0.8, 1.25),
        ("nearly the same", "not the same", "perhaps nearly the same"),
    ),
    # Frames
    _claim(
        "circuit-redundancy",
        "In a local circuit, redundancy rises with learning.",
        "exact redundancy of whole trials, all learned less nothing learned, 40 populations",
        lambda: mean_of(_course(LOCAL, 1.0) - _course(LOCAL, 0.0)),
        above(0),
        RISES,
    ),
    *(
        _claim(
            f"circuit-{name}",
            f"In a local circuit, {what} rises with learning.",
            f"exact {column} information of whole trials, all learned over nothing learned",
            lambda column=column: mean_of(
                _course(LOCAL, 1.0, column) / _course(LOCAL, 0.0, column)
            ),
            above(1),
            RISES,
        )
        for name, column, what in (
            ("single", "shuffled", "the information of single neurons"),
            ("total", "total", "the information of the population"),
        )
    ),
    _claim(
        "late-frame-beyond-evidence",
        "Under inference the last frame tells more than the evidence of that frame holds.",
        "exact information of the last frame over that of one frame's evidence, 40 populations",
        lambda: mean_of(exact.late_frame()),
        above(1),
        ("more", "no more", "perhaps more"),
    ),
    _claim(
        "gain-like-v1",
        "In passive viewing, shared gain has about the mean noise correlation of the recording.",
        "exact mean correlation in passive viewing less the recording's, with its interval",
        _gain_less_recording,
        between(-0.05, 0.05),
        ("about", "not", "perhaps about"),
        digits=2,
    ),
    _claim(
        "course-early",
        "A quarter of the way, circuit and inference have nearly the same redundancy.",
        "redundancy of whole trials, local circuit over inference, a quarter learned",
        lambda: mean_of(_course(LOCAL, 0.25) / _course(INFERENCE, 0.25)),
        between(0.8, 1.25),
        ("nearly the same", "not the same", "perhaps nearly the same"),
        expected=NO,
    ),
    _claim(
        "strong-whole-trials",
        "At strong signals, a matched circuit has more redundancy than inference in whole trials.",
        "exact redundancy of whole trials, Sigma from these trials, local circuit over inference",
        lambda: mean_of(exact.strong_trials()[LOCAL] / exact.strong_trials()[INFERENCE]),
        above(2),
        ("far more", "not far more", "perhaps far more"),
    ),
    _claim(
        "frames-local",
        "In a local circuit, redundancy grows within the trial.",
        "exact redundancy near threshold, last frame less first",
        lambda: _over_frames(LOCAL, exact.THRESHOLD),
        above(0),
        RISES,
        expected=NO,
    ),
    _claim(
        "frames-slow",
        "In a slow circuit, redundancy grows within the trial.",
        "exact redundancy near threshold, last frame less first",
        lambda: _over_frames(SLOW, exact.THRESHOLD),
        above(0),
        RISES,
    ),
    _claim(
        "frames-slow-strong",
        "In a slow circuit, redundancy at strong signals falls within the trial.",
        "exact redundancy at a strong signal, last frame less first",
        lambda: _over_frames(SLOW, exact.STRONG),
        below(0),
        FALLS,
        expected=NO,
    ),
    _claim(
        "frames-inference-strong",
        "Under inference, redundancy at strong signals falls within the trial.",
        "exact redundancy at a strong signal, last frame less first",
        lambda: _over_frames(INFERENCE, exact.STRONG),
        below(0),
        FALLS,
    ),
)
"""The claims about exact moments."""

PAIRS = (
    _claim(
        "pairs-published",
        "In V1, noise correlation grows with the product of the two neurons' d'.",
        "Pearson's r of 543 published pairs",
        lambda: _published("Pearson r"),
        above(0),
        RISES,
    ),
    *(
        _claim(
            f"pairs-{theory}",
            f"Under {name}, noise correlation clearly grows with the product of d'.",
            f"Pearson's r of a trained and engaged subject, {SIMULATED}",
            lambda theory=theory: mean_of(_relation(theory)),
            above(0.3),
            RISES,
            expected=verdict,
        )
        for theory, name, verdict in (
            ("inference", "inference", YES),
            ("local", "a local circuit", YES),
            ("gain", "shared gain", NO),
            ("efficient", "efficient coding", NO),
        )
    ),
    _claim(
        "pairs-not-told-apart",
        "The relation is the same under inference and under a local circuit.",
        f"Pearson's r, inference less local circuit, {SIMULATED}",
        lambda: mean_of(_relation("inference") - _relation("local")),
        between(-0.1, 0.1),
        SAME,
        digits=2,
    ),
    *(
        _claim(
            f"pairs-passive-{theory}",
            f"In passive viewing the relation stays under {name}.",
            f"Pearson's r of a trained subject in passive viewing, {SIMULATED}",
            lambda theory=theory: mean_of(_relation(theory, "passive")),
            above(0.3),
            ("stays", "does not stay", "may stay"),
            expected=verdict,
            digits=2,
        )
        for theory, name, verdict in (
            ("inference", "inference", NO),
            ("local", "a local circuit", YES),
        )
    ),
    _claim(
        "pairs-scatter",
        "Simulated pairs scatter more about the line than published ones.",
        f"scatter under inference over published scatter, {SIMULATED}",
        lambda: mean_of(_relation("inference", column="scatter") / _published("scatter").value),
        above(1.5),
        ("more", "not more", "perhaps more"),
    ),
)
"""The claims about pairs of neurons."""
