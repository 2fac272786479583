"""The figure that moves: drawn here in one state, in all others by book/_static/explore.js.

The page carries the table of all states. Without JavaScript a reader sees the state drawn here,
and `corners`. Script and Python draw by the same rules, which the tests of the site compare.
"""

import json
import math
from collections.abc import Mapping
from html import escape

import pandas as pd

from neurocoord_book.tables import HTML, to_html

NUMBERS = {
    "total": ("information", "<i>I</i>"),
    "shuffled": ("one by one", "<i>I</i><sub>sh</sub>"),
    "redundancy": ("redundancy", "<i>I</i><sub>sh</sub> \N{MINUS SIGN} <i>I</i>"),
    "fraction": ("redundancy fraction", ""),
    "correlation": ("correlation of the pools", ""),
}
"""Columns that are shown as numbers, with two decimals: their names and symbols."""

BARS = ("total", "shuffled")
"""Those that are drawn as bars too, to one scale for each way to count spikes."""

DRAWN = ("variance_1", "covariance", "variance_2", "slope_1", "slope_2")
"""Columns that are drawn, with three decimals."""

CONTROLS = {"amount": "Amount learned", "engagement": "Engagement", "frame": "Frame in the trial"}
"""Columns that a slider sets."""

CHOICES = {"window": "Spikes counted", "signal": "Signal"}
"""Columns that radio buttons set."""

ORDER = ("signal", "window", *CONTROLS)
"""Columns whose product the table is, in order."""

SIGNAL_NAMES = ("near threshold", "strong")
WINDOW_NAMES = {"one frame": "this frame alone", "all so far": "mean so far"}

SENTENCE = (
    "Learned: {amount}. Engagement: {engagement}. Frame: {frame}. Signal: {signal}. "
    "Spikes counted: {window}. "
    "The population carries {total}, its neurons one by one {shuffled}; "
    "redundancy {redundancy}, redundancy fraction {fraction}; "
    "the pools correlate by {correlation}."
)
"""What a screen reader hears of a state."""

SIDE, MARGIN = 320, 34
"""Width and height of the drawing and its margin, about in pixels on a phone."""

SDS = 2
"""The ellipse lies at this many standard deviations."""


