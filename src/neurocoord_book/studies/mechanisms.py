"""What chapter 7 simulates: the marks that mechanisms show, and what tells them apart."""

from types import MappingProxyType

import numpy as np
import pandas as pd

from neurocoord._checks import whole
from neurocoord_book import results
from neurocoord_book.recovery import classify, confusion
from neurocoord_book.results import Campaign
from neurocoord_book.studies import measurements_runs, mechanisms_runs
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.mechanisms_runs import EXPERIMENTS, SIZES

FEEDBACK = "inference"
"""The model with feedback."""

RIVALS = ("gated circuit", "slow gated circuit")
"""The models that engagement and the task switch on and off like feedback."""

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
        "with passive viewing": (*LEARNING, "passive", "correlation_passive"),
        "with time in the trial": (*LEARNING, "weak", "strong"),
        "with task switching": (*LEARNING, "switch"),
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


# ---- Marks and model recovery --------------------------------------------------------------


@study
def experiments() -> pd.DataFrame:
    """Return the stored experiments at the reference size, a row an experiment and model.

    Returns
    -------
    DataFrame
        ``model``, ``experiment``, and the columns of `mechanisms_runs.marks`.
    """
    return _numbered(results.read(mechanisms_runs.CAMPAIGN, "study"))


@study
def sized_experiments() -> pd.DataFrame:
    """Return the stored experiments at all sizes, the reference among them."""
    others = _numbered(results.read(mechanisms_runs.CAMPAIGN, "sizes"))
    return pd.concat([experiments(), others], ignore_index=True)


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the experiments of each size and model numbered."""
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
        ``measures`` (a name in `MEASURES`), and those of `neurocoord_book.recovery.confusion`.
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
    # Equally many experiments of each size, so that all are called by equally good fits.
    table = sized_experiments()
    table = table[table["experiment"] < min(EXPERIMENTS.values())]
    parts = [
        confusion(own["model"], classify(own, SCALING)).assign(size=size)
        for size, own in table.groupby("size", sort=False)
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
    fewest = enough.pivot_table(
        index="measurement", columns="rival", values="trials", aggfunc="min"
    )
    names = separation()["measurement"].unique()
    table = fewest.reindex(index=names, columns=list(RIVALS)).fillna(np.inf)
    return table.assign(either=table.max(axis=1))


# ---- Fresh runs ----------------------------------------------------------------------------

SUMMARISED = ("engaged", "passive", "interaction", "held_out", "weak", "strong", "switch")
"""The measures whose means are compared with fresh ones. Mean correlations are not among them:
their distribution has so long a tail that a few experiments say little about its mean."""


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
        known, new = (results.summarise(rows, [by], measures) for rows in (stored, fresh))
        both = results.compare(known, new, [by, "measure"])
        tables.append(both)
    return pd.concat(tables, ignore_index=True)
