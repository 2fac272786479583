"""Every theory: exact moments, drawn responses and the conditional form are one distribution."""

import numpy as np
import pytest

from neurocoord.code import Code, Setting, as_window, assumed_prior, draw_paths, gain_of_modes
from neurocoord.information import (
    linear_fisher_information,
    redundancy,
    redundancy_fraction,
    shuffled_information,
    single_neuron_information,
)
from neurocoord.theories import (
    DecodingOptimised,
    EfficientCoding,
    ErrorUnits,
    FluctuatingAttention,
    GatedCircuit,
    Inference,
    LocalCircuit,
    SlowGatedCircuit,
    StaticInference,
    Theory,
    Whitening,
    slope_and_covariance,
)
from neurocoord.world import CARDINAL, OBLIQUE, Population, World

CIRCUITS = [kind(strength=0.7, half=0.5, inner=0.2) for kind in (LocalCircuit, GatedCircuit)]
THEORIES = [
    EfficientCoding(0.03),
    Whitening(1.7),
    StaticInference(),
    Inference(0.8),
    Inference(0.8, expected=0.24),
    Inference(expected="world"),
    ErrorUnits(0.8, expected=0.5),
    *CIRCUITS,
    SlowGatedCircuit(strength=0.6, half=0.3, inner=0.4),
    DecodingOptimised(0.9),
    FluctuatingAttention(0.6),
]
COMMON = (DecodingOptimised, FluctuatingAttention)
FRAMES = 4


def make_world(n=5, **changes):
    parameters = {"tau": 0.8, "sigma": 1.3, "correlation": 0.3, "signal_sd": 0.7}
    population = Population.draw(n, rng=np.random.default_rng(0), amplitude=0.9)
    return World(population, **parameters | {"baseline": 5.0, "fano": 0.3} | changes)


def patterns(world):
    """Return the pattern, a partly learned one that is not parallel to it, and another task's."""
    w, v = world.population.pattern(CARDINAL), world.population.pattern(OBLIQUE)
    return w, 0.6 * w + 0.3 * v, 0.5 * v[None]


def named(theory):
    return f"{theory.name} {getattr(theory, 'expected', '')}".strip()


def z_scores(draws, moments):
    """Return how many standard errors the means and covariances of draws are off."""
    trials = len(draws)
    mean_error = draws.mean(axis=0) - moments.mean
    mean_z = mean_error / np.sqrt(np.diag(moments.covariance) / trials)
    deviation = draws - moments.mean
    products = deviation[:, :, None] * deviation[:, None, :]
    spread = products.std(axis=0) / np.sqrt(trials)
    return mean_z, (products.mean(axis=0) - moments.covariance) / spread


@pytest.mark.parametrize("theory", THEORIES, ids=named)
@pytest.mark.parametrize(("signal", "engagement"), [(0.0, 1.0), (0.5, 0.4), (-0.3, 0.0)])
def test_drawn_responses_have_the_exact_moments(theory, signal, engagement):
    world, rng = make_world(), np.random.default_rng(10)
    _, w_hat, others = patterns(world)
    evidence = world.draw_evidence(CARDINAL, signal, trials=20_000, frames=FRAMES, rng=rng)
    responses = theory.respond(
        world, CARDINAL, evidence, w_hat, rng=rng, engagement=engagement, other_patterns=others
    )
    assert responses.shape == evidence.shape
    for frame in (1, FRAMES, range(2, FRAMES + 1)):
        moments = theory.moments(
            world, CARDINAL, w_hat, signal,
            frame=frame, engagement=engagement, other_patterns=others,
        )  # fmt: skip
        window = as_window(frame)
        draws = responses[:, window[0] - 1 : window[-1]].sum(axis=1)
        mean_z, covariance_z = z_scores(draws, moments)
        assert np.abs(mean_z).max() < 4
        assert np.abs(covariance_z).max() < 4.5


