"""Outputs follow the sources: a small book with packages of its own, built again and again."""

import asyncio
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import joblib
import pytest
from nbformat import v4

ROOT = Path(__file__).parents[1]

CONFIG = f"""
title: A small book
only_build_toc_files: true
execute: {{execute_notebooks: cache, raise_on_error: true}}
sphinx:
  local_extensions: {{fresh: {ROOT / "book/_ext"}}}
  config:
    html_theme: basic
    html_theme_options: {{}}
    extensions: [myst_nb, jupyter_book, sphinx_external_toc, fresh]
"""

LOGGED = """
with open("executions.log", "a") as log: log.write("{name}\\n")
"""

MODULE = """
import smalllibrary

def answer():
    return smalllibrary.SAID + ", {name}"
"""

ONE = """
import importlib

importlib.import_module("smallbook.one").answer()
"""

TWO = """from smallbook import two

two.answer()
"""

KERNEL = {"name": "python3", "display_name": "Python 3"}


def notebook(*cells: str):
    """A notebook of a title and some cells of code."""
    made = [v4.new_markdown_cell("# Page"), *map(v4.new_code_cell, cells)]
    for number, cell in enumerate(made):
        cell.id = f"cell-{number}"
    return v4.new_notebook(cells=made, metadata={"kernelspec": KERNEL})


