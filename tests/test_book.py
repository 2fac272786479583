"""The sources of the book keep the promises that the book makes about itself."""

import ast
import itertools
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pybtex.database import parse_file

from neurocoord_book import claims
from neurocoord_book.claims._registry import CHAPTERS

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
PROSE = sorted(ROOT.glob("book/*.md"))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

LONGEST_CELL = 12
LONGEST_FUNCTION = 10
SHORTEST_ALT = 60
CONVENTIONS = re.compile(r"97\.5%|(?i:exercise|section|equation) \d+\.\d+")
"""Decimals in captions that nothing computes: a level by convention, and references."""
SUFFIXES = ("", ".interval", ".verdict", ".words")

CODE_CELL = re.compile(
    r"^```\{code-cell\} python\n(?:---\n(.*?)^---\n|(?::[^\n]*\n)*)(.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
"""A code cell of a page: its options, if they stand between dashes, and its source."""
MOVES = ROOT / "book" / "explore.md"
"""The page whose figure is no image: it describes itself, and has tests of its own."""
PAGES_WITH_FIGURES = [*NOTEBOOKS, *(page for page in PROSE if page != MOVES)]

each_page = pytest.mark.parametrize("path", PAGES_WITH_FIGURES, ids=lambda path: path.stem)
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    """Return the cells of one kind, each with its source as one string."""
    if path.suffix == ".md":
        return [
            {"metadata": yaml.safe_load(options or "{}"), "source": source}
            for options, source in CODE_CELL.findall(path.read_text(encoding="utf-8"))
        ]
    notebook = json.loads(path.read_text(encoding="utf-8"))
    found = [cell for cell in notebook["cells"] if cell["cell_type"] == kind]
    return [{**cell, "source": "".join(cell["source"])} for cell in found]


def python_of(cell: dict[str, Any]) -> ast.Module:
    """Parse a cell without its magics, which are not Python."""
    return ast.parse(re.sub(r"^([ \t]*)[%!].*$", r"\1pass", cell["source"], flags=re.MULTILINE))


def figure_of(cell: dict[str, Any]) -> dict[str, Any] | None:
    """Return the figure that the metadata of a cell announce."""
    return cell["metadata"].get("mystnb", {}).get("figure")


def texts() -> Iterator[tuple[str, str]]:
    """Yield everything that readers read: (name, text)."""
    for path in PROSE:
        yield path.name, path.read_text(encoding="utf-8")
    for path in NOTEBOOKS:
        yield path.name, "\n\n".join(cell["source"] for cell in cells(path, "markdown"))
        yield (
            path.name,
            "\n".join(
                figure["caption"] for cell in cells(path, "code") if (figure := figure_of(cell))
            ),
        )


# ---- Notebooks -----------------------------------------------------------------------------


@each_notebook
def test_notebook_is_valid_and_stores_no_output(path: Path) -> None:
    import nbformat  # slow to import, and needed here alone

    nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))
    for cell in cells(path, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


def functions_of(path: Path) -> Iterator[ast.FunctionDef]:
    """Yield the functions that a page defines."""
    for cell in cells(path, "code"):
        yield from (n for n in ast.walk(python_of(cell)) if isinstance(n, ast.FunctionDef))


@pytest.mark.parametrize("path", [*NOTEBOOKS, *PROSE], ids=lambda path: path.stem)
def test_cells_are_short(path: Path) -> None:
    for cell in cells(path, "code"):
        lines = [line for line in cell["source"].splitlines() if line.strip()]
        assert len(lines) <= LONGEST_CELL, cell["source"]
        assert not [n for n in ast.walk(python_of(cell)) if isinstance(n, ast.ClassDef)]
    for function in functions_of(path):
        lines = function.end_lineno - function.lineno + 1
        assert lines <= LONGEST_FUNCTION, f"{function.name}: logic belongs into the package"


def test_no_function_is_defined_on_two_pages() -> None:
    names = [one.name for path in [*NOTEBOOKS, *PROSE] for one in functions_of(path)]
    assert [name for name, count in Counter(names).items() if count > 1] == []


def names_of_figures(path: Path) -> set[str]:
    """Return the names under which a notebook imports the figures of the package."""
    imports = (
        node
        for cell in cells(path, "code")
        for node in ast.walk(python_of(cell))
        if isinstance(node, ast.Import | ast.ImportFrom)
    )
    return {
        (alias.asname or alias.name).partition(".")[0]
        for node in imports
        for alias in node.names
        if "figures" in f"{getattr(node, 'module', '')}.{alias.name}".split(".")
        and alias.name != "style"
    }


def shows_figure(cell: dict[str, Any], names: set[str]) -> bool:
    """Whether the last line of a cell is a figure, or a call to the figures of the package."""
    body = python_of(cell).body
    if not body or not isinstance(body[-1], ast.Expr):
        return False
    if isinstance(body[-1].value, ast.Name) and body[-1].value.id.startswith("figure"):
        return True
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(body[-1]))


