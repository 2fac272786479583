import numpy as np
import pandas as pd
import pytest

from neurocoord_book.figures import signatures as figures


def by_theory(columns):
    """Return a table with the columns given, once for each theory, the second times 10."""
    first = pd.DataFrame(columns).assign(theory="inference")
    numbers = first.select_dtypes(float).columns
    second = first.assign(theory="efficient coding")
    second[numbers] = 10 * second[numbers]
    return pd.concat([first, second], ignore_index=True)


def test_weeks_draws_the_mean_of_each_engagement():
    table = by_theory({"session": [1, 2] * 2, "redundancy": [0.5, 4.0, 0.25, 0.75]})
    table["engagement"] = [1.0, 1.0, 0.0, 0.0] * 2
    figure = figures.weeks(table)
    for panel, factor in zip(figure.axes, (1, 10), strict=True):
        engaged, passive = panel.lines[:2]
        np.testing.assert_allclose(engaged.get_ydata(), factor * np.array([0.5, 4.0]))
        np.testing.assert_allclose(passive.get_ydata(), factor * np.array([0.25, 0.75]))


def test_relevance_draws_group_means_of_each_world():
    values = np.arange(20.0)
    one = pd.DataFrame({"held_out": values, "dipped": values[::-1], "boost": 2 * values})
    worlds = {"inference": 1, "efficient coding": 10, "nothing learned": 100}
    table = pd.concat([one.assign(theory=t, boost=f * one["boost"]) for t, f in worlds.items()])
    figure = figures.relevance(table, groups=4)
    for panel, factor in zip(figure.axes, worlds.values(), strict=True):
        for bars, means in zip(panel.containers, ([4, 14, 24, 34], [34, 24, 14, 4]), strict=True):
            drawn = np.asarray(bars.lines[0].get_ydata(), dtype=float)
            np.testing.assert_allclose(drawn, factor * np.array(means))


def test_decision_draws_each_strength_and_both_kinds():
    single = by_theory({"frame": [1, 2] * 2, "redundancy": [1.0, 3.0, 1.0, 0.1]})
    single["strength"] = [0.1, 0.1, 0.5, 0.5] * 2
    single["fraction"] = single["redundancy"] / 100
    figure = figures.decision(single, single.assign(fraction=0.5), (0.1, 0.5))
    first, second, third = figure.axes
    np.testing.assert_allclose(first.lines[0].get_ydata(), [1.0, 3.0])
    np.testing.assert_allclose(first.lines[1].get_ydata(), [1.0, 0.1])
    np.testing.assert_allclose(first.lines[2].get_ydata(), [10.0, 30.0])
    np.testing.assert_allclose(second.lines[0].get_ydata(), [0.01, 0.03])
    np.testing.assert_allclose(third.lines[0].get_ydata(), [0.5, 0.5])


def test_switching_tells_the_tasks_apart():
    table = by_theory({"block": [1, 2, 3], "axis": [0.05, -0.04, 0.03]})
    table["task"] = ["cardinal", "oblique", "cardinal"] * 2
    for panel in figures.switching(table).axes:
        assert list(panel.lines[1].get_xdata()) == [1, 3]
        assert list(panel.lines[2].get_xdata()) == [2]


@pytest.mark.parametrize("name", ["losses", "adaptation"])
def test_lines_of_both_theories(name):
    x = {"losses": "share", "adaptation": "amount"}[name]
    table = by_theory({"old reader": [0.01, 0.1], "total": [1.0, 2.0], "redundancy": [0.0, 0.5]})
    table[x] = [0.5, 1.0] * 2
    panel = getattr(figures, name)(table).axes[0]
    column = {"losses": "old reader", "adaptation": "total"}[name]
    for line, factor in zip(panel.lines[:2], (1, 10), strict=True):
        np.testing.assert_allclose(line.get_ydata(), factor * table[column].to_numpy()[:2])
