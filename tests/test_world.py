import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocoord.world import CARDINAL, OBLIQUE, Population, Task, World, limited_range


def make_world(n=7, seed=0, **changes):
    parameters = {"tau": 0.8, "sigma": 1.3, "correlation": 0.3, "baseline": 6.0, "fano": 0.5}
    population = Population.draw(n, rng=np.random.default_rng(seed), amplitude=0.7)
    return World(population, **parameters | changes)


def test_pattern_by_hand():
    population = Population(np.array([0.0, np.pi / 4, np.pi / 2, np.pi / 6]), np.full(4, 2.0))
    np.testing.assert_allclose(population.pattern(CARDINAL), [2, 0, -2, 1], atol=1e-12)
    np.testing.assert_allclose(population.pattern(OBLIQUE), [0, 2, 0, np.sqrt(3)], atol=1e-12)


def test_the_two_tasks_are_orthogonal_in_a_large_population():
    population = Population.draw(200_000, rng=np.random.default_rng(1), amplitude=0.6, shape=3.0)
    w, v = population.pattern(CARDINAL), population.pattern(OBLIQUE)
    assert abs(w @ v) / np.sqrt(w @ w * (v @ v)) < 4 / np.sqrt(population.size)
    # E a^2 = mean^2 (1 + 1/shape), half of which remains after the cosine.
    assert w @ w / w.size == pytest.approx(0.6**2 * (1 + 1 / 3) / 2, rel=0.02)


def test_a_task_turned_by_90_degrees_exchanges_the_categories():
    population = Population.draw(5, rng=np.random.default_rng(2))
    turned = population.pattern(Task("turned", CARDINAL.axis + np.pi / 2))
    np.testing.assert_allclose(turned, -population.pattern(CARDINAL), atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-6, 6), min_size=1, max_size=20),
    st.floats(0, 0.99),
    st.floats(0, 50),
)
def test_limited_range_is_a_correlation_matrix(orientations, correlation, concentration):
    R = limited_range(orientations, correlation, concentration)
    np.testing.assert_allclose(np.diag(R), 1)
    assert np.linalg.eigvalsh(R)[0] >= 1 - correlation - 1e-9


def test_limited_range_by_hand():
    R = limited_range([0.0, np.pi / 4], 0.4, 1.5)
    assert R[0, 1] == pytest.approx(0.4 * np.exp(-1.5))


def test_evidence_has_the_stated_mean_and_covariance():
    world = make_world()
    trials, frames = 6000, 3
    signal = np.where(np.arange(trials) < 1500, -0.7, 0.4)
    evidence = world.draw_evidence(
        OBLIQUE, signal, trials=trials, frames=frames, rng=np.random.default_rng(3)
    )
    w, Q = world.population.pattern(OBLIQUE), world.evidence_cov
    for s in (-0.7, 0.4):
        draws = evidence[signal == s].reshape(-1, world.size)
        error = (draws.mean(axis=0) - w * s) / np.sqrt(np.diag(Q) / len(draws))
        assert np.abs(error).max() < 4
    noise = (evidence - signal[:, None, None] * w).reshape(-1, world.size)
    spread = np.sqrt((np.outer(np.diag(Q), np.diag(Q)) + Q**2) / len(noise))
    assert np.abs((noise.T @ noise / len(noise) - Q) / spread).max() < 4.5
    # Frames are independent.
    lagged = noise.reshape(trials, frames, -1)
    lagged = np.einsum("ti,tj->ij", lagged[:, 0], lagged[:, 2]) / trials
    assert np.abs(lagged / np.sqrt(np.outer(np.diag(Q), np.diag(Q)) / trials)).max() < 4.5


def test_private_noise_has_the_variance_of_the_baseline():
    world = make_world(baseline=9.0, fano=0.6)
    rng = np.random.default_rng(4)
    draws = world.emit(np.full((40_000, 2), 9.3), rng=rng)
    assert draws.mean() == pytest.approx(9.3, abs=4 * np.sqrt(5.4 / 80_000))
    assert draws.var() == pytest.approx(5.4, rel=4 * np.sqrt(2 / 80_000))
    counts = make_world(fano=1.0).emit(np.full(80_000, 9.3), rng=rng, poisson=True)
    assert counts.mean() == pytest.approx(9.3, abs=4 * np.sqrt(9.3 / 80_000))
    assert counts.var() == pytest.approx(9.3, rel=0.03)


def test_a_negative_rate_has_no_counts():
    counts = make_world(fano=1.0).emit(
        np.full(1000, -0.8), rng=np.random.default_rng(0), poisson=True
    )
    np.testing.assert_array_equal(counts, 0.0)


def test_a_world_without_private_noise_adds_none():
    rate = np.arange(3.0)
    emitted = make_world(fano=0.0).emit(rate, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(emitted, rate)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tau": 0.0}, "tau must be a finite positive"),
        ({"sigma": np.nan}, "sigma must be a finite positive"),
        ({"correlation": 1.0}, "correlation must be at least 0 and less than 1"),
        ({"concentration": -1.0}, "concentration must be"),
        ({"fano": -0.1}, "fano must be a finite non-negative"),
    ],
)
def test_bad_worlds(changes, message):
    with pytest.raises(ValueError, match=message):
        make_world(**changes)


def test_bad_populations_and_signals():
    with pytest.raises(ValueError, match="amplitudes must have shape"):
        Population(np.zeros(3), np.ones(2))
    with pytest.raises(ValueError, match="must not be negative"):
        Population(np.zeros(2), np.array([1.0, -1.0]))
    with pytest.raises(ValueError, match="Poisson counts have Fano factor 1"):
        make_world().emit(np.ones(2), rng=np.random.default_rng(0), poisson=True)
    with pytest.raises(ValueError, match="signal holds NaN"):
        make_world().draw_evidence(
            CARDINAL, np.nan, trials=2, frames=1, rng=np.random.default_rng(0)
        )


def test_arrays_cannot_be_changed_in_place():
    world = make_world()
    for array in (world.population.orientations, world.population.amplitudes, world.evidence_cov):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_degrees_are_not_taken_for_radians():
    for make in (
        lambda: Task("oblique", 45),
        lambda: Population([0, 45, 90], [1, 1, 1]),
        lambda: limited_range([0, 45, 90], 0.1, 4.0),
    ):
        with pytest.raises(ValueError, match="looks like degrees"):
            make()
    assert Task("half a turn", np.pi).axis == np.pi


@pytest.mark.parametrize("signal", [[0.1, 0.2, 0.3], [[0.1], [0.2]]])
def test_signals_are_one_or_one_a_trial(signal):
    with pytest.raises(ValueError, match="signal must be one number or 2"):
        make_world().draw_evidence(
            CARDINAL, signal, trials=2, frames=1, rng=np.random.default_rng(0)
        )
