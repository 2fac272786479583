"""Model recovery against what is known of two and three Gaussian clouds."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from neurocoord_book.recovery import classify, confusion


def clouds(means, counts=2000, seed=0, sd=1.0):
    """Return points around each mean, named a, b, ..., numbered within each."""
    rng = np.random.default_rng(seed)
    parts = []
    for name, mean in zip("abc", means, strict=False):
        x = np.asarray(mean) + sd * rng.standard_normal((counts, len(mean)))
        part = pd.DataFrame(x, columns=[f"x{k}" for k in range(len(mean))])
        parts.append(part.assign(model=name, experiment=np.arange(counts)))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("distance", [0.0, 1.0, 3.0])
def test_two_gaussians_are_told_apart_as_often_as_theory_says(distance):
    """Two clouds d standard deviations apart: Phi(d / 2) called right."""
    table = clouds([[0.0, 0.0], [distance * 0.6, distance * 0.8]])
    called = classify(table, ["x0", "x1"])
    right = (called == table["model"]).mean()
    expected = stats.norm.cdf(distance / 2)
    assert abs(right - expected) < 4 * np.sqrt(0.25 / 4000) + 0.01


def test_clouds_that_differ_in_spread_only_are_told_apart():
    """Variances 1 and 9: the borders are where both densities are the same."""
    narrow, wide = clouds([[0.0]]), clouds([[0.0]], seed=1, sd=3.0).assign(model="b")
    table = pd.concat([narrow, wide], ignore_index=True)
    border = np.sqrt(np.log(9) / (1 - 1 / 9))
    law = stats.norm()
    expected = 0.5 * (law.cdf(border) - law.cdf(-border)) + law.sf(border / 3)
    right = (classify(table, ["x0"]) == table["model"]).mean()
    assert abs(right - expected) < 0.03


def test_an_experiment_is_never_called_by_a_fit_to_itself():
    """Moving one half of a model's experiments changes only how the other half is called."""
    table = clouds([[0.0], [2.0]], counts=200)
    before = classify(table, ["x0"])
    moved = table.copy()
    chosen = (moved["model"] == "a") & (moved["experiment"] % 2 == 0)
    moved.loc[chosen, "x0"] += 4.0  # model a now lies on the other side of b, for the odd half
    after = classify(moved, ["x0"])
    odd = table["experiment"] % 2 == 1
    assert (before[odd] != after[odd]).mean() > 0.5
    even_b = (table["model"] == "b") & ~odd
    assert (before[even_b] == after[even_b]).all()


def test_confusion_counts_by_hand():
    true = pd.Series(["a", "a", "a", "a", "b", "b"])
    called = pd.Series(["a", "a", "a", "b", "a", "b"])
    table = confusion(true, called).set_index(["model", "called"])
    assert table.loc[("a", "a"), "rate"] == 0.75
    assert table.loc[("a", "b"), "rate"] == 0.25
    assert table.loc[("b", "a"), "rate"] == 0.5
    assert table.loc[("a", "a"), "se"] == pytest.approx(np.sqrt(0.75 * 0.25 / 4))
    assert table.loc[("b", "b"), "count"] == 2
    # A model that nothing is called by still has its column.
    table = confusion(true, pd.Series(["a"] * 6)).set_index(["model", "called"])
    assert table.loc[("b", "b"), "rate"] == 0


def test_what_cannot_be_classified_is_refused():
    table = clouds([[0.0], [1.0]], counts=20)
    with pytest.raises(ValueError, match=r"no columns \['y'\]"):
        classify(table, ["x0", "y"])
    with pytest.raises(ValueError, match="1 experiments of 'a' to fit 1 measures"):
        classify(table[table["experiment"] < 2], ["x0"])
    broken = table.copy()
    broken.loc[3, "x0"] = np.nan
    with pytest.raises(ValueError, match="hold NaN"):
        classify(broken, ["x0"])


def test_measures_that_depend_on_each_other_and_strange_numbers_are_refused():
    table = clouds([[0.0], [1.0]], counts=40)
    with pytest.raises(ValueError, match="constant or a combination"):
        classify(table.assign(twice=2 * table["x0"]), ["x0", "twice"])
    with pytest.raises(ValueError, match="experiment must number"):
        classify(table.assign(experiment=table["experiment"] + 0.5), ["x0"])


def test_confusion_takes_the_same_rows_and_no_unknown_models():
    true = pd.Series(["a", "a", "b"])
    with pytest.raises(ValueError, match="same index"):
        confusion(true, true.iloc[:2])
    with pytest.raises(ValueError, match="called names what is no model"):
        confusion(true, pd.Series(["a", "c", "b"]))
