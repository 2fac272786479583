"""Pruned pages keep every rule that they use."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

SHEET = """@charset "UTF-8";/* a comment with { and .used */
:root{--colour:red}
.used,.unused{color:red}.unused>.used{color:blue}
a.used:not(.unused):hover{color:green}
p{margin:0}
@media (min-width:10px){.unused{color:red}.used p,.w\\:x{color:red}}
@media print{.unused{color:red}}
.copybtn{color:red}
.fa-sun:before{content:"x"}
@font-face{font-family:Font Awesome\\ 6 Free;src:url(a.woff2)}
@font-face{font-family:Other;src:url(b.woff2)}
"""


@pytest.fixture
def lean(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    import lean

    return lean


def test_prune_keeps_what_is_used_and_nothing_else(lean) -> None:
    kept = re.sub(r"\s", "", lean.prune(SHEET, {"used", "fa-sun"}))
    assert kept == re.sub(
        r"\s",
        "",
        """@charset "UTF-8";:root{--colour:red}.used{color:red}
        a.used:not(.unused):hover{color:green}p{margin:0}
        @media (min-width:10px){.used p,.w\\:x{color:red}}
        .copybtn{color:red}
        @font-face{font-family:Other;src:url(b.woff2)}""",
    )


def test_pruning_twice_changes_nothing_more(lean) -> None:
    once = lean.prune(SHEET, {"used"})
    assert lean.prune(once, {"used"}) == once


def test_classes_come_from_pages_and_from_the_sites_own_scripts(lean, tmp_path: Path) -> None:
    scripts = tmp_path / "_static" / "scripts"
    scripts.mkdir(parents=True)
    (tmp_path / "page.html").write_text('<p class="one two-x">three</p>', encoding="utf-8")
    (scripts / "a.js").write_text("e.classList.add('four')", encoding="utf-8")
    (scripts / "bootstrap.js").write_text("'five'", encoding="utf-8")
    names = lean.used_classes(tmp_path)
    assert {"one", "two-x", "four"} <= names
    assert not {"three", "five"} & names


def test_drawings_lose_only_what_nobody_sees(lean) -> None:
    svg = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "x"
"y">
<svg><metadata>
 maker</metadata>
 <g id="text_1"><!-- label -->
  <defs><path id="DejaVuSans-13" d="M 1.26 -7.04
L 2e-05 10.0
z
" style="fill: #262626; stroke: none"/></defs>
  <g transform="translate(1.23456 7) scale(0.015625)">
   <use xlink:href="#DejaVuSans-13" transform="translate(63.625 0)"/>
   <use xlink:href="#DejaVuSans-13" x="1.23456" clip-path="url(#p1)"/></g></g>
</svg>"""
    once = lean.shorten_svg(svg)
    assert once == (
        '<svg><g><defs><path id="i0" d="M1.3 -7L2e-05 10z"'
        ' style="fill:#262626;stroke:none"/></defs>'
        '<g transform="translate(1.23456 7) scale(0.015625)"><use href="#i0" x="63.62"/>'
        '<use href="#i0" x="1.23" clip-path="url(#i1)"/></g></g></svg>'
    )
    assert lean.shorten_svg(once) == once
