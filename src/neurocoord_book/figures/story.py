"""The figure of the front page: the whole story, by session, theory and engagement."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurocoord_book.figures.style import (
    GREY,
    THEORIES,
    Look,
    legend_below,
    new_figure,
    passive,
    styled,
)
from neurocoord_book.studies.story import ENGAGEMENT

NAMES = ("engaged in the task", "passive viewing")
"""What the legend calls the two kinds of block."""


@styled
def story(table: pd.DataFrame) -> Figure:
    """Draw skill above and redundancy below, over sessions, one column a theory.

    Parameters
    ----------
    table : DataFrame
        From `studies.story.story`.
    """
    figure, panels = new_figure(2, 2, height=5.2, sharex=True)
    for column, (theory, rows) in enumerate(table.groupby("theory", sort=False)):
        skill, sharing = panels[column], panels[column + 2]
        skill.axhline(0.5, color=GREY, linestyle=":", linewidth=1)
        sharing.axhline(0, color=GREY, linestyle=":", linewidth=1)
        looks = (THEORIES[theory], passive(theory))
        for index, (engagement, look) in enumerate(zip(ENGAGEMENT, looks, strict=True)):
            own = rows[rows["engagement"] == engagement]
            _over_sessions(sharing, own, "fraction", index, look)
            if engagement == "engaged":
                _over_sessions(skill, own, "correct", index, look)
        skill.set_title(theory, loc="center")
        skill.set_ylim(0.45, 1)
        sharing.set(ylim=(-0.3, 0.85), xlabel="session", xticks=[1, 5, 10, 15, 20])
    panels[0].set_ylabel("share of right choices")
    panels[2].set_ylabel("redundancy fraction")
    for right in panels[1::2]:
        right.tick_params(labelleft=False)
    legend_below(figure, panels[2], 2, ink=True)
    return figure


def _over_sessions(panel: Axes, table: pd.DataFrame, measure: str, index: int, look: Look) -> None:
    """Draw the central 95% of what studies measure as a band, and the exact mean as a line."""
    sessions = table.groupby("session")
    low, high = sessions[measure].quantile(0.025), sessions[measure].quantile(0.975)
    panel.fill_between(low.index, low, high, color=look.color, alpha=0.2, linewidth=0)
    exact = sessions[f"exact_{measure}"].mean()
    panel.plot(
        exact.index,
        exact,
        **look.line,
        markersize=5,
        # Every other session, in turn, so that lines that coincide show both series.
        markevery=(index, 2),
        label=NAMES[index],
    )
