"""The figures of chapter 8, *Limits of the evidence*."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from neurocoord_book.figures.style import (
    COLOURS,
    GREY,
    LINES,
    MARKERS,
    error_line,
    legend_below,
    logarithmic,
    new_figure,
    styled,
)

TESTS = {
    "over sessions": "over sessions",
    "each subject": "in each subject alone",
    "across subjects": "across subjects",
}
"""The tests and their labels, in the order of their colours."""

REACH = 1.96
"""Standard errors to either side of an error bar."""


@styled
def species(bounds: pd.DataFrame, rates: pd.DataFrame) -> Figure:
    """Draw what n of n animals show, and what tests of two animals find by the share of carriers.

    Parameters
    ----------
    bounds : DataFrame
        From `studies.limits.bounds`.
    rates : DataFrame
        From `studies.limits.by_share`.
    """
    figure, (bound, found) = new_figure(2, height=6.0)
    bound.plot(bounds["subjects"], bounds["bound"], color=COLOURS[0], marker=MARKERS[0])
    bound.axhline(0.5, color=GREY, linestyle=":", linewidth=1)
    bound.set(
        xlabel="animals, all with the effect",
        ylabel="share of the species, at least",
        ylim=(0, 1),
    )
    for index, (test, label) in enumerate(TESTS.items()):
        own = rates[rates["test"] == test]
        error_line(found, own["share"], own["rate"], REACH * own["error"], index, label)
    found.axvline(0.5, color=GREY, linestyle=":", linewidth=1)
    found.set(
        xlabel="share of the species that has the effect",
        ylabel="share of studies\nwith $p < 0.05$",
        ylim=(-0.03, 1.03),
    )
    legend_below(figure, found, 2)
    return figure


@styled
def power(table: pd.DataFrame) -> Figure:
    """Draw the power of two tests by subjects, sessions, trials and neurons.

    Parameters
    ----------
    table : DataFrame
        From `studies.limits.power_curves`.
    """
    figure, panels = new_figure(2, 2, height=5.6)
    labels = {"trials": "trials of each signal", "neurons": "recorded neurons"}
    for panel, (axis, rows) in zip(panels, table.groupby("axis", sort=False), strict=True):
        for index, test in enumerate(("across subjects", "over sessions")):
            own = rows[rows["test"] == test]
            error_line(panel, own["level"], own["share"], REACH * own["error"], index, test)
        panel.axhline(0.8, color=GREY, linestyle=":", linewidth=1)
        panel.set(xlabel=labels.get(axis, axis), ylim=(-0.03, 1.05))
        levels = rows["level"].unique()
        if axis == "subjects":
            panel.set_xticks(levels)
        else:
            logarithmic(panel, x=list(levels))
    for panel in panels[::2]:
        panel.set_ylabel("power")
    legend_below(figure, panels[0], 2)
    return figure


@styled
def missed(table: pd.DataFrame) -> Figure:
    """Draw the smallest margin and the smallest rise of designs that find them in 80% of studies.

    Parameters
    ----------
    table : DataFrame
        Columns kind, design, value, low, high.
    """
    figure, (panel,) = new_figure(height=3.6)
    labels = {"margin": "margin of an equivalence test", "rise": "rise in an ordinary test"}
    designs = list(table["design"].unique())
    for index, (kind, label) in enumerate(labels.items()):
        own = table[table["kind"] == kind]
        panel.errorbar(
            own["value"],
            np.arange(len(own)) + 0.16 * (2 * index - 1),
            xerr=[own["value"] - own["low"], own["high"] - own["value"]],
            fmt=MARKERS[index],
            color=COLOURS[index],
            label=label,
        )
    panel.set(
        xlabel="redundancy per session, as a part of\nthe engaged trend under inference",
        yticks=range(len(designs)),
        yticklabels=designs,
        xlim=(0, None),
    )
    panel.invert_yaxis()
    legend_below(figure, panel, 1)
    return figure


@styled
def longer_sessions(table: pd.DataFrame) -> Figure:
    """Draw redundancy in sessions that grow longer, naive and corrected.

    Parameters
    ----------
    table : DataFrame
        From `studies.apparatus.longer_sessions`.
    """
    figure, panels = new_figure(2, height=5.2, sharex=True)
    for index, (panel, name) in enumerate(zip(panels, ("naive", "corrected"), strict=True)):
        own = table[table["estimator"] == name]
        panel.plot(own["session"], own["value"], MARKERS[index], color=COLOURS[index], markersize=4)
        exact = own.groupby("session")["exact"].mean()
        panel.plot(exact.index, exact, color=COLOURS[index], linestyle=LINES[index])
        panel.axhline(0, color=GREY, linewidth=1, linestyle=":")
        panel.set_title(name, loc="center")
        panel.set_ylabel("redundancy $I_{sh} - I$")
    panels[-1].set(xlabel="session", xticks=[1, 5, 10, 15, 20])
    return figure


@styled
def few_trials(table: pd.DataFrame) -> Figure:
    """Draw the error of redundancy by trials, of all neurons and of some.

    Parameters
    ----------
    table : DataFrame
        From `studies.apparatus.spread`.
    """
    figure, (panel,) = new_figure(height=3.4)
    for index, (neurons, own) in enumerate(sorted(table.groupby("neurons"), reverse=True)):
        panel.plot(
            own["trials"],
            own["error"],
            color=COLOURS[index],
            marker=MARKERS[index],
            linestyle=LINES[index],
            label=f"{neurons} neurons",
        )
        panel.axvline(neurons + 2, color=COLOURS[index], linewidth=1, linestyle=":")
    logarithmic(panel, x=[25, 50, 100, 200, 400], y=[1, 3, 10, 30, 100])
    panel.set(xlabel="trials of each signal", ylabel="error of redundancy")
    panel.legend()
    return figure


@styled
def specifications(table: pd.DataFrame) -> Figure:
    """Draw the p values of all analyses of three studies, sorted.

    Parameters
    ----------
    table : DataFrame
        From `studies.forking.specification_curves`.
    """
    figure, panels = new_figure(3, height=6.8, sharex=True)
    for panel, (world, rows) in zip(panels, table.groupby("world", sort=False), strict=True):
        for index, (name, own) in enumerate(rows.groupby("measure", sort=False)):
            panel.plot(
                own["order"],
                own["surety"].clip(-6, 6),
                MARKERS[index],
                color=COLOURS[index],
                markersize=4,
                label=name,
            )
        for sign in (-1, 1):
            panel.axhline(-sign * np.log10(0.05), color=GREY, linestyle=":", linewidth=1)
        panel.axhline(0, color=GREY, linewidth=1)
        panel.set(ylim=(-6.5, 6.5), yticks=[-6, -3, 0, 3, 6])
        panel.set_yticklabels(
            ["fall,\n$10^{-6}$", "$10^{-3}$", "1", "$10^{-3}$", "rise,\n$10^{-6}$"]
        )
        panel.set_title(world, loc="center")
        panel.set_ylabel("$p$ value")
    panels[-1].set_xlabel("analysis, sorted")
    legend_below(figure, panels[0], 3)
    return figure


@styled
def controls(table: pd.DataFrame) -> Figure:
    """Draw how often redundancy rises or falls in worlds with a confound, by control.

    Parameters
    ----------
    table : DataFrame
        From `studies.limits.control_rates`.
    """
    figure, panels = new_figure(2, height=5.8, sharex=True)
    worlds = list(table["world"].unique())
    for panel, kind in zip(panels, ("rises", "falls"), strict=True):
        for index, (control, own) in enumerate(table.groupby("control", sort=False)):
            panel.errorbar(
                own[kind],
                np.arange(len(worlds)) + 0.2 * (index - 1),
                xerr=REACH * own[f"{kind}_error"],
                fmt=MARKERS[index],
                color=COLOURS[index],
                label=control,
            )
        panel.set(
            yticks=range(len(worlds)),
            yticklabels=worlds,
            xlim=(-0.03, 1.03),
        )
        panel.axvline(0.05, color=GREY, linestyle=":", linewidth=1)
        panel.set_title(f"redundancy {kind}", loc="center")
        panel.invert_yaxis()
    panels[-1].set_xlabel("share of studies with $p < 0.05$")
    legend_below(figure, panels[0], 1)
    return figure
