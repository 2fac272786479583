"""What the study reports, beside what each theory predicts: the tables at the top of the claims.

Three groups are kept apart: what the study reports, with the source that says so; our operational
versions, where we test something more definite than what is reported; and our own additions, of
which the study says nothing.

A finding ``name`` is put to a theory by the claim ``name-end``, with the ends of `THEORIES`; a
claim that is called ``name`` itself is about the evidence, and stands for all theories. So a
finding that a new chapter takes up, or a new theory, needs one entry here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from types import MappingProxyType

from neurocoord_book.claims._registry import Claim, all_claims, stored
from neurocoord_book.tables import HTML

THEORIES: Mapping[str, str] = MappingProxyType(
    {"inference": "Inference", "efficient": "Efficient coding"}
)
"""The theories, by the end of the names of their claims."""


class Source(StrEnum):
    """Who says that the study reports something."""

    ABSTRACT = "abstract"
    PRESS = "press article"
    SUMMARIES = "summaries by others"


class Question(StrEnum):
    """What a row asks: its verdicts are answers to this, and compare only with their like."""

    DIRECTION = "in which direction the average moves"
    SIZE = "how large the average is"
    RATE = "how often a laboratory of the size that we assume would find it"
    REACH = "what two animals can show"


@dataclass(frozen=True)
class Finding:
    """A row of the tables.

    Parameters
    ----------
    sentence : str
        What is reported, or what is asked instead, in our words.
    question : Question
        What kind of question its verdicts answer.
    source : Source, optional
        Who says that the study reports it; none for what is our own.
    reported : str
        What the study reports, where `sentence` is a more definite version of it.
    """

    sentence: str
    question: Question
    source: Source | None = None
    reported: str = ""


REPORTED: Mapping[str, Finding] = MappingProxyType(
    {
        "shared-activity-rises": Finding(
            "Over weeks of training, learning increased redundancy.",
            Question.DIRECTION,
            Source.ABSTRACT,
        ),
        "population-loses-nothing": Finding(
            "The redundancy did not reduce information.", Question.DIRECTION, Source.ABSTRACT
        ),
        "neurons-better-informed": Finding(
            "The redundancy increased the information carried by individual neurons.",
            Question.DIRECTION,
            Source.ABSTRACT,
        ),
        "independent-before": Finding(
            "Before learning, neurons worked mostly independently.", Question.SIZE, Source.PRESS
        ),
        "only-when-active": Finding(
            "The effect was there only during active tasks, and vanished in passive viewing of the "
            "same images.",
            Question.RATE,
            Source.PRESS,
        ),
        "relevant-neurons-most": Finding(
            "The neurons most important for the task showed the biggest boost.",
            Question.RATE,
            Source.PRESS,
        ),
    }
)
"""What the study reports, by the name that its claims start with. Measures and tests are ours."""

OPERATIONAL: Mapping[str, Finding] = MappingProxyType(
    {
        "strongest-at-decision": Finding(
            "Near threshold, redundancy of single frames grows towards the end of the trial.",
            Question.RATE,
            Source.PRESS,
            "The effect was strongest at the moments when decisions were being made.",
        ),
        "not-permanent": Finding(
            "When the task changes between two blocks, the redundant axis changes with it.",
            Question.RATE,
            Source.PRESS,
            "It was not permanent: the authors believe that feedback lets neurons adjust to what "
            "the task demands.",
        ),
        "team-adapts-faster": Finding(
            "The code adapts to a new task in fewer trials under inference than under efficient "
            "coding.",
            Question.DIRECTION,
            Source.PRESS,
            "Like a sports team rather than a factory line, the group is more flexible and "
            "adaptive.",
        ),
        "feedback-not-proven": Finding(
            "A local circuit without feedback shows all four marks about as often.",
            Question.RATE,
            Source.PRESS,
            "Feedback is supported by the data but not proven, and local circuit mechanisms are "
            "not ruled out.",
        ),
    }
)
"""What we test in place of something that the study reports in other words, or only believes."""

ADDED: Mapping[str, Finding] = MappingProxyType(
    {
        "team-not-factory": Finding(
            "A group that loses half of its neurons keeps clearly more than half of what it tells.",
            Question.SIZE,
        ),
        "one-area-one-task-two-animals": Finding(
            "An effect in two animals of two shows that most animals have it.", Question.REACH
        ),
    }
)
"""What the study says nothing about."""

GROUPS: Mapping[str, Mapping[str, Finding]] = MappingProxyType(
    {
        "What the study reports": REPORTED,
        "Our operational versions of what it reports": OPERATIONAL,
        "Our own additions, of which the study says nothing": ADDED,
    }
)
"""The tables, by title."""

FINDINGS: Mapping[str, Finding] = MappingProxyType({**REPORTED, **OPERATIONAL, **ADDED})
"""All rows, by the name that their claims start with."""


def claims_behind(finding: str) -> dict[str, Claim]:
    """Return the claims that put a finding to the test.

    Parameters
    ----------
    finding : str
        One of the names of `FINDINGS`.

    Returns
    -------
    dict of Claim
        By the end of the theory (`THEORIES`), or under ``""`` if one claim stands for all.

    Raises
    ------
    ValueError
        If the book has no claim about it.
    """
    known = {claim.id: claim for claim in all_claims()}
    names = {"": finding} | {end: f"{finding}-{end}" for end in THEORIES}
    found = {end: known[name] for end, name in names.items() if name in known}
    if not found:
        raise ValueError(
            f"no claim of the book is about {finding!r}: {' or '.join(names.values())}"
        )
    return found


def table() -> HTML:
    """Return the tables of findings by theory, one a group, with the stored verdicts.

    Each verdict links to the row of its claim on the same page.
    """
    return HTML("".join(_group(title, findings) for title, findings in GROUPS.items()))


def _group(title: str, findings: Mapping[str, Finding]) -> str:
    """Return the table of one group."""
    head = "".join(
        f'<th scope="col">{escape(name)}</th>' for name in ("Finding", *THEORIES.values())
    )
    body = "".join(
        f'<tr><th scope="row">{_row_title(finding)}</th>{_cells(claims_behind(name))}</tr>'
        for name, finding in findings.items()
    )
    return (
        f'<table class="claims-table"><caption>{escape(title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _row_title(finding: Finding) -> str:
    """Return what a row says, where that comes from, and what its verdicts answer."""
    notes = []
    if finding.reported:
        notes.append(f"Stands for: {finding.reported}")
    if finding.source is not None:
        notes.append(f"Source: {finding.source}.")
    notes.append(f"Asked: {finding.question}.")
    return escape(finding.sentence) + "".join(
        f'<span class="claim-quantity">{escape(note)}</span>' for note in notes
    )


def _cells(behind: Mapping[str, Claim]) -> str:
    """Return the cells of a row: one a theory, or one for all."""
    if "" in behind:
        return f'<td data-label="Verdict" colspan="{len(THEORIES)}">{_verdict(behind[""])}</td>'
    return "".join(
        f'<td data-label="{escape(title)}">'
        f"{_verdict(behind[end]) if end in behind else 'not asked'}</td>"
        for end, title in THEORIES.items()
    )


def _verdict(claim: Claim) -> str:
    """Return the computed verdict of a claim, as a link whose name says what it is about."""
    if claim.id not in stored():
        return "not computed yet"
    verdict = stored()[claim.id].verdict
    return (
        f'<a class="claim-verdict" data-verdict="{verdict}" href="#claim-{claim.id}" '
        f'aria-label="{verdict}: {escape(claim.sentence)}">{verdict}</a>'
    )
