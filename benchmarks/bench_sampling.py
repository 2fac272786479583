"""Time and memory of the sampling model, as ratios to a reference and to a floor.

Reference: the authors' MATLAB code, run in Octave on a machine like the one this was written on,
takes 1.9 s of CPU a trial at 128 units, 32 bits and 100 samples (a stated figure, not measured
here). Floor: the random numbers alone that this sampler draws, timed in the same run.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy: the figures are for one thread

import time
import tracemalloc

import numpy as np
import pandas as pd

from neurocoord.sampling import SIDE, Chain, SamplingModel, simulate

REFERENCE = 1.9
"""Seconds a trial of the authors' code."""


def seconds(function, *arguments, **options):
    start = time.perf_counter()
    function(*arguments, **options)
    return time.perf_counter() - start


def floor(model, trials, n_samples, dtype, rng):
    """Draw what a run draws: pixel noise, two exponentials a unit, one uniform a bit."""
    rng.standard_normal((trials, SIDE**2))
    for _ in range(n_samples):
        for _ in range(2):
            rng.standard_exponential((model.n_units, trials), dtype=dtype)
        rng.random((model.n_bits, trials))


def run(model, trials, n_samples, dtype, repeats):
    contrast, rng = np.zeros((trials, 2)), np.random.default_rng(0)
    options = {"n_samples": n_samples, "dtype": dtype}
    times = [
        (
            seconds(simulate, model, contrast, rng, **options),
            seconds(floor, model, trials, n_samples, dtype, rng),
        )
        for _ in range(repeats)
    ]
    tracemalloc.start()
    simulate(model, contrast, rng, **options)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    ours, least = np.median(times, axis=0) / trials
    return {
        "units/bits": f"{model.n_units}/{model.n_bits}",
        "trials": trials,
        "samples": n_samples,
        "precision": np.dtype(dtype).name,
        "ms a trial": 1e3 * ours,
        "reference / ours": REFERENCE / ours if model.n_units == 128 and n_samples == 100 else None,
        "floor ms": 1e3 * least,
        "ours / floor": ours / least,
        "peak MB": peak / 1e6,
    }


def shares(model, trials=300, sweeps=20):
    """Return the share of each conditional in the time of a sweep."""
    rng = np.random.default_rng(1)
    chain = Chain(model, rng.standard_normal((trials, SIDE**2)), rng, np.float64)
    spent = dict.fromkeys(["units", "bits", "beliefs", "contrast"], 0.0)
    for _ in range(sweeps):
        spent["units"] += seconds(chain.update_units, rng.permutation(model.n_units))
        spent["bits"] += seconds(chain.update_bits, rng.permutation(model.n_bits))
        spent["beliefs"] += seconds(chain.update_beliefs, accumulate=True)
        spent["contrast"] += seconds(chain.draw_contrast, chain.sigma)
    return pd.Series(spent) / sum(spent.values())


def main(repeats=3):
    model = SamplingModel()
    larger = SamplingModel(n_units=256, n_bits=64)
    rows = [
        run(model, 300, 100, np.float64, repeats),
        run(model, 300, 100, np.float32, repeats),
        run(model, 600, 100, np.float64, repeats),
        run(model, 300, 200, np.float64, repeats),
        run(larger, 300, 100, np.float64, 1),
    ]
    print(f"sampling model on one thread, batches of 300 trials, medians of {repeats}")
    print(pd.DataFrame(rows).round(2).to_string(index=False, na_rep=""))
    print("share of a sweep:", shares(model).round(2).to_dict())


if __name__ == "__main__":
    main()
