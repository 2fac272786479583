"""The information measures against closed forms, brute force and their invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from neurocoord import information as info


def draw_moments(seed, n):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n, 2 * n))
    return rng.normal(size=n), root @ root.T / n + 0.1 * np.eye(n), rng


moments = st.builds(draw_moments, st.integers(0, 10_000), st.integers(1, 7))
many = settings(max_examples=40, deadline=None)


def test_two_neurons_in_closed_form():
    # Noise correlation rho; f' = (1, 1) lies along it and (1, -1) across it.
    rho, variance = 0.3, 2.5
    covariance = variance * np.array([[1, rho], [rho, 1]])
    along = info.linear_fisher_information([1, 1], covariance)
    across = info.linear_fisher_information([1, -1], covariance)
    assert along == pytest.approx(2 / (variance * (1 + rho)))
    assert across == pytest.approx(2 / (variance * (1 - rho)))
    assert info.shuffled_information([1, 1], covariance) == pytest.approx(2 / variance)
    assert info.redundancy_fraction([1, 1], covariance) == pytest.approx(rho / (1 + rho))
    assert info.total_correlation(covariance) == pytest.approx(-0.5 * np.log(1 - rho**2))


@many
@given(moments)
def test_total_is_the_precision_of_the_best_unbiased_linear_readout(drawn):
    slope, covariance, rng = drawn
    total = info.linear_fisher_information(slope, covariance)
    weights = np.linalg.solve(covariance, slope) / total
    assert weights @ slope == pytest.approx(1)
    assert weights @ covariance @ weights == pytest.approx(1 / total)
    # Any other unbiased readout is worse.
    other = weights + 0.1 * rng.normal(size=slope.size)
    other += (1 - other @ slope) * slope / (slope @ slope)
    assert other @ covariance @ other >= 1 / total * (1 - 1e-9)


@many
@given(moments)
def test_invertible_maps_leave_the_total_and_diagonal_ones_the_shuffled(drawn):
    slope, covariance, rng = drawn
    n = slope.size
    mix = rng.normal(size=(n, n)) + 3 * np.eye(n)
    gain = rng.uniform(0.2, 5, size=n) * rng.choice([-1, 1], size=n)
    total, shuffled = (
        info.linear_fisher_information(slope, covariance),
        info.shuffled_information(slope, covariance),
    )
    mixed = info.linear_fisher_information(mix @ slope, mix @ covariance @ mix.T)
    assert mixed == pytest.approx(total, rel=1e-6)
    scaled = gain * slope, np.outer(gain, gain) * covariance
    assert info.linear_fisher_information(*scaled) == pytest.approx(total, rel=1e-8)
    assert info.shuffled_information(*scaled) == pytest.approx(shuffled)
    assert info.total_correlation(scaled[1]) == pytest.approx(
        info.total_correlation(covariance), abs=1e-9
    )


@many
@given(moments)
def test_order_of_neurons_does_not_matter(drawn):
    slope, covariance, rng = drawn
    order = rng.permutation(slope.size)
    swapped = slope[order], covariance[np.ix_(order, order)]
    for measure in (info.redundancy, info.differential_variance):
        assert measure(*swapped) == pytest.approx(measure(slope, covariance), rel=1e-8, abs=1e-9)
    single = info.single_neuron_information(slope, covariance)
    np.testing.assert_allclose(info.single_neuron_information(*swapped), single[order])


@many
@given(moments)
def test_more_neurons_never_know_less(drawn):
    slope, covariance, _ = drawn
    totals = [
        info.linear_fisher_information(slope[:n], covariance[:n, :n])
        for n in range(1, slope.size + 1)
    ]
    assert np.all(np.diff(totals) >= -1e-9 * totals[-1])


@many
@given(moments, st.floats(0.05, 3))
def test_differential_noise_adds_to_the_inverse_information(drawn, strength):
    # Sherman and Morrison: 1 / I(Sigma + eps f' f'^T) = 1 / I(Sigma) + eps.
    slope, covariance, _ = drawn
    noisy = covariance + strength * np.outer(slope, slope)
    before = info.linear_fisher_information(slope, covariance)
    after = info.linear_fisher_information(slope, noisy)
    assert 1 / after == pytest.approx(1 / before + strength, rel=1e-6)
    added = info.differential_variance(slope, noisy) - info.differential_variance(slope, covariance)
    assert added == pytest.approx(strength * slope @ slope)


def test_total_correlation_is_the_divergence_from_independence():
    # By numerical integration of p log(p / (p1 p2)), which knows nothing of determinants.
    covariance = np.array([[1.3, -0.6], [-0.6, 0.8]])
    joint = stats.multivariate_normal(cov=covariance)
    first, second = (stats.norm(scale=np.sqrt(v)) for v in np.diag(covariance))

    def integrand(y, x):
        return joint.pdf([x, y]) * (joint.logpdf([x, y]) - first.logpdf(x) - second.logpdf(y))

    divergence, _ = integrate.dblquad(integrand, -8, 8, -7, 7, epsabs=1e-8)
    assert info.total_correlation(covariance) == pytest.approx(divergence, abs=1e-6)


def test_independent_neurons_are_not_redundant():
    slope, covariance = [0.5, -1, 2], np.diag([1, 2, 3])
    assert info.redundancy(slope, covariance) == pytest.approx(0, abs=1e-14)
    assert info.total_correlation(covariance) == 0
    np.testing.assert_array_equal(info.noise_correlations(covariance), np.eye(3))


GOOD = np.eye(2)


@pytest.mark.parametrize(
    ("slope", "covariance", "message"),
    [
        ([1, np.nan], GOOD, "slope holds NaN"),
        ([1, 2, 3], GOOD, r"covariance must have shape \(3, 3\)"),
        ([[1, 2]], GOOD, "slope must have shape"),
        ([1, 2], [[1, 0.5], [0.2, 1]], "symmetric"),
        ([1, 2], [[1, 2], [2, 1]], "not positive definite"),
        ([1, 2], [[1, 1], [1, 1]], "not positive definite"),
        ([1, 2], [[1, 0], [0, -1]], r"no positive variance at \[1\]"),
        ([1, 2], [[1, np.inf], [np.inf, 1]], "covariance holds NaN"),
    ],
)
def test_bad_moments_are_refused(slope, covariance, message):
    with pytest.raises(ValueError, match=message):
        info.linear_fisher_information(slope, covariance)


def test_neurons_of_very_different_scale_are_not_singular():
    covariance = np.diag([1e-12, 1e12])
    assert info.linear_fisher_information([1e-6, 1e6], covariance) == pytest.approx(2)


def test_duplicated_neuron_is_named():
    covariance = np.array([[1, 0.2, 0.2], [0.2, 1, 1], [0.2, 1, 1]])
    with pytest.raises(ValueError, match="not positive definite"):
        info.total_correlation(covariance)


@pytest.mark.parametrize("measure", [info.redundancy_fraction, info.differential_variance])
def test_zero_slope_has_no_direction(measure):
    with pytest.raises(ValueError, match="slope is zero"):
        measure([0, 0], GOOD)


def test_all_neurons_that_depend_on_each_other_are_named_by_group():
    """Neurons 1 and 4 are one; 6 is the sum of 0 and 3; the others are free."""
    rng = np.random.default_rng(0)
    root = rng.normal(size=(7, 20))
    root[4], root[6] = 1e3 * root[1], root[0] + root[3]
    with pytest.raises(ValueError, match=r"neurons \[0, 3, 6\] and \[1, 4\] depend on one another"):
        info.linear_fisher_information(np.ones(7), root @ root.T)


def test_what_is_no_covariance_is_not_called_dependent():
    with pytest.raises(ValueError, match="negative variance"):
        info.total_correlation([[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]])
