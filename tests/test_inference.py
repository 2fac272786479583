import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from neurocoord import information
from neurocoord.code import Setting, _tanh_of_sums, belief_moments, draw_paths
from neurocoord.theories import Inference, StaticInference, slope_and_covariance
from neurocoord.world import CARDINAL, OBLIQUE, Population, World


def make_world(n=6, **changes):
    parameters = {"tau": 0.8, "sigma": 1.3, "correlation": 0.3, "signal_sd": 0.7, "baseline": 3.0}
    population = Population.draw(n, rng=np.random.default_rng(0), amplitude=0.9)
    return World(population, **parameters | changes)


def static_matrix(world, w_hat, engagement=1.0):
    return StaticInference().code(Setting(world, CARDINAL, w_hat, engagement)).matrix


def test_static_code_is_the_posterior_mean_of_the_joint_gaussian():
    """Condition the joint Gaussian of scene parts, category and evidence, built by hand."""
    world = make_world(n=3)
    w_hat = np.array([0.9, -0.2, 0.5])
    # Causes: three scene parts and the signal; x = parts + w_hat s; e = x + noise.
    causes = np.diag([world.tau**2] * 3 + [world.signal_sd**2])
    to_x = np.column_stack([np.eye(3), w_hat])
    joint = np.zeros((6, 6))
    joint[:3, :3] = to_x @ causes @ to_x.T
    joint[:3, 3:] = joint[3:, :3] = joint[:3, :3]
    joint[3:, 3:] = joint[:3, :3] + world.sigma**2 * np.eye(3)
    expected = joint[:3, 3:] @ np.linalg.inv(joint[3:, 3:])
    np.testing.assert_allclose(static_matrix(world, w_hat), expected)


def test_static_code_at_partial_engagement():
    world = make_world()
    w = world.population.pattern(CARDINAL)
    k0 = 0.8**2 / (0.8**2 + 1.3**2)
    passive = static_matrix(world, w, engagement=0.0)
    np.testing.assert_allclose(passive, k0 * np.eye(world.size), atol=1e-12)
    p = 0.8**2 + 0.7**2 * w @ w
    gain = k0 + 0.3 * (p / (p + 1.3**2) - k0)
    np.testing.assert_allclose(static_matrix(world, w, engagement=0.3) @ w, gain * w)


@settings(max_examples=25, deadline=None)
@given(st.floats(-3, 3), st.floats(0.001, 30), st.integers(1, 12))
def test_belief_moments_agree_with_adaptive_quadrature(mean, variance, frame):
    belief = belief_moments(mean, variance, frame)
    centre, sd = frame * mean, np.sqrt(frame * variance)
    # Break points where tanh turns, for scipy to find the step.
    points = np.unique(np.clip((np.array([-2.0, 0.0, 2.0]) - centre) / sd, -8.5, 8.5))
    rule = {"points": points, "epsabs": 1e-11, "epsrel": 1e-11, "limit": 400}

    def average(function):
        return quad(lambda z: function(np.tanh(centre + sd * z)) * norm.pdf(z), -9, 9, **rule)[0]

    assert belief.mean[0] == pytest.approx(average(lambda b: b), abs=1e-9)
    assert belief.doubt[0] == pytest.approx(average(lambda b: 1 - b**2), abs=1e-9)
    assert belief.covariance[0, 0] == pytest.approx(
        average(lambda b: b**2) - belief.mean[0] ** 2, abs=1e-9
    )


def test_beliefs_of_several_frames_agree_with_simulation():
    belief = belief_moments(0.3, 0.9, range(2, 6))
    rng, trials = np.random.default_rng(1), 200_000
    b = np.tanh(np.cumsum(0.3 + np.sqrt(0.9) * rng.standard_normal((trials, 5)), axis=1))[:, 1:]
    np.testing.assert_allclose(belief.mean, b.mean(axis=0), atol=4 / np.sqrt(trials))
    np.testing.assert_allclose(belief.covariance, np.cov(b.T), atol=4 / np.sqrt(trials))