class Book:
    """A book of two notebooks, each with a module of its own, and of a library that both use."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("_config.yml", CONFIG)
        self.write("_toc.yml", "format: jb-book\nroot: one\nchapters: [{file: two}]\n")
        self.write("requirements.lock", "something==1.0\n")
        self.write("src/smalllibrary/__init__.py", 'SAID = "the library"\n')
        self.write("src/smallbook/__init__.py", "")
        for name, cell in (("one", ONE), ("two", TWO)):
            self.write(f"src/smallbook/{name}.py", MODULE.format(name=name))
            self.page(name, LOGGED.format(name=name), cell)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def page(self, name: str, *cells: str) -> None:
        self.write(f"{name}.ipynb", json.dumps(notebook(*cells)))

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def build(self) -> subprocess.CompletedProcess:
        """Build the book in a fresh process."""
        return subprocess.run(
            [sys.executable, ROOT / "book" / "build.py", ".", "--quiet"],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.root / "src")},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def ran(self) -> list[str]:
        """Build the book, and return the pages that ran for it."""
        log = self.root / "executions.log"
        log.write_text("")
        built = self.build()
        assert built.returncode == 0, built.stdout + built.stderr
        assert built.stdout.splitlines()[-1] == "The book: _build/html/index.html"
        assert (self.root / "_build/html/index.html").is_file()
        pages = sorted(log.read_text().split())
        announced = f"Pages to run: {len(pages)}," in built.stdout
        assert announced == bool(pages)
        for number in range(1, len(pages) + 1):
            assert f"\n[{number}/{len(pages)}] " in built.stdout
        assert "IPKernelApp" not in built.stderr, "kernels that anybody can listen to"
        return pages

    def shows(self, page: str) -> str:
        return (self.root / f"_build/html/{page}.html").read_text()


def test_what_changed_runs_again_and_nothing_else(tmp_path: Path) -> None:
    book = Book(tmp_path)
    assert book.ran() == ["one", "two"]
    assert "the library, one" in book.shows("one")

    book.change("src/smallbook/one.py", ", one", ", another one")
    assert book.ran() == ["one"], "a module that is imported by name"
    assert "the library, another one" in book.shows("one")

    book.change("src/smalllibrary/__init__.py", "library", "new library")
    assert book.ran() == ["one", "two"]
    assert "the new library, another one" in book.shows("one")
    assert "the new library, two" in book.shows("two")

    book.change("src/smalllibrary/__init__.py", "new library", "library")
    assert book.ran() == [], "old outputs were forgotten"
    assert "the library, another one" in book.shows("one")


def test_damaged_outputs_are_made_again_and_a_failing_page_ends_the_build(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.page("two", "1 + 1", "raise ArithmeticError('two is wrong')")
    failed = book.build()
    assert failed.returncode != 0
    assert "A page does not run" in failed.stderr
    assert "raise ArithmeticError('two is wrong')" in failed.stderr
    assert "The book:" not in failed.stdout

    book.page("two", LOGGED.format(name="two"), "'two is ' + 'right'")
    database = tmp_path / "_build/.jupyter_cache/global.db"
    database.write_bytes(database.read_bytes()[:5000])
    assert book.ran() == ["one", "two"]
    assert "two is right" in book.shows("two")
    assert "the library, one" in book.shows("one")


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    import fresh

    return fresh


TREE = {
    "library/__init__.py": "",
    "library/core.py": "import numpy.random\n",
    "book/__init__.py": "",
    "book/one.py": "def late():\n    from library import core\n",
    "book/two.py": "from . import shared\n",
    "book/shared.py": "import library\n",
    "book/part/__init__.py": "from .deep import something\n",
    "book/part/deep.py": "from ..two import shared\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "requirements.lock").write_text("a==1\n")
    return tmp_path


def test_modules_are_followed_to_all_that_they_import(tree: Path, fresh) -> None:
    sources = fresh.Sources(tree)
    assert sources.closure([]) == set()
    assert sources.closure(["numpy.random", "library.no"]) == {"library"}
    assert sources.closure(["book.one"]) == {"book", "book.one", "library", "library.core"}
    assert sources.closure(["book.two"]) == {"book", "book.two", "book.shared", "library"}
    deep = {"book", "book.part", "book.part.deep", "book.two", "book.shared", "library"}
    assert sources.closure(["book.part"]) == deep
    assert sources.closure(["book.part.deep"]) == deep


def test_what_is_known_of_imports_is_not_read_again(tree: Path, fresh, monkeypatch) -> None:
    known = fresh.Sources(tree)
    (tree / "src/book/two.py").write_text("import library.core\n")
    read = []
    whole = fresh.imported
    monkeypatch.setattr(fresh, "imported", lambda *where: read.append(where) or whole(*where))
    again = fresh.Sources(tree, known.imports)
    assert tree / "src/book/two.py" in [path for path, _ in read]
    assert tree / "src/book/shared.py" not in [path for path, _ in read]
    assert again.closure(["book.two"]) == {"book", "book.two", "library", "library.core"}


def test_what_changes_the_name_of_the_outputs(tree: Path, fresh, monkeypatch) -> None:
    def state() -> str:
        return fresh.Sources(tree).state(["book.two"])

    before = state()
    (tree / "src/book/one.py").write_text("changed = True\n")
    (tree / "src/book/__pycache__").mkdir()
    (tree / "src/book/__pycache__/two.pyc").write_bytes(b"compiled")
    (tree / "src/some.egg-info").mkdir()
    (tree / "src/some.egg-info/PKG-INFO").write_text("made")
    (tree / "README.md").write_text("prose")
    assert state() == before

    shared = tree / "src/book/shared.py"
    moved = shared.rename(shared.with_name("other.py"))
    assert state() != before
    moved.rename(shared)
    assert state() == before

    for path, text in (
        (tree / "src/book/data.csv", "1\n"),
        (shared, "import library\n\n"),
        (tree / "requirements.lock", "a==2\n"),
    ):
        now = state()
        path.write_text(text)
        assert state() != now, path.name
    now = state()
    monkeypatch.setattr(platform, "python_version", lambda: "3.99.0")
    assert state() != now


def test_tables_go_with_the_state_of_the_modules_that_made_them(tree: Path, fresh) -> None:
    tables = tree / "tables"
    made = joblib.Memory(str(tables), verbose=0).cache(fresh.digest)
    made(("a",))
    assert (tables / "joblib" / "fresh").is_dir(), "joblib has another layout"

    def table(module: str) -> Path:
        return tables / "joblib" / "book" / module / "function" / "output.pkl"

    def compute() -> None:
        for module in ("one", "two"):
            table(module).parent.mkdir(parents=True, exist_ok=True)
            table(module).touch()

    memory = fresh.Memory()
    compute()
    memory.discard_tables(tables, fresh.Sources(tree))
    assert not table("one").exists(), "nobody knows which state made it"
    compute()
    memory.write(tree / "memory.json")
    memory = fresh.Memory.read(tree / "memory.json")
    memory.discard_tables(tables, fresh.Sources(tree))
    assert table("one").exists()
    assert table("two").exists()
    (tree / "src/library/core.py").write_text("CHANGED = True\n")
    memory.discard_tables(tables, fresh.Sources(tree))
    assert not table("one").exists()
    assert table("two").exists()
    (tree / "src/book/two.py").unlink()
    memory.discard_tables(tables, fresh.Sources(tree))
    assert not table("two").exists()


@pytest.mark.parametrize("text", ["", '{"modules": {"a"', "[]", '{"other": 1}'])
def test_a_memory_that_cannot_be_read_is_empty(tmp_path: Path, fresh, text: str) -> None:
    assert fresh.Memory.read(tmp_path / "none.json") == fresh.Memory()
    (tmp_path / "memory.json").write_text(text)
    assert fresh.Memory.read(tmp_path / "memory.json") == fresh.Memory()


def page(fresh, folder: Path, name: str, *cells: str, key: str = "key"):
    made = fresh.Page(name, folder / f"{name}.ipynb", notebook(*cells))
    made.mark(key)
    return made


@pytest.fixture
def outputs(tmp_path: Path, fresh) -> Iterator[Callable]:
    """Something that opens the outputs again at each call."""
    opened = []

    def open_again():
        opened.append(fresh.Outputs(tmp_path / "cache"))
        return opened[-1]

    yield open_again
    for each in opened:
        each._cache.db.dispose()


def test_outputs_are_those_of_a_code_and_a_key_for_the_last_few_keys(
    tmp_path: Path, fresh, outputs
) -> None:
    keys = [f"key-{number}" for number in range(fresh.KEEP + 2)]
    for key in keys:
        outputs().store(page(fresh, tmp_path, "one", "1", key=key), 1.0)
    outputs().store(page(fresh, tmp_path, "two", "2", key=keys[0]), 1.0)
    kept = [outputs().has(page(fresh, tmp_path, "one", "1", key=key)) for key in keys]
    assert kept == [False] * 2 + [True] * fresh.KEEP
    assert outputs().has(page(fresh, tmp_path, "two", "2", key=keys[0]))
    assert not outputs().has(page(fresh, tmp_path, "two", "3", key=keys[0]))
    assert len([*(tmp_path / "cache" / "executed").iterdir()]) == fresh.KEEP + 1


@pytest.mark.parametrize(
    ("file", "size", "words", "left"),
    [
        ("global.db", 0, "all pages run again", []),
        ("global.db", 5000, "all pages run again", []),
        ("global.db", -1000, "all pages run again", []),
        ("global.db", None, "", []),
        ("one/base.ipynb", 100, "one.ipynb are damaged", ["two"]),
        ("one/base.ipynb", None, "one.ipynb are damaged", ["two"]),
        ("one/base.sha256", None, "one.ipynb are damaged", ["two"]),
    ],
)
def test_damaged_outputs_are_thrown_away(
    tmp_path: Path, fresh, outputs, capsys, file: str, size: int | None, words: str, left: list
) -> None:
    pages = {name: page(fresh, tmp_path, name, f"'{name}'") for name in ("one", "two")}
    first = outputs()
    for each in pages.values():
        first.store(each, 1.0)
    first._cache.db.dispose()
    assert capsys.readouterr().out == ""

    folder = first._path(first._cache.match_cache_notebook(pages["one"].notebook)).parent
    first._cache.db.dispose()
    path = folder.parents[1] / file if "/" not in file else folder / file.partition("/")[2]
    if size is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:size])
    again = outputs()
    assert [name for name, each in pages.items() if again.has(each)] == left
    said = capsys.readouterr().out
    assert words in said
    assert len(said.splitlines()) == bool(words)

    again.store(pages["one"], 1.0)
    assert outputs().has(pages["one"])
    assert capsys.readouterr().out == ""


def test_the_longest_page_runs_first_and_a_new_one_before_it(tmp_path: Path, fresh) -> None:
    pages = {}
    for name, size in (("a.ipynb", 10), ("b.ipynb", 30), ("c.ipynb", 20), ("d.md", 90)):
        (tmp_path / name).write_text("x" * size)
        pages[name[0]] = fresh.Page(name[0], tmp_path / name, notebook())

    def order(seconds: dict[str, float]) -> str:
        return "".join(each.name for each in fresh.by_length([*pages.values()], seconds))

    assert order({}) == "bcad"
    assert order({"a": 2.0, "b": 1.0, "c": 3.0, "d": 9.0}) == "cabd"
    assert order({"a": 2.0, "b": 1.0, "d": 9.0}) == "cabd"


def test_as_many_pages_run_at_a_time_as_there_are_cores(
    fresh, tmp_path: Path, monkeypatch, capsys
) -> None:
    running, most, kept = set(), [], []

    async def run(self, **options):
        running.add(self.name)
        most.append(len(running))
        await asyncio.sleep(0.01)
        running.remove(self.name)
        return 12.4, []

    monkeypatch.setattr(fresh.Page, "run", run)
    monkeypatch.setattr(joblib, "cpu_count", lambda: 3)
    pages = [fresh.Page(f"notebooks/0{n}", tmp_path, notebook()) for n in range(7)]
    asyncio.run(fresh.run_side_by_side(pages, lambda page, *_: kept.append(page.name), {}))
    assert max(most) == 3
    assert sorted(kept) == [page.name for page in pages]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Pages to run: 7, 3 at a time"
    assert lines[1:] == [f"[{n + 1}/7] {name} ... 12 s" for n, name in enumerate(kept)]


def test_the_key_is_written_into_the_text_and_lines_keep_their_numbers(fresh) -> None:
    text = "---\nkernelspec:\n  name: python3\n  display_name: Python 3\nlast: 1\n---\n\n# Title\n"
    marked = fresh.mark(text, ".md", "some-key")
    assert marked.splitlines()[1] == "kernelspec: " + json.dumps(KERNEL | {"key": "some-key"})
    assert marked.splitlines()[4:] == text.splitlines()[4:]
    assert fresh.mark("# Only prose\n", ".md", "some-key") == "# Only prose\n"

    made = page(fresh, Path(), "one", "1")
    text = json.dumps(notebook("1"))
    assert json.loads(fresh.mark(text, ".ipynb", "key")) == json.loads(json.dumps(made.notebook))
