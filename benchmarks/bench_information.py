"""Time of `estimate_information`, and of importing it, as ratios to what is least.

The least that any estimator must do: two means, one pooled cross-product by BLAS, one Cholesky
solve. The least that an import must do: load `scipy.linalg`, on which the estimators stand. What is
compared is timed in turn in the same run; medians are compared.
"""

import subprocess
import sys
import time

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


def load(module):
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)


def in_turn(one, other, repeats):
    """Return the median time of two calls, each a function and its arguments, in seconds."""
    return np.median([(seconds(*one), seconds(*other)) for _ in range(repeats)], axis=0)


def estimates(neurons, trials, repeats=300):
    low, high = np.random.default_rng(0).normal(size=(2, trials, neurons))
    calls = [(function, low, high, 1.0) for function in (estimate_information, floor)]
    ours, least = in_turn(*calls, repeats)
    return {
        "neurons": neurons,
        "trials": trials,
        "ms": 1e3 * ours,
        "estimate / floor": ours / least,
    }


def main():
    sizes = ((10, 1000), (100, 500), (100, 1000), (100, 4000))
    print(pd.DataFrame([estimates(*size) for size in sizes]).round(2).to_string(index=False))
    ours, least = in_turn((load, "neurocoord.information"), (load, "scipy.linalg"), 9)
    print(f"import neurocoord.information / scipy.linalg: {ours / least:.2f} ({ours:.2f} s)")


if __name__ == "__main__":
    main()
