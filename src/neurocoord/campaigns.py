"""Long runs: independent jobs that resume, spread over machines, and can be played again.

A `Campaign` is a list of jobs with one seed; job number k draws from child k of that seed, so that
its rows do not depend on where and when it runs. `run` works in chunks of jobs, on all cores or on
a Dask cluster; with a folder, each finished chunk is a file there, and a run that was interrupted
goes on after the last. `replay` runs single jobs again: a stored table is right if it gives the
stored rows.
"""

import os
import pickle
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

from neurocoord._checks import indices, instance, positive, several, whole
from neurocoord._progress import progress

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Campaign:
    """Independent jobs, and the tables that they fill.

    Parameters
    ----------
    name : str
        What the run is called while it shows progress.
    seed : int
        The seed; job number k gets child k of its seed sequence.
    function : callable
        What a job calls: ``function(rng=..., **job)`` returns tables by name. It is defined in a
        module (or is a `functools.partial` of such a function), and may reduce what it computes.
    jobs : sequence of mapping
        Keyword arguments of each job.
    tables : tuple of str
        Names of the tables that the function returns; tables of the same name are stacked.
    chunk : int
        How many jobs run before something is saved.
    rtol, atol : float
        How far rows may be from stored ones, which have six digits. A sampler needs more: where
        another processor rounds a number across a threshold, the rest of that trial is another.
    """

    name: str
    seed: int
    function: Callable[..., Tables]
    jobs: Sequence[Mapping[str, Any]]
    tables: tuple[str, ...]
    chunk: int = 10
    rtol: float = 2e-5
    atol: float = 1e-8

    def __post_init__(self) -> None:
        instance("name", self.name, str)
        if not callable(self.function):
            raise ValueError(f"function must be callable, not {self.function!r}")
        jobs, names = several("jobs", self.jobs), several("tables", self.tables)
        clean: dict[str, Any] = {
            "jobs": [instance("jobs, each,", job, Mapping) for job in jobs],
            "tables": tuple(instance("tables, each,", name, str) for name in names),
            "seed": whole("seed", self.seed, least=0),
            "chunk": whole("chunk", self.chunk),
        }
        for name in ("rtol", "atol"):
            clean[name] = positive(name, getattr(self, name), zero_allowed=True)
        for name, value in clean.items():
            object.__setattr__(self, name, value)


def run(
    campaign: Campaign, place: Path | None = None, *, workers: int | None = None
) -> dict[str, pd.DataFrame]:
    """Run all jobs and stack their tables.

    Parameters
    ----------
    campaign : Campaign
        What to run.
    place : Path, optional
        A folder for finished chunks, one file each, written by the calling process. If it holds
        chunks of this campaign, the first of them is checked by `replay`, and they are not run
        again; if the code gives other rows by now, all are.
    workers : int, optional
        Processes; -1 for all cores. Default: what `joblib.parallel_config` says, a Dask cluster for
        instance, or else all cores.

    Returns
    -------
    dict of DataFrame
        The tables by name, in the order of the jobs, with the number of the job as first column.

    Examples
    --------
    >>> def throw(*, rng, dice):
    ...     return {"sums": pd.DataFrame({"sum": [rng.integers(1, 7, size=dice).sum()]})}
    >>> games = Campaign("games", 1, throw, [{"dice": 2}] * 3, ("sums",))
    >>> run(games, workers=1)["sums"]["job"].tolist()
    [0, 1, 2]
    """
    size = instance("campaign", campaign, Campaign).chunk
    place = None if place is None else instance("place", place, Path)
    workers = _workers() if workers is None else whole("workers", workers, least=-1)
    if workers == 0:
        raise ValueError("workers must be at least 1, or -1 for all cores, not 0")
    starts = range(0, len(campaign.jobs), size)
    files = _files(campaign, place, starts)
    parts = {k: pickle.loads(path.read_bytes()) for k, path in files.items() if path.exists()}
    if parts and not _still_right(campaign, parts[min(parts)]):
        warnings.warn(
            f"{place} holds rows that the code no longer gives: all run anew", stacklevel=2
        )
        parts = {}
    one, jobs = joblib.delayed(_chunk), dict(enumerate(campaign.jobs))
    left = [range(k, min(k + size, len(jobs))) for k in starts if k not in parts]
    tasks = (one(campaign.function, campaign.seed, {n: jobs[n] for n in part}) for part in left)
    parallel = joblib.Parallel(n_jobs=workers, return_as="generator_unordered")
    for start, tables in progress(parallel(tasks), len(left), f"{campaign.name}, chunks"):
        parts[start] = tables
        if files:
            save(files[start], pickle.dumps(tables))
    in_order = [parts[k] for k in starts]
    for name in campaign.tables:
        if not any(name in part for part in in_order):
            raise ValueError(f"no job of {campaign.name} returned a table {name!r}")
    return {
        name: pd.concat([part[name] for part in in_order if name in part], ignore_index=True)
        for name in campaign.tables
    }


