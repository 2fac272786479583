"""Claims, their verdicts, and the ways to show them."""

import difflib
import functools
import importlib
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from pathlib import Path
from types import MappingProxyType

import pandas as pd
from IPython import get_ipython
from IPython.display import display

from neurocoord_book.tables import HTML

DATA = Path(__file__).parents[1] / "data"
"""Where claims are told, in ``claims/PAGE.toml``, and what they came to, in ``claims.csv``."""

CHAPTERS: Mapping[str, str | None] = MappingProxyType(
    {
        "index": "neurocoord_book.claims.story",
        "01-coordination": None,
        "02-efficient-coding": None,
        "03-inference": None,
        "04-inference-by-sampling": None,
        "05-simulated-learning": "neurocoord_book.claims.learning",
        "06-signatures": "neurocoord_book.claims.signatures",
        "07-other-mechanisms": "neurocoord_book.claims.mechanisms",
        "08-limits": "neurocoord_book.claims.limits",
    }
)
"""The front page and the chapters, in order, with the module of the ``CLAIMS`` of each.

A page without a module tells its claims in a file of `DATA`, and settles them in its cells.
"""


class Verdict(StrEnum):
    """What the interval of a claim says of its criterion."""

    SUPPORTED = "supported"
    NOT_SUPPORTED = "not supported"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Evidence:
    """A computed value with its 95% interval; an exact value is its own interval.

    Parameters
    ----------
    value : float
        The computed value.
    low, high : float, optional
        The ends of the 95% interval; by default both are `value`.

    Raises
    ------
    ValueError
        If one of the three is NaN, or the value lies outside its interval.
    """

    value: float
    low: float = math.nan
    high: float = math.nan

    def __post_init__(self) -> None:
        if math.isnan(self.low) and math.isnan(self.high):
            object.__setattr__(self, "low", self.value)
            object.__setattr__(self, "high", self.value)
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.value} does not lie within [{self.low}, {self.high}]")

    @property
    def exact(self) -> bool:
        """Whether the value carries no sampling error."""
        return self.low == self.high


