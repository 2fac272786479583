"""The numbers of the front page follow from the stored studies."""

from pathlib import Path

import pytest

from neurocoord_book import claims, results
from neurocoord_book.studies.learning_runs import CAMPAIGN

OWN = claims.claims_of("index")


def value(name):
    return claims.evaluate(claims.find(f"front-{name}")).evidence.value


def test_levels_rise_and_fall_are_those_of_the_stored_studies():
    wide = results.read(CAMPAIGN, "story")
    exact = wide.groupby("session").mean()
    inference, efficient = exact["exact_inference_engaged"], exact["exact_efficient_engaged"]
    assert value("inference-first") == pytest.approx(inference[1])
    assert value("inference-last") == pytest.approx(inference[20])
    assert value("efficient-first") == pytest.approx(efficient[1])
    assert value("efficient-last") == pytest.approx(efficient[20])
    assert value("efficient-falls-then") == pytest.approx(efficient.max() - efficient[20])
    # Half of the studies name the session of the top; the rise is that of the other half.
    halves = wide.groupby([wide["experiment"] % 2, "session"])["exact_efficient_engaged"].mean()
    top = halves[0].idxmax()
    assert top == efficient.idxmax()
    assert value("efficient-rises-first") == pytest.approx(halves[1][top] - halves[1][1])


def test_the_fall_is_compared_with_the_rise_and_with_the_band_of_the_figure():
    sessions = results.read(CAMPAIGN, "story").groupby("session")
    exact = sessions.mean()
    change = exact.loc[20] - exact.loc[1]
    ratio = -change["exact_efficient_engaged"] / change["exact_inference_engaged"]
    assert value("fall-small") == pytest.approx(ratio)
    measured = sessions["efficient_engaged"]
    band = (measured.quantile(0.975) - measured.quantile(0.025)).mean()
    assert value("fall-hidden") == pytest.approx(-change["exact_efficient_engaged"] / band)


def test_the_front_page_pastes_each_of_its_claims():
    page = (Path(__file__).parents[2] / "book" / "index.md").read_text(encoding="utf-8")
    assert [one.id for one in OWN if f"{{claim}}`{one.id}`" not in page] == []
