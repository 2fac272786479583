"""How far a long command has come."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")

EVERY = 10.0
"""Seconds between two lines where standard error is no terminal."""


def progress(items: Iterable[T], total: int, name: str, every: float = EVERY) -> Iterator[T]:
    """Yield items, of which there are `total`, and say on standard error how many there were.

    A terminal gets a bar. A file or a pipe gets a line now and then. What stands in for standard
    error, as in a notebook, gets nothing: a page should not show it.
    """
    if sys.stderr is not sys.__stderr__:
        yield from items
        return
    if sys.stderr.isatty():
        yield from tqdm(items, total=total, desc=name)
        return
    said = time.monotonic()
    for number, item in enumerate(items, start=1):
        yield item
        if time.monotonic() - said >= every:
            said = time.monotonic()
            print(f"{name}: {number} of {total}", file=sys.stderr, flush=True)
