"""Memory of computed tables: within a process always, on disk where a build asks for it."""

import functools
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import joblib

P = ParamSpec("P")
T = TypeVar("T")

CACHE_VARIABLE = "NEUROCOORD_CACHE"
"""Environment variable naming the folder; the book's build sets it, one folder a source state."""


def study(function: Callable[P, T]) -> Callable[P, T]:
    """Remember what a deterministic computation returned for the same (hashable) arguments.

    The figure of a chapter, its claims and the page of claims use the same tables: each is
    computed once. What is returned is shared, so a caller must not change it in place.
    """
    memory = joblib.Memory(os.environ.get(CACHE_VARIABLE), verbose=0)
    return functools.wraps(function)(functools.cache(memory.cache(function)))
