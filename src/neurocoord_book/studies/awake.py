"""What chapter 1 asks of a recording with many conditions: V1 of awake macaques, 16 directions.

Here both f' and Sigma are measured. Each pair of neighbouring directions is a task, of which the
information is estimated; the session is the unit of all intervals, because its pairs share trials
and units. Windows and rules of inclusion were fixed before anything was estimated.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from neurocoord import recordings
from neurocoord._checks import Array, finite_array
from neurocoord.information import InformationEstimate, estimate_information, noise_correlations
from neurocoord_book.studies._memo import study
from neurocoord_book.studies._shipped import Shipped, Tables, rounded, said

STEP = 22.5
"""Degrees between neighbouring directions."""

WINDOWS = ((30, 530), (30, 280), (280, 530))
"""In ms after the start of the stimulus: the one that the chapter uses, and its two halves."""

TRIALS_PER_UNIT = 2
"""A session is used if it has at least this many trials in each direction for each unit."""

LEAST_RATE = 1.0
"""Spikes a second that a unit must fire in a pair of directions to count there."""

SHUFFLES = 10
"""Times that the trials of each unit are shuffled, which must leave no redundancy."""


def neighbouring_pairs(
    counts: Array, least: float, step: float = STEP
) -> list[InformationEstimate]:
    """Estimate the information about the direction between each two neighbours on the circle.

    Parameters
    ----------
    counts : ndarray, (directions, trials, N)
        Responses.
    least : float
        Units that fire fewer spikes than this, on average over the trials of a pair, are left out
        of it; a pair without units is left out.
    step : float
        Distance between neighbours, in degrees.

    Returns
    -------
    list of InformationEstimate
        In inverse squared degrees; the last direction and the first are neighbours too.

    Raises
    ------
    ValueError
        If counts have another shape, or as `neurocoord.information.estimate_information`.
    """
    counts = finite_array("counts", counts, (None, None, None))
    estimates = []
    for low, high in zip(counts, np.roll(counts, -1, axis=0), strict=True):
        active = (low.mean(axis=0) + high.mean(axis=0)) / 2 >= least
        if active.any():
            estimates.append(estimate_information(low[:, active], high[:, active], step))
    return estimates


def fraction_of(pairs: list[InformationEstimate]) -> float:
    """Return the redundancy fraction of pairs together: 1 less the ratio of the mean I and I_sh."""
    return 1 - sum(pair.total for pair in pairs) / sum(pair.shuffled for pair in pairs)


def mean_correlation(counts: Array) -> float:
    """Return the mean noise correlation of units that vary, with Sigma averaged over directions."""
    covariance = np.mean([np.cov(one, rowvar=False) for one in counts], axis=0)
    varying = np.diag(covariance) > 0
    covariance = covariance[np.ix_(varying, varying)]
    return float(noise_correlations(covariance)[np.triu_indices(len(covariance), 1)].mean())


def derive(sessions: tuple[recordings.Session, ...], *, seed: int = 2010) -> Tables:
    """Compute what the chapter prints of the recording.

    Parameters
    ----------
    sessions : tuple of Session
        All sessions; those with too few trials are left out.
    seed : int
        Of the shuffles.

    Returns
    -------
    dict
        ``sessions``, a row a window and session: ``window``, ``session``, ``subject``, ``units``,
        ``trials`` (in each direction), ``total`` and ``shuffled`` information (mean over pairs,
        inverse squared degrees), ``fraction``, and the mean noise ``correlation``. ``control``, a
        row a session: the mean ``fraction`` in the first window after shuffling the trials of
        each unit, which removes all that units share.
    """
    rng = np.random.default_rng(seed)
    rows, control = [], []
    for start, stop in WINDOWS:
        for one in sessions:
            counts = one.counts(start, stop)
            _, trials, units = counts.shape
            if trials < TRIALS_PER_UNIT * units:
                continue
            least = LEAST_RATE * (stop - start) / 1000
            pairs = neighbouring_pairs(counts, least)
            row = {
                "window": f"{start} to {stop} ms",
                "session": one.name,
                "subject": one.subject,
                "units": units,
                "trials": trials,
                "total": float(np.mean([pair.total for pair in pairs])),
                "shuffled": float(np.mean([pair.shuffled for pair in pairs])),
                "fraction": fraction_of(pairs),
                "correlation": mean_correlation(counts),
            }
            rows.append(rounded(row))
            if (start, stop) == WINDOWS[0]:
                alone = [
                    fraction_of(neighbouring_pairs(rng.permuted(counts, axis=1), least))
                    for _ in range(SHUFFLES)
                ]
                control.append(rounded({"session": one.name, "fraction": float(np.mean(alone))}))
    return {"sessions": rows, "control": control}


def _derive_now() -> Tables:
    """Derive the statistics from the recording."""
    return derive(recordings.awake_v1_sessions())


SHIPPED = Shipped("ecker2010_v1.json", recordings.ECKER2010, _derive_now)
"""The derived statistics that come with the package."""


@dataclass(frozen=True)
class AwakeStatistics:
    """Statistics of the recording.

    Attributes
    ----------
    sessions, control : DataFrame
        The tables of `derive`.
    note : str
        What they were computed from, in words.
    """

    sessions: pd.DataFrame
    control: pd.DataFrame
    note: str


@study
def awake_v1() -> AwakeStatistics:
    """Return the statistics of the recording of awake macaques.

    They are computed from the recording where it can be had; elsewhere those that come with the
    package are read.
    """
    tables, source, provenance = SHIPPED.tables()
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return AwakeStatistics(**frames, note=said(source, provenance["citation"]))
