"""Recordings: the right bytes or a clear error, never something else."""

import dataclasses
import hashlib
import http.server
import os
import threading

import numpy as np
import pytest
from scipy.io import savemat

from neurocoord import recordings
from neurocoord.recordings import RecordingUnavailableError


@pytest.fixture
def authors(tmp_path, monkeypatch):
    """A folder that a web server on this machine publishes, and its address."""
    source = tmp_path / "authors"
    source.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(source))

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.delenv(recordings.MIRROR_VARIABLE, raising=False)
    monkeypatch.setenv(recordings.CACHE_VARIABLE, str(tmp_path / "downloads"))
    yield source, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def published(authors):
    """A small recording, published by its authors."""
    source, address = authors
    data = np.random.default_rng(0).normal(size=(4000, 79))
    savemat(source / "sample.mat", {"X": data})
    recording = recordings.Recording(
        name="small.mat",
        url=f"{address}/sample.mat",
        sha256=recordings.pooch.file_hash(str(source / "sample.mat")),
        licence="none",
        citation="none",
    )
    return recording, source / "sample.mat", data


SCRIPT = """function replot
% Read off a figure \N{EN DASH} data = [7, 7]

data = [-0.25, 0.1
    0.000015388325435721634, -0.02980441463466011
    3, 0.125];

dpdp = data(:,1);
end"""

PAIRS = [[-0.25, 0.1], [0.000015388325435721634, -0.02980441463466011], [3, 0.125]]

TABLE = b"# dprime_i_times_dprime_j,correlation\n" + b"".join(
    f"{x:.18e},{y:.18e}\n".encode() for x, y in PAIRS
)


@pytest.fixture
def script(authors, monkeypatch):
    """Pairs of numbers, published within a program."""
    source, address = authors
    path = source / "replot.m"
    path.write_text(SCRIPT, encoding="utf-8")
    recording = dataclasses.replace(
        recordings.BONDY2018, url=f"{address}/replot.m", sha256=hashlib.sha256(TABLE).hexdigest()
    )
    monkeypatch.setattr(recordings, "BONDY2018", recording)
    return recording, path


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


def gratings(spikes, contamination, **changes):
    """Write a file like that of the recording with 16 directions: two sessions alike."""
    times = np.arange(-195.0, 700.0, 10.0)
    one = {"date": "2000-01-01", "subject": "X", "times": times, "spikes": spikes}
    return {"data": np.array([one | {"contamination": contamination} | changes] * 2)}


@pytest.fixture
def gratings_at(monkeypatch, tmp_path):
    """Put a recording with 16 directions into the folder of recordings."""

    def put(**content):
        spikes = np.zeros((3, 16, 90, 5), dtype=np.uint8)
        spikes[0, 3, 25, 2] = 4  # the bin from 50 to 60 ms
        spikes[0, 3, 30, 2] = 1  # from 100 to 110 ms
        spikes[2, 15, 25, 4] = 7
        content = {"spikes": spikes, "contamination": np.array([0.01, 0.05, 0.04])} | content
        path = tmp_path / recordings.ECKER2010.name
        savemat(path, gratings(**content))
        changed = dataclasses.replace(
            recordings.ECKER2010, sha256=recordings.pooch.file_hash(str(path))
        )
        monkeypatch.setattr(recordings, "ECKER2010", changed)
        monkeypatch.setenv(recordings.MIRROR_VARIABLE, str(tmp_path))

    return put


def test_counts_of_a_window_are_of_its_bins_and_of_clean_units(gratings_at):
    gratings_at()
    first, second = recordings.awake_v1_sessions()
    assert (first.name, second.subject) == ("2000-01-01", "X")
    counts = first.counts(50, 100)
    assert counts.shape == (16, 5, 2)  # the unit of contamination 0.05 is left out
    assert counts[3, 2].tolist() == [4, 0]
    assert counts[15, 4].tolist() == [0, 7]
    assert counts.sum() == 11
    assert first.counts(50, 110)[3, 2, 0] == 5
    assert first.counts(50, 100, contamination=1).shape == (16, 5, 3)


@pytest.mark.parametrize(
    ("window", "complaint"),
    [
        ((55, 100), "no whole bins from 55 to 100 ms"),
        ((100, 50), "no whole bins"),
        ((-300, 0), "from -200 to 700 ms"),
        ((0, np.nan), "stop must be"),
    ],
)
def test_a_window_that_is_not_of_bins_is_refused(gratings_at, window, complaint):
    gratings_at()
    with pytest.raises(ValueError, match=complaint):
        recordings.awake_v1_sessions()[0].counts(*window)


