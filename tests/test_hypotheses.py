"""Each test against an independent computation, and against worlds whose truth is known."""

import dataclasses
import functools
from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from neurocoord import hypotheses as hy

TREND_TESTS = [
    hy.trend,
    hy.mixed_trend,
    hy.clustered_trend,
    hy.across_curves,
    hy.across_subjects,
    hy.sign_flip_trend,
    hy.permutation_trend,
    functools.partial(hy.permutation_trend, block=2, within_curves=True),
    functools.partial(hy.mixed_trend, random_slope=False),
    lambda table, measure: hy.equivalence(table, measure, 0.1),
]
"""Every test of a trend."""


def made(slope=0.0, *, seed=0, sessions=8, slope_sd=0.0, curves=4, noise=1.0):
    """Return learning curves with known trends."""
    rng = np.random.default_rng(seed)
    rows = [
        {"subject": c // 2, "task": "ab"[c % 2], "session": s, "m": value}
        for c in range(curves)
        for k, own in [(3 * rng.standard_normal(), slope + slope_sd * rng.standard_normal())]
        for s, value in enumerate(k + own * np.arange(sessions) + noise * rng.normal(size=sessions))
    ]
    return pd.DataFrame(rows)


def test_trend_is_the_pooled_slope_within_curves_with_hc3_errors():
    table = made(0.4, seed=1)
    x = table["session"] - table.groupby(hy.CURVE)["session"].transform("mean")
    y = table["m"] - table.groupby(hy.CURVE)["m"].transform("mean")
    slope = (x @ y) / (x @ x)
    residual = y - slope * x
    # Leverage: of the slope, and of the intercept of each curve.
    leverage = x**2 / (x @ x) + 1 / 8
    error = np.sqrt((x**2 * (residual / (1 - leverage)) ** 2).sum()) / (x @ x)
    found = hy.trend(table, "m")
    assert found.estimate == pytest.approx(slope)
    reach = stats.t.ppf(0.975, 32 - 5) * error
    assert [found.low, found.high] == pytest.approx([slope - reach, slope + reach])
    assert found.p == pytest.approx(2 * stats.t.sf(abs(slope) / error, 27))


def test_clustered_errors_by_hand_have_one_degree_less_than_curves():
    table = made(0.4, seed=2, slope_sd=0.3)
    x = table["session"] - 3.5
    y = table["m"] - table.groupby(hy.CURVE)["m"].transform("mean")
    slope = (x @ y) / (x @ x)
    scores = (x * (y - slope * x)).groupby([table[c] for c in hy.CURVE]).sum()
    error = np.sqrt((scores**2).sum() * 4 / 3 * 31 / 27) / (x @ x)
    found = hy.clustered_trend(table, "m")
    assert found.p == pytest.approx(2 * stats.t.sf(abs(slope) / error, 3))
    assert found.high - found.estimate == pytest.approx(stats.t.ppf(0.975, 3) * error)


def test_mixed_model_of_balanced_curves_is_the_mean_of_their_slopes():
    """For balanced data the estimate is the mean slope; its error the spread of the slopes."""
    table = made(0.5, seed=3, slope_sd=0.5, curves=12, sessions=20)
    slopes = [np.polyfit(c["session"], c["m"], 1)[0] for _, c in table.groupby(hy.CURVE)]
    found = hy.mixed_trend(table.assign(subject=table["subject"]), "m")
    assert not found.boundary
    assert found.estimate == pytest.approx(np.mean(slopes), rel=1e-4)
    error = np.std(slopes, ddof=1) / np.sqrt(12)
    assert found.high - found.estimate == pytest.approx(stats.norm.ppf(0.975) * error, rel=0.01)


def test_mixed_model_reports_the_boundary():
    table = made(0.5, seed=4, slope_sd=0.0)
    table["m"] -= table.groupby(hy.CURVE)["m"].transform("mean")  # curves exactly alike
    found = hy.mixed_trend(table, "m")
    assert found.boundary
    assert found.estimate == pytest.approx(hy.trend(table, "m").estimate, rel=1e-3)


def restricted_likelihood(table, root):
    """Return the REML criterion and the error of the slope, dense, for a root of the covariance
    of intercepts and slopes in units of the residual variance."""
    session = table["session"].to_numpy(float)
    X = np.column_stack([session, np.ones_like(session)])
    curve = table.groupby(hy.CURVE).ngroup().to_numpy()
    V = np.eye(len(X)) + (curve[:, None] == curve) * (X @ root @ root.T @ X.T)
    y, free = table["m"].to_numpy(), len(X) - 2
    known = X.T @ np.linalg.solve(V, X)
    beta = np.linalg.solve(known, X.T @ np.linalg.solve(V, y))
    rest = (y - X @ beta) @ np.linalg.solve(V, y - X @ beta)
    logdets = np.linalg.slogdet(V)[1] + np.linalg.slogdet(known)[1] + free * np.log(rest)
    return -logdets / 2, np.sqrt(rest / free * np.linalg.inv(known)[0, 0])


@pytest.mark.parametrize("missing", [0, 5])
@pytest.mark.parametrize(("slope_sd", "noise"), [(0.0, 1.0), (0.1, 1.0), (0.4, 0.3)])
def test_mixed_model_finds_the_top_of_the_likelihood(slope_sd, noise, missing):
    """Against a search with a general optimiser, boundary and unequal curves included."""
    for seed in range(2):
        table = made(0.3, seed=seed, slope_sd=slope_sd, noise=noise, sessions=6)
        table = table.sample(len(table) - missing, random_state=seed).sort_index()

        def worse(entries, table=table):
            root = np.array([[entries[0], 0.0], entries[1:]])
            return -restricted_likelihood(table, root)[0]

        searches = [
            optimize.minimize(
                worse, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10}
            )
            for start in ([0.1, 0.1, 0.1], [1.0, 0.0, 3.0])
        ]
        best = min(searches, key=lambda search: search.fun).x
        error = restricted_likelihood(table, np.array([[best[0], 0.0], best[1:]]))[1]
        found = hy.mixed_trend(table, "m")
        assert found.high - found.estimate == pytest.approx(stats.norm.ppf(0.975) * error, rel=2e-3)
        assert found.converged


