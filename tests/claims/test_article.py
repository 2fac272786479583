"""The table of the study's findings by theory shows what the registry computes."""

import re

import pytest

from neurocoord import claims
from neurocoord.claims import Claim, Evidence, above, article

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


@pytest.mark.xdist_group("06-signatures")
def test_verdicts_are_computed_and_lead_to_their_claims():
    head, *rows = rows_of(article.table().data)
    assert all('scope="col"' in attributes for attributes, _ in head)
    assert [text for _, text in head[1:]] == list(article.THEORIES.values())
    assert len(rows) == len(article.FINDINGS)
    for (name, sentence), ((attributes, title), *cells) in zip(
        article.FINDINGS.items(), rows, strict=True
    ):
        assert attributes.strip() == 'scope="row"'
        assert title == sentence
        behind = article.claims_behind(name)
        for (end, claim), (label, cell) in zip(behind.items(), cells, strict=True):
            result = claims.evaluate(claim)
            assert f'data-label="{article.THEORIES.get(end, "Verdict")}"' in label
            assert f'href="#claim-{claim.id}"' in cell
            assert f'id="claim-{claim.id}"' in claims.to_html([result]).data
            assert re.search(r'data-verdict="([^"]+)".*>\1</a>', cell)[1] == result.verdict
            assert re.search(r'aria-label="([^":]+): ', cell)[1] == result.verdict


def test_a_claim_about_the_evidence_stands_for_all_theories(monkeypatch):
    one = Claim("x", "01-coordination", "A < b.", "q", lambda: Evidence(1.0), above(0))
    other = Claim("y-inference", "01-coordination", "C.", "q", lambda: Evidence(1.0), above(0))
    monkeypatch.setattr(article, "FINDINGS", {"x": "X holds.", "y": "Y holds."})
    monkeypatch.setattr(article, "all_claims", lambda: (one, other))
    _, first, second = rows_of(article.table().data)
    assert len(first) == 2
    assert 'colspan="2"' in first[1][0]
    assert "supported: A &lt; b." in first[1][1]
    assert second[2][1] == "not asked"
    with pytest.raises(ValueError, match="no claim of the book is about 'z': z or z-inference"):
        article.claims_behind("z")
