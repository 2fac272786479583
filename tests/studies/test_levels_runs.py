"""The worlds that tests are held against, and how their rates are counted."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from neurocoord_book import results
from neurocoord_book.studies import levels_runs as levels
from neurocoord_book.studies.sessions import estimate

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("direction", [0, 1, -1])
def test_neurons_come_and_go_as_their_chances_say(direction):
    """Each neuron is a chain of two states: its chances of being recorded follow by recursion."""
    world = levels.DESIGN.draw_world(np.random.default_rng(1))
    drawn = np.array([levels.draw_tracking(world, direction, RNG) for _ in range(3000)])
    order = np.argsort(world.population.amplitudes)
    drawn = drawn[:, :, order]
    u = np.linspace(-1, 1, world.size)
    for t, time in enumerate(np.linspace(-1, 1, 40)):
        loss = 0.04 * np.exp(-direction * u * time)
        gain = 0.2 * np.exp(direction * u * time)
        if t == 0:
            chance = throughout = gain / (gain + loss)
        else:
            chance = chance * (1 - loss) + (1 - chance) * gain
        if 0 < t < 20:
            throughout = throughout * (1 - loss)
        np.testing.assert_allclose(drawn[:, t].mean(axis=0), chance, atol=0.045)
    assert abs(drawn[:, :20].all(axis=1).mean() - throughout.mean()) < 0.01
    assert np.corrcoef(drawn[:, -1].mean(axis=0), u)[0, 1] * direction >= 0.9 * abs(direction)


def test_moods_are_a_stationary_autoregression():
    probits = (stats.norm.ppf([levels.draw_moods(RNG) for _ in range(4000)]) - 0.84) / 0.5
    spread = np.cov(probits.T)
    lag = np.abs(np.subtract.outer(np.arange(40), np.arange(40)))
    np.testing.assert_allclose(spread, 0.8**lag, atol=0.12)
    assert np.abs(probits.mean(axis=0)).max() < 0.08


@pytest.fixture
def blocks(monkeypatch):
    """Collect what is recorded in each session of a subject, and record it."""
    seen, record = [], levels.record

    def watch(theory, world, task, w_hat, neurons, design, rng, **how):
        drawn = record(theory, world, task, w_hat, neurons, design, rng, **how)
        known = w_hat @ world.population.pattern(task) / (world.population.pattern(task) ** 2).sum()
        seen.append({"drawn": drawn, "neurons": neurons, "known": known, "w_hat": w_hat, **how})
        return drawn

    monkeypatch.setattr(levels, "record", watch)

    def collect(name, seed=4):
        seen.clear()
        rows = list(levels.subject(levels.CASES[name], np.random.default_rng(seed)))
        return pd.DataFrame(rows), list(seen)

    return collect


@pytest.mark.parametrize("name", levels.CASES)
def test_worlds_differ_in_what_they_are_named_after(name, blocks):
    rows, seen = blocks(name)
    known = np.array([block["known"] for block in seen]).reshape(2, 20)
    if name in levels.EFFECTS:  # from nothing to 98%, a fifth of what is left in each session
        np.testing.assert_allclose(1 - known, np.tile(0.81 ** np.arange(20), (2, 1)), atol=0.06)
    else:
        assert (np.ptp(known, axis=1) == 0).all()
        np.testing.assert_allclose(known, 0 if name == "naive" else 0.98, atol=0.06)
    engagement = np.array([block["engagement"] for block in seen])
    assert (engagement.std() > 0.05) == (name == "engagement")
    assert engagement.max() <= 1
    trials = [block["trials"] for block in seen]
    if name == "growing trials":
        assert trials == 2 * [round(200 + 400 * k / 19) for k in range(20)]
        assert trials == [block["drawn"].zero.count for block in seen]
    else:
        assert set(trials) == {400}
    others = [block["other_patterns"] for block in seen]
    assert all(other is None for other in others[:20])
    assert all(np.array_equal(other[0], seen[19]["w_hat"]) for other in others[20:])
    assert list(rows.columns) == ["neurons", "task", "session", "redundancy", "shuffled"]


def test_measures_are_of_the_neurons_of_a_session_and_of_those_of_all(blocks):
    rows, seen = blocks("drift")
    for half, task in ((seen[:20], "cardinal"), (seen[20:], "oblique")):
        kept = set.intersection(*(set(block["neurons"]) for block in half))
        own = rows[rows["task"] == task]
        for session, block in enumerate(half, start=1):
            place = np.flatnonzero(np.isin(block["neurons"], list(kept)))
            drawn, found = block["drawn"], own[own["session"] == session].set_index("neurons")
            every = estimate(drawn, levels.DESIGN)
            assert found.loc[levels.ALL, "redundancy"] == pytest.approx(every.redundancy)
            # By hand: whole matrices, and the correction of each information.
            slope = (drawn.high.mean - drawn.low.mean)[place] / 0.2
            covariance = drawn.zero.scatter[np.ix_(place, place)] / 399
            noise = 2 / 400 / 0.2**2 * place.size
            shuffled = (slope**2 / np.diag(covariance)).sum() * 397 / 399 - noise
            total = slope @ np.linalg.solve(covariance, slope) * (398 - place.size) / 399 - noise
            assert found.loc[levels.THROUGHOUT, "shuffled"] == pytest.approx(shuffled)
            assert found.loc[levels.THROUGHOUT, "redundancy"] == pytest.approx(shuffled - total)


def test_arrays_drift_together_or_each_its_way(monkeypatch):
    ways, draw = [], levels.draw_tracking

    def watch(world, direction, rng):
        ways.append(direction)
        return draw(world, direction, rng)

    monkeypatch.setattr(levels, "draw_tracking", watch)
    seen = {}
    for name in ("turnover", "drift", "drift, each its way"):
        for seed in range(12):
            next(levels.subject(levels.CASES[name], np.random.default_rng(seed)))
        seen[name] = set(ways)
        ways.clear()
    assert seen == {"turnover": {0}, "drift": {1}, "drift, each its way": {-1, 1}}


def test_a_study_puts_both_sets_of_neurons_to_all_tests():
    found = levels.study("inference", np.random.default_rng(5))
    assert set(found) == {
        ("inference", neurons, name)
        for neurons in (levels.ALL, levels.THROUGHOUT)
        for name in levels.TESTS
    }
    relative, plain = (found["inference", levels.ALL, k] for k in ("curves, relative", "curves"))
    assert relative.estimate < plain.estimate / 10  # I_sh is between 10 and 60
    assert relative.p < 0.05
    assert found["inference", levels.ALL, "signs of curves"].p == pytest.approx(0.125)


def test_rates_by_hand():
    row = {"world": "a", "setting": "b", "test": "c"}
    found = pd.DataFrame(
        [
            row | {"studies": 30, "mean": 1.0, "rises": 3, "falls": 1},
            row | {"studies": 10, "mean": 5.0, "rises": 0, "falls": 4},
            row | {"test": "d", "studies": 10, "mean": 0.0, "rises": 0, "falls": 0},
        ]
    )
    table = levels.rates(found).set_index("test")
    low, high = stats.binomtest(8, 40).proportion_ci(method="wilson")
    assert table.loc["c", ["studies", "mean", "share", "share_rises"]].tolist() == pytest.approx(
        [40, 2.0, 0.2, 0.075]
    )
    assert table.loc["c", ["low", "high"]].tolist() == pytest.approx([low, high])
    assert table.loc["d", "share"] == 0


def test_the_test_that_leads_holds_its_level_under_every_null_and_others_fail():
    table = levels.rates(results.read(levels.CAMPAIGN, "found"))
    assert table["studies"].min() >= 1000
    assert len(table) == len(levels.CASES) * 2 * len(levels.TESTS)
    worst = table[table["world"].isin(levels.NULLS)].groupby(["setting", "test"])["low"].max()
    for test in ("curves, relative", "curves", "subjects, relative", "subjects", "mixed model"):
        assert worst[levels.THROUGHOUT, test] <= 0.05
        assert worst[levels.ALL, test] > 0.05  # an array that drifts deceives them all
    for test in ("pooled", "sessions permuted", "mixed model, one slope"):
        assert worst[levels.THROUGHOUT, test] > 0.05  # engagement that varies slowly does
    rises = table.set_index(["world", "setting", "test"])["share_rises"]
    assert rises["inference", levels.THROUGHOUT, "curves, relative"] > 0.95
