"""What a reader sees, with scrollbars: formulas in their lines, type, focus, and paper."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from test_pages import settle

LONGEST_LINE = 79
"""Characters a line, in the mean over the full lines of a page."""


@pytest.fixture
def opened(address: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page at a width, with motion, as most readers have it."""
    contexts = []

    def open_page(path: str, width: int, height: int = 800, **options: str) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(address + path)
        settle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_scrollbars_take_width(opened: Callable[..., Page]) -> None:
    page = opened("notebooks/03-inference.html", 1280)
    assert page.evaluate("innerWidth - document.documentElement.clientWidth") >= 10


# ---- Formulas -------------------------------------------------------------------------------

SCROLLING = """selector => [...document.querySelectorAll(selector)]
    .flatMap(formula => [formula, ...formula.querySelectorAll("*")])
    .filter(part => ["auto", "scroll"].includes(getComputedStyle(part).overflowX)
        && (part.scrollWidth > part.clientWidth + 1 || part.offsetHeight > part.clientHeight + 4))
    .map(part => part.outerHTML.slice(0, 120))"""
TAB_STOPS = """() => [...document.querySelectorAll(
    ".bd-article span.math[tabindex], .bd-article span.math [tabindex]")]
    .filter(part => part.tabIndex >= 0).length"""


def test_formulas_in_a_line_neither_scroll_nor_stop_the_tab(
    page_path: str, opened: Callable[..., Page]
) -> None:
    page = opened(page_path, 1280)
    assert page.evaluate(SCROLLING, ".bd-article span.math") == []
    assert page.evaluate(TAB_STOPS) == 0


def test_on_a_phone_only_formulas_wider_than_their_line_scroll(
    page_path: str, opened: Callable[..., Page]
) -> None:
    page = opened(page_path, 375)
    assert page.evaluate(SCROLLING, ".bd-article span.math:not(.wide)") == []
    wide = page.evaluate(
        """() => [...document.querySelectorAll(".bd-article span.math.wide")].map(formula =>
            [formula.firstElementChild.offsetWidth, formula.tabIndex])"""
    )
    assert [entry for entry in wide if entry[0] < 200 or entry[1] != 0] == []
    assert page.evaluate(TAB_STOPS) == len(wide)


NUMBERS_APART = """() => [...document.querySelectorAll(".bd-article div.math")]
    .filter(display => display.querySelector(".eqno") && display.querySelector("mjx-container")
        && display.getClientRects().length)
    .filter(display => {
        const number = display.querySelector(".eqno").getBoundingClientRect();
        const box = display.querySelector("mjx-container");
        const formula = box.getBoundingClientRect();
        const drawn = box.querySelector("mjx-math").getBoundingClientRect();
        const middle = rect => (rect.top + rect.bottom) / 2;
        return Math.abs(middle(number) - middle(formula)) > 8
            || number.left < Math.min(drawn.right, formula.right) - 1
            || number.right > display.getBoundingClientRect().right + 1;
    }).map(display => display.id)"""


@pytest.mark.parametrize("width", [1280, 375])
def test_a_number_stands_beside_its_equation(
    page_path: str, width: int, opened: Callable[..., Page]
) -> None:
    assert opened(page_path, width).evaluate(NUMBERS_APART) == []


# ---- Type -----------------------------------------------------------------------------------

LINES = """() => {
    const lengths = [];
    for (const paragraph of document.querySelectorAll(".bd-article section > p")) {
        if (paragraph.querySelector(".math, img") || !paragraph.getClientRects().length) continue;
        const lines = new Map();
        const texts = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const text = texts.currentNode;
            for (const match of text.data.matchAll(/\\S+\\s*/g)) {
                const range = document.createRange();
                range.setStart(text, match.index);
                range.setEnd(text, match.index + match[0].trimEnd().length);
                const line = Math.round(range.getBoundingClientRect().top / 12);
                lines.set(line, (lines.get(line) ?? 0) + match[0].replace(/\\s+/, " ").length);
            }
        }
        lengths.push(...[...lines.values()].slice(0, -1));
    }
    return lengths;
}"""


