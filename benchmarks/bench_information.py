"""Time of `estimate_information` as a ratio to its floor, and its growth with trials.

The floor is what any estimator must do: two means, one pooled cross-product by BLAS, one
Cholesky solve. Both are timed in turn in the same run; medians are compared.
"""

import time
import tracemalloc

import numpy as np
import pandas as pd
from scipy import linalg

from neurocoord.information import estimate_information


def floor(low, high, ds):
    means = low.mean(axis=0), high.mean(axis=0)
    products = [x.T @ x - len(x) * np.outer(m, m) for x, m in zip((low, high), means, strict=True)]
    covariance = (products[0] + products[1]) / (len(low) + len(high) - 2)
    slope = (means[1] - means[0]) / ds
    return slope @ linalg.cho_solve(linalg.cho_factor(covariance), slope)


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def main(n_neurons=100, repeats=200, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for trials in (500, 1000, 2000, 4000):
        low, high = rng.normal(size=(2, trials, n_neurons))
        pairs = [
            (seconds(estimate_information, low, high, 1.0), seconds(floor, low, high, 1.0))
            for _ in range(repeats)
        ]
        tracemalloc.start()
        estimate_information(low, high, 1.0)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        ours, least = np.median(pairs, axis=0)
        rows.append(
            {
                "trials": trials,
                "ms": 1e3 * ours,
                "floor ms": 1e3 * least,
                "ratio": ours / least,
                "us per trial": 1e6 * ours / trials,
                "peak / one condition": peak / low.nbytes,
            }
        )
    print(f"estimate_information, N = {n_neurons}, medians of {repeats}")
    print(pd.DataFrame(rows).round(2).to_string(index=False))


if __name__ == "__main__":
    main()
    main(n_neurons=10)
