"""Where the Gaussian model of chapter 3 and the sampling model agree, and where they do not."""

import math

import numpy as np
import pandas as pd
from scipy import stats

from neurocoord.code import draw_paths
from neurocoord.information import (
    linear_fisher_information,
    noise_correlations,
    redundancy_fraction,
    shuffled_information,
)
from neurocoord.theories import Inference, slope_and_covariance
from neurocoord.world import CARDINAL, Population, World
from neurocoord_book.studies import sampling as study
from neurocoord_book.studies import sampling_runs as runs
from neurocoord_book.studies._memo import study as remembered

N_NEURONS, FRAMES, SIGNAL = 60, 10, 0.1
"""The Gaussian model: neurons, frames a trial, and the signal of near-threshold trials."""

BLOCKS, TRIALS = 20, 1000
"""Independent blocks of simulated trials, and trials a block, for what has no closed form."""

PREDICTIONS = (
    ("Noise follows the task", "cosine of leading mode and pattern", "alignment", 0.9, math.inf),
    (
        "Units for opposite choices are negatively correlated",
        "mean correlation",
        "opposite-choice correlation",
        -math.inf,
        0.0,
    ),
    (
        "A unit that prefers a category predicts its choice",
        "choice probability",
        "choice probability 0",
        0.5,
        math.inf,
    ),
    (
        "Single units become better informed",
        "shuffled information, learned over naive",
        "shuffled ratio",
        1.0,
        math.inf,
    ),
    (
        "The population loses nothing",
        "total information, learned over naive",
        "total ratio",
        1.0,
        math.inf,
    ),
    (
        "Redundancy rises",
        "redundancy fraction, learned less naive",
        "redundancy rise",
        0.0,
        math.inf,
    ),
    (
        "Without feedback noise does not follow the task",
        "variance along the task over that of a unit",
        "variance without",
        0.0,
        2.0,
    ),
    (
        "Without feedback units do not predict the choice",
        "slope of choice probabilities on the pattern, without over with",
        "choice without",
        -0.1,
        0.1,
    ),
    (
        "Before the belief grows, opposite units are uncorrelated",
        "mean correlation in one time bin",
        "opposite first",
        -0.003,
        0.003,
    ),
    (
        "In single time bins, redundancy grows in the course of the trial",
        "redundancy fraction, last less first",
        "fraction growth",
        0.0,
        math.inf,
    ),
    (
        "In summed responses, redundancy grows in the course of the trial",
        "redundancy fraction, whole trial less early in it",
        "summed growth",
        0.0,
        math.inf,
    ),
    (
        "All correlation along the task goes through the belief",
        "share that goes once the belief is regressed out",
        "through belief",
        0.95,
        math.inf,
    ),
)
"""What is compared: prediction, what is computed, its short name, and where it must lie."""


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
        (given,) = theory.conditional(
            place, CARDINAL, w, 0.0, paths, frame=window, engagement=engagement
        )
        noise = rng.multivariate_normal(np.zeros(place.size), given.covariance, TRIALS)
        responses = given.intercept + given.scalars @ given.loadings + noise
        along = runs.task_correlation(np.corrcoef(responses, rowvar=False), w)
        residual = runs.without(responses, np.tanh(paths.log_odds).sum(axis=1))
        left = runs.task_correlation(np.corrcoef(residual, rowvar=False), w)
        choice = runs.choice_probabilities(responses, paths.log_odds[:, -1])
        unit = w / w.max()
        rows.append(
            {
                "choice": choice[0],
                "slope": runs.choice_slope(choice, unit),
                "through": 1 - left / along,
            }
        )
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
        "summed growth": redundancy_fraction(*expert) - redundancy_fraction(*first),
    }
    engaged, viewing = _simulated(1.0, seed), _simulated(0.0, seed + 1)
    # Relative to the slope with feedback, whose own error is small beside it.
    relative = viewing["slope"] / engaged["slope"].mean()
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
        return combined(a, b, ratio=ratio)

    def combined(a: pd.Series, b: pd.Series, *, ratio: bool) -> tuple[float, float, float]:
        if ratio:
            value = a["value"] / b["value"]
            se = value * np.hypot(a["se"] / a["value"], b["se"] / b["value"])
        else:
            value, se = a["value"] - b["value"], np.hypot(a["se"], b["se"])
        reach = stats.norm.ppf(0.975) * se
        return value, value - reach, value + reach

    slope = "choice probability along the task"
    relative = [value / one(slope)[0] for value in one(slope, without)]
    same = ("alignment", "opposite-choice correlation", "choice probability 0")
    return {quantity: one(quantity) for quantity in same} | {
        "shuffled ratio": two("shuffled information", ratio=True),
        "total ratio": two("total information", ratio=True),
        "redundancy rise": two("redundancy fraction", ratio=False),
        "variance without": one("variance along the task", without),
        "choice without": tuple(relative),
        "opposite first": one(f"opposite {runs.EARLY}", table=time),
        "fraction growth": one("fraction growth", table=time),
        # Of the same trials; taking them for independent makes the interval wider.
        "summed growth": combined(
            population.loc[(name, "redundancy fraction")],
            time.loc[(name, "fraction early")],
            ratio=False,
        ),
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
        ``prediction``, ``measure``, ``quantity``, and for each model, with its name in front,
        ``value``, ``low``, ``high`` and ``holds`` (``"yes"``, ``"no"`` or ``"undecided"``).
    """
    values = {"gaussian": gaussian(), "sampling": sampled()}
    rows = []
    for prediction, measure, quantity, least, most in PREDICTIONS:
        row = {"prediction": prediction, "measure": measure, "quantity": quantity}
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


def comparison_texts() -> pd.DataFrame:
    """Return the comparison as text: a row a prediction, a column a model."""
    table = comparison()
    columns = {}
    for model, title in (("gaussian", "Gaussian model"), ("sampling", "sampling model")):
        texts = []
        for _, row in table.iterrows():
            value, low, high = (row[f"{model}_{part}"] for part in ("value", "low", "high"))
            interval = "" if low == high else f" ({low:.3g} to {high:.3g})"
            text = f"{row[f'{model}_holds']}: {value:.3g}{interval}"
            texts.append(text.replace("-", "\N{MINUS SIGN}"))
        columns[title] = texts
    names = pd.Index(table["prediction"] + " (" + table["measure"] + ")", name="prediction")
    return pd.DataFrame(columns, index=names)
