"""The many-trial runs of chapter 4: what a job simulates, and the statistics that it keeps.

Nothing else may stand here: the stored tables are void whenever this module changes.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from neurocoord.campaigns import Campaign
from neurocoord.information import estimate_information
from neurocoord.sampling import SampledTrials, SamplingModel, simulate

Array = NDArray[np.floating[Any]]
Trials = Mapping[int, SampledTrials]

CONTRAST = 6.0
"""Contrast of the grating on trials of signal s = +1 or -1."""

SIZE, SUBSETS = 32, 20
"""Units a subset, and random subsets that information is averaged over."""

BLOCKS = 20
"""Blocks of trials that the jackknife leaves out in turn."""

TIME_BINS = 10
"""Bins that a trial of 100 samples is cut into."""

EARLY, LATE = 1, 9
"""The last bin before the belief begins to accumulate (samples 11 to 20), and the last of all."""

SIDE_DEGREES = 22.5
"""Units count as preferring a category within so many degrees of it."""

ORIENTATION_BINS = 16
"""Bins of preferred orientation that noise correlations are averaged in."""


def pattern(model: SamplingModel, axis: float) -> Array:
    """Return the pattern w of a task, cos 2 (theta_i - phi), (N,)."""
    return np.cos(2 * np.deg2rad(model.preferred - axis))


def sides(model: SamplingModel, axis: float) -> tuple[Array, Array]:
    """Return which units prefer category +1 and which category -1, (N,) each."""
    w = pattern(model, axis)
    bound = np.cos(2 * np.deg2rad(SIDE_DEGREES)) - 1e-9
    return w >= bound, w <= -bound


def mean_of_pairs(correlations: Array, plus: Array, minus: Array) -> tuple[float, float]:
    """Return the mean correlation of pairs that support the same choice, and opposite ones."""
    same = []
    for group in (plus, minus):
        block = correlations[np.ix_(group, group)]
        same.append(block[np.triu_indices_from(block, 1)])
    opposite = correlations[np.ix_(plus, minus)]
    return float(np.concatenate(same).mean()), float(opposite.mean())


def leading_mode(responses: Array) -> Array:
    """Return the direction of the largest noise variance, of unit length, (N,)."""
    return np.linalg.eigh(np.cov(responses, rowvar=False)).eigenvectors[:, -1]


def relative_variance(responses: Array, w: Array) -> float:
    """Return the noise variance along a direction over the mean variance of a unit."""
    return float((responses @ w).var() / (w @ w) / responses.var(axis=0).mean())


def task_correlation(correlations: Array, w: Array) -> float:
    """Return the slope of the noise correlations on w_i w_j, over all pairs."""
    above = np.triu_indices_from(correlations, 1)
    products = np.outer(w, w)[above]
    return float(correlations[above] @ products / (products @ products))


def without(responses: Array, cause: Array) -> Array:
    """Return what is left of the responses after linear regression on one cause, (trials, N)."""
    centred, cause = responses - responses.mean(axis=0), cause - cause.mean()
    return centred - np.outer(cause, cause @ centred / (cause @ cause))


def choice_probabilities(responses: Array, choice: Array) -> Array:
    """Return each unit's choice probability, the ROC area between the two choices, (N,)."""
    plus = choice > 0
    area = stats.mannwhitneyu(responses[plus], responses[~plus], method="asymptotic").statistic
    return area / (plus.sum() * (~plus).sum())


def choice_slope(probabilities: Array, w: Array) -> float:
    """Return the slope of choice probabilities on w_i: the distance from chance where w_i is 1."""
    return float((probabilities - 0.5) @ w / (w @ w))


def sums(trials: SampledTrials) -> Array:
    """Return the responses summed over each trial in double precision, (trials, N)."""
    return trials.response.sum(axis=1, dtype=np.float64)


def information_of_subsets(low: Array, zero: Array, high: Array) -> tuple[float, float]:
    """Return total and shuffled information of subsets of units, per squared signal, averaged.

    The slope comes from the trials of signal -1 and +1, the covariance from those without signal.
    """
    draw = np.random.default_rng(0)  # the same subsets for every condition
    n_units = zero.shape[1]
    subsets = [draw.permutation(n_units)[: min(SIZE, n_units)] for _ in range(SUBSETS)]
    estimates = [estimate_information(low[:, i], high[:, i], 2.0, zero=zero[:, i]) for i in subsets]
    total = np.mean([estimate.total for estimate in estimates])
    return float(total), float(np.mean([estimate.shuffled for estimate in estimates]))


