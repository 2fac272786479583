"""What the comparison of theories in chapter 3 computes: conditions, and what they change."""

from types import MappingProxyType

import numpy as np
import pandas as pd

from neurocoord._checks import whole
from neurocoord.studies._memo import study
from neurocoord.studies.efficient import (
    EFFICIENT,
    HIGH_SNR,
    LOW_SNR,
    SIGNAL,
    draw_world,
    measure,
)
from neurocoord.studies.inference import INFERENCE, LAST, SNR

CONDITIONS = MappingProxyType(
    {
        "reference": {"amount": 1.0, "frame": LAST, "engagement": 1.0},
        "naive": {"amount": 0.0, "frame": LAST, "engagement": 1.0},
        "passive": {"amount": 1.0, "frame": LAST, "engagement": 0.0},
        "early": {"amount": 1.0, "frame": 1, "engagement": 1.0},
    }
)
"""The trained, engaged subject at the last frame, and three ways to differ from it."""

WORLDS = MappingProxyType(
    {
        "efficient-high": (EFFICIENT, {"snr": HIGH_SNR}),
        "efficient-low": (EFFICIENT, {"snr": LOW_SNR}),
        "inference": (INFERENCE, {"snr": SNR, "fano": 1.0}),
    }
)
"""The theories of the comparison, each with the world in which the chapters study it."""


@study
def conditions(
    *, theory: str = "inference", signal: float = SIGNAL, populations: int = 200, seed: int = 2
) -> pd.DataFrame:
    """Measure many populations in the four conditions of the comparison, one frame each.

    Returns
    -------
    DataFrame
        One row a ``population`` and ``condition``, with the columns of `studies.efficient.measure`.
    """
    whole("populations", populations)
    code, parameters = WORLDS[theory]
    rows = []
    for i, child in enumerate(np.random.SeedSequence(seed).spawn(populations)):
        world = draw_world(child, **parameters)
        for name, condition in CONDITIONS.items():
            row = measure(code, world, signal=signal, **condition)
            rows.append({"population": i, "condition": name} | row)
    return pd.DataFrame(rows)


MEASURES = MappingProxyType(
    {
        "gain": ("task-axis gain", "ratio"),
        "single": ("information of a neuron", "ratio"),
        "total": ("information of the population", "ratio"),
        "redundancy": ("redundancy", "difference"),
        "fraction": ("redundancy fraction", "difference"),
        "correlation": ("mean noise correlation", "difference"),
        "total_correlation": ("total correlation given the signal", "ratio"),
        "ensemble": ("total correlation over all trials", "ratio"),
    }
)
"""What the comparison compares, and whether as a ratio or as a difference."""

CONTRASTS = MappingProxyType(
    {
        "trained": ("naive", "reference"),
        "passive": ("reference", "passive"),
        "late": ("early", "reference"),
    }
)
"""What is compared: from the first condition to the second."""


@study
def contrasts(
    *, theory: str = "inference", signal: float = SIGNAL, populations: int = 200, seed: int = 2
) -> pd.DataFrame:
    """Return what learning, passive viewing and time in the trial change.

    Returns
    -------
    DataFrame
        One row a ``population`` and ``contrast``; ratios or differences as `MEASURES` says.
    """
    table = conditions(theory=theory, signal=signal, populations=populations, seed=seed)
    parts = []
    for name, (before, after) in CONTRASTS.items():
        first, second = (
            table[table.condition == x].set_index("population") for x in (before, after)
        )
        columns = {
            measure: second[measure] / first[measure]
            if kind == "ratio"
            else second[measure] - first[measure]
            for measure, (_, kind) in MEASURES.items()
        }
        parts.append(pd.DataFrame(columns).assign(contrast=name).reset_index())
    return pd.concat(parts, ignore_index=True)