@pytest.mark.parametrize("theory", THEORIES, ids=named)
@pytest.mark.parametrize("frame", [3, range(2, 5)])
def test_conditional_form_has_the_exact_moments(theory, frame):
    """Mean and covariance by the laws of total expectation and variance over drawn scalars."""
    world, rng = make_world(), np.random.default_rng(11)
    _, w_hat, others = patterns(world)
    at = {"frame": frame, "engagement": 0.7, "other_patterns": others}
    trials = 200_000
    paths = draw_paths(world, CARDINAL, w_hat, 0.4, trials=trials, frames=FRAMES, rng=rng)
    (given,) = theory.conditional(world, CARDINAL, w_hat, 0.4, paths, **at)
    moments = theory.moments(world, CARDINAL, w_hat, 0.4, **at)
    means = given.intercept + given.scalars @ given.loadings
    spread = np.sqrt(np.diag(moments.covariance))
    error = (means.mean(axis=0) - moments.mean) / spread
    assert np.abs(error).max() < 4 / np.sqrt(trials)
    total = given.covariance + np.cov(means.T)
    assert np.abs((total - moments.covariance) / np.outer(spread, spread)).max() < 0.01


@pytest.mark.parametrize("theory", THEORIES, ids=named)
def test_conditional_form_keeps_responses_and_choices_together(theory):
    """Regressing a response on L at the last frame: the same slope by either route."""
    world, rng = make_world(), np.random.default_rng(12)
    _, w_hat, _ = patterns(world)
    trials, a = 60_000, w_hat / world.evidence_variance
    evidence = world.draw_evidence(CARDINAL, 0.2, trials=trials, frames=FRAMES, rng=rng)
    response = theory.respond(world, CARDINAL, evidence, w_hat, rng=rng)[:, 1]
    L = (evidence @ a).sum(axis=1)
    paths = draw_paths(world, CARDINAL, w_hat, 0.2, trials=trials, frames=FRAMES, rng=rng)
    (given,) = theory.conditional(world, CARDINAL, w_hat, 0.2, paths, frame=2)
    means = given.intercept + given.scalars @ given.loadings

    def slopes(y, x):
        return (x - x.mean()) @ (y - y.mean(axis=0)) / (x.size * x.var())

    error = np.sqrt(2 * response.var(axis=0) / (trials * L.var()))
    difference = slopes(response, L) - slopes(means, paths.log_odds[:, -1])
    assert np.abs(difference / error).max() < 4


@pytest.mark.parametrize("theory", [t for t in THEORIES if not isinstance(t, COMMON)], ids=named)
def test_poisson_counts_have_the_moments_on_the_average_of_both_signals(theory):
    world, rng = make_world(baseline=12.0, fano=1.0), np.random.default_rng(13)
    _, w_hat, _ = patterns(world)
    difference = []
    for signal in (0.4, -0.4):
        evidence = world.draw_evidence(CARDINAL, signal, trials=40_000, frames=2, rng=rng)
        counts = theory.respond(world, CARDINAL, evidence, w_hat, rng=rng, poisson=True)[:, 1]
        assert (counts == np.round(counts)).all()
        moments = theory.moments(world, CARDINAL, w_hat, signal, frame=2)
        assert np.abs(z_scores(counts, moments)[0]).max() < 4
        difference.append(np.cov(counts.T) / moments.covariance[0, 0])
        difference[-1] -= moments.covariance / moments.covariance[0, 0]
    # Standard error of a variance of 80,000 counts is about 0.5 per cent.
    assert np.abs(np.mean(difference, axis=0)).max() < 0.025


@pytest.mark.parametrize("theory", [Whitening(), StaticInference()], ids=named)
@pytest.mark.parametrize("amount", [0.0, 0.4, 1.0])
def test_an_invertible_code_without_private_noise_keeps_all_information(theory, amount):
    world = make_world(n=40, fano=0.0)
    w = world.population.pattern(CARDINAL)
    evidence = w @ np.linalg.solve(world.evidence_cov, w)
    slope, covariance = slope_and_covariance(theory, world, CARDINAL, amount * w, 0.1)
    assert linear_fisher_information(slope, covariance) == pytest.approx(evidence, rel=1e-12)


