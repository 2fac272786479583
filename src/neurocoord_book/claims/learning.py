"""The claims of chapter 5, *Simulated learning*."""

from functools import partial

import pandas as pd

from neurocoord_book.claims._registry import Claim, Evidence, Verdict, above, below, between
from neurocoord_book.claims.evidence import mean_of, share_of
from neurocoord_book.claims.wording import AGREES, FALLS, HOLDS, RISES, worded
from neurocoord_book.studies import learning as study
from neurocoord_book.studies import mechanisms, signatures
from neurocoord_book.studies.learning_runs import BATCH, EXPERIMENTS, WEEKS
from neurocoord_book.studies.mechanisms_runs import EXPERIMENTS as LONG_EXPERIMENTS
from neurocoord_book.studies.signatures_runs import UNTAUGHT

CHAPTER = "05-simulated-learning"

INFERENCE, EFFICIENT = study.THEORIES

BY_EXPERIMENT = f"{EXPERIMENTS} simulated studies of {BATCH.sessions} sessions"


def _stages(theory: str) -> pd.DataFrame:
    table = study.curves()
    return study.early_and_late(table[table["theory"] == theory])


def _change(theory: str, measure: str) -> Evidence:
    """Return late less early."""
    table = _stages(theory)
    return mean_of(table[f"{measure}_late"] - table[f"{measure}_early"])


def _difference_of_skill() -> Evidence:
    """Return late skill under inference less that of the same subjects under efficient coding."""
    skill = [_stages(theory).set_index("experiment")["correct_late"] for theory in study.THEORIES]
    return mean_of(skill[0] - skill[1])


def _ratio(theory: str, measure: str) -> Evidence:
    """Return late over the average of early, which unlike single early values is never near 0."""
    table = _stages(theory)
    return mean_of(table[f"{measure}_late"] / table[f"{measure}_early"].mean())


def _naive_share(theory: str) -> Evidence:
    """Return redundancy before learning as a part of the average shuffled information."""
    table = _stages(theory)
    return mean_of(table["redundancy_early"] / table["shuffled_early"].mean())


def _agreement(theory: str, measure: str) -> Evidence:
    """Return measured over exact, averaged over the sessions of each study."""
    table = study.exact_sessions()
    means = table[table["theory"] == theory].groupby("experiment")[[measure, f"exact_{measure}"]]
    means = means.mean()
    return mean_of(means[measure] / means[f"exact_{measure}"])


def _exact_growth(theory: str, measure: str) -> Evidence:
    """Return the exact measure late over naive, in each of the studies of `exact_sessions`."""
    table = study.exact_sessions()
    table = table[table["theory"] == theory]
    stages = [
        table[table["session"].isin(sessions)].groupby("experiment")[f"exact_{measure}"].mean()
        for sessions in (study.EARLY[:1], study.LATE)
    ]
    return mean_of(stages[1] / stages[0])


def _correct(session: int, noise: float) -> Evidence:
    """Return the part of the final improvement that is reached in a session."""
    table = study.decisions().query("decision_noise == @noise")
    wide = table.pivot_table(index="experiment", columns="session", values="correct")
    return mean_of((wide[session] - wide[1]) / (wide[wide.columns[-1]] - wide[1]))


def _with_twenty_sessions(theory: str, sign: int) -> Evidence:
    """Return the share of long studies (chapter 7) with a significant rise or fall when engaged."""
    table = mechanisms.experiments().query("model == @theory")
    return share_of((table["engaged"] * sign > 0) & (table["engaged_p"] < study.SIGNIFICANT))


def _errs_with_twenty_sessions() -> Evidence:
    """Return the share of long studies without learning (chapter 6) with a significant trend."""
    table = signatures.tests().query("theory == @study.NULL")
    return share_of(table["engaged_p"] < study.SIGNIFICANT)


def _tests(world: str) -> pd.DataFrame:
    table = study.tests()
    return table[table["world"] == world]


def _significant(world: str, p: str) -> Evidence:
    """Return the share of studies in which a test finds something."""
    return share_of(_tests(world)[p] < study.SIGNIFICANT)


