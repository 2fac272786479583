"""What chapter 7 computes: what mechanisms without feedback show, and what tells them apart."""

from types import MappingProxyType

import numpy as np
import pandas as pd

from neurocoord import results
from neurocoord._checks import Array, whole
from neurocoord.circuits import (
    GatedCircuit,
    LocalCircuit,
    SlowGatedCircuit,
    lateral_weights,
    plain_hebb_limit,
    static_circuit,
)
from neurocoord.codes import Theory, slope_and_covariance
from neurocoord.inference import Inference
from neurocoord.information import linear_fisher_information, shuffled_information
from neurocoord.recovery import classify, confusion
from neurocoord.results import Campaign
from neurocoord.studies import measurements_runs, mechanisms_runs
from neurocoord.studies._memo import study
from neurocoord.studies.mechanisms_match import solve, targets
from neurocoord.studies.mechanisms_runs import MODELS, SIZES, WEEKS
from neurocoord.world import CARDINAL, World

THRESHOLD, STRONG = 0.1, 0.5
"""Signals near threshold, and strong ones."""

FEEDBACK = "inference"
"""The model with feedback."""

RIVALS = ("gated circuit", "slow gated circuit")
"""The models that engagement and the task switch on and off like feedback."""

CIRCUITS: MappingProxyType[str, Theory] = MappingProxyType(
    {
        theory.name: theory
        for theory in (Inference(), LocalCircuit(), GatedCircuit(), SlowGatedCircuit())
    }
)
"""Inference, and the circuits matched to it."""

MARKS = MappingProxyType(
    {
        "only when active": "active",
        "most in relevant neurons": "held_out",
        "strongest at the decision": "weak",
        "not permanent": "switch",
    }
)
"""The four marks of chapter 6, and the measure of each."""

LEARNING = ("engaged", "correlation")
MEASURES = MappingProxyType(
    {
        "learning alone": LEARNING,
        "and passive viewing": (*LEARNING, "passive", "correlation_passive"),
        "and time in the trial": (*LEARNING, "weak", "strong"),
        "and task switching": (*LEARNING, "switch"),
        "all of these": (
            *LEARNING,
            "passive",
            "correlation_passive",
            "weak",
            "strong",
            "switch",
        ),
    }
)
"""The measures that an experiment is called by, by what the laboratory does besides learning."""

SCALING = ("engaged", "correlation", "passive", "correlation_passive", "weak", "strong")
"""The measures that get better with the size of the experiment. Switching is one session of one
size, and is left out."""


def worlds(count: int, seed: int) -> list[World]:
    """Return worlds of the default experiment, each with a population of its own."""
    children = np.random.SeedSequence(seed).spawn(whole("count", count))
    return [WEEKS.draw_world(np.random.default_rng(child)) for child in children]


# ---- Static measurements -------------------------------------------------------------------


@study
def courses(*, populations: int = 100, seed: int = 72) -> pd.DataFrame:
    """Return what whole trials show while the pattern is learned, exactly, by mechanism.

    Returns
    -------
    DataFrame
        ``theory``, ``population``, ``learned`` (part of the pattern), ``total``, ``shuffled``,
        ``redundancy``, and ``evidence``, the information that the evidence holds.
    """
    rows = []
    for number, world in enumerate(worlds(populations, seed)):
        w = world.population.pattern(CARDINAL)
        evidence = WEEKS.frames * float(w @ np.linalg.solve(world.evidence_cov, w))
        for name, theory in CIRCUITS.items():
            for learned in (0.0, 0.25, 0.5, 0.75, 1.0):
                total, shuffled = _informations(theory, world, learned * w)
                rows.append(
                    {
                        "theory": name,
                        "population": number,
                        "learned": learned,
                        "total": total,
                        "shuffled": shuffled,
                        "redundancy": shuffled - total,
                        "evidence": evidence,
                    }
                )
    return pd.DataFrame(rows)


def _informations(theory: Theory, world: World, w_hat: Array) -> tuple[float, float]:
    """Return total and shuffled information of whole trials, as the experiment measures them."""
    moments = _whole_trials(theory, world, w_hat)
    return linear_fisher_information(*moments), shuffled_information(*moments)