def test_private_noise_loses_information():
    world = make_world(n=40, fano=0.1)
    w = world.population.pattern(CARDINAL)
    evidence = w @ np.linalg.solve(world.evidence_cov, w)
    for theory in (Whitening(), StaticInference()):
        slope, covariance = slope_and_covariance(theory, world, CARDINAL, w, 0.1)
        assert linear_fisher_information(slope, covariance) < 0.99 * evidence


def test_only_hard_wired_codes_keep_traces_of_other_tasks():
    world = make_world()
    _, w_hat, others = patterns(world)

    def covariance(theory, other_patterns):
        return theory.moments(world, CARDINAL, w_hat, 0.1, other_patterns=other_patterns).covariance

    for theory in THEORIES:
        same = np.allclose(covariance(theory, others), covariance(theory, None))
        local = isinstance(theory, LocalCircuit) and not isinstance(theory, GatedCircuit)
        assert same != (local or isinstance(theory, EfficientCoding | Whitening))


# ---- What the theories say in closed form ---------------------------------------------------

WINDOW = range(1, 4)


def of_whole_trial(theory, world, w_hat, signal=0.1, **at):
    return slope_and_covariance(theory, world, CARDINAL, w_hat, signal, frame=WINDOW, **at)


def test_decoding_optimised_learning_frees_information_as_sherman_and_morrison_say():
    """1/I = 1/I_0 + (s_0 (1 - lambda))^2, whatever else of the pattern was learned."""
    world, s0 = make_world(n=30), 0.4
    w, v = world.population.pattern(CARDINAL), world.population.pattern(OBLIQUE)
    k0, n = 0.8**2 / (0.8**2 + 1.3**2), len(WINDOW)
    aside = v - (v @ w) / (w @ w) * w
    clean = n * (k0**2 * world.evidence_cov + 0.3 * 5.0 * np.eye(30))
    limit = linear_fisher_information(n * k0 * w, clean)
    for learned, left in ((-0.5, 1.0), (0.0, 1.0), (0.25, 0.75), (0.9, 0.1), (1.0, 0.0), (1.3, 0)):
        slope, covariance = of_whole_trial(DecodingOptimised(s0), world, learned * w + aside)
        np.testing.assert_allclose(slope, n * k0 * w)
        noise = (s0 * left) ** 2
        np.testing.assert_allclose(covariance, clean + noise * np.outer(slope, slope))
        information = linear_fisher_information(slope, covariance)
        assert information == pytest.approx(1 / (1 / limit + noise))
        alone = shuffled_information(slope, covariance)
        assert alone == pytest.approx((1 / (np.diag(clean) / slope**2 + noise)).sum())


def test_decoding_optimised_learning_raises_information_and_lowers_redundancy():
    world = make_world(n=60, tau=1.0, sigma=1.0, correlation=0.02, baseline=4.0, fano=1 / 16)
    w = world.population.pattern(CARDINAL)
    stages = [of_whole_trial(DecodingOptimised(), world, x * w) for x in np.linspace(0, 1, 11)]
    rows = [[f(*stage) for stage in stages] for f in (linear_fisher_information, redundancy,
            redundancy_fraction)]  # fmt: skip
    total, difference, fraction = np.diff(rows)
    single = np.diff([single_neuron_information(*stage).mean() for stage in stages])
    assert (total > 0).all()
    assert (difference < 0).all()
    assert (fraction < 0).all()
    assert (single > 0).all()


@pytest.mark.parametrize("engagement", [1.0, 0.4, 0.0])
def test_fluctuating_attention_is_noise_along_what_was_learned_while_engaged(engagement):
    """Sigma grows by (frames c sd)^2 w_hat w_hat^T: the same xi in all frames of a trial."""
    world, sd = make_world(), 0.35
    _, w_hat, others = patterns(world)
    naive = of_whole_trial(Inference(), world, 0 * w_hat)
    theory = FluctuatingAttention(sd)
    slope, covariance = of_whole_trial(
        theory, world, w_hat, engagement=engagement, other_patterns=others
    )
    extra = (len(WINDOW) * engagement * sd) ** 2 * np.outer(w_hat, w_hat)
    np.testing.assert_allclose(slope, naive[0])
    np.testing.assert_allclose(covariance, naive[1] + extra, atol=1e-12)


