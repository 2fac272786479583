r"""How often tests find a trend where nothing is learned, and where something is.

``python -m neurocoord_book results levels`` runs 1,000 studies in each of nine worlds, and puts
each to all tests. Every world is the reference world (`neurocoord_book.reference`) under the
observer who knows how weak signals are; a study has two subjects, each of which does two tasks of
twenty sessions, one after the other. All that follows was fixed before the first study was run.

Where a naive subject learns nothing there is next to no redundancy, so that nothing about the
recording can make it look like a trend. The nulls that matter are of skilled subjects, who keep the
pattern that a course of twenty sessions taught them:

- *turnover*: from one session to the next a recorded neuron is lost with probability 0.04, and any
  other is gained with 0.2 (the values of `Design`): 50 of 60 are recorded, 23 throughout a task.
  Neighbouring sessions share most of their neurons. So it is in all worlds.
- *engagement*: besides, engagement varies slowly. It is :math:`\Phi(0.84 + 0.5\, x_t)`, with an
  autoregression of standard deviation 1 and correlation 0.8 from one session to the next: two
  thirds of sessions lie between 0.63 and 0.91, and a mood lasts for about five of them.
- *drift*: the array moves through the tissue in the course of the 40 sessions, from weakly to
  strongly tuned neurons, in every subject. With u the rank of a neuron's amplitude from -1 to 1 and
  :math:`\tau` the time from -1 to 1, it is lost with :math:`0.04\, e^{-u \tau}` and gained with
  :math:`0.2\, e^{u \tau}`. The mean squared amplitude of those recorded rises by two fifths in
  all, at an even pace.
- *drift, each its way*: each subject's array moves either way, by the toss of a coin.
- *growing trials*: in each task subjects work longer and longer, from 200 trials of each signal in
  the first session to 600 in the last. There are 400 in the sessions of all other worlds.

Power is what the same tests find where subjects learn both tasks from nothing: under inference with
full feedback and with 0.3 of it, and under efficient coding, whose redundancy falls. The learning
rate makes up for the weaker signals: 1,000 trials of practice a session teach a fifth of what is
left to learn, as with the values of `Design`, and twenty sessions 98%.

The measure is the redundancy of whole trials, I_sh less I, at the signal near threshold, with the
covariance of zero-signal trials: of all neurons that a session recorded, and of those that were
recorded in all sessions of its task, which turnover and drift cannot touch. Relative slopes are in
units of the mean I_sh of their curve (`hypotheses.relative`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr
from statsmodels.stats.proportion import proportion_confint

from neurocoord import hypotheses
from neurocoord._checks import Array
from neurocoord.campaigns import Campaign
from neurocoord.experiment import Design
from neurocoord.hypotheses import TestResult
from neurocoord.theories import EfficientCoding, Inference, Theory
from neurocoord.world import World
from neurocoord_book.recorded import select
from neurocoord_book.reference import BASELINE, LEVELS, PRIVATE, SIGNAL
from neurocoord_book.studies.sessions import Key, estimate, learned, record, tally

DESIGN = Design(
    engagement=(1.0,),
    strengths=tuple(s for s in LEVELS if s >= 0),
    measured=(SIGNAL,),
    fano=PRIVATE / BASELINE,
    rate=3.5e-3,
    decision_noise=0.0,
)
"""The study: two subjects, two tasks, 20 sessions each, in the reference world."""

MOOD, MOOD_SD, MOOD_KEPT = 0.84, 0.5, 0.8
"""Mean and standard deviation of engagement in probits, and its correlation between sessions."""

DRIFT = 1.0
"""The largest change of the log odds that a neuron is lost or gained."""

GROWTH = (200, 600)
"""Trials of each signal in the first and the last session, where they grow."""


OBSERVER = Inference(1.0, "world")
"""Inference by an observer who knows how weak signals are."""


@dataclass(frozen=True)
class Case:
    """What is the case in a world.

    Parameters
    ----------
    theory : Theory
        The theory of the code.
    skill : {"naive", "skilled", "learns"}
        What subjects know: nothing, all there is, or more and more.
    drift : {"none", "same", "own"}
        Whether arrays drift, all in the same direction or each in its own.
    moods, growth : bool
        Whether engagement varies, and trials become more.
    """

    theory: Theory = OBSERVER
    skill: Literal["naive", "skilled", "learns"] = "skilled"
    drift: Literal["none", "same", "own"] = "none"
    moods: bool = False
    growth: bool = False


NULLS: Mapping[str, Case] = MappingProxyType(
    {
        "naive": Case(skill="naive"),
        "turnover": Case(),
        "engagement": Case(moods=True),
        "drift": Case(drift="same"),
        "drift, each its way": Case(drift="own"),
        "growing trials": Case(growth=True),
    }
)
"""Worlds in which nothing is learned."""

EFFECTS: Mapping[str, Case] = MappingProxyType(
    {
        "inference": Case(skill="learns"),
        "inference, feedback 0.3": Case(Inference(0.3, "world"), "learns"),
        "efficient coding": Case(EfficientCoding(), "learns"),
    }
)
"""Worlds in which subjects learn."""

CASES: Mapping[str, Case] = MappingProxyType({**NULLS, **EFFECTS})
"""All worlds, by name."""


_permuted = partial(hypotheses.permutation_trend, within_curves=True, resamples=999)

TESTS: Mapping[str, tuple[Callable[..., TestResult], str]] = MappingProxyType(
    {
        "curves, relative": (hypotheses.across_curves, "relative"),
        "curves": (hypotheses.across_curves, "redundancy"),
        "subjects, relative": (hypotheses.across_subjects, "relative"),
        "subjects": (hypotheses.across_subjects, "redundancy"),
        "blocks of five": (partial(_permuted, block=5), "redundancy"),
        "sessions permuted": (_permuted, "redundancy"),
        "mixed model": (hypotheses.mixed_trend, "redundancy"),
        "mixed model, one slope": (
            partial(hypotheses.mixed_trend, random_slope=False),
            "redundancy",
        ),
        "pooled": (hypotheses.trend, "redundancy"),
        "signs of curves": (hypotheses.sign_flip_trend, "redundancy"),
    }
)
"""The tests, by name, and the measure that each is given."""

ALL, THROUGHOUT = "all recorded", "recorded throughout"
"""The neurons that a measure is of."""


def draw_tracking(world: World, direction: int, rng: np.random.Generator) -> Array:
    """Draw which neurons are recorded in each session of a subject, (sessions, N) bool.

    Parameters
    ----------
    world : World
        The subject.
    direction : {-1, 0, 1}
        Whether the array drifts, towards larger amplitudes if 1.
    rng : Generator
        Source of randomness.
    """
    rank = np.argsort(np.argsort(world.population.amplitudes))
    pull = direction * DRIFT * (2 * rank / (world.size - 1) - 1)
    times = np.linspace(-1, 1, len(DESIGN.tasks) * DESIGN.sessions)[:, None]
    loss, gain = DESIGN.loss * np.exp(-pull * times), DESIGN.gain * np.exp(pull * times)
    tracked = np.empty(loss.shape, dtype=bool)
    tracked[0] = rng.random(world.size) < gain[0] / (loss[0] + gain[0])
    for t in range(1, len(times)):
        chance = np.where(tracked[t - 1], 1 - loss[t], gain[t])
        tracked[t] = rng.random(world.size) < chance
    return tracked


def draw_moods(rng: np.random.Generator) -> Array:
    """Draw the engagement in each session of a subject, (sessions,)."""
    steps = rng.standard_normal(len(DESIGN.tasks) * DESIGN.sessions)
    moods = steps.copy()
    for t in range(1, moods.size):
        moods[t] = MOOD_KEPT * moods[t - 1] + np.sqrt(1 - MOOD_KEPT**2) * steps[t]
    return ndtr(MOOD + MOOD_SD * moods)


def subject(case: Case, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    """Yield what each session of a subject measures, once for each set of neurons (`ALL`)."""
    world = DESIGN.draw_world(rng)
    ways = {"none": 0, "same": 1, "own": int(rng.choice([-1, 1]))}
    tracking = draw_tracking(world, ways[case.drift], rng)
    moods = draw_moods(rng) if case.moods else np.ones(len(tracking))
    counts = np.linspace(*GROWTH, DESIGN.sessions) if case.growth else [DESIGN.trials]
    trials = np.broadcast_to(np.round(counts).astype(int), DESIGN.sessions)
    before: list[Array] = []
    for number, task in enumerate(DESIGN.task_list):
        known = [np.zeros(world.size)] * DESIGN.sessions
        if case.skill != "naive":
            known = list(learned(DESIGN, world, task, rng))
            if case.skill == "skilled":
                known = known[-1:] * DESIGN.sessions
        own = slice(number * DESIGN.sessions, (number + 1) * DESIGN.sessions)
        always = tracking[own].all(axis=0)
        for session, w_hat in enumerate(known):
            neurons = tracking[own][session]
            drawn = record(
                case.theory,
                world,
                task,
                w_hat,
                np.flatnonzero(neurons),
                DESIGN,
                rng,
                engagement=moods[own][session],
                trials=int(trials[session]),
                other_patterns=np.array(before) if before else None,
            )
            sets = {ALL: drawn, THROUGHOUT: select(drawn, np.flatnonzero(always[neurons]))}
            for name, recorded in sets.items():
                found = estimate(recorded, DESIGN)
                yield {
                    "neurons": name,
                    "task": task.name,
                    "session": session + 1,
                    "redundancy": found.redundancy,
                    "shuffled": found.shuffled,
                }
        before.append(known[-1])


def study(world: str, rng: np.random.Generator) -> dict[Key, TestResult]:
    """Run one study in a world of `CASES`, and return what all tests find.

    Parameters
    ----------
    world : str
        The name of the world.
    rng : Generator
        Source of randomness.

    Returns
    -------
    dict
        By the world, the neurons and the test.
    """
    rows = [
        {"subject": number, **row}
        for number in range(1, DESIGN.subjects + 1)
        for row in subject(CASES[world], rng)
    ]
    table, found = pd.DataFrame(rows), {}
    for neurons, own in table.groupby("neurons"):
        scaled = hypotheses.relative(own, "redundancy", to="shuffled")["redundancy"]
        measures = own.assign(relative=scaled.to_numpy())
        for name, (test, measure) in TESTS.items():
            found[world, str(neurons), name] = test(measures, measure)
    return found


def job(*, rng: np.random.Generator, world: str, studies: int) -> dict[str, pd.DataFrame]:
    """Run some studies in one world.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    world : str
        Its name in `CASES`.
    studies : int
        How many.

    Returns
    -------
    dict of DataFrame
        ``found``: as `neurocoord_book.studies.sessions.tally`.
    """
    return {"found": tally([study(world, rng) for _ in range(studies)])}


def rates(found: pd.DataFrame) -> pd.DataFrame:
    """Return how often each test finds a trend, with Wilson's 95% interval (simulation error).

    Parameters
    ----------
    found : DataFrame
        The stored table.

    Returns
    -------
    DataFrame
        One row a world, setting (neurons) and test: studies, mean (of the estimates), share, low,
        high (of studies with a significant trend), and share_rises, of those with a rise.
    """
    by = ["world", "setting", "test"]
    weighted = found.assign(mean=found["mean"] * found["studies"])
    table = weighted.groupby(by, sort=False)[["studies", "mean", "rises", "falls"]].sum()
    table["mean"] /= table["studies"]
    count = table["rises"] + table["falls"]
    table["share"] = count / table["studies"]
    table["low"], table["high"] = proportion_confint(count, table["studies"], method="wilson")
    table["share_rises"] = table["rises"] / table["studies"]
    return table.drop(columns=["rises", "falls"]).reset_index()


BATCHES, BATCH = 50, 20
"""Jobs of each world, and studies in each: 1,000 studies (5% is 3.8 to 6.5)."""

CAMPAIGN = Campaign(
    name="levels",
    seed=20260,
    function=job,
    jobs=[{"world": world, "studies": BATCH} for _ in range(BATCHES) for world in CASES],
    tables=("found",),
)
"""The studies that hold tests to their level."""
