import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurocoord_book.tracking import attenuation, draw_labels, mislabelled


@given(st.integers(4, 60), st.floats(0, 1), st.integers(0, 99))
def test_labels_name_each_neuron_once_and_the_share_given_wrongly(size, share, seed):
    if round(size * share) == 1:
        with pytest.raises(ValueError, match="single neuron"):
            draw_labels(size, share, np.random.default_rng(seed))
        return
    labels = draw_labels(size, share, np.random.default_rng(seed))
    assert sorted(labels) == list(range(size))
    assert (labels != np.arange(size)).sum() == mislabelled(size, share)


@pytest.mark.parametrize(("size", "share"), [(10, 0.3), (50, 0.25), (7, 1.0), (50, 0.0)])
def test_attenuation_is_the_mean_over_sessions_of_the_covariance_left(size, share):
    rng = np.random.default_rng(1)
    x = rng.gamma(2, size=size)
    y = x + 0.3 * rng.standard_normal(size)
    true = np.cov(x, y)[0, 1]
    left = [
        np.cov(x[draw_labels(size, share, rng)], y[draw_labels(size, share, rng)])[0, 1] / true
        for _ in range(4000)
    ]
    error = np.std(left) / np.sqrt(len(left))
    assert abs(np.mean(left) - attenuation(size, share)) <= 4 * error + 1e-12


def test_in_a_large_population_it_is_the_square_of_the_share_of_right_names():
    assert attenuation(100_000, 0.3) == pytest.approx(0.49, abs=1e-4)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_is_a_share(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        attenuation(10, share)


def test_one_neuron_cannot_be_taken_for_another():
    with pytest.raises(ValueError, match="size must be a whole number of at least 2"):
        attenuation(1, 0.0)
