"""The claims of chapter 4, *Inference by sampling*."""

from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from neurocoord_book.claims._registry import Evidence, Verdict, above, below, between
from neurocoord_book.claims.evidence import with_error
from neurocoord_book.claims.wording import worded
from neurocoord_book.results import StaleResultError
from neurocoord_book.studies import sampling as study
from neurocoord_book.studies import sampling_runs as runs
from neurocoord_book.studies.sampling_comparison import comparison

CHAPTER = "04-inference-by-sampling"

CARDINAL = study.condition_name("cardinal", study.WITH)
OBLIQUE = study.condition_name("oblique", study.WITH)
CARDINAL_WITHOUT = study.condition_name("cardinal", study.WITHOUT)


def _row(table: str, condition: str, quantity: str, **where: float) -> pd.Series:
    """Return the one row of a stored table."""
    rows = study.stored(table)
    chosen = (rows["condition"] == condition) & (rows["quantity"] == quantity)
    for column, value in where.items():
        chosen &= np.isclose(rows[column], value)
    if chosen.sum() != 1:
        raise StaleResultError(f"{chosen.sum()} rows for {condition}, {quantity}, {where}")
    return rows[chosen].iloc[0]


def _is(condition: str, quantity: str, table: str = "population") -> Evidence:
    """Return a stored value with its interval."""
    row = _row(table, condition, quantity)
    return Evidence(row["value"], row["low"], row["high"])


def _difference(one: pd.Series, other: pd.Series) -> Evidence:
    """Return the difference of values of two independent conditions."""
    return with_error(one["value"] - other["value"], float(np.hypot(one["se"], other["se"])))


def _ratio(one: pd.Series, other: pd.Series) -> Evidence:
    """Return the ratio of values of two independent conditions."""
    ratio = one["value"] / other["value"]
    relative = np.hypot(one["se"] / one["value"], other["se"] / other["value"])
    return with_error(ratio, float(abs(ratio) * relative))


def _with_over_without(quantity: str) -> Evidence:
    return _ratio(*(_row("population", name, quantity) for name in (CARDINAL, CARDINAL_WITHOUT)))


def _with_less_without(quantity: str) -> Evidence:
    rows = (_row("population", name, quantity) for name in (CARDINAL, CARDINAL_WITHOUT))
    return _difference(*rows)


def _learned_less_naive(quantity: str) -> Evidence:
    end = _row("population", "learning", quantity, feedback=study.WITH)
    return _difference(end, _row("population", "learning", quantity, feedback=0.0))


def _total_by_strength() -> Evidence:
    """Return the smallest total information at any strength of feedback over that without."""
    rows = study.stored("population").query(
        "condition == 'strength' and quantity == 'total information'"
    )
    without = rows[rows["feedback"] == 0].iloc[0]
    weakest = rows[rows["feedback"] > 0].nsmallest(1, "value").iloc[0]
    return _ratio(weakest, without)


def _certain_less_uncertain(quantity: str) -> Evidence:
    certain = _row("population", "strength", quantity, feedback=study.WITH)
    return _difference(certain, _row("population", "uncertain task", quantity))


def _share_of_image() -> Evidence:
    row = _row("population", CARDINAL, "total information")
    image = study.image_information(0.0)
    return with_error(row["value"] / image, row["se"] / image)


def _recomputed() -> Evidence:
    return Evidence(float(study.recomputed()["z"].abs().max()))


def _recomputed_chance() -> Evidence:
    """Return how often as many independent differences have so large a maximum by chance.

    The errors come from blocks of trials, so that a difference follows Student's t.
    """
    z = study.recomputed()["z"].abs()
    return Evidence(float(1 - (1 - 2 * stats.t.sf(z.max(), runs.BLOCKS - 1)) ** len(z)))


def _blank_drifts() -> Evidence:
    """Return how many beliefs of the trials without a grating end beyond one half."""
    blank = study.watched_trial().belief[1:, -1]
    return Evidence(float(np.sum(np.abs(blank) > 0.5)))


def _gaussian(quantity: str) -> Evidence:
    """Return a compared quantity of the Gaussian model."""
    row = comparison().set_index("quantity").loc[quantity]
    return Evidence(*(float(row[f"gaussian_{part}"]) for part in ("value", "low", "high")))


def _agreements() -> Evidence:
    """Return the number of predictions that hold in both models."""
    table = comparison()
    both = (table["gaussian_holds"] == "yes") & (table["sampling_holds"] == "yes")
    return Evidence(float(both.sum()))


def _turned() -> Evidence:
    return Evidence(*study.turned_task().alignment)


_claim = partial(worded, CHAPTER)

