"""The one style of the book's figures: seaborn theme, Okabe-Ito colours, phone-sized."""

import functools
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import ParamSpec

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from IPython import get_ipython
from IPython.core.pylabtools import select_figure_formats
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
"""Okabe and Ito's colours, told apart with any colour vision, strongest contrast first."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""One marker a colour, so that a series is never told by its colour alone."""

LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
"""One line style a colour, for the same reason."""

DASHES = ("", (4, 2), (3, 1, 1, 1), (1, 1), (5, 1, 1, 1, 1, 1), (1, 1), (8, 2))
"""The same line styles as seaborn names them."""

GREY = "#6B6B6B"
"""What is not data: reference lines and remarks."""

WIDTH = 4.6
"""Width of every figure in inches: on a phone, where it fills the page, its text keeps its size."""

RC = MappingProxyType(
    {
        "font.size": 11,
        "axes.labelsize": 11,
        "axes.titlesize": 11.5,
        "xtick.labelsize": 10,
        "ytick.labelsize": 10,
        "legend.fontsize": 10,
        "legend.frameon": False,
        "lines.linewidth": 2.0,
        "lines.markersize": 6,
        "axes.prop_cycle": mpl.cycler(color=COLOURS),
        "figure.constrained_layout.use": True,
    }
)


P = ParamSpec("P")


def styled(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a function draw its figure in the book's style, whatever the settings around it."""

    @functools.wraps(function)
    def draw(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(sns.axes_style("ticks") | dict(RC)):
            return function(*args, **kwargs)

    return draw


def show_in_notebooks() -> None:
    """Let notebooks show figures as SVG of their own size, the same bytes each time."""
    shell = get_ipython()
    if shell is not None:
        mpl.rcParams["svg.hashsalt"] = "neurocoord"
        select_figure_formats(shell, {"svg"}, bbox_inches=None, metadata={"Date": None})


show_in_notebooks()


def new_figure(
    rows: int = 1, columns: int = 1, *, height: float = 3.2, sharex: bool = False
) -> tuple[Figure, list[Axes]]:
    """Return an empty figure, and its panels in reading order.

    Parameters
    ----------
    rows, columns : int
        The grid of panels; more than two columns do not read on a phone.
    height : float
        Height of the whole figure in inches.
    sharex : bool
        Whether panels share their horizontal axis.

    Returns
    -------
    figure : Figure
    panels : list of Axes
        Lettered a, b, ... where there is more than one.
    """
    figure = Figure(figsize=(WIDTH, height))
    panels = list(figure.subplots(rows, columns, sharex=sharex, squeeze=False).flat)
    sns.despine(fig=figure)
    if len(panels) > 1:
        for letter, panel in zip("abcdefgh", panels, strict=False):
            panel.set_title(letter, loc="left", fontweight="bold")
    return figure, panels


def mean_line(
    panel: Axes,
    table: pd.DataFrame,
    x: str,
    y: str,
    index: int,
    label: str | None = None,
    *,
    band: bool = True,
    **style: object,
) -> None:
    """Draw the mean over the rows of each x, with a band of their central 95%.

    Parameters
    ----------
    panel : Axes
        Where to draw.
    table : DataFrame
        The rows.
    x, y : str
        Its columns.
    index : int
        Which colour, marker and line style.
    label : str, optional
        What the legend says; the legend is drawn by whoever calls.
    band : bool
        Whether to draw the band.
    **style
        Passed on to seaborn.
    """
    sns.lineplot(
        table,
        x=x,
        y=y,
        errorbar=("pi", 95) if band else None,
        color=COLOURS[index],
        linestyle=LINES[index],
        marker=MARKERS[index],
        label=label,
        legend=False,
        ax=panel,
        **style,
    )


def error_line(
    panel: Axes,
    x: ArrayLike,
    y: ArrayLike,
    reach: ArrayLike,
    index: int,
    label: str | None = None,
    **style: object,
) -> None:
    """Draw values with error bars, joined by a line.

    Parameters
    ----------
    panel : Axes
        Where to draw.
    x, y : array_like, (n,)
        The values.
    reach : array_like, (n,)
        How far the bars reach to either side.
    index : int
        Which colour, marker and line style.
    label : str, optional
        What the legend says; the legend is drawn by whoever calls.
    **style
        Passed on to matplotlib.
    """
    panel.errorbar(
        x,
        y,
        yerr=reach,
        color=COLOURS[index],
        linestyle=LINES[index],
        marker=MARKERS[index],
        capsize=2,
        label=label,
        **style,
    )


def series(
    panel: Axes, table: pd.DataFrame, x: str, y: str, hue: str, *, legend: bool = True
) -> None:
    """Draw means with the central 95%, in a colour, marker and line style for each series.

    Parameters
    ----------
    panel : Axes
        Where to draw.
    table : DataFrame
        The rows.
    x, y, hue : str
        Its columns; `hue` names the series.
    legend : bool
        Whether to draw a legend.
    """
    count = table[hue].nunique()
    sns.lineplot(
        table,
        x=x,
        y=y,
        hue=hue,
        style=hue,
        markers=list(MARKERS[:count]),
        dashes=list(DASHES[:count]),
        palette=list(COLOURS[:count]),
        errorbar=("pi", 95),
        legend=legend,
        ax=panel,
    )
    if legend:
        panel.legend(title=None)


def legend_below(figure: Figure, panel: Axes, columns: int) -> None:
    """Put the legend of one panel below all."""
    figure.legend(*panel.get_legend_handles_labels(), loc="outside lower center", ncols=columns)


def logarithmic(
    panel: Axes, *, x: Sequence[float] | None = None, y: Sequence[float] | None = None
) -> None:
    """Make the axes logarithmic for which ticks are given, with plain numbers at the ticks.

    Parameters
    ----------
    panel : Axes
        The panel to change.
    x, y : sequence of float, optional
        Where the ticks of that axis stand.
    """
    for name, ticks in (("x", x), ("y", y)):
        if ticks is not None:
            panel.set(**{f"{name}scale": "log"})
            axis = getattr(panel, f"{name}axis")
            axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
            axis.set_minor_locator(NullLocator())
