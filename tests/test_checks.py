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


def test_whole_numbers_keep_all_their_digits_and_floats_become_whole():
    assert _checks.whole("seed", 2**64 - 1) == 2**64 - 1
    assert type(_checks.whole("n", np.float64(2.0))) is int


def test_percentages_are_not_shares():
    with pytest.raises(ValueError, match=r"level must lie between 0 and 1, not 95: for 95% write"):
        _checks.share("level", 95)
    assert _checks.share("level", 1) == 1
    with pytest.raises(ValueError, match="between 0 and 1"):
        _checks.share("level", 1, ends=False)


def test_leading_axes_may_be_any_and_the_last_are_checked():
    assert _checks.finite_array("e", np.ones((0, 4, 3)), (..., None, 3)).shape == (0, 4, 3)
    for shape in ((3,), (4, 2)):
        with pytest.raises(ValueError, match=r"shape \(\.\.\., any, 3\)"):
            _checks.finite_array("e", np.ones(shape), (..., None, 3))


def test_masks_and_booleans_are_refused_but_for_counts():
    with pytest.raises(ValueError, match="masked"):
        _checks.finite_array("x", np.ma.masked_array([1.0, 2.0], [False, True]), (None,))
    with pytest.raises(ValueError, match="real numbers"):
        _checks.finite_array("x", [True, False], (None,))
    assert _checks.real_numbers("x", [True, False], counts=True).tolist() == [1, 0]


@pytest.mark.parametrize("bad", [[], [0, 0], [-1], [3], [0.5], [True, False, True]])
def test_positions_are_whole_different_and_there(bad):
    with pytest.raises(ValueError, match="channels"):
        _checks.indices("channels", bad, 3)
