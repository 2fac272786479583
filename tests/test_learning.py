import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurocoord.learning import (
    DeltaRule,
    decision_weights,
    log_odds,
    log_odds_moments,
    probability_correct,
    signal_moments,
)
from neurocoord.world import CARDINAL, OBLIQUE, Population, World

LEVELS = (-1.0, -0.3, 0.0, 0.3, 1.0)


def make_world():
    population = Population.draw(6, rng=np.random.default_rng(0), amplitude=0.7)
    return World(population, tau=0.8, sigma=1.3, correlation=0.3)


def simulate(rule, learners, trials, seed, frames=4):
    """Many learners from a wrong start; returns w_hat at the end, and what the theory needs."""
    world, rng = make_world(), np.random.default_rng(seed)
    w = world.population.pattern(CARDINAL)
    start = world.population.pattern(OBLIQUE)
    signals = rng.choice(LEVELS, size=(learners, trials))
    noise = (
        rng.standard_normal((learners, trials, w.size))
        @ np.linalg.cholesky(world.evidence_cov / frames).T
    )
    evidence = signals[..., None] * w + noise
    return rule.learn(start, signals, evidence)[:, -1], start, w, world.evidence_cov / frames


@pytest.mark.parametrize("trials", [1, 12, 150])
def test_mean_and_covariance_agree_with_simulation(trials):
    rule, learners = DeltaRule(0.3), 4000
    learned, start, w, noise_cov = simulate(rule, learners, trials, seed=trials)
    covariance = rule.covariance(start, w, LEVELS, trials, noise_cov)
    error = learned.mean(axis=0) - rule.mean(start, w, LEVELS, trials)
    assert np.abs(error / np.sqrt(np.diag(covariance) / learners)).max() < 4
    # Random signals make w_hat heavy-tailed: the error of a variance from the draws themselves.
    deviation = learned - learned.mean(axis=0)
    products = deviation[:, :, None] * deviation[:, None, :]
    spread = products.std(axis=0) / np.sqrt(learners)
    assert np.abs((products.mean(axis=0) - covariance) / spread).max() < 4.5


def test_covariance_tends_to_the_steady_state():
    rule, _, w, noise_cov = DeltaRule(0.3), *simulate(DeltaRule(0.3), 1, 1, 0)[1:]
    second, fourth = signal_moments(LEVELS)
    steady = 0.3 / (2 - 0.3 * fourth / second) * noise_cov
    np.testing.assert_allclose(rule.covariance(0 * w, w, LEVELS, 500, noise_cov), steady)
    # For s = +-kappa the deviation is an autoregression with coefficient 1 - eta kappa^2.
    kappa, eta = 0.6, 0.9
    phi = 1 - eta * kappa**2
    np.testing.assert_allclose(
        DeltaRule(eta).covariance(0 * w, w, [kappa, -kappa], 500, noise_cov),
        (eta * kappa) ** 2 / (1 - phi**2) * noise_cov,
    )


def test_stability_limit_separates_bounded_from_growing_fluctuations():
    limit = DeltaRule.stability_limit(LEVELS)
    second, fourth = signal_moments(LEVELS)
    assert limit == pytest.approx(2 * second / fourth)
    one = np.ones((1, 1))
    variance = {
        factor: [
            DeltaRule(factor * limit).covariance(np.zeros(1), np.zeros(1), LEVELS, n, one)[0, 0]
            for n in (1000, 2000, 4000)
        ]
        for factor in (0.97, 1.0, 1.03)
    }
    assert variance[0.97][2] == pytest.approx(variance[0.97][1], rel=1e-6)
    assert variance[1.0][2] == pytest.approx(2 * variance[1.0][1], rel=1e-6)
    assert variance[1.03][2] > 100 * variance[1.03][1]


def test_update_by_hand():
    rule = DeltaRule(0.5)
    learned = rule.update(np.array([1.0, 0.0]), -2.0, np.array([1.0, 3.0]))
    np.testing.assert_allclose(learned, [1 - (1 + 2), 0 - 3])


@given(st.floats(-2, 2), st.floats(0.01, 1))
def test_a_learner_who_knows_the_pattern_stays_put_without_noise(signal, rate):
    w = np.array([0.5, -1.0])
    np.testing.assert_allclose(DeltaRule(rate).update(w, signal, signal * w), w, atol=1e-12)


def test_block_weights_reproduce_the_trials():
    rng = np.random.default_rng(5)
    signals, evidence, start = rng.normal(size=30), rng.normal(size=(30, 4)), rng.normal(size=4)
    rule = DeltaRule(0.2)
    kept, weights = rule.trial_weights(signals)
    np.testing.assert_allclose(
        kept * start + weights @ evidence, rule.learn(start, signals, evidence)[-1]
    )


def test_learners_may_share_evidence():
    rng = np.random.default_rng(9)
    starts, signals, evidence = rng.normal(size=(3, 4)), rng.normal(size=5), rng.normal(size=(5, 4))
    rule = DeltaRule(0.2)
    alone = [rule.learn(start, signals, evidence) for start in starts]
    np.testing.assert_array_equal(rule.learn(starts, signals, evidence), alone)