def population_statistics(trials: Trials, model: SamplingModel, axis: float) -> dict[str, float]:
    """Return everything that is said of a condition as a whole, by name.

    Parameters
    ----------
    trials : mapping
        Trials by signal: -1, 0 and +1.
    model : SamplingModel
        The model.
    axis : float
        Axis of the task in degrees.
    """
    low, zero, high = (sums(trials[s]) for s in (-1, 0, 1))
    w = pattern(model, axis)
    correlations = np.corrcoef(zero, rowvar=False)
    residual = np.corrcoef(without(zero, trials[0].belief.sum(axis=1)), rowvar=False)
    same, opposite = mean_of_pairs(correlations, *sides(model, axis))
    along = task_correlation(correlations, w)
    across = pattern(model, axis + 45.0)
    probabilities = choice_probabilities(zero, trials[0].choice)

    total, shuffled = information_of_subsets(low, zero, high)
    correct = np.concatenate([trials[1].choice > 0, trials[-1].choice < 0])
    at = {angle: round(angle * model.n_units / 180) % model.n_units for angle in (0, 45, 90, 135)}
    return {
        "alignment": abs(leading_mode(zero) @ w) / np.linalg.norm(w),
        "variance along the task": relative_variance(zero, w),
        "variance along the other task": relative_variance(zero, across),
        "mean correlation": correlations[np.triu_indices_from(correlations, 1)].mean(),
        "same-choice correlation": same,
        "opposite-choice correlation": opposite,
        "task correlation": along,
        "task correlation through belief": 1 - task_correlation(residual, w) / along,
        **{f"choice probability {angle}": probabilities[unit] for angle, unit in at.items()},
        "choice probability along the task": choice_slope(probabilities, w),
        "percent correct": 100 * correct.mean(),
        "total information": total,
        "shuffled information": shuffled,
        "redundancy": shuffled - total,
        "redundancy fraction": 1 - total / shuffled,
    }


def time_statistics(trials: Trials, model: SamplingModel, axis: float) -> dict[str, float]:
    """Return correlations within and across time bins, the belief, and early and late information.

    For bin number t: ``same`` and ``opposite`` are the mean correlations of pairs; ``lasting`` that
    of the activity along the task with itself one bin before; ``belief`` the mean of b squared.
    """
    plus_minus = sides(model, axis)
    projection = trials[0].response.astype(np.float64) @ pattern(model, axis)
    across = np.corrcoef(projection, rowvar=False)
    beliefs = trials[0].belief.reshape(len(projection), TIME_BINS, -1)
    kept = {}
    for time in range(TIME_BINS):
        correlations = np.corrcoef(trials[0].response[:, time].astype(float), rowvar=False)
        same, opposite = mean_of_pairs(correlations, *plus_minus)
        kept |= {f"same {time}": same, f"opposite {time}": opposite}
        kept[f"belief {time}"] = float((beliefs[:, time] ** 2).mean())
        if time:
            kept[f"lasting {time}"] = float(across[time - 1, time])
    kept["opposite growth"] = kept[f"opposite {LATE}"] - kept[f"opposite {EARLY}"]
    for name, time in (("early", EARLY), ("late", LATE)):
        bins = (trials[s].response[:, time].astype(float) for s in (-1, 0, 1))
        total, shuffled = information_of_subsets(*bins)
        kept |= {f"total {name}": total, f"shuffled {name}": shuffled}
        kept[f"fraction {name}"] = 1 - total / shuffled
    kept["fraction growth"] = kept["fraction late"] - kept["fraction early"]
    return kept


def unit_statistics(trials: Trials, model: SamplingModel, axis: float) -> dict[str, float]:
    """Return the choice probability of every unit, by its preferred orientation."""
    values = choice_probabilities(sums(trials[0]), trials[0].choice)
    return {f"{angle:g}": value for angle, value in zip(model.preferred, values, strict=True)}


def pair_statistics(trials: Trials, model: SamplingModel, axis: float) -> dict[str, float]:
    """Return noise correlations averaged within bins of the two preferred orientations."""
    correlations = np.corrcoef(sums(trials[0]), rowvar=False)
    np.fill_diagonal(correlations, np.nan)
    group = np.array_split(np.arange(model.n_units), ORIENTATION_BINS)
    return {
        f"{i} {j}": float(np.nanmean(correlations[np.ix_(group[i], group[j])]))
        for i in range(ORIENTATION_BINS)
        for j in range(ORIENTATION_BINS)
    }


Statistic = Callable[[Trials, SamplingModel, float], dict[str, float]]

STATISTICS: Mapping[str, Statistic] = {
    "population": population_statistics,
    "time": time_statistics,
    "units": unit_statistics,
    "pairs": pair_statistics,
}
"""What fills each table."""


def take(trials: SampledTrials, rows: Array) -> SampledTrials:
    """Return some of the trials."""
    return SampledTrials(
        trials.response[rows], trials.log_odds[rows], trials.task_log_probability[rows]
    )


