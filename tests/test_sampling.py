"""The sampling model against its equations, worked out again here from pixels and log densities."""

import functools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from neurocoord.sampling import (
    SIDE,
    Chain,
    SamplingModel,
    draw_images,
    gratings,
    simulate,
)
from neurocoord.sampling._cut_gaussian import draw_cut

TINY = SamplingModel(
    n_units=3,
    n_bits=3,
    feedback=0.7,
    axes=(10.0, 45.0),
    task_prior=(0.3, 0.7),
    onset=10**6,  # with a weight of 1 and no accumulation the sweeps are an exact Gibbs sampler
    evidence_weight=1.0,
)


def gabor(angle, *, elongated):
    """One pixel after another, as the published description reads; unit norm."""
    image = np.empty((SIDE, SIDE))
    for row in range(SIDE):
        for column in range(SIDE):
            right, up = -0.5 + column / (SIDE - 1), -0.5 + row / (SIDE - 1)
            u = right * math.cos(angle) + up * math.sin(angle)
            v = -right * math.sin(angle) + up * math.cos(angle)
            image[row, column] = math.cos(4 * math.pi * u) * math.exp(-(u**2) / 0.02)
            if elongated:
                image[row, column] *= math.exp(-(v**2) / 0.08)
    return image.ravel() / math.sqrt((image**2).sum())


@functools.cache
def gabors(count):
    """The projective fields P, (1024, N)."""
    return np.column_stack([gabor(math.pi * i / count, elongated=True) for i in range(count)])


def bit_probability(model, k, task, category):
    """q_k, by its formula; the category counts 0 for +1 and 1 for -1."""
    peak = math.radians(model.axes[task] + 90 * category)
    weight = math.exp(math.cos(2 * (math.pi * k / model.n_bits - peak)))
    return min(1.0, weight / (model.n_bits * special.i0(1)))


def prior_mean(model, g):
    """tau of every unit, by its formula."""
    tau = np.ones(model.n_units)
    for i in range(model.n_units):
        for k in range(model.n_bits):
            turn = 2 * (math.pi * i / model.n_units - math.pi * k / model.n_bits)
            tau[i] += model.feedback * g[k] * math.exp(3 * math.cos(turn)) / special.i0(3)
    return tau


def log_joint(model, y, x, sigma, previous, g, task, category):
    """Log p(y, x, sigma, g, O, T) up to a constant, from pixels."""
    tau = prior_mean(model, g)
    total = (
        -0.5 * ((y - sigma * gabors(model.n_units) @ x) ** 2).sum() - (x / tau + np.log(tau)).sum()
    )
    total += -0.5 * ((sigma - previous) / 0.1) ** 2 + math.log(model.task_prior[task] / 2)
    for k in range(model.n_bits):
        q = bit_probability(model, k, task, category)
        total += math.log(q if g[k] else 1 - q)
    return total


def state(trials=20_000, seed=3, contrast=(4.0, 1.0)):
    """A chain whose trials all share one image and one value of every variable."""
    rng = np.random.default_rng(seed)
    y = draw_images([contrast], rng, axis=10.0)
    chain = Chain(TINY, np.repeat(y, trials, axis=0), rng, np.float64)
    values = {
        "x": np.array([1.3, 0.4, 2.1]),
        "sigma": 0.8,
        "g": np.array([1.0, 0.0, 1.0]),
        "task": 1,
        "category": 0,
    }
    chain.x = np.repeat(values["x"][:, None], trials, axis=1)
    chain.g = np.repeat(values["g"][:, None], trials, axis=1)
    chain.sigma = np.full(trials, values["sigma"])
    chain.task = np.full(trials, values["task"])
    chain.category = np.full(trials, values["category"])
    return chain, y[0], values | {"previous": 0.6}


def numerical_distribution(log_density, low, high):
    """The distribution function of a density known up to a factor, by quadrature on a fine grid."""
    grid = np.linspace(low, high, 1501)
    logs = np.array([log_density(value) for value in grid])
    density = np.exp(logs - logs.max())
    area = integrate.cumulative_simpson(density, x=grid, initial=0.0)
    return lambda value: np.interp(value, grid, area / area[-1])


