"""Time of the experiment, as ratios to what is least; all on one core, in one run.

The least for the trials of one signal, drawn one by one: draw the random numbers of evidence and
private noise, and correlate the evidence by one matrix product. The least for an experiment that
draws statistics: in each block and at each signal draw the log odds and factor a covariance, and
once a block multiply one scatter and factor it.
"""

import dataclasses
import time

import numpy as np
import pandas as pd

from neurocoord.experiment import Design, run
from neurocoord.experiment.draw import Block, by_statistics, by_trials
from neurocoord.theories import EfficientCoding, Inference
from neurocoord.world import CARDINAL

THEORIES = (Inference(), EfficientCoding())


def seconds(function, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return np.median(times)


def trials_floor(world, trials, frames, rng):
    root = np.linalg.cholesky(world.evidence_cov).T
    evidence = rng.standard_normal((trials * frames, world.size)) @ root
    return evidence, rng.standard_normal(evidence.shape)


def routes(theory, trials, repeats=9):
    """Time both routes for the trials of one signal, with their covariance."""
    design, rng = Design(), np.random.default_rng(0)
    world = design.draw_world(rng)
    w = world.population.pattern(CARDINAL)
    block = Block(theory, world, CARDINAL, w, 1.0, None, 5.0, np.arange(world.size))
    shared = {"trials": trials, "frames": design.frames, "rng": rng}
    least = seconds(lambda: trials_floor(world, **shared), repeats)
    drawn, fast = (
        seconds(
            lambda d=draw: d(block, 0.1, design.measured_windows, scatter=True, **shared), repeats
        )
        for draw in (by_trials, by_statistics)
    )
    return {
        "theory": theory.name,
        "trials": trials,
        "trials / floor": drawn / least,
        "trials / statistics": drawn / fast,
    }


def floor(design, rng):
    covariance = design.draw_world(rng).evidence_cov
    n = len(covariance)
    for _ in range(design.subjects * len(design.tasks) * design.sessions * len(design.engagement)):
        for _ in range(1 + 2 * len(design.measured)):
            np.cumsum(rng.standard_normal((design.trials, design.frames)), axis=1)
            root = np.linalg.cholesky(covariance)
        rows = root @ rng.standard_normal((n, n))
        np.linalg.cholesky(rows @ rows.T)


def experiments(theory, repeats=5):
    """Time whole experiments: the default one, and how time grows with its parts."""
    design, rng = Design(), np.random.default_rng(0)
    default = seconds(lambda: run(design, theory), repeats)
    row = {
        "theory": theory.name,
        "seconds": default,
        "default / floor": default / seconds(lambda: floor(design, rng), repeats),
    }
    for change in ({"subjects": 4}, {"sessions": 40}, {"trials": 800}):
        larger = dataclasses.replace(design, **change)
        (what,) = change
        row[f"twice the {what}"] = seconds(lambda d=larger: run(d, theory), repeats) / default
    return row


def main():
    print("One signal of 60 neurons and 10 frames")
    rows = [routes(theory, trials) for theory in THEORIES for trials in (400, 4000)]
    print(pd.DataFrame(rows).round(2).to_string(index=False))
    print("\nThe default experiment")
    print(pd.DataFrame(map(experiments, THEORIES)).round(2).to_string(index=False))


if __name__ == "__main__":
    main()
