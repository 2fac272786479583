import numpy as np
import pandas as pd

from neurocoord_book.figures import inference as figures


def test_mirror_draws_the_means_of_each_theory():
    table = pd.DataFrame(
        {
            "theory": ["efficient coding"] * 2 + ["inference"] * 2,
            "amount": [0.0, 1.0] * 2,
            "gain_ratio": [1.0, 0.8, 1.0, 1.5],
            "single_ratio": [1.0, 0.7, 1.0, 2.0],
            "total_ratio": [1.0, 0.9, 1.0, 1.2],
            "fraction": [0.1, -0.5, 0.1, 0.4],
        }
    )
    figure = figures.mirror(table)
    for panel, column in zip(figure.axes, figures.PREDICTIONS, strict=True):
        for line, (_, rows) in zip(panel.lines[:2], table.groupby("theory"), strict=True):
            np.testing.assert_allclose(line.get_ydata(), rows[column])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "efficient coding",
        "inference",
    ]


def test_over_snr_draws_trained_less_naive():
    table = pd.DataFrame(
        {
            "theory": ["efficient coding"] * 2 + ["inference"] * 2,
            "snr": [0.1, 10.0] * 2,
            "naive_fraction": [0.1, 0.1, 0.2, 0.2],
            "trained_fraction": [0.4, -0.3, 0.6, 0.3],
        }
    )
    lines = figures.over_snr(table).axes[0].lines
    np.testing.assert_allclose(lines[0].get_ydata(), [0.3, -0.4])
    np.testing.assert_allclose(lines[1].get_ydata(), [0.4, 0.1])


def test_within_trial_keeps_the_weakest_signal_for_the_fraction():
    table = pd.DataFrame(
        {
            "signal": [0.1, 0.1, 0.5, 0.5],
            "frame": [1, 2] * 2,
            "redundancy": [1.0, 2.0, 1.0, 0.5],
            "fraction": [0.4, 0.3, 0.2, 0.1],
        }
    )
    summed = pd.DataFrame({"frame": [1, 2], "fraction": [0.4, 0.6]})
    top, bottom = figures.within_trial(table, summed).axes
    np.testing.assert_allclose(top.lines[1].get_ydata(), [1.0, 0.5])
    np.testing.assert_allclose(bottom.lines[0].get_ydata(), [0.4, 0.3])
    np.testing.assert_allclose(bottom.lines[1].get_ydata(), [0.4, 0.6])
