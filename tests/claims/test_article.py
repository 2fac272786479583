"""The tables of the study's findings by theory show what the registry computes."""

import re

import pytest

from neurocoord_book import claims
from neurocoord_book.claims import Claim, Evidence, above, article
from neurocoord_book.claims.article import Finding, Question, Source

KNOWN = {claim.id: claim for claim in claims.all_claims()}


@pytest.mark.parametrize("finding", article.FINDINGS)
def test_every_theory_is_asked_for_every_finding(finding):
    behind = article.claims_behind(finding)
    assert list(behind) in ([""], list(article.THEORIES))
    for end, claim in behind.items():
        assert claim is KNOWN[f"{finding}-{end}".removesuffix("-")]


def rows_of(table):
    """Return head and rows of a table: lists of (attributes, inner text)."""
    return [
        re.findall(r"<t[hd]([^>]*)>(.*?)</t[hd]>", row)
        for row in re.findall("<tr>(.*?)</tr>", table)
    ]


def test_only_what_is_ours_alone_has_no_source():
    assert all(one.source for one in (article.REPORTED | article.OPERATIONAL).values())
    assert not any(one.source for one in article.ADDED.values())
    for name, one in article.FINDINGS.items():
        assert bool(one.reported) == (name in article.OPERATIONAL)


@pytest.mark.parametrize("finding", article.FINDINGS)
def test_a_row_says_whether_its_verdicts_are_of_averages_or_of_rates(finding):
    rate = re.compile(r"share of .*\b(?:experiments|studies)\b|experiments with")
    for claim in article.claims_behind(finding).values():
        asked = article.FINDINGS[finding].question
        assert (asked is Question.RATE) == bool(rate.match(claim.quantity)), claim.quantity


def test_a_row_names_its_source_and_its_question():
    reported = Finding("A < b.", Question.SIZE, Source.PRESS, "C.")
    assert re.findall(r">([^<]+)<", article._row_title(reported)) == [
        "Stands for: C.",
        "Source: press article.",
        "Asked: how large the average is.",
    ]
    assert article._row_title(reported).startswith("A &lt; b.<")
    assert "Source" not in article._row_title(Finding("A.", Question.SIZE))


@pytest.mark.xdist_group("06-signatures")
def test_verdicts_are_stored_and_lead_to_their_claims():
    tables = re.findall(r"<caption>(.*?)</caption>(.*?)</table>", article.table().data)
    assert [title for title, _ in tables] == list(article.GROUPS)
    for (_, table), findings in zip(tables, article.GROUPS.values(), strict=True):
        head, *rows = rows_of(table)
        assert all('scope="col"' in attributes for attributes, _ in head)
        assert [text for _, text in head[1:]] == list(article.THEORIES.values())
        check_rows(findings, rows)


def check_rows(findings, rows):
    for (name, finding), ((attributes, title), *cells) in zip(findings.items(), rows, strict=True):
        assert attributes.strip() == 'scope="row"'
        assert title == article._row_title(finding)
        behind = article.claims_behind(name)
        for (end, claim), (label, cell) in zip(behind.items(), cells, strict=True):
            result = claims.stored()[claim.id]
            assert f'data-label="{article.THEORIES.get(end, "Verdict")}"' in label
            assert f'href="#claim-{claim.id}"' in cell
            assert f'id="claim-{claim.id}"' in claims.to_html([result]).data
            assert re.search(r'data-verdict="([^"]+)".*>\1</a>', cell)[1] == result.verdict
            assert re.search(r'aria-label="([^":]+): ', cell)[1] == result.verdict


def test_a_claim_about_the_evidence_stands_for_all_theories(monkeypatch):
    one = Claim("x", "01-coordination", "A < b.", "q", lambda: Evidence(1.0), above(0))
    other = Claim("y-inference", "01-coordination", "C.", "q", lambda: Evidence(1.0), above(0))
    rows = {name: Finding(f"{name} holds.", Question.SIZE) for name in "xy"}
    monkeypatch.setattr(article, "GROUPS", {"All": rows})
    monkeypatch.setattr(article, "all_claims", lambda: (one, other))
    results = {claim.id: claims.evaluate(claim) for claim in (one, other)}
    monkeypatch.setattr(article, "stored", lambda: results)
    _, first, second = rows_of(article.table().data)
    assert len(first) == 2
    assert 'colspan="2"' in first[1][0]
    assert "supported: A &lt; b." in first[1][1]
    assert second[2][1] == "not asked"
    with pytest.raises(ValueError, match="no claim of the book is about 'z': z or z-inference"):
        article.claims_behind("z")
