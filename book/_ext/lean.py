"""Lean pages: what no page uses is not sent, and nothing comes from elsewhere.

The theme sends 400 KB of style rules, most of them for parts that a book has not, and MathJax
comes as one file with a menu that nobody opens. This extension prunes the style sheets of rules
whose classes stand on no page and in no script, serves the parts of MathJax that typeset TeX,
leaves MathJax out of the pages without formulas, and shortens the drawings.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docutils import nodes
from scour import scour
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.fileutil import copy_asset

MATHJAX = (
    "startup.js",
    "core.js",
    "input/tex.js",
    "input/tex/extensions",
    "output/chtml.js",
    "output/chtml/fonts",
    "a11y/assistive-mml.js",
)
"""What typesets TeX, with hidden MathML for screen readers."""

MATHJAX_CONFIG = {
    "loader": {"load": ["core", "input/tex", "output/chtml", "a11y/assistive-mml"]},
}

SHEETS = ("pydata-sphinx-theme.css", "sphinx-design.min.css", "mystnb.*.css", "basic.css")
"""The style sheets worth pruning."""

MADE_BY_SCRIPTS = re.compile(r"copy")
"""Starts of the names of classes that scripts put together at run time."""

ICONS = re.compile(r"fa[brs]?$|fa-")
"""Font Awesome's classes: custom.css draws the few icons of the book without the font."""

BLOCK = re.compile(r"([^{}]+)\{((?:[^{}]|\{[^{}]*\})*)\}")
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")


def prune(css: str, used: set[str]) -> str:
    """Return a style sheet without the rules for classes that are not `used`."""

    def keep(selector: str) -> bool:
        plain = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", selector))
        return "\\" in plain or all(
            (name in used or MADE_BY_SCRIPTS.match(name)) and not ICONS.match(name)
            for name in CLASS.findall(plain)
        )

    def shorten(match: re.Match[str]) -> str:
        head, body = match.groups()
        statement, _, selectors = head.rpartition(";")
        statement += ";" if statement else ""
        selectors = selectors.strip()
        if selectors.startswith(("@media", "@supports")):
            body = BLOCK.sub(shorten, body)
        elif selectors.startswith("@font-face") and "Awesome" in body:
            return statement
        elif not selectors.startswith("@"):
            kept = [part for part in re.split(r",(?![^()]*\))", selectors) if keep(part)]
            selectors, body = ",".join(kept), body if kept else ""
        return f"{statement}{selectors}{{{body}}}" if body.strip() else statement

    return BLOCK.sub(shorten, re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))


SCOUR = scour.parse_args(
    [
        "--set-precision=4",  # a tenth of a point, and glyphs are drawn a hundred times larger
        "--enable-id-stripping",
        "--shorten-ids",
        "--enable-comment-stripping",
        "--remove-metadata",
        "--strip-xml-prolog",
        "--no-line-breaks",
    ]
)
"""How drawings are shortened."""


def shorten_svg(path: Path) -> None:
    """Shorten a drawing by Matplotlib, unless that was done before."""
    drawing = path.read_text(encoding="utf-8")
    if "<metadata>" in drawing:
        path.write_text(scour.scourString(drawing, SCOUR), encoding="utf-8")


def used_classes(site: Path) -> set[str]:
    """Return the classes on the pages of a site, and every word of its own scripts."""
    names: set[str] = set()
    for page in site.rglob("*.html"):
        for classes in re.findall(r'class="([^"]*)"', page.read_text(encoding="utf-8")):
            names.update(classes.split())
    for script in [*site.glob("_static/*.js"), *site.glob("_static/scripts/*.js")]:
        if script.name not in ("fontawesome.js", "bootstrap.js"):
            names.update(re.findall(r"[\w-]+", script.read_text(encoding="utf-8")))
    return names


def slim(app: Sphinx, exception: Exception | None) -> None:
    """Prune the style sheets of the finished site and add MathJax."""
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    used = used_classes(Path(app.outdir))
    for pattern in SHEETS:
        for sheet in static.rglob(pattern):
            sheet.write_text(prune(sheet.read_text(encoding="utf-8"), used), encoding="utf-8")
    for figure in Path(app.outdir, "_images").glob("*.svg"):
        shorten_svg(figure)
    spec = find_spec("sphinx-mathjax-offline")
    source = Path(spec.origin).parent / "static/mathjax"
    for part in MATHJAX:
        target = static / "mathjax" / part
        folder = target if (source / part).is_dir() else target.parent
        folder.mkdir(parents=True, exist_ok=True)
        copy_asset(source / part, folder)


def configure(app: Sphinx, config: Config) -> None:
    """Point Sphinx to the parts of MathJax."""
    config.mathjax_path = "mathjax/startup.js"
    config.mathjax3_config = MATHJAX_CONFIG


def drop_mathjax(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Leave MathJax out of a page without formulas."""
    if doctree is None or not any(doctree.findall(lambda n: isinstance(n, FORMULAS))):
        context["script_files"] = [
            script
            for script in context["script_files"]
            if "mathjax" not in (getattr(script, "filename", None) or "")
            and "window.MathJax" not in getattr(script, "attributes", {}).get("body", "")
        ]


def drop_launchers(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Offer Binder and Colab for notebooks only: neither opens an executed page in Markdown."""
    if doctree is None or not str(app.env.doc2path(page)).endswith(".ipynb"):
        buttons = context.get("header_buttons", [])
        buttons[:] = [button for button in buttons if button.get("label") != "launch-buttons"]


FORMULAS = (nodes.math, nodes.math_block)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("config-inited", configure)
    app.connect("html-page-context", drop_mathjax, priority=900)
    app.connect("html-page-context", drop_launchers, priority=900)
    app.connect("build-finished", slim, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
