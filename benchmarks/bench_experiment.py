"""Cost of the experiment: each route against its floor and the other, and its growth.

The floor of the trial route is what it must do: draw the random numbers, and make correlated
evidence of them by one matrix product (and, for a linear code, the product with its matrix). All
ratios are of medians within one run; seconds are of one core unless said otherwise. The number of
experiments of the last table can be given: ``python benchmarks/bench_experiment.py 1000``.
"""

import dataclasses
import resource
import sys
import time
import tracemalloc

import numpy as np
import pandas as pd
from joblib.externals.loky import get_reusable_executor

from neurocoord.experiment import Design, run, run_many
from neurocoord.experiment.draw import Block, by_statistics, by_trials
from neurocoord.theories import EfficientCoding, Inference
from neurocoord.world import CARDINAL, Population, World

THEORIES = (Inference(), EfficientCoding())


def seconds(function, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return np.median(times)


def floor(world, matrix, trials, frames, rng):
    """Draw evidence and private noise, and multiply."""
    root = np.linalg.cholesky(world.evidence_cov).T
    evidence = rng.standard_normal((trials * frames, world.size)) @ root
    if matrix is not None:
        evidence = evidence @ matrix.T
    return evidence, rng.standard_normal(evidence.shape)


def routes(neurons=60, frames=10, repeats=15):
    """Time both routes for the trials of one signal, and their covariance."""
    world = World(Population.draw(neurons, rng=np.random.default_rng(0)))
    w = world.population.pattern(CARDINAL)
    rows = []
    for theory in THEORIES:
        block = Block(theory, world, CARDINAL, w, 1.0, None, 5.0, np.arange(neurons))
        matrix = theory.matrix(world, w) if hasattr(theory, "matrix") else None
        for trials in (250, 1000, 4000):
            rng = np.random.default_rng(1)
            window = [range(1, frames + 1)]
            shared = {"trials": trials, "frames": frames, "scatter": True, "rng": rng}
            least, slow, fast = (
                seconds(call, repeats)
                for call in (
                    lambda m=matrix, t=trials, r=rng: floor(world, m, t, frames, r),
                    lambda b=block, s=shared, w=window: by_trials(b, 0.1, w, **s),
                    lambda b=block, s=shared, w=window: by_statistics(b, 0.1, w, **s),
                )
            )
            rows.append(
                {
                    "theory": theory.name,
                    "trials": trials,
                    "floor ms": 1e3 * least,
                    "trials / floor": slow / least,
                    "statistics ms": 1e3 * fast,
                    "trials / statistics": slow / fast,
                }
            )
    return pd.DataFrame(rows)


def growth(repeats=3):
    """Time whole experiments as they grow."""
    base = Design()
    rows = []
    for changes in ({}, {"subjects": 4}, {"sessions": 40}, {"trials": 800}, {"engagement": (1.0,)}):
        design = dataclasses.replace(base, **changes)
        row = {"change": str(changes or "default")}
        for theory in THEORIES:
            row[theory.name] = seconds(lambda d=design, t=theory: run(d, t), repeats)
        rows.append(row)
    return pd.DataFrame(rows)


def many(experiments, jobs=2):
    """Run many default experiments on two cores."""
    rows = []
    for theory in THEORIES:
        start = time.perf_counter()
        table = run_many(Design(), theory, experiments, jobs=jobs)
        taken = time.perf_counter() - start
        rows.append(
            {
                "theory": theory.name,
                "experiments": experiments,
                "seconds": taken,
                "seconds per 1000": 1000 * taken / experiments,
                "table MiB": table.memory_usage(deep=True).sum() / 2**20,
                "peak MiB so far": resident(),
            }
        )
    return pd.DataFrame(rows)


def resident():
    """Return the largest memory that this process has had resident, MiB, shared libraries too."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def peak():
    """Return the peak of traced memory of one experiment by each route, MiB."""
    found = {}
    for route in ("statistics", "trials"):
        design = Design(subjects=1, sessions=2, trials=1000, route=route)
        tracemalloc.start()
        run(design, Inference())
        found[route] = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    return found


def main():
    print("One condition of 60 neurons and 10 frames, with its covariance")
    print(routes().round(2).to_string(index=False))
    print("\nOne experiment, seconds")
    print(growth().round(3).to_string(index=False))
    print("\nDefault experiments on two cores")
    print(many(int(sys.argv[1]) if len(sys.argv) > 1 else 40).round(1).to_string(index=False))
    # Workers end with the process that started them, so that only now they are known.
    get_reusable_executor().shutdown(wait=True)
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
    print(f"Largest worker: {worker:.0f} MiB")
    print("\nPeak memory of one experiment of 1000 trials a signal, MiB:", peak())


if __name__ == "__main__":
    main()