def jackknife(
    statistic: Statistic, trials: Trials, model: SamplingModel, axis: float
) -> pd.DataFrame:
    """Return a statistic with standard errors and 95% intervals from leaving out blocks of trials.

    Parameters
    ----------
    statistic : callable
        One of `STATISTICS`.
    trials : mapping
        Trials by signal; trial number i belongs to block i modulo `BLOCKS`.
    model : SamplingModel
        The model.
    axis : float
        Axis of the task in degrees.

    Returns
    -------
    DataFrame
        ``quantity``, ``value``, ``se``, ``low``, ``high``.
    """
    value = pd.Series(statistic(trials, model, axis))
    left_out = []
    for block in range(BLOCKS):
        kept = {s: take(t, np.arange(len(t.response)) % BLOCKS != block) for s, t in trials.items()}
        left_out.append(statistic(kept, model, axis))
    se = np.sqrt(BLOCKS - 1) * pd.DataFrame(left_out).std(ddof=0)
    reach = stats.t.ppf(0.975, BLOCKS - 1) * se
    table = pd.DataFrame({"value": value, "se": se, "low": value - reach, "high": value + reach})
    if "alignment" in table.index:  # a cosine; where no mode stands out, its interval is all of it
        table.loc["alignment"] = table.loc["alignment"].clip(0, 1)
    return table.rename_axis("quantity").reset_index()


def draw_trials(
    model: SamplingModel,
    axis: float,
    *,
    zero: int,
    signal: int,
    bins: int,
    rng: np.random.Generator,
) -> dict[int, SampledTrials]:
    """Simulate trials without a signal, and of signals -1 and +1; see `condition`."""
    trials = {}
    for s, count in ((-1, signal), (0, zero), (1, signal)):
        contrast = np.tile([CONTRAST * (s > 0), CONTRAST * (s < 0)], (count, 1))
        trials[s] = simulate(model, contrast, rng, axis=axis, bins=bins, dtype=np.float32)
    return trials


def condition(
    *,
    rng: np.random.Generator,
    name: str,
    axis: float,
    model: SamplingModel,
    zero: int,
    signal: int,
    tables: tuple[str, ...] = ("population",),
) -> dict[str, pd.DataFrame]:
    """Simulate one condition and return its tables.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    name : str
        Name of the condition.
    axis : float
        Axis of the task in degrees.
    model : SamplingModel
        The model.
    zero, signal : int
        Trials without signal, and of each of the two signals.
    tables : tuple of str
        The statistics to keep, of `STATISTICS`.
    """
    bins = TIME_BINS if "time" in tables else 1
    trials = draw_trials(model, axis, zero=zero, signal=signal, bins=bins, rng=rng)
    return {
        table: jackknife(STATISTICS[table], trials, model, axis).assign(
            condition=name, feedback=model.feedback, certainty=max(model.task_prior), trials=zero
        )
        for table in tables
    }


def jobs(zero: int, signal: int) -> list[dict[str, Any]]:
    """Return the jobs of the chapter: four main conditions, a control, and the paths of learning.

    The last is a small one, for the tests to play again.

    Parameters
    ----------
    zero, signal : int
        Trials of the main conditions without signal, and of each signal; the others have half.
    """
    main = [
        {
            "name": f"{task}, feedback {feedback:g}",
            "axis": axis,
            "model": SamplingModel.for_task(task, feedback=feedback),
            "zero": zero,
            "signal": signal,
            "tables": tuple(STATISTICS),
        }
        for task, axis in (("cardinal", 0.0), ("oblique", 45.0))
        for feedback in (0.08, 0.0)
    ]
    half = {"axis": 0.0, "zero": zero // 2, "signal": signal // 2}
    frozen = SamplingModel(onset=10**6)
    control = [half | {"name": "no accumulation", "model": frozen, "tables": ("time",)}]
    strength = [
        half | {"name": "strength", "model": SamplingModel(feedback=feedback)}
        for feedback in (0.0, 0.02, 0.04, 0.06, 0.08, 0.12)
    ]
    learning = [
        half
        | {
            "name": "learning",
            "model": SamplingModel(
                feedback=0.08 * progress, task_prior=((1 + progress) / 2, (1 - progress) / 2)
            ),
        }
        for progress in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    uncertain = [half | {"name": "uncertain task", "model": SamplingModel(task_prior=(0.5, 0.5))}]
    small = [main[0] | {"name": "small", "zero": 300, "signal": 150}]  # to be played again
    return main + control + strength + learning + uncertain + small


CAMPAIGN = Campaign(
    name="sampling",
    seed=2016,
    function=condition,
    jobs=jobs(zero=6000, signal=3000),
    tables=tuple(STATISTICS),
    chunk=1,
    rtol=0.05,
    atol=0.01,
)
"""Everything that chapter 4 shows of many trials."""
