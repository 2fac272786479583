"""Every theory: exact moments, drawn responses and the conditional form are one distribution."""

import numpy as np
import pytest

from neurocoord.code import Code, Setting, as_window, assumed_prior, draw_paths, gain_of_modes
from neurocoord.information import linear_fisher_information
from neurocoord.theories import (
    EfficientCoding,
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
    *CIRCUITS,
    SlowGatedCircuit(strength=0.6, half=0.3, inner=0.4),
]
FRAMES = 4


def make_world(n=5, **changes):
    parameters = {"tau": 0.8, "sigma": 1.3, "correlation": 0.3, "signal_sd": 0.7}
    population = Population.draw(n, rng=np.random.default_rng(0), amplitude=0.9)
    return World(population, **parameters | {"baseline": 5.0, "fano": 0.3} | changes)


def patterns(world):
    """Return the pattern, a partly learned one that is not parallel to it, and another task's."""
    w, v = world.population.pattern(CARDINAL), world.population.pattern(OBLIQUE)
    return w, 0.6 * w + 0.3 * v, 0.5 * v[None]


def z_scores(draws, moments):
    """Return how many standard errors the means and covariances of draws are off."""
    trials = len(draws)
    mean_error = draws.mean(axis=0) - moments.mean
    mean_z = mean_error / np.sqrt(np.diag(moments.covariance) / trials)
    deviation = draws - moments.mean
    products = deviation[:, :, None] * deviation[:, None, :]
    spread = products.std(axis=0) / np.sqrt(trials)
    return mean_z, (products.mean(axis=0) - moments.covariance) / spread


@pytest.mark.parametrize("theory", THEORIES, ids=lambda theory: theory.name)
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


@pytest.mark.parametrize("theory", THEORIES, ids=lambda theory: theory.name)
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


@pytest.mark.parametrize("theory", THEORIES, ids=lambda theory: theory.name)
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


@pytest.mark.parametrize("theory", THEORIES, ids=lambda theory: theory.name)
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


@pytest.mark.parametrize("theory", [Whitening(), StaticInference()], ids=lambda t: t.name)
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
        assert same == isinstance(theory, Inference | StaticInference | GatedCircuit)


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
        "gains are along modes": {"gains": np.ones(3)},
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
