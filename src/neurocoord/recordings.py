"""Real recordings, fetched from where they are public and checked by hash.

The recordings themselves are never part of this project. Each is downloaded once, from the
commit at which it was published, to a folder of the user's; or read from the folder that
the environment variable ``NEUROCOORD_DATA`` names. Either way a file whose SHA-256 differs is
refused. Of numbers published inside a program a table is made, and it is the table that is checked
and kept.
"""

import io
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pooch
from numpy.typing import NDArray
from scipy.io import loadmat

from neurocoord._checks import Array, finite_array, instance, number, positive

MIRROR_VARIABLE = "NEUROCOORD_DATA"
"""Environment variable that names a folder with copies of the recordings."""

CACHE_VARIABLE = "NEUROCOORD_DOWNLOADS"
"""Environment variable that names another folder to keep downloads in."""


class RecordingUnavailableError(OSError):
    """A recording is not at hand and cannot be downloaded now."""


@dataclass(frozen=True)
class Recording:
    """Where a recording comes from.

    Attributes
    ----------
    name, url : str
        File name, in the mirror and among the downloads; and address, pinned by commit: at the
        authors', or where they allow a copy to be shared.
    sha256 : str
        Hash of the bytes of the file that is kept, in hexadecimal.
    licence, citation : str
        The licence that the authors gave it, and the publication to cite.
    convert : callable, optional
        Makes the file that is kept of the one at the address, bytes of bytes; by default they are
        the same.
    """

    name: str
    url: str
    sha256: str
    licence: str
    citation: str
    convert: Callable[[bytes], bytes] | None = None

    @property
    def origin(self) -> str:
        """Where a copy of the file that is kept comes from, in words."""
        if self.convert is None:
            return f"from {self.url}"
        return f"made by {self.convert.__module__}.{self.convert.__name__} of {self.url}"


def table_of_matlab(script: bytes) -> bytes:
    """Return the pairs of numbers in a MATLAB script as CSV, the same for the same numbers.

    Parameters
    ----------
    script : bytes
        In it a matrix of two columns stands as ``data = [x, y``, a row a line, up to ``]``.

    Returns
    -------
    bytes
        A line of column names, then a row a pair with all digits of double precision.

    Raises
    ------
    ValueError
        If there is no such matrix.
    """
    instance("script", script, bytes)
    matrix = re.search(rb"^\s*data\s*=\s*\[([^\]]*\d[^\]]*)\]", script, re.MULTILINE)
    if matrix is None:
        raise ValueError("the script has no matrix of numbers named data")
    try:
        pairs = np.loadtxt(io.BytesIO(matrix[1]), delimiter=",", comments="%", ndmin=2)
    except ValueError as error:
        raise ValueError(f"the matrix named data in the script is damaged: {error}") from error
    finite_array("the matrix named data in the script", pairs, (None, None))
    if pairs.shape[1] != 2:
        raise ValueError(f"the matrix named data has {pairs.shape[1]} columns instead of 2")
    table = io.BytesIO()
    names = "dprime_i_times_dprime_j,correlation"
    np.savetxt(table, pairs, fmt="%.18e", delimiter=",", header=names)
    return table.getvalue()


SEMEDO2019 = Recording(
    name="semedo2019_sample_data.mat",
    url=(
        "https://raw.githubusercontent.com/joao-semedo/communication-subspace/"
        "fd0e408ba2244d9369bda59f326480386c770e5c/mat_sample/sample_data.mat"
    ),
    sha256="37cd032962360baf5f6f7b853fea5739e6bfd9038520ec6247d9932c51634ec1",
    licence="MIT",
    citation="Semedo, Zandvakili, Machens, Yu and Kohn (2019), Neuron 102:249-259",
)
"""V1 and V2 of anaesthetised macaques, one drifting grating, 400 trials of ten 100-ms bins."""

BONDY2018 = Recording(
    name="bondy2018_fig4c.csv",
    url=(
        "https://raw.githubusercontent.com/haefnerlab/task-induced-noise-covariance/"
        "645a3b2222d412d9062afe7472753239776b9794/replot_bondy2018_fig4c.m"
    ),
    sha256="156d9594437580d6a0fb2a952ec9f57e8ca0dc00216af649c22cb24d82be3e6c",
    licence="CC0",
    citation=(
        "Bondy, Haefner and Cumming (2018), Nature Neuroscience 21:598-606, Fig. 4c, as digitised "
        "by Lange and Haefner (2022), PLoS Computational Biology 18:e1009557"
    ),
    convert=table_of_matlab,
)
"""Macaque V1 in an orientation discrimination: product of d' and noise correlation of 543 pairs."""