def test_mixed_model_does_not_depend_on_the_last_digits():
    """Another processor rounds otherwise: what is near the boundary must not jump."""
    rng = np.random.default_rng(8)
    for seed in range(12):
        table = made(0.4, seed=seed, sessions=6, noise=0.5)
        rounded = table.assign(m=table["m"] * (1 + 1e-13 * rng.standard_normal(len(table))))
        assert hy.mixed_trend(rounded, "m").p == pytest.approx(
            hy.mixed_trend(table, "m").p, rel=1e-6
        )


TREND_TESTS = [hy.trend, hy.clustered_trend, hy.across_curves, hy.mixed_trend]


@pytest.mark.parametrize("test", TREND_TESTS, ids=lambda test: test.__name__)
@pytest.mark.parametrize("missing", [[], [3, 17]])
def test_units_and_the_number_of_the_first_session_change_no_trend(test, missing):
    table = made(0.4, seed=4, slope_sd=0.3).drop(index=missing)
    moved = table.assign(session=3 * table["session"] + 20_000, m=6 * table["m"] - 5)
    found, other = test(table, "m"), test(moved, "m")
    assert other.p == pytest.approx(found.p, rel=1e-3)
    assert [other.estimate, other.low, other.high] == pytest.approx(
        [2 * found.estimate, 2 * found.low, 2 * found.high], rel=1e-4
    )
    assert other.boundary == found.boundary


def test_permutation_p_value_is_that_of_all_orders():
    table = made(0.6, seed=5, sessions=6)
    found = hy.permutation_trend(table, "m", resamples=10**6)
    average = table.groupby("session")["m"].mean().to_numpy()
    tried = np.array([np.arange(6) @ average[list(order)] for order in permutations(range(6))])
    above = (tried >= np.arange(6) @ average - 1e-9).mean()
    below = (tried <= np.arange(6) @ average + 1e-9).mean()
    assert found.p == pytest.approx(min(1, 2 * min(above, below)))
    assert found.estimate == pytest.approx(np.polyfit(range(6), average, 1)[0])


def test_by_default_1999_orders_are_tried_and_the_one_found_counts_too():
    p = [hy.permutation_trend(made(0.1, seed=k), "m").p for k in range(5)]
    np.testing.assert_allclose(1000 * np.array(p), np.round(1000 * np.array(p)))


