"""The schematic of chapter 4, *Inference by sampling*."""

from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

from neurocoord_book.figures.style import COLOURS, LINES, new_figure, styled

NODES = {
    r"$\phi$": (1.1, 4.75, "task", "which axis?"),
    "z": (1.1, 3.7, "category", r"$z = +1$ or $-1$: the choice"),
    r"$\omega$": (1.1, 2.65, "bits", "which orientations to expect"),
    "x": (1.1, 1.45, "units", "the neurons"),
    "y": (1.1, 0.3, "image", "pixels"),
    r"$\chi$": (0.0, 0.95, "", ""),
}
"""Variables of the model from top to bottom: place, name, and what they say."""

EDGES = ((r"$\phi$", "z"), ("z", r"$\omega$"), (r"$\omega$", "x"), ("x", "y"), (r"$\chi$", "y"))


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
