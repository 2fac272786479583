"""What chapter 8 computes about trials, too few of them, and tracking."""

import numpy as np
import pandas as pd

from neurocoord._checks import Array, whole
from neurocoord.information import (
    estimator_variance,
    linear_fisher_information,
    naive_mean,
    naive_shuffled_mean,
    shuffled_information,
)
from neurocoord.theories import Inference, slope_and_covariance
from neurocoord.world import CARDINAL, World
from neurocoord_book.recorded import select
from neurocoord_book.studies import apparatus_runs as runs
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.sessions import estimate, record
from neurocoord_book.tracking import attenuation

DESIGN = runs.DESIGN


def exact_information(world: World, w_hat: Array, neurons: Array) -> tuple[float, float]:
    """Return exact total and shuffled information of some neurons, as the design measures them."""
    slope, covariance = slope_and_covariance(
        Inference(),
        world,
        CARDINAL,
        w_hat,
        DESIGN.measured[0],
        noise=DESIGN.noise,
        frame=DESIGN.measured_windows[0],
    )
    moments = slope[neurons], covariance[np.ix_(neurons, neurons)]
    return linear_fisher_information(*moments), shuffled_information(*moments)


def naive_redundancy(total: float, shuffled: float, neurons: int, trials: int) -> float:
    r"""Return the exact mean of naive redundancy, with Sigma from as many zero-signal trials.

    .. math:: \frac{\nu}{\nu - 2} (I_{sh} + g N) - \frac{\nu}{\nu - N - 1} (I + g N),
              \qquad \nu = T - 1,\ g = \frac{2}{T\,ds^2} .

    Parameters
    ----------
    total, shuffled : float
        The true I and I_sh.
    neurons, trials : int
        N, and T of each signal.
    """
    sizes = (neurons, trials - 1, 2 / (trials * (2 * DESIGN.measured[0]) ** 2))
    return naive_shuffled_mean(shuffled, *sizes) - naive_mean(total, *sizes)


@study
def longer_sessions(*, seed: int = 83) -> pd.DataFrame:
    """Return redundancy of one study without learning whose sessions grow longer.

    Returns
    -------
    DataFrame
        curve, session, trials, estimator ("naive", "corrected"), value, and exact: the mean that
        the estimator has.
    """
    rows = []
    for curve, rng in enumerate(np.random.default_rng(seed).spawn(runs.CURVES)):
        world = DESIGN.draw_world(rng)
        tracked = rng.choice(world.size, DESIGN.tracked, replace=False)
        total, shuffled = exact_information(world, np.zeros(world.size), tracked)
        for session, trials in enumerate(runs.trial_counts(), start=1):
            found = runs.longer_session(world, tracked, int(trials), rng)
            truth = {
                "naive": naive_redundancy(total, shuffled, tracked.size, int(trials)),
                "corrected": shuffled - total,
            }
            for name, exact in truth.items():
                rows.append(
                    {
                        "curve": curve,
                        "session": session,
                        "trials": int(trials),
                        "estimator": name,
                        "value": found[name],
                        "exact": exact,
                    }
                )
    return pd.DataFrame(rows)


@study
def naive_trends(*, curves: int = 100, seed: int = 87) -> pd.Series:
    """Return the least-squares slope of exact naive redundancy over sessions, by learning curve."""
    counts = runs.trial_counts()
    slopes = []
    for rng in np.random.default_rng(seed).spawn(whole("curves", curves)):
        world = DESIGN.draw_world(rng)
        tracked = rng.choice(world.size, DESIGN.tracked, replace=False)
        total, shuffled = exact_information(world, np.zeros(world.size), tracked)
        exact = [naive_redundancy(total, shuffled, tracked.size, int(count)) for count in counts]
        slopes.append(np.polyfit(np.arange(len(counts)), exact, 1)[0])
    return pd.Series(slopes)


FEW = (25, 30, 40, 56, 60, 70, 100, 200, 400)
"""Trials of each signal, from fewer than neurons to many."""

