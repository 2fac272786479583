"""Real recordings, fetched from their authors and checked by hash.

The recordings themselves are never part of this project. Each is downloaded once, from the
commit at which its authors published it, to a folder of the user's; or read from the folder that
the environment variable ``NEUROCOORD_DATA`` names. Either way a file whose SHA-256 differs is
refused.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import pooch
from scipy.io import loadmat

from neurocoord._checks import Array, finite_array

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
    name : str
        File name, in the mirror and among the downloads.
    url : str
        Its address at the authors', pinned by commit.
    sha256 : str
        Hash of its bytes, in hexadecimal.
    licence : str
        The licence that the authors gave it.
    citation : str
        The publication to cite.
    """

    name: str
    url: str
    sha256: str
    licence: str
    citation: str


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
"""Macaque V1 and V2, one drifting grating, 400 trials of ten 100-ms bins."""

TRIALS, BINS, V1_NEURONS = 400, 10, 79


def fetch(recording: Recording) -> Path:
    """Return the path of a recording on this machine, after checking its hash.

    Parameters
    ----------
    recording : Recording
        Which one.

    Returns
    -------
    Path
        In the folder that ``NEUROCOORD_DATA`` names, if it is set; else in the folder of
        downloads, to which the file is downloaded where it is not there yet.

    Raises
    ------
    ValueError
        If the file has another hash than the published one.
    RecordingUnavailableError
        If the mirror has no such file, or the download fails.
    """
    mirror = os.environ.get(MIRROR_VARIABLE)
    if mirror:
        path = Path(mirror) / recording.name
        if not path.is_file():
            raise RecordingUnavailableError(
                f"{MIRROR_VARIABLE} is {mirror}, but {recording.name} is not in it: put a copy "
                f"there (from {recording.url}), or unset {MIRROR_VARIABLE} to download it"
            )
        if pooch.file_hash(str(path), alg="sha256") != recording.sha256:
            raise ValueError(
                f"{path} is not the published recording (its SHA-256 differs from "
                f"{recording.sha256}): remove it and put a fresh copy there, from {recording.url}"
            )
        return path
    pooch.get_logger().setLevel("WARNING")  # its notes would look like errors in a built page
    folder = Path(os.environ.get(CACHE_VARIABLE) or pooch.os_cache("neurocoord"))
    try:
        path = pooch.retrieve(
            recording.url,
            known_hash=f"sha256:{recording.sha256}",
            fname=recording.name,
            path=folder,
            downloader=pooch.HTTPDownloader(timeout=20, progressbar=False),
        )
    except ValueError as error:
        raise ValueError(
            f"what {recording.url} sent is not the published recording (its SHA-256 differs from "
            f"{recording.sha256}): try again, and if it stays so, do not use the file"
        ) from error
    except OSError as error:
        raise RecordingUnavailableError(
            f"cannot download {recording.name} from {recording.url} ({error}): connect to the "
            f"network, or put a copy into a folder and name that folder in {MIRROR_VARIABLE}"
        ) from error
    return Path(path)


def v1_responses() -> Array:
    """Return the trial-by-trial responses of 79 V1 neurons to one drifting grating.

    Returns
    -------
    ndarray, (400, 79)
        Spike counts of 1 s (ten bins of 100 ms added up) around their mean over trials, a row a
        trial: the recording was published with the mean response removed.

    Raises
    ------
    ValueError
        If the file is damaged.
    RecordingUnavailableError
        If the recording is not at hand and cannot be downloaded.

    References
    ----------
    Semedo, Zandvakili, Machens, Yu and Kohn (2019), Neuron 102:249-259.
    """
    bins = finite_array(
        "the V1 recording", loadmat(fetch(SEMEDO2019))["X"], (TRIALS * BINS, V1_NEURONS)
    )
    return bins.reshape(TRIALS, BINS, V1_NEURONS).sum(axis=1)
