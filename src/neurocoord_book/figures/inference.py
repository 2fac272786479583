"""The figures of chapter 3, *The alternative: inference*."""

import pandas as pd
from matplotlib.figure import Figure

from neurocoord_book.figures.style import (
    GREY,
    LINES,
    MARKERS,
    THEORIES,
    legend_below,
    mean_line,
    new_figure,
    passive,
    series,
    styled,
)

INFERENCE = THEORIES["inference"]

PREDICTIONS = {
    "gain_ratio": "task-axis gain\n(of naive)",
    "single_ratio": "information of a\nneuron (of naive)",
    "total_ratio": "information of the\npopulation (of naive)",
    "fraction": "redundancy\nfraction",
}


@styled
def mirror(table: pd.DataFrame) -> Figure:
    """Draw what both theories predict for learning: four quantities by the amount learned.

    Parameters
    ----------
    table : DataFrame
        From `studies.inference.mirror`.
    """
    figure, panels = new_figure(2, 2, height=4.9, sharex=True)
    for index, (panel, (column, label)) in enumerate(zip(panels, PREDICTIONS.items(), strict=True)):
        series(panel, table, "amount", column, "theory", THEORIES, legend=index == 0)
        panel.axhline(0 if column == "fraction" else 1, color=GREY, linewidth=1)
        panel.set(ylabel=label, xlabel="amount learned" if index > 1 else None)
        if column != "fraction":
            panel.set_ylim(0, None)
    panels[0].get_legend().remove()
    legend_below(figure, panels[0], 2)
    return figure


@styled
def over_snr(table: pd.DataFrame) -> Figure:
    """Draw how learning changes the redundancy fraction, over the SNR, by theory.

    Parameters
    ----------
    table : DataFrame
        From `studies.inference.over_snr`.
    """
    figure, (panel,) = new_figure()
    change = table["trained_fraction"] - table["naive_fraction"]
    series(panel, table.assign(change=change), "snr", "change", "theory", THEORIES)
    panel.axhline(0, color=GREY, linewidth=1)
    panel.set(
        xscale="log",
        xlabel=r"SNR, $\tau^2 / \sigma^2$",
        ylabel="change of redundancy\nfraction by learning",
    )
    return figure


@styled
def agreement(table: pd.DataFrame) -> Figure:
    """Draw simulated moments beside exact ones, frame by frame.

    Parameters
    ----------
    table : DataFrame
        From `studies.inference.agreement`.
    """
    labels = {
        "gain": "gain along\nthe task axis",
        "variance": "variance along\nthe task axis",
        "stein": "Cov of evidence\nand belief",
    }
    figure, panels = new_figure(3, 1, height=6.0, sharex=True)
    means = table.groupby("frame").mean()
    for panel, (column, label) in zip(panels, labels.items(), strict=True):
        panel.plot(
            means.index,
            means[f"{column}_exact"],
            color=INFERENCE.color,
            label="exact",
        )
        panel.errorbar(
            means.index,
            means[column],
            yerr=1.96 * table.groupby("frame")[column].sem(),
            **INFERENCE.mark,
            linestyle="none",
            label="simulated",
        )
        panel.set(ylabel=label, ylim=(0, None))
    panels[-1].set_xlabel("frame")
    panels[0].legend(loc="lower right")
    return figure


@styled
def by_engagement(table: pd.DataFrame) -> Figure:
    """Draw redundancy and its fraction over learning, for several degrees of engagement.

    Parameters
    ----------
    table : DataFrame
        From `studies.inference.by_engagement`.
    """
    figure, panels = new_figure(2, 1, height=5.0, sharex=True)
    half = INFERENCE._replace(linestyle="-.", fill="bottom")
    degrees = {
        1.0: ("engaged, $c$ = 1", INFERENCE),
        0.5: ("half engaged, $c$ = 0.5", half),
        0.0: ("passive, $c$ = 0", passive("inference")),
    }
    for panel, (column, label) in zip(
        panels,
        {
            "redundancy": "redundancy\n(per squared signal)",
            "fraction": "redundancy fraction",
        }.items(),
        strict=True,
    ):
        for degree, (name, look) in degrees.items():
            mean_line(panel, table[table["engagement"] == degree], "amount", column, look, name)
        panel.set(ylabel=label, ylim=(0, None))
    panels[0].legend()
    panels[1].set_xlabel("amount learned")
    return figure


@styled
def neurons(table: pd.DataFrame) -> Figure:
    """Draw the information that each neuron of one population gains, over its relevance.

    Parameters
    ----------
    table : DataFrame
        From `studies.inference.neurons`; the first population is drawn.
    """
    figure, (panel,) = new_figure()
    first = table[table["population"] == 0]
    panel.plot(
        first["relevance"],
        first["gained"],
        **INFERENCE.mark,
        linestyle="none",
        alpha=0.7,
        markersize=5,
    )
    panel.set(
        xlabel="relevance of the neuron, $w_i^2$",
        ylabel="information gained\n(per squared signal)",
    )
    return figure


@styled
def within_trial(table: pd.DataFrame, summed: pd.DataFrame) -> Figure:
    """Draw redundancy through the trial in its three meanings, and for stronger signals.

    Parameters
    ----------
    table, summed : DataFrame
        From `studies.inference.by_frame` and `summed`.
    """
    figure, panels = new_figure(2, 1, height=5.6)
    names = {signal: rf"$\kappa$ = {signal:g}" for signal in table["signal"].unique()}
    looks = [INFERENCE._replace(marker=MARKERS[i], linestyle=LINES[i]) for i in range(3)]
    strengths = table.assign(signal=table["signal"].map(names))
    by_name = dict(zip(names.values(), looks, strict=False))
    series(panels[0], strengths, "frame", "redundancy", "signal", by_name)
    panels[0].set(ylabel="redundancy of one frame\n(per squared signal)", ylim=(0, None))
    near = table[table["signal"] == table["signal"].min()]
    both = pd.concat(
        [near.assign(counts="one frame"), summed.assign(counts="summed since frame 1")]
    )
    by_count = dict(zip(both["counts"].unique(), looks, strict=False))
    series(panels[1], both.reset_index(), "frame", "fraction", "counts", by_count)
    panels[1].set(ylabel="redundancy fraction\n(weakest signal)", xlabel="frame", ylim=(0, 1))
    return figure
