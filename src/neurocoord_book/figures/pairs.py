"""The figure of chapter 7 about pairs of neurons: d' and noise correlation."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurocoord_book.figures.style import (
    COLOURS,
    GREY,
    THEORIES,
    Look,
    error_line,
    legend_below,
    new_figure,
    styled,
)
from neurocoord_book.studies.pairs import PairStatistics

CONDITIONS = (("trained", "engaged"), ("trained", "passive"))
"""Subject and block of each panel of predictions."""


def _groups(panel: Axes, table: pd.DataFrame, look: Look | int, label: str | None = None) -> None:
    """Draw the means of groups of pairs with their 95% intervals."""
    reach = 1.96 * table["se"]
    error_line(panel, table["product"], table["correlation"], reach, look, label, markersize=5)


@styled
def published_pairs(
    measured: PairStatistics,
    predictions: pd.DataFrame,
    conditions: Sequence[tuple[str, str]] = CONDITIONS,
) -> Figure:
    """Draw noise correlation over the product of d', as measured and as the theories predict.

    The panels of predictions share their axes, so that a relation that is not there looks flat.
    The recording has axes of its own, since its d' are of other signals.

    Parameters
    ----------
    measured : PairStatistics
        From `studies.pairs.published`; the points are drawn where they are at hand.
    predictions : DataFrame
        From `studies.pairs.predicted_bins`, the tables of some theories one below the other.
    conditions : sequence of (str, str)
        Subject and block of each panel of predictions.
    """
    rows = 1 + len(conditions)
    figure, (top, *panels) = new_figure(rows, height=1.0 + 2.2 * rows)
    if measured.points is not None:
        x, y = measured.points["product"], measured.points["correlation"]
        top.scatter(x, y, s=5, color=GREY, alpha=0.35, linewidths=0)
    _groups(top, measured.bins, len(COLOURS) - 1)
    top.set_title("V1, measured", loc="center")
    for panel, (subject, block) in zip(panels, conditions, strict=True):
        panel.sharex(panels[0])
        panel.sharey(panels[0])
        part = predictions[(predictions["subject"] == subject) & (predictions["block"] == block)]
        for theory, table in part.groupby("theory", sort=False):
            _groups(panel, table, THEORIES[theory], theory)
        panel.set_title(f"models, {subject} and {block}", loc="center")
    for panel in (top, *panels):
        panel.axhline(0, color=GREY, linewidth=1, linestyle=":")
        panel.set_ylabel("noise correlation")
        panel.locator_params(axis="x", nbins=5)
    panels[-1].set_xlabel("product of the two $d'$")
    legend_below(figure, panels[0], 2)
    return figure