def _whole_trials(theory: Theory, world: World, w_hat: Array) -> tuple[Array, Array]:
    """Return f' and Sigma of counts of whole trials, engaged, near threshold."""
    window = range(1, WEEKS.frames + 1)
    return slope_and_covariance(
        theory, world, CARDINAL, w_hat, THRESHOLD, noise="zero", frame=window
    )


@study
def coincidence(*, populations: int = 20, seed: int = 73) -> pd.DataFrame:
    """Return how far circuits without feedback are from the f' and Sigma of inference.

    Returns
    -------
    DataFrame
        One row a population: ``any circuit``, the largest error of f' and Sigma of the circuit
        that `neurocoord.circuits.static_circuit` constructs, relative to their largest entries;
        ``loop``, the same of the code that its lateral weights settle to; ``matched``, the same of
        a local circuit that is matched to this population, in a world without limited-range
        correlations; and ``default``, the error of its redundancy under the default local circuit,
        relative to that under inference.
    """
    rows = []
    n = WEEKS.frames
    for world in worlds(populations, seed):
        w = world.population.pattern(CARDINAL)
        slope, covariance = _whole_trials(Inference(), world, w)
        Q = n * world.evidence_cov
        code, noise = static_circuit(slope, covariance, n * w, Q)
        loop = world.bottom_up_gain * np.linalg.inv(
            np.eye(w.size) - lateral_weights(code, world.bottom_up_gain)
        )
        plain = World(
            world.population,
            signal_sd=world.signal_sd,
            baseline=world.baseline,
            correlation=0.0,
        )
        own = solve(targets(WEEKS, [plain]), LocalCircuit)
        truth, found = (_informations(t, world, w) for t in (Inference(), LocalCircuit()))
        rows.append(
            {
                "any circuit": _error(
                    (slope, covariance), (n * code @ w, code @ Q @ code.T + noise)
                ),
                "loop": float(np.abs(loop - code).max() / np.abs(code).max()),
                "matched": _error(
                    _whole_trials(Inference(), plain, w), _whole_trials(own, plain, w)
                ),
                "default": (found[1] - found[0]) / (truth[1] - truth[0]) - 1,
            }
        )
    return pd.DataFrame(rows)


def _error(truth: tuple[Array, Array], found: tuple[Array, Array]) -> float:
    """Return the largest error of two arrays, each relative to its largest entry."""
    return max(
        float(np.abs(a - b).max() / np.abs(a).max()) for a, b in zip(truth, found, strict=True)
    )


@study
def plasticity(*, points: int = 60) -> pd.DataFrame:
    r"""Return the gain that Hebbian rules come to rest at, over the variance of what is learned.

    Returns
    -------
    DataFrame
        ``rule``: "bounded" (`Hebbian` with the default of `LocalCircuit`), or "plain"
        (`plain_hebb_limit`, with :math:`\kappa v` = 0.2); ``excess``, S in units of the variance v
        without a task; ``gain``, :math:`1 / (1 - \rho)`.
    """
    circuit, background = LocalCircuit(), PLAIN_BACKGROUND
    v = WEEKS.tau**2 + WEEKS.sigma**2
    excess = np.linspace(0, 2, points)
    bounded = circuit.strength * excess * v / (excess * v + circuit.half)
    # Where the plain rule rests, kappa c = (rho + kappa v) (1 - rho)^2, up to its limit.
    limit, top = plain_hebb_limit(background)
    rho = np.linspace(0, 1 - 1 / top, points)
    drive = (rho + background) * (1 - rho) ** 2
    tables = [
        pd.DataFrame({"rule": "bounded", "excess": excess, "gain": 1 / (1 - bounded)}),
        pd.DataFrame({"rule": "plain", "excess": drive / background - 1, "gain": 1 / (1 - rho)}),
    ]
    return pd.concat(tables, ignore_index=True)


PLAIN_BACKGROUND = 0.2
"""kappa v of the plain rule in `plasticity`."""


# ---- Time within the trial -----------------------------------------------------------------


@study
def frames(*, populations: int = 40, seed: int = 74) -> pd.DataFrame:
    """Return the exact redundancy of single frames in skilled, engaged subjects, by mechanism.

    Returns
    -------
    DataFrame
        ``theory``, ``population``, ``strength``, ``frame``, ``redundancy``.
    """
    rows = []
    for number, world in enumerate(worlds(populations, seed)):
        w = world.population.pattern(CARDINAL)
        for name, theory in CIRCUITS.items():
            for strength in (THRESHOLD, STRONG):
                for frame in (1, 2, 3, 5, 7, 10):
                    moments = slope_and_covariance(
                        theory, world, CARDINAL, w, strength, frame=frame
                    )
                    value = shuffled_information(*moments) - linear_fisher_information(*moments)
                    where = {"theory": name, "population": number, "strength": strength}
                    rows.append(where | {"frame": frame, "redundancy": value})
    return pd.DataFrame(rows)


