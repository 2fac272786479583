"""What the comparison of theories in chapter 3 computes: conditions, and what they change."""

from types import MappingProxyType

import numpy as np
import pandas as pd

from neurocoord._checks import whole
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.efficient import (
    EFFICIENT,
    HIGH_SNR,
    LOW_SNR,
    SIGNAL,
    draw_world,
    measure,
)
from neurocoord_book.studies.inference import INFERENCE, LAST, SNR

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


OBSERVERS = MappingProxyType(
    {
        "efficient coding": (EFFICIENT, 1.0, 1),
        "inference, first frame": (INFERENCE, 1.0, 1),
        "inference, last frame": (INFERENCE, 1.0, LAST),
        # To expect +-kappa of the pattern w is to expect +-1 of the pattern kappa w.
        f"inference, last frame, expecting signals of {SIGNAL:g}": (INFERENCE, SIGNAL, LAST),
    }
)
"""What `one_world` compares: the code, how much of w it expects once trained, and the frame."""


@study
def one_world(
    *, private_variance: float, snr: float = SNR, populations: int = 200, seed: int = 2
) -> pd.DataFrame:
    """Return what learning changes under each theory, all in the same worlds.

    Parameters
    ----------
    private_variance : float
        Of each neuron, squared spikes.
    snr : float
        tau^2 / sigma^2.
    populations, seed : int
        How many, and the seed.

    Returns
    -------
    DataFrame
        One row a ``population`` and ``observer`` of `OBSERVERS`: trained over naive of ``single``
        and ``total``, trained less naive of ``redundancy`` and ``fraction``.
    """
    rows = []
    for i, child in enumerate(np.random.SeedSequence(seed).spawn(populations)):
        world = draw_world(child, snr=snr, baseline=4.0, fano=private_variance / 4.0)
        for observer, (code, amount, frame) in OBSERVERS.items():
            naive, trained = (measure(code, world, x, frame=frame) for x in (0.0, amount))
            row = {name: trained[name] / naive[name] for name in ("single", "total")}
            row |= {name: trained[name] - naive[name] for name in ("redundancy", "fraction")}
            rows.append({"population": i, "observer": observer} | row)
    return pd.DataFrame(rows)


def one_world_texts() -> pd.DataFrame:
    """Return the means of `one_world` for two private variances, as text."""
    parts = []
    for private in (1.0, 4.0):
        means = one_world(private_variance=private).groupby("observer", sort=False).mean()
        parts.append(means.assign(private=f"{private:g}").reset_index())
    table = pd.concat(parts, ignore_index=True)
    columns = {}
    for name in ("single", "total", "redundancy", "fraction"):
        title, kind = MEASURES[name]
        form = "\N{MULTIPLICATION SIGN}\N{NO-BREAK SPACE}{:.2g}" if kind == "ratio" else "{:+.2g}"
        columns[title] = [form.format(x).replace("-", "\N{MINUS SIGN}") for x in table[name]]
    names = table["observer"] + "; private variance " + table["private"]
    return pd.DataFrame(columns, index=pd.Index(names, name="in one world"))


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
