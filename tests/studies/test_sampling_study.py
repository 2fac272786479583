"""The statistics of chapter 4, on responses whose truth is known."""

import numpy as np
import pandas as pd
from scipy import stats

from neurocoord.sampling import SampledTrials, SamplingModel, gratings
from neurocoord_book import results
from neurocoord_book.studies import sampling_runs as runs

MODEL = SamplingModel(n_units=16, n_bits=4)
STRENGTH, AXIS = 0.8, 22.5
RECOMPUTED = (
    *("same-choice correlation", "opposite-choice correlation", "percent correct"),
    *("choice probability 0", "choice probability 45", "choice probability 90"),
    *("total information", "shuffled information"),
)
"""Quantities whose mean does not depend on the number of trials."""


def known_trials(rng, zero=4000, signal=3000, bins=1):
    """Responses r = 3 s w + 0.8 z w + noise; the choice is the sign of z plus noise."""
    w = runs.pattern(MODEL, AXIS)
    trials = {}
    for s, count in ((-1, signal), (0, zero), (1, signal)):
        cause = rng.standard_normal(count)
        response = rng.standard_normal((count, bins, 16))
        response += (3 * s + STRENGTH * cause)[:, None, None] * w
        belief = np.repeat(cause[:, None], 100, axis=1)
        trials[s] = SampledTrials(response, belief, np.zeros((count, 100, 1)))
    return trials


def test_population_statistics_of_known_responses():
    w = runs.pattern(MODEL, AXIS)
    covariance = np.eye(16) + STRENGTH**2 * np.outer(w, w)
    sd = np.sqrt(np.diag(covariance))
    correlations = covariance / np.outer(sd, sd)
    table = runs.jackknife(
        runs.population_statistics, known_trials(np.random.default_rng(2)), MODEL, AXIS
    )
    row = table.set_index("quantity")

    # All 16 units are in every subset, so that the exact values are those of the population.
    slope = 3 * w
    total = slope @ np.linalg.solve(covariance, slope)
    shuffled = (slope**2 / sd**2).sum()

    def arc(rho):
        """Choice probability of a unit that correlates by rho with a Gaussian decision variable."""
        return 0.5 + 2 / np.pi * np.arctan(rho / np.sqrt(2 - rho**2))

    rho = STRENGTH * w / sd
    expected = {
        "mean correlation": correlations[np.triu_indices(16, 1)].mean(),
        "variance along the task": (1 + STRENGTH**2 * (w @ w)) / (sd**2).mean(),
        "variance along the other task": 1 / (sd**2).mean(),
        "total information": total,
        "shuffled information": shuffled,
        "redundancy": shuffled - total,
        "redundancy fraction": 1 - total / shuffled,
        "choice probability 0": arc(rho[0]),
        "choice probability 90": arc(rho[8]),
        "choice probability along the task": (arc(rho) - 0.5) @ w / (w @ w),
        "percent correct": 50.0,
    }
    for name, value in expected.items():
        assert abs(row.loc[name, "value"] - value) < 4 * row.loc[name, "se"], name
    assert row.loc["alignment", "value"] > 0.99
    plus, minus = np.isclose(w, w.max()), np.isclose(w, w.min())
    same, opposite = runs.mean_of_pairs(correlations, *runs.sides(MODEL, AXIS))
    assert (plus | minus).sum() < 16
    assert abs(row.loc["same-choice correlation", "value"] - same) < 0.02
    assert abs(row.loc["opposite-choice correlation", "value"] - opposite) < 0.02
    assert same > 0 > opposite


def test_the_jackknife_has_the_right_size():
    errors, values = [], []
    for seed in range(30):
        trials = known_trials(np.random.default_rng(seed), zero=400, signal=200)
        table = runs.jackknife(runs.unit_statistics, trials, MODEL, AXIS)
        values.append(table["value"])
        errors.append(table["se"])
    ratio = np.mean(errors) / np.std(values, axis=0, ddof=1).mean()
    assert 0.85 < ratio < 1.15


def test_sides_are_the_units_near_each_category():
    plus, minus = runs.sides(MODEL, 0.0)
    assert MODEL.preferred[plus].tolist() == [0.0, 11.25, 22.5, 157.5, 168.75]
    assert MODEL.preferred[minus].tolist() == [67.5, 78.75, 90.0, 101.25, 112.5]


def test_choice_probability_is_the_share_of_pairs_in_order():
    responses = np.array([[1.0], [2.0], [3.0], [2.0], [5.0]])
    choice = np.array([-1, -1, 1, 1, 1])
    # Pairs (plus, minus): 3, 2 and 5 against 1 and 2: five in order, one tie, none reversed.
    np.testing.assert_allclose(runs.choice_probabilities(responses, choice), [5.5 / 6])


def test_regressing_out_the_cause_leaves_nothing_of_it():
    trials = known_trials(np.random.default_rng(5), zero=2000)
    cause = trials[0].log_odds[:, 0]
    left = runs.without(runs.sums(trials[0]), cause)
    np.testing.assert_allclose(cause @ left, 0, atol=1e-9 * len(cause))
    along = runs.task_correlation(np.corrcoef(left, rowvar=False), runs.pattern(MODEL, AXIS))
    assert abs(along) < 0.01


def test_time_statistics_tell_what_lasts_from_what_does_not():
    rng = np.random.default_rng(6)
    trials = known_trials(rng, bins=runs.TIME_BINS)
    lasting = runs.time_statistics(trials, MODEL, AXIS)
    w = runs.pattern(MODEL, AXIS)
    expected = STRENGTH**2 * (w @ w) / (1 + STRENGTH**2 * (w @ w))
    assert abs(lasting["lasting 5"] - expected) < 4 / np.sqrt(4000)
    shuffled = {
        s: SampledTrials(rng.permuted(t.response, axis=0), t.log_odds, t.task_log_probability)
        for s, t in trials.items()
    }
    assert abs(runs.time_statistics(shuffled, MODEL, AXIS)["lasting 5"]) < 4 / np.sqrt(4000)


def test_diagonal_gratings_overlap_less_with_the_fields():
    straight, diagonal = (SamplingModel().fields.T @ gratings(axis)[:, 0] for axis in (0.0, 45.0))
    assert diagonal.max() < 0.9 * straight.max()


def test_what_is_recomputed_agrees_with_what_is_stored():
    """The package's sampler, with other random numbers, in the four main conditions."""
    rng, zero, rows = np.random.default_rng(91), 150, []
    for job in runs.CAMPAIGN.jobs[:4]:
        setting = job["model"], job["axis"]
        trials = runs.draw_trials(*setting, zero=zero, signal=80, bins=1, rng=rng)
        values = runs.population_statistics(trials, *setting)
        rows += [(job["name"], name, values[name], zero) for name in RECOMPUTED]
    fresh = pd.DataFrame(rows, columns=["condition", "quantity", "value", "trials"])
    stored = results.read(runs.CAMPAIGN, "population")
    table = results.compare(stored, fresh, ["condition", "quantity"])
    # Standard normal differences, correlated within a condition.
    assert stats.kstest(table["z"], "norm").pvalue > 1e-4
