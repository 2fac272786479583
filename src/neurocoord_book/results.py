"""Stored result tables: for simulations that need more trials than a build of the book can run.

``python -m neurocoord_book results NAME`` runs a campaign (`neurocoord.campaigns`) in parallel,
with ``--scheduler ADDRESS`` on a Dask cluster, and stores its tables in the package, each a CSV
file with a JSON file beside it that says how it came about: command, seed and versions. A stored
table is right if running its jobs from their seeds gives its rows again, which is what ``python -m
neurocoord_book replay`` tries. A chapter also runs a small part of its jobs anew, with other seeds,
and `compare` fails if the two disagree beyond sampling error.
"""

import hashlib
import importlib
import io
import json
import platform
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import joblib
import numpy as np
import pandas as pd

from neurocoord.campaigns import Campaign, check_replay, replay, run, save

DIGITS = 6
"""Significant digits that are stored."""

CAMPAIGNS: Mapping[str, str] = MappingProxyType(
    {
        "sampling": "neurocoord_book.studies.sampling_runs",
        "learning": "neurocoord_book.studies.learning_runs",
        "signatures": "neurocoord_book.studies.signatures_runs",
        "mechanisms": "neurocoord_book.studies.mechanisms_runs",
        "measurements": "neurocoord_book.studies.measurements_runs",
        "power": "neurocoord_book.studies.power_runs",
        "levels": "neurocoord_book.studies.levels_runs",
        "limits": "neurocoord_book.studies.limits_runs",
    }
)
"""The campaigns, and the module that defines each as ``CAMPAIGN``."""

LIBRARIES = ("numpy", "pandas", "scipy")
"""Libraries whose versions are noted."""


class StaleResultError(RuntimeError):
    """A stored table is missing, or is not what its campaign gives."""


