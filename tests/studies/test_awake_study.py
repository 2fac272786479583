"""The statistics of the awake V1 recording: shipped, recomputed, and right on known moments."""

import os

import numpy as np
import pytest

from neurocoord import information as info
from neurocoord import recordings
from neurocoord_book.studies import awake as study


def session(spikes, name="one"):
    """Return a session of clean units."""
    times = np.arange(-195.0, 700.0, 10.0)
    return recordings.Session(name, "X", np.zeros(len(spikes)), times, spikes)


def test_shipped_statistics_are_what_the_recording_gives():
    if not os.environ.get(recordings.MIRROR_VARIABLE):
        pytest.skip(f"{recordings.MIRROR_VARIABLE} names no folder with the recordings")
    shipped, provenance = study.SHIPPED.read()
    assert provenance["sha256"] == recordings.ECKER2010.sha256
    assert provenance["licence"] == "CC BY-NC-ND 3.0"
    derived = study.derive(recordings.awake_v1_sessions())
    assert derived.keys() == shipped.keys()
    for name, rows in derived.items():
        for row, kept in zip(rows, shipped[name], strict=True):
            for key, value in row.items():
                if isinstance(value, str):
                    assert value == kept[key]
                else:  # a fraction near zero is a small difference of large numbers
                    assert value == pytest.approx(kept[key], rel=2e-5, abs=1e-6)


def test_without_the_recording_the_shipped_statistics_serve(monkeypatch, tmp_path):
    monkeypatch.setenv(recordings.MIRROR_VARIABLE, str(tmp_path))
    found = study.awake_v1.__wrapped__()
    assert found.note.startswith("The recording is not at hand")
    assert set(found.sessions["window"]) == {f"{a} to {b} ms" for a, b in study.WINDOWS}
    whole = found.sessions[found.sessions["window"] == "30 to 530 ms"]
    assert list(whole["session"]) == list(found.control["session"])
    assert (whole["trials"] >= 2 * whole["units"]).all()
    assert whole["fraction"].to_numpy() == pytest.approx(
        1 - whole["total"] / whole["shuffled"], abs=1e-5
    )


def test_pairs_are_neighbours_on_the_circle():
    rng = np.random.default_rng(1)
    counts = rng.normal(5, 1, size=(4, 12, 3))
    pairs = study.neighbouring_pairs(counts, -np.inf, step=30)
    expected = [
        info.estimate_information(counts[i], counts[j], 30)
        for i, j in ((0, 1), (1, 2), (2, 3), (3, 0))
    ]
    assert pairs == expected
    total, shuffled = (
        sum(getattr(one, name) for one in expected) for name in ("total", "shuffled")
    )
    assert study.fraction_of(pairs) == pytest.approx(1 - total / shuffled)


def test_units_that_hardly_fire_leave_a_pair_but_not_others():
    rng = np.random.default_rng(2)
    counts = rng.poisson(5, size=(3, 30, 4)).astype(float)
    counts[:2, :, 0] = 0
    counts[0, 0, 0] = 1  # one spike in the first two directions
    sizes = [one.n_neurons for one in study.neighbouring_pairs(counts, 0.5)]
    assert sizes == [3, 4, 4]
    assert study.neighbouring_pairs(0 * counts, 0.5) == []


def test_statistics_of_sessions_with_known_moments():
    # Poisson counts with a common part: Sigma = diag(means) + common, of which f' changes little.
    rng = np.random.default_rng(3)
    angle = np.radians(22.5) * np.arange(16)
    preferred = np.linspace(0, 2 * np.pi, 6, endpoint=False)[:, None]
    rate = 0.2 + 0.15 * np.cos(angle - preferred)  # in a bin, (units, directions)
    common = 0.05
    trials = 400
    spikes = rng.poisson(rate[:, :, None, None], (6, 16, 90, trials))
    spikes = (spikes + rng.poisson(common, (1, 16, 90, trials))).astype(np.uint8)
    short = spikes[..., :11]
    tables = study.derive((session(spikes), session(short, "short")), seed=1)
    assert {row["session"] for row in tables["sessions"]} == {"one"}  # the other is too short
    whole = tables["sessions"][0]
    assert (whole["window"], whole["units"], whole["trials"]) == ("30 to 530 ms", 6, trials)
    total = shuffled = correlation = 0.0
    for k in range(16):
        after = (k + 1) % 16
        slope = 50 * (rate[:, after] - rate[:, k]) / 22.5
        covariance = 50 * (np.diag((rate[:, k] + rate[:, after]) / 2) + common)
        total += slope @ np.linalg.solve(covariance, slope) / 16
        shuffled += (slope**2 / np.diag(covariance)).sum() / 16
    mean = np.diag(rate.mean(axis=1)) + common
    correlation = (mean / np.sqrt(np.outer(np.diag(mean), np.diag(mean))))[0, 1]
    assert whole["total"] == pytest.approx(total, rel=0.1)
    assert whole["shuffled"] == pytest.approx(shuffled, rel=0.1)
    assert whole["fraction"] == pytest.approx(1 - total / shuffled, abs=0.05)
    assert whole["correlation"] == pytest.approx(correlation, abs=0.02)
    (control,) = tables["control"]
    assert abs(control["fraction"]) < 0.03  # shuffling removes what is common
    assert abs(whole["fraction"]) > 0.1