def test_every_trend_test_is_calibrated_and_finds_a_trend():
    def p_values(slope):
        tables = [made(slope, seed=100 + k) for k in range(80)]
        return {
            test.__name__: [test(table, "m").p for table in tables]
            for test in (hy.trend, hy.clustered_trend, hy.permutation_trend)
        }

    for name, p in p_values(0.0).items():
        assert hy.rejections(p)[1] < 0.05, name  # not significantly liberal
    for name, p in p_values(0.3).items():
        assert hy.rejections(p)[0] > 0.5, name


def test_slopes_across_curves_are_students_t():
    table = made(0.1, seed=12)
    slopes = [np.polyfit(own["session"], own["m"], 1)[0] for _, own in table.groupby(hy.CURVE)]
    error = np.std(slopes, ddof=1) / np.sqrt(len(slopes))
    found = hy.across_curves(table, "m")
    assert found.estimate == pytest.approx(np.mean(slopes))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(found.estimate) / error, len(slopes) - 1))
    reach = stats.t.ppf(0.975, len(slopes) - 1) * error
    assert [found.low, found.high] == pytest.approx(
        [np.mean(slopes) - reach, found.estimate + reach]
    )


def cr2(table):
    """Return the pooled slope, its CR2 error clustered by curve, and Satterthwaite's degrees.

    Bell and McCaffrey (2002), with dense matrices: adjusted by the inverse root of I - H of each
    cluster, and degrees of freedom from the moments of the quadratic form, with V = 1.
    """
    curve = table.groupby(hy.CURVE).ngroup().to_numpy()
    X = np.column_stack([table["session"], np.eye(curve.max() + 1)[curve]])
    y, inverse = table["m"].to_numpy(), np.linalg.inv(X.T @ X)
    left = np.eye(len(X)) - X @ inverse @ X.T
    residual, contrast = left @ y, inverse[0]
    variance, rows = 0.0, []
    for k in range(curve.max() + 1):
        own = curve == k
        root, axes = np.linalg.eigh(left[np.ix_(own, own)])
        kept = root > 1e-10  # the intercept of the curve takes one direction away
        adjusted = (axes[:, kept] / np.sqrt(root[kept])) @ axes[:, kept].T
        weights = contrast @ X[own].T @ adjusted
        variance += (weights @ residual[own]) ** 2
        rows.append(weights @ left[own])
    spread = np.array(rows) @ np.array(rows).T
    degrees = np.trace(spread) ** 2 / (spread**2).sum()
    return contrast @ X.T @ y, np.sqrt(variance), degrees


@pytest.mark.parametrize(("curves", "sessions"), [(4, 20), (7, 5)])
def test_slopes_across_balanced_curves_are_cr2_with_satterthwaite(curves, sessions):
    table = made(0.05, seed=31, curves=curves, sessions=sessions, slope_sd=0.2)
    estimate, error, degrees = cr2(table)
    assert degrees == pytest.approx(curves - 1)
    found = hy.across_curves(table, "m")
    assert found.estimate == pytest.approx(estimate)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(estimate) / error, degrees))
    reach = stats.t.ppf(0.975, degrees) * error
    assert [found.low, found.high] == pytest.approx([estimate - reach, estimate + reach])


def test_subjects_as_units_average_their_curves():
    """Three subjects of one, two and three curves, their rows in no order."""
    table = made(0.3, seed=32, curves=6, slope_sd=0.2)
    curve = table.groupby(hy.CURVE).ngroup()
    table["subject"] = np.array(["x", "y", "y", "z", "z", "z"])[curve]
    table["task"] = curve
    table = table.sample(frac=1, random_state=0)
    slopes = [
        (subject, stats.linregress(own["session"], own["m"]).slope)
        for (subject, _), own in table.groupby(hy.CURVE)
    ]
    means = [np.mean([b for s, b in slopes if s == subject]) for subject in "xyz"]
    found, expected = hy.across_subjects(table, "m"), stats.ttest_1samp(means, 0.0)
    assert found.estimate == pytest.approx(np.mean(means))
    assert found.p == pytest.approx(expected.pvalue)
    assert [found.low, found.high] == pytest.approx(list(expected.confidence_interval()))
    with pytest.raises(ValueError, match="two subjects"):
        hy.across_subjects(table[table["subject"] == "z"], "m")


