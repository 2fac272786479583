import numpy as np
import pytest

from neurocoord import _checks


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0, 0.0])
def test_positive_rejects(bad):
    with pytest.raises(ValueError, match="price must be a finite positive number"):
        _checks.positive("price", bad)


def test_positive_accepts_zero_only_where_allowed():
    assert _checks.positive("price", 0, zero_allowed=True) == 0


@pytest.mark.parametrize("bad", [0, 1.5, True])
def test_whole_rejects(bad):
    with pytest.raises(ValueError, match="frames must be a whole number of at least 1"):
        _checks.whole("frames", bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([[1.0, 2.0]], r"must have shape \(any\)"),
        ([], r"must have shape \(any\)"),
        ([1.0, np.nan], "holds NaN"),
        (["a"], "real numbers"),
    ],
)
def test_finite_array_rejects(bad, message):
    with pytest.raises(ValueError, match=message):
        _checks.finite_array("slope", bad, (None,))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.ones((2, 3)), "must be square"),
        ([[1.0, 0.5], [0.4, 1.0]], "must be symmetric"),
        ([[1.0, 0.0], [0.0, 0.0]], r"no positive variance at \[1\]"),
    ],
)
def test_symmetric_matrix_rejects(bad, message):
    with pytest.raises(ValueError, match=message):
        _checks.symmetric_matrix("covariance", bad)


def test_asymmetry_is_judged_on_the_scale_of_the_neurons():
    # Rounding of 1e-12 of a variance of 1e8 is harmless; the same number is not for variance 1.
    big = np.array([[1e8, 1e-5], [0.0, 1e8]])
    assert _checks.symmetric_matrix("covariance", big) is not None
    with pytest.raises(ValueError, match="symmetric"):
        _checks.symmetric_matrix("covariance", big / [[1e8, 1], [1, 1e8]])