@each_page
def test_every_figure_has_caption_alternative_text_and_claims(path: Path) -> None:
    known = {claim.id for claim in claims.all_claims()}
    names = names_of_figures(path)
    for cell in cells(path, "code"):
        figure = figure_of(cell)
        if figure is None:
            assert not shows_figure(cell, names), f"a figure without metadata:\n{cell['source']}"
            continue
        assert figure["name"].startswith("fig-")
        assert figure["caption"].strip().endswith((".", "?"))
        alt = cell["metadata"]["mystnb"]["image"]["alt"]
        assert len(alt) >= SHORTEST_ALT, alt
        assert not re.search(r"\.(png|svg|jpe?g)\b", alt), alt
        assert alt.strip() != figure["caption"].strip()
        for text in (alt, figure["caption"]):
            assert not re.search(r"\d\.\d", CONVENTIONS.sub("", text)), (
                f"a number typed by hand: {text}"
            )
        backing = cell["metadata"].get("claims")
        assert backing, f"no claim asserts what {figure['name']} shows"
        assert set(backing) <= known


def test_names_and_alternative_texts_of_figures_are_unique() -> None:
    metadata = [
        cell["metadata"]["mystnb"]
        for path in PAGES_WITH_FIGURES
        for cell in cells(path, "code")
        if figure_of(cell)
    ]
    for texts_ in (
        [entry["figure"]["name"] for entry in metadata],
        [entry["image"]["alt"] for entry in metadata],
    ):
        assert [text for text, count in Counter(texts_).items() if count > 1] == []


# ---- Pages ---------------------------------------------------------------------------------


def entries(part: Any) -> Iterator[str]:
    """Yield the files that a part of the table of contents names."""
    if isinstance(part, list):
        yield from itertools.chain.from_iterable(map(entries, part))
    elif isinstance(part, dict):
        yield from (part[key] for key in ("root", "file") if key in part)
        yield from itertools.chain.from_iterable(map(entries, part.values()))


def test_table_of_contents_names_each_page_once() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    named = list(entries(toc))
    pages = [page.relative_to(ROOT).with_suffix("").as_posix() for page in [*PROSE, *NOTEBOOKS]]
    assert sorted(named) == sorted(pages)


def test_every_chapter_has_claims_and_every_claim_a_page() -> None:
    assert sorted(CHAPTERS) == [*(path.stem for path in NOTEBOOKS), "index"]


def test_cited_claims_are_claims() -> None:
    known = {claim.id + suffix for claim in claims.all_claims() for suffix in SUFFIXES}
    for name, text in texts():
        cited = re.findall(r"\{claim\}`([^`]+)`", text)
        assert set(cited) <= known, name
        assert "{glue:" not in text, name