SOME = 20
"""Neurons of the sub-population."""


@study
def few_trials(*, draws: int = 200, seed: int = 84) -> pd.DataFrame:
    """Return the error of redundancy of a skilled population by the number of trials.

    Of all recorded neurons, and of a sub-population that is drawn anew each time.

    Returns
    -------
    DataFrame
        trials, neurons, draw, measured and exact redundancy; no rows where the correction does not
        exist.
    """
    rng = np.random.default_rng(seed)
    world = DESIGN.draw_world(rng)
    w = world.population.pattern(CARDINAL)
    tracked = np.arange(DESIGN.tracked)
    rows = []
    for _ in range(whole("draws", draws)):
        some = rng.choice(DESIGN.tracked, SOME, replace=False)
        truth = {
            len(chosen): -np.subtract(*exact_information(world, w, chosen))
            for chosen in (tracked, some)
        }
        for trials in FEW:
            drawn = record(Inference(), world, CARDINAL, w, tracked, DESIGN, rng, trials=trials)
            for chosen in (tracked, some):
                if trials - 1 > len(chosen) + 3:
                    found = estimate(select(drawn, chosen), DESIGN).redundancy
                    rows.append(
                        {
                            "trials": trials,
                            "neurons": len(chosen),
                            "measured": found,
                            "exact": truth[len(chosen)],
                        }
                    )
    return pd.DataFrame(rows)


def spread(table: pd.DataFrame) -> pd.DataFrame:
    """Return the root mean square error of redundancy by trials and neurons, from `few_trials`."""
    errors = table.assign(square=(table["measured"] - table["exact"]) ** 2)
    mean = errors.groupby(["neurons", "trials"])["square"].mean()
    return np.sqrt(mean).rename("error").reset_index()


def total_error(trials: int, neurons: int, total: float) -> float:
    """Return the exact standard error of the corrected total, with Sigma from zero signal."""
    noise = 2 / (trials * (2 * DESIGN.measured[0]) ** 2)
    return float(np.sqrt(estimator_variance(total, neurons, trials - 1, noise)))


def growth_of_error(few: int, many: int, *, seed: int = 84) -> float:
    """Return the exact error of total information with few trials, over that with many.

    Of the skilled population of `few_trials`. The errors that `spread` estimates near the end of
    the correction jump from draw to draw, since there their squares have no finite variance.

    Parameters
    ----------
    few, many : int
        Trials of each signal.
    seed : int
        Of `few_trials`.
    """
    world = DESIGN.draw_world(np.random.default_rng(seed))
    tracked = np.arange(DESIGN.tracked)
    total, _ = exact_information(world, world.population.pattern(CARDINAL), tracked)
    return total_error(few, tracked.size, total) / total_error(many, tracked.size, total)


@study
def shares_of_redundancy(*, populations: int = 40, seed: int = 85) -> pd.DataFrame:
    """Return which part of the exact redundancy of 50 neurons a random 20 of them have.

    Returns
    -------
    DataFrame
        One row a population: redundancy, as a part of that of all; and fraction, the redundancy
        fraction of the few over that of all.
    """
    rows = []
    for rng in np.random.default_rng(seed).spawn(whole("populations", populations)):
        world = DESIGN.draw_world(rng)
        w = world.population.pattern(CARDINAL)
        total, shuffled = exact_information(world, w, np.arange(DESIGN.tracked))
        some_total, some_shuffled = exact_information(world, w, np.arange(SOME))
        rows.append(
            {
                "redundancy": (some_shuffled - some_total) / (shuffled - total),
                "fraction": (1 - some_total / some_shuffled) / (1 - total / shuffled),
            }
        )
    return pd.DataFrame(rows)


def attenuated(share: float) -> float:
    """Return by what the boost over relevance shrinks, by the formula, for the recorded neurons."""
    return attenuation(runs.THREE_DAYS.tracked, share)
