import numpy as np
import pandas as pd
import pytest

from neurocoord_book.figures import pairs as figures
from neurocoord_book.studies.pairs import PairStatistics


def bins(factor):
    return pd.DataFrame(
        {
            "product": [-0.1, 0.2],
            "correlation": [-0.01 * factor, 0.03 * factor],
            "se": [0.001, 0.002],
            "pairs": [5, 5],
        }
    )


@pytest.mark.parametrize("points", [None, bins(1)])
def test_each_panel_shows_its_own_pairs(points):
    measured = PairStatistics("recording", {}, pd.DataFrame(), bins(1), points)
    predictions = pd.concat(
        bins(factor).assign(theory=theory, subject="trained", block=block)
        for theory, block, factor in [
            ("inference", "engaged", 2),
            ("inference", "passive", 3),
            ("shared gain", "engaged", 4),
            ("shared gain", "passive", 5),
        ]
    )
    figure = figures.published_pairs(measured, predictions)
    for panel, factors in zip(figure.axes, ([1], [2, 4], [3, 5]), strict=True):
        for bars, factor in zip(panel.containers, factors, strict=True):
            drawn = np.asarray(bars.lines[0].get_ydata(), dtype=float)
            np.testing.assert_allclose(drawn, factor * np.array([-0.01, 0.03]))
            segments = bars.lines[2][0].get_segments()
            assert segments[1][1][1] - segments[1][0][1] == pytest.approx(2 * 1.96 * 0.002)
    top, engaged, passive = figure.axes
    assert engaged.get_ylim() == passive.get_ylim()
    assert engaged.get_xlim() == passive.get_xlim()
    scattered = [c for c in top.collections if len(c.get_offsets()) == 2 and c.get_sizes().size]
    assert len(scattered) == (points is not None)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["inference", "shared gain"]
