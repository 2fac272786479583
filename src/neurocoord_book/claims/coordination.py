"""The claims of chapter 1, *Measuring coordination*."""

from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from neurocoord.information import (
    estimator_variance,
    redundancy_fraction,
    redundancy_interval,
    total_correlation,
)
from neurocoord.information.estimates import slope_noise
from neurocoord_book.claims._registry import Evidence, Verdict, above, below, between
from neurocoord_book.claims.evidence import bootstrapped, mean_of, share_of, with_error
from neurocoord_book.claims.wording import worded
from neurocoord_book.studies import coordination as study
from neurocoord_book.studies.recording import v1_statistics

CHAPTER = "01-coordination"

EXAMPLE_SEED = 7
"""Of the session that the chapter shows."""


def _pair(direction: str) -> Evidence:
    slope = study.pair_slope(study.ANGLES[direction])
    return Evidence(redundancy_fraction(slope, study.pair_covariance(study.RHO)))


def _doubling(noise: str) -> Evidence:
    """Return the information of 2048 neurons over that of 1024."""
    table = study.growth().query("noise == @noise").set_index("neurons")["total"]
    return Evidence(table[2048] / table[1024])


def _share_of_bound() -> Evidence:
    table = study.growth().query("noise == 'differential' and neurons == 2048")
    return Evidence(float(table["total"].iloc[0] * study.DIFFERENTIAL))


def _difference_of_mean_correlation() -> Evidence:
    table = study.growth().query("neurons == 2048").set_index("noise")["correlation"]
    return Evidence(table["differential"] - table["limited-range"])


def _pair_total_correlation() -> Evidence:
    return Evidence(total_correlation(study.pair_covariance(study.RHO)))


def _random_slopes_synergistic() -> Evidence:
    """Return the redundancy of random slopes where the total correlation is largest."""
    table = study.two_redundancies().query("slope == 'random'")
    strongest = table[table["correlation"] == table["correlation"].max()]
    return mean_of(strongest["fraction"])


def _leading_at_weakest() -> Evidence:
    table = study.two_redundancies().query("slope == 'leading mode'")
    return Evidence(float(table.loc[table["correlation"].idxmin(), "fraction"]))


def _relative(estimator: str, to: str, trials: int | None = None) -> Evidence:
    """Return simulated estimates as a ratio to their expected value, or to the truth."""
    table = study.bias().query("estimator == @estimator")
    if trials is not None:
        table = table[table["trials"] == trials]
    return mean_of(table["estimate"] / table[to])


def _variance_ratio(formula: str) -> Evidence:
    """Return the simulated variance over a formula's, at the largest number of neurons."""
    row = study.spread().iloc[-1]
    return with_error(row["simulated"] / row[formula], row["error"] / row[formula])


def _correlation_of_estimates() -> Evidence:
    table = study.together()
    test = stats.pearsonr(table["total"], table["shuffled"])
    interval = test.confidence_interval()
    return Evidence(float(test.statistic), float(interval.low), float(interval.high))


def _added_over_true(total: np.ndarray, shuffled: np.ndarray) -> float:
    return (np.var(total) + np.var(shuffled)) / np.var(shuffled - total)


def _added_variances() -> Evidence:
    table = study.together()
    return bootstrapped(_added_over_true, table["total"], table["shuffled"])


def _variance_share(redundancy: np.ndarray, shuffled: np.ndarray) -> float:
    return np.var(redundancy) / np.var(shuffled)


def _cancelled() -> Evidence:
    table = study.together()
    return bootstrapped(_variance_share, table["redundancy"], table["shuffled"])


def _one_session() -> Evidence:
    low, high = study.example_session(trials=100, seed=EXAMPLE_SEED)
    return Evidence(*redundancy_interval(low, high, study.DS))


def _coverage() -> Evidence:
    table = study.together()
    return share_of((table["low"] <= table["truth"]) & (table["truth"] <= table["high"]))


def _trials(neurons: int, error: float) -> Evidence:
    table = study.trials_for().set_index(["neurons", "error"])["trials"]
    return Evidence(float(table[neurons, error]))


def _uneven_split() -> Evidence:
    """Return the standard error of a 150 to 50 split over that of an even one."""
    errors = [
        estimator_variance(5.0, study.N_NEURONS, 198, slope_noise(first, 200 - first, study.DS))
        for first in (150, 100)
    ]
    return Evidence((errors[0] / errors[1]) ** 0.5)


def _v1_modes() -> Evidence:
    spectrum = v1_statistics().spectrum
    return Evidence(float((spectrum["eigenvalue"] > spectrum["shuffled"]).sum()))


def _v1_summary(quantity: str) -> Evidence:
    row = v1_statistics().summary.set_index("quantity").loc[quantity]
    return Evidence(row["value"], row["low"], row["high"])


def _v1_direction(direction: str) -> Evidence:
    row = v1_statistics().directions.set_index("direction").loc[direction]
    return Evidence(row["fraction"], row["low"], row["high"])