# ---- Marks and model recovery --------------------------------------------------------------


@study
def experiments() -> pd.DataFrame:
    """Return the stored experiments at the study's size, a row an experiment and model.

    Returns
    -------
    DataFrame
        ``model``, ``experiment``, and the columns of `mechanisms_runs.marks`.
    """
    return _numbered(results.read(mechanisms_runs.CAMPAIGN, "study"))


@study
def sized_experiments() -> pd.DataFrame:
    """Return the stored experiments at all sizes, the study's among them."""
    others = _numbered(results.read(mechanisms_runs.CAMPAIGN, "sizes"))
    return pd.concat([experiments(), others], ignore_index=True)


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Number the experiments of each size and model."""
    return table.assign(experiment=table.groupby(["size", "model"]).cumcount())


def found(table: pd.DataFrame, measure: str, level: float = 0.05) -> pd.Series:
    """Return in which experiments a mark was found, by the tests of chapter 6.

    Parameters
    ----------
    table : DataFrame
        From `experiments`.
    measure : str
        ``active``: redundancy grows more when engaged than when passive, and its passive trend is
        within the margin. ``turn``: redundancy at strong signals falls over frames. Otherwise a
        measure that is positive.
    level : float
        Of the two-sided tests.
    """
    if measure == "active":
        return found(table, "interaction", level) & (table["flat_p"] < level)
    if measure == "turn":
        return (table["strong"] < 0) & (table["strong_p"] < level)
    return (table[measure] > 0) & (table[f"{measure}_p"] < level)


@study
def marks() -> pd.DataFrame:
    """Return in which share of the experiments each mark was found, by model.

    Returns
    -------
    DataFrame
        ``model``, ``mark`` (those of `MARKS`, "all four", and "turns at strong signals"),
        ``share``, and its standard error ``se``.
    """
    table = experiments()
    hits = {mark: found(table, measure) for mark, measure in MARKS.items()}
    hits["all four"] = np.logical_and.reduce(list(hits.values()))
    hits["turns at strong signals"] = found(table, "turn")
    wide = pd.DataFrame(hits).assign(model=table["model"])
    long = wide.melt("model", var_name="mark", value_name="hit")
    share = long.groupby(["model", "mark"], sort=False)["hit"].agg(share="mean", count="size")
    table = share.reset_index()
    return table.assign(se=np.sqrt(table["share"] * (1 - table["share"]) / table["count"]))


@study
def confusions() -> pd.DataFrame:
    """Return the confusion matrix of the models for each set of measures.

    Returns
    -------
    DataFrame
        ``measures`` (a name in `MEASURES`), and the columns of `neurocoord.recovery.confusion`.
    """
    table = experiments()
    parts = [
        confusion(table["model"], classify(table, columns)).assign(measures=name)
        for name, columns in MEASURES.items()
    ]
    return pd.concat(parts, ignore_index=True)


def right(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the share of experiments called by their own model, all models together.

    Parameters
    ----------
    table : DataFrame
        Confusion matrices.
    by : list of str
        The columns that tell them apart.

    Returns
    -------
    DataFrame
        `by`, ``share``, ``se`` and ``count``.
    """
    own = table[table["model"] == table["called"]]
    own = own.assign(hits=own["rate"] * own["count"])
    sums = own.groupby(by, sort=False)[["hits", "count"]].sum().reset_index()
    share = sums["hits"] / sums["count"]
    sums = sums.assign(share=share, se=np.sqrt(share * (1 - share) / sums["count"]))
    return sums[[*by, "share", "se", "count"]]