def test_contamination_that_leaves_no_unit_is_refused(gratings_at):
    gratings_at()
    with pytest.raises(ValueError, match=r"no unit has a contamination below 0\.001"):
        recordings.awake_v1_sessions()[0].counts(50, 100, contamination=0.001)


@pytest.mark.parametrize(
    "content",
    [
        {"spikes": np.zeros((3, 15, 90, 5), dtype=np.uint8)},
        {"contamination": np.array([0.01, np.nan, 0.04])},
        {"times": np.arange(80.0)},
    ],
)
def test_a_damaged_session_is_refused(gratings_at, content):
    gratings_at(**content)
    with pytest.raises(ValueError, match=r"must have shape|NaN"):
        recordings.awake_v1_sessions()


def test_real_gratings_where_at_hand():
    if not os.environ.get(recordings.MIRROR_VARIABLE):
        pytest.skip(f"{recordings.MIRROR_VARIABLE} names no folder with the recordings")
    sessions = recordings.awake_v1_sessions()
    assert [one.subject for one in sessions] == ["H"] * 14 + ["D"] * 13
    assert {one.spikes.shape[1:3] for one in sessions} == {(16, 90)}
    units = [len(one.contamination) for one in sessions]
    assert (min(units), max(units)) == (14, 38)


def test_numbers_in_a_script_become_a_table():
    assert recordings.table_of_matlab(SCRIPT.encode()) == TABLE
    # Layout does not matter, numbers do.
    other = SCRIPT.replace("    ", "\t").replace("\n", "\r\n").replace("3, ", "3.0,  ")
    assert recordings.table_of_matlab(other.encode()) == TABLE
    assert recordings.table_of_matlab(SCRIPT.replace("0.125", "0.126").encode()) != TABLE


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("404: Not Found", "no matrix"),
        ("data = [];", "no matrix"),
        ("% data = [1, 2];", "no matrix"),
        ("data = [1, 2, 3];", "3 columns"),
        ("data = [1, 2\n 3];", "columns changed"),
        ("data = [1, two];", "could not convert"),
    ],
)
def test_a_script_of_another_kind_is_refused(script, complaint):
    with pytest.raises(ValueError, match=complaint):
        recordings.table_of_matlab(script.encode())


def test_a_script_is_converted_checked_and_kept(script):
    recording, source = script
    table = recordings.pair_correlations()
    assert list(table) == ["product", "correlation"]
    np.testing.assert_array_equal(table, PAIRS)
    assert recordings.fetch(recording).read_bytes() == TABLE
    source.unlink()  # the second time, no network is needed
    np.testing.assert_array_equal(recordings.pair_correlations(), PAIRS)


@pytest.mark.parametrize("content", [SCRIPT.replace("0.125", "0.126"), "404: Not Found"])
def test_an_altered_script_is_refused_and_not_kept(script, content):
    _, source = script
    source.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"not the published recording.*try again"):
        recordings.pair_correlations()
    assert not list(source.parents[1].glob("downloads/*"))
    source.unlink()
    with pytest.raises(RecordingUnavailableError, match="NEUROCOORD_DATA"):
        recordings.pair_correlations()


def test_the_mirror_holds_the_table_not_the_script(script, monkeypatch, tmp_path):
    recording, _ = script
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    monkeypatch.setenv(recordings.MIRROR_VARIABLE, str(mirror))
    with pytest.raises(RecordingUnavailableError, match=r"made by neurocoord\S+table_of_matlab of"):
        recordings.pair_correlations()
    (mirror / recording.name).write_bytes(TABLE)
    np.testing.assert_array_equal(recordings.pair_correlations(), PAIRS)
    (mirror / recording.name).write_text(SCRIPT, encoding="utf-8")
    with pytest.raises(ValueError, match=r"not the published recording.*table_of_matlab"):
        recordings.pair_correlations()


def test_real_pairs_where_at_hand():
    if not os.environ.get(recordings.MIRROR_VARIABLE):
        pytest.skip(f"{recordings.MIRROR_VARIABLE} names no folder with the recordings")
    pairs = recordings.pair_correlations()
    assert len(pairs) == 543
    # Written as a script with plain decimals, they give the same table again.
    rows = (
        ", ".join(np.format_float_positional(x) for x in pair)
        for pair in pairs.itertuples(index=False)
    )
    script = "function replot\n\ndata = [" + "\n    ".join(rows) + "];\nend"
    table = recordings.table_of_matlab(script.encode())
    assert hashlib.sha256(table).hexdigest() == recordings.BONDY2018.sha256
