"""The figures of chapter 1, *Measuring coordination*."""

import math

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from neurocoord_book.figures.style import (
    COLOURS,
    GREY,
    LINES,
    MARKERS,
    logarithmic,
    new_figure,
    styled,
)
from neurocoord_book.studies import coordination as study
from neurocoord_book.studies.recording import V1Statistics


def _noise_ellipse(panel: Axes, centre: np.ndarray, covariance: np.ndarray, index: int) -> None:
    """Draw the ellipse of one standard deviation around a mean response."""
    variances, axes = np.linalg.eigh(covariance)
    ellipse = Ellipse(
        tuple(centre),
        *(2 * np.sqrt(variances[::-1])),
        angle=math.degrees(math.atan2(*axes[::-1, -1])),
        facecolor=COLOURS[index],
        edgecolor=COLOURS[index],
        linestyle=LINES[index],
        linewidth=2,
        alpha=0.35,
    )
    panel.add_patch(ellipse)
    panel.plot(*centre, MARKERS[index], color=COLOURS[index])


@styled
def ellipses() -> Figure:
    """Draw two neurons' noise at two signals, for three directions of the slope."""
    figure, panels = new_figure(1, 3, height=2.3)
    covariance = study.pair_covariance(study.RHO)
    titles = ("across", "in between", "along")
    for panel, title, degrees in zip(panels, titles, study.ANGLES.values(), strict=True):
        slope = study.pair_slope(degrees)
        for index, signal in enumerate((-1, 1)):
            _noise_ellipse(panel, 1.1 * signal * slope, covariance, index)
        panel.annotate(
            "",
            1.1 * slope,
            -1.1 * slope,
            arrowprops={"arrowstyle": "->", "linewidth": 1.5, "color": "black"},
        )
        panel.set(xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), xticks=[], yticks=[], aspect="equal")
        panel.set_title(title, loc="center")
        panel.set_xlabel("neuron 1")
    panels[0].set_ylabel("neuron 2")
    return figure


@styled
def direction(table: pd.DataFrame) -> Figure:
    """Draw the redundancy fraction of two neurons by the direction of their slope.

    Parameters
    ----------
    table : DataFrame
        From `studies.coordination.two_neurons`.
    """
    figure, (panel,) = new_figure()
    for index, (rho, rows) in enumerate(table.groupby("rho")):
        panel.plot(
            rows["degrees"],
            rows["fraction"],
            color=COLOURS[index],
            linestyle=LINES[index],
            marker=MARKERS[index],
            markevery=30,
            label=rf"$\rho$ = {rho:g}",
        )
    panel.axhline(0, color=GREY, linewidth=1)
    panel.set(
        xlabel="direction of $f'$ (degrees)",
        ylabel="redundancy fraction",
        xticks=[-90, -45, 0, 45, 90],
    )
    panel.legend()
    return figure


@styled
def growth(table: pd.DataFrame) -> Figure:
    """Draw the information of growing populations under three kinds of noise.

    Parameters
    ----------
    table : DataFrame
        From `studies.coordination.growth`.
    """
    figure, (panel,) = new_figure(height=3.6)
    sns.lineplot(
        table,
        x="neurons",
        y="total",
        hue="noise",
        style="noise",
        markers=list(MARKERS[:3]),
        dashes=["", (4, 2), (3, 1, 1, 1)],
        palette=list(COLOURS[:3]),
        ax=panel,
    )
    panel.axhline(1 / study.DIFFERENTIAL, color=GREY, linestyle=":")
    panel.text(8, 1.12 / study.DIFFERENTIAL, r"bound $1/\epsilon$", color=GREY)
    panel.set(xlabel="neurons $N$", ylabel="information $I$")
    logarithmic(panel, x=table["neurons"].unique()[::2], y=(1, 10, 100))
    panel.legend(title=None)
    return figure


@styled
def two_redundancies(table: pd.DataFrame) -> Figure:
    """Draw redundancy against total correlation, for random slopes and the leading mode.

    Parameters
    ----------
    table : DataFrame
        From `studies.coordination.two_redundancies`.
    """
    figure, (panel,) = new_figure()
    sns.scatterplot(
        table[::-1],
        x="total_correlation",
        y="fraction",
        hue="slope",
        style="slope",
        hue_order=["leading mode", "random"],
        style_order=["leading mode", "random"],
        markers=list(MARKERS[:2]),
        palette=list(COLOURS[:2]),
        s=28,
        ax=panel,
    )
    panel.axhline(0, color=GREY, linewidth=1)
    panel.set(
        xlabel="total correlation (nats per neuron)",
        ylabel="redundancy fraction",
        ylim=(None, 1.35),
    )
    panel.legend(title="slope $f'$", loc="upper center", ncols=2)
    return figure


@styled
def bias(table: pd.DataFrame) -> Figure:
    """Draw naive and corrected estimates of simulated sessions by their number of trials.

    Parameters
    ----------
    table : DataFrame
        From `studies.coordination.bias`.
    """
    figure, (panel,) = new_figure(height=3.6)
    means = table.groupby(["estimator", "trials"]).agg(
        estimate=("estimate", "mean"), error=("estimate", "sem"), expected=("expected", "first")
    )
    for index, estimator in enumerate(("naive", "corrected")):
        rows = means.loc[estimator]
        panel.errorbar(
            rows.index,
            rows["estimate"],
            1.96 * rows["error"],
            fmt=MARKERS[index],
            color=COLOURS[index],
            capsize=3,
            label=f"{estimator}, simulated",
        )
        label = "naive, exact mean" if estimator == "naive" else "truth"
        panel.plot(rows.index, rows["expected"], LINES[index], color=COLOURS[index], label=label)
    panel.set(xlabel="trials at each signal $T$", ylabel="information $I$")
    logarithmic(panel, x=means.loc["naive"].index, y=(2, 5, 10, 20, 50))
    panel.legend()
    return figure