@pytest.mark.parametrize("size", [1.0, 30.0, 169.0, 1e4])
def test_tanh_of_sums_from_exponentials_of_the_parts(size):
    one, other = size * np.linspace(-1, 1, 41), size * np.linspace(-0.9, 1, 23)
    expected = np.tanh(one[:, None] + other)
    np.testing.assert_allclose(_tanh_of_sums(one, other), expected, atol=1e-15)


def test_a_subject_without_expectation_believes_nothing():
    belief = belief_moments(0.0, 0.0, range(1, 4))
    np.testing.assert_array_equal(belief.mean, 0)
    np.testing.assert_array_equal(belief.doubt, 1)
    np.testing.assert_array_equal(belief.covariance, 0)


def test_one_frame_moments_are_the_equations_of_the_book():
    """Written out for frame 3 with an unparallel w_hat, by quadrature of its own."""
    world = make_world()
    w = world.population.pattern(CARDINAL)
    w_hat = 0.5 * w + 0.2 * world.population.pattern(OBLIQUE)
    signal, t, c = 0.4, 3, 0.6
    k0 = 0.8**2 / (0.8**2 + 1.3**2)
    a, Q = w_hat / (0.8**2 + 1.3**2), world.evidence_cov
    centre, sd = t * a @ w * signal, np.sqrt(t * a @ Q @ a)
    eb = quad(lambda z: np.tanh(centre + sd * z) * norm.pdf(z), -9, 9)[0]
    eb2 = quad(lambda z: np.tanh(centre + sd * z) ** 2 * norm.pdf(z), -9, 9)[0]
    g = (1 - k0) * c
    cross = k0 * g * (1 - eb2) * np.outer(Q @ a, w_hat)
    covariance = (
        k0**2 * Q
        + cross
        + cross.T
        + g**2 * (eb2 - eb**2) * np.outer(w_hat, w_hat)
        + g**2 * (1 - eb2) * np.outer(w_hat, w_hat)
        + (k0 * 1.3**2 + 3.0) * np.eye(world.size)
    )
    moments = Inference().moments(world, CARDINAL, w_hat, signal, frame=t, engagement=c)
    np.testing.assert_allclose(moments.mean, 3.0 + k0 * w * signal + g * w_hat * eb)
    np.testing.assert_allclose(moments.covariance, covariance)


def test_feedback_makes_differential_correlations():
    """What feedback adds to Sigma at zero signal lies along f', and f' along w_hat = w."""
    world = make_world(correlation=0.0, signal_sd=0.5)
    w = world.population.pattern(CARDINAL)
    at = {"noise": "zero", "frame": 5}
    slope, engaged = slope_and_covariance(Inference(), world, CARDINAL, w, 0.1, **at)
    _, passive = slope_and_covariance(Inference(), world, CARDINAL, w, 0.1, engagement=0.0, **at)
    variances, vectors = np.linalg.eigh(engaged - passive)
    np.testing.assert_allclose(variances[:-1], 0, atol=1e-12)
    assert variances[-1] > 0.1
    assert abs(vectors[:, -1] @ slope) == pytest.approx(np.linalg.norm(slope))


def redundancy(world, amount, kappa, frame, engagement=1.0):
    w = world.population.pattern(CARDINAL)
    slope, covariance = slope_and_covariance(
        Inference(), world, CARDINAL, amount * w, kappa, frame=frame, engagement=engagement
    )
    return information.redundancy(slope, covariance)


def make_default_world(seed=1, **changes):
    return World(Population.draw(60, rng=np.random.default_rng(seed)), **changes)


