"""Simulated species whose individuals differ, and what studies of a few of them find (chapter 8).

``python -m neurocoord_book results power`` simulates subjects in groups, composes studies from each
group, and stores what the tests find. A curve point (a number of subjects, sessions, trials
or neurons) uses no subject twice.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from neurocoord._checks import Array, whole
from neurocoord.campaigns import Campaign
from neurocoord.experiment import Design
from neurocoord.hypotheses import (
    TestResult,
    across_curves,
    effect_size,
    equivalence,
    mixed_trend,
    trend,
)
from neurocoord.theories import Inference
from neurocoord.world import CARDINAL
from neurocoord_book.power import smallest_margin, smallest_rise
from neurocoord_book.recorded import select
from neurocoord_book.studies.sessions import Key, as_curves, estimate, learned, record, tally

DESIGN = Design(subjects=1, tasks=("cardinal",), engagement=(1.0,), loss=0.0, gain=0.0)
"""One subject, which learns one task; the same neurons in all of 20 sessions."""

SUBJECTS = (2, 3, 4, 5, 6, 8, 10, 12)
"""Studies of so many subjects."""

REFERENCE = 4
"""Subjects of the studies in which sessions, trials or neurons vary."""

SESSIONS = (3, 5, 10, 20)
"""Recorded sessions, spread evenly over the same weeks."""

TRIALS = (75, 100, 200, 400)
"""Trials of each signal in a session."""

NEURONS = (5, 10, 20, 50)
"""Recorded neurons."""

GROUP = max(SUBJECTS)
"""Subjects that are simulated together."""

CARRIER = (0.5, 1.0)
"""Feedback weights of the animals that show the effect, in a species in which not all do."""

CONTROLS = 8
"""Subjects without the effect that are simulated together."""

PASSIVE = ((2, 5), (2, 10), (2, 20), (4, 20), (8, 20))
"""Subjects and sessions of the studies without an effect."""

MARGIN = 1.0
"""Any margin: the interval of an equivalence test does not depend on it."""


def subject(
    feedback: float,
    rng: np.random.Generator,
    *,
    trials: int = DESIGN.trials,
    neurons: tuple[int, ...] = (DESIGN.tracked,),
) -> Array:
    """Return the redundancy of one engaged subject by session, (len(neurons), sessions).

    Parameters
    ----------
    feedback : float
        Weight of the feedback in this subject.
    rng : Generator
        Source of randomness.
    trials : int
        Trials of each signal.
    neurons : tuple of int
        Numbers of recorded neurons, the largest `Design.tracked`; the fewer are among the more.
    """
    world, theory = DESIGN.draw_world(rng), Inference(feedback=feedback)
    tracked = rng.choice(world.size, DESIGN.tracked, replace=False)
    sessions = []
    for w_hat in learned(DESIGN, world, CARDINAL, rng):
        drawn = record(theory, world, CARDINAL, w_hat, tracked, DESIGN, rng, trials=trials)
        sessions.append([estimate(select(drawn, np.arange(n)), DESIGN).redundancy for n in neurons])
    return np.array(sessions).T


def spread(count: int) -> Array:
    """Return the numbers of some sessions, evenly spread from the first to the last."""
    return np.linspace(1, DESIGN.sessions, whole("count", count, least=3)).round().astype(int)


TESTS: Mapping[str, Callable[[pd.DataFrame, str], TestResult]] = {
    "over sessions": trend,
    "across subjects": across_curves,
    "mixed model": mixed_trend,
}
"""The test over sessions takes the subjects for fixed, the other two for a sample."""


def judged(
    world: str,
    setting: str,
    values: Array,
    sessions: Array | None = None,
    tests: tuple[str, ...] = ("over sessions", "across subjects"),
) -> dict[Key, TestResult]:
    """Return what the tests find in one study, subjects as rows of the values."""
    table = as_curves(values, sessions)
    found = {(world, setting, name): TESTS[name](table, "value") for name in tests}
    if "mixed model" in tests:
        # A share of boundary fits is counted as the share of significant ones is.
        mixed = found[world, setting, "mixed model"]
        found[world, setting, "boundary"] = flag(mixed.boundary)
    return found


def early_and_late(values: Array) -> TestResult:
    """Return Hedges' g of the last five sessions against the first five, of all subjects."""
    return effect_size(values[:, :5].ravel(), values[:, -5:].ravel())


def flag(value: bool) -> TestResult:
    """Return a yes or no as a test result, to be counted as a rise if yes."""
    return TestResult("flag", float(value), np.nan, np.nan, 0.0 if value else 1.0)


def each(world: str, setting: str, values: Array) -> dict[Key, TestResult]:
    """Return whether each subject by itself has a significant rise."""
    alone = [trend(as_curves(own[None]), "value") for own in values]
    rises = all(one.p < 0.05 and one.estimate > 0 for one in alone)
    return {(world, setting, "each subject"): flag(rises)}


