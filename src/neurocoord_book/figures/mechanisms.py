"""The figures of chapter 7, *Other mechanisms*."""

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurocoord_book.figures.style import (
    COLOURS,
    GREY,
    LINES,
    MARKERS,
    THEORIES,
    error_line,
    legend_below,
    logarithmic,
    mean_line,
    new_figure,
    styled,
)

DRAWN = {
    "inference": "inference",
    "local circuit": "local circuit, gated or not",
    "slow gated circuit": "slow gated circuit",
}
"""The mechanisms that differ in an engaged subject with one task, and what a legend says."""


@styled
def plasticity(table: pd.DataFrame) -> Figure:
    """Draw the gain at which two Hebbian rules come to rest.

    Parameters
    ----------
    table : DataFrame
        From `studies.mechanisms_exact.plasticity`.
    """
    figure, (panel,) = new_figure(height=3.4)
    for index, rule in enumerate(("bounded", "plain")):
        rows = table[table["rule"] == rule]
        panel.plot(
            rows["excess"], rows["gain"], color=COLOURS[index], linestyle=LINES[index], label=rule
        )
    end = table[table["rule"] == "plain"].iloc[-1]
    panel.plot(end["excess"], end["gain"], color=COLOURS[1], marker="X", markersize=9)
    panel.annotate(
        "runs away",
        (end["excess"], end["gain"]),
        xytext=(8, -4),
        textcoords="offset points",
        va="top",
    )
    panel.set(xlabel="excess variance of the mode, $S / v$", ylabel=r"gain factor $1/(1-\rho)$")
    panel.legend(title="Hebbian rule")
    return figure


@styled
def courses(table: pd.DataFrame) -> Figure:
    """Draw redundancy and total information of whole trials while the pattern is learned.

    Parameters
    ----------
    table : DataFrame
        From `studies.mechanisms_exact.courses`.
    """
    figure, panels = new_figure(2, height=5.4, sharex=True)
    labels = (("redundancy", r"redundancy $I_{sh} - I$"), ("total", "total information $I$"))
    for panel, (column, label) in zip(panels, labels, strict=True):
        for theory, name in DRAWN.items():
            rows, look = table[table["theory"] == theory], THEORIES[theory]
            mean_line(panel, rows, "learned", column, look, name, band=theory == "inference")
        panel.set(ylabel=label, xlabel="part of the pattern learned")
    legend_below(figure, panels[0], 1)
    return figure


@styled
def frames(table: pd.DataFrame) -> Figure:
    """Draw exact redundancy over the frames of a trial, near threshold and at strong signals.

    Parameters
    ----------
    table : DataFrame
        From `studies.mechanisms_exact.frames`.
    """
    figure, panels = new_figure(2, height=5.4, sharex=True)
    for panel, (strength, rows) in zip(panels, table.groupby("strength"), strict=True):
        for theory, name in DRAWN.items():
            own = rows[rows["theory"] == theory]
            mean_line(panel, own, "frame", "redundancy", THEORIES[theory], name, band=False)
        panel.set_title(f"signal $s$ = {strength:g}", loc="center")
        panel.set(ylabel="redundancy of\none frame", xlabel="frame of the trial")
        panel.set(xticks=[1, 3, 5, 7, 10], ylim=(0, None))
    legend_below(figure, panels[0], 1)
    return figure


def _heatmap(panel: Axes, wide: pd.DataFrame) -> None:
    """Draw shares as shades, with the number in each field where it does not round to zero."""
    numbers = wide.map(lambda share: f"{share:.2f}" if share >= 0.005 else "")
    sns.heatmap(
        wide,
        vmin=0,
        vmax=1,
        cmap="Greys",
        annot=numbers,
        fmt="",
        annot_kws={"size": 9},
        cbar=False,
        linewidths=0.5,
        linecolor="white",
        ax=panel,
    )
    panel.set(xlabel=None, ylabel=None)
    panel.tick_params(length=0)
    panel.set_xticklabels(panel.get_xticklabels(), rotation=40, ha="right", rotation_mode="anchor")
    panel.set_yticklabels(panel.get_yticklabels(), rotation=0)


@styled
def marks(table: pd.DataFrame) -> Figure:
    """Draw in which share of the experiments each mark is found, by model.

    Parameters
    ----------
    table : DataFrame
        From `studies.mechanisms.marks`.
    """
    figure, (panel,) = new_figure(height=4.4)
    wide = table.pivot_table(index="model", columns="mark", values="share", sort=False)
    _heatmap(panel, wide)
    return figure


@styled
def confusions(table: pd.DataFrame, measures: Sequence[str]) -> Figure:
    """Draw confusion matrices, one below the other.

    Parameters
    ----------
    table : DataFrame
        From `studies.mechanisms.confusions`.
    measures : sequence of str
        Which sets of measures.
    """
    figure, panels = new_figure(len(measures), height=0.6 + 3.2 * len(measures), sharex=True)
    for panel, name in zip(panels, measures, strict=True):
        rows = table[table["measures"] == name]
        wide = rows.pivot_table(index="model", columns="called", values="rate", sort=False)
        _heatmap(panel, wide[list(wide.index)])
        panel.set_title(name, loc="center")
        panel.set_ylabel("simulated")
    panels[-1].set_xlabel("called")
    return figure


@styled
def by_size(table: pd.DataFrame) -> Figure:
    """Draw the share of experiments called right over the size of the experiment.

    Parameters
    ----------
    table : DataFrame
        From `studies.mechanisms.by_size`.
    """
    figure, (panel,) = new_figure(height=3.8)
    study = table[table["size"] == "study"].set_index("factor")["amount"]
    for index, (factor, rows) in enumerate(table.groupby("factor")):
        amounts = ", ".join(f"{amount:g}" for amount in rows["amount"])
        size = rows["amount"] / study[factor]
        error_line(panel, size, rows["share"], 1.96 * rows["se"], index, f"{factor}: {amounts}")
    logarithmic(panel, x=[0.2, 0.5, 1, 2])
    panel.set(xlabel="size, relative to the one assumed", ylabel="share called right")
    legend_below(figure, panel, 1)
    return figure


@styled
def separation(table: pd.DataFrame) -> Figure:
    """Draw how often one session tells feedback from a gated circuit, by what is measured.

    Parameters
    ----------
    table : DataFrame
        From `studies.mechanisms.separation`.
    """
    names = list(table["measurement"].unique())
    rivals = list(table["rival"].unique())
    figure, panels = new_figure(len(rivals), height=1.6 + 2.5 * len(rivals), sharex=True)
    for panel, rival in zip(panels, rivals, strict=True):
        for index, name in enumerate(names):
            rows = table[(table["rival"] == rival) & (table["measurement"] == name)]
            panel.plot(
                rows["trials"],
                rows["share"],
                color=COLOURS[index],
                linestyle=LINES[index],
                marker=MARKERS[index],
                label=name,
            )
        panel.axhline(0.5, color=GREY, linewidth=1, linestyle=":")
        panel.set_title(f"inference or {rival}?", loc="center")
        panel.set(ylabel="share called right", ylim=(0.42, 1.03))
    logarithmic(panels[-1], x=sorted(table["trials"].unique()))
    panels[-1].set_xlabel("trials of each signal")
    legend_below(figure, panels[0], 2)
    return figure