def test_fields_and_gratings_are_the_published_ones():
    model = SamplingModel(n_units=12)
    np.testing.assert_allclose(model.fields, gabors(12), atol=1e-12)
    both = gratings(30.0)
    np.testing.assert_allclose(both[:, 0], gabor(math.pi / 6, elongated=False), atol=1e-12)
    np.testing.assert_allclose(both[:, 1], gabor(4 * math.pi / 6, elongated=False), atol=1e-12)
    np.testing.assert_allclose(np.diag(model.gram), 1.0)


def test_images_hold_the_asked_contrasts_in_white_noise():
    rng = np.random.default_rng(8)
    images = draw_images([[6.0, -2.0]] * 500, rng, axis=20.0)
    noise = images - np.array([6.0, -2.0]) @ gratings(20.0).T
    assert abs(noise.mean()) < 4 / math.sqrt(noise.size)
    assert abs(noise.std() - 1) < 4 / math.sqrt(2 * noise.size)


@pytest.mark.parametrize("i", [0, 2])
def test_a_unit_follows_its_conditional(i):
    chain, y, now = state()
    chain.update_units([i])

    def density(value):
        x = now["x"].copy()
        x[i] = value
        return log_joint(TINY, y, **(now | {"x": x}))

    wanted = numerical_distribution(density, 0.0, 12.0)
    assert stats.kstest(chain.x[i], wanted).pvalue > 1e-3
    others = [j for j in range(3) if j != i]
    np.testing.assert_allclose(chain.x[others] - now["x"][others, None], 0, atol=1e-14)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_a_bit_follows_its_conditional(k):
    chain, y, now = state(trials=100_000)
    chain.update_bits([k])
    g = [now["g"].copy(), now["g"].copy()]
    g[0][k], g[1][k] = 0, 1
    log_odds = np.subtract(*(log_joint(TINY, y, **(now | {"g": bits})) for bits in reversed(g)))
    wanted = special.expit(log_odds)
    assert 0.02 < wanted < 0.98
    assert abs(chain.g[k].mean() - wanted) < 4 * math.sqrt(wanted * (1 - wanted) / 100_000)


def test_bits_updated_in_turn_see_each_other():
    chain, y, now = state(trials=100_000)
    chain.update_bits([2, 0])
    expected = np.zeros((2, 2))
    for last in (0, 1):
        first_logs = [
            log_joint(TINY, y, **(now | {"g": np.array([1.0, 0.0, value])})) for value in (0, 1)
        ]
        first = special.softmax(first_logs)[last]
        logs = [
            log_joint(TINY, y, **(now | {"g": np.array([value, 0.0, last])})) for value in (0, 1)
        ]
        expected[:, last] = first * special.softmax(logs)
    counts = np.histogram2d(chain.g[0], chain.g[2], bins=2)[0]
    assert stats.chisquare(counts.ravel(), 100_000 * expected.ravel()).pvalue > 1e-3


def test_the_contrast_variable_follows_its_conditional():
    chain, y, now = state()
    draws = chain.draw_contrast(np.full(20_000, now["previous"]))
    wanted = numerical_distribution(
        lambda sigma: log_joint(TINY, y, **(now | {"sigma": sigma})), 0.0, 2.0
    )
    assert stats.kstest(draws, wanted).pvalue > 1e-3


def test_the_beliefs_are_the_conditionals_of_category_and_task():
    chain, y, now = state(trials=50_000)
    chain.update_beliefs(accumulate=False)
    plus, minus = (log_joint(TINY, y, **(now | {"category": o})) for o in (0, 1))
    np.testing.assert_allclose(chain.log_odds, plus - minus)
    share = (chain.category == 0).mean()
    wanted = special.expit(plus - minus)
    assert abs(share - wanted) < 4 * math.sqrt(wanted * (1 - wanted) / 50_000)
    for category in (0, 1):
        logs = [log_joint(TINY, y, **(now | {"task": t, "category": category})) for t in (0, 1)]
        wanted = special.log_softmax(logs)
        drawn = chain.category == category
        np.testing.assert_allclose(chain.task_log_probability[:, drawn].T - wanted, 0, atol=1e-12)
        share = (chain.task[drawn] == 1).mean()
        assert abs(share - np.exp(wanted[1])) < 4 * 0.5 / math.sqrt(drawn.sum())


