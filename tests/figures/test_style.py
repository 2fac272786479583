"""Colour is meaning: each theory has one look in every figure, and nothing else has a hue."""

import colorsys
from pathlib import Path

import matplotlib.colors
import pandas as pd
import pytest
from matplotlib.lines import Line2D

from neurocoord_book.figures import learning, mechanisms, pairs, signatures, story, style
from neurocoord_book.studies.pairs import PairStatistics

BOTH = ("inference", "efficient coding")
ROWS = {
    "amount": [0.0, 1.0],
    "snr": [1.0, 2.0],
    "session": [1, 2],
    "frame": [1, 2],
    "learned": [0.0, 1.0],
    "share": [0.5, 1.0],
    "product": [-0.1, 0.2],
    "se": 0.01,
    "engagement": 1.0,
    "strength": 0.1,
    "experiment": 0,
}
MEASURES = (
    "gain_ratio single_ratio total_ratio fraction naive_fraction trained_fraction total shuffled "
    "single differential correlation redundancy old-reader correct exact_fraction exact_correct"
)


def table(**columns):
    """Return two rows a theory, with every column that a figure may want."""
    measures = {name.replace("-", " "): [0.1, 0.2] for name in MEASURES.split()}
    return pd.concat(
        [pd.DataFrame(ROWS | measures | columns).assign(theory=theory) for theory in BOTH]
    )


def published(rows):
    bins = pd.DataFrame({"product": [0.1], "correlation": [0.1], "se": [0.1], "pairs": [5]})
    measured = PairStatistics("recording", {}, pd.DataFrame(), bins, None)
    return pairs.published_pairs(measured, rows, [("trained", "engaged")])


FIGURES = {
    "over_sessions": lambda: learning.over_sessions(table(), table()),
    "losses": lambda: signatures.losses(table()),
    "adaptation": lambda: signatures.adaptation(table()),
    "decision": lambda: signatures.decision(table(), table(), (0.1,)),
    "courses": lambda: mechanisms.courses(table()),
    "pairs": lambda: published(table(subject="trained", block="engaged")),
}
IN_PANELS = {
    "story": lambda: story.story(table(engagement="engaged")),
    "weeks": lambda: signatures.weeks(table()),
}


def hue_of(line):
    """Return the colour of a line, or of the bars of a line, as a code."""
    return matplotlib.colors.to_hex(matplotlib.colors.to_rgba_array(line.get_color())[0]).upper()


@pytest.mark.parametrize("name", FIGURES)
def test_a_theory_has_its_own_colour_in_every_figure(name):
    seen = {}
    for legend in FIGURES[name]().legends or [FIGURES[name]().axes[0].get_legend()]:
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True):
            seen[text.get_text().partition(",")[0]] = hue_of(handle)
    for theory in set(BOTH) & set(seen):
        assert seen[theory] == style.THEORIES[theory].color
    assert set(seen) & set(BOTH)


@pytest.mark.parametrize("name", IN_PANELS)
def test_what_is_told_by_line_and_fill_has_an_ink_legend(name):
    figure = IN_PANELS[name]()
    figure.canvas.draw()
    for line in figure.legends[0].findobj(Line2D):
        assert hue_of(line) == style.COLOURS[0]


@pytest.mark.parametrize("name", IN_PANELS)
def test_a_panel_of_one_theory_is_in_its_colour(name):
    for panel in IN_PANELS[name]().axes:
        if panel.get_title() in BOTH:
            hues = {hue_of(line) for line in panel.lines if line.get_marker() in ("o", "s")}
            allowed = style.THEORIES[panel.get_title()].color, style.LIGHTER[panel.get_title()]
            assert hues
            assert hues <= set(allowed)


def test_conditions_differ_by_line_and_fill():
    for theory in BOTH:
        engaged, passive = style.THEORIES[theory], style.passive(theory)
        assert engaged.marker == passive.marker
        assert engaged.linestyle != passive.linestyle
        assert engaged.mark["markerfacecolor"] != passive.mark["markerfacecolor"]


def contrast_with_white(code):
    r, g, b = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in matplotlib.colors.to_rgb(code)
    )
    return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)


def test_only_theories_have_a_hue_and_all_lines_are_seen():
    looks = [look.color for look in style.THEORIES.values()]
    for code in [*looks, *style.LIGHTER.values(), *style.COLOURS, style.NAIVE.color]:
        assert contrast_with_white(code) >= 3, code
    for code in (*style.COLOURS, style.GREY, style.NAIVE.color, style.RIVAL):
        _, lightness, _ = colorsys.rgb_to_hls(*matplotlib.colors.to_rgb(code))
        rgb = matplotlib.colors.to_rgb(code)
        assert max(rgb) - min(rgb) < 0.06, code
        assert lightness < 0.7
    assert len({style.THEORIES[name].color for name in (*BOTH, "local circuit")}) == 3


def test_series_that_are_no_theories_differ_by_more_than_colour():
    lengths = {len(style.COLOURS), len(style.MARKERS), len(style.LINES)}
    assert lengths == {len(set(style.COLOURS))} == {len(set(style.MARKERS))}
    assert len({str(line) for line in style.LINES}) == len(style.LINES)


def test_text_reads_on_a_phone():
    # At 375 px a figure is 343 px wide; no text may become smaller than 10 px.
    with matplotlib.rc_context():
        style.use()
        figure, (panel,) = style.new_figure()
    texts = [*panel.get_xticklabels(), *panel.get_yticklabels(), panel.xaxis.label, panel.title]
    scale = 343 / (figure.get_figwidth() * 72)
    assert min(text.get_fontsize() for text in texts) * scale >= 10


def test_the_pages_have_the_colours_of_the_figures():
    css = Path(__file__).parents[2].joinpath("book/_static/custom.css").read_text(encoding="utf-8")
    for name, look in {"inference": style.THEORIES["inference"], "naive": style.NAIVE}.items():
        assert f"--{name}: {look.color.lower()};" in css
