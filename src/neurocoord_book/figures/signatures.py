"""The figures of chapter 6, *Signatures of feedback*."""

from collections.abc import Sequence
from types import MappingProxyType

import pandas as pd
from matplotlib.figure import Figure

from neurocoord_book.figures.style import (
    GREY,
    PASSIVE,
    THEORIES,
    error_line,
    legend_below,
    mean_line,
    new_figure,
    passive,
    styled,
)

INFERENCE, EFFICIENT = "inference", "efficient coding"

STRONG = MappingProxyType({"linestyle": (0, (1, 1)), "fill": "none"})
"""How a theory looks at a strong signal."""


@styled
def weeks(table: pd.DataFrame) -> Figure:
    """Draw redundancy over sessions, engaged and passive, one panel a theory.

    Parameters
    ----------
    table : DataFrame
        From `studies.signatures.weeks`.
    """
    figure, panels = new_figure(2, height=5.2, sharex=True)
    for panel, theory in zip(panels, (INFERENCE, EFFICIENT), strict=True):
        rows = table[table["theory"] == theory]
        looks = (THEORIES[theory], passive(theory))
        for level, label, look in zip((1.0, 0.0), ("engaged", "passive"), looks, strict=True):
            part = rows[rows["engagement"] == level]
            mean_line(panel, part, "session", "redundancy", look, label)
        panel.set_title(theory, loc="center")
        panel.set(ylabel=r"redundancy $I_{sh} - I$", xlabel="session", xticks=[1, 5, 10, 15, 20])
    legend_below(figure, panels[0], 2, ink=True)
    return figure


@styled
def relevance(table: pd.DataFrame, groups: int = 5) -> Figure:
    """Draw the boost of neurons by their relevance, from other trials and from the same.

    Parameters
    ----------
    table : DataFrame
        From `studies.signatures.relevance`.
    groups : int
        Groups of equally many neurons, by relevance.
    """
    figure, panels = new_figure(3, height=7.4, sharex=True)
    sources = {"held_out": "relevance from other trials", "dipped": "from the same trials"}
    for panel, theory in zip(panels, (INFERENCE, EFFICIENT, "nothing learned"), strict=True):
        rows = table[table["theory"] == theory]
        for column, label in sources.items():
            parts = rows.groupby(pd.qcut(rows[column], groups, labels=False))
            means = parts[[column, "boost"]].mean()
            reach = 1.96 * parts["boost"].sem()
            look = THEORIES[theory]
            if column == "dipped":
                look = look._replace(linestyle=PASSIVE, fill="none")
            error_line(panel, means[column], means["boost"], reach, look, label)
        panel.axhline(0, color=GREY, linewidth=1)
        panel.set_title(theory, loc="center")
        panel.set_ylabel("boost of a neuron")
    panels[-1].set_xlabel("relevance (1: mean)")
    legend_below(figure, panels[0], 1, ink=True)
    return figure


@styled
def decision(single: pd.DataFrame, summed: pd.DataFrame, strengths: Sequence[float]) -> Figure:
    """Draw exact redundancy and redundancy fraction over the frames of a trial.

    Parameters
    ----------
    single, summed : DataFrame
        From `studies.signatures.frames` and `sums`.
    strengths : sequence of float
        The weak and the strong signal.
    """
    figure, panels = new_figure(3, height=7.6, sharex=True)
    kinds = ((single, "redundancy"), (single, "fraction"), (summed, "fraction"))
    titles = ("single frames", "single frames", "summed from the first frame")
    for panel, (table, measure), title in zip(panels, kinds, titles, strict=True):
        for index, strength in enumerate(strengths):
            rows = table[(table["theory"] == INFERENCE) & (table["strength"] == strength)]
            look = THEORIES[INFERENCE]._replace(**(STRONG if index else {}))
            mean_line(panel, rows, "frame", measure, look, f"inference, $s$ = {strength:g}")
        rows = table[(table["theory"] == EFFICIENT) & (table["strength"] == strengths[0])]
        mean_line(panel, rows, "frame", measure, THEORIES[EFFICIENT], "efficient coding, either")
        panel.set_title(title, loc="center")
        panel.set(xlabel="frame of the trial", xticks=[1, 3, 5, 7, 10])
    panels[0].set_ylabel(r"redundancy $I_{sh} - I$")
    for panel in panels[1:]:
        panel.set_ylabel("redundancy\nfraction")
    legend_below(figure, panels[0], 2)
    return figure


@styled
def switching(table: pd.DataFrame) -> Figure:
    """Draw the axis index of each block of a session of switching tasks.

    Parameters
    ----------
    table : DataFrame
        From `studies.signatures.switching`.
    """
    figure, panels = new_figure(2, height=5.0, sharex=True)
    for panel, theory in zip(panels, (INFERENCE, EFFICIENT), strict=True):
        rows = table[table["theory"] == theory]
        panel.plot(rows["block"], rows["axis"], color=GREY, linewidth=1)
        for index, task in enumerate(("cardinal", "oblique")):
            part = rows[rows["task"] == task]
            look = THEORIES[theory]._replace(fill="none" if index else "full")
            panel.plot(
                part["block"],
                part["axis"],
                **look.mark,
                linestyle="none",
                label=f"{task} demanded",
            )
        panel.axhline(0, color=GREY, linewidth=1, linestyle=":")
        panel.set_title(theory, loc="center")
        panel.set(ylabel="axis index", ylim=(-1, 1), xticks=[1, 4, 8, 12])
    panels[-1].set_xlabel("block")
    legend_below(figure, panels[0], 2, ink=True)
    return figure


@styled
def losses(table: pd.DataFrame) -> Figure:
    """Draw what is left of the information when neurons are lost.

    Parameters
    ----------
    table : DataFrame
        From `studies.teams.losses`.
    """
    figure, (panel,) = new_figure(height=3.6)
    for theory in (INFERENCE, EFFICIENT):
        rows = table[table["theory"] == theory]
        mean_line(panel, rows, "share", "old reader", THEORIES[theory], theory)
    panel.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="in proportion")
    panel.set(
        xlabel="share of neurons left",
        ylabel="share of information left",
        xlim=(0, 1.02),
        ylim=(0, 1.05),
    )
    panel.legend(loc="lower right")
    return figure


@styled
def adaptation(table: pd.DataFrame) -> Figure:
    """Draw what each code tells about a new task while it is learned.

    Parameters
    ----------
    table : DataFrame
        From `studies.teams.adaptation`.
    """
    figure, panels = new_figure(2, height=5.2, sharex=True)
    for panel, (column, label) in zip(
        panels,
        (("total", "total information $I$"), ("redundancy", r"redundancy $I_{sh} - I$")),
        strict=True,
    ):
        for theory in (INFERENCE, EFFICIENT):
            rows = table[table["theory"] == theory]
            mean_line(panel, rows, "amount", column, THEORIES[theory], theory)
        panel.set(ylabel=label, xlabel="part of the new pattern learned")
    legend_below(figure, panels[0], 2)
    return figure
