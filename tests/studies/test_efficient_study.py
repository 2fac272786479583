import inspect

import numpy as np
import pytest

from neurocoord.code import assumed_prior
from neurocoord.gains import boundary_snr, optimal_gain
from neurocoord.information import linear_fisher_information, shuffled_information
from neurocoord.plasticity import AntiHebbian
from neurocoord.theories import EfficientCoding, slope_and_covariance
from neurocoord.world import CARDINAL
from neurocoord_book.studies import efficient as study
from neurocoord_book.studies import lateral


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


def test_each_population_turns_at_its_own_snr():
    """There the trained code is the naive one, limited-range correlations or not."""
    table = study.turns(populations=3, seed=12)
    for child, row in zip(np.random.SeedSequence(12).spawn(3), table.itertuples(), strict=True):
        for factor, sign in ((0.9, 1), (1.0, 0), (1.1, -1)):
            world = study.draw_world(child, snr=factor * row.snr)
            naive, trained = (study.measure(study.EFFICIENT, world, x) for x in (0.0, 1.0))
            for name in ("gain", "single", "fraction"):
                change = trained[name] - naive[name]
                assert np.sign(np.round(change, 10)) == sign


@pytest.mark.parametrize("snr", [0.1, 30.0])
def test_exercise_redundancy_from_two_gains(snr):
    table = study.redundancy_by_gain(snr=snr, n=300)
    np.testing.assert_allclose(table["exact"], table["by_gain"], atol=0.02)
    assert table["exact"].abs().max() > 0.2


def test_exercise_an_easier_task():
    assert boundary_snr(price=0.01, task_variance=9) < boundary_snr(price=0.01, task_variance=4)
    assert boundary_snr(price=1e-9, task_variance=9) == pytest.approx(1 / 3, rel=1e-3)


def test_two_neurons_are_white_but_not_given_the_signal():
    table = study.two_neurons(signal_sd=0.7, correlation=0.4).set_index("stage")
    whitened, evidence = table.loc["whitened"], table.loc["evidence"]
    assert whitened["ensemble_xx"] == pytest.approx(1)
    assert whitened["ensemble_xy"] == pytest.approx(0, abs=1e-12)
    assert whitened["given_xy"] == pytest.approx(-(0.7**2) * whitened["slope"] ** 2)
    assert evidence["given_xy"] / evidence["given_xx"] == pytest.approx(0.4)


def test_phase_diagram_and_boundary_agree():
    table, boundary = study.phase_diagram(size=31), study.phase_boundary(size=7)
    for row in boundary.itertuples():
        assert 0.4 < row.snr < 10
        nearest = table.iloc[np.abs(np.log(table["price"] / row.price)).argsort()[:31]]
        heard = nearest[np.isfinite(nearest["ratio"])]
        below, above = heard[heard.snr < 0.7 * row.snr], heard[heard.snr > 1.4 * row.snr]
        assert (below["ratio"] > 1).all()
        assert (above["ratio"] < 1).all()


def test_learners_table_agrees_with_its_closed_form():
    table = lateral.learner(rate=0.05, trials=60, learners=300, seed=11)
    mean, error = table.groupby("trial").mean(), table.groupby("trial").sem()
    for name in ("learned", "error"):
        difference = (mean[name] - mean[f"expected_{name}"])[1:]
        assert np.abs(difference / error[name][1:]).max() < 4


def test_lateral_inhibition_follows_the_averaged_rule():
    # Tiny fluctuations: many trials a step.
    table = lateral.lateral_inhibition(steps=20, batch=2000, n=6, populations=2, seed=12)
    np.testing.assert_allclose(table["gain"], table["expected_gain"], atol=0.03)
    first = table[table.step == 0]
    np.testing.assert_array_equal(first["left"], first["expected_left"])


def test_total_correlation_jumps_when_the_task_begins_and_is_removed_again():
    """The ensemble changes at once, the code follows."""
    table = lateral.lateral_inhibition(steps=60, batch=10, populations=20, seed=14)
    left = table.groupby("step")["expected_left"].mean()
    assert left[60] > 20 * left[50]
    assert left[120] < left[60] / 20


def test_exercise_rates_of_approach():
    table = lateral.approach(rate=0.08, n=10, seed=13)
    for _, rows in table.groupby("mode"):
        deviation = rows["deviation"].to_numpy()
        assert 1 - deviation[81] / deviation[80] == pytest.approx(rows["rate"].iloc[0], rel=1e-3)
        assert rows["rate"].iloc[0] == pytest.approx(2 * 0.08 / np.sqrt(rows["variance"].iloc[0]))


def test_exercise_instability():
    """Above sqrt(c_min) / v^(3/2) a small deviation grows, below it shrinks."""
    c, v = 0.7, 1.3
    for factor, grows in ((0.97, False), (1.03, True)):
        rule = AntiHebbian(factor * np.sqrt(c) / v**1.5, v)
        rest = np.sqrt(c / v) - 1
        L = np.array([[rest + 1e-6]])
        for _ in range(40):
            L = rule.mean_update(L, np.array([[c]]))
        assert (abs(L.item() - rest) > 1e-6) == grows


def test_no_output_noise_no_loss_and_no_engagement():
    assert abs(study.lossless(seed=8, n=25)) < 1e-12
    assert study.passive_difference(seed=8) == 0


def test_every_study_is_seeded_and_has_defaults():
    for module in (study, lateral):
        for name, function in inspect.getmembers(module, callable):
            if not hasattr(function, "cache_info"):
                continue
            parameters = inspect.signature(function).parameters.values()
            assert all(p.default is not p.empty for p in parameters), name


def test_slope_of_a_linear_code_does_not_depend_on_the_signal():
    world = study.draw_world(5, n=8)
    w = world.population.pattern(CARDINAL)
    weak, strong = (
        slope_and_covariance(EfficientCoding(), world, CARDINAL, w, s) for s in (0.1, 0.9)
    )
    np.testing.assert_allclose(weak[0], strong[0])
    np.testing.assert_allclose(weak[1], strong[1])
