"""How prose says the verdicts that recur, and how a chapter builds a claim with its words."""

from collections.abc import Callable

from neurocoord_book.claims._registry import Claim, Evidence, Region, Verdict

FALLS = ("falls", "does not fall", "may fall")
RISES = ("rises", "does not rise", "may rise")
AGREES = ("agrees with", "disagrees with", "may agree with")
HOLDS = ("holds its level", "does not hold its level", "may hold its level")


def worded(
    chapter: str,
    name: str,
    sentence: str,
    quantity: str,
    compute: Callable[[], Evidence],
    criterion: Region,
    words: tuple[str, str, str],
    digits: int = 3,
    expected: Verdict = Verdict.SUPPORTED,
) -> Claim:
    """Return a claim of a chapter; `words` are for supported, not supported, undecided."""
    said = dict(
        zip((Verdict.SUPPORTED, Verdict.NOT_SUPPORTED, Verdict.UNDECIDED), words, strict=True)
    )
    return Claim(
        name,
        chapter,
        sentence,
        quantity,
        compute,
        criterion,
        expected=expected,
        words=said,
        digits=digits,
    )
