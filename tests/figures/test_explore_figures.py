import json
import math
import re

import numpy as np
import pytest
from bs4 import BeautifulSoup

from neurocoord_book.figures import explore as figures
from neurocoord_book.studies.explore import states


@pytest.fixture(scope="module")
def table():
    return states()


@pytest.fixture(scope="module")
def soup(table):
    return BeautifulSoup(figures.explore(table).data, "html.parser")


def drawn_covariance(transform):
    """Return the covariance whose ellipse a transform makes of the unit circle."""
    a, b, c, d, *_ = map(float, re.findall(r"-?[\d.]+", transform))
    root = np.array([[a, c], [b, d]]) / figures.SDS
    return root @ root.T


def test_the_page_carries_the_whole_table_in_its_order(table, soup):
    data = json.loads(soup.find(id="explore-data").string)
    assert math.prod(len(data["words"][name]) for name in data["order"]) == len(table)
    assert data["order"] == ["signal", "window", "amount", "engagement", "frame"]
    assert all(len(set(words)) == len(words) for words in data["words"].values())
    np.testing.assert_allclose(data["rows"], table[data["columns"]], atol=0.005)


def test_it_is_light(table):
    assert len(figures.explore(table).data.encode()) < 60_000


def test_the_state_drawn_is_the_last_of_the_first_signal(table, soup):
    state = table[table["signal"] == table["signal"].min()].iloc[-1]
    now = soup.find(class_="explore-now")
    wanted = [[state.variance_1, state.covariance], [state.covariance, state.variance_2]]
    np.testing.assert_allclose(drawn_covariance(now.circle["transform"]), wanted, atol=2e-3)
    assert float(now.line["x2"]) == pytest.approx(state.slope_1, abs=1e-3)
    assert float(now.line["y2"]) == pytest.approx(state.slope_2, abs=1e-3)
    for name in figures.NUMBERS:
        assert soup.find(attrs={"data-number": name}).string == f"{state[name]:.2f}"
        assert f"{state[name]:.2f}" in soup.find(class_="explore-sentence").string


def test_the_state_behind_is_the_one_before_learning(table, soup):
    first = table[table["signal"] == table["signal"].min()]
    naive = first[first["amount"] == 0].iloc[-1]
    before = soup.find(class_="explore-before")
    wanted = [[naive.variance_1, naive.covariance], [naive.covariance, naive.variance_2]]
    np.testing.assert_allclose(drawn_covariance(before.circle["transform"]), wanted, atol=2e-3)


def test_bars_have_one_scale(table, soup):
    bars = {
        bar["data-bar"]: float(bar["width"]) for bar in soup.find_all("rect", {"data-bar": True})
    }
    state = table[table["signal"] == table["signal"].min()].iloc[-1]
    assert bars["total"] / bars["shuffled"] == pytest.approx(state.total / state.shuffled, rel=1e-2)
    assert max(bars.values()) <= 100.1


def test_every_state_fits_into_the_frame(table, soup):
    group = soup.find(class_="explore-now").parent["transform"]
    scale = float(re.search(r"scale\(([\d.]+)", group)[1])
    sds = np.sqrt(table[["variance_1", "variance_2"]].to_numpy().max())
    slope = table[["slope_1", "slope_2"]].to_numpy().max() + 0.3  # with the head of the arrow
    room = figures.SIDE / 2 - figures.MARGIN
    assert scale * max(figures.SDS * sds, slope) < room


def test_controls_are_labelled_and_wait_for_the_script(soup):
    form = soup.find("form")
    assert form.has_attr("hidden")
    labelled = {label["for"] for label in form.find_all("label", {"for": True})}
    assert {slider["id"] for slider in form.find_all("input", type="range")} == labelled
    assert len(labelled) == 3


def test_an_incomplete_table_is_refused(table):
    with pytest.raises(ValueError, match="each combination"):
        figures.explore(table.iloc[1:])


def test_corners_show_the_extremes_at_the_last_frame(table):
    shown = BeautifulSoup(figures.corners(table).data, "html.parser")
    rows = {row.th.string: [cell.string for cell in row("td")] for row in shown.tbody("tr")}
    last = table[(table["frame"] == 10) & (table["signal"] == 0.1)]
    last = last[last["window"] == "all so far"]
    for amount, learned in ((0, "nothing"), (1, "everything")):
        for engagement, who in ((0, "passive"), (1, "engaged")):
            state = last[(last["amount"] == amount) & (last["engagement"] == engagement)].iloc[0]
            wanted = [f"{state[name]:.2f}" for name in figures.NUMBERS]
            assert rows[f"learned {learned}, {who}"] == wanted
    assert len(rows) == 4