FOLLOWS = ("follows", "does not follow", "may follow")
LAST = f"samples {10 * runs.LATE + 1} to {10 * runs.LATE + 10}"
FIRST = f"samples {10 * runs.EARLY + 1} to {10 * runs.EARLY + 10}"

CLAIMS = (
    _claim(
        "sampling-recomputed",
        "What this build computes anew does not contradict the stored results.",
        "largest difference between stored and recomputed results, in standard errors",
        _recomputed,
        below(4.5),
        ("does not contradict", "contradicts", "may contradict"),
        digits=2,
    ),
    _claim(
        "sampling-recomputed-chance",
        "Chance alone may give so large a difference among forty.",
        "probability of so large a maximum, forty independent values of Student's t, 19 degrees",
        _recomputed_chance,
        above(0.01),
        ("may give", "hardly gives", "perhaps gives"),
        digits=1,
    ),
    _claim(
        "sampling-blank-drift",
        "Some beliefs, but not all, run far without a grating.",
        "beliefs of the five trials without a grating that end beyond one half",
        _blank_drifts,
        between(0, 5),
        ("some", "none or all", "perhaps some"),
        digits=1,
    ),
    _claim(
        "sampling-mode-cardinal",
        "With feedback the leading mode of the noise follows the cardinal task.",
        "cosine of leading mode and pattern w, cardinal task, feedback 0.08",
        lambda: _is(CARDINAL, "alignment"),
        above(0.9),
        FOLLOWS,
    ),
    _claim(
        "sampling-mode-oblique",
        "The same model doing the oblique task has a leading mode that follows the oblique task.",
        "cosine of leading mode and pattern w, oblique task, feedback 0.08",
        lambda: _is(OBLIQUE, "alignment"),
        above(0.9),
        FOLLOWS,
    ),
    _claim(
        "sampling-mode-needs-feedback",
        "Without feedback the correlations along the task all but vanish.",
        "slope of noise correlations on w_i w_j, without over with feedback",
        lambda: _ratio(
            _row("population", CARDINAL_WITHOUT, "task correlation"),
            _row("population", CARDINAL, "task correlation"),
        ),
        below(0.1),
        ("all but vanish", "do not vanish", "may all but vanish"),
    ),
    _claim(
        "sampling-no-correlation-at-all",
        "Without feedback no correlation along the task is left at all.",
        "slope of noise correlations on w_i w_j, without feedback",
        lambda: _is(CARDINAL_WITHOUT, "task correlation"),
        between(-0.002, 0.002),
        ("nothing is left", "something is left", "perhaps nothing is left"),
        expected=Verdict.NOT_SUPPORTED,
    ),
    _claim(
        "sampling-same-choice",
        "With feedback, units that support the same choice are positively correlated.",
        "mean noise correlation of units within 22.5 degrees of the same category",
        lambda: _is(CARDINAL, "same-choice correlation"),
        above(0),
        ("positively", "not positively", "perhaps positively"),
    ),
    _claim(
        "sampling-opposite-choice",
        "With feedback, units that support opposite choices are negatively correlated.",
        "mean noise correlation of units within 22.5 degrees of opposite categories",
        lambda: _is(CARDINAL, "opposite-choice correlation"),
        below(0),
        ("negatively", "not negatively", "perhaps negatively"),
    ),
    _claim(
        "sampling-mean-correlation-small",
        "The mean noise correlation over all pairs stays small.",
        "mean noise correlation of all pairs, cardinal task, feedback 0.08",
        lambda: _is(CARDINAL, "mean correlation"),
        between(0, 0.03),
        ("small", "not small", "perhaps small"),
    ),
    _claim(
        "sampling-choice-preferred",
        "A unit that prefers a category predicts the choice of it.",
        "choice probability of the unit at 0 degrees, cardinal task, feedback 0.08",
        lambda: _is(CARDINAL, "choice probability 0"),
        above(0.5),
        ("above", "not above", "perhaps above"),
    ),
    _claim(
        "sampling-choice-opposed",
        "A unit that prefers the other category predicts the choice against it.",
        "choice probability of the unit at 90 degrees, cardinal task, feedback 0.08",
        lambda: _is(CARDINAL, "choice probability 90"),
        below(0.5),
        ("below", "not below", "perhaps below"),
    ),
    _claim(
        "sampling-choice-irrelevant",
        "A unit between the categories does not predict the choice.",
        "choice probability of the unit at 45 degrees, cardinal task, feedback 0.08",
        lambda: _is(CARDINAL, "choice probability 45"),
        between(0.47, 0.53),
        ("at chance", "not at chance", "perhaps at chance"),
    ),
    _claim(
        "sampling-choice-follows-task",
        "In the oblique task that same unit predicts the choice.",
        "choice probability of the unit at 45 degrees, oblique task, feedback 0.08",
        lambda: _is(OBLIQUE, "choice probability 45"),
        above(0.55),
        ("predicts", "does not predict", "may predict"),
    ),
    _claim(
        "sampling-choice-needs-feedback",
        "Without feedback no unit predicts the choice.",
        "choice probability of the unit at 0 degrees, cardinal task, no feedback",
        lambda: _is(CARDINAL_WITHOUT, "choice probability 0"),
        between(0.47, 0.53),
        ("at chance", "not at chance", "perhaps at chance"),
    ),
    _claim(
        "sampling-better-choices",
        "With feedback the choices become better.",
        "percent correct at contrast 6, with less without feedback",
        lambda: _with_less_without("percent correct"),
        above(0),
        ("better", "not better", "perhaps better"),
    ),
    _claim(
        "sampling-chance-without",
        "Without feedback the choices are at chance.",
        "percent correct at contrast 6 without feedback",
        lambda: _is(CARDINAL_WITHOUT, "percent correct"),
        between(47, 53),
        ("at chance", "not at chance", "perhaps at chance"),
    ),
    _claim(
        "sampling-correct-with",
        "With feedback most choices at contrast 6 are correct.",
        "percent correct at contrast 6, cardinal task, feedback 0.08",
        lambda: _is(CARDINAL, "percent correct"),
        above(75),
        ("most", "not most", "perhaps most"),
    ),
    _claim(
        "sampling-shuffled-rises",
        "Feedback makes single units far better informed.",
        "shuffled information with over without feedback, subsets of 32 units",
        lambda: _with_over_without("shuffled information"),
        above(1.5),
        ("rises", "does not rise much", "may rise"),
    ),
    _claim(
        "sampling-total-kept",
        "Feedback costs the population no information.",
        "total information with over without feedback, subsets of 32 units",
        lambda: _with_over_without("total information"),
        above(1),
        ("does not fall", "falls", "may fall"),
    ),
    _claim(
        "sampling-total-kept-everywhere",
        "At no strength of feedback does total information fall by more than a tenth.",
        "smallest total information at any strength over that without feedback",
        _total_by_strength,
        above(0.9),
        ("does not fall", "falls", "may fall"),
    ),
    _claim(
        "sampling-redundancy-rises",
        "Feedback makes the population redundant.",
        "redundancy fraction with less without feedback, subsets of 32 units",
        lambda: _with_less_without("redundancy fraction"),
        above(0),
        ("rises", "does not rise", "may rise"),
    ),
    _claim(
        "sampling-redundancy-with",
        "With feedback half of what single units know is repeated.",
        "redundancy fraction, cardinal task, feedback 0.08, subsets of 32 units",
        lambda: _is(CARDINAL, "redundancy fraction"),
        between(0.4, 0.6),
        ("about half", "not half", "perhaps half"),
    ),
    _claim(
        "sampling-below-image",
        "The population has less information than the pixels of the image.",
        "total information of 32 units over that of the image, cardinal task, feedback 0.08",
        _share_of_image,
        below(1),
        ("less than", "not less than", "perhaps less than"),
    ),
    _claim(
        "sampling-opposite-before",
        "Before the belief accumulates, units with opposite preferences are uncorrelated.",
        f"mean noise correlation of opposite units, {FIRST}",
        lambda: _is(CARDINAL, f"opposite {runs.EARLY}", "time"),
        between(-0.003, 0.003),
        ("uncorrelated", "correlated", "perhaps uncorrelated"),
        digits=2,
    ),
    _claim(
        "sampling-opposite-late",
        "At the end of the trial, units with opposite preferences are negatively correlated.",
        f"mean noise correlation of opposite units, {LAST}",
        lambda: _is(CARDINAL, f"opposite {runs.LATE}", "time"),
        below(0),
        ("negatively", "not negatively", "perhaps negatively"),
        digits=2,
    ),
    _claim(
        "sampling-opposite-needs-accumulation",
        "If the belief never accumulates, they do not become negatively correlated.",
        f"mean noise correlation of opposite units without accumulation, {LAST}",
        lambda: _is("no accumulation", f"opposite {runs.LATE}", "time"),
        above(-0.003),
        ("do not become so", "become so as well", "may not become so"),
        digits=2,
    ),
    _claim(
        "sampling-no-correlation-before",
        "Before the belief accumulates there are no noise correlations.",
        f"mean noise correlation of units with the same preference, {FIRST}",
        lambda: _is(CARDINAL, f"same {runs.EARLY}", "time"),
        below(0.01),
        ("uncorrelated", "already correlated", "perhaps correlated"),
        expected=Verdict.NOT_SUPPORTED,
    ),
    _claim(
        "sampling-lasting-before",
        "Before the belief accumulates, activity along the task hardly outlasts ten samples.",
        "correlation of activity along the task, samples 1 to 10 with 11 to 20",
        lambda: _is(CARDINAL, f"lasting {runs.EARLY}", "time"),
        below(0.1),
        ("hardly", "clearly", "perhaps hardly"),
        digits=2,
    ),
    _claim(
        "sampling-lasting-late",
        "At the end of the trial, activity along the task persists.",
        "correlation of activity along the task, samples 81 to 90 with 91 to 100",
        lambda: _is(CARDINAL, f"lasting {runs.LATE}", "time"),
        above(0.1),
        ("persists", "does not persist", "may persist"),
        digits=2,
    ),
    _claim(
        "sampling-redundancy-grows-in-trial",
        "Redundancy grows within the trial.",
        f"redundancy fraction, {LAST} less {FIRST}",
        lambda: _is(CARDINAL, "fraction growth", "time"),
        above(0),
        ("grows", "does not grow", "may grow"),
        digits=2,
    ),
    _claim(
        "sampling-redundant-before",
        "Before the belief accumulates there is no redundancy.",
        f"redundancy fraction, {FIRST}",
        lambda: _is(CARDINAL, "fraction early", "time"),
        below(0.05),
        ("not redundant", "already redundant", "perhaps redundant"),
        expected=Verdict.NOT_SUPPORTED,
    ),
    _claim(
        "sampling-belief-carries",
        "Most of the correlation along the task comes from the belief.",
        "share of the task correlation that goes once the belief is regressed out",
        lambda: _is(CARDINAL, "task correlation through belief"),
        above(0.5),
        ("most", "not most", "perhaps most"),
    ),
    _claim(
        "sampling-belief-carries-all",
        "All of the correlation along the task comes from the belief.",
        "share of the task correlation that goes once the belief is regressed out",
        lambda: _is(CARDINAL, "task correlation through belief"),
        above(0.95),
        ("all", "not all", "perhaps all"),
        expected=Verdict.NOT_SUPPORTED,
    ),
    _claim(
        "sampling-learning-redundancy",
        "Redundancy rises along the path of learning.",
        "redundancy fraction, end less start of learning",
        lambda: _learned_less_naive("redundancy fraction"),
        above(0),
        ("rises", "does not rise", "may rise"),
    ),
    _claim(
        "sampling-learning-total",
        "Learning costs the population no information.",
        "total information, end less start of learning",
        lambda: _learned_less_naive("total information"),
        above(0),
        ("does not fall", "falls", "may fall"),
    ),
    _claim(
        "sampling-knowing-the-task",
        "With the same feedback, a subject sure of its task has the more redundant code.",
        "redundancy fraction, task known less task uncertain, feedback 0.08",
        lambda: _certain_less_uncertain("redundancy fraction"),
        above(0),
        ("more", "not more", "perhaps more"),
    ),
    _claim(
        "sampling-models-agree",
        "Most predictions hold in the Gaussian and in the sampling model alike.",
        "predictions that hold in both models, of twelve",
        _agreements,
        above(6),
        ("most", "not most", "perhaps most"),
        digits=1,
    ),
    _claim(
        "sampling-gaussian-passive-choice",
        "In the Gaussian model, neurons stay predictive of the choice without feedback.",
        "slope of choice probabilities on w_i, passive over engaged, Gaussian model",
        lambda: _gaussian("choice without"),
        above(0.1),
        ("predictive", "not predictive", "perhaps predictive"),
        digits=2,
    ),
    _claim(
        "sampling-gaussian-early",
        "In the Gaussian model, opposite neurons are negatively correlated in the first frame.",
        "mean noise correlation of opposite neurons in the first frame, Gaussian model",
        lambda: _gaussian("opposite first"),
        below(-0.003),
        ("negatively", "not negatively", "perhaps negatively"),
    ),
    _claim(
        "sampling-gaussian-fraction",
        "In the Gaussian model, the redundancy fraction of a single frame falls.",
        "redundancy fraction, last less first frame, Gaussian model",
        lambda: _gaussian("fraction growth"),
        below(0),
        ("falls", "does not fall", "may fall"),
    ),
    _claim(
        "sampling-turned-task",
        "For a task at 22.5 degrees the leading mode turns with the task.",
        "cosine of leading mode and pattern w, task at 22.5 degrees",
        _turned,
        above(0.9),
        FOLLOWS,
    ),
)
