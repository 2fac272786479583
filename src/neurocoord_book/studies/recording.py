"""What chapter 1 asks of a real recording: 79 V1 neurons that saw one grating 400 times.

The recording has one stimulus, so it has a noise covariance but no slope f'. The question is
what redundancy this one covariance would mean for different slopes. Slopes are stated in units
of each neuron's standard deviation, so that a slope of equal entries makes every neuron equally
informative; they are taken from the even trials, and judged by the covariance of the odd ones.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from neurocoord import recordings
from neurocoord._checks import Array
from neurocoord.information import noise_correlations, redundancy_of_slope
from neurocoord_book.studies._memo import study
from neurocoord_book.studies._shipped import Shipped, Tables, rounded, said

SIZES = (2, 5, 10, 20, 40, 60, 79)
"""Numbers of neurons at which redundancy is followed."""


@dataclass(frozen=True)
class V1Statistics:
    """Statistics of the V1 recording.

    Attributes
    ----------
    source : str
        ``"recording"`` if they were computed now, ``"shipped"`` if they came with the package.
    provenance : dict
        Where the recording comes from, and the command that derives the statistics.
    correlations : DataFrame
        Histogram of the noise correlations: ``left``, ``right``, ``pairs``.
    spectrum : DataFrame
        Eigenvalues of the correlation matrix by ``rank``: ``eigenvalue``, and the 97.5% point
        ``shuffled`` of the same after shuffling the trials of each neuron.
    directions : DataFrame
        Redundancy fraction by ``direction`` of f', with ``low`` and ``high`` (95% interval).
    random_directions : DataFrame
        Redundancy ``fraction`` of each of the random directions.
    growth : DataFrame
        Mean redundancy ``fraction`` of random subsets of ``neurons``, by ``direction``.
    summary : DataFrame
        Single numbers by ``quantity``: ``value``, ``low``, ``high`` (95% interval).
    """

    source: str
    provenance: dict[str, Any]
    correlations: pd.DataFrame
    spectrum: pd.DataFrame
    directions: pd.DataFrame
    random_directions: pd.DataFrame
    growth: pd.DataFrame
    summary: pd.DataFrame

    @property
    def note(self) -> str:
        """What the statistics were computed from, in words."""
        return said(self.source, self.provenance["citation"])


def _pairs(responses: Array) -> Array:
    """Noise correlations of all pairs, (N (N - 1) / 2,)."""
    correlations = noise_correlations(np.cov(responses, rowvar=False))
    return correlations[np.triu_indices_from(correlations, 1)]


def _eigenvalues(responses: Array) -> Array:
    """Eigenvalues of the correlation matrix, largest first, (N,)."""
    correlations = noise_correlations(np.cov(responses, rowvar=False))
    return np.linalg.eigvalsh(correlations)[::-1]


def _participation_ratio(responses: Array) -> float:
    """(sum lambda)^2 / sum lambda^2: how many dimensions share the variability."""
    eigenvalues = _eigenvalues(responses)
    return float(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())


def _jackknifed(name: str, statistic: Any, responses: Array) -> dict[str, Any]:
    """One row: a statistic with its 95% interval from leaving out one trial at a time."""
    value, count = statistic(responses), len(responses)
    left_out = np.array([statistic(np.delete(responses, i, axis=0)) for i in range(count)])
    reach = stats.t.ppf(0.975, count - 1) * np.sqrt((count - 1) * left_out.var())
    return {"quantity": name, "value": value, "low": value - reach, "high": value + reach}


def slopes_from(responses: Array) -> dict[str, Array]:
    """Return the slopes f' that the chapter asks about, in responses per unit signal.

    Parameters
    ----------
    responses : ndarray, (trials, N)
        The trials whose standard deviations and leading mode are taken.

    Returns
    -------
    dict of ndarray, (N,)
        ``leading mode``: f' along the largest mode of the correlations; ``all alike``: every
        neuron responds to the signal with one standard deviation.
    """
    covariance = np.cov(responses, rowvar=False)
    scale = np.sqrt(np.diag(covariance))
    modes = np.linalg.eigh(noise_correlations(covariance)).eigenvectors
    return {"leading mode": modes[:, -1] * scale, "all alike": scale}


def derive(responses: Array, *, seed: int = 2019, n_random: int = 400) -> Tables:
    """Compute the statistics of the recording that the chapter needs.

    Parameters
    ----------
    responses : ndarray, (trials, N)
        Responses around their mean, a row a trial.
    seed : int
        For the random directions, the shuffles and the subsets of neurons.
    n_random : int
        Number of random directions, and of subsets of each size.

    Returns
    -------
    dict
        The tables of `V1Statistics` as lists of rows, rounded to six significant digits.
    """
    rng = np.random.default_rng(seed)
    n = responses.shape[1]
    estimated_on, judged_on = responses[0::2], responses[1::2]
    slopes = slopes_from(estimated_on)
    scale = slopes["all alike"]
    random = rng.standard_normal((n_random, n)) * scale

    edges = np.round(np.arange(-0.5, 0.85, 0.05), 2)
    pairs = _pairs(responses)
    shuffled = [_eigenvalues(rng.permuted(responses, axis=0)) for _ in range(200)]

    def fraction(slope: Array, columns: Array | slice = slice(None)) -> tuple[float, float, float]:
        return redundancy_of_slope(slope[columns], judged_on[:, columns], fraction=True)

    growth = []
    for size in SIZES:
        subsets = [rng.permutation(n)[:size] for _ in range(min(n_random, 100))]
        for name in (*slopes, "random"):
            values = [
                fraction(random[i] if name == "random" else slopes[name], subset)[0]
                for i, subset in enumerate(subsets)
            ]
            growth.append({"direction": name, "neurons": size, "fraction": np.mean(values)})

    tables = {
        "correlations": [
            {"left": left, "right": right, "pairs": int(count)}
            for left, right, count in zip(
                edges[:-1], edges[1:], np.histogram(pairs, edges)[0], strict=True
            )
        ],
        "spectrum": [
            {"rank": rank, "eigenvalue": value, "shuffled": bound}
            for rank, (value, bound) in enumerate(
                zip(_eigenvalues(responses), np.quantile(shuffled, 0.975, axis=0), strict=True), 1
            )
        ],
        "directions": [
            {"direction": name, **dict(zip(("fraction", "low", "high"), fraction(f), strict=True))}
            for name, f in slopes.items()
        ],
        "random_directions": [{"fraction": fraction(slope)[0]} for slope in random],
        "growth": growth,
        "summary": [
            _jackknifed("mean noise correlation", lambda x: _pairs(x).mean(), responses),
            _jackknifed("participation ratio", _participation_ratio, responses),
        ],
    }
    if sum(row["pairs"] for row in tables["correlations"]) != pairs.size:
        raise ValueError("a noise correlation lies outside the histogram: widen its edges")
    return {name: [rounded(row) for row in rows] for name, rows in tables.items()}


def _derive_now() -> Tables:
    """Derive the statistics from the recording."""
    return derive(recordings.v1_responses())


SHIPPED = Shipped("semedo2019_v1.json", recordings.SEMEDO2019, _derive_now)
"""The derived statistics that come with the package."""


@study
def v1_statistics() -> V1Statistics:
    """Return the statistics of the V1 recording.

    They are computed from the recording where it can be had; elsewhere those that come with the
    package are read. `V1Statistics.source` tells which.
    """
    tables, source, provenance = SHIPPED.tables()
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return V1Statistics(source=source, provenance=provenance, **frames)
