import re

import pytest

from neurocoord_book import claims
from neurocoord_book.claims import calibration, limits
from neurocoord_book.claims._registry import Evidence

chapter = pytest.mark.xdist_group("08-limits")


def test_a_row_takes_a_claim_something_computed_or_nothing():
    rows = [
        calibration.Row("a", "5", lambda: Evidence(0.05, 0.03, 0.081), None),
        calibration.Row("b", "8", "one-area-one-task-two-animals", lambda: Evidence(1.0)),
    ]
    table = calibration.calibration(rows)
    assert table.index.tolist() == ["a", "b"]
    assert table.loc["a", "Type I error"] == "0.05 (0.03 to 0.08)"
    assert table.loc["a", "Power"] == "\N{EN DASH}"
    assert table.loc["b", "Type I error"] == "0.22 (0.22 to 0.22)"
    assert "<caption>" in calibration.calibration_table(rows).data


def test_the_rows_name_claims_of_the_book():
    known = {claim.id for claim in claims.all_claims()}
    named = {source for row in calibration.ROWS for source in row[2:] if isinstance(source, str)}
    assert named <= known
    tests = [row.test for row in calibration.ROWS]
    assert len(set(tests)) == len(tests)
    assert {row.where for row in calibration.ROWS} == {"5", "6", "8"}


@chapter
def test_the_table_of_confounds_has_each_cell():
    html = limits.confound_table().data
    assert len(re.findall(r"<td", html)) == 4 * 8
    assert "Mean noise correlation" in html