def species(rng: np.random.Generator) -> dict[Key, TestResult]:
    """Study a species in which all have the effect, of a strength uniform from 0 to 1.

    And one in which as many lose it as gain it: the same subjects, with the order of sessions
    turned round in each with a probability of one half.
    """
    values = np.array(
        [subject(feedback, rng, neurons=NEURONS) for feedback in rng.uniform(0, 1, GROUP)]
    )
    full = values[:, -1]
    found = {}
    for n in SUBJECTS:
        tests = ("over sessions", "across subjects", *(("mixed model",) if n == 2 else ()))
        found |= judged("all", f"subjects {n}", full[:n], tests=tests)
    for count in SESSIONS:
        chosen = spread(count)
        found |= judged("all", f"sessions {count}", full[:REFERENCE, chosen - 1], sessions=chosen)
    for k, count in enumerate(NEURONS):
        found |= judged("all", f"neurons {count}", values[:REFERENCE, k])
    found["all", "subjects 2", "effect size"] = early_and_late(full[:2])
    turned = np.where(rng.random((GROUP, 1)) < 0.5, full, full[:, ::-1])
    for n in (2, 4, 8):
        tests = ("over sessions", "across subjects", *(("mixed model",) if n == 2 else ()))
        found |= judged("as many fall", f"subjects {n}", turned[:n], tests=tests)
    return found


def with_trials(rng: np.random.Generator, trials: int) -> dict[Key, TestResult]:
    """Study the first species with fewer trials."""
    values = [subject(c, rng, trials=trials)[0] for c in rng.uniform(0, 1, REFERENCE)]
    return judged("all", f"trials {trials}", np.array(values))


def pairs(rng: np.random.Generator) -> dict[Key, TestResult]:
    """Study two subjects of whom both, one or none has the effect."""
    carriers = [subject(c, rng)[0] for c in rng.uniform(*CARRIER, 3)]
    others = [subject(0.0, rng)[0] for _ in range(3)]
    found = {}
    for name, own in (
        ("both", carriers[:2]),
        ("one", [carriers[2], others[0]]),
        ("none", others[1:]),
    ):
        values = np.array(own)
        found |= judged("a share", name, values, tests=tuple(TESTS)) | each("a share", name, values)
    return found


def without(rng: np.random.Generator) -> tuple[dict[Key, TestResult], dict[str, float]]:
    """Study subjects without feedback, which is also what passive viewing is.

    Returns
    -------
    found : dict
        What the tests of the chapter find.
    missed : dict
        By subjects and sessions: the smallest margin at which the trend is equivalent to none, and
        by how much the data would have to rise for a significant trend.
    """
    values = np.array([subject(0.0, rng)[0] for _ in range(CONTROLS)])
    found, missed = {}, {}
    for n, count in PASSIVE:
        chosen = spread(count)
        table = as_curves(values[:n, chosen - 1], chosen)
        missed[f"margin {n} {count}"] = smallest_margin(equivalence(table, "value", MARGIN))
        missed[f"rise {n} {count}"] = smallest_rise(trend(table, "value"))
    for n in (2, CONTROLS):
        found |= judged("none", f"subjects {n}", values[:n])
    found["none", "subjects 2", "effect size"] = early_and_late(values[:2])
    return found, missed


def job(
    *, rng: np.random.Generator, kind: str, groups: int, trials: int = 0
) -> dict[str, pd.DataFrame]:
    """Run some groups of studies of one kind.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    kind : {"species", "trials", "pairs", "without"}
        Which studies.
    groups : int
        How many of each.
    trials : int
        Trials of each signal, for the kind "trials".

    Returns
    -------
    dict of DataFrame
        ``found``: as `neurocoord_book.studies.sessions.tally`. ``missed``, for the kind "without":
        one row a group.
    """
    if kind == "without":
        both = [without(rng) for _ in range(groups)]
        found, missed = [one for one, _ in both], [other for _, other in both]
        return {"found": tally(found), "missed": pd.DataFrame(missed)}
    draw = {"species": species, "pairs": pairs}.get(kind)
    if draw is None:
        return {"found": tally([with_trials(rng, trials) for _ in range(groups)])}
    return {"found": tally([draw(rng) for _ in range(groups)])}


BATCHES, BATCH = 25, 25
"""Jobs of each kind, and groups in each: 625 studies, so that no rate has a larger standard error
than 0.02."""

KINDS = (
    {"kind": "species"},
    {"kind": "without"},
    {"kind": "pairs"},
    *({"kind": "trials", "trials": count} for count in TRIALS[:-1]),
)
"""The kinds of studies."""

CAMPAIGN = Campaign(
    name="power",
    seed=2027,
    function=job,
    jobs=[kind | {"groups": BATCH} for _ in range(BATCHES) for kind in KINDS],
    tables=("found", "missed"),
)
"""The species of chapter 8."""
