import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from neurocoord.code import Setting, assumed_prior
from neurocoord.gains import boundary_snr, optimal_gain
from neurocoord.information import total_correlation
from neurocoord.plasticity import AntiHebbian
from neurocoord.theories import EfficientCoding, Whitening
from neurocoord.world import CARDINAL, OBLIQUE, Population, World


def mode_objective(gain, c, *, price, input_noise=1.0, output_noise=1.0):
    """What a mode of scene variance c is worth: information less the price of power, in nats."""
    signal, noise = gain**2 * c, gain**2 * input_noise**2
    return 0.5 * np.log1p(signal / (noise + output_noise**2)) - price * (signal + noise)


def task_axis_ratio(snr, price, *, task_variance=4.0):
    """The gain along a trained axis over that of the background, infinite if that is silent."""
    task, background = optimal_gain(np.multiply.outer([task_variance, 1], snr), price=price)
    return np.divide(task, background, out=np.full(task.shape, np.inf), where=background > 0)


def make_world(n=6, **changes):
    parameters = {"tau": 0.8, "sigma": 0.6, "correlation": 0.3, "signal_sd": 0.7, "baseline": 3.0}
    population = Population.draw(n, rng=np.random.default_rng(0), amplitude=0.7)
    return World(population, **parameters | changes)