@dataclass(frozen=True)
class Region:
    """The values that meet a criterion: an open interval from `low` to `high`."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"an empty region: from {self.low} to {self.high}")

    def verdict(self, evidence: Evidence) -> Verdict:
        """Judge an interval: inside, outside, or across the border."""
        if self.low < evidence.low and evidence.high < self.high:
            return Verdict.SUPPORTED
        if evidence.high <= self.low or evidence.low >= self.high:
            return Verdict.NOT_SUPPORTED
        return Verdict.UNDECIDED

    @classmethod
    def parse(cls, text: str) -> "Region":
        """Return the region that ``above 1``, ``below 2`` or ``between 1 and 2`` names.

        Raises
        ------
        ValueError
            If the text is none of them.

        Examples
        --------
        >>> Region.parse("between 0.9 and 1.1")
        Region(low=0.9, high=1.1)
        """
        match text.split():
            case ["above", low]:
                return above(float(low))
            case ["below", high]:
                return below(float(high))
            case ["between", low, "and", high]:
                return between(float(low), float(high))
        raise ValueError(f"not a criterion: {text!r}; write above 1, below 2 or between 1 and 2")

    def __str__(self) -> str:
        if math.isinf(self.high):
            return f"above {self.low:g}"
        if math.isinf(self.low):
            return f"below {self.high:g}"
        return f"between {self.low:g} and {self.high:g}"


def above(bound: float) -> Region:
    """Return the region of values greater than `bound`."""
    return Region(bound, math.inf)


def below(bound: float) -> Region:
    """Return the region of values less than `bound`."""
    return Region(-math.inf, bound)


def between(low: float, high: float) -> Region:
    """Return the region between `low` and `high`: the way to state that something is equal."""
    return Region(low, high)


@dataclass(frozen=True)
class Claim:
    """One claim of the book.

    Parameters
    ----------
    id : str
        Its name, in words joined by hyphens; unique in the book.
    chapter : str
        The page that makes it: a notebook, for example ``"01-coordination"``, or ``"index"``.
    sentence : str
        The claim in one sentence.
    quantity : str
        What the value is, with its unit.
    compute : callable or None
        Takes nothing and returns the `Evidence`, the same at each call; none where cells settle it.
    criterion : Region
        Where the value must lie for the claim to hold.
    expected : Verdict
        The verdict that the argument of the chapter rests on. Where the computed one differs,
        the build and the tests fail: the prose must then be written again.
    words : mapping of Verdict to str
        How prose says the verdict, for example ``"rises"`` or ``"does not rise"``.
    digits : int
        Significant digits to show.
    group : str
        The title under which tables fold it away; by default they show it openly.
    """

    id: str
    chapter: str
    sentence: str
    quantity: str
    compute: Callable[[], Evidence] | None
    criterion: Region
    expected: Verdict = Verdict.SUPPORTED
    words: Mapping[Verdict, str] = field(default_factory=dict)
    digits: int = 3
    group: str = ""


MARKS = MappingProxyType(
    {
        Verdict.SUPPORTED: "\N{BLACK CIRCLE}",
        Verdict.NOT_SUPPORTED: "\N{WHITE CIRCLE}",
        Verdict.UNDECIDED: "\N{CIRCLE WITH LEFT HALF BLACK}",
    }
)
"""The sign of each verdict: a dot that is filled, open, or half of each."""


@dataclass(frozen=True)
class Result:
    """A claim with its computed evidence and verdict."""

    claim: Claim
    evidence: Evidence

    @property
    def verdict(self) -> Verdict:
        """The verdict that the evidence gives."""
        return self.claim.criterion.verdict(self.evidence)

    @property
    def words(self) -> str:
        """The verdict in the words of the prose."""
        return self.claim.words.get(self.verdict, str(self.verdict))

    @property
    def value_text(self) -> str:
        """The value, rounded for reading."""
        return self._rounded()[1]

    @property
    def interval_text(self) -> str:
        """The 95% interval, rounded for reading, or ``"exact"``."""
        low, _, high = self._rounded()
        return "exact" if self.evidence.exact else f"{low} to {high}"

    def _rounded(self) -> list[str]:
        """Return the value between the ends of its interval, with digits that tell them apart."""
        numbers = self.evidence.low, self.evidence.value, self.evidence.high
        for digits in range(self.claim.digits, 16):
            low, value, high = _numbers(numbers, digits)
            if low != high or self.evidence.exact:
                break
        return [low, value, high]

    @property
    def criterion_text(self) -> str:
        """Where the value must lie, for reading."""
        return str(self.claim.criterion).replace("-", MINUS)

    def texts(self) -> dict[str, str]:
        """Return what prose can paste, by the suffix to the name of the claim."""
        return {
            "": self.value_text,
            ".interval": self.interval_text,
            ".verdict": str(self.verdict),
            ".words": self.words,
        }

    @property
    def line(self) -> str:
        """What stands under the cell that settles the claim."""
        interval = "" if self.evidence.exact else f" ({self.interval_text})"
        return (
            f"{MARKS[self.verdict]} {self.claim.sentence} {self.verdict.capitalize()}: "
            f"{self.value_text}{interval}, holds if {self.criterion_text}."
        )

    def record(self) -> dict[str, object]:
        """Return what the build reads: the numbers, the verdict beside the expected one, texts."""
        return {
            "claim": self.claim.id,
            "value": self.evidence.value,
            "low": self.evidence.low,
            "high": self.evidence.high,
            "verdict": str(self.verdict),
            "expected": str(self.claim.expected),
            "quantity": self.claim.quantity,
            "texts": self.texts(),
        }

    def confirm(self) -> "Result":
        """Return itself if the verdict is the one that the prose was written for.

        Raises
        ------
        RuntimeError
            If it is not.
        """
        if self.verdict is not self.claim.expected:
            raise RuntimeError(
                f"claim {self.claim.id!r} is {self.verdict}: {self.claim.quantity} is "
                f"{self.value_text} ({self.interval_text}), criterion: {self.claim.criterion}; "
                f"the chapter was written for the verdict {self.claim.expected!s}"
            )
        return self


MINUS = "\N{MINUS SIGN}"


def _numbers(values: Sequence[float], digits: int) -> list[str]:
    """Round numbers alike: the largest to so many significant digits."""
    largest = max(map(abs, values))
    if largest == 0 or math.isinf(largest):
        return [f"{value:g}".replace("-", MINUS) for value in values]
    size = math.floor(math.log10(largest))
    if not -5 <= size < 6:
        return [f"{value:.{digits - 1}e}".replace("-", MINUS) for value in values]
    places = max(digits - 1 - size, 0)
    # Adding zero makes a negative zero positive.
    return [f"{round(value, places) + 0.0:.{places}f}".replace("-", MINUS) for value in values]


def claims_of(chapter: str) -> tuple[Claim, ...]:
    """Return the claims of one chapter, in the order in which it makes them.

    Raises
    ------
    ValueError
        If there is no such chapter.
    """
    if chapter not in CHAPTERS:
        raise ValueError(f"no chapter {chapter!r}; there are {', '.join(CHAPTERS)}")
    module = CHAPTERS[chapter]
    return told(chapter) if module is None else tuple(importlib.import_module(module).CLAIMS)


@functools.cache
def told(page: str, folder: Path = DATA / "claims") -> tuple[Claim, ...]:
    """Return the claims of a page that are data: ``PAGE.toml``, an entry each.

    An entry has a ``sentence``, a ``quantity``, and where the value must lie (``holds``). It may
    have the ``words`` of the prose for a verdict that is supported, not supported or undecided,
    the significant ``digits`` to show, and the verdict that is ``expected``.

    Raises
    ------
    ValueError
        If an entry lacks something or has something else.
    """
    text = (folder / f"{page}.toml").read_text(encoding="utf-8")
    return tuple(_told(name, page, **entry) for name, entry in tomllib.loads(text).items())


def _told(
    name: str,
    page: str,
    /,
    sentence: str = "",
    quantity: str = "",
    holds: str = "",
    words: Iterable[str] = (),
    digits: int = 2,
    expected: str = Verdict.SUPPORTED,
    **unknown: object,
) -> Claim:
    if unknown or not (sentence and quantity and holds):
        raise ValueError(f"claim {name!r} needs a sentence, a quantity and holds; has {[*unknown]}")
    said = dict(zip(Verdict, words, strict=True)) if words else {}
    region = Region.parse(holds)
    return Claim(name, page, sentence, quantity, None, region, Verdict(expected), said, digits)


def all_claims() -> tuple[Claim, ...]:
    """Return every claim of the book, chapter by chapter.

    Raises
    ------
    ValueError
        If two claims share a name, or one stands in a chapter that is not its own.
    """
    claims = []
    for chapter in CHAPTERS:
        for claim in claims_of(chapter):
            if claim.chapter != chapter:
                raise ValueError(f"claim {claim.id!r} of {claim.chapter} is listed in {chapter}")
            claims.append(claim)
    names = [claim.id for claim in claims]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"claims with the same name: {', '.join(twice)}")
    return tuple(claims)


def find(claim_id: str) -> Claim:
    """Return the claim of that name.

    Raises
    ------
    ValueError
        If there is none.
    """
    # Claims that are data come first: the modules of the others take seconds to import.
    for page in sorted(CHAPTERS, key=lambda page: CHAPTERS[page] is not None):
        for claim in claims_of(page):
            if claim.id == claim_id:
                return claim
    near = difflib.get_close_matches(claim_id, [claim.id for claim in all_claims()], 3)
    raise ValueError(f"no claim {claim_id!r}" + (f"; near it: {', '.join(near)}" if near else ""))


def evaluate(claim: Claim) -> Result:
    """Compute a claim.

    Raises
    ------
    ValueError
        If it is settled in the cells of its page.
    """
    if claim.compute is None:
        raise ValueError(f"claim {claim.id!r} is settled on its page, {claim.chapter}")
    return Result(claim, claim.compute())


@functools.cache
def stored(file: Path = DATA / "claims.csv") -> Mapping[str, Result]:
    """Return what every claim came to, by name: the table that each build checks."""
    rows = pd.read_csv(file, index_col="claim")
    return MappingProxyType(
        {
            claim.id: Result(claim, Evidence(*rows.loc[claim.id, ["value", "low", "high"]]))
            for claim in all_claims()
            if claim.id in rows.index
        }
    )


def results_of(chapter: str) -> list[Result]:
    """Return what the claims of a page came to; a new one is there once a build is accepted.

    Raises
    ------
    ValueError
        If there is no such page.
    """
    return [stored()[claim.id] for claim in claims_of(chapter) if claim.id in stored()]


def publish(result: Result, *, shown: bool) -> None:
    """Hand a settled claim to the page: its line, and the record that the build reads."""
    if get_ipython() is None:
        if shown:
            print(result.line)
        return
    what, said = escape(result.claim.quantity), escape(result.line)
    line = {
        "text/plain": result.line,
        "text/html": f'<p class="claim-line" title="{what}">{said}</p>',
    }
    display(line if shown else {}, raw=True, metadata={"claim": result.record()})


def to_frame(results: list[Result]) -> pd.DataFrame:
    """Return one row a claim: what it says, its value, interval, criterion and verdict."""
    rows = [
        {
            "chapter": result.claim.chapter,
            "claim": result.claim.id,
            "sentence": result.claim.sentence,
            "quantity": result.claim.quantity,
            "value": result.value_text,
            "interval": result.interval_text,
            "criterion": result.criterion_text,
            "verdict": str(result.verdict),
        }
        for result in results
    ]
    return pd.DataFrame(rows)


def settle_chapter(chapter: str) -> None:
    """Compute the claims of a chapter and hand them to its prose.

    For a claim ``id``, the text can cite its value as ``id``, and ``id.interval``, ``id.verdict``
    and ``id.words``.

    Parameters
    ----------
    chapter : str
        The page that calls: a notebook, for example ``"01-coordination"``, or ``"index"``.

    Raises
    ------
    RuntimeError
        If a verdict is not the one that the chapter was written for.
    """
    for result in [evaluate(claim).confirm() for claim in claims_of(chapter)]:
        publish(result, shown=False)


def chapter_table(chapter: str) -> HTML:
    """Return the table of the claims of one page, as stored (`results_of`).

    Raises
    ------
    ValueError
        If there is no such page.
    """
    return to_html(results_of(chapter))


def to_html(results: list[Result]) -> HTML:
    """Return the table of claims as HTML that reads on a phone and by a screen reader.

    Claims of a group follow in a table of their own, folded away under its title.
    """
    groups = dict.fromkeys(result.claim.group for result in results)
    parts = []
    for group in groups:
        table = _html_table([result for result in results if result.claim.group == group])
        if group:
            table = (
                f'<details class="claims-group"><summary>{escape(group)}</summary>{table}</details>'
            )
        parts.append(table)
    return HTML("".join(parts))


def _html_table(results: list[Result]) -> str:
    rows = "".join(
        f'<tr><th scope="row" id="claim-{result.claim.id}">{escape(result.claim.sentence)}'
        f'<span class="claim-quantity">{escape(result.claim.quantity)}</span>'
        f"<code>{result.claim.id}</code></th>"
        f'<td data-label="Value"><span class="claim-value">{result.value_text}'
        f'<span class="claim-interval">{result.interval_text}</span></span></td>'
        f'<td data-label="Holds if">{result.criterion_text}</td>'
        f'<td data-label="Verdict"><span class="claim-verdict" data-verdict="{result.verdict}">'
        f"{result.verdict}</span></td></tr>"
        for result in results
    )
    titles = ("Claim, and what is computed", "Value, 95% interval", "Holds if", "Verdict")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    return (
        f'<table class="claims-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )
