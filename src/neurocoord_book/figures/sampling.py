"""The figures of chapter 4, *Inference by sampling*."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

from neurocoord_book.figures.style import COLOURS, GREY, LINES, MARKERS, new_figure, styled
from neurocoord_book.studies import sampling as study
from neurocoord_book.studies import sampling_runs as runs
from neurocoord_book.studies.sampling import WatchedTrial

ORIENTATIONS = [0, 45, 90, 135, 180]

NODES = {
    "T": (1.1, 4.75, "task", "which axis?"),
    "O": (1.1, 3.7, "category", r"$s = +1$ or $-1$: the choice"),
    "g": (1.1, 2.65, "bits", "which orientations to expect"),
    "x": (1.1, 1.45, "units", "the neurons"),
    "y": (1.1, 0.3, "image", "pixels"),
    r"$\sigma$": (0.0, 0.95, "", ""),
}
"""Variables of the model from top to bottom: place, name, and what they say."""

EDGES = (("T", "O"), ("O", "g"), ("g", "x"), ("x", "y"), (r"$\sigma$", "y"))


@styled
def graph() -> Figure:
    """Draw the graph of the model, and which way expectation and evidence travel."""
    figure, (panel,) = new_figure(height=4.6)
    radius = 0.27
    for upper, lower in EDGES:
        ends = [NODES[name][:2] for name in (upper, lower)]
        panel.add_patch(
            FancyArrowPatch(
                *ends, arrowstyle="-|>", mutation_scale=16, shrinkA=24, shrinkB=24, color="black"
            )
        )
    for symbol, (x, y, name, meaning) in NODES.items():
        observed = symbol == "y"
        panel.add_patch(
            Circle((x, y), radius, facecolor="#D9D9D9" if observed else "white", edgecolor="black")
        )
        letter = symbol if symbol.startswith("$") else f"${symbol}$"
        panel.text(x, y, letter, ha="center", va="center", fontsize=14)
        panel.text(x + 0.42, y + 0.11, name, va="center", fontweight="bold")
        panel.text(x + 0.42, y - 0.17, meaning, va="center", fontsize=10)
    panel.text(0.0, 1.42, "contrast", ha="center", fontweight="bold")
    panel.text(1.22, 2.03, r"feedback $\delta$", va="center", color=COLOURS[1], fontsize=11)
    for place, index, label, down in ((4.75, 1, "expectation", True), (5.3, 0, "evidence", False)):
        ends = [(place, 4.75), (place, 0.3)]
        panel.add_patch(
            FancyArrowPatch(
                *(ends if down else ends[::-1]),
                arrowstyle="-|>",
                mutation_scale=18,
                linewidth=2,
                linestyle=LINES[1 if down else 0],
                color=COLOURS[index],
            )
        )
        panel.text(
            place - 0.18, 2.6, label, rotation=90, ha="center", va="center", color=COLOURS[index]
        )
    panel.set(xlim=(-0.35, 5.45), ylim=(-0.05, 5.1), aspect="equal")
    panel.axis("off")
    return figure


@styled
def watched(trial: WatchedTrial) -> Figure:
    """Draw one trial: its image, the samples of all units, and the belief.

    Parameters
    ----------
    trial : WatchedTrial
        From `studies.sampling.watched_trial`.
    """
    figure, (top, hidden, middle, spare, bottom, rest) = new_figure(3, 2, height=7.4)
    grid = middle.get_gridspec()
    for panel, other, row, letter in ((middle, spare, 1, "c"), (bottom, rest, 2, "d")):
        other.remove()
        panel.set_subplotspec(grid[row, :])
        panel.set_title(letter, loc="left", fontweight="bold")
    for panel, pixels, title in (
        (top, trial.image, "image $y$"),
        (hidden, trial.grating, "grating in it"),
    ):
        panel.imshow(pixels, cmap="gray", origin="lower", vmin=-3, vmax=3, rasterized=True)
        panel.set(xticks=[], yticks=[])
        panel.set_title(title, loc="center")
    step = trial.preferred[1] / 2
    extent = (0.5, len(trial.samples) + 0.5, -step, 180 - step)
    shown = middle.imshow(
        trial.samples.T,
        cmap="Greys",
        origin="lower",
        aspect="auto",
        extent=extent,
        vmax=np.quantile(trial.samples, 0.995),
        interpolation="nearest",
        rasterized=True,
    )
    figure.colorbar(shown, ax=middle, label="sample of $x_i$", pad=0.02)
    middle.set(ylabel=r"preferred $\theta_i$ (degrees)", yticks=ORIENTATIONS[:-1])
    middle.set_title("units", loc="center")
    count = np.arange(1, trial.belief.shape[1] + 1)
    for row, belief in enumerate(trial.belief):
        first = row == 0
        bottom.plot(
            count,
            belief,
            linestyle=LINES[0] if first else LINES[1],
            linewidth=2.5 if first else 1.2,
            color=COLOURS[0] if first else COLOURS[1],
            label={0: "this trial", 1: "trials without a signal"}.get(row),
        )
    bottom.axvline(trial.onset, color=GREY, linestyle=":")
    bottom.text(trial.onset + 1, -0.97, "belief accumulates", color=GREY, fontsize=10)
    bottom.set(xlabel="sample", ylabel="belief $b$", ylim=(-1.05, 1.05), xlim=extent[:2])
    bottom.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, fontsize=9)
    return figure


@styled
def matrices(pairs: pd.DataFrame) -> Figure:
    """Draw the noise correlations by the preferred orientations of the two units.

    Parameters
    ----------
    pairs : DataFrame
        The stored table ``pairs``.
    """
    figure, panels = new_figure(2, 2, height=5.4)
    bins = runs.ORIENTATION_BINS
    for panel, (task, feedback) in zip(
        panels,
        [(t, f) for f in (study.WITH, study.WITHOUT) for t in ("cardinal", "oblique")],
        strict=True,
    ):
        rows = pairs[pairs["condition"] == study.condition_name(task, feedback)]
        shown = panel.imshow(
            rows["value"].to_numpy().reshape(bins, bins),
            cmap="PuOr_r",
            vmin=-0.12,
            vmax=0.12,
            origin="lower",
            extent=(0, 180, 0, 180),
            interpolation="nearest",
            rasterized=True,
        )
        panel.set(xticks=ORIENTATIONS[::2], yticks=ORIENTATIONS[::2])
        panel.set_title(rf"{task}, $\delta$ = {feedback:g}", loc="right", fontsize=10.5)
    for panel in panels[2:]:
        panel.set_xlabel(r"preferred $\theta_i$ (deg)")
    for panel in panels[::2]:
        panel.set_ylabel(r"preferred $\theta_j$ (deg)")
    figure.colorbar(
        shown, ax=panels, label="noise correlation", location="bottom", shrink=0.7, aspect=30
    )
    return figure


@styled
def choice_probabilities(units: pd.DataFrame) -> Figure:
    """Draw the choice probability of each unit by its preferred orientation.

    Parameters
    ----------
    units : DataFrame
        The stored table ``units``.
    """
    figure, (panel,) = new_figure(height=3.5)
    shown = (
        ("cardinal", study.WITH, r"cardinal, $\delta$ = 0.08"),
        ("oblique", study.WITH, r"oblique, $\delta$ = 0.08"),
        ("cardinal", study.WITHOUT, r"cardinal, $\delta$ = 0"),
    )
    for index, (task, feedback, label) in enumerate(shown):
        rows = units[units["condition"] == study.condition_name(task, feedback)]
        angle = rows["quantity"].astype(float)
        panel.plot(
            angle,
            rows["value"],
            color=COLOURS[index],
            linestyle=LINES[index],
            marker=MARKERS[index],
            markevery=(4 * index, 16),
            label=label,
            linewidth=1.5,
        )
        panel.fill_between(angle, rows["low"], rows["high"], color=COLOURS[index], alpha=0.2, lw=0)
    panel.axhline(0.5, color=GREY, linewidth=1)
    panel.set(
        xlabel=r"preferred orientation $\theta_i$ (degrees)",
        ylabel="choice probability",
        xticks=ORIENTATIONS,
    )
    panel.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=9.5)
    return figure


def _information(panel: object, rows: pd.DataFrame, along: pd.Series) -> None:
    """Draw total and shuffled information with intervals."""
    for index, name in enumerate(("shuffled information", "total information")):
        chosen = rows["quantity"] == name
        values = rows[chosen]
        panel.errorbar(
            along[chosen],
            values["value"],
            [values["value"] - values["low"], values["high"] - values["value"]],
            color=COLOURS[index],
            linestyle=LINES[index],
            marker=MARKERS[index],
            capsize=3,
            label=("shuffled $I_{sh}$", "total $I$")[index],
        )
    panel.set(ylabel="information", ylim=(0, None))
    panel.legend(loc="upper left")


@styled
def strength(population: pd.DataFrame) -> Figure:
    """Draw information and correct choices by the strength of feedback.

    Parameters
    ----------
    population : DataFrame
        The stored table ``population``.
    """
    figure, (top, bottom) = new_figure(2, 1, height=5.4, sharex=True)
    rows = population[population["condition"] == "strength"]
    _information(top, rows, rows["feedback"])
    correct = rows[rows["quantity"] == "percent correct"]
    bottom.errorbar(
        correct["feedback"],
        correct["value"],
        [correct["value"] - correct["low"], correct["high"] - correct["value"]],
        color=COLOURS[2],
        linestyle=LINES[2],
        marker=MARKERS[2],
        capsize=3,
    )
    bottom.axhline(50, color=GREY, linewidth=1)
    bottom.set(xlabel=r"feedback strength $\delta$", ylabel="correct (percent)", ylim=(40, 100))
    return figure


@styled
def learning(population: pd.DataFrame) -> Figure:
    """Draw information and redundancy along the path of learning.

    Parameters
    ----------
    population : DataFrame
        The stored table ``population``.
    """
    figure, (top, bottom) = new_figure(2, 1, height=5.4, sharex=True)
    rows = population[population["condition"] == "learning"]
    progress = rows["feedback"] / study.WITH
    _information(top, rows, progress)
    chosen = rows["quantity"] == "redundancy fraction"
    fraction = rows[chosen]
    bottom.errorbar(
        progress[chosen],
        fraction["value"],
        [fraction["value"] - fraction["low"], fraction["high"] - fraction["value"]],
        color=COLOURS[2],
        linestyle=LINES[2],
        marker=MARKERS[2],
        capsize=3,
    )
    bottom.axhline(0, color=GREY, linewidth=1)
    bottom.set(xlabel="progress of learning", ylabel="redundancy fraction")
    return figure


@styled
def within_trial(time: pd.DataFrame) -> Figure:
    """Draw the correlations within time bins of pairs with the same and with opposite preferences.

    Parameters
    ----------
    time : DataFrame
        The stored table ``time``.
    """
    figure, (top, bottom) = new_figure(2, 1, height=5.6, sharex=True)
    width = 100 // runs.TIME_BINS
    centres = width * (np.arange(runs.TIME_BINS) + 0.5)
    shown = (
        (study.condition_name("cardinal", study.WITH), "feedback, belief accumulates"),
        ("no accumulation", "feedback, no accumulation"),
        (study.condition_name("cardinal", study.WITHOUT), "no feedback"),
    )
    for panel, kind in ((top, "same"), (bottom, "opposite")):
        for index, (condition, label) in enumerate(shown):
            rows = time[time["condition"] == condition].set_index("quantity")
            rows = rows.loc[[f"{kind} {bin_}" for bin_ in range(runs.TIME_BINS)]]
            panel.errorbar(
                centres,
                rows["value"],
                [rows["value"] - rows["low"], rows["high"] - rows["value"]],
                color=COLOURS[index],
                linestyle=LINES[index],
                marker=MARKERS[index],
                capsize=2,
                label=label,
            )
        panel.axhline(0, color=GREY, linewidth=1)
        panel.axvline(study.SamplingModel().onset, color=GREY, linestyle=":")
        panel.set_ylabel("noise correlation")
        panel.set_title(f"{kind} preference", loc="right", fontsize=10.5)
    top.legend(fontsize=9.5, loc="lower left", bbox_to_anchor=(0, 1.12))
    bottom.set_xlabel("sample in the trial")
    return figure


@styled
def turned(table: pd.DataFrame) -> Figure:
    """Draw the leading mode of the noise for a turned task, with the prediction.

    Parameters
    ----------
    table : DataFrame
        The ``modes`` of `studies.sampling.turned_task`.
    """
    figure, (panel,) = new_figure()
    panel.plot(
        table["preferred"], table["mode"], MARKERS[0], markersize=4, color=COLOURS[0], label="mode"
    )
    panel.plot(
        table["preferred"],
        table["predicted"],
        linestyle=LINES[1],
        color=COLOURS[1],
        label="pattern $w$ of the task",
    )
    panel.axhline(0, color=GREY, linewidth=1)
    panel.set(
        xlabel=r"preferred orientation $\theta_i$ (degrees)",
        ylabel="entry of the vector",
        xticks=ORIENTATIONS,
    )
    panel.legend()
    return figure
