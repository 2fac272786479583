import numpy as np
import pytest
from scipy import stats

from neurocoord_book.claims import evidence


def test_mean_has_the_interval_of_student():
    sample = np.random.default_rng(0).normal(2, 3, 17)
    found = evidence.mean_of(sample)
    reach = stats.t.ppf(0.975, 16) * sample.std(ddof=1) / 17**0.5
    assert (found.value, found.low, found.high) == pytest.approx(
        (sample.mean(), sample.mean() - reach, sample.mean() + reach)
    )


@pytest.mark.parametrize("hits", [0, 3, 40])
def test_share_has_the_interval_of_wilson(hits):
    found = evidence.share_of([True] * hits + [False] * (40 - hits))
    expected = stats.binomtest(hits, 40).proportion_ci(method="wilson")
    assert found.value == hits / 40
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_with_error_reaches_two_standard_errors():
    found = evidence.with_error(5.0, 0.5)
    assert (found.low, found.high) == pytest.approx((5 - 0.979982, 5 + 0.979982))


def test_bootstrap_of_a_mean_agrees_with_student_and_is_repeatable():
    sample = np.random.default_rng(0).normal(2, 3, 200)
    found = evidence.bootstrapped(np.mean, sample, seed=1)
    exact = evidence.mean_of(sample)
    assert found.value == pytest.approx(exact.value)
    assert found.low == pytest.approx(exact.low, abs=0.1)
    assert found.high == pytest.approx(exact.high, abs=0.1)
    assert evidence.bootstrapped(np.mean, sample, seed=1) == found


@pytest.mark.parametrize("bad", [[], [1.0], [1.0, np.nan]])
def test_bad_samples_are_refused(bad):
    with pytest.raises(ValueError, match=r"sample|two values"):
        evidence.mean_of(bad)
