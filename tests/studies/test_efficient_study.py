import numpy as np
import pytest

from neurocoord.code import assumed_prior
from neurocoord.gains import boundary_snr, optimal_gain
from neurocoord.information import linear_fisher_information, shuffled_information
from neurocoord.theories import EfficientCoding, slope_and_covariance
from neurocoord.world import CARDINAL
from neurocoord_book.studies import efficient as study


def test_measure_against_moments_written_out():
    world = study.draw_world(3, snr=2.0, n=15)
    w, code = world.population.pattern(CARDINAL), EfficientCoding(0.02)
    row = study.measure(code, world, 0.7)
    P = assumed_prior(world, 0.7 * w)
    noise = {"price": 0.02, "input_noise": world.sigma, "output_noise": 1.0}
    variances, vectors = np.linalg.eigh(P)
    K = vectors @ np.diag(optimal_gain(variances, **noise)) @ vectors.T
    slope, covariance = K @ w, K @ world.evidence_cov @ K.T + np.eye(15)
    assert row["gain"] == pytest.approx(w @ K @ w / (w @ w))
    assert row["total"] == pytest.approx(linear_fisher_information(slope, covariance))
    assert row["shuffled"] == pytest.approx(15 * row["single"])
    assert row["shuffled"] == pytest.approx(shuffled_information(slope, covariance))
    assert row["fraction"] == pytest.approx(1 - row["total"] / row["shuffled"])
    assert row["task_variance"] == pytest.approx(w @ P @ w / (w @ w))
    scale = np.sqrt(np.diag(covariance))
    correlations = (covariance / np.outer(scale, scale))[np.triu_indices(15, k=1)]
    alike = np.outer(np.sign(w), np.sign(w))[np.triu_indices(15, k=1)] > 0
    assert row["correlation"] == pytest.approx(correlations.mean())
    assert row["alike"] == pytest.approx(correlations[alike].mean())


def test_changes_are_those_of_the_learning_table():
    changes = study.changes(snr=3.0, populations=4, seed=9)
    table = study.learning(snr=3.0, populations=4, seed=9, amounts=(0.0, 1.0))
    trained, naive = table[table.amount == 1], table[table.amount == 0]
    np.testing.assert_allclose(changes["gain"], trained["gain_ratio"])
    np.testing.assert_allclose(
        changes["fraction"], trained["fraction"].to_numpy() - naive["fraction"].to_numpy()
    )
    assert (naive[["gain_ratio", "single_ratio", "total_ratio"]] == 1).all(axis=None)


@pytest.mark.parametrize("price", [0.003, 0.1])
def test_sign_of_the_change_turns_at_the_boundary_of_each_population(price):
    """The worlds of the chapter, without limited-range correlations, on both sides of it."""
    world = study.draw_world(1, snr=1.0, correlation=0.0)
    w = world.population.pattern(CARDINAL)
    task_variance = 1 + world.signal_sd**2 * w @ w
    # In units of the input noise the output noise of variance 1 is sqrt(SNR) per sigma: the price
    # enters as lambda s_r^2, which is `price` in both, and SNR is the only other number.
    boundary = boundary_snr(price, task_variance=task_variance)
    for factor, sign in ((0.8, 1), (1.25, -1)):
        near = study.draw_world(1, snr=factor * boundary, correlation=0.0)
        naive, trained = (study.measure(EfficientCoding(price), near, x) for x in (0.0, 1.0))
        assert naive["fraction"] == pytest.approx(0, abs=1e-12)
        assert np.sign(trained["fraction"]) == sign
        assert np.sign(trained["gain"] - naive["gain"]) == sign
        assert np.sign(trained["single"] - naive["single"]) == sign


def test_slope_of_a_linear_code_does_not_depend_on_the_signal():
    world = study.draw_world(5, n=8)
    w = world.population.pattern(CARDINAL)
    weak, strong = (
        slope_and_covariance(EfficientCoding(), world, CARDINAL, w, s) for s in (0.1, 0.9)
    )
    np.testing.assert_allclose(weak[0], strong[0])
    np.testing.assert_allclose(weak[1], strong[1])
