"""The claims of the book: what its pages computed is what is stored, and has the verdict expected.

A cell that settles a claim leaves a record in the metadata of its output. All records together are
the table `STORED`, which the package ships: so the page of claims and the command line show what
the chapters computed, and computing it twice is not needed. A build in which they differ fails.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
from nbformat import NotebookNode
from sphinx.errors import SphinxError

STORED = "src/neurocoord_book/data/claims.csv"
"""What every claim came to: page, claim, value, and the ends of its interval."""

NUMBERS = ["value", "low", "high"]

TOLERANCE = 2e-5
"""Largest difference to what is stored, as a part of the number; six digits are stored."""

NOTHING = 1e-9
"""Numbers below this are rounding errors, and differ from one processor to another."""


class ClaimError(SphinxError):
    """The claims that pages settled are not those of the book."""

    category = "The claims do not hold"


def records(pages: Mapping[str, NotebookNode]) -> Iterator[dict[str, object]]:
    """Yield the records in the outputs of pages, in the order of the pages and of their cells."""
    for name, notebook in pages.items():
        for cell in notebook.cells:
            for output in cell.get("outputs", ()):
                if "claim" in output.get("metadata", {}):
                    yield {"page": name, **output.metadata["claim"]}


def differences(stored: pd.DataFrame, settled: pd.DataFrame) -> Iterator[str]:
    """Yield what is wrong with the claims that were settled, a line each."""
    for name in settled.index[settled.index.duplicated()].unique():
        yield f"{name} is settled more than once"
    for name, row in settled[settled["verdict"] != settled["expected"]].iterrows():
        yield f"{name} is {row['verdict']}, and the text was written for {row['expected']}"
    for name in stored.index.difference(settled.index):
        yield f"{name} is stored, and no page settles it"
    for name, row in settled[~settled.index.duplicated()].iterrows():
        if name not in stored.index:
            yield f"{name} is not stored"
            continue
        for number in NUMBERS:
            old, new = stored.loc[name, number], row[number]
            if abs(old - new) > TOLERANCE * max(abs(old), abs(new)) + NOTHING:
                yield f"{name}: {number} stored {old:g}, computed {new:g}"


def check(root: Path, pages: Mapping[str, NotebookNode], build: Path) -> None:
    """Compare the claims that pages settled with those that are stored.

    Parameters
    ----------
    root : Path
        Folder of the book.
    pages : mapping of str to NotebookNode
        The executed pages.
    build : Path
        Where to leave what was settled.

    Raises
    ------
    ClaimError
        If they differ, or a verdict is not the one that the text was written for.
    """
    columns = ["page", "claim", *NUMBERS, "verdict", "expected"]
    settled = pd.DataFrame([*records(pages)], columns=columns)
    fresh = build / Path(STORED).name
    settled[columns[:-2]].to_csv(fresh, index=False, float_format="%.6g", lineterminator="\n")
    file = root / STORED
    if not file.exists():
        if len(settled):
            raise ClaimError(f"{STORED} is not there; what was computed is in {fresh}")
        return
    stored = pd.read_csv(file, index_col="claim")
    found = [*differences(stored, settled.set_index("claim"))]
    if found:
        raise ClaimError(
            "\n".join([*found, f"If this is right: cp {fresh.relative_to(root)} {STORED}"])
        )
