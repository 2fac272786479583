"""The statistics of the V1 recording: shipped, recomputed, and right on data of known moments."""

import os
from dataclasses import replace

import numpy as np
import pytest

from neurocoord import information as info
from neurocoord import recordings
from neurocoord_book.studies import recording as study


def test_shipped_statistics_are_what_the_recording_gives():
    if not os.environ.get(recordings.MIRROR_VARIABLE):
        pytest.skip(f"{recordings.MIRROR_VARIABLE} names no folder with the recordings")
    shipped, provenance = study.SHIPPED.read()
    assert provenance["sha256"] == recordings.SEMEDO2019.sha256
    derived = study.derive(recordings.v1_responses())
    assert derived.keys() == shipped.keys()
    for name, rows in derived.items():
        for row, kept in zip(rows, shipped[name], strict=True):
            for key, value in row.items():
                close = kept[key] if isinstance(value, str) else pytest.approx(kept[key], rel=2e-5)
                assert value == close


def test_without_the_recording_the_shipped_statistics_serve(monkeypatch, tmp_path):
    monkeypatch.setenv(recordings.MIRROR_VARIABLE, str(tmp_path))
    v1 = study.v1_statistics.__wrapped__()
    assert v1.source == "shipped"
    assert v1.note.startswith("The recording is not at hand")
    assert replace(v1, source="recording").note.startswith("Computed from the recording of Semedo")
    assert v1.correlations["pairs"].sum() == 79 * 78 / 2
    assert v1.spectrum["eigenvalue"].sum() == pytest.approx(79, rel=1e-4)


def test_statistics_of_data_with_known_covariance(monkeypatch):
    # One shared mode of known strength: its eigenvalue and the redundancy along it are exact.
    n, trials, shared = 12, 4000, 0.3
    covariance = (1 - shared) * np.eye(n) + shared
    rng = np.random.default_rng(5)
    responses = rng.multivariate_normal(np.zeros(n), covariance, trials)
    largest = 1 + (n - 1) * shared
    monkeypatch.setattr(study, "SIZES", (2, n))
    tables = study.derive(responses, n_random=20)
    summary = {row["quantity"]: row for row in tables["summary"]}
    mean = summary["mean noise correlation"]
    assert mean["low"] < shared < mean["high"]
    assert mean["high"] - mean["low"] < 0.05
    ratio = n**2 / (largest**2 + (n - 1) * (1 - shared) ** 2)
    assert summary["participation ratio"]["value"] == pytest.approx(ratio, rel=0.05)
    assert tables["spectrum"][0]["eigenvalue"] == pytest.approx(largest, rel=0.05)
    for row in tables["directions"]:  # with equal correlations the two slopes are the same
        assert row["low"] < 1 - 1 / largest < row["high"]
    pairs = [row for row in tables["growth"] if row["neurons"] == 2]
    along = next(row for row in pairs if row["direction"] == "all alike")
    assert along["fraction"] == pytest.approx(
        info.redundancy_fraction([1, 1], covariance[:2, :2]), abs=0.03
    )


def test_a_correlation_outside_the_histogram_is_not_dropped():
    rng = np.random.default_rng(0)
    responses = rng.normal(size=(60, 4))
    responses[:, 1] = -responses[:, 0] + 0.1 * rng.normal(size=60)
    with pytest.raises(ValueError, match="outside the histogram"):
        study.derive(responses, n_random=2)