@pytest.mark.parametrize("output_noise", [0.4, 1.0, 1.7])
@pytest.mark.parametrize("input_noise", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("price", [0.001, 0.05, 0.4])
def test_optimal_gain_agrees_with_numerical_optimisation(price, input_noise, output_noise):
    for c in (0.05, 0.8, 6.0):
        noise = {"price": price, "input_noise": input_noise, "output_noise": output_noise}
        gain = optimal_gain(c, **noise)
        best = minimize_scalar(
            lambda log_gain, c=c, noise=noise: -mode_objective(np.exp(log_gain), c, **noise),
            bounds=(-12, 8),
            method="bounded",
            options={"xatol": 1e-10},
        )
        if c / (c + input_noise**2) <= 2 * price * output_noise**2:
            assert gain == 0
            assert best.fun > -1e-8  # no gain earns its price
        else:
            assert gain == pytest.approx(np.exp(best.x), rel=1e-5)


def test_optimal_gain_is_the_formula_of_the_book():
    c, price, se2, sr2 = 1.7, 0.03, 0.5**2, 1.4**2
    root = np.sqrt(1 + 2 * se2 / (price * sr2 * c))
    expected = sr2 / se2 * max(0, c / (2 * (c + se2)) * (1 + root) - 1)
    gain = optimal_gain(c, price=price, input_noise=0.5, output_noise=1.4)
    assert gain**2 == pytest.approx(expected)


@given(st.floats(0, 1e12), st.floats(1e-6, 10))
def test_gain_is_finite_and_silent_exactly_where_it_should_be(c, price):
    gain = optimal_gain(c, price=price)
    assert np.isfinite(gain)
    # 1/(2 price) > (c + 1)/c, away from the border by more than rounding.
    if c > 2 * price * (c + 1) * (1 + 1e-9):
        assert gain > 0
    elif c < 2 * price * (c + 1) * (1 - 1e-9):
        assert gain == 0


def test_predicted_ratios_of_gain():
    ratios = task_axis_ratio([0.05, 0.3, 1, 10], 0.01)
    np.testing.assert_allclose(ratios, [1.80, 1.16, 0.90, 0.67], atol=0.005)


def test_ratio_at_its_limits():
    # Cheap gain: (c)^(1/4) / (c + 1)^(1/2); then, where 1 / SNR is below the price, whitening.
    assert task_axis_ratio(1e4, 1e-12) == pytest.approx(4**-0.25, rel=1e-3)
    assert task_axis_ratio(1e9, 0.01) == pytest.approx(0.5, rel=1e-3)
    c = 0.2
    cheap = (4**0.25) * np.sqrt((c + 1) / (4 * c + 1))
    assert task_axis_ratio(c, 1e-12) == pytest.approx(cheap, rel=1e-5)
    # Too dear for the background.
    assert task_axis_ratio(0.2, 0.2) == np.inf


@settings(max_examples=40, deadline=None)
@given(st.floats(-8, np.log(0.45)), st.floats(1.5, 20))
def test_boundary_separates_amplification_from_attenuation(log_price, task_variance):
    price = np.exp(log_price)
    boundary = boundary_snr(price, task_variance=task_variance)
    below, at, above = task_axis_ratio(
        boundary * np.array([0.9, 1, 1.1]), price, task_variance=task_variance
    )
    assert below > 1 > above
    assert at == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("m", [2.0, 4.0, 9.0])
def test_boundary_for_cheap_power(m):
    assert boundary_snr(1e-10, task_variance=m) == pytest.approx(1 / np.sqrt(m), rel=1e-3)


def matrix(theory, world, w_hat, **circumstances):
    """Return K, (N, N)."""
    return theory.code(Setting(world, CARDINAL, w_hat, **circumstances)).matrix


def test_efficient_code_maximises_information_at_its_price():
    """No random change of the matrix, not only of the gains of modes, does better."""
    world = make_world()
    w = world.population.pattern(CARDINAL)
    theory = EfficientCoding(price=0.02)
    P, identity = assumed_prior(world, w), np.eye(world.size)
    C = P + world.sigma**2 * identity

    def objective(K):
        noise = world.sigma**2 * K @ K.T + world.private_variance * identity
        gain = np.linalg.slogdet(K @ P @ K.T + noise)[1] - np.linalg.slogdet(noise)[1]
        return gain / 2 - theory.price * np.trace(K @ C @ K.T)

    K = matrix(theory, world, w)
    np.testing.assert_allclose(K, K.T)
    rng = np.random.default_rng(1)
    for size in (1e-3, 1e-1):
        changes = size * rng.standard_normal((50, world.size, world.size))
        assert max(objective(K + change) for change in changes) < objective(K)


def test_efficient_gain_along_the_task_axis_is_that_of_its_mode():
    world = make_world()
    w_hat = 0.6 * world.population.pattern(CARDINAL)
    K = matrix(EfficientCoding(price=0.02), world, w_hat)
    c = world.tau**2 + world.signal_sd**2 * w_hat @ w_hat
    noise = {"input_noise": 0.6, "output_noise": np.sqrt(3.0)}
    np.testing.assert_allclose(K @ w_hat, optimal_gain(c, price=0.02, **noise) * w_hat)
    naive = matrix(EfficientCoding(price=0.02), world, 0 * w_hat)
    background = optimal_gain(world.tau**2, price=0.02, **noise)
    np.testing.assert_allclose(naive, background * np.eye(world.size), atol=1e-12)


def test_whitening_makes_responses_white_and_is_the_limit_of_the_optimum():
    world = make_world(sigma=1e-5, fano=1e-3)
    patterns = world.population.pattern(CARDINAL), 0.5 * world.population.pattern(OBLIQUE)
    C = assumed_prior(world, patterns[0], patterns[1][None]) + 1e-10 * np.eye(world.size)
    K = matrix(Whitening(variance=2.5), world, patterns[0], other_patterns=patterns[1][None])
    np.testing.assert_allclose(K @ C @ K.T, 2.5 * np.eye(world.size), atol=1e-10)
    # At high SNR all modes have response variance 1 / (2 price) - s_r^2.
    theory = EfficientCoding(price=0.01)
    efficient = matrix(theory, world, patterns[0], other_patterns=patterns[1][None])
    np.testing.assert_allclose(
        efficient, K * np.sqrt((50 - world.private_variance) / 2.5), rtol=1e-3, atol=1e-3
    )


def test_hard_wired_codes_ignore_engagement():
    world = make_world()
    w = world.population.pattern(CARDINAL)
    for theory in (EfficientCoding(), Whitening()):
        np.testing.assert_array_equal(
            matrix(theory, world, w, engagement=0.0),
            matrix(theory, world, w, engagement=1.0),
        )


def test_anti_hebbian_mean_path_is_the_rule_itself():
    """The path by modes against the matrix recursion of the rule, from a naive start."""
    world = make_world()
    w = world.population.pattern(CARDINAL)
    C = world.evidence_cov + 0.7**2 * np.outer(w, w)
    rule = AntiHebbian(rate=0.05, variance=0.8)
    path = rule.mean_path(C, 30)
    L = np.zeros_like(C)
    for k in range(30):
        np.testing.assert_allclose(path[k], L, atol=1e-12)
        K = np.linalg.inv(np.eye(world.size) + L)
        np.testing.assert_allclose(rule.code(L), K)
        after = L + rule.rate * (K @ C @ K.T - rule.variance * np.eye(world.size))
        np.testing.assert_allclose(rule.mean_update(L, C), after)
        L = after


def test_fluctuations_of_learning_leave_the_stated_residual():
    world = make_world(n=20, correlation=0.5)
    rng = np.random.default_rng(3)
    C, rule, batch = world.evidence_cov, AntiHebbian(rate=0.04), 25
    evidence = rng.standard_normal((1200 * batch, 20)) @ np.linalg.cholesky(C).T
    left = []
    for L in rule.learn(evidence, batch=batch)[200::10]:
        K = rule.code(L)
        left.append(total_correlation(K @ C @ K.T))
    assert np.mean(left) == pytest.approx(rule.residual(C, batch), rel=0.05)


def test_anti_hebbian_rests_at_whitening_and_approaches_at_the_stated_rate():
    world = make_world(correlation=0.5)
    rule = AntiHebbian(rate=0.1, variance=0.8)
    C = world.evidence_cov
    path = rule.mean_path(C, 400)
    K = rule.code(path[-1])
    np.testing.assert_allclose(K @ C @ K.T, 0.8 * np.eye(world.size), atol=1e-8)
    variances, vectors = np.linalg.eigh(C)
    modes = np.einsum("ji,kjl,li->ki", vectors, path[[60, 61]], vectors) + 1
    rest = np.sqrt(variances / 0.8)
    deviation = modes - rest
    measurable = np.abs(deviation[0]) > 1e-9
    assert measurable.any()
    np.testing.assert_allclose(
        (1 - deviation[1] / deviation[0])[measurable],
        rule.convergence_rate(C)[measurable],
        rtol=1e-3,
    )


@pytest.mark.parametrize(("factor", "settles"), [(0.95, True), (1.05, False)])
def test_anti_hebbian_stability_limit(factor, settles):
    C = np.diag([0.5, 1.0, 3.0])
    limit = AntiHebbian(rate=1.0, variance=0.8).stability_limit(C)
    rule = AntiHebbian(rate=factor * limit, variance=0.8)
    # Start next to the fixed point: the limit is that of small deviations.
    m = np.sqrt(np.diag(C) / 0.8) * 1.001
    start = np.abs(m - np.sqrt(np.diag(C) / 0.8)).max()
    for _ in range(200):
        m = m + rule.rate * (np.diag(C) / m**2 - 0.8)
    end = np.abs(m - np.sqrt(np.diag(C) / 0.8)).max()
    assert (end < start) == settles


def test_anti_hebbian_learns_from_evidence():
    world = make_world(n=4, correlation=0.5, concentration=0.5)
    rng = np.random.default_rng(2)
    C = world.evidence_cov
    evidence = rng.standard_normal((60_000, 4)) @ np.linalg.cholesky(C).T
    path = AntiHebbian(rate=0.02).learn(evidence, batch=20)
    K = AntiHebbian.code(path[2000:].mean(axis=0))
    # Fluctuations of order rate / batch remain: their average is near the fixed point.
    np.testing.assert_allclose(K @ C @ K.T, np.eye(4), atol=0.02)
    correlated = np.corrcoef(evidence.T)[0, 1:]
    assert np.abs(correlated).max() > 0.1


def test_one_anti_hebbian_step_by_hand():
    rule = AntiHebbian(rate=0.1, variance=2.0)
    L = np.array([[0.0, 0.5], [0.5, 0.0]])
    learned = rule.update(L, np.array([[1.0, 3.0]]))
    np.testing.assert_allclose(learned, L + 0.1 * np.array([[1 - 2, 3], [3, 9 - 2]]))


@pytest.mark.parametrize(("price", "m"), [(0.1, 0.5), (0.02, 0.25), (0.1, 3.0)])
def test_boundary_by_brute_force(price, m):
    """Where the task axis varies less, learning attenuates it below the boundary, not above."""

    def best(c):
        gains = np.geomspace(1e-3, 30, 400_001)
        return gains[np.argmax(mode_objective(gains, c, price=price))]

    boundary = boundary_snr(price, task_variance=m)
    assert boundary == pytest.approx(boundary_snr(price, task_variance=1 / m) / m, rel=1e-9)
    change = [best(m * c) - best(c) for c in (0.8 * boundary, 1.25 * boundary)]
    assert np.sign(change).tolist() == ([-1, 1] if m < 1 else [1, -1])


def test_boundary_needs_two_different_variances():
    assert boundary_snr(0.1, task_variance=0.5) == pytest.approx(2.587, abs=0.001)
    assert boundary_snr(1e-30, task_variance=0.25) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="task_variance of 1 has no boundary"):
        boundary_snr(0.1, task_variance=1.0)


def test_bad_input():
    with pytest.raises(ValueError, match="variance must be finite and not negative"):
        optimal_gain([-1.0], price=0.1)
    with pytest.raises(ValueError, match="price must be finite and positive"):
        optimal_gain([1.0], price=0.0)
    with pytest.raises(ValueError, match="silent at every SNR"):
        boundary_snr(0.5)
    with pytest.raises(ValueError, match="use Whitening"):
        matrix(EfficientCoding(), make_world(fano=0.0), np.zeros(6))
    with pytest.raises(ValueError, match="not a multiple of a batch"):
        AntiHebbian(0.1).learn(np.ones((5, 2)), batch=2)
    with pytest.raises(ValueError, match="engagement must lie between 0 and 1"):
        matrix(Whitening(), make_world(), np.zeros(6), engagement=1.5)
