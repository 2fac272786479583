"""Where the Gaussian model of chapter 3 and the sampling model agree, and where they do not."""

import math

import numpy as np
import pandas as pd
from scipy import stats

from neurocoord.codes import draw_paths, slope_and_covariance
from neurocoord.inference import Inference
from neurocoord.information import (
    linear_fisher_information,
    noise_correlations,
    redundancy_fraction,
    shuffled_information,
)
from neurocoord.studies import sampling as study
from neurocoord.studies import sampling_runs as runs
from neurocoord.studies._memo import study as remembered
from neurocoord.world import CARDINAL, Population, World

N_NEURONS, FRAMES, SIGNAL = 60, 10, 0.1
"""The Gaussian model: neurons, frames a trial, and the signal of near-threshold trials."""

BLOCKS, TRIALS = 20, 1000
"""Independent blocks of simulated trials, and trials a block, for what has no closed form."""

PREDICTIONS = (
    ("noise follows the task", "alignment", 0.9, math.inf),
    ("opposite choices: negative correlation", "opposite-choice correlation", -math.inf, 0.0),
    ("preferred category: choice probability", "choice probability 0", 0.5, math.inf),
    ("single neurons better informed", "shuffled ratio", 1.0, math.inf),
    ("the population loses nothing", "total ratio", 1.0, math.inf),
    ("redundancy rises", "redundancy rise", 0.0, math.inf),
    ("no feedback: noise does not follow the task", "variance without", 0.0, 2.0),
    ("no feedback: choices not predicted", "choice without", -0.1, 0.1),
    ("before the belief grows: opposite choices uncorrelated", "opposite first", -0.003, 0.003),
    ("one time bin: redundancy grows in the trial", "fraction growth", 0.0, math.inf),
    ("the belief carries all of it", "through belief", 0.95, math.inf),
)
"""What is compared: in words, the quantity, and the interval in which it holds."""


def world() -> World:
    """Return the world of the Gaussian model, with evenly spaced and equally strong neurons."""
    orientations = np.pi / N_NEURONS * np.arange(N_NEURONS)
    return World(Population(orientations, np.full(N_NEURONS, 0.5)))


def _pairs(covariance: np.ndarray, w: np.ndarray) -> float:
    """Return the mean correlation of neurons that prefer opposite categories."""
    bound = np.cos(2 * np.deg2rad(runs.SIDE_DEGREES)) * w.max() - 1e-9
    return runs.mean_of_pairs(noise_correlations(covariance), w >= bound, w <= -bound)[1]


def _simulated(engagement: float, seed: int) -> pd.DataFrame:
    """Return a choice probability and the share of the belief, a row a block of trials."""
    place, theory, rng = world(), Inference(), np.random.default_rng(seed)
    w, window = place.population.pattern(CARDINAL), range(1, FRAMES + 1)
    rows = []
    for _ in range(BLOCKS):
        paths = draw_paths(place, CARDINAL, w, 0.0, trials=TRIALS, frames=FRAMES, rng=rng)
        given = theory.conditional(
            place, CARDINAL, w, 0.0, paths, frame=window, engagement=engagement
        )
        noise = rng.multivariate_normal(np.zeros(place.size), given.covariance, TRIALS)
        responses = given.intercept + given.scalars @ given.loadings + noise
        along = runs.task_correlation(np.corrcoef(responses, rowvar=False), w)
        residual = runs.without(responses, np.tanh(paths.log_odds).sum(axis=1))
        left = runs.task_correlation(np.corrcoef(residual, rowvar=False), w)
        choice = runs.choice_probabilities(responses, paths.log_odds[:, -1])
        rows.append({"choice": choice[0], "through": 1 - left / along})
    return pd.DataFrame(rows)


def _mean(sample: pd.Series) -> tuple[float, float, float]:
    """Return a mean with its 95% interval."""
    reach = stats.t.ppf(0.975, len(sample) - 1) * sample.sem()
    return sample.mean(), sample.mean() - reach, sample.mean() + reach


