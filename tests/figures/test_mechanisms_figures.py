import numpy as np
import pandas as pd
import pytest

from neurocoord_book.figures import mechanisms as figures
from neurocoord_book.recovery import confusion


def test_plasticity_ends_the_plain_rule_at_a_cross():
    table = pd.DataFrame(
        {
            "rule": ["bounded"] * 3 + ["plain"] * 2,
            "excess": [0.0, 1.0, 2.0, 0.0, 0.25],
            "gain": [1.0, 3.0, 4.0, 1.0, 1.25],
        }
    )
    (panel,) = figures.plasticity(table).axes
    bounded, plain, end = panel.lines
    np.testing.assert_allclose(bounded.get_ydata(), [1, 3, 4])
    np.testing.assert_allclose(plain.get_xdata(), [0, 0.25])
    assert (end.get_xdata()[0], end.get_ydata()[0]) == (0.25, 1.25)


@pytest.mark.parametrize("draw", [figures.courses, figures.frames])
def test_lines_are_means_over_populations_by_mechanism(draw):
    rows = [
        {"theory": theory, "population": p, "learned": x, "frame": x, "strength": s}
        | {"redundancy": k + p + x + 10 * s, "total": 100 * k + p}
        for k, theory in enumerate(figures.DRAWN)
        for p in (0, 2)
        for x in (1, 2)
        for s in (0.1, 0.5)
    ]
    table = pd.DataFrame(rows)
    if draw is figures.courses:
        table = table[table["strength"] == 0.1]
    first, second = draw(table).axes
    for k, line in enumerate(first.lines[:3]):
        np.testing.assert_allclose(line.get_ydata(), [k + 1 + 1 + 1, k + 1 + 2 + 1])
    expected = 100 * 2 + 1 if draw is figures.courses else 2 + 1 + 1 + 5
    assert second.lines[2].get_ydata()[0] == pytest.approx(expected)


def values(panel):
    """Return the numbers that a heat map shows, in reading order."""
    return [float(text.get_text() or 0) for text in panel.texts]


def test_heat_maps_show_rows_as_simulated_and_columns_as_called():
    true = pd.Series(["b"] * 4 + ["a"] * 4)
    called = pd.Series(["b", "b", "b", "a"] + ["a"] * 4)
    table = pd.concat([confusion(true, called).assign(measures=m) for m in ("one", "two", "three")])
    figure = figures.confusions(table, ["two", "three"])
    assert [panel.get_title() for panel in figure.axes] == ["two", "three"]
    for panel in figure.axes:
        assert [label.get_text() for label in panel.get_yticklabels()] == ["b", "a"]
        assert values(panel) == [0.75, 0.25, 0.0, 1.0]


def test_marks_keep_the_order_of_models_and_marks():
    table = pd.DataFrame(
        {"model": ["z", "z", "a", "a"], "mark": ["y", "b"] * 2, "share": [0.1, 0.2, 0.3, 0.4]}
    )
    (panel,) = figures.marks(table).axes
    assert values(panel) == [0.1, 0.2, 0.3, 0.4]
    assert [label.get_text() for label in panel.get_xticklabels()] == ["y", "b"]


def test_sizes_are_relative_to_the_study():
    table = pd.DataFrame(
        {
            "size": ["5 sessions", "study", "study", "4 subjects"],
            "factor": ["sessions", "sessions", "subjects", "subjects"],
            "amount": [5, 20, 2, 4],
            "share": [0.6, 0.9, 0.9, 0.95],
            "se": 0.01,
        }
    )
    (panel,) = figures.by_size(table).axes
    lines = [bars.lines[0] for bars in panel.containers]
    np.testing.assert_allclose(lines[0].get_xdata().astype(float), [0.25, 1])
    np.testing.assert_allclose(lines[1].get_xdata().astype(float), [1, 2])
    np.testing.assert_allclose(lines[1].get_ydata().astype(float), [0.9, 0.95])


def test_separation_has_a_panel_for_each_rival():
    rows = [
        {"rival": r, "measurement": m, "trials": t, "share": 0.5 + 0.1 * k + 0.2 * j + t / 1000}
        for k, r in enumerate(("fast", "slow"))
        for j, m in enumerate(("growth", "turn"))
        for t in (50, 100)
    ]
    figure = figures.separation(pd.DataFrame(rows))
    for k, panel in enumerate(figure.axes):
        for j, line in enumerate(panel.lines[:2]):
            np.testing.assert_allclose(
                line.get_ydata(), 0.5 + 0.1 * k + 0.2 * j + np.array([0.05, 0.1])
            )
