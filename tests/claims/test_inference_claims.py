import numpy as np
import pytest

from neurocoord_book import claims
from neurocoord_book.claims import comparison
from neurocoord_book.studies import comparison as study


def test_every_cell_of_the_comparison_is_a_claim_and_is_shown():
    assert len(comparison.CELLS) == 3 * 3 * len(study.MEASURES)
    for change in comparison.CHANGES:
        html = comparison.comparison(change).data
        assert html.count("<tr>") == 1 + len(study.MEASURES)
        for theory in comparison.THEORIES:
            for measure in study.MEASURES:
                claim = claims.find(f"table-{theory}-{measure.replace('_', '-')}-{change}")
                assert comparison.cell_text(claims.evaluate(claim)) in html


@pytest.mark.parametrize(
    ("direction", "kind", "inside", "outside"),
    [
        ("rises", "ratio", 1.5, 0.9),
        ("falls", "ratio", 0.5, 1.1),
        ("unchanged", "ratio", 1.0, 1.01),
        ("rises", "difference", 0.1, -0.1),
        ("falls", "difference", -0.1, 0.1),
        ("unchanged", "difference", 0.0, 0.01),
    ],
)
def test_regions_of_the_directions(direction, kind, inside, outside):
    region = comparison.region(direction, kind)
    assert region.verdict(claims.Evidence(inside)) is claims.Verdict.SUPPORTED
    assert region.verdict(claims.Evidence(outside)) is claims.Verdict.NOT_SUPPORTED


def test_no_cell_moves_the_mean_correlation():
    """What the chapter says of it: by less than 0.001 in every cell."""
    for theory in study.WORLDS:
        table = study.contrasts(theory=theory).groupby("contrast")["correlation"].mean()
        assert np.abs(table).max() < comparison.TOLERANCE


def test_groups_fold_away():
    results = [claims.evaluate(claim) for claim in (comparison.CELLS[0], comparison.CELLS[-1])]
    html = claims.to_html(results).data
    assert html.count("<details") == 2
    assert "<table" in html.split("</summary>")[1]