@study
def by_size() -> pd.DataFrame:
    """Return the share of experiments called right by size, with all measures that scale.

    Returns
    -------
    DataFrame
        ``factor`` ("subjects", "sessions", "neurons"), ``amount``, ``share``, ``se``, ``count``.
    """
    parts = [
        confusion(own["model"], classify(own, SCALING)).assign(size=size)
        for size, own in sized_experiments().groupby("size", sort=False)
    ]
    shares = right(pd.concat(parts), ["size"]).set_index("size")
    rows = []
    for size in SIZES:
        if size == "study":
            for factor, amount in (("subjects", 2), ("sessions", 20), ("neurons", 50)):
                rows.append({"size": size, "factor": factor, "amount": amount})
        else:
            amount, factor = size.split()
            factor = factor if factor.endswith("s") else f"{factor}s"
            rows.append({"size": size, "factor": factor, "amount": int(amount)})
    return pd.DataFrame(rows).join(shares, on="size").sort_values(["factor", "amount"])


# ---- The one measurement to add ------------------------------------------------------------


@study
def sessions() -> pd.DataFrame:
    """Return the stored sessions, measured in all ways.

    Returns
    -------
    DataFrame
        ``model``, ``trials``, ``experiment`` and the `measurements_runs.MEASUREMENTS`.
    """
    table = results.read(measurements_runs.CAMPAIGN, "sessions").rename(columns={"theory": "model"})
    return table.assign(experiment=table.groupby(["trials", "model"]).cumcount())


@study
def separation() -> pd.DataFrame:
    """Return how often one session tells feedback from a gated circuit, by what is measured.

    Returns
    -------
    DataFrame
        ``rival``, ``measurement`` (one of `measurements_runs.MEASUREMENTS`, or "turn and
        persistence"), ``trials`` of each signal, ``share`` of the sessions called right, ``se``.
    """
    choices = {name: (name,) for name in measurements_runs.MEASUREMENTS}
    choices["turn and persistence"] = ("turn", "persistence")
    parts = []
    for trials, own in sessions().groupby("trials"):
        for rival in RIVALS:
            pair = own[own["model"].isin([FEEDBACK, rival])]
            for name, columns in choices.items():
                table = confusion(pair["model"], classify(pair, columns))
                where = {"rival": rival, "measurement": name, "trials": trials}
                parts.append(table.assign(**where))
    return right(pd.concat(parts), ["rival", "measurement", "trials"])


@study
def trials_needed(*, wanted: float = 0.95) -> pd.DataFrame:
    """Return the fewest simulated trials that call sessions right often enough.

    Parameters
    ----------
    wanted : float
        The share of sessions called right.

    Returns
    -------
    DataFrame
        Trials of each signal by ``measurement`` (rows) and rival (columns), infinite where the
        most trials simulated were too few, and ``either``, the larger of the two.
    """
    enough = separation().query("share >= @wanted")
    fewest = enough.groupby(["measurement", "rival"])["trials"].min().unstack()
    names = separation()["measurement"].unique()
    table = fewest.reindex(index=names, columns=list(RIVALS)).fillna(np.inf)
    return table.assign(either=table.max(axis=1))


# ---- Fresh runs ----------------------------------------------------------------------------

SUMMARISED = ("engaged", "passive", "held_out", "weak", "strong", "switch", "correlation")
"""The measures whose means are compared with fresh ones."""


def _summary(table: pd.DataFrame, by: list[str], measures: tuple[str, ...]) -> pd.DataFrame:
    """Return mean, standard error and number of rows of each measure."""
    long = table.melt(by, list(measures), "measure")
    named = long.groupby([*by, "measure"])["value"].agg(value="mean", se="sem", trials="size")
    return named.reset_index()


@study
def agreement(*, jobs: int = 2, seed: int = 75) -> pd.DataFrame:
    """Run a few jobs of both campaigns anew, and compare them with the stored ones.

    Raises
    ------
    RuntimeError
        If a mean differs from the stored one beyond sampling error.
    """
    tables = []
    for campaign, job, table, stored, by, measures in (
        (mechanisms_runs.CAMPAIGN, {"size": "study"}, "study", experiments(), "model", SUMMARISED),
        (
            measurements_runs.CAMPAIGN,
            {"trials": 200},
            "sessions",
            sessions().query("trials == 200"),
            "model",
            measurements_runs.MEASUREMENTS,
        ),
    ):
        few = Campaign("a few", seed, campaign.function, [job] * whole("jobs", jobs), (table,))
        fresh = results.run(few)[table].rename(columns={"theory": "model"})
        both = results.compare(
            _summary(stored, [by], measures), _summary(fresh, [by], measures), [by, "measure"]
        )
        tables.append(both)
    return pd.concat(tables, ignore_index=True)
