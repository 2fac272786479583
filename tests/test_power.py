import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurocoord.hypotheses import equivalence, permutation_trend, trend
from neurocoord_book.power import (
    share_bound,
    smallest_margin,
    smallest_rise,
    subjects_needed,
)


@given(st.integers(1, 60), st.floats(0.5, 0.999))
def test_if_all_show_it_the_bound_is_a_root(subjects, level):
    assert share_bound(subjects, subjects, level) == pytest.approx((1 - level) ** (1 / subjects))


@pytest.mark.parametrize(("successes", "subjects"), [(1, 2), (3, 5), (0, 4)])
def test_at_the_bound_so_many_successes_have_the_probability_left(successes, subjects):
    bound = share_bound(successes, subjects, 0.9)
    if successes == 0:
        assert bound == 0
    else:
        assert stats.binom.sf(successes - 1, subjects, bound) == pytest.approx(0.1)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.9])
def test_subjects_needed_is_the_first_that_suffices(share):
    count = subjects_needed(share)
    assert 0.05 ** (1 / count) > share >= 0.05 ** (1 / (count - 1))


@pytest.fixture(params=range(4))
def study(request):
    rng = np.random.default_rng(request.param)
    session = np.tile(np.arange(1.0, 9), 2)
    return pd.DataFrame(
        {
            "subject": np.repeat([1, 2], 8),
            "task": "cardinal",
            "session": session,
            "value": rng.standard_normal(16) * (1 + session / 8),
        }
    )


def test_the_smallest_margin_is_where_the_equivalence_test_turns(study):
    margin = smallest_margin(equivalence(study, "value", 1.0))
    assert equivalence(study, "value", margin * 1.001).p < 0.05
    assert equivalence(study, "value", margin * 0.999).p > 0.05


def test_the_smallest_rise_is_what_makes_the_trend_significant(study):
    rise = smallest_rise(trend(study, "value"))
    for factor, significant in ((1.001, True), (0.999, False)):
        steeper = study.assign(value=study["value"] + factor * rise * study["session"])
        found = trend(steeper, "value")
        assert (found.p < 0.05 and found.estimate > 0) == significant


@pytest.mark.parametrize(("successes", "subjects"), [(3, 2), (-1, 2), (0, 0)])
def test_impossible_counts_are_refused(successes, subjects):
    with pytest.raises(ValueError, match=r"subjects|successes"):
        share_bound(successes, subjects)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_no_number_of_subjects_shows_all(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        subjects_needed(share)


def test_a_test_without_an_interval_has_no_smallest_rise(study):
    with pytest.raises(ValueError, match="found has no interval"):
        smallest_rise(permutation_trend(study, "value", resamples=9))


def test_a_share_next_to_one_needs_very_many_subjects():
    assert subjects_needed(1 - 1e-9) == pytest.approx(3e9, rel=0.01)