def test_the_sampler_reaches_the_enumerated_posterior():
    chain, y, now = state(trials=10_000)
    for _ in range(25):
        chain.update_units(chain.rng.permutation(3))
        chain.update_bits(chain.rng.permutation(3))
        chain.update_beliefs(accumulate=False)

    # All 8 x 2 x 2 values of bits, category and task; the three units by quadrature.
    nodes, weights = np.polynomial.legendre.leggauss(60)
    nodes, weights = 6 * (nodes + 1), 6 * weights
    x = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), -1).reshape(-1, 3)
    volume = np.einsum("i,j,k->ijk", weights, weights, weights).ravel()
    image = now["sigma"] * gabors(3)
    fit = x @ (image.T @ y) - 0.5 * np.einsum("ni,ij,nj->n", x, image.T @ image, x)
    bits = np.array(list(np.ndindex(2, 2, 2)))
    mass, mean_x = np.zeros((8, 2, 2)), np.zeros((8, 3))
    for row, g in enumerate(bits):
        tau = prior_mean(TINY, g)
        density = np.exp(fit - x @ (1 / tau)) / tau.prod() * volume
        mean_x[row] = density @ x / density.sum()
        for task in (0, 1):
            for category in (0, 1):
                q = np.array([bit_probability(TINY, k, task, category) for k in range(3)])
                prior = np.where(g, q, 1 - q).prod() * TINY.task_prior[task] / 2
                mass[row, task, category] = density.sum() * prior
    mass /= mass.sum()

    row = (chain.g.T @ [4, 2, 1]).astype(int)
    counts = np.zeros(mass.shape)
    np.add.at(counts, (row, chain.task, chain.category), 1)
    assert stats.chisquare(counts.ravel(), 10_000 * mass.ravel()).pvalue > 1e-3
    error = chain.x.std(axis=1) / math.sqrt(10_000)
    assert (np.abs(chain.x.mean(axis=1) - mass.sum((1, 2)) @ mean_x) < 4 * error).all()


def test_sweeps_leave_the_joint_distribution_as_it_is():
    """Geweke (2004): the prior, and the prior after sweeps with new images, are one distribution.

    Every chain starts from an exact draw of the joint, so the two sets of draws may be compared
    as independent samples.
    """
    trials, previous = 12_000, np.full(12_000, 0.5)
    rng = np.random.default_rng(12)

    def joint_draw():
        chain = Chain(TINY, np.zeros((trials, SIDE**2)), rng, np.float64)
        chain.sigma = draw_cut(previous, 0.1, rng)
        tau = np.apply_along_axis(lambda g: prior_mean(TINY, g), 0, chain.g)
        chain.x = rng.exponential(tau)
        return chain

    def statistics(chain):
        x, g, sigma = chain.x, chain.g, chain.sigma
        return np.vstack(
            [
                *(x, x**2, g, [sigma, chain.category, chain.task]),
                *(x * sigma, x * g, x[:1] * x[1:], g[:1] * g[1:]),
                *(g * chain.category, g * chain.task, chain.task * sigma * x),
            ]
        )

    chain, fresh = joint_draw(), joint_draw()
    root = np.linalg.cholesky(TINY.gram)
    for _ in range(8):
        noise = root @ rng.standard_normal((3, trials))
        chain.drive = chain.sigma * (TINY.gram @ chain.x) + noise
        chain.update_units(rng.permutation(3))
        chain.update_bits(rng.permutation(3))
        chain.update_beliefs(accumulate=False)
        chain.sigma = chain.draw_contrast(previous)
    one, two = statistics(chain), statistics(fresh)
    z = (one.mean(1) - two.mean(1)) / np.sqrt((one.var(1) + two.var(1)) / trials)
    assert np.abs(z).max() < 4