def test_fluctuating_attention_makes_single_neurons_worse():
    """It can be taken for feedback, which raises redundancy too, but not for what neurons gain."""
    world = make_world(n=40)
    w = world.population.pattern(CARDINAL)
    naive, skilled = (of_whole_trial(FluctuatingAttention(), world, x * w) for x in (0, 1))
    assert (single_neuron_information(*skilled) < single_neuron_information(*naive)).all()
    assert linear_fisher_information(*skilled) < linear_fisher_information(*naive)
    assert redundancy_fraction(*skilled) > redundancy_fraction(*naive)


@pytest.mark.parametrize("frame", [1, 3, range(2, 5)])
def test_error_units_take_away_what_inference_adds(frame):
    """With -k0 for 1 - k0, the part linear in the feedback scales by x and its square by x^2."""
    world, signal = make_world(), 0.4
    _, w_hat, _ = patterns(world)

    def moments(theory):
        found = theory.moments(world, CARDINAL, w_hat, signal, frame=frame)
        return found.mean, found.covariance

    without, half, whole = (moments(Inference(c, expected=0.5)) for c in (0.0, 0.5, 1.0))
    x = -world.bottom_up_gain / (1 - world.bottom_up_gain)
    for got, a, b, c in zip(moments(ErrorUnits(expected=0.5)), without, half, whole, strict=True):
        square = 2 * (c - 2 * b + a)
        np.testing.assert_allclose(got, a + x * (c - a - square) + x**2 * square, atol=1e-12)
    assert w_hat @ (moments(ErrorUnits(expected=0.5))[0] - without[0]) < 0
    assert w_hat @ (whole[0] - without[0]) > 0


@pytest.mark.parametrize("kind", [Inference, ErrorUnits])
def test_to_expect_weak_signals_is_to_expect_a_weak_pattern(kind):
    """sigma w_hat z and tanh(sigma L) know the product of sigma and w_hat only."""
    world = make_world()
    _, w_hat, _ = patterns(world)
    calibrated, overconfident = kind(0.7, expected=0.24), kind(0.7)
    evidence = world.draw_evidence(
        CARDINAL, 0.3, trials=9, frames=FRAMES, rng=np.random.default_rng(1)
    )
    for frame in (2, range(1, FRAMES + 1)):
        one = calibrated.moments(world, CARDINAL, w_hat, 0.3, frame=frame)
        two = overconfident.moments(world, CARDINAL, 0.24 * w_hat, 0.3, frame=frame)
        np.testing.assert_allclose(one.mean, two.mean)
        np.testing.assert_allclose(one.covariance, two.covariance)
    one, two = (
        theory.respond(world, CARDINAL, evidence, pattern, rng=np.random.default_rng(2))
        for theory, pattern in ((calibrated, w_hat), (overconfident, 0.24 * w_hat))
    )
    np.testing.assert_allclose(one, two)
    # It is the observer of a world with such signals, and of no other.
    for signal_sd, alike in ((0.24, True), (0.3, False)):
        known = make_world(signal_sd=signal_sd)
        told = kind(0.7, expected="world").moments(known, CARDINAL, w_hat, 0.3).covariance
        wanted = calibrated.moments(world, CARDINAL, w_hat, 0.3).covariance
        assert np.allclose(told, wanted) == alike


@pytest.mark.parametrize("theory", [DecodingOptimised(), FluctuatingAttention()], ids=named)
def test_codes_with_common_noise_give_no_poisson_counts(theory):
    world, rng = make_world(fano=1.0), np.random.default_rng(0)
    w, _, _ = patterns(world)
    with pytest.raises(ValueError, match="Poisson counts need"):
        theory.respond(world, CARDINAL, np.zeros((2, 1, 5)), w, rng=rng, poisson=True)


