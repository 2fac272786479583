"""The built site: how long a build without changes takes, and what its pages weigh.

Run after `make book`. Times are given as ratios to starting Python and loading Jupyter Book
and Sphinx, weights as shares of the limit of a page.
"""

import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
LIMIT = 1_500_000
FLOOR = "import sys; sys.modules['rfc3987_syntax'] = None; import jupyter_book.sphinx"


def seconds(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def weight(page: Path) -> int:
    """Bytes of a page and of the files that its HTML names; MathJax loads more by itself."""
    text = page.read_text(encoding="utf-8")
    links = re.findall(r'(?:src|<link[^>]*href)="([^"#]+)"', text)
    files = {(page.parent / unquote(urlsplit(link).path)).resolve() for link in links}
    if "mathjax/startup.js" in text:
        mathjax = SITE / "_static" / "mathjax"
        files |= {mathjax / name for name in ("core.js", "input/tex.js", "output/chtml.js")}
        files |= {*mathjax.glob("output/chtml/fonts/tex.js"), *mathjax.glob("a11y/*.js")}
    return page.stat().st_size + sum(file.stat().st_size for file in files if file.is_file())


def main() -> None:
    if not (SITE / "index.html").exists():
        sys.exit("the site is not built: run `make book` first")
    floor = min(seconds(sys.executable, "-c", FLOOR) for _ in range(3))
    build = min(seconds("make", "book") for _ in range(3))
    print(
        f"{'build without changes':<42}{build:8.2f} s {build / floor:6.1f} x loading Jupyter Book"
    )
    for page in sorted(SITE.rglob("*.html")):
        if "_static" not in page.parts and "<body" in page.read_text(encoding="utf-8"):
            size = weight(page)
            name = page.relative_to(SITE).as_posix()
            print(f"{name:<42}{size / 1000:8.0f} KB {size / LIMIT:5.0%} of the limit")


if __name__ == "__main__":
    main()
