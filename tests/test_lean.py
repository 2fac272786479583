"""Pruned pages keep every rule that they use."""

import re
from pathlib import Path

import pytest
from matplotlib.figure import Figure

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


def test_drawings_are_shortened_once_and_keep_their_parts(lean, tmp_path: Path) -> None:
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([0, 1, 2], [3, 1, 2], "o--", label="a line")
    path = tmp_path / "figure.svg"
    figure.savefig(path)
    before = path.read_text(encoding="utf-8")
    lean.shorten_svg(path)
    once = path.read_text(encoding="utf-8")
    assert len(once) < 0.7 * len(before)
    assert 'viewBox="0 0 216 144"' in once
    assert [once.count(f"<{part}") for part in ("use", "clipPath")] == [
        before.count(f"<{part}") for part in ("use", "clipPath")
    ]
    lean.shorten_svg(path)
    assert path.read_text(encoding="utf-8") == once