def test_assumed_prior_by_hand():
    world = make_world(n=2, tau=2.0, signal_sd=0.5)
    P = assumed_prior(world, np.array([1.0, 2.0]), np.array([[2.0, 0.0]]))
    np.testing.assert_allclose(P, [[4 + 0.25 + 1, 0.5], [0.5, 4 + 1]])


@pytest.mark.parametrize("name", ["both", "one", "none", "the same twice"])
def test_code_of_prior_is_a_function_of_the_whole_matrix(name):
    world = make_world()
    _, w_hat, others = patterns(world)
    w_hat, others = {
        "both": (w_hat, others),
        "one": (w_hat, None),
        "none": (0 * w_hat, None),
        "the same twice": (w_hat, w_hat[None]),
    }[name]
    variances, vectors = np.linalg.eigh(assumed_prior(world, w_hat, others))
    expected = (vectors * np.log(1 + variances)) @ vectors.T
    at = Setting(world, CARDINAL, w_hat)
    code = Code(at, **gain_of_modes(np.log1p, world, w_hat, others))
    np.testing.assert_allclose(code.matrix, expected, atol=1e-12)


def test_slope_and_covariance_by_hand():
    """A code of one's own needs one method only."""

    class Doubling(Theory):
        def code(self, at):
            return Code(at, 2.0, noise=at.world.private_variance)

    world = make_world()
    w = world.population.pattern(OBLIQUE)
    expected = 4 * world.evidence_cov + 1.5 * np.eye(world.size)
    for noise in ("signal", "zero"):
        slope, covariance = slope_and_covariance(
            Doubling(), world, OBLIQUE, w, 0.3, noise=noise, frame=range(1, 4)
        )
        np.testing.assert_allclose(slope, 3 * 2 * w)
        np.testing.assert_allclose(covariance, 3 * expected)


@pytest.mark.parametrize("frame", [0, -1, range(3), range(1, 6, 2), range(3, 3)])
def test_bad_windows(frame):
    with pytest.raises(ValueError, match="frame"):
        as_window(frame)


def test_terms_of_a_code_that_do_not_fit_are_refused_by_name():
    at = Setting(make_world(), CARDINAL, np.zeros(5))
    bad = {
        "vectors must be orthonormal": {"vectors": np.ones((5, 1)), "gains": np.ones(1)},
        "vectors must have shape": {"vectors": np.ones((4, 1)), "gains": np.ones(1)},
        "gains must have shape": {"vectors": np.eye(5)[:, :2], "gains": np.ones(3)},
        "gains and echo are along modes": {"gains": np.ones(3)},
        "feedback must have shape": {"feedback": np.ones(4)},
        "common must have shape": {"common": np.ones(5)},
        "noise must be a finite non-negative": {"noise": np.nan},
        "shared_gain must be between": {"shared_gain": 1.0},
    }
    for message, terms in bad.items():
        with pytest.raises(ValueError, match=message):
            Code(at, 0.5, **terms)


def test_bad_input():
    world = make_world()
    with pytest.raises(ValueError, match="noise must be"):
        slope_and_covariance(Inference(), world, CARDINAL, np.zeros(5), 0.1, noise="none")
    with pytest.raises(ValueError, match="signal must be a finite positive"):
        slope_and_covariance(Inference(), world, CARDINAL, np.zeros(5), 0.0)
    with pytest.raises(ValueError, match="other_patterns must have shape"):
        Whitening().moments(world, CARDINAL, np.zeros(5), 0.1, other_patterns=np.zeros(5))
    for nonsense in (None, "x", 1.0, np.ones(5), np.nan * np.ones(2)):
        with pytest.raises(ValueError, match="what gain returns"):
            gain_of_modes(lambda variances, out=nonsense: out, world, np.ones(5))
    with pytest.raises(TypeError, match="abstract"):
        Theory()
    for kind in (Inference, ErrorUnits):
        for expected in (0.0, -1.0, "signals"):
            with pytest.raises(ValueError, match="expected must be"):
                kind(expected=expected)
    for kind, name in ((DecodingOptimised, "internal"), (FluctuatingAttention, "sd")):
        with pytest.raises(ValueError, match=f"{name} must be a finite non-negative"):
            kind(-0.1)