ECKER2010 = Recording(
    name="ecker2010_v1_moving.mat",
    url=(
        "https://raw.githubusercontent.com/stevensonlab/teaching/"
        "8359ae6390dcd72b4ab7e5af4bf951b9ff58cffd/sand/labs/lab3/data_v1_binned_moving.mat"
    ),
    sha256="5b3860886488a735b5d00f86b3113a12194f91fc377fa063dc6cfeae07b3fe80",
    licence="CC BY-NC-ND 3.0",
    citation=(
        "Ecker, Berens, Keliris, Bethge, Logothetis and Tolias (2010), Science 327:584-587, and "
        "Berens, Ecker, Cotton, Ma, Bethge and Tolias (2012), Journal of Neuroscience "
        "32:10618-10626"
    ),
)
"""V1 of two awake macaques, gratings drifting in 16 directions, 27 sessions of 14 to 38 units.

The copy is that of a course; its description is in the same folder.
"""

TRIALS, BINS, V1_NEURONS = 400, 10, 79

DIRECTIONS, TIME_BINS, BIN_WIDTH = 16, 90, 10.0


def fetch(recording: Recording) -> Path:
    """Return the path of a recording on this machine, after checking its hash.

    It is in the folder that ``NEUROCOORD_DATA`` names, if it is set; else in the folder of
    downloads, to which the file is downloaded where it is not there yet.

    Raises
    ------
    ValueError
        If the file has another hash than the published one.
    RecordingUnavailableError
        If the mirror has no such file, or the download fails.
    """
    instance("recording", recording, Recording)
    mirror = os.environ.get(MIRROR_VARIABLE)
    if mirror:
        path = Path(mirror) / recording.name
        if not path.is_file():
            raise RecordingUnavailableError(
                f"{MIRROR_VARIABLE} is {mirror}, but {recording.name} is not in it: put a copy "
                f"there ({recording.origin}), or unset {MIRROR_VARIABLE} to download it"
            )
        if pooch.file_hash(str(path), alg="sha256") != recording.sha256:
            raise ValueError(
                f"{path} is not the published recording (its SHA-256 differs from "
                f"{recording.sha256}): remove it and put a fresh copy there, {recording.origin}"
            )
        return path
    pooch.get_logger().setLevel("WARNING")  # its notes would look like errors in a built page
    try:
        path = pooch.retrieve(
            recording.url,
            known_hash=f"sha256:{recording.sha256}",
            fname=recording.name,
            path=os.environ.get(CACHE_VARIABLE) or pooch.os_cache("neurocoord"),
            downloader=_downloader(recording),
        )
    except ValueError as error:
        raise ValueError(
            f"what {recording.url} sent is not the published recording (the SHA-256 of "
            f"{recording.name} differs from {recording.sha256}): try again, and if it stays so, do "
            "not use the file"
        ) from error
    except OSError as error:
        raise RecordingUnavailableError(
            f"cannot download {recording.name} from {recording.url} ({error}): connect to the "
            f"network, or put a copy into a folder and name that folder in {MIRROR_VARIABLE}"
        ) from error
    return Path(path)


def _downloader(recording: Recording) -> Callable[..., None]:
    """Return what pooch calls to get a file, before it checks the hash and keeps the file."""
    download = pooch.HTTPDownloader(timeout=20, progressbar=False)

    def get(url: str, output_file: str, caller: pooch.Pooch | None) -> None:
        download(url, output_file, caller)
        if recording.convert is not None:
            path = Path(output_file)
            path.write_bytes(recording.convert(path.read_bytes()))

    return get


def v1_responses() -> Array:
    """Return the trial-by-trial responses of 79 V1 neurons to one drifting grating, (400, 79).

    Spike counts of 1 s (ten bins of 100 ms added up) around their mean over trials, a row a
    trial: the recording was published with the mean response removed. The animals were
    anaesthetised, and opioid anaesthesia adds slow fluctuations that all neurons share: noise
    correlations in awake animals are lower.

    Raises
    ------
    ValueError, RecordingUnavailableError
        As `fetch`.

    References
    ----------
    Semedo, Zandvakili, Machens, Yu and Kohn (2019), Neuron 102:249-259. On anaesthesia: Ecker et
    al. (2014), Neuron 82:235-248.
    """
    bins = finite_array(
        "the V1 recording", loadmat(fetch(SEMEDO2019))["X"], (TRIALS * BINS, V1_NEURONS)
    )
    return bins.reshape(TRIALS, BINS, V1_NEURONS).sum(axis=1)


