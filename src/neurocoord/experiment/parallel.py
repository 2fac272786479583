"""Many experiments at once, on all cores or on a cluster."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from neurocoord import campaigns
from neurocoord._checks import instance, whole
from neurocoord.campaigns import Campaign
from neurocoord.experiment.design import Design
from neurocoord.experiment.measure import Level
from neurocoord.experiment.run import run
from neurocoord.theories import Theory


def run_many(
    design: Design,
    theory: Theory,
    experiments: int,
    *,
    level: Level = "session",
    exact: bool = False,
    jobs: int | None = None,
    reduce: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
    place: Path | None = None,
    chunk: int = 10,
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
    reduce : callable, optional
        What to keep of the table of one experiment, itself a table; it runs where the experiment
        does, so that many experiments fit into memory. It is defined in a module.
    place : Path, optional
        A folder for finished chunks: the same call goes on there after an interruption.
    chunk : int
        Experiments to a chunk: 50 to 200 suit a cluster.

    Returns
    -------
    DataFrame
        As `run` or `reduce`, with a first column "experiment", counted from 0.

    Notes
    -----
    Any joblib backend serves. On a Dask cluster::

        from dask.distributed import Client
        from joblib import parallel_config

        with Client("scheduler:8786"), parallel_config("dask"):
            table = run_many(Design(), Inference(), 1000, chunk=50)

    A progress bar shows on terminals only, and not while the book is built.
    """
    design, experiments = instance("design", design, Design), whole("experiments", experiments)
    if jobs is not None and (jobs := whole("jobs", jobs, least=-1)) == 0:
        raise ValueError("jobs must be a number of processes, or -1 for all cores, not 0")
    seeds = np.random.SeedSequence(design.seed).generate_state(experiments, np.uint64)
    one = functools.partial(
        _one, design=design, theory=theory, level=level, exact=exact, reduce=reduce
    )
    campaign = Campaign(
        "experiments", design.seed, one, [{"seed": int(seed)} for seed in seeds], ("rows",), chunk
    )
    rows = campaigns.run(campaign, place, workers=jobs)["rows"]
    return rows.rename(columns={"job": "experiment"})


def _one(
    *,
    rng: np.random.Generator,  # every experiment has its own, made from its seed
    seed: int,
    design: Design,
    theory: Theory,
    level: Level,
    exact: bool,
    reduce: Callable[[pd.DataFrame], pd.DataFrame] | None,
) -> dict[str, pd.DataFrame]:
    """Run one experiment, and reduce its table where it is."""
    table = run(dataclasses.replace(design, seed=seed), theory, level=level, exact=exact)
    return {"rows": table if reduce is None else reduce(table)}
