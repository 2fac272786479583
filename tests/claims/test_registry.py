"""The registry of claims: verdicts follow from intervals, prose from verdicts."""

import dataclasses
import math
import pathlib
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurocoord_book import claims
from neurocoord_book.__main__ import main
from neurocoord_book.claims import (
    Claim,
    Evidence,
    Region,
    Result,
    Verdict,
    _registry,
    above,
    below,
    between,
)


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


def test_every_claim_is_stored_with_the_verdict_that_its_prose_was_written_for():
    stored = claims.stored()
    assert list(stored) == [one.id for one in claims.all_claims()]
    rows = pd.read_csv(_registry.DATA / "claims.csv")
    assert list(rows["claim"]) == list(stored)
    assert list(rows["page"]) == [one.chapter for one in claims.all_claims()]
    for result in stored.values():
        assert result.confirm().verdict in result.claim.words


def test_criteria_are_those_that_were_decided():
    # A criterion that moves, even where the verdict stays, is a decision: change it here as well.
    decided = pd.read_csv(pathlib.Path(__file__).parent / "criteria.csv", index_col="claim")
    assert {one.id: str(one.criterion) for one in claims.all_claims()} == decided[
        "holds_if"
    ].to_dict()


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


def test_a_broken_criterion_stops_the_build():
    sound = claim(Evidence(2, 1, 3), above(0))
    assert claims.evaluate(sound).confirm().verdict == "supported"
    broken = dataclasses.replace(sound, criterion=below(1))
    with pytest.raises(RuntimeError, match="'it-rises' is not supported"):
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


def test_ends_of_an_interval_are_rounded_alike():
    def text(low, high):
        evidence = Evidence((low + high) / 2, low, high)
        return Result(claim(evidence, above(0), digits=2), evidence).interval_text

    assert text(-0.126, 0.00096) == "\N{MINUS SIGN}0.13 to 0.00"
    assert text(-0.00004, 9e-6) == "\N{MINUS SIGN}0.000040 to 0.000009"
    assert text(0.96, 104.2) == "1 to 104"
    assert text(-0.0004, 0.31) == "0.00 to 0.31"


def test_narrow_interval_gets_more_digits():
    evidence = Evidence(1.0002, 1.0001, 1.0003)
    assert Result(claim(evidence, above(0)), evidence).interval_text == "1.0001 to 1.0003"


class Shell:
    """What a notebook shows and pastes."""

    def __init__(self, monkeypatch):
        self.shown = []
        monkeypatch.setattr(_registry, "get_ipython", lambda: self)
        monkeypatch.setattr(_registry, "display", lambda data, **kw: self.shown.append((data, kw)))


def test_a_chapter_hands_every_text_to_the_prose(monkeypatch):
    shell = Shell(monkeypatch)
    evidence = Evidence(2, 1, 3)
    monkeypatch.setattr(_registry, "claims_of", lambda _: (claim(evidence, above(0)),))
    claims.settle_chapter("01-coordination")
    ((data, details),) = shell.shown
    assert data == {}
    record = details["metadata"]["claim"]
    assert record["value"] == 2
    assert record["texts"][""] == "2.00"
    assert record["texts"][".words"] == "rises"
    monkeypatch.setattr(_registry, "claims_of", lambda _: (claim(evidence, below(0)),))
    with pytest.raises(RuntimeError, match="'it-rises' is not supported"):
        claims.settle_chapter("01-coordination")


