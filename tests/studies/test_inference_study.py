import inspect

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from neurocoord.information import linear_fisher_information, total_correlation
from neurocoord.theories import Inference, StaticInference, slope_and_covariance
from neurocoord.world import CARDINAL
from neurocoord_book.studies import comparison, efficient
from neurocoord_book.studies import inference as study


def test_measure_of_inference_against_moments_written_out():
    """Equation (3.9) at a partial engagement, with integrals by adaptive quadrature."""
    world, amount, c, t, kappa = study.trial_world(3, snr=2.0, n=12), 0.7, 0.6, 4, 0.3
    w, Q = world.population.pattern(CARDINAL), world.evidence_cov
    w_hat, k0 = amount * w, 1 / 1.5
    a, g = w_hat / 1.5, (1 - k0) * c

    def moments(signal):
        centre, sd = t * a @ w * signal, np.sqrt(t * a @ Q @ a)
        mean = quad(lambda z: np.tanh(centre + sd * z) * norm.pdf(z), -9, 9)[0]
        square = quad(lambda z: np.tanh(centre + sd * z) ** 2 * norm.pdf(z), -9, 9)[0]
        cross = np.outer(Q @ a, w_hat)
        covariance = k0**2 * Q + (k0 * 0.5 + 4) * np.eye(12)
        covariance += k0 * g * (1 - square) * (cross + cross.T)
        return k0 * w * signal + g * w_hat * mean, covariance + g**2 * (1 - mean**2) * np.outer(
            w_hat, w_hat
        )

    def slope(signal):
        return moments(signal)[0] / signal

    row = study.measure(Inference(), world, amount, signal=kappa, frame=t, engagement=c)
    covariance = moments(kappa)[1]
    assert row["gain"] == pytest.approx(w @ slope(kappa) / (w @ w))
    assert row["total"] == pytest.approx(slope(kappa) @ np.linalg.solve(covariance, slope(kappa)))
    assert row["shuffled"] == pytest.approx(np.sum(slope(kappa) ** 2 / np.diag(covariance)))
    assert row["redundancy"] == pytest.approx(row["shuffled"] - row["total"])
    assert row["differential"] == pytest.approx(
        slope(kappa) @ covariance @ slope(kappa) / (slope(kappa) @ slope(kappa))
    )
    met, given = slope(world.signal_sd), moments(world.signal_sd)[1]
    ensemble = given + world.signal_sd**2 * np.outer(met, met)
    assert row["ensemble"] == pytest.approx(total_correlation(ensemble))
    assert row["total_correlation"] == pytest.approx(total_correlation(covariance))


def test_exercise_gain_ratio():
    table = study.wiener_gain(snrs=(0.01, 0.3, 4.0, 100.0), n=15, seed=8)
    np.testing.assert_allclose(table["exact"], table["formula"])
    assert (table["exact"] > 1).all()
    assert (np.diff(table["exact"]) < 0).all()


def test_static_inference_loses_nothing_without_private_noise():
    assert abs(study.lossless(seed=8, n=25)) < 1e-12


def test_static_inference_stays_within_the_evidence():
    for snr in (0.1, 3.0):
        world = study.trial_world(6, snr=snr, n=20)
        w = world.population.pattern(CARDINAL)
        limit = linear_fisher_information(w, world.evidence_cov)
        naive, trained = (study.measure(StaticInference(), world, x)["total"] for x in (0.0, 1.0))
        assert naive < trained < limit


def test_simulated_moments_agree_with_exact_ones():
    table = study.agreement(
        amount=0.9, signal=0.3, engagement=0.5, frames=3, trials=300, populations=80, n=8, seed=3
    )
    for name in ("gain", "variance", "stein"):
        difference = (table[name] - table[f"{name}_exact"]).groupby(table["frame"])
        assert np.abs(difference.mean() / difference.sem()).max() < 4, name