@pytest.mark.parametrize(
    "standardised", [10.0, 3.0, 0.5, 0.0, -1.0, -5.0, -13.0, -37.0, -100.0, -1000.0]
)
def test_cut_gaussians_agree_with_scipy_into_the_far_tail(standardised):
    sd, draws = 0.3, 40_000
    rng = np.random.default_rng(21)
    values = draw_cut(np.full(draws, standardised * sd), sd, rng)
    wanted = stats.truncnorm(-standardised, math.inf, loc=standardised * sd, scale=sd)
    assert stats.kstest(values, wanted.cdf).pvalue > 1e-3
    # At -1000 scipy has no moments; those of the exponential limit are off by parts in a million.
    limit = standardised == -1000
    mean, spread = (sd / 1000,) * 2 if limit else (wanted.mean(), wanted.std())
    assert abs(values.mean() - mean) < 4 * spread / math.sqrt(draws)
    fourth = np.mean(((values - values.mean()) / spread) ** 4)
    assert abs(values.var() / spread**2 - 1) < 4 * math.sqrt((fourth - 1) / draws)


@given(st.floats(-1e6, 1e3), st.floats(1e-3, 1e3), st.sampled_from([np.float64, np.float32]))
def test_cut_gaussians_are_finite_and_never_negative(standardised, sd, kind):
    mean = np.full(50, standardised * sd, kind)
    values = draw_cut(mean, np.full(50, sd, kind), np.random.default_rng(1))
    assert values.dtype == kind
    assert np.isfinite(values).all()
    assert (values >= 0).all()


def test_the_belief_accumulates_after_its_onset_only():
    model = SamplingModel(n_units=10, n_bits=5, onset=7, evidence_weight=0.2)
    chain = Chain(model, np.zeros((40, SIDE**2)), np.random.default_rng(2), np.float64)
    q = np.array([[bit_probability(model, k, 0, o) for k in range(5)] for o in (0, 1)])
    before = chain.log_odds
    assert (before == 0).all()
    for sample in range(2, 15):
        chain.sweep(sample)
        logs = np.log(q) @ chain.g + np.log(1 - q) @ (1 - chain.g)
        added = 0.2 * (logs[0] - logs[1])
        np.testing.assert_allclose(chain.log_odds, added + (before if sample > 7 else 0))
        before = chain.log_odds


def test_an_uncertain_task_is_recognised_from_the_image():
    model = SamplingModel(n_units=32, n_bits=8, feedback=0.3, task_prior=(0.5, 0.5))
    rng = np.random.default_rng(5)
    for axis, sign in ((0.0, 1), (45.0, -1)):
        trials = simulate(model, [[12.0, 0.0], [0.0, 12.0]] * 60, rng, axis=axis)
        odds = trials.task_log_probability[:, -1, 0] - trials.task_log_probability[:, -1, 1]
        np.testing.assert_allclose(np.exp(trials.task_log_probability).sum(-1), 1)
        assert sign * odds.mean() > 4 * odds.std() / math.sqrt(120)


def test_a_certain_task_stays_certain():
    model = SamplingModel.for_task("oblique", n_units=16, n_bits=4)
    trials = simulate(model, np.zeros((5, 2)), np.random.default_rng(5), n_samples=10)
    assert (trials.task_log_probability[..., 1] == 0).all()
    assert (trials.task_log_probability[..., 0] == -math.inf).all()


def test_single_precision_agrees_in_distribution():
    model = SamplingModel(n_units=32, n_bits=8, feedback=0.2)
    contrast = [[3.0, 0.0]] * 600
    kept = [
        simulate(model, contrast, np.random.default_rng(seed), n_samples=60, dtype=kind)
        for seed, kind in ((1, np.float64), (2, np.float32))
    ]
    assert kept[1].response.dtype == np.float32
    one, two = (trials.response[:, 0].astype(float) for trials in kept)
    for moment in (1, 2):
        p = stats.ttest_ind(one**moment, two**moment, axis=0).pvalue
        assert p.min() > 1e-3 / 32
    assert stats.ks_2samp(one.sum(1), two.sum(1)).pvalue > 1e-3
    assert stats.ks_2samp(kept[0].log_odds[:, -1], kept[1].log_odds[:, -1]).pvalue > 1e-3