def _covers(world: str, g: float) -> Evidence:
    """Return the share of studies whose interval of Hedges' g holds a value."""
    table = _tests(world)
    return share_of((table["g_low"] < g) & (g < table["g_high"]))


def _excludes_none() -> Evidence:
    """Return the share of studies without learning whose interval of Hedges' g excludes 0."""
    inside = _covers(study.NULL, 0.0)
    return Evidence(1 - inside.value, 1 - inside.high, 1 - inside.low)


_claim = partial(worded, CHAPTER)

BETTER = ("become better informed", "become less informed", "may become better informed")
KEEPS = ("does not lose information", "loses information", "may lose information")
ENOUGH = ("enough", "not enough", "perhaps enough")
INDEPENDENT = ("nearly independent", "not nearly independent", "perhaps nearly independent")
NOT = Verdict.NOT_SUPPORTED


def _theory_claims(theory: str, short: str, verdicts: tuple[Verdict, ...]) -> tuple[Claim, ...]:
    """Return what the study reports, asked of one theory."""
    rises, independent, better, keeps = verdicts
    return (
        _claim(
            f"shared-activity-rises-{short}",
            f"Under {theory}, redundancy rises as skill rises.",
            f"redundancy fraction of late less naive sessions, {BY_EXPERIMENT}",
            lambda: _change(theory, "fraction"),
            above(0),
            RISES,
            expected=rises,
        ),
        _claim(
            f"independent-before-{short}",
            f"Under {theory}, neurons are near independent before learning.",
            f"redundancy as a part of shuffled information, first session, {BY_EXPERIMENT}",
            lambda: _naive_share(theory),
            between(-0.1, 0.1),
            INDEPENDENT,
            expected=independent,
        ),
        _claim(
            f"neurons-better-informed-{short}",
            f"Under {theory}, single neurons get better informed.",
            f"mean single-neuron information, late over naive, {BY_EXPERIMENT}",
            lambda: _ratio(theory, "single"),
            above(1),
            BETTER,
            expected=better,
        ),
        _claim(
            f"population-loses-nothing-{short}",
            f"Under {theory}, the population loses less than a hundredth of what it told.",
            f"total information, late over naive, {BY_EXPERIMENT}",
            lambda: _ratio(theory, "total"),
            above(0.99),
            KEEPS,
            expected=keeps,
        ),
        _claim(
            f"sessions-agree-with-exact-{short}",
            f"Under {theory}, measured redundancy agrees with the exact moments.",
            "redundancy of all sessions of a study, measured over exact, 12 studies",
            lambda: _agreement(theory, "shuffled" if theory == EFFICIENT else "redundancy"),
            between(0.9, 1.1),
            AGREES,
        ),
    )


YES = Verdict.SUPPORTED

