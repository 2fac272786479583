"""Every page, on a desktop and on a phone, light and dark, in a real browser."""

from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

WIDTHS = (1280, 375)
THEMES = ("light", "dark")
HEAVIEST = 1_500_000
"""Bytes of a page with all that it loads, not compressed."""


@dataclass
class Traffic:
    """What a page asked for, and what it complained about."""

    address: str
    weight: int = 0
    elsewhere: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def note_request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:", "about:")):
            self.elsewhere.append(request.url)

    def note_end(self, request: Request) -> None:
        response = request.response()
        if response is not None and response.status >= 400:
            self.failed.append(f"{response.status} {request.url}")
        if request.url.startswith(self.address):
            self.weight += request.sizes()["responseBodySize"]

    def note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def watch(self, page: Page) -> None:
        page.on("request", self.note_request)
        page.on("requestfinished", self.note_end)
        page.on("requestfailed", lambda request: self.failed.append(request.url))
        page.on("console", self.note_message)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


def settle(page: Page) -> None:
    """Wait for images, formulas and fonts."""
    page.evaluate("[...document.images].forEach(image => { image.loading = 'eager'; })")
    page.evaluate("window.MathJax?.startup?.promise?.then(() => true)")
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_function("[...document.images].every(image => image.complete)")


def check_reading(page: Page, width: int) -> None:
    """Check what the eye meets: images, formulas, and nothing wider than the screen."""
    seen = page.evaluate("document.documentElement.clientWidth")
    assert seen <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= seen, "scrolls sideways"
    broken = "images => images.filter(i => i.naturalWidth === 0).map(i => i.src)"
    assert page.eval_on_selector_all("img", broken) == []
    formulas = page.locator(".bd-article .math").count()
    assert page.locator(".bd-article .math > mjx-container").count() >= formulas
    assert page.locator("mjx-merror, .math-error").count() == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_page(page_path: str, width: int, address: str, browser: Browser, axe: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=THEMES[0], reduced_motion="reduce"
    )
    page = context.new_page()
    traffic = Traffic(address)
    traffic.watch(page)
    page.goto(address + page_path)
    settle(page)
    check_reading(page, width)
    page.evaluate(
        "document.querySelectorAll('.bd-article details').forEach(d => { d.open = true })"
    )
    check_reading(page, width)
    page.evaluate(axe)
    violations = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.wait_for_function(f"document.documentElement.dataset.theme === '{theme}'")
        for rule in page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]:
            violations += [(theme, rule["id"], node["html"][:200]) for node in rule["nodes"]]
    context.close()

    assert violations == []
    assert not traffic.elsewhere, "requests beyond the site"
    assert not traffic.failed
    assert not traffic.complaints
    assert traffic.weight < HEAVIEST
