"""The registry of claims: verdicts follow from intervals, prose from verdicts."""

import dataclasses
import math
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurocoord_book import claims
from neurocoord_book.__main__ import main
from neurocoord_book.claims import Claim, Evidence, Region, Result, Verdict, above, below, between


def claim(evidence, criterion, **changes):
    fields = {
        "id": "it-rises",
        "chapter": "01-coordination",
        "sentence": "It rises.",
        "quantity": "a < b & c",
        "compute": lambda: evidence,
        "criterion": criterion,
        "words": {Verdict.SUPPORTED: "rises", Verdict.NOT_SUPPORTED: "does not rise"},
    }
    return Claim(**fields | changes)


# The claims of a chapter share what they compute, so one worker takes them all.
EVERY_CLAIM = [
    pytest.param(one, id=one.id, marks=pytest.mark.xdist_group(one.chapter))
    for one in claims.all_claims()
]


@pytest.mark.parametrize("one", EVERY_CLAIM)
def test_every_claim_of_the_book_has_the_verdict_that_its_prose_was_written_for(one):
    result = claims.evaluate(one).confirm()
    assert result.verdict in one.words


@pytest.mark.parametrize(
    ("evidence", "criterion", "verdict"),
    [
        (Evidence(2, 1, 3), above(0), "supported"),
        (Evidence(2, 1, 3), above(3), "not supported"),
        (Evidence(2, 1, 3), above(2), "undecided"),
        (Evidence(2, 1, 3), below(4), "supported"),
        (Evidence(2, 1, 3), between(1.5, 9), "undecided"),
        (Evidence(2, 1, 3), between(0, 4), "supported"),
        (Evidence(2, 1, 3), between(4, 5), "not supported"),
        (Evidence(2.0), above(2), "not supported"),
        (Evidence(2.0), above(1), "supported"),
    ],
)
def test_verdict(evidence, criterion, verdict):
    assert criterion.verdict(evidence) == verdict


@given(st.lists(st.integers(-6, 6), min_size=4, max_size=4))
def test_verdict_is_what_every_point_of_the_interval_says(drawn):
    low, high = sorted(drawn[:2])
    region = Region(min(drawn[2:]), max(drawn[2:]) + 1)
    points = [low + step / 4 for step in range(4 * (high - low) + 1)]
    inside = {region.low < point < region.high for point in points}
    expected = {
        frozenset({True}): "supported",
        frozenset({False}): "not supported",
        frozenset({True, False}): "undecided",
    }
    assert region.verdict(Evidence(low, low, high)) == expected[frozenset(inside)]


@pytest.mark.parametrize("numbers", [(1, 2, 3), (math.nan,), (2, 1, math.nan)])
def test_evidence_must_lie_in_its_interval(numbers):
    with pytest.raises(ValueError, match="does not lie within"):
        Evidence(*numbers)


def test_region_must_not_be_empty():
    with pytest.raises(ValueError, match="empty region"):
        between(1, 1)


@pytest.mark.xdist_group("01-coordination")
def test_a_broken_criterion_stops_the_build():
    one = claims.find("naive-overestimates")
    broken = dataclasses.replace(one, criterion=below(1))
    with pytest.raises(RuntimeError, match="'naive-overestimates' is not supported"):
        claims.evaluate(broken).confirm()


def test_texts_for_prose():
    result = Result(claim(Evidence(0.12345, 0.1, 0.2), above(0)), Evidence(0.12345, 0.1, 0.2))
    assert result.texts() == {
        "": "0.123",
        ".interval": "0.100 to 0.200",
        ".verdict": "supported",
        ".words": "rises",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.5, "\N{MINUS SIGN}0.500"),
        (1234.5, "1234"),
        (3.14159, "3.14"),
        (1.5e-7, "1.50e\N{MINUS SIGN}07"),
        (2.5e7, "2.50e+07"),
    ],
)
def test_numbers_read_well(value, text):
    assert Result(claim(Evidence(value), above(0)), Evidence(value)).value_text == text


def test_narrow_interval_gets_more_digits():
    evidence = Evidence(1.0002, 1.0001, 1.0003)
    assert Result(claim(evidence, above(0)), evidence).interval_text == "1.0001 to 1.0003"


def test_glue_hands_every_text_to_the_prose(monkeypatch):
    from neurocoord_book.claims import _registry

    glued = {}
    monkeypatch.setattr("myst_nb.glue", lambda key, text, display: glued.update({key: text}))
    evidence = Evidence(2, 1, 3)
    monkeypatch.setattr(_registry, "claims_of", lambda _: (claim(evidence, above(0)),))
    claims.glue_chapter("01-coordination")
    assert glued["it-rises"] == "2.00"
    assert glued["it-rises.words"] == "rises"
    monkeypatch.setattr(_registry, "claims_of", lambda _: (claim(evidence, below(0)),))
    with pytest.raises(RuntimeError, match="'it-rises' is not supported"):
        claims.glue_chapter("01-coordination")


def test_without_mystnb_a_chapter_confirms_its_claims(monkeypatch):
    from neurocoord_book.claims import _registry

    monkeypatch.setitem(sys.modules, "myst_nb", None)
    evidence = Evidence(2, 1, 3)
    monkeypatch.setattr(_registry, "claims_of", lambda _: (claim(evidence, above(0)),))
    claims.glue_chapter("01-coordination")
    monkeypatch.setattr(_registry, "claims_of", lambda _: (claim(evidence, below(0)),))
    with pytest.raises(RuntimeError, match="'it-rises' is not supported"):
        claims.glue_chapter("01-coordination")


def test_html_escapes_and_marks_the_verdict():
    evidence = Evidence(2, 1, 3)
    html = claims.to_html([Result(claim(evidence, above(2)), evidence)]).data
    assert "a &lt; b &amp; c" in html
    assert 'data-verdict="undecided">undecided<' in html


def test_unknown_chapter_and_claim_are_refused():
    with pytest.raises(ValueError, match="no chapter '99'"):
        claims.claims_of("99")
    with pytest.raises(ValueError, match="no claim 'nothing'"):
        claims.find("nothing")


@pytest.mark.xdist_group("01-coordination")
def test_command_line_prints_what_the_page_shows(capsys):
    assert main(["claims", "--chapter", "01-coordination"]) == 0
    printed = [re.split(r"\s{2,}", line.strip()) for line in capsys.readouterr().out.splitlines()]
    table = claims.chapter_table("01-coordination").data
    rows = re.findall(
        r"<code>(.*?)</code>.*?claim-value\">(.*?)<span class=\"claim-interval\">(.*?)</span>.*?"
        r"Holds if\">(.*?)</td>.*?data-verdict=\"(.*?)\"",
        table,
    )
    flat = [" ".join(row) for row in rows]
    assert len(flat) == len(claims.claims_of("01-coordination"))
    assert [" ".join(line) for line in printed[1:]] == flat