def test_citations_are_in_the_bibliography() -> None:
    keys = set(parse_file(ROOT / "book/references.bib", "bibtex").entries)
    for name, text in texts():
        for cited in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text):
            assert {key.strip() for key in cited.split(",")} <= keys, f"{name} cites {cited}"


def test_every_entry_of_the_bibliography_is_cited_and_only_what_is_cited_is_printed() -> None:
    cited = {
        key.strip()
        for _, text in texts()
        for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text)
        for key in keys.split(",")
    }
    entries_ = parse_file(ROOT / "book/references.bib", "bibtex").entries
    assert sorted(set(entries_) - cited) == []
    page = (ROOT / "book/bibliography.md").read_text(encoding="utf-8")
    assert re.findall(r"```\{bibliography\}\n(.*?)```", page, re.DOTALL) == [":cited:\n"]


def test_bibliography_gives_identifiers() -> None:
    entries_ = parse_file(ROOT / "book/references.bib", "bibtex").entries
    for key, entry in entries_.items():
        doi = entry.fields.get("doi", "")
        assert re.fullmatch(r"10\.\d{4,9}/\S+", doi) or "note" in entry.fields, key
    dois = Counter(entry.fields.get("doi", key).lower() for key, entry in entries_.items())
    assert [doi for doi, count in dois.items() if count > 1] == []


def test_the_repository_has_one_address() -> None:
    address = CONFIG["repository"]["url"]
    name = address.rpartition("/")[2]
    files = [*PROSE, *NOTEBOOKS, *ROOT.glob("*.md"), *ROOT.glob("*.cff"), ROOT / "pyproject.toml"]
    for path in files:
        for found in re.findall(
            rf"https://github\.com/[\w.-]+/{name}\b", path.read_text(encoding="utf-8")
        ):
            assert found == address, path.name


def test_symbols_stand_once_and_their_names_are_those_of_the_code() -> None:
    page = (ROOT / "book" / "how-to.md").read_text(encoding="utf-8")
    table = page[page.index(":name: tab-notation") :].partition("\n:::")[0]
    rows = re.findall(r"^\* - (.*)\n  - (.*)\n  - (.*)$", table, re.MULTILINE)[1:]
    symbols = [symbol for cell, _, _ in rows for symbol in re.findall(r"\$([^$]+)\$", cell)]
    names = [name for _, cell, _ in rows for name in re.findall(r"`(\w+)`", cell)]
    assert len(symbols) == len(set(symbols)) == len(names) == len(set(names))
    code = "\n".join(p.read_text(encoding="utf-8") for p in ROOT.glob("src/neurocoord/**/*.py"))
    known = {name for name in names if re.search(rf"\b{name}\b", code)}
    assert known == set(names)


# ---- Environment ---------------------------------------------------------------------------


def sources() -> Iterator[Path]:
    """Yield the text files of the project, not what was installed or built."""
    made = {"_build", "node_modules"}
    hidden = {".ci", ".github", ".gitignore"}
    kinds = {".py", ".toml", ".yml", ".md", ".ipynb", ".json", ".lock", ".cff", ".bib", ""}
    for top in ROOT.iterdir():
        if top.name in hidden or not (top.name in made or top.name.startswith(".")):
            for path in [top, *top.rglob("*")]:
                if path.is_file() and path.suffix in kinds and "__pycache__" not in path.parts:
                    yield path


def test_sources_name_no_package_registry() -> None:
    owners = ("pypi", "pythonhosted", "npmjs", "anaconda")
    hosts = re.compile(rf"\b({'|'.join(owners)})\.(org|com)\b")
    for path in sources():
        assert not hosts.search(path.read_text(encoding="utf-8")), path


def test_page_of_claims_shows_each_chapter_in_order() -> None:
    page = (ROOT / "book" / "claims.md").read_text(encoding="utf-8")
    shown = re.findall(r'claims\.chapter_table\("([^"]+)"\)', page)
    assert shown == list(dict.fromkeys(claim.chapter for claim in claims.all_claims()))