def replay(campaign: Campaign, jobs: Iterable[int]) -> dict[str, pd.DataFrame]:
    """Run some jobs of a campaign again, here, and return their rows as `run` does.

    Parameters
    ----------
    campaign : Campaign
        The campaign.
    jobs : iterable of int
        Numbers of jobs, counted from 0.
    """
    instance("campaign", campaign, Campaign)
    numbers = indices("jobs", list(instance("jobs", jobs, Iterable)), len(campaign.jobs)).tolist()
    return _chunk(campaign.function, campaign.seed, {n: campaign.jobs[n] for n in numbers})[1]


def check_replay(campaign: Campaign, stored: Tables, fresh: Tables) -> None:
    """Check that stored tables hold the rows that `replay` gave, up to the campaign's tolerance.

    Parameters
    ----------
    campaign : Campaign
        The campaign, for its tolerance.
    stored, fresh : mapping of DataFrame
        Tables by name, with a column ``job``; what is stored may hold more.

    Raises
    ------
    ValueError
        If they do not; the message names the table and shows where they differ.
    """
    instance("campaign", campaign, Campaign)
    stored, fresh = _tables("stored", stored), _tables("fresh", fresh)
    if missing := [name for name in fresh if name not in stored]:
        raise ValueError(f"stored lacks the tables {missing}")
    jobs = {job for table in fresh.values() for job in table["job"]}
    for name, rows in stored.items():
        rows = rows[rows["job"].isin(jobs)].reset_index(drop=True)
        table = fresh.get(name, rows[:0])
        try:
            near = {"rtol": campaign.rtol, "atol": campaign.atol, "check_dtype": False}
            pd.testing.assert_frame_equal(rows, table, **near, obj=f"table {name!r}")
        except AssertionError as error:
            raise ValueError(f"the stored rows are not what the code gives now: {error}") from None


def save(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside its place first, then renamed.

    Parameters
    ----------
    path : Path
        Where to; folders are made as needed.
    content : bytes
        What to write. If that fails, a file that was there before stays as it was.
    """
    instance("path", path, Path), instance("content", content, bytes)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _tables(name: str, value: Tables) -> Tables:
    """Return tables by name, after checking that there are some, each with its jobs."""
    for key, table in instance(name, value, Mapping).items():
        if not isinstance(table, pd.DataFrame) or "job" not in table:
            raise ValueError(f"{name} must hold tables with a column 'job', and {key!r} is none")
    if not value:
        raise ValueError(f"{name} must hold at least one table")
    return value


def _files(campaign: Campaign, place: Path | None, starts: range) -> dict[int, Path]:
    """Return the file of each chunk, named after what is run, by the number of its first job."""
    if place is None:
        return {}
    key = joblib.hash((campaign.seed, campaign.function, list(campaign.jobs), campaign.chunk))
    digits = len(str(len(campaign.jobs)))
    return {k: place / f"{campaign.name}-{key[:12]}-{k:0{digits}}.pickle" for k in starts}


def _still_right(campaign: Campaign, tables: Tables) -> bool:
    """Whether the first job of a finished chunk gives its rows again."""
    first = min(table["job"].min() for table in tables.values())
    try:
        check_replay(campaign, tables, replay(campaign, [int(first)]))
    except ValueError:
        return False
    return True


def _chunk(
    function: Callable[..., Tables], root: int, jobs: Mapping[int, Mapping[str, Any]]
) -> tuple[int, dict[str, pd.DataFrame]]:
    """Run some jobs, given by number, and stack their tables; say which is the first job."""
    done: dict[str, list[pd.DataFrame]] = {}
    for number, job in jobs.items():
        seed = np.random.SeedSequence(root, spawn_key=(number,))
        tables = function(rng=np.random.default_rng(seed), **job)
        for name, table in instance("what function returns", tables, Mapping).items():
            numbered = instance(f"table {name!r}", table, pd.DataFrame).copy()
            numbered.insert(0, "job", number)
            done.setdefault(name, []).append(numbered)
    return min(jobs), {name: pd.concat(some, ignore_index=True) for name, some in done.items()}


def _workers() -> int | None:
    """Return None where a `joblib.parallel_config` is in force, and else all cores."""
    backend, jobs = joblib.parallel.get_active_backend()
    default = isinstance(backend, joblib.parallel.BACKENDS[joblib.parallel.DEFAULT_BACKEND])
    return -1 if default and jobs in (None, 1) else None
