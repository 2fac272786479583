import numpy as np
import pandas as pd

from neurocoord_book.figures import limits as figures
from neurocoord_book.figures.style import MARKERS


def points(container):
    line = container.lines[0]
    return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def test_species_draws_bounds_and_each_test():
    bounds = pd.DataFrame({"subjects": [1, 2], "bound": [0.05, 0.224]})
    rates = pd.DataFrame(
        {
            "share": [0.0, 1.0] * 3,
            "test": np.repeat(["over sessions", "each subject", "across subjects"], 2),
            "rate": [0.1, 0.9, 0.0, 1.0, 0.05, 0.2],
            "error": 0.01,
        }
    )
    bound, found = figures.species(bounds, rates).axes
    np.testing.assert_allclose(bound.lines[0].get_ydata(), [0.05, 0.224])
    drawn = [points(one)[1].tolist() for one in found.containers]
    assert drawn == [[0.1, 0.9], [0.0, 1.0], [0.05, 0.2]]


def test_power_has_a_panel_an_axis():
    table = pd.DataFrame(
        [
            (axis, level, test, 0.1 * k + (0.5 if test == "over sessions" else 0), 0.02)
            for axis in ("subjects", "sessions", "trials", "neurons")
            for k, level in enumerate((2, 8))
            for test in ("across subjects", "over sessions")
        ],
        columns=["axis", "level", "test", "share", "error"],
    )
    panels = figures.power(table).axes
    assert [panel.get_xscale() for panel in panels] == ["linear", "log", "log", "log"]
    for panel in panels:
        across, over = (points(one)[1] for one in panel.containers)
        np.testing.assert_allclose(across, [0.0, 0.1])
        np.testing.assert_allclose(over, [0.5, 0.6])


def test_missed_names_the_designs():
    table = pd.DataFrame(
        {
            "kind": ["margin", "margin", "rise", "rise"],
            "design": ["few", "many"] * 2,
            "value": [0.4, 0.2, 0.3, 0.1],
            "low": [0.3, 0.1, 0.2, 0.05],
            "high": [0.5, 0.3, 0.4, 0.15],
        }
    )
    (panel,) = figures.missed(table).axes
    assert [label.get_text() for label in panel.get_yticklabels()] == ["few", "many"]
    np.testing.assert_allclose(points(panel.containers[1])[0], [0.3, 0.1])


def test_longer_sessions_draws_estimates_and_exact_means():
    table = pd.DataFrame(
        {
            "estimator": np.repeat(["naive", "corrected"], 4),
            "session": [1, 2] * 4,
            "value": [-9.0, -5.0, -11.0, -4.0, 0.1, 0.2, -0.1, 0.0],
            "exact": [-10.0, -5.0, -12.0, -5.0, 0.0, 0.0, 0.0, 0.0],
        }
    )
    naive, corrected = figures.longer_sessions(table).axes
    np.testing.assert_allclose(naive.lines[1].get_ydata(), [-11, -5])
    np.testing.assert_allclose(corrected.lines[0].get_ydata(), [0.1, 0.2, -0.1, 0.0])


def test_few_trials_marks_where_the_correction_ends():
    table = pd.DataFrame(
        {"neurons": [20, 20, 50], "trials": [30, 60, 60], "error": [9.0, 2.0, 8.0]}
    )
    (panel,) = figures.few_trials(table).axes
    assert [line.get_label() for line in panel.lines[::2]] == ["50 neurons", "20 neurons"]
    assert [line.get_xdata()[0] for line in panel.lines[1::2]] == [52, 22]


def test_specifications_are_sorted_and_cut():
    table = pd.DataFrame(
        {
            "world": np.repeat(["a", "b", "c"], 2),
            "measure": ["redundancy", "ratio"] * 3,
            "order": [1, 2] * 3,
            "surety": [-0.5, 30.0] * 3,
        }
    )
    for panel in figures.specifications(table).axes:
        first, second = panel.lines[:2]
        assert (first.get_marker(), second.get_marker()) == MARKERS[:2]
        assert second.get_ydata()[0] == 6


def test_controls_draw_rises_above_falls():
    table = pd.DataFrame(
        {
            "world": ["inference", "gaze"] * 2,
            "control": np.repeat(["as recorded", "gaze taken out"], 2),
            "rises": [1.0, 0.5, 0.9, 0.05],
            "rises_error": 0.02,
            "falls": [0.0, 0.01, 0.02, 0.03],
            "falls_error": 0.02,
        }
    )
    rises, falls = figures.controls(table).axes
    np.testing.assert_allclose(points(rises.containers[1])[0], [0.9, 0.05])
    np.testing.assert_allclose(points(falls.containers[0])[0], [0.0, 0.01])
