"""What a reader can press works: menus, theme, sidebar, search, and the copying of code."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect


@pytest.fixture
def chapter(site, address: str, browser: Browser) -> Iterator[Page]:
    path = min(site.glob("notebooks/*.html")).relative_to(site).as_posix()
    page = browser.new_page(viewport={"width": 375, "height": 800}, reduced_motion="reduce")
    page.goto(address + path)
    yield page
    page.close()


def test_menus_open_and_close(chapter: Page) -> None:
    for button in chapter.locator("[data-bs-toggle=dropdown]").all():
        menu = button.locator("xpath=following-sibling::*[1]")
        expect(menu).not_to_be_visible()
        button.click()
        expect(menu).to_be_visible()
        expect(button).to_have_attribute("aria-expanded", "true")
        assert menu.evaluate("menu => menu.getBoundingClientRect().left >= 0"), "off the screen"
        chapter.keyboard.press("Escape")
        expect(menu).not_to_be_visible()
        button.click()
        chapter.mouse.click(20, 780)
        expect(menu).not_to_be_visible()


def test_launch_menu_offers_binder_and_colab(chapter: Page) -> None:
    chapter.locator(".dropdown-launch-buttons > button").click()
    for name in ("Binder", "Colab"):
        expect(chapter.locator(".dropdown-launch-buttons a", has_text=name)).to_be_visible()


def test_every_control_has_a_name_and_a_visible_mark(chapter: Page) -> None:
    for control in chapter.locator(".article-header-buttons button:visible").all():
        name = control.evaluate("e => e.ariaLabel || e.title || e.innerText")
        assert name.strip()
        mark = control.locator("i:visible, span[class*=fa]:visible").first.bounding_box()
        assert mark["width"] >= 12, name
        assert mark["height"] >= 12, name


def test_the_theme_can_be_chosen(chapter: Page) -> None:
    themes = set()
    for _ in range(3):
        chapter.locator(".theme-switch-button:visible").first.click()
        themes.add(chapter.evaluate("document.documentElement.dataset.mode"))
    assert themes == {"auto", "light", "dark"}


def test_the_sidebar_of_a_phone_lists_the_chapters(chapter: Page) -> None:
    link = chapter.locator(".bd-links a.current").first
    expect(link).not_to_be_visible()
    chapter.locator(".primary-toggle").click()
    expect(link).to_be_visible()


def test_the_search_finds_the_chapter(chapter: Page, address: str) -> None:
    word = chapter.title().partition(" \N{EM DASH} ")[0].split()[-1]
    chapter.goto(f"{address}search.html?q={word}")
    expect(chapter.locator("#search-results li a").first).to_be_visible()


def test_what_is_wide_can_be_reached_by_keyboard(chapter: Page) -> None:
    unreachable = chapter.evaluate(
        """() => [...document.querySelectorAll(".bd-article *")].filter(part => {
            const style = getComputedStyle(part);
            return part.scrollWidth > part.clientWidth + 1 && style.overflowX === "auto"
                && part.tabIndex < 0 && part.clientWidth > 0;
        }).map(part => part.outerHTML.slice(0, 200))"""
    )
    assert unreachable == []
