"""Chapter 1's figures show the numbers of their tables."""

import numpy as np
import pandas as pd
import pytest

from neurocoord_book.figures import coordination as figures
from neurocoord_book.figures import style
from neurocoord_book.studies import coordination as study


def test_ellipses_are_one_standard_deviation_of_the_noise():
    figure = figures.ellipses()
    for panel in figure.axes:
        for ellipse in panel.patches[:2]:
            np.testing.assert_allclose(ellipse.width / 2, np.sqrt(1 + study.RHO))
            np.testing.assert_allclose(ellipse.height / 2, np.sqrt(1 - study.RHO))
            assert ellipse.angle % 180 == pytest.approx(45)


def test_direction_draws_a_line_a_correlation():
    table = study.two_neurons(rhos=(0.2, 0.4), n_angles=31)
    panel = figures.direction(table).axes[0]
    for line, (_, rows) in zip(panel.lines, table.groupby("rho"), strict=False):
        np.testing.assert_allclose(line.get_ydata(), rows["fraction"])
    assert [text.get_text() for text in panel.get_legend().get_texts()] == [
        r"$\rho$ = 0.2",
        r"$\rho$ = 0.4",
    ]


def test_bias_draws_means_and_exact_lines():
    table = pd.DataFrame(
        {
            "trials": [10, 10, 20, 20] * 2,
            "estimator": ["naive"] * 4 + ["corrected"] * 4,
            "estimate": [4.0, 6.0, 2.0, 4.0, 1.0, 3.0, 1.5, 2.5],
            "expected": [5.5, 5.5, 3.5, 3.5, 2.0, 2.0, 2.0, 2.0],
        }
    )
    panel = figures.bias(table).axes[0]
    naive, corrected = (container[0] for container in panel.containers)
    np.testing.assert_allclose(np.asarray(naive.get_ydata(), float), [5, 3])
    np.testing.assert_allclose(np.asarray(corrected.get_ydata(), float), [2, 2])
    exact = [line.get_ydata() for line in panel.lines if line.get_label() == "naive, exact mean"]
    np.testing.assert_allclose(exact, [[5.5, 3.5]])


def test_series_differ_by_more_than_colour():
    lengths = {len(style.COLOURS), len(style.MARKERS), len(style.LINES)}
    assert lengths == {len(set(style.COLOURS))} == {len(set(style.MARKERS))}
    assert len({str(line) for line in style.LINES}) == len(style.LINES)


def test_text_reads_on_a_phone():
    # At 375 px a figure is 343 px wide; no text may become smaller than 10 px.
    figure = figures.growth(study.growth(sizes=(4, 8)))
    scale = 343 / (figure.get_figwidth() * 72)
    labels = [text for axis in figure.axes for text in axis.get_xticklabels()]
    assert min(text.get_fontsize() for text in labels) * scale >= 10
