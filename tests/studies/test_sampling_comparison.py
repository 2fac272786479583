"""The Gaussian side of the comparison against simulated responses and closed forms."""

import numpy as np
import pytest

from neurocoord.theories import Inference
from neurocoord.world import CARDINAL
from neurocoord_book.studies import sampling_comparison as comparison
from neurocoord_book.studies import sampling_runs as runs


@pytest.fixture(scope="module")
def gaussian():
    return comparison.gaussian(seed=11)


def test_exact_correlations_are_those_of_simulated_trials(gaussian):
    place, rng = comparison.world(), np.random.default_rng(1)
    w = place.population.pattern(CARDINAL)
    evidence = place.draw_evidence(CARDINAL, 0.0, trials=6000, frames=comparison.FRAMES, rng=rng)
    responses = Inference().respond(place, CARDINAL, evidence, w, rng=rng)
    bound = np.cos(np.deg2rad(2 * runs.SIDE_DEGREES)) * 0.5 - 1e-9
    sides = w >= bound, w <= -bound
    for key, counts in (
        ("opposite-choice correlation", responses.sum(axis=1)),
        ("opposite first", responses[:, 0]),
    ):
        found = runs.mean_of_pairs(np.corrcoef(counts, rowvar=False), *sides)[1]
        assert abs(found - gaussian[key][0]) < 0.004


def test_choice_probability_without_feedback_has_a_closed_form(gaussian):
    """Passive responses and the evidence for the choice are jointly Gaussian."""
    place = comparison.world()
    w, k0, frames = place.population.pattern(CARDINAL), place.bottom_up_gain, comparison.FRAMES
    a = w / (place.tau**2 + place.sigma**2)
    Q = place.evidence_cov
    variance = frames * (k0**2 * np.diag(Q) + k0 * place.sigma**2 + place.private_variance)
    rho = frames * k0 * (Q @ a) / np.sqrt(variance * frames * (a @ Q @ a))
    probabilities = 0.5 + 2 / np.pi * np.arctan(rho / np.sqrt(2 - rho**2))
    passive = runs.choice_slope(probabilities, w / w.max())
    value, low, high = gaussian["choice without"]
    engaged = gaussian["choice probability 0"][0] - 0.5
    assert abs(value - passive / engaged) < 2 * (high - low)


def test_a_prediction_holds_if_its_interval_does():
    assert comparison._verdict(0.1, 0.2, 0.0, 1.0) == "yes"
    assert comparison._verdict(-0.2, -0.1, 0.0, 1.0) == "no"
    assert comparison._verdict(-0.1, 0.1, 0.0, 1.0) == "undecided"
    assert comparison._verdict(0.9, 1.1, -np.inf, 1.0) == "undecided"


def test_the_models_agree_about_whole_trials_and_differ_about_moments():
    """The prose names four differences; each prediction must stand where it says."""
    table = comparison.comparison().set_index("quantity")
    both = [
        *("alignment", "opposite-choice correlation", "choice probability 0"),
        *("shuffled ratio", "total ratio", "redundancy rise", "variance without", "summed growth"),
    ]
    assert (table.loc[both, ["gaussian_holds", "sampling_holds"]] == "yes").all(axis=None)
    only_here = ["choice without", "opposite first", "fraction growth"]
    assert (table.loc[only_here, "gaussian_holds"] == "no").all()
    assert (table.loc[only_here, "sampling_holds"] == "yes").all()
    assert table.loc["through belief", "gaussian_holds"] == "yes"
    assert table.loc["through belief", "sampling_holds"] == "no"
