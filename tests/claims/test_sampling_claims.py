"""What chapter 4 says of its recomputation and of the trial that it watches."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from neurocoord_book import claims
from neurocoord_book.studies import sampling as study


@pytest.fixture
def result():
    """Evaluate a claim of the chapter by name."""
    return lambda name: claims.evaluate(claims.find(name))


def test_chance_of_the_largest_difference_against_simulated_maxima(monkeypatch, result):
    """Forty values of Student's t, each a mean over an error from twenty blocks."""
    z = np.append(np.zeros(39), -3.1)
    monkeypatch.setattr(study, "recomputed", lambda: pd.DataFrame({"z": z}))
    rng = np.random.default_rng(1)
    blocks = rng.standard_normal((2000, 40, 20))
    t = blocks.mean(axis=2) / (blocks.std(axis=2, ddof=1) / np.sqrt(20))
    expected = (np.abs(t).max(axis=1) >= 3.1).mean()
    value = result("sampling-recomputed-chance").evidence.value
    assert value == pytest.approx(expected, abs=4 * np.sqrt(expected / 2000))
    assert value > 1.5 * (1 - (1 - 2 * stats.norm.sf(3.1)) ** 40)


def test_beliefs_that_run_far_are_counted_in_trials_without_a_grating(result):
    belief = study.watched_trial().belief
    assert len(belief) == 6
    far = [end for end in belief[1:, -1] if not -0.5 <= end <= 0.5]
    assert result("sampling-blank-drift").evidence.value == len(far)
