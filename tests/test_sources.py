"""What the book attributes to the study rests on a source: nothing is put into its mouth."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from neurocoord_book import claims
from neurocoord_book.claims import article

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("book/*.md")), ROOT / "README.md", ROOT / "CHANGELOG.md"]
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
MODULES = sorted(ROOT.glob("src/**/*.py"))

STUDY = re.compile(r"liu2026|\bLiu\b|\b(?:the|V4|press)(?: V4)? (?:study|article)\b", re.IGNORECASE)
"""A sentence that names the study."""

OTHER = re.compile(r"\b(?:we|our|here|simulat\w+|under \w+|chapter|book)\b", re.IGNORECASE)
"""A sentence that turns to the book; until then a paragraph goes on about the study."""

OURS = re.compile(
    r"not known to us|nobody|\bsays? nothing\b|\bour (?:own|measure|version|operational|assumption"
    r"|addition|stand-in)|\bwe (?:assume|add|choose|test)\b|\bis our\b|\bare ours\b",
    re.IGNORECASE,
)
"""A sentence that says that something is not the study's."""

KINDS = {
    "a switch of tasks": r"within (?:one|a|the same|a single) session|(?:with|for) another task"
    r"|follow(?:s|ed) the task|switch(?:es|ed|ing)?\b[^.]*\btasks?\b|tasks? [^.]*\bswitch",
    "a loss of members": r"loss of (?:members|neurons)|bears? the loss|half of (?:the|its) neurons"
    r"|(?:loses?|lost|losing) (?:half|some|many|its|members|neurons)",
    "the number of animals as a limit": r"\b(?:names?|named|caution)\b[^.]*\blimit[^.]*"
    r"(?:number of|two|few|only) animals|names? (?:this|that|it) as a limit",
    "its size": r"study'?s (?:own )?size|size of (?:the|this|that) (?:study|experiment)"
    r"|(?:of|at|with|to) (?:the study'?s|its) size|relative to the study"
    r"|(?:as many|number of) (?:sessions|neurons|trials)[^.]*\bstudy",
    "its populations": r"\bsmall populations?\b|\b(?:dozens|hundreds) of neurons\b",
    "a cause": r"\*?because\*? single neurons",
    "its measure": r"definition of the (?:V4 )?study"
    r"|(?:measure|fraction|redundancy)\b[^.;]*\b(?:that|which) [^.;]*\bused\b"
    r"|measure of (?:the study|\{cite)",
    "where its covariance comes from": r"(?:zero-signal|without (?:a )?signal|with(?:out)? none|"
    r"trials with|\\Sigma|covariance|f')[^.]*\b(?:as in the|the V4|that) study"
    r"|as in the study[^.]*(?:trials|\\Sigma|covariance|f')|measure noise[^.]*the V4 study",
    "its windows": r"(?:just|shortly) before the decision|\d+[ -]ms\b|time windows? of",
    "its statistics": r"(?:p-?values?|mixed model|regression|permutation|significant)[^.]*"
    r"\b(?:in|of|by) the study",
}
"""What no source says of the study, by kind."""

OLD = {
    "a switch of tasks": [
        "Then {cite:t}`liu2026` saw the opposite. The neurons came to share more. They did so only "
        "while the animal was doing the task, and not for good: with another task it was gone.",
        "The study found that it was not permanent: it followed the task within one session.",
        "{cite:t}`liu2026` reported four marks:\n\n1. **Only when active.** The effect is there in "
        "the task.\n4. **Not permanent.** With another task, in the same session, it is gone.",
    ],
    "a loss of members": ["The study finds that the group bears the loss of members."],
    "the number of animals as a limit": [
        "The study has two animals. The study itself names this as a limit.",
        "Liu et al. caution that a limit is the number of animals.",
    ],
    "its size": ["In 640 experiments of the study's size the tests find each mark."],
    "its populations": ["{cite:t}`liu2026` tracked the same small populations for weeks."],
    "a cause": ["The study: redundancy rises *because* single neurons become better informed."],
    "its measure": [
        "Return the redundancy fraction, the definition of the V4 study.",
        "Its share of the sum is the redundancy fraction, which is the measure that "
        "{cite:t}`liu2026` used:",
    ],
    "where its covariance comes from": [
        "As in the study, $f'$ comes from trials with signal and $\\Sigma$ from those with none.",
        "We take the covariance of trials without signal, as in the study.",
    ],
    "its windows": ["{cite:t}`liu2026` saw it most strongly just before the decision."],
    "its statistics": ["The rise was significant by the regression of the study."],
}
"""Sentences of each kind."""

