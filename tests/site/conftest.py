"""The built site, served on this machine, and a headless Chromium to open it in."""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing(what: str) -> None:
    """Skip the test on a reader's machine; fail it where everything has to be checked."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def is_page(path: Path) -> bool:
    """Tell a page from a template, a source, and the address that only leads to the front page."""
    inside = path.relative_to(SITE).parts[0]
    return inside not in ("_static", "_sources") and "<body" in path.read_text(encoding="utf-8")


def pages() -> list[str]:
    """Return every page of the built site."""
    return sorted(
        page.relative_to(SITE).as_posix() for page in filter(is_page, SITE.rglob("*.html"))
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page_path" in metafunc.fixturenames:
        metafunc.parametrize("page_path", pages() or [None], ids=str)


@pytest.fixture(scope="session")
def site() -> Path:
    if not (SITE / "index.html").exists():
        missing("the site is not built: run `make book` first")
    return SITE


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server that does not print."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        missing("axe-core is not installed: run `npm install --no-package-lock`")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        missing(f"no Chromium on this machine (looked for {', '.join(BROWSERS)})")
    with sync_playwright() as playwright:
        # Headless browsers hide scrollbars, and with them what scrollbars do to a page.
        chromium = playwright.chromium.launch(
            executable_path=path, ignore_default_args=["--hide-scrollbars"]
        )
        yield chromium
        chromium.close()