def _v1_random_share() -> Evidence:
    return share_of(v1_statistics().random_directions["fraction"] < 0)


def _v1_random_median() -> Evidence:
    fractions: pd.Series = v1_statistics().random_directions["fraction"]
    return Evidence(*fractions.quantile([0.5, 0.025, 0.975]))


_claim = partial(worded, CHAPTER)

CLAIMS = (
    _claim(
        "correlation-hurts-along",
        "A positive noise correlation makes two neurons redundant when both follow the signal.",
        f"redundancy fraction at correlation {study.RHO}, f' along the correlation",
        lambda: _pair("along"),
        above(0),
        ("hurts", "does not hurt", "may hurt"),
    ),
    _claim(
        "correlation-helps-across",
        "The same noise correlation helps when the signal drives the neurons apart.",
        f"redundancy fraction at correlation {study.RHO}, f' across the correlation",
        lambda: _pair("across"),
        below(0),
        ("helps", "does not help", "may help"),
    ),
    _claim(
        "correlation-neutral-between",
        "In between there is a slope for which the same noise correlation does nothing.",
        f"redundancy fraction at correlation {study.RHO}, sin(2 angle) = correlation",
        lambda: _pair("neutral"),
        between(-1e-12, 1e-12),
        ("does nothing", "does something", "may do something"),
    ),
    _claim(
        "limited-range-grows",
        "With limited-range correlations alone, twice the neurons carry far more information.",
        "information of 2048 neurons over that of 1024, limited-range noise",
        lambda: _doubling("limited-range"),
        above(1.5),
        ("keeps growing", "stops growing", "may keep growing"),
    ),
    _claim(
        "differential-saturates",
        "With differential correlations, twice the neurons carry hardly more information.",
        "information of 2048 neurons over that of 1024, with a differential part",
        lambda: _doubling("differential"),
        below(1.25),
        ("saturates", "does not saturate", "may saturate"),
    ),
    _claim(
        "bound-approached",
        "Two thousand neurons come close to the bound 1/epsilon, and stay below it.",
        "information of 2048 neurons over the bound 1/epsilon",
        _share_of_bound,
        between(0.75, 1.0),
        ("close to", "far from", "perhaps close to"),
    ),
    _claim(
        "mean-correlation-blind",
        "The mean noise correlation hardly shows the differential part that limits information.",
        "mean noise correlation with the differential part, less that without it",
        _difference_of_mean_correlation,
        between(-0.005, 0.005),
        ("hardly moves", "moves", "may hardly move"),
        2,
    ),
    _claim(
        "pair-shares-variability",
        "The pair of neurons is redundant in Barlow's sense whatever its slope.",
        f"total correlation of the pair at correlation {study.RHO}, nats",
        _pair_total_correlation,
        above(0),
        ("is positive", "is not positive", "may be positive"),
    ),
    _claim(
        "strongly-correlated-yet-synergistic",
        "The population with the largest total correlation is synergistic for random slopes.",
        "mean redundancy fraction of random slopes at the largest total correlation",
        _random_slopes_synergistic,
        below(0),
        ("synergistic", "not synergistic", "perhaps synergistic"),
    ),
    _claim(
        "weakly-correlated-yet-redundant",
        "The population with the smallest total correlation is redundant for one slope.",
        "redundancy fraction along the leading mode at the smallest total correlation",
        _leading_at_weakest,
        above(0),
        ("redundant", "not redundant", "perhaps redundant"),
    ),
    _claim(
        "naive-overestimates",
        "The naive estimate exceeds the truth.",
        f"mean naive estimate over the truth, {study.N_NEURONS} neurons, 50 trials at each signal",
        lambda: _relative("naive", "truth", 50),
        above(1),
        ("exceeds", "does not exceed", "may exceed"),
    ),
    _claim(
        "naive-mean-exact",
        "The exact mean of the naive estimate is what simulated sessions average to.",
        "simulated over exact mean of the naive estimate, all trial counts",
        lambda: _relative("naive", "expected"),
        between(0.97, 1.03),
        ("agrees with", "disagrees with", "may agree with"),
        4,
    ),
    _claim(
        "correction-unbiased",
        "The corrected estimate averages to the truth.",
        "mean corrected estimate over the truth, all trial counts",
        lambda: _relative("corrected", "truth"),
        between(0.9, 1.1),
        ("averages to", "does not average to", "may average to"),
    ),
    _claim(
        "variance-exact",
        "The exact variance is that of simulated sessions.",
        "simulated over exact variance of the corrected estimate, 80 neurons, 100 trials",
        lambda: _variance_ratio("exact"),
        between(0.85, 1.15),
        ("agrees with", "disagrees with", "may agree with"),
    ),
    _claim(
        "variance-variant-too-small",
        "The variant of the variance with nu - N is too small.",
        "simulated variance over the variant, of the corrected estimate, 80 neurons, 100 trials",
        lambda: _variance_ratio("variant"),
        above(1.15),
        ("is too small", "is not too small", "may be too small"),
    ),
    _claim(
        "estimates-go-together",
        "The total and the shuffled estimate of a session go together.",
        "correlation of the corrected estimates over sessions",
        _correlation_of_estimates,
        above(0.5),
        ("strongly correlated", "not strongly correlated", "perhaps strongly correlated"),
    ),
    _claim(
        "added-variances-overstate",
        "Adding the variances of the two estimates overstates the error of redundancy.",
        "sum of the two variances over the variance of the difference",
        _added_variances,
        above(1),
        ("overstates", "does not overstate", "may overstate"),
    ),
    _claim(
        "jackknife-covers",
        "The jackknife interval of redundancy covers the truth nineteen times in twenty or more.",
        "share of simulated sessions whose 95% interval covers the truth",
        _coverage,
        above(0.93),
        ("covers", "does not cover", "may cover"),
    ),
    _claim(
        "errors-cancel",
        "Much of the error of the shuffled estimate cancels in the redundancy.",
        "variance of the redundancy over that of the shuffled estimate",
        _cancelled,
        below(0.75),
        ("Much of the error cancels", "Little of the error cancels", "Some of the error cancels"),
    ),
    _claim(
        "one-session-undecided",
        "The example session shows that the population is redundant.",
        "redundancy in the example session of 100 trials at each signal",
        _one_session,
        above(0),
        ("shows that", "shows the opposite of the claim that", "cannot tell whether"),
        expected=Verdict.UNDECIDED,
    ),
    _claim(
        "few-sessions-tell",
        "Fewer than half of such sessions tell that the population is redundant.",
        "share of simulated sessions whose interval lies above zero",
        lambda: share_of(study.together()["low"] > 0),
        below(0.5),
        ("fewer than half", "more than half", "about half"),
    ),
    _claim(
        "larger-populations-easier",
        "At first, adding neurons lowers the number of trials that a precision takes.",
        "trials at each signal for a standard error of 10%, 40 neurons over 5",
        lambda: Evidence(_trials(40, 0.1).value / _trials(5, 0.1).value),
        below(1),
        ("fewer trials", "no fewer trials", "perhaps fewer trials"),
    ),
    _claim(
        "trials-for-twenty-percent",
        "Hundreds of trials at each signal are needed to know the information to a fifth.",
        f"trials at each signal for a standard error of 20%, {study.N_NEURONS} neurons",
        lambda: _trials(study.N_NEURONS, 0.2),
        between(200, 2000),
        ("hundreds of", "not hundreds of", "perhaps hundreds of"),
    ),
    _claim(
        "uneven-split-costs",
        "An uneven split of the trials between the two signals costs precision.",
        "standard error with 150 and 50 trials over that with 100 and 100, I = 5",
        _uneven_split,
        above(1),
        ("costs", "does not cost", "may cost"),
    ),
    _claim(
        "v1-correlated",
        "In the recording, pairs of V1 neurons are positively correlated on average.",
        "mean noise correlation of 1-s spike counts, 79 V1 neurons",
        lambda: _v1_summary("mean noise correlation"),
        above(0),
        ("positive", "not positive", "perhaps positive"),
    ),
    _claim(
        "v1-few-dimensions",
        "Their shared variability has few dimensions.",
        "participation ratio of the correlation matrix; at most 79",
        lambda: _v1_summary("participation ratio"),
        below(79 / 4),
        ("few", "not few", "perhaps few"),
    ),
    _claim(
        "v1-modes-above-chance",
        "A handful of modes stand out above what shuffled trials give.",
        "eigenvalues of the correlation matrix above the 97.5% point of shuffled trials",
        _v1_modes,
        between(0, 10),
        ("a handful of", "more than a handful of", "perhaps a handful of"),
        1,
    ),
    _claim(
        "v1-leading-mode-limiting",
        "For a slope along the leading mode, the measured correlations make most of it redundant.",
        "redundancy fraction of 79 V1 neurons, f' along the leading mode",
        lambda: _v1_direction("leading mode"),
        above(0.5),
        ("limiting", "not limiting", "perhaps limiting"),
    ),
    _claim(
        "v1-all-alike-limiting",
        "For a slope that all neurons share alike, most is redundant as well.",
        "redundancy fraction of 79 V1 neurons, f' the same for all",
        lambda: _v1_direction("all alike"),
        above(0.5),
        ("limiting", "not limiting", "perhaps limiting"),
    ),
    _claim(
        "v1-random-harmless",
        "For nearly all random slopes the same correlations are harmless.",
        "share of random slopes with a negative redundancy fraction",
        _v1_random_share,
        above(0.95),
        ("harmless", "not harmless", "perhaps harmless"),
    ),
    _claim(
        "v1-random-median",
        "For random slopes the neurons carry more together than one by one.",
        "median redundancy fraction of random slopes, and its central 95%",
        _v1_random_median,
        below(0),
        ("helps", "does not help", "may help"),
    ),
)