def test_one_shot_draw_has_the_distribution_of_the_trials():
    rng = np.random.default_rng(6)
    w, start = np.array([1.0, -0.5, 0.2]), np.array([0.0, 0.7, 0.2])
    noise_cov = np.array([[0.5, 0.2, 0.0], [0.2, 0.6, 0.1], [0.0, 0.1, 0.4]])
    signals = rng.choice(LEVELS, size=40)
    rule, draws = DeltaRule(0.25), 4000
    shots = np.array([rule.draw_after(start, w, signals, noise_cov, rng=rng) for _ in range(draws)])
    noise = rng.multivariate_normal(np.zeros(3), noise_cov, size=(draws, 40))
    trials = rule.learn(start, np.tile(signals, (draws, 1)), signals[:, None] * w + noise)[:, -1]
    variance = np.diag(np.cov(trials.T))
    difference = shots.mean(axis=0) - trials.mean(axis=0)
    assert np.abs(difference / np.sqrt(2 * variance / draws)).max() < 4
    np.testing.assert_allclose(np.cov(shots.T), np.cov(trials.T), atol=8 * 0.02 * variance.max())


def test_log_odds_are_those_of_the_assumed_gaussian():
    """Half of log N(e; w_hat, v) - log N(e; -w_hat, v), summed over frames."""
    from scipy.stats import norm

    world, rng = make_world(), np.random.default_rng(7)
    w_hat = rng.normal(size=world.size)
    evidence = rng.normal(size=(5, 3, world.size))
    sd = np.sqrt(world.tau**2 + world.sigma**2)
    ratio = norm.logpdf(evidence, w_hat, sd) - norm.logpdf(evidence, -w_hat, sd)
    expected = np.cumsum(ratio.sum(axis=-1), axis=-1) / 2
    np.testing.assert_allclose(log_odds(world, evidence, w_hat), expected)


def test_probability_correct_agrees_with_simulation():
    world, rng = make_world(), np.random.default_rng(8)
    w_hat = world.population.pattern(CARDINAL) + 0.4 * rng.normal(size=world.size)
    signal, frames, trials = -0.4, 5, 40_000
    evidence = world.draw_evidence(CARDINAL, signal, trials=trials, frames=frames, rng=rng)
    L = log_odds(world, evidence, w_hat)
    p = probability_correct(world, CARDINAL, w_hat, signal, frames=frames)
    assert 0.6 < p < 0.95
    assert np.mean(L[:, -1] < 0) == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / trials))
    mean, variance = log_odds_moments(world, CARDINAL, w_hat, signal)
    steps = np.diff(L, axis=1)
    assert steps.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / steps.size))
    assert steps.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / steps.size))


def test_probability_correct_at_its_limits():
    world = make_world()
    w = world.population.pattern(CARDINAL)
    assert probability_correct(world, CARDINAL, 0 * w, 0.4, frames=3) == 0.5
    assert probability_correct(world, CARDINAL, w, 0.0, frames=3) == 0.5
    assert probability_correct(world, CARDINAL, -w, 0.4, frames=3) < 0.5
    assert probability_correct(world, CARDINAL, w, 50.0, frames=3) == 1


def test_bad_input():
    with pytest.raises(ValueError, match="rate must be a finite positive"):
        DeltaRule(0.0)
    with pytest.raises(ValueError, match="nothing to learn from"):
        signal_moments([0.0, 0.0])
    with pytest.raises(ValueError, match="2 signals, but evidence of 3 trials"):
        DeltaRule(0.1).learn(np.zeros(2), np.ones(2), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="expected_pattern must have shape"):
        decision_weights(make_world(), np.zeros(2))


def test_evidence_of_one_trial_is_not_taken_for_many():
    world = make_world()
    evidence = np.ones((5, world.size))
    with pytest.raises(ValueError, match=r"one trial is evidence\[None\]"):
        log_odds(world, evidence, np.ones(world.size))
    assert log_odds(world, evidence[None], np.ones(world.size)).shape == (1, 5)
    assert log_odds(world, evidence[:, None][:0], np.ones(world.size)).shape == (0, 1)


def test_learning_that_explodes_and_covariances_that_are_none_are_refused():
    w, one = np.ones(1), np.ones((1, 1))
    with pytest.raises(ValueError, match="rate 100 lets w_hat grow"):
        DeltaRule(100.0).covariance(0 * w, w, LEVELS, 10_000, one)
    with pytest.raises(ValueError, match="noise_cov is not positive definite"):
        DeltaRule(0.1).draw_after(
            [0, 0], [1, 1], LEVELS, [[1.0, 2.0], [2.0, 1.0]], rng=np.random.default_rng(0)
        )
    with pytest.raises(ValueError, match="nothing to learn from"):
        DeltaRule.stability_limit([1e-100])