CLAIMS = (
    _claim(
        "behaviour-improves",
        "Behaviour improves because the learner learns.",
        f"share of right choices, late less naive sessions, {BY_EXPERIMENT}",
        lambda: _change(INFERENCE, "correct"),
        above(0),
        ("improves", "does not improve", "may improve"),
    ),
    _claim(
        "same-skill",
        "Skill is the same under both theories by construction: the choice reads the evidence, "
        "never the recorded neurons.",
        "share of right choices in late sessions, inference less efficient coding, "
        f"{BY_EXPERIMENT}",
        _difference_of_skill,
        between(-0.001, 0.001),
        ("the same", "not the same", "perhaps the same"),
        digits=2,
    ),
    _claim(
        "belief-sure-of-nothing",
        "A skilled subject's belief is nearly certain even on trials without signal.",
        "mean size of the belief at the last frame, no signal, 30 populations",
        lambda: mean_of(study.beliefs()["size"]),
        above(0.8),
        ("nearly certain", "not nearly certain", "perhaps nearly certain"),
        digits=2,
    ),
    _claim(
        "belief-overconfident",
        "Near threshold a skilled subject believes to be right more often than it is.",
        "mean probability that the belief gives its sign, less how often the sign is right",
        lambda: mean_of(study.beliefs()["confidence"] - study.beliefs()["right"]),
        above(0),
        ("more often", "no more often", "perhaps more often"),
        digits=2,
    ),
    _claim(
        "choice-against-belief",
        "Decision noise often makes the choice contradict the belief that is fed back.",
        "share of trials without signal with choice and belief of opposite sign, 30 populations",
        lambda: mean_of(study.beliefs()["against"]),
        above(0.1),
        ("often", "rarely", "perhaps often"),
        digits=2,
    ),
    _claim(
        "direction-learned-fast",
        "Without decision noise nearly all the improvement comes in the first session.",
        "part of the improvement reached after one session of practice, no decision noise",
        lambda: _correct(2, 0.0),
        above(0.95),
        ("nearly all", "not nearly all", "perhaps nearly all"),
    ),
    _claim(
        "decision-noise-slows",
        "With decision noise behaviour keeps improving after the first session.",
        "part of the improvement reached after one session of practice, with decision noise",
        lambda: _correct(2, study.LAB.decision_noise),
        below(0.95),
        ("keeps improving", "does not keep improving", "may keep improving"),
    ),
    *_theory_claims(INFERENCE, "inference", (YES, YES, YES, YES)),
    *_theory_claims(EFFICIENT, "efficient", (NOT, YES, NOT, NOT)),
    _claim(
        "shared-activity-falls-efficient",
        "Under efficient coding, redundancy falls as skill rises.",
        f"redundancy fraction of late less naive sessions, {BY_EXPERIMENT}",
        lambda: _change(EFFICIENT, "fraction"),
        below(0),
        FALLS,
    ),
    _claim(
        "inference-differential-grows",
        "Under inference the variance along f' grows with learning.",
        "exact variance along f', late over naive, 12 studies",
        lambda: _exact_growth(INFERENCE, "differential"),
        above(1),
        ("grows", "does not grow", "may grow"),
    ),
    _claim(
        "naive-holds-inference",
        "Before learning, the code of inference holds most of what the evidence tells.",
        "exact information of whole trials, naive code over evidence, 30 populations",
        lambda: mean_of(study.naive_codes()[INFERENCE]),
        above(0.5),
        ("holds most", "discards most", "may hold most"),
        expected=NOT,
        digits=2,
    ),
    _claim(
        "naive-holds-efficient",
        "Before learning, the code of efficient coding holds most of what the evidence tells.",
        "exact information of whole trials, naive code over evidence, 30 populations",
        lambda: mean_of(study.naive_codes()[EFFICIENT]),
        above(0.5),
        ("holds most", "discards most", "may hold most"),
        digits=2,
    ),
    _claim(
        "mean-correlation-nearly-blind",
        "Learning hardly moves the mean noise correlation under inference.",
        "exact mean noise correlation, trained less naive, 30 populations",
        lambda: mean_of(study.blindness()["correlation"]),
        between(-0.001, 0.001),
        ("hardly moves", "moves", "may hardly move"),
        digits=2,
    ),
    _claim(
        "alike-pairs-rise",
        "Pairs that agree about the task become more correlated.",
        "exact noise correlation of agreeing pairs, trained less naive, 30 populations",
        lambda: mean_of(study.blindness()["alike"]),
        above(0),
        ("more", "not more", "perhaps more"),
        digits=2,
    ),
    _claim(
        "unlike-pairs-fall",
        "Pairs that disagree about the task become less correlated.",
        "exact noise correlation of disagreeing pairs, trained less naive, 30 populations",
        lambda: mean_of(study.blindness()["unlike"]),
        below(0),
        ("less", "not less", "perhaps less"),
        digits=2,
    ),
    _claim(
        "redundancy-sees",
        "Redundancy sees in the same populations what the mean correlation does not.",
        "exact redundancy fraction, trained less naive, 30 populations",
        lambda: mean_of(study.blindness()["fraction"]),
        above(0.1),
        ("rises", "hardly rises", "may rise"),
    ),
    *(
        _claim(
            f"level-{short}",
            f"Where naive subjects learn nothing, the test '{method}' rarely finds a trend.",
            f"share of {BY_EXPERIMENT} without learning with p < 0.05",
            lambda method=method: _significant(study.NULL, method),
            below(0.1),
            HOLDS,
            digits=2,
        )
        for short, method in zip(
            ("fixed", "mixed", "clustered", "permutation"), study.METHODS, strict=True
        )
    ),
    *(
        _claim(
            f"power-{short}",
            f"The test '{method}' finds the trend of redundancy under inference.",
            f"share of {BY_EXPERIMENT} under inference with p < 0.05",
            lambda method=method: _significant(INFERENCE, method),
            above(0.8),
            ("finds", "misses", "may find"),
        )
        for short, method in zip(
            ("fixed", "mixed", "clustered", "permutation"), study.METHODS, strict=True
        )
    ),
    _claim(
        "level-twenty",
        f"Where naive subjects learn nothing, {WEEKS.sessions} sessions rarely show a trend.",
        f"share of {UNTAUGHT} studies of {WEEKS.sessions} sessions without learning with p < 0.05, "
        "fixed curves",
        _errs_with_twenty_sessions,
        below(0.1),
        HOLDS,
        digits=2,
    ),
    _claim(
        "power-twenty",
        f"Two subjects with {WEEKS.sessions} sessions are enough to find the rise under inference.",
        f"share of {LONG_EXPERIMENTS['study']} studies of {WEEKS.sessions} sessions with a "
        "significant rise, fixed curves",
        lambda: _with_twenty_sessions(INFERENCE, 1),
        above(0.8),
        ENOUGH,
    ),
    _claim(
        "power-efficient",
        f"Two subjects with {WEEKS.sessions} sessions are enough to find the fall under efficient "
        "coding.",
        f"share of {LONG_EXPERIMENTS['study']} studies of {WEEKS.sessions} sessions with a "
        "significant fall, fixed curves",
        lambda: _with_twenty_sessions(EFFICIENT, -1),
        above(0.8),
        ENOUGH,
        expected=NOT,
    ),
    _claim(
        "power-efficient-six",
        f"Two subjects with {BATCH.sessions} sessions are enough to find the fall under efficient "
        "coding.",
        f"share of {BY_EXPERIMENT} under efficient coding with p < 0.05, fixed curves",
        lambda: _significant(EFFICIENT, "fixed curves"),
        above(0.8),
        ENOUGH,
        expected=NOT,
    ),
    _claim(
        "power-correlation",
        f"The mean noise correlation shows the change under inference in {BATCH.sessions} "
        "sessions.",
        f"share of {BY_EXPERIMENT} with a trend in mean correlation, p < 0.05, fixed curves",
        lambda: _significant(INFERENCE, "correlation_p"),
        above(0.8),
        ("shows", "does not show", "may show"),
        expected=NOT,
    ),
    _claim(
        "mixed-often-boundary",
        "With four learning curves the mixed model usually ends at a boundary.",
        f"share of {BY_EXPERIMENT} without learning with a variance at the boundary",
        lambda: share_of(_tests(study.NULL)["boundary"] > 0),
        above(0.5),
        ("usually", "not usually", "perhaps usually"),
    ),
    _claim(
        "effect-size-inference",
        "The rise of redundancy under inference is a large effect.",
        f"Hedges' g of late against early sessions, {BY_EXPERIMENT}",
        lambda: mean_of(_tests(INFERENCE)["g"]),
        above(0.8),
        ("large", "not large", "perhaps large"),
    ),
    _claim(
        "effect-size-efficient",
        "The change of redundancy under efficient coding is a large effect.",
        f"Hedges' g of late against early sessions, {BY_EXPERIMENT}",
        lambda: mean_of(_tests(EFFICIENT)["g"]),
        below(-0.8),
        ("large", "not large", "at the border of large"),
        expected=Verdict.UNDECIDED,
        digits=2,
    ),
    _claim(
        "level-effect-size",
        "In a world without learning, the interval of Hedges' g excludes zero no more than rarely.",
        f"share of {BY_EXPERIMENT} without learning whose 95% interval excludes 0",
        _excludes_none,
        below(0.1),
        HOLDS,
        digits=2,
    ),
    _claim(
        "effect-size-covers",
        "Under inference, the interval of Hedges' g nearly always holds the mean g.",
        f"share of {BY_EXPERIMENT} under inference whose 95% interval holds the mean of all",
        lambda: _covers(INFERENCE, _tests(INFERENCE)["g"].mean()),
        above(0.9),
        ("nearly always", "too seldom", "perhaps too seldom"),
    ),
)
