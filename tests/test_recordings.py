"""Recordings: the right bytes or a clear error, never something else."""

import http.server
import os
import threading

import numpy as np
import pytest
from scipy.io import savemat

from neurocoord import recordings
from neurocoord.recordings import RecordingUnavailableError


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A small recording, published by a web server on this machine."""
    source = tmp_path / "authors"
    source.mkdir()
    rng = np.random.default_rng(0)
    data = rng.normal(size=(4000, 79))
    savemat(source / "sample.mat", {"X": data})

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(source))

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    recording = recordings.Recording(
        name="small.mat",
        url=f"http://127.0.0.1:{server.server_port}/sample.mat",
        sha256=recordings.pooch.file_hash(str(source / "sample.mat")),
        licence="none",
        citation="none",
    )
    monkeypatch.delenv(recordings.MIRROR_VARIABLE, raising=False)
    monkeypatch.setenv(recordings.CACHE_VARIABLE, str(tmp_path / "downloads"))
    yield recording, source / "sample.mat", data
    server.shutdown()
    server.server_close()


def test_download_is_checked_and_kept(published, monkeypatch):
    recording, source, data = published
    monkeypatch.setattr(recordings, "SEMEDO2019", recording)
    expected = data.reshape(400, 10, 79).sum(axis=1)
    np.testing.assert_allclose(recordings.v1_responses(), expected)
    source.unlink()  # the second time, no network is needed
    np.testing.assert_allclose(recordings.v1_responses(), expected)


def test_corrupt_download_is_refused_and_not_kept(published):
    recording, source, _ = published
    source.write_bytes(source.read_bytes() + b"?")
    with pytest.raises(ValueError, match=r"not the published recording.*try again"):
        recordings.fetch(recording)
    assert not list(source.parents[1].glob("downloads/*.mat"))


def test_no_network_says_what_to_do(published):
    recording, source, _ = published
    source.unlink()
    with pytest.raises(RecordingUnavailableError, match="NEUROCOORD_DATA"):
        recordings.fetch(recording)


def test_mirror_serves_and_is_checked(published, monkeypatch, tmp_path):
    recording, source, _ = published
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    monkeypatch.setenv(recordings.MIRROR_VARIABLE, str(mirror))
    with pytest.raises(RecordingUnavailableError, match="put a copy"):
        recordings.fetch(recording)
    (mirror / recording.name).write_bytes(source.read_bytes())
    assert recordings.fetch(recording) == mirror / recording.name
    (mirror / recording.name).write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"not the published recording.*fresh copy"):
        recordings.fetch(recording)


def test_real_recording_where_at_hand():
    if not os.environ.get(recordings.MIRROR_VARIABLE):
        pytest.skip(f"{recordings.MIRROR_VARIABLE} names no folder with the recordings")
    responses = recordings.v1_responses()
    assert responses.shape == (400, 79)
    # The published residuals have their mean over trials removed.
    np.testing.assert_allclose(responses.mean(axis=0), 0, atol=1e-10)
