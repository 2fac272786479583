import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurocoord.studies.explore import pools, states
from neurocoord.world import CARDINAL, Population, World

COORDINATION = [
    "total", "shuffled", "redundancy", "fraction", "slope_1", "slope_2",
    "variance_1", "variance_2", "covariance", "correlation",
]  # fmt: skip


def row(table, **levels):
    """Return the one row of a table at the given levels."""
    found = table[(table[list(levels)] == list(levels.values())).all(axis=1)]
    assert len(found) == 1
    return found.iloc[0]


def simulate(signal, amount, engagement, frame, *, n, seed, trials, rng):
    """Draw responses at +s and -s from the equations of the model, sharing no code with it."""
    world = World(Population.draw(n, rng=np.random.default_rng(seed)))
    w, Q, tau2, sigma2 = world.population.pattern(CARDINAL), world.evidence_cov, 1.0, 1.0
    w_hat, k0 = amount * w, tau2 / (tau2 + sigma2)
    drawn = []
    for s in (signal, -signal):
        e = w * s + rng.standard_normal((trials, frame, n)) @ np.linalg.cholesky(Q).T
        belief = np.tanh(e.sum(axis=1) @ w_hat / (tau2 + sigma2))
        z = np.where(rng.random(trials) < (1 + belief) / 2, 1.0, -1.0)
        noise = np.sqrt(k0 * sigma2 + 4.0) * rng.standard_normal((trials, n))
        drawn.append(4 + k0 * e[:, -1] + (1 - k0) * engagement * z[:, None] * w_hat + noise)
    return w, np.array(drawn)


@pytest.mark.parametrize(
    ("signal", "amount", "engagement", "frame"),
    [(0.15, 0.8, 0.7, 3), (0.4, 0.5, 1.0, 6), (0.15, 0.0, 1.0, 1)],
)
def test_pools_and_information_agree_with_simulated_trials(signal, amount, engagement, frame):
    n, seed, trials = 10, 7, 100_000
    table = states((signal,), (amount,), (engagement,), (frame,), n_neurons=n, seed=seed)
    rng = np.random.default_rng(1)
    w, drawn = simulate(signal, amount, engagement, frame, n=n, seed=seed, trials=trials, rng=rng)
    slope = (drawn[0].mean(axis=0) - drawn[1].mean(axis=0)) / (2 * signal)
    sigma = (np.cov(drawn[0].T) + np.cov(drawn[1].T)) / 2
    weights = pools(w)
    pooled = weights @ sigma @ weights.T
    expected = row(table, signal=signal, amount=amount)

    variance = max(expected["variance_1"], expected["variance_2"])
    error = variance / np.sqrt(trials)  # of a covariance of two conditions, at most
    assert expected["covariance"] == pytest.approx(pooled[0, 1], abs=4 * error)
    for k in (0, 1):
        assert expected[f"variance_{k + 1}"] == pytest.approx(pooled[k, k], abs=4 * 1.5 * error)
        slope_error = np.sqrt(variance / (2 * trials)) / signal
        assert expected[f"slope_{k + 1}"] == pytest.approx(weights[k] @ slope, abs=4 * slope_error)
    # Sampling errors of f' raise both estimates by N g on average.
    g = 1 / (2 * trials * signal**2)
    for name, measured in {
        "total": slope @ np.linalg.solve(sigma, slope),
        "shuffled": (slope**2 / np.diag(sigma)).sum(),
    }.items():
        spread = 2 * np.sqrt(expected["shuffled"] * (1 + expected["fraction"] * n) * g)
        assert expected[name] == pytest.approx(measured - n * g, abs=4 * spread)


def test_default_states_are_the_product_of_their_levels():
    table = states()
    levels = ["signal", "amount", "engagement", "frame"]
    product = [table[name].unique() for name in levels]
    grid = np.stack(np.meshgrid(*product, indexing="ij"), axis=-1).reshape(-1, len(levels))
    np.testing.assert_array_equal(table[levels], grid)


def test_nothing_learned_leaves_engagement_time_and_signal_without_effect():
    naive = states()[lambda table: table["amount"] == 0]
    assert len(naive) > 1
    np.testing.assert_allclose(naive[COORDINATION], naive[COORDINATION].iloc[[0] * len(naive)])


def test_passive_viewing_leaves_learning_time_and_signal_without_effect():
    passive = states()[lambda table: table["engagement"] == 0]
    naive = row(states(), signal=0.1, amount=0.0, engagement=1.0, frame=1)[COORDINATION]
    for _, state in passive.iterrows():
        np.testing.assert_allclose(state[COORDINATION].to_numpy(), naive.to_numpy())


def test_columns_of_redundancy_and_correlation_follow_from_the_others():
    table = states()
    np.testing.assert_allclose(table["redundancy"], table["shuffled"] - table["total"])
    np.testing.assert_allclose(table["fraction"], table["redundancy"] / table["shuffled"])
    product = table["variance_1"] * table["variance_2"]
    np.testing.assert_allclose(table["correlation"] ** 2 * product, table["covariance"] ** 2)


@given(st.lists(st.floats(-2, 2).filter(lambda x: abs(x) > 1e-3), min_size=2, max_size=40))
def test_pools_split_the_neurons_and_have_unit_length(pattern):
    w = np.array(pattern)
    weights = pools(w)
    np.testing.assert_allclose(weights @ weights.T, np.eye(2), atol=1e-12)
    assert ((weights != 0).sum(axis=0) == 1).all()
    first, second = weights @ w  # the root of the squared pattern in each pool
    assert abs(first**2 - second**2) <= (w**2).max() * (1 + 1e-12)
    assert min(first, second) > 0


def test_pools_are_about_equally_relevant():
    w = Population.draw(60, rng=np.random.default_rng(3)).pattern(CARDINAL)
    first, second = pools(w) @ w
    assert first == pytest.approx(second, rel=0.01)


@pytest.mark.parametrize("pattern", [[0.0, 0.0, 1.0], [1.0], [1.0, np.nan]])
def test_pools_need_two_relevant_neurons(pattern):
    with pytest.raises(ValueError, match="pattern"):
        pools(np.array(pattern))
