"""Many experiments at once, on all cores or on a cluster."""

import dataclasses
import os
import sys

import joblib
import numpy as np
import pandas as pd
from tqdm import tqdm

from neurocoord._checks import instance, whole
from neurocoord.codes import Theory
from neurocoord.experiment.design import Design
from neurocoord.experiment.measure import Level
from neurocoord.experiment.run import run


def run_many(
    design: Design,
    theory: Theory,
    experiments: int,
    *,
    level: Level = "session",
    exact: bool = False,
    jobs: int | None = None,
) -> pd.DataFrame:
    """Run many experiments of one design, each with a seed of its own.

    Experiment k has the k-th seed spawned from the design's, so that the table is the same
    whatever runs it and in whatever order. In a batch of simulations under several theories,
    experiment k meets the same subjects under each: worlds and tracking come first in its stream.

    Parameters
    ----------
    design : Design
        The design; its seed is the root of all seeds.
    theory : Theory
        The theory of the code.
    experiments : int
        How many.
    level, exact
        As for `run`.
    jobs : int, optional
        Processes. Default: what `joblib.parallel_config` says, or else all cores.

    Returns
    -------
    DataFrame
        As `run`, with a first column "experiment", counted from 0.

    Notes
    -----
    Any joblib backend serves. On a Dask cluster::

        from dask.distributed import Client
        from joblib import parallel_config

        with Client("scheduler:8786"), parallel_config("dask"):
            table = run_many(Design(), Inference(), 1000)

    A progress bar shows on terminals only, and not while the book is built.
    """
    design, experiments = instance("design", design, Design), whole("experiments", experiments)
    if jobs is not None and (jobs := whole("jobs", jobs, least=-1)) == 0:
        raise ValueError("jobs must be a number of processes, or -1 for all cores, not 0")
    seeds = np.random.SeedSequence(design.seed).generate_state(experiments, np.uint64)
    one = joblib.delayed(_one)
    tasks = [
        one(k, dataclasses.replace(design, seed=int(seed)), theory, level, exact)
        for k, seed in enumerate(seeds)
    ]
    workers = joblib.Parallel(n_jobs=jobs if jobs is not None else _jobs(), return_as="generator")
    quiet = "NEUROCOORD_CACHE" in os.environ or not sys.stderr.isatty()
    tables = list(tqdm(workers(tasks), total=experiments, disable=quiet, unit="experiment"))
    return pd.concat(tables, ignore_index=True)


def _one(number: int, design: Design, theory: Theory, level: Level, exact: bool) -> pd.DataFrame:
    """Run one experiment and number it."""
    table = run(design, theory, level=level, exact=exact)
    table.insert(0, "experiment", number)
    return table


def _jobs() -> int | None:
    """Return None where a `joblib.parallel_config` is in force, and else all cores."""
    backend, jobs = joblib.parallel.get_active_backend()
    default = isinstance(backend, joblib.parallel.BACKENDS[joblib.parallel.DEFAULT_BACKEND])
    return -1 if default and jobs in (None, 1) else None