@pytest.mark.parametrize("width", [1280, 1920])
def test_type_is_17_px_and_lines_are_short(
    page_path: str, width: int, opened: Callable[..., Page]
) -> None:
    page = opened(page_path, width)
    sizes = page.eval_on_selector_all(
        ".bd-article section > p",
        "all => all.map(p => getComputedStyle(p).fontSize)",
    )
    assert set(sizes) <= {"17px"}
    lengths = page.evaluate(LINES)
    if len(lengths) >= 10:
        assert sum(lengths) / len(lengths) <= LONGEST_LINE
        assert max(lengths) <= LONGEST_LINE + 12


def test_no_shadows_interrupt_the_prose(page_path: str, opened: Callable[..., Page]) -> None:
    shadows = opened(page_path, 1280).eval_on_selector_all(
        ".bd-article *",
        """all => all.filter(part => getComputedStyle(part).boxShadow !== "none"
            && !part.closest(".copybtn, .sd-btn, button")).map(part => part.outerHTML.slice(0, 90))
        """,
    )
    assert shadows == []


# ---- Paper ----------------------------------------------------------------------------------


def test_paper_shows_what_was_folded_and_tables_and_numbers(
    page_path: str, opened: Callable[..., Page]
) -> None:
    page = opened(page_path, 718, color_scheme="dark")  # A4 without its margins
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    filters = page.eval_on_selector_all(
        ".bd-article img", "all => all.map(image => getComputedStyle(image).filter)"
    )
    assert set(filters) <= {"none"}
    empty = page.eval_on_selector_all(
        ".bd-article details > :not(summary)",
        """parts => parts.filter(part => getComputedStyle(part).animationName !== "none"
            || getComputedStyle(part).opacity !== "1" || part.offsetHeight < 10)
            .map(part => part.outerHTML.slice(0, 90))""",
    )
    assert empty == []
    displays = page.eval_on_selector_all(
        ".bd-article :is(table, thead, tr, td)",
        "all => all.map(part => part.tagName + ' ' + getComputedStyle(part).display)",
    )
    of_tables = {
        "TABLE table",
        "THEAD table-header-group",
        "TR table-row",
        "TD table-cell",
        "TD none",  # a column that says nothing, on the page of the execution times
    }
    assert set(displays) <= of_tables
    assert page.evaluate(NUMBERS_APART) == []
    titles = page.eval_on_selector_all(
        "h1", "all => all.filter(h => h.getClientRects().length).map(h => h.innerText)"
    )
    assert len(titles) <= 1
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    if page_path.startswith("notebooks/"):
        assert titles[0].startswith(f"{int(Path(page_path).name[:2])}.")


def test_a_printed_chapter_holds_its_folded_code(
    tmp_path: Path, opened: Callable[..., Page]
) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    page = opened("notebooks/03-inference.html", 1280)
    codes = page.eval_on_selector_all(
        ".bd-article details.hide pre", "all => all.map(code => code.textContent)"
    )
    assert codes
    page.pdf(path=tmp_path / "chapter.pdf", format="A4")
    paper = subprocess.run(
        ["pdftotext", tmp_path / "chapter.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    paper = "".join(paper.split())
    assert [code for code in codes if "".join(code.split())[:40] not in paper] == []


# ---- Keyboard -------------------------------------------------------------------------------

FOCUSED = """() => {
    const part = document.activeElement;
    const style = getComputedStyle(part);
    return {
        inside: !!part.closest(".bd-sidebar-primary, .bd-header-article"),
        name: part.ariaLabel || part.title || part.innerText.trim() || part.className,
        seen: style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2,
    };
}"""


def test_the_focus_is_seen_in_sidebar_and_top_bar(opened: Callable[..., Page]) -> None:
    page = opened("notebooks/03-inference.html", 1280)
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        state = page.evaluate(FOCUSED)
        if state["inside"]:
            reached.append(state)
    assert len(reached) >= 15
    assert [state["name"] for state in reached if not state["seen"]] == []


def test_the_button_of_the_theme_says_which_mode_is_on(opened: Callable[..., Page]) -> None:
    page = opened("notebooks/03-inference.html", 1280)
    button = page.locator(".theme-switch-button:visible").first
    words = {"auto": "as the system", "light": "light", "dark": "dark"}
    for _ in range(3):
        button.click()
        mode = page.evaluate("document.documentElement.dataset.mode")
        assert words[mode] in button.get_attribute("aria-label")
