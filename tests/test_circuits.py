"""The rivals of feedback against linear systems written out, and what sets them apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurocoord import plasticity
from neurocoord.code import Setting, assumed_prior, draw_paths
from neurocoord.information import linear_fisher_information, noise_correlations
from neurocoord.plasticity import AntiHebbian, Hebbian
from neurocoord.theories import (
    GatedCircuit,
    Inference,
    LocalCircuit,
    SharedGain,
    SlowGatedCircuit,
    StaticInference,
    slope_and_covariance,
)
from neurocoord.world import CARDINAL, OBLIQUE, Population, World
from neurocoord_book.studies import mechanisms_match

FAST = (LocalCircuit, GatedCircuit)


def make_world(n=5, **changes):
    parameters = {"tau": 0.8, "sigma": 1.3, "correlation": 0.3, "signal_sd": 0.7}
    population = Population.draw(n, rng=np.random.default_rng(3), amplitude=0.9)
    return World(population, **parameters | {"baseline": 5.0, "fano": 0.6} | changes)


def weights(theory, world, w_hat, **circumstances):
    """Return the lateral weights W of a circuit."""
    vectors, rho = theory.modes(Setting(world, CARDINAL, w_hat, **circumstances))
    return (vectors * rho) @ vectors.T


def patterns(world):
    return tuple(world.population.pattern(task) for task in (CARDINAL, OBLIQUE))


# ---- The local circuits --------------------------------------------------------------------


@pytest.mark.parametrize("kind", [LocalCircuit, GatedCircuit, SlowGatedCircuit])
@pytest.mark.parametrize("engagement", [1.0, 0.3])
def test_moments_are_those_of_the_whole_linear_system(kind, engagement):
    """All passes round the loop of all frames as one large system of equations, solved at once."""
    world, n, last = make_world(), 5, 4
    w, v = patterns(world)
    theory = kind(strength=0.7, half=0.4, inner=0.5)
    W = weights(theory, world, 0.8 * w, engagement=engagement, other_patterns=v[None])
    # Unknowns: the state after each pass. A fast loop is one of very many passes.
    passes = 2 if theory.passes else 200
    powers = [np.linalg.matrix_power(W, k) for k in range(passes)]
    once, carried = sum(powers), np.linalg.matrix_power(W, passes)
    system = np.eye(last * n)
    for t in range(1, last):
        if theory.passes:
            system[t * n : (t + 1) * n, (t - 1) * n : t * n] = -carried
    answer = np.linalg.solve(system, np.kron(np.eye(last), once))
    k0 = world.tau**2 / (world.tau**2 + world.sigma**2)
    source = k0**2 * world.evidence_cov + 0.5 * np.eye(n)
    covariance = answer @ np.kron(np.eye(last), source) @ answer.T
    mean = answer @ np.tile(k0 * 0.4 * w, last)
    # Frames 2 to 4, summed.
    collect = np.hstack([np.zeros((n, n)), *[np.eye(n)] * 3])
    outer = k0 * world.sigma**2 + 0.6 * 5.0 - 0.5
    found = theory.moments(
        world, CARDINAL, 0.8 * w, 0.4,
        frame=range(2, 5), engagement=engagement, other_patterns=v[None],
    )  # fmt: skip
    np.testing.assert_allclose(found.mean, 3 * 5.0 + collect @ mean)
    np.testing.assert_allclose(
        found.covariance, collect @ covariance @ collect.T + 3 * outer * np.eye(n), atol=1e-10
    )


def test_with_the_strength_of_the_posterior_a_local_circuit_is_the_wiener_filter():
    """W = (1 - k0) H (H + tau^2)^-1, so that k0 (1 - W)^-1 = P (P + sigma^2)^-1, at every stage."""
    world = make_world()
    w, _ = patterns(world)
    k0 = world.bottom_up_gain
    theory = LocalCircuit(strength=1 - k0, half=world.tau**2, inner=0.0)
    for learned in (0.0, 0.3, 1.0):
        W = weights(theory, world, learned * w)
        code = k0 * np.linalg.inv(np.eye(5) - W)
        np.testing.assert_allclose(
            code, StaticInference().code(Setting(world, CARDINAL, learned * w)).matrix, atol=1e-12
        )


@pytest.mark.parametrize("theory", [LocalCircuit(), GatedCircuit(), SlowGatedCircuit()])
def test_before_learning_every_circuit_is_the_code_of_inference(theory):
    world = make_world()
    naive = np.zeros(5)
    for frame in (1, range(1, 4)):
        found = theory.moments(world, CARDINAL, naive, 0.5, frame=frame)
        wanted = Inference().moments(world, CARDINAL, naive, 0.5, frame=frame)
        np.testing.assert_allclose(found.mean, wanted.mean)
        np.testing.assert_allclose(found.covariance, wanted.covariance)


def test_what_gates_a_circuit_and_what_does_not():
    world = make_world()
    w, v = patterns(world)

    def covariance(theory, frame=1, **circumstances):
        return theory.moments(world, CARDINAL, w, 0.0, frame=frame, **circumstances).covariance

    local, gated, slow = LocalCircuit(), GatedCircuit(), SlowGatedCircuit()
    naive = local.moments(world, CARDINAL, 0 * w, 0.0).covariance
    np.testing.assert_array_equal(covariance(local, engagement=0.0), covariance(local))
    np.testing.assert_allclose(covariance(gated, engagement=0.0), naive)
    np.testing.assert_allclose(covariance(gated), covariance(local))
    others = {"other_patterns": v[None]}
    np.testing.assert_array_equal(covariance(gated, **others), covariance(gated))
    along = v @ (covariance(local, **others) - covariance(local)) @ v
    assert along > 0.1 * (v @ naive @ v)
    # Within the trial: a fast circuit is there at once, a slow one builds up to the same loop.
    np.testing.assert_array_equal(covariance(local, frame=9), covariance(local))
    growth = [w @ covariance(slow, frame=t) @ w for t in (1, 2, 5, 60)]
    assert growth == sorted(growth)
    steady = slow.moments(world, CARDINAL, w, 0.5, frame=200).mean
    W = weights(slow, world, w)
    expected = 5.0 + np.linalg.solve(np.eye(5) - W, world.bottom_up_gain * 0.5 * w)
    np.testing.assert_allclose(steady, expected)


def test_a_loop_that_does_not_settle_is_refused():
    with pytest.raises(ValueError, match="strength must be below 1"):
        LocalCircuit(strength=1.0)
    with pytest.raises(ValueError, match="does not settle"):
        Hebbian(0.1, 1.2, 1.0, 1.0)
    with pytest.raises(ValueError, match="half must be"):
        GatedCircuit(half=0.0)
    world = make_world(fano=0.0)
    with pytest.raises(ValueError, match="inner is 9"):
        LocalCircuit(inner=9.0).moments(world, CARDINAL, np.zeros(5), 0.0)
    world = make_world(fano=1.0, baseline=9.0)
    evidence = np.zeros((2, 1, 5))
    with pytest.raises(ValueError, match="Poisson counts need"):
        LocalCircuit(inner=4.0).respond(
            world, CARDINAL, evidence, np.zeros(5), rng=np.random.default_rng(0), poisson=True
        )


# ---- How they learn ------------------------------------------------------------------------


def test_the_hebbian_rule_comes_to_rest_at_the_weights_of_the_circuit():
    world = make_world()
    w, v = patterns(world)
    C = assumed_prior(world, 0.9 * w, v[None]) + world.sigma**2 * np.eye(5)
    rule = Hebbian(rate=0.2, strength=0.6, decay=0.5, variance=world.evidence_variance)
    W = np.zeros((5, 5))
    for _ in range(300):
        W = rule.mean_update(W, C)
    theory = LocalCircuit(strength=0.6, half=0.5)
    wanted = weights(theory, world, 0.9 * w, other_patterns=v[None])
    np.testing.assert_allclose(W, wanted, atol=1e-10)
    np.testing.assert_allclose(rule.fixed_point(C), wanted, atol=1e-12)
    assert np.abs(np.linalg.eigvalsh(W)).max() < 0.6


def test_the_hebbian_rule_learns_from_samples():
    world = make_world()
    w, _ = patterns(world)
    C = assumed_prior(world, w) + world.sigma**2 * np.eye(5)
    rule = Hebbian(rate=0.004, strength=0.6, decay=0.5, variance=world.evidence_variance)
    rng, W, late = np.random.default_rng(4), np.zeros((5, 5)), []
    root = np.linalg.cholesky(C)
    for step in range(4000):
        W = rule.update(W, rng.standard_normal((40, 5)) @ root.T)
        if step >= 1000:
            late.append(W)
    np.testing.assert_allclose(np.mean(late, axis=0), rule.fixed_point(C), atol=0.02)


@pytest.mark.parametrize(("factor", "settles"), [(0.95, True), (1.05, False)])
def test_the_hebbian_rule_settles_below_its_rate_limit_only(factor, settles):
    C = np.diag([1.0, 2.0, 5.0])
    limit = Hebbian(0.1, 0.5, 0.7, 1.0).rate_limit(C)
    assert limit == pytest.approx(2 / (4 + 0.7))
    rule = Hebbian(factor * limit, 0.5, 0.7, 1.0)
    W = rule.fixed_point(C) + 1e-3 * np.eye(3)
    for _ in range(200):
        W = rule.mean_update(W, C)
    assert (np.abs(W - rule.fixed_point(C)).max() < 1e-3) == settles


@pytest.mark.parametrize("background", [0.05, 0.3])
def test_exercise_plain_hebb_runs_away_beyond_its_limit(background):
    """The scalar rule, iterated: at rest below the limit, gone above it."""
    limit, gain = plasticity.plain_hebb_limit(background)

    def run(drive, steps=200_000):
        rho = 0.0
        for _ in range(steps):
            rho += 0.05 * (drive / (1 - rho) ** 2 - background - rho)
            if rho >= 1:
                break
        return rho

    rest = run(0.9999 * limit)
    assert 1 / (1 - rest) < gain
    assert 1 / (1 - rest) == pytest.approx(gain, rel=0.02)
    assert run(1.001 * limit) >= 1
    with pytest.raises(ValueError, match="less than 1/2"):
        plasticity.plain_hebb_limit(0.5)


# ---- Shared gain ---------------------------------------------------------------------------


def test_shared_gain_draws_what_its_moments_say():
    world, rng = make_world(), np.random.default_rng(5)
    w, _ = patterns(world)
    theory, trials = SharedGain(sd=0.4, relief=0.5), 40_000
    evidence = world.draw_evidence(CARDINAL, 0.5, trials=trials, frames=3, rng=rng)
    draws = theory.respond(world, CARDINAL, evidence, w, rng=rng, engagement=0.5).sum(axis=1)
    wanted = theory.moments(world, CARDINAL, w, 0.5, frame=range(1, 4), engagement=0.5)
    spread = np.sqrt(np.diag(wanted.covariance))
    assert np.abs((draws.mean(axis=0) - wanted.mean) / spread).max() < 4 / np.sqrt(trials)
    error = (np.cov(draws.T) - wanted.covariance) / np.outer(spread, spread)
    assert np.abs(error).max() < 0.03
    # The law of the gain, written out: two states with 0.4 (1 - 0.25) = 0.3 more or less.
    plain = Inference(feedback=0.0).moments(world, CARDINAL, w, 0.5, frame=range(1, 4))
    np.testing.assert_allclose(wanted.mean, plain.mean)
    k0 = world.bottom_up_gain
    extra = 0.09 * (3 * k0**2 * world.evidence_cov + np.outer(plain.mean, plain.mean))
    np.testing.assert_allclose(wanted.covariance, plain.covariance + extra)


def test_shared_gain_given_its_state_has_the_exact_moments():
    world, rng = make_world(), np.random.default_rng(6)
    w, _ = patterns(world)
    theory, trials = SharedGain(sd=0.4, relief=0.25), 200_000
    paths = draw_paths(world, CARDINAL, w, 0.4, trials=trials, frames=4, rng=rng)
    at = {"frame": range(2, 5), "engagement": 1.0}
    groups = theory.conditional(world, CARDINAL, w, 0.4, paths, **at)
    means = np.vstack([g.intercept + g.scalars @ g.loadings for g in groups])
    shares = [len(g.scalars) / trials for g in groups]
    wanted = theory.moments(world, CARDINAL, w, 0.4, **at)
    inside = sum(q * g.covariance for q, g in zip(shares, groups, strict=True))
    spread = np.sqrt(np.diag(wanted.covariance))
    assert np.abs((means.mean(axis=0) - wanted.mean) / spread).max() < 4 / np.sqrt(trials)
    error = (inside + np.cov(means.T) - wanted.covariance) / np.outer(spread, spread)
    assert np.abs(error).max() < 0.01


def test_shared_gain_follows_the_mean_and_shrinks_with_engagement():
    world = make_world(n=30, correlation=0.0)
    theory, zero = SharedGain(sd=0.09, relief=0.3), np.zeros(30)
    correlations = []
    for c in (0.0, 1.0):
        moments = theory.moments(world, CARDINAL, zero, 0.0, engagement=c)
        g = 0.09 * (1 - 0.3 * c)
        shared = g**2 * 25.0
        own = moments.covariance[0, 0] - shared
        upper = np.triu_indices(30, 1)
        correlations.append(noise_correlations(moments.covariance)[upper].mean())
        assert correlations[-1] == pytest.approx(shared / (shared + own))
    assert correlations[1] < correlations[0]
    still = SharedGain(sd=0.0).moments(world, CARDINAL, zero, 0.0)
    plain = Inference(feedback=0.0).moments(world, CARDINAL, zero, 0.0)
    np.testing.assert_allclose(still.covariance, plain.covariance)
    for name in ("sd", "relief"):
        with pytest.raises(ValueError, match=f"{name} must lie between"):
            SharedGain(**{name: 1.1})


# ---- What no static measurement can tell ---------------------------------------------------


@given(st.integers(2, 8), st.floats(0.05, 0.95), st.integers(0, 10_000))
def test_any_slope_and_covariance_can_come_from_a_circuit(n, share, seed):
    """f', Sigma at random with a share of the information of the evidence."""
    rng = np.random.default_rng(seed)
    roots = rng.standard_normal((2, n, n))
    Sigma, Q = (root @ root.T + 0.3 * np.eye(n) for root in roots)
    f, w = rng.standard_normal((2, n))
    J = w @ np.linalg.inv(Q) @ w
    f *= np.sqrt(share * J / (f @ np.linalg.inv(Sigma) @ f))
    K, V = plasticity.static_circuit(f, Sigma, w, Q)
    np.testing.assert_allclose(K @ w, f, atol=1e-7 * np.abs(f).max())
    np.testing.assert_allclose(K @ Q @ K.T + V, Sigma, atol=1e-8 * np.abs(Sigma).max())
    assert np.linalg.eigvalsh(V)[0] > 0
    k0 = 0.4
    W = plasticity.lateral_weights(K, k0)
    np.testing.assert_allclose(k0 * np.linalg.inv(np.eye(n) - W), K, atol=1e-6 * np.abs(K).max())


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10_000))
def test_exercise_no_code_has_more_information_than_the_evidence(n, m, seed):
    """Any K and any noise: f' = K w, Sigma = K Q K' + V."""
    rng = np.random.default_rng(seed)
    K, w = rng.standard_normal((m, n)), rng.standard_normal(n)
    roots = rng.standard_normal((n, n)), rng.standard_normal((m, m))
    Q, V = (root @ root.T + 0.1 * np.eye(len(root)) for root in roots)
    information = linear_fisher_information(K @ w, K @ Q @ K.T + V)
    assert information <= w @ np.linalg.solve(Q, w) * (1 + 1e-9)


