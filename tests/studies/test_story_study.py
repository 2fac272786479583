"""The story of the front page: what sessions measure agrees with the exact moments."""

from pathlib import Path

import pytest

from neurocoord_book import results
from neurocoord_book.studies import learning_runs as runs
from neurocoord_book.studies.story import ENGAGEMENT, story


@pytest.mark.parametrize("measure", ["fraction", "correct"])
def test_sessions_agree_with_exact_values_in_each_theory_session_and_engagement(measure):
    table = story().dropna() if measure == "correct" else story()
    difference = table[measure] - table[f"exact_{measure}"]
    cells = difference.groupby([table["theory"], table["engagement"], table["session"]])
    z = cells.mean() / cells.sem()
    kinds = len(ENGAGEMENT) if measure == "fraction" else 1
    assert len(z) == len(runs.THEORIES) * kinds * runs.WEEKS.sessions
    assert z.abs().max() < 4.5
    assert cells.size().unique().item() == runs.STORIES


def test_every_stored_value_has_its_place():
    wide = results.read(runs.CAMPAIGN, "story").set_index(["experiment", "session"])
    table = story().set_index(["theory", "engagement", "experiment", "session"]).sort_index()
    for theory, name in runs.TABLES.items():
        row = table.loc[(theory, "passive", 7, 12)]
        assert row["fraction"] == wide.loc[(7, 12), f"{name}_passive"]
        assert row["exact_fraction"] == wide.loc[(7, 12), f"exact_{name}_passive"]
        assert table.loc[(theory, "passive"), "correct"].isna().all()
        row = table.loc[(theory, "engaged", 7, 12)]
        assert row["exact_correct"] == wide.loc[(7, 12), f"exact_{name}_correct"]


def test_the_front_page_says_how_many_studies_there_are():
    page = (Path(__file__).parents[2] / "book" / "index.md").read_text(encoding="utf-8")
    assert f"mean of {runs.STORIES} simulated studies" in " ".join(page.split())
