"""Stored result tables: for simulations that need more trials than a build of the book can run.

A `Campaign` is a list of independent jobs with one seed. ``python -m neurocoord results NAME``
runs them in parallel (with ``--scheduler ADDRESS``, on a Dask cluster) and stores the tables in the
package, each a CSV file with a JSON file beside it that says how it came about: command, seed and
versions. A stored table is right if running its jobs from their seeds gives its rows again; the
tests do so for some jobs. A chapter also runs a small part of its jobs anew, with other seeds, and
`compare` fails if the two disagree beyond sampling error.
"""

import hashlib
import importlib
import json
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import joblib
import numpy as np
import pandas as pd

from neurocoord._progress import progress

DIGITS = 6
"""Significant digits that are stored."""

CAMPAIGNS: Mapping[str, str] = MappingProxyType(
    {
        "sampling": "neurocoord.studies.sampling_runs",
        "learning": "neurocoord.studies.learning_runs",
        "signatures": "neurocoord.studies.signatures_runs",
        "mechanisms": "neurocoord.studies.mechanisms_runs",
        "measurements": "neurocoord.studies.measurements_runs",
        "power": "neurocoord.studies.power_runs",
        "limits": "neurocoord.studies.limits_runs",
    }
)
"""The campaigns, and the module that defines each as ``CAMPAIGN``."""

LIBRARIES = ("numpy", "pandas", "scipy")
"""Libraries whose versions are noted."""


class StaleResultError(RuntimeError):
    """A stored table is missing, comes from another seed, or was changed by hand."""


@dataclass(frozen=True)
class Campaign:
    """Independent jobs, and the tables that they fill.

    Parameters
    ----------
    name : str
        Its name on the command line, and the start of the names of its tables.
    seed : int
        The seed; job number i gets the i-th child of its seed sequence.
    function : callable
        What a job calls, defined in a module: ``function(rng=..., **job)`` returns a table by name.
    jobs : sequence of mapping
        Keyword arguments of each job.
    tables : tuple of str
        Names of the tables that the function returns; tables of the same name are stacked.
    """

    name: str
    seed: int
    function: Callable[..., Mapping[str, pd.DataFrame]]
    jobs: Sequence[Mapping[str, Any]]
    tables: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command that computes and stores the tables."""
        return f"python -m neurocoord results {self.name}"


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


def run(campaign: Campaign) -> dict[str, pd.DataFrame]:
    """Run all jobs in parallel and stack their tables.

    The jobs run on all cores, or wherever an enclosing `joblib.parallel_config` says: on a Dask
    cluster, for instance. The tables depend on the seed only, not on where the jobs ran.

    Parameters
    ----------
    campaign : Campaign
        What to run.

    Returns
    -------
    dict of DataFrame
        The tables by name.
    """
    seeds = np.random.SeedSequence(campaign.seed).spawn(len(campaign.jobs))
    tasks = (
        joblib.delayed(_one_job)(campaign.function, dict(job), seed)
        for job, seed in zip(campaign.jobs, seeds, strict=True)
    )
    parallel = joblib.Parallel(n_jobs=-1, return_as="generator")
    parts = list(progress(parallel(tasks), len(campaign.jobs), campaign.name))
    return {
        table: pd.concat([part[table] for part in parts if table in part], ignore_index=True)
        for table in campaign.tables
    }


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


def _one_job(
    function: Callable[..., Mapping[str, pd.DataFrame]],
    job: dict[str, Any],
    seed: np.random.SeedSequence,
) -> Mapping[str, pd.DataFrame]:
    return function(rng=np.random.default_rng(seed), **job)


def folder() -> Path:
    """Return the folder of the stored tables."""
    return Path(__file__).parent / "data" / "results"


def write(campaign: Campaign, place: Path | None = None) -> list[Path]:
    """Run a campaign and store its tables; return the files written.

    Parameters
    ----------
    campaign : Campaign
        What to run.
    place : Path, optional
        The folder; by default the one in the package.
    """
    place = folder() if place is None else place
    place.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in run(campaign).items():
        text = table.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
        versions = {library: importlib.import_module(library).__version__ for library in LIBRARIES}
        origin = {
            "command": campaign.command,
            "seed": campaign.seed,
            "content": hashlib.sha256(text.encode()).hexdigest(),
            "versions": {"python": platform.python_version()} | versions,
        }
        stem = place / f"{campaign.name}-{name}"
        for suffix, content in ((".csv", text), (".json", json.dumps(origin, indent=1) + "\n")):
            stem.with_suffix(suffix).write_text(content)
            written.append(stem.with_suffix(suffix))
    return written


def read(campaign: Campaign, table: str, place: Path | None = None) -> pd.DataFrame:
    """Return a stored table.

    Parameters
    ----------
    campaign : Campaign
        The campaign.
    table : str
        Name of one of its tables.
    place : Path, optional
        The folder; by default the one in the package.

    Raises
    ------
    StaleResultError
        If the table is missing, comes from another seed, or was changed by hand.
    """
    stem = (folder() if place is None else place) / f"{campaign.name}-{table}"
    remedy = f"run: {campaign.command}"
    try:
        text = stem.with_suffix(".csv").read_text()
        origin = json.loads(stem.with_suffix(".json").read_text())
    except FileNotFoundError as error:
        raise StaleResultError(f"{stem.name} is not there; {remedy}") from error
    if hashlib.sha256(text.encode()).hexdigest() != origin["content"]:
        raise StaleResultError(f"{stem.name}.csv was changed by hand; {remedy}")
    if origin["seed"] != campaign.seed:
        raise StaleResultError(f"{stem.name} has the seed {origin['seed']}; {remedy}")
    return pd.read_csv(stem.with_suffix(".csv"))


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