@styled
def spread(table: pd.DataFrame) -> Figure:
    """Draw the variance of the corrected estimate by the number of neurons.

    Parameters
    ----------
    table : DataFrame
        From `studies.coordination.spread`.
    """
    figure, (panel,) = new_figure()
    panel.errorbar(
        table["neurons"],
        table["simulated"],
        1.96 * table["error"],
        fmt=MARKERS[0],
        color=COLOURS[0],
        capsize=3,
        label="simulated",
    )
    panel.plot(table["neurons"], table["exact"], LINES[0], color=COLOURS[0], label="exact")
    panel.plot(
        table["neurons"],
        table["variant"],
        LINES[1],
        color=COLOURS[1],
        marker=MARKERS[1],
        label=r"variant, $\nu - N$",
    )
    panel.set(xlabel="neurons $N$", ylabel=r"variance of $\hat I$")
    logarithmic(panel, x=table["neurons"], y=(2, 5, 10, 20, 50, 100))
    panel.legend()
    return figure


@styled
def together(table: pd.DataFrame) -> Figure:
    """Draw the total against the shuffled estimate, one point for each simulated session.

    Parameters
    ----------
    table : DataFrame
        From `studies.coordination.together`.
    """
    figure, (panel,) = new_figure(height=3.6)
    sns.regplot(
        table.head(250),
        x="shuffled",
        y="total",
        ci=None,
        scatter_kws={"s": 16, "alpha": 0.6},
        line_kws={"color": COLOURS[1], "linestyle": LINES[1]},
        color=COLOURS[0],
        ax=panel,
    )
    panel.set(xlabel=r"shuffled estimate $\hat I_{sh}$", ylabel=r"total estimate $\hat I$")
    return figure


@styled
def trials_for(table: pd.DataFrame) -> Figure:
    """Draw how many trials a wanted precision needs, by the number of neurons.

    Parameters
    ----------
    table : DataFrame
        From `studies.coordination.trials_for`.
    """
    figure, (panel,) = new_figure(height=3.4)
    for index, (error, rows) in enumerate(table.groupby("error")):
        panel.plot(
            rows["neurons"],
            rows["trials"],
            color=COLOURS[index],
            linestyle=LINES[index],
            marker=MARKERS[index],
            label=f"{error:.0%}",
        )
    sizes = table["neurons"].unique()
    panel.plot(sizes, sizes / 2 + 2, ":", color=GREY, label="any")
    panel.set(xlabel="neurons $N$", ylabel="trials at each signal $T$")
    logarithmic(panel, x=sizes, y=(10, 100, 1000))
    panel.legend(
        ncols=4, loc="lower left", bbox_to_anchor=(0, 1), title="trials for a standard error of"
    )
    return figure


@styled
def recording(v1: V1Statistics) -> Figure:
    """Draw the noise correlations of the V1 recording, and the spectrum of their matrix.

    Parameters
    ----------
    v1 : V1Statistics
        From `studies.recording.v1_statistics`.
    """
    figure, (top, bottom) = new_figure(2, 1, height=5.2)
    bars, modes = v1.correlations, v1.spectrum
    top.bar(
        bars["left"],
        bars["pairs"],
        width=bars["right"] - bars["left"],
        align="edge",
        color=COLOURS[0],
        edgecolor="white",
        linewidth=0.5,
    )
    top.axvline(0, color=GREY, linewidth=1)
    top.set(xlabel="noise correlation", ylabel="pairs of neurons")
    bottom.plot(
        modes["rank"],
        modes["eigenvalue"],
        MARKERS[0],
        color=COLOURS[0],
        markersize=4,
        label="recording",
    )
    bottom.plot(
        modes["rank"], modes["shuffled"], LINES[1], color=COLOURS[1], label="shuffled trials"
    )
    bottom.set(xlabel="mode, largest first", ylabel="eigenvalue")
    logarithmic(bottom, y=(0.1, 1, 10))
    bottom.legend()
    return figure


@styled
def recording_redundancy(v1: V1Statistics) -> Figure:
    """Draw the redundancy that the V1 covariance would give to different slopes.

    Parameters
    ----------
    v1 : V1Statistics
        From `studies.recording.v1_statistics`.
    """
    figure, (panel,) = new_figure(height=3.8)
    order = ["leading mode", "all alike", "random"]
    sns.lineplot(
        v1.growth,
        x="neurons",
        y="fraction",
        hue="direction",
        style="direction",
        hue_order=order,
        style_order=order,
        markers=list(MARKERS[:3]),
        dashes=["", (4, 2), (3, 1, 1, 1)],
        palette=list(COLOURS[:3]),
        ax=panel,
    )
    last = v1.growth["neurons"].max()
    for row, colour in zip(v1.directions.itertuples(), COLOURS, strict=False):
        errors = [[row.fraction - row.low], [row.high - row.fraction]]
        panel.errorbar([last], [row.fraction], errors, ecolor=colour, capsize=4)
    panel.axhline(0, color=GREY, linewidth=1)
    panel.set(xlabel="neurons $N$", ylabel="redundancy fraction", ylim=(None, 1.5))
    panel.legend(title="slope $f'$", ncols=3, loc="upper center", columnspacing=1)
    return figure
