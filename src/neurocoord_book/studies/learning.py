"""The computations of chapter 5, *Simulated learning*."""

import dataclasses

import numpy as np
import pandas as pd
from scipy import integrate, stats

from neurocoord._checks import Array, whole
from neurocoord.experiment import run, run_many
from neurocoord.information import (
    linear_fisher_information,
    noise_correlations,
    redundancy_fraction,
)
from neurocoord.learning import log_odds_moments, probability_correct
from neurocoord.theories import EfficientCoding, Theory, slope_and_covariance
from neurocoord.world import CARDINAL, World
from neurocoord_book import results
from neurocoord_book.results import Campaign
from neurocoord_book.studies import learning_runs as runs
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.learning_runs import (
    BATCH,
    CAMPAIGN,
    EARLY,
    LAB,
    LATE,
    METHODS,
    NULL,
    TABLES,
    THEORIES,
    WEEKS,
)

WORLDS = (*THEORIES, NULL)
"""The theories, and the world in which nothing is learned."""

SIGNIFICANT = 0.05
"""The nominal level of every test."""

MEASURES = ("total", "shuffled", "redundancy", "single", "correlation", "differential")
"""Measures of the responses in a session."""


@study
def lab(seed: int = 1) -> pd.DataFrame:
    """Return the sessions of one study under each theory, with their exact values."""
    design = dataclasses.replace(LAB, seed=seed)
    return pd.concat(
        [run(design, theory, exact=True) for theory in THEORIES.values()], ignore_index=True
    )


@study
def curves() -> pd.DataFrame:
    """Return what each stored study measures by session, averaged over its subjects and tasks.

    Returns
    -------
    DataFrame
        theory, experiment, session, the measures, correct, and fraction: the redundancy fraction
        of the averages, which is much steadier than the average of fractions.
    """
    return pd.concat(
        [_completed(results.read(CAMPAIGN, table), name) for name, table in TABLES.items()],
        ignore_index=True,
    )


def _completed(table: pd.DataFrame, theory: str) -> pd.DataFrame:
    """Add to a table of sessions its theory, and what follows from the averages."""
    total, shuffled = table["total"], table["shuffled"]
    return table.assign(theory=theory, redundancy=shuffled - total, fraction=1 - total / shuffled)


@study
def exact_sessions(experiments: int = 12, seed: int = 5) -> pd.DataFrame:
    """Return the sessions of some studies under each theory, with their exact values."""
    design = dataclasses.replace(BATCH, seed=seed)
    tables = [run_many(design, theory, experiments, exact=True) for theory in THEORIES.values()]
    return pd.concat(tables, ignore_index=True)


@study
def exact_curves(experiments: int = 12) -> pd.DataFrame:
    """Return the exact counterpart of `curves`, averaged over studies too."""
    table = exact_sessions(experiments).groupby(["theory", "session"])
    exact = table[[f"exact_{name}" for name in MEASURES]].mean().reset_index()
    exact.columns = [name.removeprefix("exact_") for name in exact]
    return exact.assign(fraction=1 - exact["total"] / exact["shuffled"])


def early_and_late(table: pd.DataFrame) -> pd.DataFrame:
    """Return each study's measures before learning and in its late sessions.

    Parameters
    ----------
    table : DataFrame
        From `curves`.

    Returns
    -------
    DataFrame
        theory, experiment, and each measure as ``<measure>_early`` (the first session, which is
        naive) and ``<measure>_late``.
    """
    stages = {}
    for stage, sessions in (("early", EARLY[:1]), ("late", LATE)):
        means = table[table["session"].isin(sessions)].groupby(["theory", "experiment"]).mean()
        means["fraction"] = 1 - means["total"] / means["shuffled"]
        stages[stage] = means.drop(columns="session").add_suffix(f"_{stage}")
    return stages["early"].join(stages["late"]).reset_index()


