"""Stored results: what makes them stale, and what counts as a disagreement."""

import dataclasses
import functools

import joblib
import numpy as np
import pandas as pd
import pytest

from neurocoord.campaigns import Campaign
from neurocoord_book import results
from neurocoord_book.__main__ import main


@pytest.fixture(autouse=True)
def _one_process():
    """Run the tiny jobs of these tests here: where jobs run is the caller's to say."""
    with joblib.parallel_config(backend="sequential"):
        yield


def draw(*, rng, count, shift=0.0):
    """A job of the test."""
    mean = rng.normal(size=count).mean() + shift
    return {"numbers": pd.DataFrame({"count": [count], "mean": [mean]})}


CAMPAIGN = Campaign("test", 7, draw, [{"count": 4}, {"count": 9}], ("numbers",))


def test_what_is_stored_comes_back_with_its_origin(tmp_path):
    results.write(CAMPAIGN, tmp_path)
    table = results.read(CAMPAIGN, "numbers", tmp_path)
    children = np.random.SeedSequence(7).spawn(2)
    expected = [
        np.random.default_rng(child).normal(size=count).mean()
        for child, count in zip(children, (4, 9), strict=True)
    ]
    assert table["count"].tolist() == [4, 9]
    np.testing.assert_allclose(table["mean"], expected, rtol=1e-5)
    before = (tmp_path / "test-numbers.json").read_bytes()
    results.write(CAMPAIGN, tmp_path)
    assert (tmp_path / "test-numbers.json").read_bytes() == before
    assert b"python -m neurocoord_book results test" in before
    assert not (tmp_path / ".test").exists()  # finished chunks are no longer needed


def test_stale_tables_are_refused(tmp_path):
    with pytest.raises(results.StaleResultError, match="not there; run: python -m neurocoord_book"):
        results.read(CAMPAIGN, "numbers", tmp_path)
    results.write(CAMPAIGN, tmp_path)
    other = Campaign("test", 8, draw, CAMPAIGN.jobs, CAMPAIGN.tables)
    with pytest.raises(results.StaleResultError, match="seed"):
        results.read(other, "numbers", tmp_path)
    path = tmp_path / "test-numbers.csv"
    path.write_text(path.read_text().replace("9", "8"))
    with pytest.raises(results.StaleResultError, match="by hand"):
        results.read(CAMPAIGN, "numbers", tmp_path)


SMALL = {
    "sampling": [-1],
    "learning": [-1],
    "signatures": [0, -1],
    "mechanisms": [-1],
    "measurements": [0, -1],
    "power": [-1],
    "levels": [0],
    "limits": [-1],
}
"""Jobs of each campaign that take a second or a few."""


@pytest.mark.parametrize("name", results.CAMPAIGNS)
def test_jobs_played_again_give_the_stored_rows(name):
    campaign = results.find(name)
    results.check(campaign, [range(len(campaign.jobs))[k] for k in SMALL[name]])
    for table in campaign.tables:
        assert len(results.read(campaign, table))


def test_a_stored_table_that_the_code_does_not_give_is_seen(tmp_path, monkeypatch):
    results.write(CAMPAIGN, tmp_path)
    monkeypatch.setattr(results, "folder", lambda: tmp_path)
    results.check(CAMPAIGN, [0, 1])
    shifted = dataclasses.replace(CAMPAIGN, function=functools.partial(draw, shift=1e-3))
    with pytest.raises(results.StaleResultError, match="test: the stored rows are not"):
        results.check(shifted, [1])


def half(*, rng, count):
    """A job that no longer returns the second of its tables."""
    return {"numbers": draw(rng=rng, count=count)["numbers"]}


def both(*, rng, count):
    """A job that returns two tables."""
    numbers = draw(rng=rng, count=count)["numbers"]
    return {"numbers": numbers, "others": numbers}


def test_a_table_that_jobs_no_longer_return_is_seen(tmp_path, monkeypatch):
    two = dataclasses.replace(CAMPAIGN, function=both, tables=("numbers", "others"))
    results.write(two, tmp_path)
    monkeypatch.setattr(results, "folder", lambda: tmp_path)
    results.check(two, [1])
    with pytest.raises(results.StaleResultError, match="table 'others'"):
        results.check(dataclasses.replace(two, function=half), [1])