def test_predictions_near_threshold():
    world = make_default_world()
    w = world.population.pattern(CARDINAL)
    by_learning = [redundancy(world, amount, 0.1, 10) for amount in np.linspace(0, 1, 6)]
    assert (np.diff(by_learning) > 0).all()
    by_frame = [redundancy(world, 1.0, 0.1, frame) for frame in range(1, 11)]
    assert (np.diff(by_frame) > 0).all()
    assert redundancy(world, 1.0, 0.1, 10, engagement=0.0) == pytest.approx(by_learning[0])
    before, after = (
        slope_and_covariance(Inference(), world, CARDINAL, x * w, 0.1, frame=10) for x in (0, 1)
    )
    fisher = information.linear_fisher_information
    assert fisher(*after) > fisher(*before)


def test_the_fraction_of_one_frame_falls_while_redundancy_rises():
    """Late in the trial the information of one frame grows faster than its redundancy."""
    world = make_default_world()
    w = world.population.pattern(CARDINAL)

    def fraction(frame):
        at = slope_and_covariance(Inference(), world, CARDINAL, w, 0.1, frame=frame)
        return information.redundancy_fraction(*at)

    assert (np.diff([fraction(frame) for frame in range(1, 11)]) < 0).all()
    # Of counts summed since the start of the trial it rises.
    assert (np.diff([fraction(range(1, last + 1)) for last in range(1, 11)]) > 0).all()


def test_prediction_turns_at_strong_signals():
    world = make_default_world()
    by_frame = np.array([redundancy(world, 1.0, 0.5, frame) for frame in range(1, 11)])
    assert by_frame.argmax() < 4
    assert by_frame[-1] < by_frame.max() / 2


def test_gain_of_single_neurons_follows_their_relevance():
    """Without private spread the gain in information is w_i^2 times one number."""
    world = make_default_world(correlation=0.0)
    w = world.population.pattern(CARDINAL)
    gains = []
    for amount in (0, 1):
        slope, covariance = slope_and_covariance(
            Inference(), world, CARDINAL, amount * w, 0.1, frame=10
        )
        gains.append(information.single_neuron_information(slope, covariance))
    gain = gains[1] - gains[0]
    slope_of_log = np.polyfit(np.log(w**2), np.log(gain), 1)[0]
    assert 0.9 < slope_of_log <= 1  # Sigma_ii also grows a little with w_i^2
    assert np.corrcoef(w**2, gain)[0, 1] > 0.97


# ---- How strong the observer expects signals to be ------------------------------------------

LEVELS = np.array([0.0, 0.1, -0.1, 0.2, -0.2, 0.4, -0.4])
SPREAD = np.sqrt(np.mean(LEVELS**2))  # 0.245
NODES = np.linspace(-8, 8, 101)
WEIGHTS = norm.pdf(NODES) / norm.pdf(NODES).sum()


def two_points(L, J):
    """E[s | L] and Var[s | L] under a prior of two points, +-SPREAD."""
    b = np.tanh(SPREAD * L)
    return SPREAD * b, SPREAD**2 * (1 - b**2)


