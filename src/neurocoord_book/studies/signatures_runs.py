"""What chapter 6 simulates: whole experiments, each put to the statistical tests of the chapter.

``python -m neurocoord_book results signatures`` runs 200 experiments under each theory, and 600 in
which nothing is learned, and stores one row an experiment; `neurocoord_book.studies.signatures`
reads the tables.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from neurocoord.campaigns import Campaign
from neurocoord.experiment import Design, run
from neurocoord.experiment.draw import Block, by_statistics
from neurocoord.hypotheses import across_curves, equivalence, interaction, trend
from neurocoord.theories import EfficientCoding, Inference, Theory
from neurocoord.world import CARDINAL, OBLIQUE, World

THEORIES: Mapping[str, Theory] = {"inference": Inference(), "efficient coding": EfficientCoding()}
"""The theories of the chapter, by name."""

MARGIN = 0.25
"""Trends of redundancy below this, per session, count as flat: about a tenth of the engaged trend
that inference predicts."""

WEEKS = Design()
"""The experiment of chapter 5: two subjects, two tasks, 20 sessions, whole-trial counts."""

BEFORE_AND_AFTER = Design(sessions=4, practice=5000, loss=0.0, gain=0.0)
"""Few sessions far apart with the same neurons: naive in the first, skilled in the last two."""

WITHIN = Design(
    sessions=2,
    practice=15000,
    engagement=(1.0,),
    strengths=(0.0, 0.1, 0.3, 0.5, 0.9),
    measured=(0.1, 0.5),
    windows=tuple(range(1, 11)),
    noise="signal",
)
"""Two sessions, naive and skilled, whose trials are measured frame by frame."""

EXPERIMENTS, UNTAUGHT = 200, 600
"""How many experiments under each theory, and how many without learning: error rates of about 5%
need more of them than powers near 1, to be known as well."""

BLOCKS, BLOCK_TRIALS = 12, 200
"""Blocks of the switching session, and zero-signal trials in each."""


def only_when_active(theory: Theory, design: Design) -> dict[str, float]:
    """Test one experiment for an effect that is there when active, and not when passive.

    Parameters
    ----------
    theory : Theory
        The theory.
    design : Design
        An experiment with two levels of engagement.

    Returns
    -------
    dict
        Trends of redundancy per session: ``engaged``, ``passive`` and their ``interaction``, each
        with its p value; ``flat_p`` of the equivalence test that the passive trend is flat; and
        ``steep_p`` of the same test once a trend as large as the margin is added, so that where
        the passive trend is none, it rejects at its level.
    """
    table = run(design, theory)
    parts = {
        "engaged": table[table["engagement"] == 1],
        "passive": table[table["engagement"] == 0],
        "interaction": interaction(table, "redundancy"),
    }
    row = {}
    for name, part in parts.items():
        found = trend(part, "redundancy")
        row |= {name: found.estimate, f"{name}_p": found.p}
    passive = parts["passive"]
    steep = passive.assign(redundancy=passive["redundancy"] + MARGIN * passive["session"])
    for name, part in (("flat", passive), ("steep", steep)):
        row[f"{name}_p"] = equivalence(part, "redundancy", MARGIN).p
    return row


def boosts(theory: Theory, design: Design) -> pd.DataFrame:
    """Measure the boost of each neuron, and how relevant it is to the task, in two ways.

    Parameters
    ----------
    theory : Theory
        The theory.
    design : Design
        An experiment in which all sessions record the same neurons.

    Returns
    -------
    DataFrame
        One row a subject, task and neuron: ``boost``, the information of the neuron alone in the
        last two engaged sessions less that in the first; ``held_out``, the squared slope in the
        passive blocks, whose trials the boost does not use; ``dipped``, the squared slope in the
        engaged block of the last session, whose trials it does use. Both in units of their mean.
        ``pattern`` is the true w_i.
    """
    table = run(design, theory, level="neuron")
    key = ["subject", "task", "neuron"]
    engaged = table[table["engagement"] == 1]
    last = int(table["session"].max())

    def mean(rows: pd.DataFrame, column: str) -> pd.Series:
        return rows.groupby(key)[column].mean()

    wide = pd.DataFrame(
        {
            "boost": mean(engaged[engaged["session"] >= last - 1], "information")
            - mean(engaged[engaged["session"] == 1], "information"),
            "held_out": mean(table[table["engagement"] == 0], "slope") ** 2,
            "dipped": mean(engaged[engaged["session"] == last], "slope") ** 2,
            "pattern": mean(engaged, "pattern"),
        }
    )
    for name in ("held_out", "dipped"):
        wide[name] /= wide.groupby(["subject", "task"])[name].transform("mean")
    return wide.reset_index()


def relevant_neurons(theory: Theory, design: Design) -> dict[str, float]:
    """Test one experiment for a larger boost in more relevant neurons.

    The test is `hypotheses.across_curves` with relevance in the place of the session: a slope for
    each learning curve, and Student's t over the curves, since neurons of one curve share noise.

    Returns
    -------
    dict
        For ``held_out`` and ``dipped`` relevance: the boost per unit of mean relevance, and its p.
    """
    table = boosts(theory, design)
    row = {}
    for name in ("held_out", "dipped"):
        found = across_curves(table.rename(columns={name: "session"}), "boost")
        row |= {name: found.estimate, f"{name}_p": found.p}
    return row


def towards_decision(theory: Theory, design: Design) -> dict[str, float]:
    """Test one experiment for redundancy that grows from frame to frame of a trial.

    The test is `hypotheses.trend` with the frame in the place of the session, on the last session.

    Returns
    -------
    dict
        For signals near threshold (``weak``) and strong ones (``strong``): the trend of redundancy
        per frame, and its p.
    """
    table = run(design, theory)
    table = table[table["session"] == table["session"].max()]
    row = {}
    for name, strength in zip(("weak", "strong"), design.measured, strict=True):
        frames = table[table["signal"] == strength]
        frames = frames.drop(columns="session").rename(columns={"frame": "session"})
        found = trend(frames, "redundancy")
        row |= {name: found.estimate, f"{name}_p": found.p}
    return row


def axis_index(covariance: np.ndarray, cardinal: np.ndarray, oblique: np.ndarray) -> float:
    r"""Return how much more the noise varies along the cardinal axis than along the oblique one.

    .. math:: \frac{v_c - v_o}{v_c + v_o}, \qquad v = \frac{w^T \Sigma w}{w^T w}

    Parameters
    ----------
    covariance : (N, N) array
        Sigma.
    cardinal, oblique : (N,) array
        The two patterns.
    """
    v_c, v_o = (w @ covariance @ w / (w @ w) for w in (cardinal, oblique))
    return float((v_c - v_o) / (v_c + v_o))


def switching_session(
    theory: Theory,
    world: World,
    rng: np.random.Generator,
    *,
    frames: int = 10,
    blocks: int = BLOCKS,
    trials: int = BLOCK_TRIALS,
    learned: float = 1.0,
) -> pd.DataFrame:
    """Draw a session of a subject skilled in both tasks, who switches task at every block.

    Only trials without signal are taken, which are the same for the eye in both tasks: nothing
    but the task demanded differs between blocks. `learned` is the part of both patterns that the
    subject knows, 0 for one who knows nothing.

    Returns
    -------
    DataFrame
        One row a block: ``block``, ``task``, and the ``axis`` index of the counts' covariance.
    """
    patterns = {task: world.population.pattern(task) for task in (CARDINAL, OBLIQUE)}
    window = range(1, frames + 1)
    rows = []
    for number in range(blocks):
        task, other = (CARDINAL, OBLIQUE) if number % 2 == 0 else (OBLIQUE, CARDINAL)
        block = Block(
            theory,
            world,
            task,
            learned * patterns[task],
            1.0,
            learned * patterns[other][None],
            0.0,
            np.arange(world.size),
        )
        drawn = by_statistics(
            block, 0.0, [window], trials=trials, frames=frames, scatter=True, rng=rng
        )
        covariance = drawn.statistics[0].scatter / (trials - 1)
        axis = axis_index(covariance, patterns[CARDINAL], patterns[OBLIQUE])
        rows.append({"block": number + 1, "task": task.name, "axis": axis})
    return pd.DataFrame(rows)


def follows_task(session: pd.DataFrame) -> dict[str, float]:
    """Test whether the axis of the noise follows the task in one session, by Welch's t test.

    Returns
    -------
    dict
        ``switch``: mean axis index in cardinal blocks less that in oblique ones; ``switch_p``.
    """
    cardinal, oblique = (session.loc[session["task"] == t, "axis"] for t in ("cardinal", "oblique"))
    found = stats.ttest_ind(cardinal, oblique, equal_var=False)
    return {"switch": cardinal.mean() - oblique.mean(), "switch_p": float(found.pvalue)}


def _tests(theory: Theory, seed: int, world: World, *, learns: bool) -> dict[str, float]:
    """Run one experiment of each kind, and return what all tests found."""
    change = {"seed": seed} if learns else {"seed": seed, "rate": 0.0}
    session = switching_session(
        theory, world, np.random.default_rng([seed, 1]), learned=1.0 if learns else 0.0
    )
    return (
        only_when_active(theory, dataclasses.replace(WEEKS, **change))
        | relevant_neurons(theory, dataclasses.replace(BEFORE_AND_AFTER, **change))
        | towards_decision(theory, dataclasses.replace(WITHIN, **change))
        | follows_task(session)
    )


def experiment(*, rng: np.random.Generator, taught: bool = True) -> dict[str, pd.DataFrame]:
    """Run one experiment of each kind where nothing is learned, and once under each theory.

    All theories meet the same subjects.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    taught : bool
        Whether to run it under the theories too.

    Returns
    -------
    dict of DataFrame
        ``null``: what all tests found in a world in which nothing is learned, one row. ``tests``,
        if `taught`: the same under each theory, one row a theory.
    """
    seed = int(rng.integers(2**62))
    world = WEEKS.draw_world(np.random.default_rng(seed))
    tables = {"null": pd.DataFrame([_tests(Inference(), seed, world, learns=False)])}
    if taught:
        tables["tests"] = pd.DataFrame(
            {"theory": name} | _tests(theory, seed, world, learns=True)
            for name, theory in THEORIES.items()
        )
    return tables


CAMPAIGN = Campaign(
    name="signatures",
    seed=2026,
    function=experiment,
    jobs=[{}] * EXPERIMENTS + [{"taught": False}] * (UNTAUGHT - EXPERIMENTS),
    tables=("tests", "null"),
)
"""The experiments of chapter 6."""