def test_exercise_belief_and_evidence_of_different_frames():
    """Cov(e_t, b_u) is Q a E[1 - b_u^2] for later u and zero for earlier."""
    world, rng = study.trial_world(2, n=6), np.random.default_rng(4)
    w, trials = world.population.pattern(CARDINAL), 60_000
    a = 0.8 * w / 2
    e = world.draw_evidence(CARDINAL, 0.2, trials=trials, frames=3, rng=rng)
    b = np.tanh(np.cumsum(e @ a, axis=1))
    Qa = world.evidence_cov @ a
    for t, u in ((0, 2), (1, 2), (2, 0), (1, 0)):
        doubt = np.mean(1 - b[:, u] ** 2) if u > t else 0.0
        simulated = (e[:, t] - e[:, t].mean(axis=0)).T @ b[:, u] / trials
        np.testing.assert_allclose(simulated, Qa * doubt, atol=4 * np.sqrt(2 / trials))


def test_contrasts_are_those_of_the_conditions():
    for theory in comparison.WORLDS:
        table = comparison.conditions(theory=theory, signal=0.2, populations=3, seed=5)
        wide = table.pivot_table(
            index="population", columns="condition", values=["single", "fraction"]
        )
        contrasts = comparison.contrasts(theory=theory, signal=0.2, populations=3, seed=5)
        for name, (before, after) in {
            "trained": ("naive", "reference"),
            "passive": ("reference", "passive"),
            "late": ("early", "reference"),
        }.items():
            rows = contrasts[contrasts["contrast"] == name]
            single, fraction = wide["single"], wide["fraction"]
            np.testing.assert_allclose(rows["single"], single[after] / single[before])
            np.testing.assert_allclose(rows["fraction"], fraction[after] - fraction[before])


def test_one_world_is_one_world():
    """The same population and noise for every observer, by hand."""
    (child,) = np.random.SeedSequence(4).spawn(1)
    table = comparison.one_world(private_variance=2.0, snr=3.0, populations=1, seed=4)
    world = efficient.draw_world(child, snr=3.0, fano=0.5)
    assert world.private_variance == 2.0
    rows = table.set_index("observer")
    assert list(rows.index) == list(comparison.OBSERVERS)
    for name, code, frame in (
        ("efficient coding", efficient.EFFICIENT, 1),
        ("inference, first frame", Inference(), 1),
        ("inference, last frame", Inference(), 10),
    ):
        naive, trained = (efficient.measure(code, world, x, frame=frame) for x in (0.0, 1.0))
        assert rows.loc[name, "total"] == pytest.approx(trained["total"] / naive["total"])
        assert rows.loc[name, "redundancy"] == pytest.approx(
            trained["redundancy"] - naive["redundancy"]
        )


def test_to_expect_weak_signals_is_to_expect_a_weak_pattern():
    """The observer of the prior s = +-kappa: belief tanh(kappa L), feedback kappa w z."""
    (child,) = np.random.SeedSequence(4).spawn(1)
    kappa, t = efficient.SIGNAL, study.LAST
    world = study.trial_world(child)
    w, Q, k0 = world.population.pattern(CARDINAL), world.evidence_cov, 0.5
    a = w / 2
    centre, sd = t * a @ w * kappa, np.sqrt(t * a @ Q @ a)
    mean, square = (
        quad(lambda z, p=p: np.tanh(kappa * (centre + sd * z)) ** p * norm.pdf(z), -9, 9)[0]
        for p in (1, 2)
    )
    g = (1 - k0) * kappa
    slope = k0 * w + g * w * mean / kappa
    cross = np.outer(Q @ a, w) * kappa * (1 - square)
    covariance = k0**2 * Q + (k0 + 4) * np.eye(w.size) + k0 * g * (cross + cross.T)
    covariance += g**2 * (1 - mean**2) * np.outer(w, w)
    before = linear_fisher_information(k0 * w, k0**2 * Q + (k0 + 4) * np.eye(w.size))
    after = linear_fisher_information(slope, covariance)
    rows = comparison.one_world(private_variance=4.0, populations=1, seed=4).set_index("observer")
    assert rows.loc[list(comparison.OBSERVERS)[-1], "total"] == pytest.approx(after / before)


