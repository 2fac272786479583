"""The figures of chapter 5, *Simulated learning*."""

from types import MappingProxyType

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from scipy.special import ndtr

from neurocoord.hypotheses import rejections
from neurocoord_book.figures.style import (
    COLOURS,
    GREY,
    LINES,
    MARKERS,
    THEORIES,
    legend_below,
    new_figure,
    styled,
)
from neurocoord_book.studies import learning as study

PANELS = MappingProxyType(
    {
        "fraction": "redundancy fraction",
        "total": "total $I$",
        "shuffled": "shuffled $I_{sh}$",
        "single": "single neuron",
        "differential": "variance along $f'$",
        "correlation": "mean correlation",
    }
)
"""The measures of `over_sessions` and their labels."""


@styled
def behaviour(table: pd.DataFrame, sessions: tuple[int, ...] = (1, 2, 5, 20)) -> Figure:
    """Draw one subject's psychometric curves, and the thresholds of all learning curves.

    Parameters
    ----------
    table : DataFrame
        From `studies.learning.lab`.
    sessions : tuple of int
        The sessions whose curves to draw.
    """
    table = table[table["theory"] == next(iter(study.THEORIES))]
    figure, (curve, threshold) = new_figure(2, 1, height=5.6)
    s = np.linspace(-0.9, 0.9, 91)
    one = table.query("subject == 1 and task == 'cardinal'").set_index("session")
    for index, session in enumerate(sessions):
        row = one.loc[session]
        curve.plot(
            s,
            ndtr(row["bias"] + row["sensitivity"] * s),
            color=COLOURS[index],
            linestyle=LINES[index],
            marker=MARKERS[index],
            markevery=(2 * index, 15),
            label=f"session {session}",
        )
    curve.set(xlabel="signal $s$", ylabel="P(choose $s=+1$)", ylim=(-0.03, 1.03))
    curve.legend(loc="lower right")
    for index, ((subject, task), rows) in enumerate(table.groupby(["subject", "task"])):
        rows = rows[np.isfinite(rows["exact_threshold"])]
        threshold.plot(
            rows["session"],
            rows["threshold"],
            MARKERS[index],
            color=COLOURS[index],
            markersize=5,
            label=f"subject {subject}, {task}",
        )
        threshold.plot(rows["session"], rows["exact_threshold"], color=COLOURS[index], linewidth=1)
    threshold.set(xlabel="session", ylabel="threshold (signal)", ylim=(0, None))
    threshold.xaxis.get_major_locator().set_params(integer=True)
    threshold.legend()
    return figure


@styled
def over_sessions(table: pd.DataFrame, exact: pd.DataFrame) -> Figure:
    """Draw what is measured over sessions under each theory, with the exact averages.

    Parameters
    ----------
    table : DataFrame
        From `studies.learning.curves`.
    exact : DataFrame
        From `studies.learning.exact_curves`.
    """
    figure, panels = new_figure(3, 2, height=6.8, sharex=True)
    for panel, (name, label) in zip(panels, PANELS.items(), strict=True):
        for theory, rows in table.groupby("theory", sort=False):
            look = THEORIES[theory]
            by_session = rows.groupby("session")[name]
            low, high = by_session.quantile(0.025), by_session.quantile(0.975)
            panel.fill_between(low.index, low, high, color=look.color, alpha=0.2, linewidth=0)
            panel.plot(
                low.index,
                by_session.mean(),
                **look.mark,
                linestyle="none",
                label=f"{theory}, measured",
            )
            truth = exact[exact["theory"] == theory]
            panel.plot(
                truth["session"],
                truth[name],
                color=look.color,
                linestyle=look.linestyle,
                linewidth=1.5,
                label="exact",
            )
        panel.set_ylabel(label)
    for panel in panels[-2:]:
        panel.set(xlabel="session", xticks=range(1, 7))
    panels[-1].set_ylim(-0.01, 0.05)
    legend_below(figure, panels[0], 2)
    return figure


@styled
def lab(table: pd.DataFrame) -> Figure:
    """Draw the redundancy of one study, session by session, under each theory.

    Parameters
    ----------
    table : DataFrame
        From `studies.learning.lab`.
    """
    figure, panels = new_figure(2, 1, height=5.4, sharex=True)
    for panel, (theory, rows) in zip(panels, table.groupby("theory", sort=False), strict=True):
        for index, ((subject, task), own) in enumerate(rows.groupby(["subject", "task"])):
            panel.plot(
                own["session"],
                own["redundancy"],
                MARKERS[index],
                color=COLOURS[index],
                markersize=5,
                label=f"subject {subject}, {task}",
            )
            panel.plot(
                own["session"],
                own["exact_redundancy"],
                color=COLOURS[index],
                linestyle=LINES[index],
                linewidth=1.2,
            )
        panel.axhline(0, color=GREY, linewidth=1)
        panel.set_title(theory, loc="center")
        panel.set_ylabel("redundancy $I_{sh} - I$")
    panels[-1].set(xlabel="session", xticks=[1, 5, 10, 15, 20])
    legend_below(figure, panels[0], 2)
    return figure


@styled
def rejected(table: pd.DataFrame) -> Figure:
    """Draw how often each test finds a trend in redundancy, in each world.

    Parameters
    ----------
    table : DataFrame
        From `studies.learning.tests`.
    """
    figure, (panel,) = new_figure(height=3.8)
    methods = list(study.METHODS)
    for place, (world, rows) in enumerate(table.groupby("world", sort=False)):
        share, low, high = np.array([rejections(rows[method]) for method in methods]).T
        panel.errorbar(
            share,
            np.arange(len(methods)) + 0.18 * (place - 1),
            xerr=np.maximum([share - low, high - share], 0),
            **THEORIES[world].mark,
            linestyle="none",
            label=world,
        )
    panel.axvline(study.SIGNIFICANT, color=GREY, linestyle=":")
    panel.set(
        xlabel=f"share of studies with p < {study.SIGNIFICANT:g}",
        yticks=range(len(methods)),
        yticklabels=methods,
        xlim=(-0.03, 1.03),
    )
    panel.invert_yaxis()
    legend_below(figure, panel, 3)
    return figure


@styled
def pairs(table: pd.DataFrame) -> Figure:
    """Draw the noise correlation of every pair against the product of their patterns.

    Parameters
    ----------
    table : DataFrame
        From `studies.learning.pairs`.
    """
    figure, panels = new_figure(2, 1, height=5.2, sharex=True)
    for index, (panel, (stage, rows)) in enumerate(
        zip(panels, table.groupby("stage", sort=False), strict=True)
    ):
        sns.scatterplot(
            rows,
            x="product",
            y="correlation",
            color=COLOURS[index],
            marker=MARKERS[index],
            s=10,
            linewidth=0,
            alpha=0.6,
            rasterized=True,
            ax=panel,
        )
        panel.axhline(rows["correlation"].mean(), color="black", linestyle="--", linewidth=1.5)
        panel.set_title(stage, loc="center")
        panel.set(ylabel="noise correlation", ylim=(-0.25, 0.25))
    panels[-1].set_xlabel("product of patterns $w_i w_j$")
    return figure