def gaussian(seed: int = 3) -> dict[str, tuple[float, float, float]]:
    """Return every compared quantity of the Gaussian model with its interval."""
    place, theory, window = world(), Inference(), range(1, FRAMES + 1)
    w = place.population.pattern(CARDINAL)

    def moments(
        learned: float, frame: int | range, engagement: float = 1.0
    ) -> tuple[np.ndarray, np.ndarray]:
        return slope_and_covariance(
            theory,
            place,
            CARDINAL,
            learned * w,
            SIGNAL,
            noise="zero",
            frame=frame,
            engagement=engagement,
        )

    naive, expert = moments(0.0, window), moments(1.0, window)
    passive = moments(1.0, window, 0.0)[1]
    first, last = moments(1.0, 1), moments(1.0, FRAMES)
    mode = np.linalg.eigh(expert[1]).eigenvectors[:, -1]
    exact = {
        "alignment": abs(mode @ w) / np.linalg.norm(w),
        "opposite-choice correlation": _pairs(expert[1], w),
        "shuffled ratio": shuffled_information(*expert) / shuffled_information(*naive),
        "total ratio": linear_fisher_information(*expert) / linear_fisher_information(*naive),
        "redundancy rise": redundancy_fraction(*expert) - redundancy_fraction(*naive),
        "variance without": w @ passive @ w / (w @ w) / np.diag(passive).mean(),
        "opposite first": _pairs(first[1], w),
        "fraction growth": redundancy_fraction(*last) - redundancy_fraction(*first),
    }
    engaged, viewing = _simulated(1.0, seed), _simulated(0.0, seed + 1)
    # Relative to the choice probability with feedback, whose own error is small beside it.
    relative = (viewing["choice"] - 0.5) / (engaged["choice"].mean() - 0.5)
    return {name: (value, value, value) for name, value in exact.items()} | {
        "choice probability 0": _mean(engaged["choice"]),
        "through belief": _mean(engaged["through"]),
        "choice without": _mean(relative),
    }


def sampled() -> dict[str, tuple[float, float, float]]:
    """Return every compared quantity of the sampling model with its interval."""
    population = study.stored("population").set_index(["condition", "quantity"])
    time = study.stored("time").set_index(["condition", "quantity"])
    name, without = (
        study.condition_name("cardinal", feedback) for feedback in (study.WITH, study.WITHOUT)
    )

    def one(quantity: str, condition: str = name, table: pd.DataFrame = population) -> tuple:
        return tuple(table.loc[(condition, quantity), ["value", "low", "high"]])

    def two(quantity: str, *, ratio: bool) -> tuple[float, float, float]:
        a, b = (population.loc[(condition, quantity)] for condition in (name, without))
        if ratio:
            value = a["value"] / b["value"]
            se = value * np.hypot(a["se"] / a["value"], b["se"] / b["value"])
        else:
            value, se = a["value"] - b["value"], np.hypot(a["se"], b["se"])
        reach = stats.norm.ppf(0.975) * se
        return value, value - reach, value + reach

    above_chance = one("choice probability 0")[0] - 0.5
    relative = [(v - 0.5) / above_chance for v in one("choice probability 0", without)]
    same = ("alignment", "opposite-choice correlation", "choice probability 0")
    return {quantity: one(quantity) for quantity in same} | {
        "shuffled ratio": two("shuffled information", ratio=True),
        "total ratio": two("total information", ratio=True),
        "redundancy rise": two("redundancy fraction", ratio=False),
        "variance without": one("variance along the task", without),
        "choice without": tuple(relative),
        "opposite first": one(f"opposite {runs.EARLY}", table=time),
        "fraction growth": one("fraction growth", table=time),
        "through belief": one("task correlation through belief"),
    }


def _verdict(low: float, high: float, least: float, most: float) -> str:
    """Say whether an interval lies inside another, outside it, or across its border."""
    if least < low and high < most:
        return "yes"
    return "no" if high <= least or low >= most else "undecided"


@remembered
def comparison() -> pd.DataFrame:
    """Return each prediction with its value in both models, and whether it holds there.

    Returns
    -------
    DataFrame
        ``prediction``, ``quantity``, and for each model ``value``, ``low``, ``high`` and ``holds``
        (``"yes"``, ``"no"`` or ``"undecided"``), with the model's name in front.
    """
    values = {"gaussian": gaussian(), "sampling": sampled()}
    rows = []
    for words, quantity, least, most in PREDICTIONS:
        row = {"prediction": words, "quantity": quantity}
        for model, table in values.items():
            value, low, high = table[quantity]
            row |= {
                f"{model}_value": value,
                f"{model}_low": low,
                f"{model}_high": high,
                f"{model}_holds": _verdict(low, high, least, most),
            }
        rows.append(row)
    return pd.DataFrame(rows)
