"""The figures of chapter 2, *The standard model: efficient coding*."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from neurocoord_book.figures.style import (
    COLOURS,
    GREY,
    LINES,
    MARKERS,
    NAIVE,
    THEORIES,
    logarithmic,
    mean_line,
    new_figure,
    series,
    styled,
)


def _ellipse(panel: Axes, centre: float, xx: float, xy: float, index: int, **style: object) -> None:
    """Draw one standard deviation of two alike neurons around a mean on the diagonal."""
    along, across = math.sqrt(xx + xy), math.sqrt(xx - xy)
    panel.add_patch(
        Ellipse(
            (centre, centre),
            2 * along,
            2 * across,
            angle=45,
            edgecolor=COLOURS[index],
            linestyle=LINES[index],
            linewidth=2,
            **style,
        )
    )


@styled
def two_neurons(table: pd.DataFrame) -> Figure:
    """Draw what whitening does to two neurons: the ensemble, and what is left given the signal.

    Parameters
    ----------
    table : DataFrame
        From `studies.efficient.two_neurons`.
    """
    figure, panels = new_figure(1, 2, height=3.5)
    for panel, row in zip(panels, table.itertuples(), strict=True):
        _ellipse(panel, 0, row.ensemble_xx, row.ensemble_xy, 6, fill=False)
        for index, signal in enumerate((-1, 1)):
            _ellipse(
                panel,
                signal * row.slope,
                row.given_xx,
                row.given_xy,
                index,
                facecolor=COLOURS[index],
                alpha=0.4,
            )
            panel.plot(
                *(2 * [signal * row.slope]),
                MARKERS[index],
                color=COLOURS[index],
                label=f"$s$ = {signal:+d}",
            )
        panel.set(xlim=(-2.3, 2.3), ylim=(-2.3, 2.3), xticks=[], yticks=[], aspect="equal")
        panel.set_title(row.stage, loc="center")
        panel.set_xlabel("neuron 1")
    panels[0].set_ylabel("neuron 2")
    panels[0].plot([], [], color=COLOURS[6], linestyle=LINES[6], label="ensemble")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


@styled
def gains(table: pd.DataFrame) -> Figure:
    """Draw the optimal gain of a mode over its SNR, for several prices of power.

    Parameters
    ----------
    table : DataFrame
        From `studies.efficient.gains`.
    """
    figure, (panel,) = new_figure(height=3.4)
    for index, (price, rows) in enumerate(table.groupby("price")):
        panel.plot(
            rows["snr"],
            rows["gain"],
            color=COLOURS[index],
            linestyle=LINES[index],
            marker=MARKERS[index],
            markevery=(10 * index, 40),
            label=rf"$\lambda$ = {price:g}",
        )
    logarithmic(panel, x=(0.01, 0.1, 1, 10, 100, 1000))
    panel.set(
        xlabel=r"SNR of the mode, $c / s_e^2$",
        ylabel=r"optimal gain, $g\, s_e / s_r$",
        ylim=(0, None),
    )
    panel.legend(title="price of power")
    return figure


@styled
def learner(table: pd.DataFrame) -> Figure:
    """Draw how subjects learn the pattern, and what theory expects.

    Parameters
    ----------
    table : DataFrame
        From `studies.lateral.learner`.
    """
    figure, panels = new_figure(2, 1, height=4.6, sharex=True)
    for panel, name in zip(panels, ("learned", "error"), strict=True):
        for index, (column, label) in enumerate(
            ((name, "simulated"), (f"expected_{name}", "closed form"))
        ):
            mean_line(panel, table, "trial", column, index, label, band=index == 0, markevery=4)
    panels[0].set(ylabel="part of the\npattern learned", ylim=(0, None))
    panels[1].set(ylabel="squared error\n(of $|w|^2$)")
    logarithmic(panels[1], y=(0.03, 0.1, 0.3, 1))
    panels[0].legend(loc="lower right")
    return figure


@styled
def lateral_inhibition(table: pd.DataFrame) -> Figure:
    """Draw how lateral inhibition learns: what total correlation is left, and the task-axis gain.

    Parameters
    ----------
    table : DataFrame
        From `studies.lateral.lateral_inhibition`.
    """
    figure, panels = new_figure(2, 1, height=5.2, sharex=True)
    begin = table["step"].max() / 2
    for panel, name in zip(panels, ("left", "gain"), strict=True):
        for index, (column, label) in enumerate(
            ((name, "trial by trial"), (f"expected_{name}", "averaged rule"))
        ):
            mean_line(panel, table, "step", column, index, label, band=index == 0)
        panel.axvline(begin, color=GREY, linewidth=1)
    panels[0].plot(
        "step",
        "floor",
        data=table.groupby("step", as_index=False)["floor"].mean(),
        color=COLOURS[2],
        linestyle=LINES[3],
        label="left by fluctuations",
    )
    panels[0].text(begin, panels[0].get_ylim()[1] * 0.95, " task begins", va="top", color=GREY)
    panels[0].set(ylabel="total correlation\nof responses (nats)", ylim=(0, None))
    panels[0].legend()
    panels[1].set(ylabel="gain along the\ntask axis", xlabel="step of learning", ylim=(0, 1.05))
    return figure


@styled
def approach(table: pd.DataFrame) -> Figure:
    """Draw how two modes approach their rest, and the rate that the linear theory gives.

    Parameters
    ----------
    table : DataFrame
        From `studies.lateral.approach`.
    """
    figure, (panel,) = new_figure()
    for index, (name, rows) in enumerate(table.groupby("mode", sort=False)):
        panel.plot(
            rows["step"],
            rows["deviation"],
            color=COLOURS[index],
            marker=MARKERS[index],
            markevery=15,
            linestyle="none",
            label=f"{name} variance",
        )
        panel.plot(
            rows["step"],
            rows["predicted"],
            color=COLOURS[index],
            linestyle=LINES[index],
            label="predicted rate",
        )
    panel.set(yscale="log", xlabel="step of learning", ylabel="deviation from rest\n(of the first)")
    panel.legend()
    return figure


PREDICTIONS = {
    "gain_ratio": "task-axis gain\n(of naive)",
    "single_ratio": "information of a\nneuron (of naive)",
    "total_ratio": "information of the\npopulation (of naive)",
    "fraction": "redundancy\nfraction",
}


@styled
def learning(table: pd.DataFrame) -> Figure:
    """Draw what the efficient code predicts for learning: four quantities by the amount learned.

    Parameters
    ----------
    table : DataFrame
        From `studies.efficient.learning`.
    """
    figure, panels = new_figure(2, 2, height=4.6, sharex=True)
    for index, (panel, (column, label)) in enumerate(zip(panels, PREDICTIONS.items(), strict=True)):
        mean_line(panel, table, "amount", column, THEORIES["efficient coding"])
        panel.axhline(0 if column == "fraction" else 1, color=GREY, linewidth=1)
        panel.set(ylabel=label, xlabel="amount learned" if index > 1 else None)
        if column != "fraction":
            panel.set_ylim(0.35, 1.1)
    return figure


@styled
def phase_diagram(table: pd.DataFrame, boundary: pd.DataFrame) -> Figure:
    """Draw where the efficient code attenuates and where it amplifies the task axis.

    Parameters
    ----------
    table, boundary : DataFrame
        From `studies.efficient.phase_diagram` and `phase_boundary`.
    """
    figure, (panel,) = new_figure(height=3.9)
    grid = table.pivot_table(index="price", columns="snr", values="ratio", dropna=False)
    ratio = np.log2(np.clip(grid.to_numpy(), 0.25, 4))
    mesh = panel.pcolormesh(
        grid.columns,
        grid.index,
        ratio,
        cmap="PuOr",
        norm=TwoSlopeNorm(0, -1, 1),
        rasterized=True,
    )
    panel.plot(boundary["snr"], boundary["price"], color=COLOURS[6], linewidth=2.5)
    panel.annotate("amplified:\nredundancy rises", (0.024, 2e-4), va="bottom")
    panel.annotate("attenuated:\nredundancy falls", (1.7, 2e-4), va="bottom")
    panel.annotate("silent", (0.025, 0.2))
    logarithmic(panel, x=(0.1, 1, 10), y=(0.0001, 0.001, 0.01, 0.1))
    panel.set(
        xlim=(0.02, 50),
        xlabel=r"SNR, $\tau^2 / \sigma^2$",
        ylabel=r"price of power, $\lambda s_r^2$",
    )
    bar = figure.colorbar(mesh, ax=panel, location="top", extend="both", aspect=40)
    bar.set_ticks([-1, -0.5, 0, 0.5, 1], labels=["1/2", "0.71", "1", "1.41", "2"])
    bar.set_label("task-axis gain, trained over naive")
    return figure


@styled
def over_snr(table: pd.DataFrame) -> Figure:
    """Draw the redundancy fraction before and after learning, over the SNR.

    Parameters
    ----------
    table : DataFrame
        From `studies.efficient.over_snr`.
    """
    figure, (panel,) = new_figure()
    tidy = table.rename(columns={"naive_fraction": "naive", "trained_fraction": "trained"}).melt(
        "snr", ["naive", "trained"], var_name="subject", value_name="redundancy"
    )
    looks = {"naive": NAIVE._replace(marker="s"), "trained": THEORIES["efficient coding"]}
    series(panel, tidy, "snr", "redundancy", "subject", looks)
    panel.axhline(0, color=GREY, linewidth=1)
    logarithmic(panel, x=(0.1, 1, 10))
    panel.set(xlabel=r"SNR, $\tau^2 / \sigma^2$", ylabel="redundancy fraction")
    return figure
