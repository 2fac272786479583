"""The estimators against Monte Carlo, brute force, closed forms and their invariances."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from neurocoord import information as info

DESIGNS = [  # N, T1, T2, T0, ds
    pytest.param(4, 30, 30, None, 1.0, id="few-neurons"),
    pytest.param(10, 45, 25, None, 0.7, id="unequal-counts"),
    pytest.param(30, 40, 40, None, 0.5, id="nearly-as-many-neurons-as-trials"),
    pytest.param(8, 25, 40, 30, 1.6, id="zero-signal-covariance"),
]


def world(n, seed=3):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n, 2 * n))
    slope = 0.6 * rng.normal(size=n)
    covariance = root @ root.T / (2 * n) + np.diag(rng.uniform(0.5, 2, n))
    return slope, covariance + 0.3 * np.outer(slope, slope), rng


def trials(rng, count, covariance, mean=0.0):
    return rng.multivariate_normal(np.zeros(len(covariance)), covariance, count) + mean


def brute_force(low, high, ds, zero=None):
    """Naive total and shuffled from textbook definitions, by explicit inverse and loops."""
    neurons = range(low.shape[1])
    slope = [(sum(high[:, i]) / len(high) - sum(low[:, i]) / len(low)) / ds for i in neurons]
    if zero is not None:
        covariance = np.cov(zero, rowvar=False)
    else:
        sums = [(len(x) - 1) * np.cov(x, rowvar=False) for x in (low, high)]
        covariance = sum(sums) / (len(low) + len(high) - 2)
    precision = np.linalg.inv(covariance)
    return (
        sum(slope[i] * precision[i, j] * slope[j] for i in neurons for j in neurons),
        sum(slope[i] ** 2 / covariance[i, i] for i in neurons),
    )


def draw(design, seed):
    n, t1, t2, t0, ds = design
    slope, covariance, rng = world(n, seed)
    zero = None if t0 is None else trials(rng, t0, covariance)
    low = trials(rng, t1, covariance)
    return low, trials(rng, t2, covariance, ds * slope), ds, zero


@pytest.mark.parametrize(("n", "t1", "t2", "t0", "ds"), DESIGNS)
def test_formulae_of_one_data_set(n, t1, t2, t0, ds):
    low, high, ds, zero = draw((n, t1, t2, t0, ds), seed=8)
    estimate = info.estimate_information(low, high, ds, zero=zero)
    total, shuffled = brute_force(low, high, ds, zero)
    nu = t1 + t2 - 2 if t0 is None else t0 - 1
    g = (t1 + t2) / (t1 * t2 * ds**2)
    assert estimate.degrees == nu
    assert estimate.noise == pytest.approx(g)
    assert estimate.naive_total == pytest.approx(total)
    assert estimate.naive_shuffled == pytest.approx(shuffled)
    assert estimate.total == pytest.approx(total * (nu - n - 1) / nu - g * n)
    assert estimate.shuffled == pytest.approx(shuffled * (nu - 2) / nu - g * n)
    assert estimate.redundancy == pytest.approx(estimate.shuffled - estimate.total)
    assert estimate.redundancy_fraction == pytest.approx(1 - estimate.total / estimate.shuffled)


@pytest.mark.parametrize(("n", "t1", "t2", "t0", "ds"), DESIGNS)
def test_means_and_variance_by_monte_carlo(n, t1, t2, t0, ds):
    slope, covariance, rng = world(n)
    truth = info.linear_fisher_information(slope, covariance)
    shuffled = info.shuffled_information(slope, covariance)
    repeats = 600
    estimates = []
    for _ in range(repeats):
        zero = None if t0 is None else trials(rng, t0, covariance)
        high = trials(rng, t2, covariance, ds * slope)
        estimates.append(
            info.estimate_information(trials(rng, t1, covariance), high, ds, zero=zero)
        )
    nu, g = estimates[0].degrees, estimates[0].noise

    def agrees(values, expected):
        assert np.mean(values) == pytest.approx(expected, abs=4 * np.std(values) / repeats**0.5)

    agrees([e.total for e in estimates], truth)
    agrees([e.shuffled for e in estimates], shuffled)
    agrees([e.naive_total for e in estimates], info.naive_mean(truth, n, nu, g))
    agrees([e.naive_shuffled for e in estimates], info.naive_shuffled_mean(shuffled, n, nu, g))
    totals = np.array([e.total for e in estimates])
    agrees((totals - truth) ** 2, info.estimator_variance(truth, n, nu, g))


def test_exact_variance_where_the_variant_fails():
    # A variant has nu - N where the exact one has nu - 1: too small for N > 1.
    n, t, ds, truth, repeats = 80, 100, 0.2, 5.0, 1000
    rng = np.random.default_rng(5)
    shift = ds * math.sqrt(truth) * np.eye(n)[0]
    estimates = [
        info.estimate_information(rng.normal(size=(t, n)), rng.normal(size=(t, n)) + shift, ds)
        for _ in range(repeats)
    ]
    nu, g = estimates[0].degrees, estimates[0].noise
    variant = 2 / (nu - n - 3) * (truth**2 + (nu - n) * g * (2 * truth + n * g))
    squares = (np.array([e.total for e in estimates]) - truth) ** 2
    error = squares.std() / repeats**0.5
    assert abs(squares.mean() - info.estimator_variance(truth, n, nu, g)) < 4 * error
    assert squares.mean() - variant > 4 * error


def test_one_neuron_is_a_t_test():
    # For N = 1 the naive estimate is the squared two-sample t statistic times g.
    rng = np.random.default_rng(0)
    low, high = rng.normal(size=(12, 1)), rng.normal(0.8, 1, size=(17, 1))
    estimate = info.estimate_information(low, high, ds=0.5)
    t = stats.ttest_ind(low[:, 0], high[:, 0]).statistic
    assert estimate.naive_total == pytest.approx(t**2 * estimate.noise)
    assert estimate.total == pytest.approx(estimate.shuffled)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.booleans())
def test_invariances(seed, with_zero):
    n = 5
    low, high, ds, zero = draw((n, 20, 15, 18 if with_zero else None, 0.8), seed)
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(n, n)) + 3 * np.eye(n)
    gain, shift = rng.uniform(0.1, 10, n), rng.normal(size=n)
    order = rng.permutation(n)

    def estimate(change):
        changed = None if zero is None else change(zero)
        return info.estimate_information(change(low), change(high), ds, zero=changed)

    plain = estimate(lambda x: x)
    mixed = estimate(lambda x: x @ mix)
    scaled = estimate(lambda x: gain * x + shift)
    swapped = estimate(lambda x: x[:, order])
    assert mixed.total == pytest.approx(plain.total, rel=1e-6, abs=1e-8)
    for other in (scaled, swapped):
        assert other.total == pytest.approx(plain.total, rel=1e-6, abs=1e-8)
        assert other.shuffled == pytest.approx(plain.shuffled, rel=1e-8, abs=1e-10)
    # Halving the unit of the signal quarters the information.
    halved = info.estimate_information(low, high, 2 * ds, zero=zero)
    assert halved.total == pytest.approx(plain.total / 4)
    assert halved.shuffled == pytest.approx(plain.shuffled / 4)


@pytest.mark.parametrize("fraction", [False, True])
@pytest.mark.parametrize(("n", "t1", "t2", "t0", "ds"), DESIGNS)
def test_jackknife_is_what_leaving_out_by_hand_gives(n, t1, t2, t0, ds, fraction):
    low, high, ds, zero = draw((n, t1, t2, t0, 4 * ds), seed=8)
    groups = {"low": low, "high": high} | ({} if zero is None else {"zero": zero})
    name = "redundancy_fraction" if fraction else "redundancy"
    variance = 0.0
    for key, kept in groups.items():
        left_out = []
        for i in range(len(kept)):
            fewer = groups | {key: np.delete(kept, i, axis=0)}
            left_out.append(getattr(info.estimate_information(ds=ds, **fewer), name))
        variance += (len(left_out) - 1) * np.var(left_out)
    interval = info.redundancy_interval(low, high, ds, zero=zero, fraction=fraction)
    estimate = info.estimate_information(low, high, ds, zero=zero)
    assert interval.value == pytest.approx(getattr(estimate, name))
    reach = stats.t.ppf(0.975, estimate.degrees - n) * variance**0.5
    assert interval.high - interval.value == pytest.approx(reach)
    assert interval.value - interval.low == pytest.approx(reach)


def test_known_slope_is_the_limit_of_very_many_signal_trials():
    n, t0 = 6, 25
    slope, covariance, rng = world(n)
    zero = trials(rng, t0, covariance)
    # Signal trials without noise know the slope, and their number makes g vanish.
    low, high = np.zeros((2, 10**5, n))
    high = high + slope
    known = info.redundancy_of_slope(slope, zero)
    limit = info.estimate_information(low, high, 1.0, zero=zero)
    assert known.value == pytest.approx(limit.redundancy, abs=1e-4)
    by_hand = [info.redundancy_of_slope(slope, np.delete(zero, i, axis=0)).value for i in range(t0)]
    reach = stats.t.ppf(0.975, t0 - 1 - n) * math.sqrt((t0 - 1) * np.var(by_hand))
    assert known.high - known.value == pytest.approx(reach)


def test_known_slope_has_no_bias_and_covers():
    n, t0, repeats = 6, 25, 500
    slope, covariance, rng = world(n)
    truth = info.redundancy(slope, covariance)
    found = [info.redundancy_of_slope(slope, trials(rng, t0, covariance)) for _ in range(repeats)]
    values = np.array([interval.value for interval in found])
    assert values.mean() == pytest.approx(truth, abs=4 * values.std() / repeats**0.5)
    covered = np.mean([interval.low <= truth <= interval.high for interval in found])
    assert covered >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / repeats)


@pytest.mark.parametrize(
    ("slope", "message"),
    [([1.0, 2.0], "trials has 3 neurons where slope has 2"), ([0, 0, 0], "not clearly positive")],
)
def test_bad_known_slope_is_refused(slope, message):
    with pytest.raises(ValueError, match=message):
        info.redundancy_of_slope(slope, OK, fraction=True)


def test_interval_covers_the_truth_and_added_variances_would_not():
    n, t, ds, repeats = 10, 100, 1.0, 300
    slope, covariance, rng = world(n)
    truth = info.redundancy(slope, covariance)
    covered, estimates = 0, []
    for _ in range(repeats):
        low, high = trials(rng, t, covariance), trials(rng, t, covariance, ds * slope)
        interval = info.redundancy_interval(low, high, ds)
        covered += interval.low <= truth <= interval.high
        estimate = info.estimate_information(low, high, ds)
        estimates.append((estimate.total, estimate.shuffled))
    # At least nominal (the jackknife errs on the safe side), and not by being absurdly wide.
    assert covered / repeats >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / repeats)
    spread = np.cov(np.array(estimates), rowvar=False)
    true_variance = spread[0, 0] + spread[1, 1] - 2 * spread[0, 1]
    assert ((interval.high - interval.value) / 1.96) ** 2 < 2.5 * true_variance
    assert np.trace(spread) > 3 * true_variance


def test_silent_neuron_is_named_and_leaves_both_estimates():
    low, high, ds, _ = draw((4, 30, 30, None, 1.0), seed=1)
    full = info.estimate_information(low, high, ds)
    with_silent = [np.insert(x, 2, 0.1, axis=1) for x in (low, high)]
    with pytest.warns(UserWarning, match=r"neurons \[2\] never vary"):
        estimate = info.estimate_information(*with_silent, ds)
    assert estimate == full
    with pytest.warns(UserWarning, match=r"neurons \[2\] never vary"):
        interval = info.redundancy_interval(*with_silent, ds)
    assert interval == pytest.approx(info.redundancy_interval(low, high, ds))


def test_rarely_firing_neuron_is_not_called_silent():
    rng = np.random.default_rng(0)
    low, high = rng.poisson(3.0, size=(2, 200, 3))
    low[:, 1] = high[:, 1] = 0
    high[7, 1] = 1
    assert info.estimate_information(low, high, 1.0).n_neurons == 3


def test_spike_counts_and_float32_are_as_good_as_floats():
    counts = np.random.default_rng(0).poisson(4.0, size=(2, 60, 5))
    exact = info.estimate_information(*counts.astype(float), 1.0)
    for dtype in (np.uint8, np.int64, np.float32):
        other = info.estimate_information(*counts.astype(dtype), 1.0)
        assert other.total == pytest.approx(exact.total)


def test_large_offset_does_not_cost_precision():
    low, high, ds, _ = draw((4, 30, 30, None, 1.0), seed=1)
    plain = info.estimate_information(low, high, ds)
    shifted = info.estimate_information(low + 1e6, high + 1e6, ds)
    assert shifted.total == pytest.approx(plain.total, rel=1e-6)


OK = np.random.default_rng(0).normal(size=(20, 3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ds": 0}, "ds, the distance"),
        ({"ds": -1.0}, "ds, the distance"),
        ({"ds": math.nan}, "ds, the distance"),
        ({"low": OK[:, 0]}, r"low must have shape \(trials, neurons\)"),
        ({"high": OK[:, :2]}, "high has 2 neurons where low has 3"),
        ({"zero": OK[:, :2]}, "zero has 2 neurons where low has 3"),
        ({"low": OK[:1]}, "low needs two trials"),
        ({"high": np.where(OK > 1, np.nan, OK)}, "high holds NaN or infinite"),
        ({"zero": np.where(OK > 1, np.inf, OK)}, "zero holds NaN or infinite"),
        ({"low": OK.astype(complex)}, "real numbers"),
        ({"low": OK[:3], "high": OK[:3]}, "too few trials: the correction for 3 neurons"),
        ({"zero": OK[:5]}, "too few trials: the correction for 3 neurons"),
        ({"low": OK[:, [0, 1, 1]], "high": OK[::-1][:, [0, 1, 1]]}, "linear combination|definite"),
        ({"low": np.ones((20, 3)), "high": np.ones((20, 3))}, "no neuron ever varies"),
    ],
)
@pytest.mark.parametrize("function", [info.estimate_information, info.redundancy_interval])
def test_bad_trials_are_refused(function, change, message):
    arguments = {"low": OK, "high": OK[::-1], "ds": 1.0} | change
    with pytest.raises(ValueError, match=message):
        function(**arguments)


def test_interval_needs_one_trial_more_than_the_estimate():
    rng = np.random.default_rng(0)
    low, high = rng.normal(size=(2, 4, 4))  # nu = 6 = N + 2
    estimate = info.estimate_information(low, high, 1.0)
    assert math.isinf(info.estimator_variance(1.0, 4, estimate.degrees, estimate.noise))
    with pytest.raises(ValueError, match="leave one more out"):
        info.redundancy_interval(low, high, 1.0)


def test_fraction_of_nothing_is_refused_or_nan():
    rng = np.random.default_rng(2)
    low = rng.normal(size=(30, 3))
    high = low[::-1].copy()
    assert math.isnan(info.estimate_information(low, high, 1.0).redundancy_fraction)
    with pytest.raises(ValueError, match="not clearly positive"):
        info.redundancy_interval(low, high, 1.0, fraction=True)


@pytest.mark.parametrize("confidence", [0, 1, 1.5, math.nan])
def test_confidence_is_a_probability(confidence):
    with pytest.raises(ValueError, match="confidence"):
        info.redundancy_interval(OK, OK[::-1], 1.0, confidence=confidence)


@pytest.mark.parametrize(("n", "ds", "error"), [(1, 1.0, 0.1), (40, 0.5, 0.25), (100, 2.0, 0.05)])
def test_trials_needed_is_the_smallest_number_that_reaches_the_error(n, ds, error):
    needed = info.trials_needed(3.0, n, ds, error)

    def relative(t):
        return math.sqrt(info.estimator_variance(3.0, n, 2 * t - 2, 2 / (t * ds**2))) / 3.0

    assert relative(needed) <= error < relative(needed - 1)


@pytest.mark.parametrize("mean", [info.naive_mean, info.naive_shuffled_mean])
def test_no_mean_without_degrees_of_freedom(mean):
    with pytest.raises(ValueError, match="no mean exists"):
        mean(1.0, 5, 2, 0.1)


def test_no_more_than_one_copy_of_the_trials_is_held():
    low, high = np.random.default_rng(0).normal(size=(2, 20_000, 20))
    tracemalloc.start()
    info.estimate_information(low, high, 1.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.2 * low.nbytes


@given(
    st.lists(st.integers(2, 6), min_size=1, max_size=4),
    st.integers(1, 4),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_statistics_of_groups_pool_to_those_of_all_trials(sizes, neurons, scatter, seed):
    rng = np.random.default_rng(seed)
    groups = [rng.normal(rng.normal(), 1, (size, neurons)) for size in sizes]
    pooled = info.Statistics.pooled(
        [info.Statistics.of(group, scatter=scatter) for group in groups]
    )
    whole = info.Statistics.of(np.vstack(groups), scatter=scatter)
    assert pooled.count == whole.count
    np.testing.assert_allclose(pooled.mean, whole.mean, atol=1e-12)
    if scatter:
        np.testing.assert_allclose(pooled.scatter, whole.scatter, atol=1e-10)
    else:
        assert pooled.scatter is None


def test_boolean_spike_trains_are_counts_also_with_a_silent_neuron():
    spikes = np.random.default_rng(0).random((2, 40, 4)) < 0.4
    spikes[..., 2] = False
    with pytest.warns(UserWarning, match=r"neurons \[2\] never vary"):
        exact = info.redundancy_interval(*spikes.astype(float), 1.0)
    for low, high in (spikes, spikes.tolist()):
        with pytest.warns(UserWarning, match=r"neurons \[2\] never vary"):
            assert info.redundancy_interval(low, high, 1.0) == pytest.approx(exact)


def test_dependent_neurons_bear_their_numbers_in_the_trials():
    rng = np.random.default_rng(0)
    low, high = rng.normal(size=(2, 30, 5))
    for x in (low, high):
        x[:, 0], x[:, 4] = 7.0, x[:, 1] + x[:, 2]
    with (
        pytest.warns(UserWarning, match=r"neurons \[0\]"),
        pytest.raises(ValueError, match=r"neurons \[1, 2, 4\] depend"),
    ):
        info.estimate_information(low, high, 1.0)


def test_variance_of_the_total_by_hand():
    # nu = 20, N = 4: 2 / 13 (I^2 + 2 * 19 g I + 4 * 19 g^2).
    assert info.estimator_variance(3.0, 4, 20, 0.1) == pytest.approx(2 / 13 * (9 + 11.4 + 0.76))
    assert info.estimator_variance(3.0, 4, 7, 0.1) == math.inf


def test_mean_correlation_is_that_of_all_pairs():
    low, high, ds, zero = draw((8, 25, 40, 30, 1.6), seed=2)
    statistics = [info.Statistics.of(group) for group in (low, high, zero)]
    found = info.moments_of(*statistics[:2], ds, statistics[2]).mean_correlation()
    pairs = np.corrcoef(zero.T)[np.triu_indices(8, 1)]
    assert found == pytest.approx(pairs.mean())
    one = [info.Statistics.of(group[:, :1]) for group in (low, high)]
    assert math.isnan(info.moments_of(*one, ds).mean_correlation())


def test_both_parts_of_the_differential_variance_are_unbiased():
    slope, covariance = np.array([2.5, 0.0, 0.0, 0.0]), np.diag([0.2, 3.0, 4.0, 3.0])
    rng, count, ds = np.random.default_rng(4), 20, 1.0
    noise = 2 / (count * ds**2)
    lengths, parts = [], []
    for _ in range(2000):
        low, high = (trials(rng, count, covariance, mean) for mean in (0.0, ds * slope))
        found = info.moments_of(info.Statistics.of(low), info.Statistics.of(high), ds)
        spread = (np.trace(np.cov(low.T)) + np.trace(np.cov(high.T))) / 2
        lengths.append(np.sum(((high - low).mean(axis=0) / ds) ** 2) - noise * spread)
        parts.append(lengths[-1] * found.differential_variance())
    for drawn, truth in ((lengths, slope @ slope), (parts, slope @ covariance @ slope)):
        assert np.mean(drawn) == pytest.approx(truth, abs=4 * stats.sem(drawn))
    # Uncorrected, the part would be off by far more.
    assert noise * np.trace(covariance @ covariance) > 20 * stats.sem(parts)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"high": info.Statistics(20, np.zeros(2), np.eye(2))},
            "high has 2 neurons where low has 3",
        ),
        ({"low": info.Statistics(20, np.zeros(3))}, "low needs a scatter"),
        ({"low": info.Statistics(20.5, np.zeros(3), np.eye(3))}, "low.count must be a whole"),
        ({"low": info.Statistics(20, np.zeros(3), np.diag([1, 1, -0.1]))}, "low.scatter must be"),
        ({"high": info.Statistics(20, [0, 0, math.nan], np.eye(3))}, "high.mean holds NaN"),
    ],
)
def test_unfit_statistics_are_refused(change, message):
    good = info.Statistics.of(OK)
    with pytest.raises(ValueError, match=message):
        info.moments_of(**({"low": good, "high": good, "ds": 1.0} | change))