@pytest.mark.parametrize(
    ("found", "numbers", "verdict"),
    [
        (2.5, (2.5, 2.5, 2.5), "supported"),
        ([1.0, 2.0, 3.0], (2.0, 2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5), "undecided"),
        ([True, True, False], (2 / 3, 0.207660, 0.938508), "supported"),
        (Evidence(2, 1, 3), (2, 1, 3), "supported"),
        (-1, (-1, -1, -1), "not supported"),
    ],
)
def test_settling_shows_and_hands_over_what_was_found(monkeypatch, found, numbers, verdict):
    shell = Shell(monkeypatch)
    monkeypatch.setattr("neurocoord_book.claims.evidence.find", lambda _: claim(None, above(0)))
    claims.settle("it-rises", found)
    ((data, details),) = shell.shown
    record = details["metadata"]["claim"]
    assert [record[name] for name in ("value", "low", "high")] == pytest.approx(numbers, rel=1e-5)
    assert (record["verdict"], record["expected"]) == (verdict, "supported")
    assert f"It rises. {verdict.capitalize()}: " in data["text/plain"]
    assert 'title="a &lt; b &amp; c"' in data["text/html"]
    assert record["texts"][".verdict"] == verdict


@pytest.mark.parametrize("found", [math.nan, [1.0, math.nan], [1.0], [], "one", None])
def test_nothing_is_settled_by_what_is_no_number(monkeypatch, found):
    monkeypatch.setattr("neurocoord_book.claims.evidence.find", lambda _: claim(None, above(0)))
    with pytest.raises(ValueError, match=r"it-rises|sample|two values"):
        claims.settle("it-rises", found)


def test_outside_of_a_notebook_the_line_is_printed(capsys):
    _registry.publish(Result(claim(None, above(0)), Evidence(1.0)), shown=True)
    assert "It rises. Supported: 1.00, holds if above 0." in capsys.readouterr().out


TOLD = """
[it-rises]
sentence = "It rises."
quantity = "how much"
holds = "between 0.5 and 2"
words = ["rises", "does not rise", "may rise"]
digits = 3
"""


def test_a_claim_is_told_as_data(tmp_path):
    (tmp_path / "page.toml").write_text(TOLD)
    (one,) = _registry.told("page", tmp_path)
    assert (one.id, one.chapter, one.sentence, one.digits) == ("it-rises", "page", "It rises.", 3)
    assert one.criterion == between(0.5, 2)
    assert one.words[Verdict.UNDECIDED] == "may rise"
    with pytest.raises(ValueError, match="'it-rises' is settled on its page, page"):
        claims.evaluate(one)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sentence", "sentense"),
        ('holds = "between 0.5 and 2"', ""),
        ("between 0.5", "0.5"),
        ("between 0.5 and 2", "between 2 and 0.5"),
        (', "may rise"', ""),
        ("digits = 3", 'expected = "true"'),
    ],
)
def test_a_claim_that_is_told_badly_is_refused(tmp_path, old, new):
    (tmp_path / "page.toml").write_text(TOLD.replace(old, new))
    with pytest.raises(ValueError, match=r"."):
        _registry.told("page", tmp_path)


@given(st.floats(-9, 9), st.floats(0.1, 9))
def test_a_region_is_read_as_it_is_written(low, width):
    for region in (above(low), below(low), between(low, low + width)):
        read = Region.parse(str(region))
        assert (read.low, read.high) == pytest.approx((region.low, region.high), rel=1e-5, abs=1e-5)


def test_a_claim_that_is_not_stored_yet_stops_no_page(monkeypatch):
    # The build says so, with what was computed: it must get as far as that.
    known, new = claim(None, above(0)), claim(None, above(0), id="it-is-new")
    monkeypatch.setattr(_registry, "claims_of", lambda _: (known, new))
    monkeypatch.setattr(_registry, "stored", lambda: {"it-rises": Result(known, Evidence(1.0))})
    assert [result.claim.id for result in claims.results_of("01-coordination")] == ["it-rises"]
    assert "it-is-new" not in claims.chapter_table("01-coordination").data


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


def test_groups_fold_away():
    results = [
        Result(claim(None, above(0), id=name, group=group), Evidence(1.0))
        for name, group in (("one", ""), ("two", "The rest"))
    ]
    html = claims.to_html(results).data
    assert html.count("<details") == 1
    assert "<summary>The rest</summary><table" in html