@study
def tests() -> pd.DataFrame:
    """Return what every test found in each of the stored studies (`learning_runs.tests`).

    Returns
    -------
    DataFrame
        One row an experiment and ``world``, of `WORLDS`.
    """
    return results.read(CAMPAIGN, "tests")


def summary(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return mean, standard error and number of studies of what a campaign keeps.

    Parameters
    ----------
    tables : dict of DataFrame
        The tables of the campaign.

    Returns
    -------
    DataFrame
        ``world``, ``measure``, ``value``, ``se``, ``trials``. The measures: what the tests
        estimate; their p values where nothing is learned (elsewhere most are next to 0, and their
        mean hangs on a few); sessions late in learning; and the last session of the whole
        experiment, engaged and passive.
    """
    names = {"trend": "trend", "correlation": "trend, correlation", "g": "Hedges' g"}
    estimates = tables["tests"].rename(columns=names).melt("world", list(names.values()), "measure")
    untaught = tables["tests"][tables["tests"]["world"] == NULL]
    untaught = untaught.melt("world", list(METHODS), "measure")
    untaught["measure"] = "p, " + untaught["measure"]
    parts = [estimates, untaught]
    last = tables["story"][tables["story"]["session"] == WEEKS.sessions]
    for theory, table in TABLES.items():
        late = early_and_late(_completed(tables[table], theory))
        late = late.rename(columns={"theory": "world"})
        measures = {f"{name}_late": f"{name}, late" for name in ("total", "single", "correct")}
        parts.append(
            late.rename(columns=measures).melt("world", list(measures.values()), "measure")
        )
        story = last.assign(world=theory)
        measures = {f"{table}_{kind}": f"fraction, {kind}" for kind in ("engaged", "passive")}
        parts.append(
            story.rename(columns=measures).melt("world", list(measures.values()), "measure")
        )
    groups = pd.concat(parts).groupby(["world", "measure"])["value"]
    return groups.agg(value="mean", se="sem", trials="size").reset_index()


@study
def agreement(*, experiments: int = 6, seed: int = 51) -> pd.DataFrame:
    """Run a few studies anew, and compare them with the stored ones.

    Raises
    ------
    RuntimeError
        If something differs from what is stored beyond sampling error.
    """
    jobs = [{"experiment": k, "story": True} for k in range(whole("experiments", experiments))]
    fresh = results.run(Campaign("a few", seed, runs.study, jobs, CAMPAIGN.tables))
    stored = {table: results.read(CAMPAIGN, table) for table in CAMPAIGN.tables}
    return results.compare(summary(stored), summary(fresh), ["world", "measure"])


@study
def decisions(experiments: int = 6) -> pd.DataFrame:
    """Return the exact share of right choices by session, with and without decision noise.

    Returns
    -------
    DataFrame
        decision_noise, experiment, session, correct.
    """
    tables = []
    for noise in (0.0, LAB.decision_noise):
        # Windows of one frame make the exact moments, which are not needed here, cheap.
        design = dataclasses.replace(LAB, decision_noise=noise, windows=(1,))
        table = run_many(design, EfficientCoding(), experiments, exact=True)
        mean = table.groupby(["experiment", "session"])["exact_correct"].mean().reset_index()
        tables.append(
            mean.assign(decision_noise=noise).rename(columns={"exact_correct": "correct"})
        )
    return pd.concat(tables, ignore_index=True)


@study
def pairs(seed: int = 1) -> pd.DataFrame:
    """Return the exact noise correlation of every pair, naive and trained, under inference.

    Returns
    -------
    DataFrame
        stage ("naive", "trained"), product (w_i w_j), alike (whether its sign is positive),
        correlation.
    """
    world = LAB.draw_world(np.random.default_rng(seed))
    w = world.population.pattern(CARDINAL)
    upper = np.triu_indices(world.size, 1)
    tables = []
    for stage, learned in (("naive", 0.0), ("trained", 1.0)):
        _, covariance = _moments(world, learned * w)
        tables.append(
            pd.DataFrame(
                {
                    "stage": stage,
                    "product": np.outer(w, w)[upper],
                    "alike": np.outer(w, w)[upper] > 0,
                    "correlation": noise_correlations(covariance)[upper],
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _moments(
    world: World, w_hat: Array, theory: Theory = THEORIES["inference"]
) -> tuple[Array, Array]:
    """Return f' and Sigma of the counts of a trial, as the design measures them."""
    return slope_and_covariance(
        theory,
        world,
        CARDINAL,
        w_hat,
        LAB.measured[0],
        noise=LAB.noise,
        frame=LAB.measured_windows[0],
    )


@study
def naive_codes(populations: int = 30, seed: int = 2) -> pd.DataFrame:
    """Return which part of the evidence's information each naive code tells, exactly.

    Returns
    -------
    DataFrame
        One row a population, one column a theory: information of whole trials over evidence's.
    """
    rows = []
    for rng in np.random.default_rng(seed).spawn(populations):
        world = LAB.draw_world(rng)
        w = world.population.pattern(CARDINAL)
        held = LAB.frames * float(w @ np.linalg.solve(world.evidence_cov, w))
        rows.append(
            {
                name: linear_fisher_information(*_moments(world, 0 * w, theory)) / held
                for name, theory in THEORIES.items()
            }
        )
    return pd.DataFrame(rows)


@study
def beliefs(populations: int = 30, seed: int = 2) -> pd.DataFrame:
    """Return how sure a skilled subject is at the end of a trial, and how right, exactly.

    Returns
    -------
    DataFrame
        One row a population: ``size``, the mean of abs(b) without signal; ``against``, the share of
        these trials in which choice and belief disagree; ``confidence``, the mean probability
        (1 + abs(b)) / 2 of the sign of the belief near threshold; ``right``, how often it is right.
    """
    rows = []
    for rng in np.random.default_rng(seed).spawn(populations):
        world = LAB.draw_world(rng)
        w, signal = world.population.pattern(CARDINAL), LAB.measured[0]
        step, variance = log_odds_moments(world, CARDINAL, w, signal)
        mean, sd = LAB.frames * step, float(np.sqrt(LAB.frames * variance))
        rows.append(
            {
                "size": _mean_size(0.0, sd),
                # Two Gaussians of correlation cos(angle) disagree in sign in angle / pi of cases.
                "against": np.arctan2(LAB.decision_noise, sd) / np.pi,
                "confidence": (1 + _mean_size(mean, sd)) / 2,
                "right": probability_correct(world, CARDINAL, w, signal, frames=LAB.frames),
            }
        )
    return pd.DataFrame(rows)


def _mean_size(mean: float, sd: float) -> float:
    """Return E[abs(tanh L)] of Gaussian L."""

    def size(log_odds: float) -> float:
        return abs(np.tanh(log_odds)) * stats.norm.pdf(log_odds, mean, sd)

    return float(integrate.quad(size, mean - 9 * sd, mean + 9 * sd, points=[0.0])[0])


@study
def blindness(populations: int = 30, seed: int = 2) -> pd.DataFrame:
    """Return how much learning moves the mean correlation, and redundancy, under inference.

    Returns
    -------
    DataFrame
        Exact changes from naive to trained: correlation (mean over all pairs), alike and unlike
        (mean over pairs whose patterns agree or not), fraction.
    """
    rows = []
    for rng in np.random.default_rng(seed).spawn(populations):
        world = LAB.draw_world(rng)
        w = world.population.pattern(CARDINAL)
        upper = np.triu_indices(world.size, 1)
        agree = np.outer(w, w)[upper] > 0
        stages = []
        for learned in (0.0, 1.0):
            slope, covariance = _moments(world, learned * w)
            rho = noise_correlations(covariance)[upper]
            fraction = redundancy_fraction(slope, covariance)
            stages.append([rho.mean(), rho[agree].mean(), rho[~agree].mean(), fraction])
        rows.append(np.subtract(stages[1], stages[0]))
    return pd.DataFrame(rows, columns=["correlation", "alike", "unlike", "fraction"])
