"""The command line: what it refuses, what it says, and that it loses nothing."""

import io
import os
import subprocess
import sys

import pytest

from neurocoord import __version__, _progress
from neurocoord._progress import progress
from neurocoord_book import claims, results
from neurocoord_book.__main__ import main
from neurocoord_book.claims._registry import CHAPTERS


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "neurocoord_book", *words],
        env=os.environ | environment,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["claims", "--chapter", "9"], CHAPTERS),
        (["claims", "--chapter", ""], CHAPTERS),
        (["results", "nope"], results.CAMPAIGNS),
        (["replay", "nope"], results.CAMPAIGNS),
    ],
)
def test_an_unknown_name_is_one_line_that_lists_the_known_ones(words, names, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(words)
    assert exit_.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith("python -m neurocoord_book: error: no ")
    assert repr(words[-1]) in line
    assert ", ".join(names) in line


@pytest.mark.parametrize(
    ("command", "names"),
    [("results", results.CAMPAIGNS), ("replay", results.CAMPAIGNS), ("claims", CHAPTERS)],
)
def test_help_lists_the_names(command, names, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "500")  # no line is broken within a name
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])
    assert exit_.value.code == 0
    words = capsys.readouterr().out.replace(",", " ").split()
    assert set(names) <= set(words)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["--jobs", "0"], "--jobs: must be a whole number of at least 1"),
        (["--jobs", "x"], "--jobs: must be a whole number of at least 1"),
        (["--seed", "-1"], "--seed: must be a whole number of at least 0"),
        (["--jobs", "2", "--all"], "--all: not allowed with argument --jobs"),
    ],
)
def test_an_impossible_choice_of_jobs_is_refused(words, wrong, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["replay", *words])
    assert exit_.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"python -m neurocoord_book replay: error: argument {wrong}"


def test_version(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--version"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out == f"neurocoord {__version__}\n"


def test_a_process_ends_with_the_status_and_without_a_traceback():
    done = run("results", "nope")
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1


def test_an_encoding_without_a_minus_sign_loses_no_result():
    done = run("claims", "--chapter", "02-efficient-coding", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0, done.stderr
    printed = done.stdout.decode("cp1252")
    assert r"\u2212" in printed
    assert all(claim.id in printed for claim in claims.claims_of("02-efficient-coding"))


class Clock:
    """Time that passes by three seconds a look."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 3
        return self.now


class Terminal(io.StringIO):
    """A standard error that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch, stream: io.StringIO, real: io.StringIO | None) -> str:
    """Return what is written to standard error while ten items pass."""
    monkeypatch.setattr(_progress, "time", Clock())
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(sys, "__stderr__", real)
    assert list(progress(range(10), 10, "jobs", every=10)) == list(range(10))
    return stream.getvalue()


def test_a_file_gets_a_line_of_progress_now_and_then(monkeypatch):
    stream = io.StringIO()
    # The clock starts at 3; the fourth look after a line is the first that is 10 seconds later.
    assert shown(monkeypatch, stream, stream) == "jobs: 4 of 10\njobs: 8 of 10\n"


def test_a_terminal_gets_a_bar(monkeypatch):
    stream = Terminal()
    assert "10/10" in shown(monkeypatch, stream, stream)


def test_a_notebook_shows_no_progress(monkeypatch):
    assert shown(monkeypatch, io.StringIO(), io.StringIO()) == ""