SOUND = [
    "Learning increased redundancy over weeks, {cite:t}`liu2026` report. It did not reduce "
    "information.",
    "The number of sessions of the study is not known to us.",
    "In our simulation the task switches within one session.",
    "The press article does not speak of animals. Our own limit is their number.",
]
"""Sentences that rest on a source, or say whose they are."""


def unsupported(text: str) -> list[tuple[str, str]]:
    """Return the sentences that attribute to the study what no source says: (kind, sentence)."""
    found = []
    # A list goes on with the paragraph before it.
    for paragraph in re.split(r"\n\s*\n(?!\s*(?:[-*]|\d+\.)\s)|^[#:|]", text, flags=re.MULTILINE):
        about = False
        for sentence in re.split(r"(?<=[.?!])\)?\s+(?=[^\sa-z])", " ".join(paragraph.split())):
            about = bool(STUDY.search(sentence)) or (about and not OTHER.search(sentence))
            if about and not OURS.search(sentence):
                found += [
                    (kind, sentence)
                    for kind, pattern in KINDS.items()
                    if re.search(pattern, sentence, re.IGNORECASE)
                ]
    return found


def texts_of(path: Path) -> Iterator[str]:
    """Yield what readers read in a file: prose and captions, and in a module all strings."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield text
        return
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
        return
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "markdown":
            yield "".join(cell["source"])
        else:
            figure = cell["metadata"].get("mystnb", {})
            yield figure.get("figure", {}).get("caption", "")
            yield figure.get("image", {}).get("alt", "")


@pytest.mark.parametrize(
    ("kind", "sentence"), [(kind, text) for kind, texts in OLD.items() for text in texts]
)
def test_each_kind_is_seen(kind, sentence):
    assert kind in [found for found, _ in unsupported(sentence)]


@pytest.mark.parametrize("sentence", SOUND)
def test_what_rests_on_a_source_is_let_through(sentence):
    assert unsupported(sentence) == []


def test_every_kind_has_an_example():
    assert list(OLD) == list(KINDS)


@pytest.mark.parametrize("path", [*PAGES, *NOTEBOOKS], ids=lambda path: path.stem)
def test_pages_attribute_to_the_study_only_what_a_source_says(path):
    assert [one for text in texts_of(path) for one in unsupported(text)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_attribute_to_the_study_only_what_a_source_says(path):
    assert [one for text in texts_of(path) for one in unsupported(text)] == []


def test_claims_attribute_to_the_study_only_what_a_source_says():
    texts = [f"{one.sentence}\n\n{one.quantity}" for one in claims.all_claims()]
    assert [one for text in texts for one in unsupported(text)] == []


@pytest.mark.parametrize(
    "reported",
    [one.reported or one.sentence for one in article.FINDINGS.values() if one.source is not None],
)
def test_the_table_reports_only_what_a_source_says(reported):
    assert unsupported(f"The study: {reported}") == []
    assert not any(re.search(kind, reported, re.IGNORECASE) for kind in KINDS.values())


def test_the_foil_of_the_study_is_named():
    for name in ("index", "claims", "glossary"):
        text = " ".join((ROOT / f"book/{name}.md").read_text(encoding="utf-8").split())
        assert re.search(r"discriminative", text)
        assert re.search(r"(?:decod\w+ downstream|decoder downstream)", text)
        assert "information-limiting correlations" in text
