"""The computations of chapter 5, *Simulated learning*."""

import dataclasses
from types import MappingProxyType

import joblib
import numpy as np
import pandas as pd

from neurocoord import hypotheses
from neurocoord._checks import Array
from neurocoord.codes import slope_and_covariance
from neurocoord.efficient import EfficientCoding
from neurocoord.experiment import Design, run, run_many
from neurocoord.inference import Inference
from neurocoord.information import noise_correlations, redundancy_fraction
from neurocoord.studies._memo import study
from neurocoord.world import CARDINAL, World

THEORIES = MappingProxyType({theory.name: theory for theory in (Inference(), EfficientCoding())})
"""The theories compared, by name."""

NULL = "nothing learned"
"""The name of the world without learning (the code of inference at learning rate 0)."""

LAB = Design(engagement=(1.0,))
"""One study: two subjects, two tasks, 20 sessions each; passive viewing comes in chapter 6."""

BATCH = dataclasses.replace(LAB, sessions=6, practice=3600, seed=5)
"""Many studies: nearly as much practice in all, recorded six times."""

EXPERIMENTS = 200
"""How many studies."""

EARLY, LATE = (1, 2), (5, 6)
"""The sessions of `BATCH` that are compared."""

SIGNIFICANT = 0.05
"""The nominal level of every test."""


@study
def lab(seed: int = 1) -> pd.DataFrame:
    """Return the sessions of one study under each theory, with their exact values."""
    design = dataclasses.replace(LAB, seed=seed)
    return pd.concat(
        [run(design, theory, exact=True) for theory in THEORIES.values()], ignore_index=True
    )


@study
def batch(name: str, experiments: int = EXPERIMENTS) -> pd.DataFrame:
    """Return the sessions of many studies under one theory, or of the world without learning."""
    if name == NULL:
        return run_many(dataclasses.replace(BATCH, rate=0.0), Inference(), experiments)
    return run_many(BATCH, THEORIES[name], experiments)


@study
def agreement(experiments: int = 12) -> pd.DataFrame:
    """Return the sessions of some studies under each theory, with their exact values."""
    tables = [run_many(BATCH, theory, experiments, exact=True) for theory in THEORIES.values()]
    return pd.concat(tables, ignore_index=True)


@study
def curves(experiments: int = EXPERIMENTS) -> pd.DataFrame:
    """Return what each study measures by session, averaged over its subjects and tasks.

    Returns
    -------
    DataFrame
        theory, experiment, session, the measures, and fraction: the redundancy fraction of the
        averages, which is much steadier than the average of fractions.
    """
    tables = []
    for name in THEORIES:
        table = batch(name, experiments).groupby(["theory", "experiment", "session"])
        tables.append(table[[*MEASURES, "correct"]].mean().reset_index())
    table = pd.concat(tables, ignore_index=True)
    return table.assign(fraction=1 - table["total"] / table["shuffled"])


MEASURES = ("total", "shuffled", "redundancy", "single", "correlation", "differential")
"""Measures of the responses in a session."""


@study
def exact_curves(experiments: int = 12) -> pd.DataFrame:
    """Return the exact counterpart of `curves`, averaged over studies too."""
    table = agreement(experiments).groupby(["theory", "session"])
    exact = table[[f"exact_{name}" for name in MEASURES]].mean().reset_index()
    exact.columns = [name.removeprefix("exact_") for name in exact]
    return exact.assign(fraction=1 - exact["total"] / exact["shuffled"])


@study
def early_and_late(experiments: int = EXPERIMENTS) -> pd.DataFrame:
    """Return each study's measures in its early and its late sessions.

    Returns
    -------
    DataFrame
        theory, experiment, and each measure of `curves` as ``<measure>_early`` and
        ``<measure>_late``.
    """
    table = curves(experiments)
    stages = {}
    for stage, sessions in (("early", EARLY[:1]), ("late", LATE)):
        means = table[table["session"].isin(sessions)].groupby(["theory", "experiment"]).mean()
        means["fraction"] = 1 - means["total"] / means["shuffled"]
        stages[stage] = means.drop(columns="session").add_suffix(f"_{stage}")
    return stages["early"].join(stages["late"]).reset_index()


METHODS = MappingProxyType(
    {
        "fixed curves": hypotheses.trend,
        "mixed model": hypotheses.mixed_trend,
        "clustered": hypotheses.clustered_trend,
        "permutation": hypotheses.permutation_trend,
    }
)
"""The tests of a trend, by name."""


def _tests(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return what every test finds in one study."""
    found = {(method, "redundancy"): test(table, "redundancy") for method, test in METHODS.items()}
    found["fixed curves", "correlation"] = hypotheses.trend(table, "correlation")
    return [
        {
            "method": method,
            "measure": measure,
            "estimate": result.estimate,
            "p": result.p,
            "boundary": result.boundary,
        }
        for (method, measure), result in found.items()
    ]


@study
def trends(name: str, experiments: int = EXPERIMENTS) -> pd.DataFrame:
    """Return what every test finds in many studies under one theory, or without learning.

    Returns
    -------
    DataFrame
        theory (or `NULL`), experiment, method, measure, estimate, p, boundary.
    """
    table = batch(name, experiments)
    found = joblib.Parallel(n_jobs=-1)(
        joblib.delayed(_tests)(own) for _, own in table.groupby("experiment")
    )
    return pd.DataFrame(
        {"theory": name, "experiment": k, **row} for k, rows in enumerate(found) for row in rows
    )


def all_trends() -> pd.DataFrame:
    """Return `trends` under both theories and without learning."""
    return pd.concat([trends(name) for name in (*THEORIES, NULL)], ignore_index=True)


@study
def effect_sizes(experiments: int = EXPERIMENTS) -> pd.DataFrame:
    """Return Hedges' g of redundancy in the late against the early sessions of each study.

    Returns
    -------
    DataFrame
        theory, experiment, estimate, low, high.
    """
    rows = []
    for name in THEORIES:
        for experiment, own in batch(name, experiments).groupby("experiment"):
            early, late = (own[own["session"].isin(s)]["redundancy"] for s in (EARLY, LATE))
            found = hypotheses.effect_size(early, late)
            rows.append(
                {
                    "theory": name,
                    "experiment": experiment,
                    "estimate": found.estimate,
                    "low": found.low,
                    "high": found.high,
                }
            )
    return pd.DataFrame(rows)


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


def _moments(world: World, w_hat: Array) -> tuple[Array, Array]:
    """Return f' and Sigma of the counts of a trial, as the design measures them."""
    return slope_and_covariance(
        Inference(),
        world,
        CARDINAL,
        w_hat,
        LAB.measured[0],
        noise=LAB.noise,
        frame=LAB.measured_windows[0],
    )


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


def share_significant(table: pd.DataFrame, method: str, measure: str = "redundancy") -> pd.Series:
    """Return which studies a test calls significant, True or False each."""
    own = table.query("method == @method and measure == @measure")
    return own["p"] < SIGNIFICANT