def test_table_of_one_world_shows_its_means():
    table = comparison.one_world_texts()
    means = comparison.one_world(private_variance=4.0).groupby("observer").mean()
    row = table.loc["efficient coding; private variance 4"]
    assert float(row["redundancy"].replace("\N{MINUS SIGN}", "-")) == pytest.approx(
        means.loc["efficient coding", "redundancy"], rel=0.05
    )
    assert row["information of the population"].startswith("\N{MULTIPLICATION SIGN}")


def test_confidence_is_what_simulated_subjects_give_to_their_choices():
    (child,) = np.random.SeedSequence(3).spawn(1)
    world, rng = study.trial_world(child), np.random.default_rng(9)
    w = world.population.pattern(CARDINAL)
    evidence = world.draw_evidence(CARDINAL, 0.1, trials=4000, frames=10, rng=rng)
    path = evidence.sum(axis=1) @ w / 2
    given = np.maximum(1, np.exp(2 * np.abs(path))) / (1 + np.exp(2 * np.abs(path)))
    row = study.confidence(populations=1, seed=3).iloc[0]
    assert row["confidence"] == pytest.approx(given.mean(), abs=4 * given.std() / 4000**0.5)
    assert row["correct"] == pytest.approx((path > 0).mean(), abs=4 * 0.5 / 4000**0.5)


def test_wired_in_codes_know_neither_engagement_nor_time():
    table = comparison.conditions(theory="efficient-high", populations=2, seed=6)
    for _, rows in table.drop(columns="population").groupby(table["population"]):
        states = rows.set_index("condition")
        np.testing.assert_array_equal(states.loc["passive"], states.loc["reference"])
        np.testing.assert_array_equal(states.loc["early"], states.loc["reference"])


def test_learning_adds_one_mode_along_the_slope():
    """Without limited-range correlations what learning adds is of rank one, exactly along w."""
    world = efficient.draw_world(3, snr=1.0, n=10, correlation=0.0)
    w = world.population.pattern(CARDINAL)
    (_, before), (slope, after) = (
        slope_and_covariance(Inference(), world, CARDINAL, x * w, 0.1, frame=10) for x in (0, 1)
    )
    values, vectors = np.linalg.eigh(after - before)
    np.testing.assert_allclose(values[:-1], 0, atol=1e-12)
    assert abs(vectors[:, -1] @ slope) == pytest.approx(np.linalg.norm(slope))
    table = study.covariance_change(populations=5, seed=2)
    assert (table["along_slope"] > 0.999).all()
    assert (table["share"] <= 1).all()


def test_half_engaged_is_measured_against_naive():
    """The redundancy that learning adds, by hand for one population."""
    (child,) = np.random.SeedSequence(11).spawn(1)
    world = study.trial_world(child)
    rest, half, full = (
        study.measure(Inference(), world, amount, frame=10, engagement=c)["redundancy"]
        for amount, c in ((0.0, 1.0), (1.0, 0.5), (1.0, 1.0))
    )
    table = study.half_engaged(populations=1, seed=11)
    assert table["ratio"].item() == pytest.approx((half - rest) / (full - rest))


def test_frames_and_sums_begin_alike():
    frames = study.by_frame(signals=(0.1,), populations=2, seed=3).query("frame == 1")
    sums = study.summed(lasts=(1, 3), populations=2, seed=3).query("frame == 1")
    np.testing.assert_allclose(frames["fraction"], sums["fraction"])


def test_every_study_has_defaults():
    for name, function in inspect.getmembers(study, callable):
        if hasattr(function, "cache_info"):
            parameters = inspect.signature(function).parameters.values()
            assert all(p.default is not p.empty for p in parameters), name


def test_zero_signal_noise_uses_the_covariance_at_no_signal():
    (child,) = np.random.SeedSequence(4).spawn(1)
    world = study.trial_world(child)
    w = world.population.pattern(CARDINAL)
    table = study.zero_signal_noise(signal=0.3, populations=1, seed=4)
    up, none = (Inference().moments(world, CARDINAL, w, s, frame=10) for s in (0.3, 0.0))
    slope = (up.mean - world.baseline) / 0.3
    shuffled = np.sum(slope**2 / np.diag(none.covariance))
    total = linear_fisher_information(slope, none.covariance)
    assert table["last"].item() == pytest.approx(shuffled - total)
