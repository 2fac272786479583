"""Long runs: what they give, how they go on after an interruption, and playing them again."""

import dataclasses
import functools
import os
import signal
import sys

import joblib
import numpy as np
import pandas as pd
import pytest

from neurocoord import campaigns
from neurocoord.campaigns import Campaign, check_replay, replay, run


def draw(*, rng, count, log=None, fatal=None, shift=0.0):
    """A job: the mean of some numbers, and for every second count the largest."""
    if log is not None:
        with log.open("a") as file:
            file.write(f"{count}\n")
    if fatal is not None and count == 7 and not fatal.exists():
        fatal.write_text("the first worker died here")
        os.kill(os.getpid(), signal.SIGKILL)
    values = rng.normal(size=count) + shift
    tables = {"means": pd.DataFrame({"count": [count], "mean": [values.mean()]})}
    if count % 2:
        tables["largest"] = pd.DataFrame({"value": np.sort(values)[-2:]})
    return tables


COUNTS = [4, 9, 5, 6, 7]


def made(**known):
    function = functools.partial(draw, **known) if known else draw
    jobs = [{"count": count} for count in COUNTS]
    return Campaign("test", 7, function, jobs, ("means", "largest"), chunk=2)


def test_each_job_draws_from_its_own_child_of_the_seed():
    tables = run(made(), workers=1)
    children = np.random.SeedSequence(7).spawn(len(COUNTS))
    drawn = [
        np.random.default_rng(child).normal(size=count)
        for child, count in zip(children, COUNTS, strict=True)
    ]
    assert tables["means"]["job"].tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(tables["means"]["mean"], [values.mean() for values in drawn])
    assert tables["largest"]["job"].tolist() == [1, 1, 2, 2, 4, 4]
    np.testing.assert_array_equal(
        tables["largest"]["value"], np.concatenate([np.sort(drawn[k])[-2:] for k in (1, 2, 4)])
    )


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_chunks_workers_and_backends_change_nothing(chunk):
    alone = run(made(), workers=1)
    with joblib.parallel_config("threading", n_jobs=3):
        spread = run(dataclasses.replace(made(), chunk=chunk))
    for name, table in alone.items():
        pd.testing.assert_frame_equal(spread[name], table)


def test_an_interrupted_run_goes_on_after_the_last_finished_chunk(tmp_path, monkeypatch):
    log, place = tmp_path / "log", tmp_path / "chunks"
    save = campaigns.save

    def full_disk(path, content):
        if len(list(place.glob("*.pickle"))) == 2:
            raise OSError("no space left")
        save(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(campaigns, "save", full_disk)
        with pytest.raises(OSError, match="no space left"):
            run(made(log=log), place, workers=1)
    assert log.read_text().split() == ["4", "9", "5", "6", "7"]
    tables = run(made(log=log), place, workers=1)
    # The first job is played again to see whether the finished chunks still hold; then the last.
    assert log.read_text().split()[5:] == ["4", "7"]
    pd.testing.assert_frame_equal(tables["means"], run(made(), workers=1)["means"])


def test_finished_chunks_of_other_code_are_not_used(tmp_path, monkeypatch):
    run(made(), tmp_path, workers=1)
    monkeypatch.setitem(draw.__kwdefaults__, "shift", 1.0)
    with pytest.warns(UserWarning, match="the code no longer gives"):
        tables = run(made(), tmp_path, workers=1)
    pd.testing.assert_frame_equal(tables["means"], run(made(), workers=1)["means"])


def test_chunks_of_another_seed_or_size_are_not_mistaken(tmp_path):
    run(made(), tmp_path, workers=1)
    for other in (
        dataclasses.replace(made(), seed=8),
        dataclasses.replace(made(), chunk=3),
        dataclasses.replace(made(), jobs=made().jobs[:3]),
    ):
        found = run(other, tmp_path, workers=1)["means"]
        pd.testing.assert_frame_equal(found, run(other, workers=1)["means"])


def test_playing_jobs_again_gives_their_rows_and_any_change_is_seen():
    stored = run(made(), workers=1)
    check_replay(made(), stored, replay(made(), [1, 4]))
    for name, column in (("means", "mean"), ("largest", "value")):
        table = stored[name].copy()
        table.loc[table["job"] == 4, column] *= 1 + 1e-4
        changed = {**stored, name: table}
        check_replay(made(), changed, replay(made(), [1]))
        with pytest.raises(ValueError, match=f"not what the code gives now: table '{name}'"):
            check_replay(made(), changed, replay(made(), [1, 4]))
    fewer = {**stored, "largest": stored["largest"].iloc[:-1]}
    with pytest.raises(ValueError, match="largest"):
        check_replay(made(), fewer, replay(made(), [4]))


@pytest.mark.parametrize(
    ("returned", "message"),
    [(None, "what function returns must be"), ({"means": [1, 2]}, "table 'means' must be")],
)
def test_jobs_that_return_no_tables_are_refused(returned, message):
    campaign = dataclasses.replace(made(), function=lambda **job: returned)
    for again in (lambda: run(campaign, workers=1), lambda: replay(campaign, [1])):
        with pytest.raises(ValueError, match=message):
            again()


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "table.csv"
    campaigns.save(path, b"before")

    def full_disk(self, content):
        with self.open("wb") as file:
            file.write(content[:2])
        raise OSError("no space left")

    monkeypatch.setattr(type(path), "write_bytes", full_disk)
    with pytest.raises(OSError, match="no space left"):
        campaigns.save(path, b"after")
    assert path.read_bytes() == b"before"
    assert [file.name for file in path.parent.iterdir()] == ["table.csv"]


def test_a_cluster_that_loses_a_worker_gives_the_same(tmp_path):
    distributed = pytest.importorskip("distributed")
    cloudpickle = pytest.importorskip("cloudpickle")
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    fatal, log = tmp_path / "fatal", tmp_path / "log"
    campaign = dataclasses.replace(made(fatal=fatal, log=log), chunk=1)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        tables = run(campaign, tmp_path / "chunks")
        before = len(log.read_text().split())
        again = run(campaign, tmp_path / "chunks")
    assert fatal.exists()
    assert len(log.read_text().split()) == before + 1  # the one that was played again
    for name, table in run(made(), workers=1).items():
        pd.testing.assert_frame_equal(tables[name], table)
        pd.testing.assert_frame_equal(again[name], table)