def test_relative_slopes_have_one_unit_a_curve():
    """A curve of k times the redundancy and the information counts as the curve itself."""
    table = made(0.3, seed=33, slope_sd=0.1)
    curve = table.groupby(hy.CURVE).ngroup().to_numpy()
    unit = np.array([1.0, 2.0, 5.0, 0.1])[curve]
    table["information"] = 3.0 + np.random.default_rng(0).uniform(-1, 1, len(table))
    scaled = table.assign(m=table["m"] * unit, information=table["information"] * unit)
    found = hy.relative(scaled, "m", to="information")
    mean = np.array([own["information"].mean() for _, own in table.groupby(hy.CURVE)])
    np.testing.assert_allclose(found["m"], table["m"] / mean[curve])
    assert list(found) == ["subject", "task", "session", "m"]
    # A trend of the information alone makes none: the unit does not follow the sessions.
    grown = table.assign(m=np.tile([1.0, -1.0], len(table) // 2), information=table["session"] + 1)
    before = hy.across_curves(grown.assign(m=grown["m"] * unit), "m").p
    after = hy.across_curves(
        hy.relative(grown.assign(m=grown["m"] * unit), "m", "information"), "m"
    )
    assert after.p == pytest.approx(before)
    with pytest.raises(ValueError, match="information must have a positive mean in every curve"):
        hy.relative(
            table.assign(information=table["information"] * (curve != 2)), "m", "information"
        )


def test_signs_of_curves_turned_by_hand():
    table = made(0.1, seed=34, curves=5, slope_sd=0.2)
    slopes = [
        stats.linregress(own["session"], own["m"]).slope for _, own in table.groupby(hy.CURVE)
    ]
    sums = np.array(list(product([1, -1], repeat=5))) @ slopes
    beyond = min((sums >= sum(slopes) - 1e-12).mean(), (sums <= sum(slopes) + 1e-12).mean())
    found = hy.sign_flip_trend(table, "m")
    assert found.p == pytest.approx(min(1.0, 2 * beyond))
    assert found.estimate == pytest.approx(np.mean(slopes))
    rising = table.assign(m=table["m"] + 5.0 * table["session"])
    assert hy.sign_flip_trend(rising, "m").p == pytest.approx(2 / 2**5)
    # With more signs than are tried the p value is that of the draws, one of them as it was.
    assert hy.sign_flip_trend(rising, "m", resamples=9, seed=2).p in np.arange(1, 11) / 5


@pytest.mark.parametrize("within", [False, True])
def test_blocks_permuted_by_hand(within):
    """All orders of three blocks, the same in both curves or one in each."""
    table = made(0.3, seed=35, curves=2, sessions=6)
    values = [own["m"].to_numpy().reshape(3, 2) for _, own in table.groupby(hy.CURVE)]

    def statistic(orders):
        return sum(
            np.polyfit(np.arange(6), value[list(order)].ravel(), 1)[0] / 2
            for value, order in zip(values, orders, strict=True)
        )

    every = list(permutations(range(3)))
    pairs = list(product(every, every)) if within else [(order, order) for order in every]
    tried = np.array([statistic(orders) for orders in pairs])
    found = hy.permutation_trend(table, "m", block=2, within_curves=within)
    measured = statistic([range(3)] * 2)
    beyond = min((tried >= measured - 1e-12).mean(), (tried <= measured + 1e-12).mean())
    assert found.p == pytest.approx(min(1.0, 2 * beyond))
    assert found.estimate == pytest.approx(measured)


def test_shuffled_sessions_deceive_where_neighbours_are_alike_and_blocks_do_not():
    """Moods that last: an autoregressive walk in each curve, without a trend."""
    rng = np.random.default_rng(36)

    def table():
        moods = rng.normal(size=(4, 60))
        for t in range(1, 60):
            moods[:, t] = 0.7 * moods[:, t - 1] + moods[:, t]
        return made(curves=4, sessions=20).assign(m=moods[:, 40:].ravel())

    p = {1: [], 5: []}
    for one in [table() for _ in range(150)]:
        for block, found in p.items():
            test = hy.permutation_trend(
                one, "m", block=block, within_curves=True, resamples=199, seed=1
            )
            found.append(test.p)
    sessions, blocks = (hy.rejections(p[block]) for block in (1, 5))
    assert sessions[1] > 0.1
    assert blocks[2] < sessions[1]


@pytest.mark.parametrize("missing", [0, 5])
def test_mixed_model_of_one_slope_finds_the_top_of_the_likelihood(missing):
    """Against a search over the variance of the intercepts; curves at the boundary included."""
    for seed, alike in ((0, False), (1, True)):
        table = made(0.3, seed=seed, slope_sd=0.1, sessions=6)
        if alike:
            table["m"] -= table.groupby(hy.CURVE)["m"].transform("mean")
        table = table.sample(len(table) - missing, random_state=seed).sort_index()

        def worse(size, table=table):
            root = np.array([[0.0, 0.0], [0.0, size]])
            return -restricted_likelihood(table, root)[0]

        size = optimize.minimize_scalar(worse, bounds=(0, 20), options={"xatol": 1e-8}).x
        error = restricted_likelihood(table, np.array([[0.0, 0.0], [0.0, size]]))[1]
        found = hy.mixed_trend(table, "m", random_slope=False)
        assert found.high - found.estimate == pytest.approx(stats.norm.ppf(0.975) * error, rel=1e-3)
        assert found.boundary == alike


def test_noise_that_is_shared_within_a_curve_deceives_a_trend_but_not_slopes_across_curves():
    """A random slope of each curve stands for what neurons of one session share."""
    rng = np.random.default_rng(13)

    def table():
        one = made(0.0, seed=int(rng.integers(2**31)), noise=0.3)
        own = one.groupby(hy.CURVE).ngroup().to_numpy()
        return one.assign(m=one["m"] + rng.normal(size=own.max() + 1)[own] * one["session"])

    tables = [table() for _ in range(100)]
    assert hy.rejections([hy.trend(t, "m").p for t in tables])[1] > 0.3
    assert hy.rejections([hy.across_curves(t, "m").p for t in tables])[1] < 0.05


def test_interaction_is_the_paired_difference():
    engaged, passive = made(0.5, seed=6), made(0.1, seed=7)
    table = pd.concat([engaged.assign(engagement=0.9), passive.assign(engagement=0.0)])
    difference = hy.interaction(table, "m")
    expected = hy.trend(engaged, "m").estimate - hy.trend(passive, "m").estimate
    assert hy.trend(difference, "m").estimate == pytest.approx(expected)
    with pytest.raises(ValueError, match="two levels"):
        hy.interaction(engaged.assign(engagement=1.0), "m")
    with pytest.raises(ValueError, match="lacks"):
        hy.interaction(table.iloc[1:], "m")


def test_equivalence_is_two_one_sided_tests():
    table = made(0.02, seed=8, noise=0.3)
    found = hy.equivalence(table, "m", 0.2)
    within = hy.trend(table, "m")
    error = (within.high - within.estimate) / stats.t.ppf(0.975, 27)
    one_sided = [stats.t.sf((0.2 + s * found.estimate) / error, 27) for s in (-1, 1)]
    assert found.p == pytest.approx(max(one_sided))
    assert (found.p < 0.05) == (found.low > -0.2 and found.high < 0.2)
    assert hy.equivalence(made(0.5, seed=8, noise=0.3), "m", 0.2).p > 0.95


def test_equivalence_is_calibrated_at_the_margin():
    p = [hy.equivalence(made(0.2, seed=300 + k), "m", 0.2).p for k in range(200)]
    _, low, high = hy.rejections(p)
    assert low < 0.05 < high


def test_effect_size_is_hedges_g():
    rng = np.random.default_rng(9)
    before, after = rng.normal(size=6), rng.normal(1, 2, size=9)
    pooled = np.sqrt((5 * before.var(ddof=1) + 8 * after.var(ddof=1)) / 13)
    d = (after.mean() - before.mean()) / pooled
    found = hy.effect_size(before, after)
    assert found.estimate == pytest.approx(d * (1 - 3 / (4 * 15 - 9)), rel=1e-3)
    assert found.low < found.estimate < found.high
    many = hy.effect_size(rng.normal(size=4000), rng.normal(0.5, 1, size=4000))
    assert many.estimate == pytest.approx(0.5, abs=0.1)
    assert many.high - many.low == pytest.approx(2 * 1.96 * np.sqrt(2 / 4000), rel=0.05)


def test_holm_by_hand():
    assert hy.adjusted({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06}
    )


def test_rejections_have_wilsons_interval():
    share, low, high = hy.rejections([0.01] * 5 + [0.5] * 95)
    z = stats.norm.ppf(0.975)
    centre = (0.05 + z**2 / 200) / (1 + z**2 / 100)
    reach = z * np.sqrt(0.05 * 0.95 / 100 + z**2 / 40_000) / (1 + z**2 / 100)
    assert [share, low, high] == pytest.approx([0.05, centre - reach, centre + reach])


@pytest.mark.parametrize("test", TREND_TESTS)
def test_unfit_tables_are_refused(test):
    table = made()
    with pytest.raises(ValueError, match="no columns"):
        test(table, "x")
    with pytest.raises(ValueError, match="more than one value"):
        test(pd.concat([table, table]), "m")
    with pytest.raises(ValueError, match="NaN"):
        test(table.assign(m=np.nan), "m")
    with pytest.raises(ValueError, match="three sessions"):
        test(table.query("session < 2"), "m")


def test_several_curves_are_needed_to_speak_of_curves():
    one = made(curves=1)
    assert np.isfinite(hy.trend(one, "m").p)
    for test in (hy.mixed_trend, hy.clustered_trend, hy.across_curves, hy.sign_flip_trend):
        with pytest.raises(ValueError, match="two curves"):
            test(one, "m")


def test_results_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        hy.trend(made(), "m").p = 0.0


@pytest.mark.parametrize("test", TREND_TESTS)
@pytest.mark.parametrize("value", [0.1, 1 / 3, 0.0, [0.1, 0.2, 0.3, 0.4]])
def test_what_is_constant_in_every_curve_has_no_trend_to_test(test, value):
    table = made()
    with pytest.raises(ValueError, match="m is constant in every curve"):
        test(table.assign(m=np.repeat(value, len(table) // np.size(value))), "m")


@pytest.mark.parametrize(
    "test",
    [
        hy.trend,
        hy.clustered_trend,
        hy.across_curves,
        hy.across_subjects,
        TREND_TESTS[-1],
    ],
)
def test_a_line_without_noise_has_no_error_to_test_it_by(test):
    with pytest.raises(ValueError, match="the measure has no error"):
        test(made(0.7, noise=0.0), "m")


def test_curves_that_mirror_each_other_have_no_order():
    table = made(curves=1, seed=2)
    both = pd.concat([table, table.assign(subject=9, m=1 / 3 - table["m"])])
    with pytest.raises(ValueError, match="the mean curve of m is constant"):
        hy.permutation_trend(both, "m")
    assert hy.permutation_trend(both, "m", within_curves=True).p > 0.9


@pytest.mark.parametrize("block", [3, 8, 9])
def test_blocks_divide_the_sessions(block):
    with pytest.raises(ValueError, match=f"block must divide 8 sessions .* not {block}"):
        hy.permutation_trend(made(), "m", block=block)


@pytest.mark.parametrize("column", hy.CURVE)
def test_a_curve_without_a_name_is_not_dropped(column):
    table = made()
    table[column] = table[column].astype(object).where(table.index > 7, None)
    with pytest.raises(ValueError, match=column):
        hy.trend(table, "m")


def test_interactions_are_of_one_value_a_block_and_of_numbers():
    blocks = [made(0.5, seed=6).assign(engagement=1.0), made(0.1, seed=7).assign(engagement=0.0)]
    table = pd.concat(blocks)
    windows = pd.concat([table.assign(window=w, m=table["m"] * w) for w in (1, 10)])
    for unfit in (windows, pd.concat([table, table.iloc[:1]])):
        with pytest.raises(ValueError, match="more than one value at one engagement"):
            hy.interaction(unfit, "m")
    words = table.assign(engagement=np.where(table["engagement"] > 0, "engaged", "passive"))
    with pytest.raises(ValueError, match="engagement must hold real numbers"):
        hy.interaction(words, "m")
    with pytest.raises(ValueError, match="for 100% write 1"):
        hy.interaction(table.assign(engagement=100 * table["engagement"]), "m")


def test_sets_of_sessions_without_spread_have_no_effect_size():
    with pytest.raises(ValueError, match="do not vary"):
        hy.effect_size([0.1, 0.1], [0.3, 0.3])