def find(name: str) -> Campaign:
    """Return the campaign of that name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in CAMPAIGNS:
        raise ValueError(f"no results {name!r}; there are {', '.join(CAMPAIGNS)}")
    return importlib.import_module(CAMPAIGNS[name]).CAMPAIGN


@contextmanager
def on_cluster(scheduler: str | None) -> Iterator[None]:
    """Run what is enclosed on a Dask cluster, or where it would run anyway if none is named.

    Parameters
    ----------
    scheduler : str or None
        Address of the cluster's scheduler, for example ``tcp://10.0.0.7:8786``.
    """
    if scheduler is None:
        yield
        return
    from dask.distributed import Client  # an optional dependency, needed here alone

    with Client(scheduler), joblib.parallel_config("dask"):
        yield


def folder() -> Path:
    """Return the folder of the stored tables."""
    return Path(__file__).parent / "data" / "results"


def write(campaign: Campaign, place: Path | None = None) -> list[Path]:
    """Run a campaign and store its tables; return the files written.

    Finished chunks are kept in a folder beside the tables until all is stored, so that the same
    command goes on where it was interrupted.

    Parameters
    ----------
    campaign : Campaign
        What to run.
    place : Path, optional
        The folder; by default the one in the package.
    """
    place = folder() if place is None else place
    unfinished = place / f".{campaign.name}"
    versions = {library: importlib.import_module(library).__version__ for library in LIBRARIES}
    written = []
    for name, table in run(campaign, unfinished).items():
        text = _as_text(table)
        origin = {
            "command": command(campaign),
            "seed": campaign.seed,
            "content": hashlib.sha256(text).hexdigest(),
            "versions": {"python": platform.python_version()} | versions,
        }
        stem = place / f"{campaign.name}-{name}"
        described = (json.dumps(origin, indent=1) + "\n").encode()
        for suffix, content in ((".csv", text), (".json", described)):
            save(stem.with_suffix(suffix), content)
            written.append(stem.with_suffix(suffix))
    shutil.rmtree(unfinished)
    return written


def _as_text(table: pd.DataFrame) -> bytes:
    """Return a table as it is stored."""
    return table.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n").encode()


def command(campaign: Campaign) -> str:
    """Return the command that computes and stores the tables of a campaign."""
    return f"python -m neurocoord_book results {campaign.name}"


def read(
    campaign: Campaign, table: str, place: Path | None = None, *, jobs: bool = False
) -> pd.DataFrame:
    """Return a stored table.

    Parameters
    ----------
    campaign : Campaign
        The campaign.
    table : str
        Name of one of its tables.
    place : Path, optional
        The folder; by default the one in the package.
    jobs : bool
        Whether to keep the first column, the number of the job that each row comes from.

    Raises
    ------
    StaleResultError
        If the table is missing, damaged, comes from another seed, or was changed by hand.
    """
    stem = (folder() if place is None else place) / f"{campaign.name}-{table}"
    remedy = f"run: {command(campaign)}"
    try:
        text = stem.with_suffix(".csv").read_bytes()
        origin = json.loads(stem.with_suffix(".json").read_text())
    except FileNotFoundError as error:
        raise StaleResultError(f"{stem.name} is not there; {remedy}") from error
    except json.JSONDecodeError as error:
        raise StaleResultError(f"{stem.name}.json is damaged; {remedy}") from error
    if hashlib.sha256(text).hexdigest() != origin["content"]:
        raise StaleResultError(f"{stem.name}.csv was changed by hand; {remedy}")
    if origin["seed"] != campaign.seed:
        raise StaleResultError(f"{stem.name} has the seed {origin['seed']}; {remedy}")
    rows = pd.read_csv(io.BytesIO(text))
    return rows if jobs else rows.drop(columns="job")


def check(campaign: Campaign, numbers: Iterable[int]) -> None:
    """Play some jobs of a campaign again; fail if they do not give the rows that are stored.

    Parameters
    ----------
    campaign : Campaign
        The campaign.
    numbers : iterable of int
        Numbers of jobs.

    Raises
    ------
    StaleResultError
        If they do not.
    """
    stored = {table: read(campaign, table, jobs=True) for table in campaign.tables}
    fresh = {
        name: pd.read_csv(io.BytesIO(_as_text(table)))
        for name, table in replay(campaign, numbers).items()
    }
    try:
        check_replay(campaign, stored, fresh)
    except ValueError as error:
        raise StaleResultError(f"{campaign.name}: {error}; run: {command(campaign)}") from error


def replays(
    campaigns: Iterable[Campaign], count: int | None = None, seed: int = 0
) -> Iterator[tuple[Campaign, int, str | None]]:
    """Play jobs of campaigns again, in parallel, and tell of each what `check` finds wrong.

    Parameters
    ----------
    campaigns : iterable of Campaign
        The campaigns.
    count : int, optional
        How many jobs of each, chosen at random; by default all.
    seed : int
        Seed of the choice.

    Yields
    ------
    campaign : Campaign
    job : int
        Its number, counted from 0.
    fault : str or None
        The fault in one line; None if the job gives the stored rows.
    """
    chosen = []
    for campaign in campaigns:
        order = np.random.default_rng(seed).permutation(len(campaign.jobs))
        chosen += [(campaign, job) for job in sorted(order[:count].tolist())]
    parallel = joblib.Parallel(n_jobs=-1, return_as="generator")
    faults = parallel(joblib.delayed(_fault)(*one) for one in chosen)
    for (campaign, job), fault in zip(chosen, faults, strict=True):
        yield campaign, job, fault


def _fault(campaign: Campaign, job: int) -> str | None:
    """Return why a job does not give the stored rows, in one line, or None."""
    try:
        check(campaign, [job])
    except StaleResultError as error:
        return textwrap.shorten(str(error), 400)
    return None


def summarise(table: pd.DataFrame, by: Sequence[str], measures: Sequence[str]) -> pd.DataFrame:
    """Return what `compare` compares: mean, standard error and number of rows of some measures.

    Parameters
    ----------
    table : DataFrame
        One row an experiment.
    by : sequence of str
        Columns that name a world.
    measures : sequence of str
        Columns to average; missing values are left out.

    Returns
    -------
    DataFrame
        `by`, ``measure``, ``value``, ``se`` and ``trials``.
    """
    long = table.melt(list(by), list(measures), "measure").dropna(subset="value")
    groups = long.groupby([*by, "measure"])["value"]
    return groups.agg(value="mean", se="sem", trials="size").reset_index()


def compare(
    stored: pd.DataFrame, fresh: pd.DataFrame, on: Sequence[str], *, limit: float = 4.5
) -> pd.DataFrame:
    """Compare recomputed rows with stored ones; fail if they differ beyond sampling error.

    Parameters
    ----------
    stored, fresh : DataFrame
        Tables with the columns `on`, ``value``, ``se`` (standard error) and ``trials``. The
        standard error of a fresh row is that of the stored one, scaled by the root of the trials.
    on : sequence of str
        Columns that name a row.
    limit : float
        Largest difference allowed, in standard errors of the difference.

    Returns
    -------
    DataFrame
        One row each: `on`, ``stored``, ``fresh`` and ``z``.

    Raises
    ------
    RuntimeError
        If a difference is larger.
    ValueError
        If a fresh row has no stored counterpart.
    """
    fresh, stored = fresh[[*on, "value", "trials"]], stored[[*on, "value", "se", "trials"]]
    both = fresh.merge(stored, on=list(on), how="left", suffixes=("_fresh", "_stored"))
    if both["value_stored"].isna().any():
        raise ValueError("rows without a stored counterpart")
    error = both["se"] * np.sqrt(1 + both["trials_stored"] / both["trials_fresh"])
    both["z"] = (both["value_fresh"] - both["value_stored"]) / error
    beyond = both[both["z"].abs() > limit]
    if len(beyond):
        words = ["; ".join(f"{k} {row[k]}" for k in on) for _, row in beyond.iterrows()]
        raise RuntimeError(f"recomputed results differ from the stored ones: {' | '.join(words)}")
    names = {"value_stored": "stored", "value_fresh": "fresh"}
    return both.rename(columns=names)[[*on, "stored", "fresh", "z"]]
