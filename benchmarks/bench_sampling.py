"""Time of the sampling model: over its floor, and of the way before over this one.

The floor is the random numbers alone that a sweep draws. The way before took products of prior
means by `numpy.multiply.reduceat`, which is slower than one `reduce` a block, and outer products
by broadcasting, which is slower than `numpy.dot`. All are timed in
turn in one run, on one thread, and the least times are compared. Both ways start from the same
seed: their numbers differ by rounding only, and so must not differ in what they sample, given as
the largest difference of the mean of a unit in standard errors. Reference: the authors' MATLAB
code, run in Octave on another machine, takes 1.9 s a trial of 100 samples at 128 units, 32 bits.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy: the figures are for one thread

import time

import numpy as np
import pandas as pd

from neurocoord.sampling import SIDE, Chain, SamplingModel

REFERENCE = 1.9 / 100
"""Seconds a sample of the authors' code."""


class Before(Chain):
    """The sampler with products of many rows at once, and outer products by broadcasting."""

    def _shift(self, k, sign, out):
        np.multiply(self.kernel[:, k, None], sign, out=out)

    def _prior_density(self, mean, work):
        np.divide(self.x, mean, out=work)
        starts = [block.start for block in self.blocks]
        products = np.multiply.reduceat(mean, starts, axis=0)
        return -np.log(products).sum(axis=0) - work.sum(axis=0)


def floor(model, trials, dtype, rng):
    """Draw what a sweep draws: two exponentials a unit, one uniform a bit."""
    for _ in range(2):
        rng.standard_exponential((model.n_units, trials), dtype=dtype)
    rng.random((model.n_bits, trials))


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def compare(n_units, n_bits, dtype, trials=300, samples=20):
    """Run both ways and the floor, sweep by sweep."""
    model, rng = SamplingModel(n_units=n_units, n_bits=n_bits), np.random.default_rng(0)
    images = rng.standard_normal((trials, SIDE**2))
    chains = [kind(model, images, np.random.default_rng(1), dtype) for kind in (Chain, Before)]
    sums, times = np.zeros((2, n_units, trials)), []
    for sample in range(2, samples + 2):
        times.append([seconds(chain.sweep, sample) for chain in chains])
        times[-1].append(seconds(floor, model, trials, np.dtype(dtype), rng))
        sums += [chain.x for chain in chains]
    ours, before, least = np.min(times, axis=0)
    error = sums[0].std(axis=1) / np.sqrt(trials)
    return {
        "units/bits": f"{n_units}/{n_bits}",
        "precision": dtype,
        "ms a trial of 100": 1e5 * ours / trials,
        "reference / ours": REFERENCE * trials / ours if n_units == 128 else None,
        "ours / floor": ours / least,
        "before / ours": before / ours,
        "difference": (np.abs(sums[0] - sums[1]).mean(axis=1) / error).max(),
    }


def main():
    sizes = ((128, 32, "float64"), (128, 32, "float32"), (1024, 256, "float64"))
    print("sampling model, sweeps of 300 trials")
    print(pd.DataFrame([compare(*size) for size in sizes]).round(2).to_string(index=False))


if __name__ == "__main__":
    main()
