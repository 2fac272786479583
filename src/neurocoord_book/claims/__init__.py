"""The registry of claims: what the book says, what computes it, and whether it holds.

A claim joins a sentence to a computation and to a criterion. Its verdict follows from the
95% interval of the computed value and from nothing else: *supported* when the whole interval
meets the criterion, *not supported* when none of it does, *undecided* otherwise. The chapters,
the page of claims, the tests and ``python -m neurocoord_book claims`` all read this registry.

Chapters that compute in their cells tell their claims as data (``data/claims``) and `settle` them
where the number stands. What every claim came to is stored (``data/claims.csv``); a build fails
where a page computes something else.
"""

from neurocoord_book.claims._registry import (
    Claim,
    Evidence,
    Region,
    Result,
    Verdict,
    above,
    all_claims,
    below,
    between,
    chapter_table,
    claims_of,
    evaluate,
    find,
    results_of,
    settle_chapter,
    stored,
    to_frame,
    to_html,
)
from neurocoord_book.claims.evidence import bootstrapped, mean_of, settle, share_of, with_error

__all__ = [
    "Claim",
    "Evidence",
    "Region",
    "Result",
    "Verdict",
    "above",
    "all_claims",
    "below",
    "between",
    "bootstrapped",
    "chapter_table",
    "claims_of",
    "evaluate",
    "find",
    "mean_of",
    "results_of",
    "settle",
    "settle_chapter",
    "share_of",
    "stored",
    "to_frame",
    "to_html",
    "with_error",
]