def level_words(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return what each level of signal, learning, engagement and time is called, in order."""
    levels = {name: table[name].unique() for name in ORDER}
    special = {("amount", 0): "nothing", ("amount", 1): "everything"}
    special |= {("engagement", 0): "none, passive viewing", ("engagement", 1): "full"}
    words = {
        name: [special.get((name, level), f"{level:.0%}") for level in levels[name]]
        for name in ("amount", "engagement")
    }
    words["frame"] = [f"{frame} of {max(levels['frame'])}" for frame in levels["frame"]]
    words["signal"] = [
        f"{name} (\N{PLUS-MINUS SIGN}{level:g})"
        for name, level in zip(SIGNAL_NAMES, levels["signal"], strict=True)
    ]
    words["window"] = [WINDOW_NAMES[window] for window in levels["window"]]
    return words


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that the page needs, as exactly as the page has them."""
    digits = dict.fromkeys(NUMBERS, 2) | dict.fromkeys(DRAWN, 3)
    return table[list(digits)].round(digits) + 0.0  # no negative zeros


def payload(table: pd.DataFrame) -> dict[str, object]:
    """Return what the script needs: names of the levels, and one row of numbers a state."""
    values = rounded(table)
    return {
        "order": ORDER,
        "choices": list(CHOICES),
        "words": level_words(table),
        "columns": list(values),
        "numbers": list(NUMBERS),
        "bars": list(BARS),
        "longest": [
            float(values[table["window"] == window][list(BARS)].to_numpy().max())
            for window in table["window"].unique()
        ],
        "sds": SDS,
        "sentence": SENTENCE,
        "rows": values.to_numpy().tolist(),
    }


def ellipse_matrix(state: Mapping[str, float]) -> str:
    """Return the transform that makes the unit circle the ellipse of the noise.

    With the Cholesky factor L of the covariance of the pools it is SDS times L.
    """
    a = math.sqrt(state["variance_1"])
    b = state["covariance"] / a
    d = math.sqrt(state["variance_2"] - b**2)
    return f"matrix({SDS * a:.4f} {SDS * b:.4f} 0 {SDS * d:.4f} 0 0)"


def arrow_head(state: Mapping[str, float]) -> str:
    """Return the transform that puts the head of the arrow at the end of the slope."""
    angle = math.degrees(math.atan2(state["slope_2"], state["slope_1"]))
    return f"translate({state['slope_1']:.3f} {state['slope_2']:.3f}) rotate({angle:.2f})"


def drawing(table: pd.DataFrame, state: Mapping[str, float], start: Mapping[str, float]) -> str:
    """Return the picture of one state as SVG, with the unlearned state behind it."""
    largest_sd = math.sqrt(table[["variance_1", "variance_2"]].to_numpy().max())
    reach = 1.12 * max(SDS * largest_sd, table[["slope_1", "slope_2"]].to_numpy().max())
    half, margin = SIDE / 2, MARGIN
    scale = (half - margin) / reach

    def shapes(which: str, of: Mapping[str, float]) -> str:
        return (
            f'<g class="explore-{which}">'
            f'<circle r="1" transform="{ellipse_matrix(of)}"/>'
            f'<line x2="{of["slope_1"]:.3f}" y2="{of["slope_2"]:.3f}"/>'
            f'<path d="M.12 0L-.5 .26V-.26Z" transform="{arrow_head(of)}"/></g>'
        )

    ticks = ""
    for value in (-4, 0, 4):
        at, name = half + value * scale, f"{value}".replace("-", "\N{MINUS SIGN}")
        ticks += (
            f'<text x="{at:.1f}" y="{SIDE - margin + 14}" text-anchor="middle">{name}</text>'
            f'<text x="{margin - 5}" y="{SIDE - at + 4:.1f}" text-anchor="end">{name}</text>'
        )
    inner = SIDE - 2 * margin
    return (
        f'<svg viewBox="0 0 {SIDE} {SIDE}" role="img" aria-label="Plane of the two pools: '
        "an ellipse for their noise and an arrow for f\N{PRIME}, and in grey both before learning. "
        'The sentence under the numbers says the state.">'
        f'<rect class="explore-frame" x="{margin}" y="{margin}" width="{inner}" height="{inner}"/>'
        f'<g class="explore-axes"><path d="M{margin} {half}H{SIDE - margin}M{half} {margin}'
        f'V{SIDE - margin}"/></g>'
        f'<g transform="translate({half} {half}) scale({scale:.4f} {-scale:.4f})">'
        f"{shapes('now', state)}{shapes('before', start)}</g>"
        f'<g class="explore-text">{ticks}'
        f'<text x="{SIDE - margin}" y="{SIDE - 4}" text-anchor="end">pool 1, spikes a frame</text>'
        f'<text x="{margin}" y="{margin - 9}">pool 2, spikes a frame</text></g></svg>'
    )


def chosen(words: Mapping[str, list[str]], name: str) -> int:
    """Return which level is drawn here: the last, but the first of the signal."""
    return 0 if name == "signal" else len(words[name]) - 1


def sliders(words: Mapping[str, list[str]]) -> str:
    """Return the controls, hidden until the script shows them, at the state drawn here."""
    parts = ""
    for name, label in CONTROLS.items():
        last = len(words[name]) - 1
        parts += (
            f'<div><label for="explore-{name}">{label}</label>'
            f'<output for="explore-{name}" aria-live="off">{escape(words[name][last])}</output>'
            f'<input type="range" id="explore-{name}" min="0" max="{last}" step="1" value="{last}"'
            f' aria-valuetext="{escape(words[name][last])}" autocomplete="off"></div>'
        )
    for name, label in CHOICES.items():
        at = chosen(words, name)
        radios = "".join(
            f'<label><input type="radio" name="explore-{name}" value="{i}" autocomplete="off"'
            f"{' checked' if i == at else ''}> {escape(choice)}</label>"
            for i, choice in enumerate(words[name])
        )
        parts += f"<fieldset><legend>{label}</legend>{radios}</fieldset>"
    return f'<form class="explore-controls" hidden aria-label="State of the figure">{parts}</form>'


def numbers(state: Mapping[str, float], longest: float) -> str:
    """Return the numbers of one state, two of them with bars."""
    parts = ""
    for name, (label, symbol) in NUMBERS.items():
        bar = ""
        if name in BARS:
            bar = (
                f'<svg class="explore-bar" viewBox="0 0 100 6" preserveAspectRatio="none" '
                f'aria-hidden="true"><rect data-bar="{name}" height="6" '
                f'width="{100 * state[name] / longest:.2f}"/></svg>'
            )
        value = f'<span data-number="{name}">{state[name]:.2f}</span>'
        parts += f"<div><dt>{label} {symbol}</dt><dd>{value}{bar}</dd></div>"
    return f'<dl class="explore-numbers">{parts}</dl>'


def explore(table: pd.DataFrame) -> HTML:
    """Return the figure that moves.

    Parameters
    ----------
    table : DataFrame
        From `neurocoord_book.studies.explore.states`: every combination of its levels, in the
        order of their product.
    """
    data = payload(table)
    words = level_words(table)
    if len(table) != math.prod(map(len, words.values())):
        raise ValueError("table must have one row for each combination of levels")
    trained = table[table["signal"] == table["signal"].iloc[0]].iloc[-1]
    same = ["signal", "window", "engagement", "frame"]
    before = table.index[(table[same] == trained[same]).all(axis=1)][0]
    values = rounded(table)
    state, start = (values.loc[index].to_dict() for index in (trained.name, before))
    said = {name: words[name][chosen(words, name)] for name in ORDER}
    said |= {name: f"{state[name]:.2f}" for name in NUMBERS}
    packed = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    return HTML(
        f'<div class="explore" id="explore">{sliders(words)}'
        f'<div class="explore-picture">{drawing(table, state, start)}</div>'
        f"{numbers(state, data['longest'][-1])}"
        f'<p class="explore-sentence" role="status">{escape(SENTENCE.format(**said))}</p>'
        f'<script type="application/json" id="explore-data">{packed}</script></div>'
    )


def corners(table: pd.DataFrame) -> HTML:
    """Return the table of the four extreme states at the last frame, else as `explore`."""
    words = level_words(table)
    shown = {"frame": table["frame"].iloc[-1], "signal": table["signal"].iloc[0]}
    shown["window"] = table["window"].iloc[-1]
    last = table[(table[list(shown)] == pd.Series(shown)).all(axis=1)]
    extremes = last[
        last["amount"].isin([last["amount"].min(), last["amount"].max()])
        & last["engagement"].isin([last["engagement"].min(), last["engagement"].max()])
    ]
    rows = {}
    extremes = extremes[["amount", "engagement"]].join(rounded(extremes))
    for row in extremes.to_dict("records"):
        learned = words["amount"][0 if row["amount"] == last["amount"].min() else -1]
        passive = row["engagement"] == last["engagement"].min()
        name = f"learned {learned}, {'passive' if passive else 'engaged'}"
        rows[name] = {label: f"{row[column]:.2f}" for column, (label, _) in NUMBERS.items()}
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("state")
    caption = (
        f"Extreme states: frame {words['frame'][-1]}, signal {words['signal'][0]}, "
        f"spikes counted: {words['window'][-1]}"
    )
    return to_html(frame, caption)
