"""The claims of the book: what its pages computed is what is stored, and has the verdict expected.

A cell that settles a claim leaves a record in the metadata of its output. All records together are
the table `STORED`, which the package ships: so the page of claims and the command line show what
the chapters computed, and computing it twice is not needed. A build in which they differ fails.

Prose cites a claim on any page: ``{claim}`it-rises` `` is its value, and ``it-rises.interval``,
``it-rises.words`` and ``it-rises.verdict`` are its interval and its verdict. Numbers lead to the
claim on the page of claims.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util.docutils import SphinxRole

STORED = "src/neurocoord_book/data/claims.csv"
"""What every claim came to: page, claim, value, and the ends of its interval."""

PAGE = "book/claims"
"""The page that shows all claims."""

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


def check(root: Path, pages: Mapping[str, NotebookNode], build: Path) -> dict[str, Any]:
    """Compare the claims that pages settled with those that are stored.

    Parameters
    ----------
    root : Path
        Folder of the book.
    pages : mapping of str to NotebookNode
        The executed pages.
    build : Path
        Where to leave what was settled.

    Returns
    -------
    dict
        The records by the name of the claim.

    Raises
    ------
    ClaimError
        If they differ, or a verdict is not the one that the text was written for.
    """
    columns = ["page", "claim", *NUMBERS, "verdict", "expected"]
    found = [*records(pages)]
    settled = pd.DataFrame(found, columns=columns)
    fresh = build / Path(STORED).name
    settled[columns[:-2]].to_csv(fresh, index=False, float_format="%.6g", lineterminator="\n")
    file = root / STORED
    if len(settled) and not file.exists():
        raise ClaimError(f"{STORED} is not there; what was computed is in {fresh}")
    if file.exists():
        stored = pd.read_csv(file, index_col="claim")
        wrong = [*differences(stored, settled.set_index("claim"))]
        if wrong:
            remedy = f"If this is right: cp {fresh.relative_to(root)} {STORED}"
            raise ClaimError("\n".join([*wrong, remedy]))
    return {record["claim"]: record for record in found}


class Claim(SphinxRole):
    """A number or a verdict of a claim, in a text."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return what the text says, as a link if it is a number."""
        name, dot, part = self.text.partition(".")
        record = getattr(self.env, "settled", {}).get(name)
        text = record and record["texts"].get(dot + part)
        cited = self.env.__dict__.setdefault("cited", {}).setdefault(self.env.docname, {})
        cited[name] = record if text else None
        if not text:
            return [], [self.inliner.reporter.error(f"no claim {self.text!r}", line=self.lineno)]
        if part not in ("", "interval"):
            return [nodes.inline(text, text)], []
        texts = record["texts"]
        title = f"{record['quantity']}: {texts['']} ({texts['.interval']}), {texts['.verdict']}"
        uri = f"{self.env.app.builder.get_relative_uri(self.env.docname, PAGE)}#claim-{name}"
        link = {"refuri": uri, "reftitle": title, "internal": True, "classes": ["claim"]}
        return [nodes.reference(text, text, **link)], []


def stale(env: BuildEnvironment) -> list[str]:
    """Return the pages that cite a claim which came to something else, or was not there."""
    cited: dict[str, dict[str, Any]] = getattr(env, "cited", {})
    return [
        page
        for page, claims in cited.items()
        if any(not record or env.settled.get(name) != record for name, record in claims.items())
    ]


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget what a page cites before it is read again."""
    getattr(env, "cited", {}).pop(page, None)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_role("claim", Claim())
    app.connect("env-purge-doc", forget)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
