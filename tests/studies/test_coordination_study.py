"""What chapter 1 computes, against the equations that it prints."""

import numpy as np
import pytest

from neurocoord import information as info
from neurocoord_book.studies import coordination as study


def test_two_neurons_follow_the_equation_of_the_chapter():
    # Solve (1.4) by hand: I = (1 - rho sin 2 alpha) / (1 - rho^2) and I_sh = 1.
    table = study.two_neurons(rhos=(0.45,), n_angles=37)
    sine = np.sin(2 * np.radians(table["degrees"]))
    np.testing.assert_allclose(table["fraction"], 1 - (1 - 0.45 * sine) / (1 - 0.45**2), atol=1e-12)


def test_neutral_angle_solves_sin_2_alpha_is_rho():
    assert np.sin(2 * np.radians(study.ANGLES["neutral"])) == pytest.approx(study.RHO)


def test_growth_obeys_the_bound_of_the_chapter():
    # (1.5): the inverse informations with and without the differential part differ by epsilon.
    table = study.growth(sizes=(3, 17, 60), differential=0.37, seed=9)
    total = table.pivot(index="neurons", columns="noise", values="total")
    np.testing.assert_allclose(1 / total["differential"] - 1 / total["limited-range"], 0.37)
    independent = table[table["noise"] == "independent"]
    np.testing.assert_allclose(independent["fraction"], 0, atol=1e-12)
    np.testing.assert_allclose(independent["total"], independent["shuffled"])


def test_smaller_populations_are_part_of_larger_ones():
    slope, covariance = study.example_population(12, 0.2, seed=4)
    fewer, smaller = study.example_population(5, 0.2, seed=4)
    np.testing.assert_array_equal(slope[:5], fewer)
    np.testing.assert_allclose(covariance[:5, :5], smaller)


def test_leading_mode_gives_the_redundancy_of_its_eigenvalue():
    # For unit variances and f' along an eigenvector, I / I_sh is one over the eigenvalue.
    table = study.two_redundancies(n_neurons=15, n_slopes=9, seed=6)
    _, covariance = study.example_population(15, 0.0, correlation=0.25, seed=6)
    row = table[(table["slope"] == "leading mode") & np.isclose(table["correlation"], 0.25)]
    expected = 1 - 1 / np.linalg.eigvalsh(covariance)[-1]
    assert row["fraction"].item() == pytest.approx(expected)
    assert row["total_correlation"].item() == pytest.approx(
        -np.linalg.slogdet(covariance)[1] / 2 / 15
    )


def test_random_slopes_are_on_average_what_exercise_4_derives():
    _, covariance = study.example_population(8, 0.0, correlation=0.5, seed=3)
    slopes = np.random.default_rng(1).standard_normal((4000, 8))
    fractions = [info.redundancy_fraction(slope, covariance) for slope in slopes]
    expected = 1 - np.trace(np.linalg.inv(info.noise_correlations(covariance))) / 8
    assert expected < 0
    error = np.std(fractions) / 4000**0.5
    assert np.mean(fractions) == pytest.approx(expected, abs=4 * error)


def test_bias_and_spread_at_other_parameters():
    biased = study.bias(trial_counts=(25,), n_neurons=9, ds=0.9, repeats=400, seed=11)
    for _, rows in biased.groupby("estimator"):
        error = rows["estimate"].std() / len(rows) ** 0.5
        assert rows["estimate"].mean() == pytest.approx(rows["expected"].iloc[0], abs=4 * error)
    spread = study.spread(sizes=(7,), trials=20, ds=0.8, repeats=800, seed=12).iloc[0]
    assert abs(spread["simulated"] - spread["exact"]) < 4 * spread["error"]


def test_one_neuron_makes_the_two_variances_agree():
    assert study.variance_variant(3.0, 1, 40, 0.2) == pytest.approx(
        info.estimator_variance(3.0, 1, 40, 0.2)
    )


def test_same_seed_gives_the_same_session_and_another_gives_another():
    first, again, other = (study.example_session(20, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("bad", [0, 1.5, study.LARGEST + 1])
def test_bad_size_is_refused(bad):
    with pytest.raises(ValueError, match="n_neurons"):
        study.example_population(bad, 0.1)