def full_set(L, J):
    """The same, for all levels equally likely; J is the information of the evidence so far."""
    odds = L[..., None] * LEVELS - J * LEVELS**2 / 2
    p = np.exp(odds - odds.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return p @ LEVELS, p @ LEVELS**2 - (p @ LEVELS) ** 2


def gaussian(L, J):
    precision = J + 1 / SPREAD**2
    return L / precision, np.full(L.shape, 1 / precision)


def moments_of_observer(belief, world, w_hat, signal, frames):
    """Mean and covariance for any prior of the signal, from integrals on a grid of their own.

    By Stein's lemma Cov(e_u, E[s | L_t]) = Q a E[Var(s | L_t)] for u <= t, as the posterior mean
    grows with L by the posterior variance.
    """
    w, Q, k0, n = world.population.pattern(CARDINAL), world.evidence_cov, 0.5, len(frames)
    a = w_hat / 2
    step, variance, J = a @ w * signal, a @ Q @ a, w_hat @ w_hat / 2
    mean, doubt, product = np.zeros(n), np.zeros(n), np.zeros((n, n))
    for i, t in enumerate(frames):
        L = t * step + np.sqrt(t * variance) * NODES
        expected, spread = belief(L, t * J)
        mean[i], doubt[i], product[i, i] = (
            WEIGHTS @ expected,
            WEIGHTS @ spread,
            WEIGHTS @ expected**2,
        )
        for j in range(i + 1, n):
            more = frames[j] - t
            later = L[:, None] + more * step + np.sqrt(more * variance) * NODES
            product[i, j] = product[j, i] = WEIGHTS @ (
                expected * (belief(later, frames[j] * J)[0] @ WEIGHTS)
            )
    felt = sum((i + 1) * doubt[i] for i in range(n))  # a belief knows the window's frames up to it
    fed_back = (product - np.outer(mean, mean)).sum() + doubt.sum()
    cross = k0 * (1 - k0) * felt * np.outer(Q @ a, w_hat)
    covariance = n * k0**2 * Q + cross + cross.T
    covariance += (1 - k0) ** 2 * fed_back * np.outer(w_hat, w_hat)
    covariance += n * (k0 + world.private_variance) * np.eye(world.size)
    return n * (world.baseline + k0 * signal * w) + (1 - k0) * mean.sum() * w_hat, covariance


def slope_and_zero(belief, world, w_hat, frames):
    """f' at +-0.1 (the prior is symmetric) and Sigma of the zero-signal trials."""
    mean, _ = moments_of_observer(belief, world, w_hat, 0.1, frames)
    none, covariance = moments_of_observer(belief, world, w_hat, 0.0, frames)
    return (mean - none) / 0.1, covariance


def reference_world(seed, private=0.25):
    return make_default_world(seed, signal_sd=SPREAD, fano=private / 4)


def test_drawn_responses_of_the_observer_of_a_full_set_have_its_moments():
    """The strength of each frame drawn from the posterior over all levels, trial by trial."""
    rng, trials = np.random.default_rng(7), 40_000
    world = World(Population.draw(4, rng=rng, amplitude=1.5), signal_sd=SPREAD, fano=1 / 16)
    w_hat = 0.8 * world.population.pattern(CARDINAL) + 0.3 * world.population.pattern(OBLIQUE)
    evidence = world.draw_evidence(CARDINAL, 0.2, trials=trials, frames=4, rng=rng)
    draws = np.zeros((trials, 4))
    for t in range(1, 5):
        L = evidence[:, :t].sum(axis=1) @ w_hat / 2
        odds = L[:, None] * LEVELS - t * w_hat @ w_hat / 4 * LEVELS**2
        p = np.exp(odds - odds.max(axis=1, keepdims=True))
        drawn = (rng.random((trials, 1)) > np.cumsum(p, axis=1) / p.sum(axis=1, keepdims=True)).sum(
            1
        )
        if t > 1:
            noise = np.sqrt(0.5 + 0.25) * rng.standard_normal((trials, 4))
            draws += 4 + evidence[:, t - 1] / 2 + LEVELS[drawn][:, None] * w_hat / 2 + noise
    mean, covariance = moments_of_observer(full_set, world, w_hat, 0.2, range(2, 5))
    spread = np.sqrt(np.diag(covariance))
    assert np.abs((draws.mean(axis=0) - mean) / spread).max() < 4 / np.sqrt(trials)
    error = (np.cov(draws.T) - covariance) / np.outer(spread, spread)
    assert np.abs(error).max() < 5 * np.sqrt(2 / trials)


@pytest.mark.parametrize("learned", [0.3, 1.0])
def test_two_points_are_the_inference_of_the_package(learned):
    world, frames = reference_world(1), range(3, 7)
    w_hat = learned * world.population.pattern(CARDINAL)
    expected = slope_and_covariance(
        Inference(expected="world"), world, CARDINAL, w_hat, 0.1, noise="zero", frame=frames
    )
    for got, wanted in zip(slope_and_zero(two_points, world, w_hat, frames), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("belief", [full_set, gaussian])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_how_far_two_points_stand_for_a_full_set_of_strengths(belief, seed):
    """In the reference world: nearly exact in one frame; later, two points feed back more.

    Sure of the category, an observer with two points is sure of the strength too.
    """
    world = reference_world(seed)
    w = world.population.pattern(CARDINAL)

    def ratios(learned, frames):
        """Of f' and Sigma along w, total and single-neuron information; and both fractions."""
        two, other = (slope_and_zero(x, world, learned * w, frames) for x in (two_points, belief))
        rows = [
            (w @ f, w @ S @ w, information.linear_fisher_information(f, S),
             information.single_neuron_information(f, S).mean())
            for f, S in (two, other)
        ]  # fmt: skip
        fractions = [information.redundancy_fraction(*x) for x in (two, other)]
        return np.divide(*rows[::-1]), fractions

    first, (two, other) = ratios(1.0, range(1, 2))
    np.testing.assert_allclose(first, 1, atol=0.005)
    assert other == pytest.approx(two, abs=0.003)
    little, (two, other) = ratios(0.3, range(1, 11))
    np.testing.assert_allclose(little, 1, atol=0.005)
    assert other == pytest.approx(two, abs=0.001)
    whole, (two, other) = ratios(1.0, range(1, 11))
    assert (whole < 1).all()
    assert (whole > [0.91, 0.85, 0.975, 0.85]).all()
    assert 0 < two - other < 0.08
    (naive, _) = ratios(0.0, range(1, 11))[1]
    assert other - naive > 0.8 * (two - naive)
    last, (two, other) = ratios(1.0, range(10, 11))
    assert (last < 1).all()
    assert (last > [0.84, 0.92, 0.77, 0.72]).all()
    assert 0 < two - other < 0.06


TABLE = [  # expected strength, private variance, weight; total, single-neuron, fraction
    (1.0, 4.0, 1.0, 4.50, 15.6, 0.71),
    (0.24, 0.25, 1.0, 1.41, 2.57, 0.48),
    (0.24, 1.0, 1.0, 1.70, 2.61, 0.37),
    (0.24, 0.25, 0.5, 1.27, 1.71, 0.30),
    (0.1, 0.25, 1.0, 1.17, 1.37, 0.20),
]


@pytest.mark.parametrize(("expected", "private", "weight", "total", "single", "fraction"), TABLE)
def test_what_is_gained_by_expecting_weak_signals(
    expected, private, weight, total, single, fraction
):
    """Whole trials of 12 populations: skilled over naive, and the fraction of the skilled."""
    rows, theory = [], Inference(feedback=weight, expected=expected)
    for seed in range(12):
        world = reference_world(seed, private)
        w = world.population.pattern(CARDINAL)
        naive, skilled = (
            slope_and_covariance(
                theory, world, CARDINAL, x * w, 0.1, noise="zero", frame=range(1, 11)
            )
            for x in (0, 1)
        )
        measures = information.linear_fisher_information, information.single_neuron_information
        gains = [np.mean(f(*skilled)) / np.mean(f(*naive)) for f in measures]
        rows.append([*gains, information.redundancy_fraction(*skilled)])
    found = np.mean(rows, axis=0)
    np.testing.assert_allclose(found, [total, single, fraction], atol=0.0051, rtol=0.003)


def test_conditional_is_consistent_with_paths_beyond_the_frames_drawn():
    world = make_world()
    w = world.population.pattern(CARDINAL)
    paths = draw_paths(world, CARDINAL, w, 0.2, trials=4, frames=3, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="beyond the 3 frames drawn"):
        Inference().conditional(world, CARDINAL, w, 0.2, paths, frame=4)


def test_bad_input():
    with pytest.raises(ValueError, match="feedback must lie between 0 and 1"):
        Inference(feedback=1.2)
    world = make_world()
    with pytest.raises(ValueError, match="engagement must lie between"):
        Inference().moments(world, CARDINAL, np.zeros(6), 0.1, engagement=-0.1)