@dataclass(frozen=True, eq=False)
class Session:
    """One session of a recording with several directions of motion.

    Attributes
    ----------
    name, subject : str
        When it was recorded, and in which animal.
    contamination : ndarray, (N,)
        Of each unit, the share of its spikes that may be those of others.
    times : ndarray, (bins,)
        Centres of the bins of 10 ms, in ms after the start of the stimulus.
    spikes : ndarray of int, (N, directions, bins, trials)
        Numbers of spikes; neighbouring directions are 22.5 degrees apart, the last and the first
        among them.
    """

    name: str
    subject: str
    contamination: Array
    times: Array
    spikes: NDArray[np.uint8]

    def counts(self, start: float, stop: float, *, contamination: float = 0.05) -> Array:
        """Return the spike counts of a window, of the units that are well isolated.

        Parameters
        ----------
        start, stop : float
            Ends of the window in ms, whole bins.
        contamination : float
            Only units with less than this are kept.

        Returns
        -------
        ndarray, (directions, trials, units)

        Raises
        ------
        ValueError
            If the window is not made of bins of the recording, or no unit is kept.
        """
        start, stop = number("start", start), number("stop", stop)
        bins = (start < self.times) & (self.times < stop)
        if bins.sum() * BIN_WIDTH != stop - start:
            ends = self.times[0] - BIN_WIDTH / 2, self.times[-1] + BIN_WIDTH / 2
            raise ValueError(
                f"no whole bins from {start:g} to {stop:g} ms: they are {BIN_WIDTH:g} ms wide, "
                f"from {ends[0]:g} to {ends[1]:g} ms"
            )
        kept = self.contamination < positive("contamination", contamination)
        if not kept.any():
            raise ValueError(f"no unit has a contamination below {contamination:g}")
        return self.spikes[kept][:, :, bins].sum(axis=2, dtype=float).transpose(1, 2, 0)


def awake_v1_sessions() -> tuple[Session, ...]:
    """Return the sessions of a V1 recording from awake macaques, gratings in 16 directions.

    They are in the order of the file: 14 of one animal, 13 of the other. The publications used
    units with a contamination below 0.05 only.

    Raises
    ------
    ValueError, RecordingUnavailableError
        As `fetch`.

    References
    ----------
    Ecker et al. (2010), Science 327:584-587; Berens et al. (2012), Journal of Neuroscience
    32:10618-10626.
    """
    file = loadmat(fetch(ECKER2010), squeeze_me=True, struct_as_record=False)
    sessions = []
    for one in file["data"]:
        units = len(one.contamination)
        shape = (units, DIRECTIONS, TIME_BINS, None)
        finite_array(f"the session of {one.date}", one.spikes, shape, one.spikes.dtype)
        sessions.append(
            Session(
                name=str(one.date),
                subject=str(one.subject),
                contamination=finite_array("contamination", one.contamination, (units,)),
                times=finite_array("times", one.times, (TIME_BINS,)),
                spikes=one.spikes,
            )
        )
    return tuple(sessions)


def pair_correlations() -> pd.DataFrame:
    """Return how much pairs of V1 neurons covaried, and how well both told the categories apart.

    Returns
    -------
    DataFrame
        One row a point of the figure, which is a pair of neurons: ``product`` of their two d', and
        ``correlation``, their noise correlation, both as plotted. They were read off a figure:
        points that lie on one another may be missing, or be there more than once.

    Raises
    ------
    ValueError, RecordingUnavailableError
        As `fetch`.

    References
    ----------
    Bondy, Haefner and Cumming (2018), Nature Neuroscience 21:598-606, Fig. 4c. Digitised by Lange
    and Haefner (2022), PLoS Computational Biology 18:e1009557.
    """
    table = np.loadtxt(fetch(BONDY2018), delimiter=",", ndmin=2)
    pairs = finite_array("the table of pairs", table, (None, 2))
    return pd.DataFrame(pairs, columns=["product", "correlation"])
