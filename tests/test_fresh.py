"""Outputs follow the sources: a small book with a package of its own, built again and again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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

CELL = """
import pathlib
import littlepackage
log = pathlib.Path("executions.log")
with log.open("a") as file: file.write("once\\n")
littlepackage.ANSWER
"""

CODE = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Page"},
        {**CODE, "id": "code", "source": CELL},
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


class Book:
    """A book of one notebook, which shows what its package says and counts its executions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "src" / "littlepackage").mkdir(parents=True)
        (root / "_config.yml").write_text(CONFIG)
        (root / "_toc.yml").write_text("format: jb-book\nroot: page\n")
        (root / "requirements.lock").write_text("something==1.0\n")
        (root / "page.ipynb").write_text(json.dumps(NOTEBOOK))

    @property
    def package(self) -> Path:
        return self.root / "src" / "littlepackage" / "__init__.py"

    @property
    def executions(self) -> int:
        return len((self.root / "executions.log").read_text().splitlines())

    @property
    def caches(self) -> list[Path]:
        return sorted((self.root / "_build" / ".jupyter_cache").iterdir())

    def build(self) -> str:
        """Build the book in a fresh process, and return the page."""
        subprocess.run(
            [sys.executable, ROOT / "book" / "build.py", ".", "--quiet"],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.root / "src")},
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return (self.root / "_build" / "html" / "page.html").read_text()


def test_a_change_runs_again_a_revert_remembers_and_no_change_does_nothing(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.package.write_text('ANSWER = "the first answer"\n')
    assert "the first answer" in book.build()
    assert book.executions == 1

    assert "the first answer" in book.build()
    assert book.executions == 1, "nothing changed, yet the notebook ran"

    book.package.write_text('ANSWER = "the second answer"\n')
    page = book.build()
    assert "the second answer" in page
    assert "the first answer" not in page
    assert book.executions == 2

    book.package.write_text('ANSWER = "the first answer"\n')
    page = book.build()
    assert "the first answer" in page
    assert book.executions == 2, "the old outputs were forgotten"

    (book.root / "requirements.lock").write_text("something==2.0\n")
    book.build()
    assert book.executions == 3, "another environment, yet the outputs are old"


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    import fresh

    return fresh


def test_what_changes_the_name_of_the_outputs(tmp_path: Path, fresh) -> None:
    root = tmp_path / "book"
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "requirements.lock").write_text("a==1\n")
    before = fresh.state_of_sources(root)
    assert sys.version.split()[0] in before

    cache = root / "src" / "neurocoord" / "__pycache__"
    cache.mkdir()
    (cache / "x.pyc").write_bytes(b"compiled")
    (root / "README.md").write_text("prose")
    assert fresh.state_of_sources(root) == before

    module = root / "src" / "neurocoord" / "__init__.py"
    moved = module.rename(module.with_name("other.py"))
    assert fresh.state_of_sources(root) != before
    moved.rename(module)
    assert fresh.state_of_sources(root) == before

    data = root / "src" / "neurocoord" / "data" / "numbers.csv"
    data.parent.mkdir(exist_ok=True)
    data.write_text("1\n")
    assert fresh.state_of_sources(root) != before


def test_only_the_last_used_states_keep_their_outputs(tmp_path: Path, fresh) -> None:
    for number in range(fresh.KEEP + 3):
        folder = tmp_path / f"state-{number}"
        fresh.newest(folder)
        os.utime(folder, (number, number))
    fresh.newest(tmp_path / "state-4")
    fresh.newest(tmp_path / "state-new")
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {"state-4", "state-5", "state-6", "state-7", "state-new"}
