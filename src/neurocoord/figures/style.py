"""The one style of the book's figures: seaborn theme, Okabe-Ito colours, phone-sized."""

import functools
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import ParamSpec

import matplotlib as mpl
import seaborn as sns
from IPython import get_ipython
from IPython.core.pylabtools import select_figure_formats
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
"""Okabe and Ito's colours, told apart with any colour vision, strongest contrast first."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""One marker a colour, so that a series is never told by its colour alone."""

LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
"""One line style a colour, for the same reason."""

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
