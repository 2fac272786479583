"""The built site: how long a build without changes takes, and what its pages weigh.

Run after `make book`. Times are given as ratios to starting Python and loading Jupyter Book
and Sphinx, weights as shares of the limit of a page. The weight of a page is what Chromium loads
to show it, without compression: the page itself, styles, scripts, fonts and all of its images.
"""

import functools
import http.server
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
LIMIT = 1_500_000
FLOOR = "import sys; sys.modules['rfc3987_syntax'] = None; import jupyter_book.sphinx"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server that does not print."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def seconds(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def weight(browser: Browser, address: str) -> int:
    """Bytes of all that a page loads; images that wait to be scrolled to are loaded too."""
    sizes = []
    with browser.new_context() as context:  # with an empty cache
        page = context.new_page()
        page.on("requestfinished", lambda r: sizes.append(r.sizes()["responseBodySize"]))
        page.goto(address, wait_until="networkidle")
        page.evaluate("[...document.images].forEach(image => { image.loading = 'eager'; })")
        page.wait_for_load_state("networkidle")
    return sum(sizes)


def main() -> None:
    if not (SITE / "index.html").exists():
        sys.exit("the site is not built: run `make book` first")
    floor = min(seconds(sys.executable, "-c", FLOOR) for _ in range(3))
    build = min(seconds("make", "book") for _ in range(3))
    print(
        f"{'build without changes':<42}{build:8.2f} s {build / floor:6.1f} x loading Jupyter Book"
    )
    handler = functools.partial(Quiet, directory=SITE)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium)
        for page in sorted(SITE.rglob("*.html")):
            if "_static" not in page.parts and "<body" in page.read_text(encoding="utf-8"):
                name = page.relative_to(SITE).as_posix()
                size = weight(browser, f"http://127.0.0.1:{server.server_port}/{name}")
                print(f"{name:<42}{size / 1000:8.0f} KB {size / LIMIT:5.0%} of the limit")
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
