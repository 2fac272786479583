import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurocoord.world import CARDINAL, Population, World
from neurocoord_book.studies.explore import frames_of, pools, states

COORDINATION = [
    "total", "shuffled", "redundancy", "fraction", "slope_1", "slope_2",
    "variance_1", "variance_2", "covariance", "correlation",
]  # fmt: skip


def row(table, **levels):
    """Return the one row of a table at the given levels."""
    found = table[(table[list(levels)] == list(levels.values())).all(axis=1)]
    assert len(found) == 1
    return found.iloc[0]


def simulate(signal, window, amount, engagement, frame, *, n, seed, trials, rng):
    """Draw responses at +s and -s from the equations of the model, sharing no code with it."""
    world = World(Population.draw(n, rng=np.random.default_rng(seed)))
    w, Q, tau2, sigma2 = world.population.pattern(CARDINAL), world.evidence_cov, 1.0, 1.0
    w_hat, k0 = amount * w, tau2 / (tau2 + sigma2)
    drawn = []
    for s in (signal, -signal):
        e = w * s + rng.standard_normal((trials, frame, n)) @ np.linalg.cholesky(Q).T
        belief = np.tanh(np.cumsum(e @ w_hat / (tau2 + sigma2), axis=1))
        z = np.where(rng.random((trials, frame)) < (1 + belief) / 2, 1.0, -1.0)
        noise = np.sqrt(k0 * sigma2 + 4.0) * rng.standard_normal((trials, frame, n))
        r = 4 + k0 * e + (1 - k0) * engagement * z[..., None] * w_hat + noise
        drawn.append(r[:, -1] if window == "one frame" else r.mean(axis=1))
    return w, np.array(drawn)


@pytest.mark.parametrize(
    ("signal", "window", "amount", "engagement", "frame"),
    [
        (0.15, "one frame", 0.8, 0.7, 3),
        (0.4, "one frame", 0.5, 1.0, 6),
        (0.15, "all so far", 0.0, 1.0, 2),
        (0.15, "all so far", 0.8, 0.7, 4),
    ],
)
def test_pools_and_information_agree_with_simulated_trials(
    signal, window, amount, engagement, frame
):
    n, seed, trials = 10, 7, 100_000
    table = states((signal,), (window,), (amount,), (engagement,), (frame,), n_neurons=n, seed=seed)
    rng = np.random.default_rng(1)
    w, drawn = simulate(
        signal, window, amount, engagement, frame, n=n, seed=seed, trials=trials, rng=rng
    )
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
    levels = ["signal", "window", "amount", "engagement", "frame"]
    product = [table[name].unique() for name in levels]
    grid = np.stack(np.meshgrid(*product, indexing="ij"), axis=-1).reshape(-1, len(levels))
    np.testing.assert_array_equal(table[levels], grid)


def check_independent_frames(table):
    """Check that all states are that of one unlearned frame, or of several independent ones."""
    naive = row(states(), signal=0.1, window="one frame", amount=0.0, engagement=1.0, frame=1)
    frames = table["frame"].where(table["window"] == "all so far", 1)
    for names, factor in (
        (["total", "shuffled", "redundancy"], frames),
        (["slope_1", "slope_2", "fraction", "correlation"], 1 + 0 * frames),
        (["variance_1", "variance_2", "covariance"], 1 / frames),
    ):
        for name in names:
            np.testing.assert_allclose(table[name], factor * naive[name])


def test_nothing_learned_leaves_engagement_and_signal_without_effect():
    check_independent_frames(states()[lambda table: table["amount"] == 0])


def test_passive_viewing_leaves_learning_and_signal_without_effect():
    check_independent_frames(states()[lambda table: table["engagement"] == 0])


def test_the_first_frame_is_all_so_far():
    first = states()[lambda table: table["frame"] == 1]
    one, all_so_far = (first[first["window"] == name] for name in ("one frame", "all so far"))
    np.testing.assert_allclose(one[COORDINATION], all_so_far[COORDINATION])


@pytest.mark.parametrize(("window", "frame"), [("first", 1), ("one frame", 0)])
def test_windows_and_frames_are_checked(window, frame):
    with pytest.raises(ValueError, match=r"window|frame"):
        frames_of(window, frame)


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
