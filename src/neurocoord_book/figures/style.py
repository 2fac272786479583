"""The one style of the book's figures: seaborn theme, a colour a theory, phone-sized."""

import functools
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, ParamSpec

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from IPython import get_ipython
from IPython.core.pylabtools import select_figure_formats
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

COLOURS = ("#1B2025", "#6B7178", "#8E9399", "#3F464D", "#7D838A", "#555B62", "#000000")
"""Shades of ink for series that are no theories: only theories have a hue."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""One marker a colour, so that a series is never told by its colour alone."""

LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
"""One line style a colour, for the same reason."""


class Look(NamedTuple):
    """How a series is drawn; filled marks unless it is a condition of less."""

    color: str
    marker: str
    linestyle: str | tuple[float, tuple[float, ...]] = "-"
    fill: str = "full"

    @property
    def mark(self) -> dict[str, object]:
        """Return what matplotlib needs for the marks alone."""
        unfilled = self.fill == "none"
        return {
            "color": self.color,
            "marker": self.marker,
            "fillstyle": "full" if unfilled else self.fill,
            "markeredgecolor": self.color,
            "markerfacecolor": "white" if unfilled else self.color,
            "markerfacecoloralt": "white",
            "markeredgewidth": 1.4,
        }

    @property
    def line(self) -> dict[str, object]:
        """Return what matplotlib needs for marks on a line."""
        return self.mark | {"linestyle": self.linestyle}


RIVAL = "#696E72"
"""Every mechanism without a colour of its own."""

PASSIVE = (0, (4, 2.5))
"""The line of passive viewing."""

THEORIES = MappingProxyType(
    {
        "inference": Look("#C2410C", "o"),
        "decoding-optimised": Look("#721752", "^"),
        "efficient coding": Look("#2A6FB0", "s"),
        "local circuit": Look("#4A3D24", "D", "-."),
        "gated circuit": Look(RIVAL, "v", (0, (5, 1, 1, 1, 1, 1))),
        "slow gated circuit": Look(RIVAL, "^", ":"),
        "shared gain": Look(RIVAL, "X", ":"),
        "nothing learned": Look(RIVAL, "P", "--"),
    }
)
"""The one look of each theory, wherever it is drawn: engaged and trained."""

LIGHTER = MappingProxyType(
    {"inference": "#CF6A3B", "decoding-optimised": "#B06A94", "efficient coding": "#5F90C2"}
)
"""The colours of theories in passive viewing."""

NAIVE = Look("#868B91", "o", ":", "none")
"""What has not learned yet."""


def passive(theory: str) -> Look:
    """Return the look of a theory in passive viewing: lighter, dashed, with open marks."""
    return Look(LIGHTER[theory], THEORIES[theory].marker, PASSIVE, "none")


def numbered(index: int) -> Look:
    """Return the look of one of several series that are no theories."""
    return Look(COLOURS[index], MARKERS[index], LINES[index])


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


def use() -> None:
    """Draw everything in the book's style from here on: what a chapter calls before its figures."""
    mpl.rcParams.update(sns.axes_style("ticks") | dict(RC))
    show_in_notebooks()


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
    look: Look | int,
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
    look : Look or int
        Colour, marker and line style, or the number of a series that is no theory.
    label : str, optional
        What the legend says; the legend is drawn by whoever calls.
    band : bool
        Whether to draw the band.
    **style
        Passed on to seaborn.
    """
    look = numbered(look) if isinstance(look, int) else look
    sns.lineplot(
        table,
        x=x,
        y=y,
        errorbar=("pi", 95) if band else None,
        label=label,
        legend=False,
        ax=panel,
        **look.line | style,
    )


def error_line(
    panel: Axes,
    x: ArrayLike,
    y: ArrayLike,
    reach: ArrayLike,
    look: Look | int,
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
    look : Look or int
        Colour, marker and line style, or the number of a series that is no theory.
    label : str, optional
        What the legend says; the legend is drawn by whoever calls.
    **style
        Passed on to matplotlib.
    """
    look = numbered(look) if isinstance(look, int) else look
    panel.errorbar(x, y, yerr=reach, capsize=2, label=label, **look.line | style)


def series(
    panel: Axes,
    table: pd.DataFrame,
    x: str,
    y: str,
    hue: str,
    looks: Mapping[str, Look] | None = None,
    *,
    legend: bool = True,
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
    looks : mapping of str to Look, optional
        The look of each series by its name; numbered ones without.
    legend : bool
        Whether to draw a legend.
    """
    for index, (name, rows) in enumerate(table.groupby(hue, sort=False)):
        mean_line(panel, rows, x, y, looks[name] if looks else index, name)
    if legend:
        panel.legend()


def legend_below(figure: Figure, panel: Axes, columns: int, *, ink: bool = False) -> None:
    """Put the legend of one panel below all, in ink where the panels differ in colour."""
    handles, labels = panel.get_legend_handles_labels()
    legend = figure.legend(handles, labels, loc="outside lower center", ncols=columns)
    if ink:
        for line in legend.findobj(Line2D):
            filled = line.get_markerfacecolor() == line.get_markeredgecolor()
            line.set(color=COLOURS[0], markeredgecolor=COLOURS[0])
            if filled:
                line.set_markerfacecolor(COLOURS[0])
        for bars in legend.findobj(LineCollection):
            bars.set_color(COLOURS[0])


def note(panel: Axes, x: float, y: float, text: str, look: Look, **where: object) -> None:
    """Write the name of a series beside it, in its colour, with a halo of paper.

    Parameters
    ----------
    panel : Axes
        Where to write.
    x, y : float
        Where, in the units of the data.
    text : str
        The name.
    look : Look
        The series.
    **where
        Passed on to matplotlib, for example ``ha="right"``.
    """
    halo = [patheffects.withStroke(linewidth=3, foreground="white")]
    panel.text(x, y, text, color=look.color, path_effects=halo, **where)


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