def test_the_command_says_of_each_job_whether_it_gives_its_rows(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(results, "find", lambda name: CAMPAIGN)
    monkeypatch.setattr(results, "folder", lambda: tmp_path)
    assert main(["replay", "test"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert "test-numbers is not there; run: python -m neurocoord_book results test" in line
    results.write(CAMPAIGN, tmp_path)
    assert main(["replay", "test", "--all"]) == 0
    right = [f"test, job {job} of 2: gives the stored rows" for job in (0, 1)]
    assert capsys.readouterr().out.splitlines() == right
    # One job gives another number from now on.
    wrong = [{"count": 4}, {"count": 9, "shift": 1.0}]
    shifted = dataclasses.replace(CAMPAIGN, jobs=wrong)
    monkeypatch.setattr(results, "find", lambda name: shifted)
    assert main(["replay", "test", "--jobs", "2"]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first == right[0]
    assert second.startswith("test, job 1 of 2: test: the stored rows are not what the code gives")


def test_the_seed_chooses_jobs_of_every_campaign(monkeypatch, capsys):
    played = []
    monkeypatch.setattr(results, "check", lambda campaign, jobs: played.append((campaign, *jobs)))
    chosen = []
    for seed in "0", "0", "1":
        played.clear()
        assert main(["replay", "--jobs", "3", "--seed", seed]) == 0
        chosen.append(capsys.readouterr().out.splitlines())
        names = [campaign.name for campaign, _ in played]
        assert names == [name for name in results.CAMPAIGNS for _ in range(3)]
        assert len({(name, job) for name, (_, job) in zip(names, played, strict=True)}) == len(
            names
        )
        assert all(0 <= job < len(campaign.jobs) for campaign, job in played)
        assert [line.split(" of ")[0] for line in chosen[-1]] == [
            f"{campaign.name}, job {job}" for campaign, job in played
        ]
    assert chosen[0] == chosen[1] != chosen[2]


def test_a_damaged_description_is_named(tmp_path):
    results.write(CAMPAIGN, tmp_path)
    path = tmp_path / "test-numbers.json"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(results.StaleResultError, match="damaged; run: python -m neurocoord_book"):
        results.read(CAMPAIGN, "numbers", tmp_path)


def test_the_command_runs_on_a_dask_cluster_with_the_same_result(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    results.write(CAMPAIGN, tmp_path)
    alone = (tmp_path / "test-numbers.csv").read_bytes()
    (tmp_path / "test-numbers.csv").unlink()
    monkeypatch.setattr(results, "find", lambda name: CAMPAIGN)
    monkeypatch.setattr(results, "folder", lambda: tmp_path)
    seen = []

    def watch(campaign, place=None):
        seen.append(type(joblib.parallel.get_active_backend()[0]).__name__)
        return write(campaign, place)

    write = results.write
    monkeypatch.setattr(results, "write", watch)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        assert main(["results", "test", "--scheduler", cluster.scheduler_address]) == 0
    assert seen == ["DaskDistributedBackend"]
    assert (tmp_path / "test-numbers.csv").read_bytes() == alone


def test_there_is_no_other_campaign():
    with pytest.raises(ValueError, match="no results 'weather'"):
        results.find("weather")


def test_disagreement_is_judged_by_sampling_error():
    stored = pd.DataFrame(
        {"name": ["a", "b"], "value": [1.0, 2.0], "se": [0.1, 0.2], "trials": [400, 400]}
    )
    fresh = pd.DataFrame({"name": ["b"], "value": [2.9], "trials": [100]})
    table = results.compare(stored, fresh, ["name"])
    # A quarter of the trials has twice the error: 0.2 and 0.4 add up to sqrt(0.2).
    assert table["z"].item() == pytest.approx(0.9 / np.sqrt(0.2))
    with pytest.raises(RuntimeError, match="differ from the stored ones: name b"):
        results.compare(stored, fresh.assign(value=4.1), ["name"])
    with pytest.raises(ValueError, match="without a stored counterpart"):
        results.compare(stored, fresh.assign(name="c"), ["name"])


def test_what_is_compared_by_hand():
    table = pd.DataFrame({"world": ["a"] * 3 + ["b"], "x": [1.0, 2.0, 6.0, np.nan], "y": [0.0] * 4})
    found = results.summarise(table, ["world"], ["x", "y"]).set_index(["world", "measure"])
    assert found.loc[("a", "x"), "value"] == 3
    assert found.loc[("a", "x"), "se"] == pytest.approx(np.sqrt(7 / 3))
    assert found.loc[("a", "x"), "trials"] == 3
    assert ("b", "x") not in found.index
    assert found.loc[("b", "y"), "trials"] == 1