def test_no_code_holds_more_than_the_evidence():
    Q, w = np.diag([1.0, 2.0]), np.array([1.0, 1.0])
    with pytest.raises(ValueError, match=r"the evidence has only 1\.5"):
        plasticity.static_circuit(w, 0.9 * Q, w, Q)


def test_a_circuit_has_the_whole_trial_moments_of_inference_exactly():
    """Matched to one population without limited-range correlations: f' and Sigma coincide."""
    design = mechanisms_match.Design(correlation=0.0, frames=6, baseline=2.0)
    world = design.draw_world(np.random.default_rng(8))
    w, _ = patterns(world)
    wanted = mechanisms_match.targets(design, [world])
    at = {"noise": "zero", "frame": range(1, 7)}
    for kind in (LocalCircuit, SlowGatedCircuit):
        theory = mechanisms_match.solve(wanted, kind)
        for learned in (0.0, 1.0):
            truth = slope_and_covariance(Inference(), world, CARDINAL, learned * w, 0.1, **at)
            found = slope_and_covariance(theory, world, CARDINAL, learned * w, 0.1, **at)
            np.testing.assert_allclose(found[0], truth[0], rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(found[1], truth[1], rtol=1e-9, atol=1e-9)
    half = slope_and_covariance(theory, world, CARDINAL, w / 2, 0.1, **at)
    truth = slope_and_covariance(Inference(), world, CARDINAL, w / 2, 0.1, **at)
    np.testing.assert_allclose(half[0], truth[0], rtol=1e-9)
    assert linear_fisher_information(*half) == pytest.approx(
        linear_fisher_information(*truth), rel=0.05
    )


def test_the_default_circuits_are_the_matched_ones():
    for name, circuit in mechanisms_match.matched().items():
        default = {c.name: c() for c in (LocalCircuit, GatedCircuit, SlowGatedCircuit)}[name]
        for parameter in ("strength", "half", "inner"):
            assert getattr(default, parameter) == pytest.approx(
                getattr(circuit, parameter), abs=6e-4
            )


def test_with_one_pass_a_frame_no_stable_circuit_matches_both_stages():
    class OnePass(SlowGatedCircuit):
        passes = 1

    rngs = np.random.default_rng(71).spawn(20)
    design = mechanisms_match.Design()
    wanted = mechanisms_match.targets(design, [design.draw_world(rng) for rng in rngs])
    assert mechanisms_match.solve(wanted, SlowGatedCircuit).strength < 1
    with pytest.raises(ValueError, match="strength must lie between"):
        mechanisms_match.solve(wanted, OnePass)


def test_what_no_stable_circuit_has_is_refused():
    wanted = mechanisms_match.Targets(10, 2.6, 4.3, 21.4, 2.4, 0.5, 2.3, 4.5)
    with pytest.raises(ValueError, match="cannot come from"):
        mechanisms_match.solve(wanted._replace(half=1.05), LocalCircuit)
    with pytest.raises(ValueError, match="the noise within would have to be"):
        mechanisms_match.solve(wanted._replace(variance=10.0), LocalCircuit)


@pytest.mark.parametrize("rule", [Hebbian(0.1, 0.5, 0.7, 1.0), AntiHebbian(0.1, 0.8)])
def test_steps_of_several_populations_are_those_of_each(rule):
    rng = np.random.default_rng(3)
    weights, trials = rng.normal(size=(2, 4, 3, 3)), rng.normal(size=(4, 7, 3))
    C = np.cov(trials.reshape(-1, 3).T)
    together, mean = rule.update(weights, trials), rule.mean_update(weights, C)
    for i, k in np.ndindex(2, 4):
        np.testing.assert_allclose(together[i, k], rule.update(weights[i, k], trials[k]))
        np.testing.assert_allclose(mean[i, k], rule.mean_update(weights[i, k], C))
    with pytest.raises(ValueError, match="leading axes of"):
        rule.update(weights, trials[:3])
