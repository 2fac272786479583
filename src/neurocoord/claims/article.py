"""What the study reports, beside what each theory predicts: the table at the top of the claims.

A finding ``name`` is put to a theory by the claim ``name-end``, with the ends of `THEORIES`; a
claim that is called ``name`` itself is about the evidence, and stands for all theories. So a
finding that a new chapter takes up, or a new theory, needs one line here.
"""

from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from neurocoord.claims._registry import Claim, all_claims, evaluate
from neurocoord.tables import HTML

THEORIES: Mapping[str, str] = MappingProxyType(
    {"inference": "Inference", "efficient": "Efficient coding"}
)
"""The theories, by the end of the names of their claims."""

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        "shared-activity-rises": "As skill rose, neurons came to share more information: "
        "redundancy rose.",
        "independent-before": "Before learning, neurons were nearly independent.",
        "neurons-better-informed": "Single neurons became better informed about the task.",
        "population-loses-nothing": "The population as a whole lost no information.",
        "only-when-active": "The effect was there when the task was done, and gone in passive "
        "viewing.",
        "relevant-neurons-most": "The neurons that are most relevant to the task gained most.",
        "strongest-at-decision": "Within a trial the effect grew towards the decision.",
        "not-permanent": "It was not permanent: it followed the task within one session.",
        "team-not-factory": "Neurons that share work as a team, not as a factory: the group bears "
        "the loss of members.",
        "feedback-not-proven": "Feedback is supported and not proven: local circuits are not ruled "
        "out.",
        "one-area-one-task-two-animals": "Two animals are enough to show what most animals do. "
        "(The study itself names this as a limit.)",
    }
)
"""What the study found or concluded, in our words, by the name that its claims start with."""


def claims_behind(finding: str) -> dict[str, Claim]:
    """Return the claims that put a finding to the test.

    Parameters
    ----------
    finding : str
        One of `FINDINGS`.

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
    """Return the table of findings by theory, with the computed verdicts.

    Each verdict links to the row of its claim on the same page.
    """
    head = "".join(
        f'<th scope="col">{escape(title)}</th>'
        for title in ("What the study reports", *THEORIES.values())
    )
    body = "".join(
        f'<tr><th scope="row">{escape(sentence)}</th>{_cells(claims_behind(finding))}</tr>'
        for finding, sentence in FINDINGS.items()
    )
    return HTML(
        '<table class="claims-table"><caption>Does it hold under the theory?</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
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
    verdict = evaluate(claim).confirm().verdict
    return (
        f'<a class="claim-verdict" data-verdict="{verdict}" href="#claim-{claim.id}" '
        f'aria-label="{verdict}: {escape(claim.sentence)}">{verdict}</a>'
    )
