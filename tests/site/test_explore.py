"""The figure that moves: by keyboard, by its table, and without JavaScript."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from neurocoord_book.figures.explore import NUMBERS, SDS
from neurocoord_book.studies.explore import states

PAGE = "book/explore.html"
HEAVIEST = 400_000
"""Bytes of the page with all that it loads, not compressed."""


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def explore(address: str, browser: Browser, complaints: list[str]) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 375, "height": 800}, reduced_motion="reduce")
    page.on("console", lambda m: m.type in ("error", "warning") and complaints.append(m.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address + PAGE)
    yield page
    page.close()


def state_of(
    signal: float, amount: float, engagement: float, frame: int, window: str = "all so far"
) -> pd.Series:
    """Return one row of the table."""
    levels = {"signal": signal, "amount": amount, "engagement": engagement, "frame": frame}
    levels["window"] = window
    table = states()
    return table[(table[list(levels)] == list(levels.values())).all(axis=1)].iloc[0]


def check_shows(page: Page, state: pd.Series) -> None:
    """Check numbers, sentence, ellipse and arrow against the table."""
    for name in NUMBERS:
        expect(page.locator(f"[data-number={name}]")).to_have_text(f"{state[name]:.2f}")
        expect(page.locator(".explore-sentence")).to_contain_text(f"{state[name]:.2f}")
    transform = page.locator(".explore-now circle").get_attribute("transform")
    a, b, c, d, *_ = map(float, re.findall(r"-?[\d.]+", transform))
    root = np.array([[a, c], [b, d]]) / SDS
    covariance = [[state.variance_1, state.covariance], [state.covariance, state.variance_2]]
    np.testing.assert_allclose(root @ root.T, covariance, atol=2e-3)
    line = page.locator(".explore-now line")
    assert float(line.get_attribute("x2")) == pytest.approx(state.slope_1, abs=1e-3)
    assert float(line.get_attribute("y2")) == pytest.approx(state.slope_2, abs=1e-3)
    head = page.locator(".explore-now path").get_attribute("transform")
    assert head.startswith(f"translate({line.get_attribute('x2')} {line.get_attribute('y2')})")
    widths = [
        float(page.locator(f"[data-bar={name}]").get_attribute("width"))
        for name in ("total", "shuffled")
    ]
    assert widths[0] / widths[1] == pytest.approx(state.total / state.shuffled, rel=0.02)


def test_the_keyboard_moves_it_and_it_shows_the_table(explore: Page, complaints: list[str]) -> None:
    check_shows(explore, state_of(0.1, 1.0, 1.0, 10))
    explore.get_by_label("Amount learned").focus()
    explore.keyboard.press("Home")
    check_shows(explore, state_of(0.1, 0.0, 1.0, 10))
    explore.keyboard.press("ArrowRight")
    explore.keyboard.press("ArrowRight")
    check_shows(explore, state_of(0.1, 0.5, 1.0, 10))
    explore.keyboard.press("Tab")
    explore.keyboard.press("ArrowLeft")
    check_shows(explore, state_of(0.1, 0.5, 0.5, 10))
    explore.keyboard.press("Tab")
    explore.keyboard.press("Home")
    explore.keyboard.press("ArrowRight")
    check_shows(explore, state_of(0.1, 0.5, 0.5, 2))
    explore.keyboard.press("Tab")
    explore.keyboard.press("ArrowUp")
    check_shows(explore, state_of(0.1, 0.5, 0.5, 2, "one frame"))
    explore.keyboard.press("Tab")
    explore.keyboard.press("ArrowDown")
    check_shows(explore, state_of(0.5, 0.5, 0.5, 2, "one frame"))
    assert complaints == []


def test_sliders_say_their_state_in_words(explore: Page) -> None:
    slider = explore.get_by_label("Engagement")
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "none, passive viewing")
    expect(explore.locator("output[for=explore-engagement]")).to_have_text("none, passive viewing")
    expect(explore.locator(".explore-sentence")).to_contain_text("none, passive viewing")


def test_what_is_drawn_by_the_script_and_by_python_is_the_same(
    explore: Page, address: str, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + PAGE)
    parts = ".explore-picture :is(circle, line, path), .explore-numbers :is(span, rect)"
    static = [part.evaluate("e => e.outerHTML") for part in page.locator(parts).all()]
    moved = explore
    moved.get_by_label("Frame in the trial").press("Home")
    moved.get_by_label("Frame in the trial").press("End")
    assert [part.evaluate("e => e.outerHTML") for part in moved.locator(parts).all()] == static
    context.close()


def test_without_javascript_a_state_and_the_table_are_read(address: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 800})
    page = context.new_page()
    page.goto(address + PAGE)
    expect(page.locator("form.explore-controls")).not_to_be_visible()
    expect(page.locator(".explore-picture svg")).to_be_visible()
    check_shows(page, state_of(0.1, 1.0, 1.0, 10))
    table = page.locator("table", has_text="Extreme states")
    expect(table).to_be_visible()
    for amount, engagement in ((0, 0), (0, 1), (1, 0), (1, 1)):
        row = table.locator("tbody tr").nth(2 * amount + engagement)
        fraction = state_of(0.1, amount, engagement, 10).fraction
        expect(row.locator("[data-label='redundancy fraction']")).to_have_text(f"{fraction:.2f}")
    context.close()


def test_motion_ends_in_the_state_of_the_table(address: str, browser: Browser) -> None:
    page = browser.new_page(reduced_motion="no-preference")
    page.goto(address + PAGE)
    page.get_by_label("Amount learned").press("Home")
    wanted = f"{state_of(0.1, 0.0, 1.0, 10).slope_1:.3f}"
    expect(page.locator(".explore-now line")).to_have_attribute("x2", wanted)
    check_shows(page, state_of(0.1, 0.0, 1.0, 10))
    page.close()


def test_it_fits_a_phone_with_its_controls(explore: Page) -> None:
    explore.locator(".explore").scroll_into_view_if_needed()
    assert explore.evaluate("document.documentElement.scrollWidth") <= 375
    controls = explore.locator(".explore-controls").bounding_box()
    picture = explore.locator(".explore-picture").bounding_box()
    assert picture["y"] + picture["height"] - controls["y"] <= 667, "one moves, the other is seen"


def test_the_page_is_light(address: str, browser: Browser) -> None:
    page = browser.new_page()
    weights = []
    page.on("requestfinished", lambda r: weights.append(r.sizes()["responseBodySize"]))
    page.goto(address + PAGE, wait_until="networkidle")
    page.close()
    assert sum(weights) < HEAVIEST