def test_bins_and_batches_only_change_what_is_kept():
    model = SamplingModel(n_units=8, n_bits=4)
    runs = [
        simulate(model, np.ones((7, 2)), np.random.default_rng(4), n_samples=12, bins=b, batch=4)
        for b in (1, 3, 12)
    ]
    for run in runs[:2]:
        bins = run.response.shape[1]
        folded = runs[2].response.reshape(7, bins, -1, 8).sum(axis=2)
        np.testing.assert_allclose(run.response, folded)
        np.testing.assert_array_equal(run.log_odds, runs[2].log_odds)
    np.testing.assert_array_equal(runs[0].choice, np.where(runs[0].belief[:, -1] > 0, 1, -1))


def test_mirroring_task_and_image_mirrors_the_responses():
    """The diagonal mirrors the pixels onto themselves, and orientation a onto 90 - a.

    This ties the conventions of images, fields, bits and tasks together.
    """
    rng = np.random.default_rng(9)
    axes, runs = (20.0, 70.0), []
    for axis in axes:
        model = SamplingModel.for_task(axis, n_units=24, n_bits=8, feedback=0.3)
        runs.append(simulate(model, [[8.0, 0.0]] * 600, rng, n_samples=40, axis=axis))
    one, two = (run.response[:, 0] for run in runs)
    mirrored = one[:, (12 - np.arange(24)) % 24]
    assert stats.ttest_ind(mirrored, two, axis=0).pvalue.min() > 1e-3 / 24
    assert stats.ttest_ind(one, two, axis=0).pvalue.min() < 1e-12
    assert stats.ks_2samp(runs[0].log_odds[:, -1], runs[1].log_odds[:, -1]).pvalue > 1e-3


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"feedback": -0.01}, "feedback must be a finite non-negative"),
        ({"n_units": 0}, "n_units must be a whole number"),
        ({"n_bits": 2}, "n_bits must be a whole number of at least 3"),
        ({"onset": 0}, "onset"),
        ({"evidence_weight": 0.0}, "evidence_weight"),
        ({"task_prior": (0.5, 0.6)}, "sum to 1"),
        ({"task_prior": (1.0,)}, "task_prior must have shape"),
        ({"axes": (math.nan, 0.0)}, "axes holds NaN"),
    ],
)
def test_bad_parameters_are_refused(parameters, words):
    with pytest.raises(ValueError, match=words):
        SamplingModel(**parameters)


def test_the_default_model_is_the_published_one():
    published = SamplingModel(
        n_units=128,
        n_bits=32,
        feedback=0.08,
        axes=(0.0, 45.0),
        task_prior=(1.0, 0.0),
        onset=20,
        evidence_weight=0.05,
    )
    assert SamplingModel() == published


def test_by_default_a_trial_is_100_samples_in_one_bin():
    model = SamplingModel(n_units=4, n_bits=3)
    trials = simulate(model, [[6.0, 0.0]], np.random.default_rng(1))
    assert trials.log_odds.shape == (1, 100)
    assert trials.response.shape == (1, 1, 4)


@pytest.mark.parametrize(("asked", "shown"), [({}, False), ({"progress": True}, True)])
def test_a_bar_is_shown_only_if_asked_for(asked, shown, capsys):
    model = SamplingModel(n_units=4, n_bits=3)
    simulate(model, np.zeros((2, 2)), np.random.default_rng(0), n_samples=2, **asked)
    assert ("batches" in capsys.readouterr().err) == shown


def test_bad_requests_are_refused():
    model, rng = SamplingModel(n_units=4, n_bits=3), np.random.default_rng()
    with pytest.raises(ValueError, match="no task 'vertical'"):
        SamplingModel.for_task("vertical")
    with pytest.raises(ValueError, match="contrast must have shape"):
        simulate(model, [6.0, 0.0], rng)
    with pytest.raises(ValueError, match="contrast must have shape"):
        simulate(model, [[6.0]], rng)
    with pytest.raises(ValueError, match="bins must divide"):
        simulate(model, [[6.0, 0.0]], rng, bins=7)
    with pytest.raises(ValueError, match="dtype"):
        simulate(model, [[6.0, 0.0]], rng, dtype=np.int64)
    with pytest.raises(ValueError, match="batch"):
        simulate(model, [[6.0, 0.0]], rng, batch=0)
