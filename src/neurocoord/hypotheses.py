r"""Statistical tests of a longitudinal experiment, thin over statsmodels and scipy.

Every test takes a `table`, the tidy DataFrame of `neurocoord.experiment.run` with one row for each
subject, task and session (select the window, the strength and the engagement first), and the name
of a `measure`, one of its columns; `curves` says what is refused. Trends are per session. Two
subjects that learn two tasks are four learning curves, and the tests differ in what they take the
curves for:

- `trend`: the curves at hand. One slope, an intercept for each curve, and errors that are
  robust to unequal variances. Inference is to these subjects, as in a study of two animals.
- `mixed_trend`: curves drawn from a population of curves, with an intercept and a slope of their
  own. With four curves the variance of the slopes often lands on the boundary; that is reported.
- `clustered_trend`: as `mixed_trend`, with no model of the curves: errors clustered by curve,
  Student's t with one degree of freedom less than there are curves.
- `across_curves`: a slope for each curve, and Student's t over the curves: nothing within a curve
  needs to be independent.
- `permutation_trend`: are sessions in order special among all orders? It assumes that without a
  trend sessions are exchangeable, which neighbours that share neurons are not.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.regression.linear_model import RegressionResults
from statsmodels.regression.mixed_linear_model import MixedLMParams
from statsmodels.stats.meta_analysis import effectsize_smd
from statsmodels.stats.multitest import multipletests, multitest_alias
from statsmodels.stats.proportion import proportion_confint
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from neurocoord import _checks
from neurocoord._checks import Array, columns, finite_array, one_of, positive, share, whole

CURVE = ["subject", "task"]
"""What makes a learning curve."""

ROUNDING = 1e-12
"""What varies by less, relative to its size, varies by rounding."""


@dataclass(frozen=True)
class TestResult:
    """What a test found.

    Attributes
    ----------
    method : str
        The test.
    estimate, low, high : float
        The trend, per session, or the effect, and its 95% interval; NaN where there is none.
    p : float
        Two-sided p value.
    boundary : bool
        Whether a variance was estimated at the boundary, 0: the interval then takes the curves
        for more alike than four of them can show.
    converged : bool
        Whether the optimiser says that it found the best fit; always for methods without one.
    """

    __test__ = False  # not a test case for pytest

    method: str
    estimate: float
    low: float
    high: float
    p: float
    boundary: bool = False
    converged: bool = True


@dataclass(frozen=True)
class Equivalence:
    """What an equivalence test found.

    Attributes
    ----------
    estimate, low, high : float
        The trend, per session, and its 90% interval, which lies within the margin if and only if
        p < 0.05.
    margin : float
        Trends smaller than this count as none.
    p : float
        p value of the hypothesis that the trend is as large as the margin or larger.
    """

    estimate: float
    low: float
    high: float
    margin: float
    p: float


def curves(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return subject, task, session, the measure as "value" and the number of the curve, checked.

    Raises
    ------
    ValueError
        If a column is missing or has gaps, a value is not finite, a session has two values, a
        curve has fewer than three sessions, or the measure is constant in every curve.
    """
    data = _selected(table, measure).rename(columns={measure: "value"})
    if data.duplicated([*CURVE, "session"]).any():
        raise ValueError(
            "a session has more than one value: select one window, strength and engagement"
        )
    if data.groupby(CURVE).size().min() < 3:
        raise ValueError("a trend needs three sessions at least")
    data["curve"] = data.groupby(CURVE).ngroup()
    reach = data.groupby("curve")["value"].agg(np.ptp)
    if reach.max() <= ROUNDING * data["value"].abs().max():
        raise ValueError(f"{measure} is constant in every curve: there is no trend to test")
    return data


def _several_curves(table: pd.DataFrame, measure: str, test: str) -> pd.DataFrame:
    """Return `curves` after checking that there are two at least."""
    data = curves(table, measure)
    if data["curve"].max() == 0:
        raise ValueError(f"{test} needs two curves at least")
    return data


def _selected(table: pd.DataFrame, measure: str, *more: str) -> pd.DataFrame:
    """Return what makes a curve, the session, and some columns of numbers, all checked."""
    _checks.instance("measure", measure, str)
    labels, values = CURVE, ["session", *more, measure]
    if measure in (*labels, *values[:-1]):
        raise ValueError(f"measure must name what was measured, not {measure!r}")
    data = columns(table, [*labels, *values])
    data[labels] = data[labels].astype(object)  # of categories, only those that are there
    for name in values:
        data[name] = finite_array(name, data[name], (None,))
    return data


def interaction(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the measure when engaged less when passive, session by session.

    A trend in this difference is the interaction of engagement with learning, on which every test
    here can then be run. Both blocks of a session share the subject, the neurons and what was
    learned, so that pairing them removes what these have in common.

    Raises
    ------
    ValueError
        If engagement is not a number from 0 to 1 of exactly two levels, a session lacks one of
        them or has two values at one (select a window and a strength first), or a value is missing.
    """
    data = _selected(table, measure, "engagement")
    levels = sorted(data["engagement"].unique().tolist())
    if len(levels) != 2:
        raise ValueError(f"an interaction needs two levels of engagement, not {levels}")
    for level in levels:
        share("engagement", level)
    if data.duplicated([*CURVE, "session", "engagement"]).any():
        raise ValueError(
            "a session has more than one value at one engagement: select one window and strength"
        )
    wide = data.pivot_table(index=[*CURVE, "session"], columns="engagement", values=measure)
    if wide.isna().any(axis=None):
        raise ValueError("a session lacks a block")
    return (wide[levels[1]] - wide[levels[0]]).rename(measure).reset_index()


def _fit(data: pd.DataFrame, **errors: object) -> RegressionResults:
    """Fit one slope and an intercept for each curve; the slope is the first parameter."""
    own = np.eye(data["curve"].max() + 1)[data["curve"]]
    exog = np.column_stack([data["session"], own])
    fit = sm.OLS(data["value"].to_numpy(), exog).fit(use_t=True, **errors)
    _check_error(float(fit.bse[0]), data)
    return fit


def _check_error(error: float, data: pd.DataFrame) -> None:
    """Refuse a trend whose standard error is rounding, or none at all."""
    unit = data["value"].abs().max() / np.ptp(data["session"])
    if not error > ROUNDING * unit:
        raise ValueError("the measure has no error: nothing varies around the trend to test it by")


def _slope(method: str, fit: RegressionResults) -> TestResult:
    """Return the slope of a fit by `_fit`."""
    low, high = fit.conf_int()[0]
    return TestResult(method, float(fit.params[0]), float(low), float(high), float(fit.pvalues[0]))


def _normal(method: str, estimate: float, error: float, **how: bool) -> TestResult:
    """Return an estimate that is normal with a standard error."""
    reach = float(stats.norm.ppf(0.975)) * error
    p = 2 * float(stats.norm.sf(abs(estimate) / error))
    return TestResult(method, estimate, estimate - reach, estimate + reach, p, **how)


def trend(table: pd.DataFrame, measure: str) -> TestResult:
    """Test for a trend over sessions in the curves at hand (OLS with HC3 errors)."""
    return _slope("fixed curves", _fit(curves(table, measure), cov_type="HC3"))


def clustered_trend(table: pd.DataFrame, measure: str) -> TestResult:
    """Test for a trend over sessions with errors clustered by curve; it needs two curves (OLS)."""
    data = _several_curves(table, measure, "a test with clustered errors")
    clusters = {"groups": data["curve"].to_numpy(), "df_correction": True}
    return _slope("clustered by curve", _fit(data, cov_type="cluster", cov_kwds=clusters))


def across_curves(table: pd.DataFrame, measure: str) -> TestResult:
    """Test whether the slopes of two curves or more, one least-squares slope each, have mean 0.

    Student's t with one degree of freedom less than there are curves. What stands in the place of
    sessions may depend on one another, as neurons that share noise do: only curves count.
    """
    data = _several_curves(table, measure, "a test across curves")
    slopes = [
        stats.linregress(own["session"], own["value"]).slope for _, own in data.groupby("curve")
    ]
    _check_error(float(stats.sem(slopes)), data)
    found = stats.ttest_1samp(slopes, 0.0)
    low, high = map(float, found.confidence_interval(0.95))
    return TestResult("across curves", float(np.mean(slopes)), low, high, float(found.pvalue))


def mixed_trend(table: pd.DataFrame, measure: str) -> TestResult:
    """Test for a trend with a random intercept and slope for each of two curves or more (REML).

    The likelihood is flat where a variance is 0, and optimisers stop short of its top there, each
    processor's elsewhere. Where all curves have the same sessions the top is known in closed form
    (`_moment_estimate`). Elsewhere statsmodels' MixedLM starts from there, and the better of two
    optimisers counts. The standard error is that of generalised least squares given the variances:
    it exists on the boundary too, where that of the Hessian does not.
    """
    data = _several_curves(table, measure, "a mixed model")
    # In units of its spread, with sessions from -1 to 1, the fit is well conditioned.
    middle, reach = data["session"].mean(), np.ptp(data["session"]) / 2
    spread = data["value"].std()
    session = (data["session"].to_numpy() - middle) / reach
    value = (data["value"].to_numpy() - data["value"].mean()) / spread
    curve = data["curve"].to_numpy()
    exog = np.column_stack([session, np.ones_like(session)])
    own = [(exog[curve == k], value[curve == k]) for k in range(curve.max() + 1)]
    line, random, scale = _moment_estimate(own)
    converged = True
    if not all(np.array_equal(X, own[0][0]) for X, _ in own):
        model = sm.MixedLM(value, exog, curve, exog)
        root = np.linalg.cholesky(random / scale + 1e-7 * np.eye(2))
        start = MixedLMParams.from_components(line, root)
        with warnings.catch_warnings():
            # What these say of the fit is part of the result: `boundary` and `converged`.
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.filterwarnings("ignore", "Random effects covariance is singular", UserWarning)
            warnings.filterwarnings("ignore", "divide by zero", RuntimeWarning)
            fits = [model.fit(start_params=start, method=m) for m in ("lbfgs", "powell")]
        best = max(fits, key=lambda fit: fit.llf)
        line, random, scale = best.fe_params, np.asarray(best.cov_re), best.scale
        converged = bool(best.converged)
    within = [X @ random @ X.T + scale * np.eye(len(X)) for X, _ in own]
    known = sum(X.T @ np.linalg.solve(V, X) for (X, _), V in zip(own, within, strict=True))
    error, unit = float(np.sqrt(np.linalg.inv(known)[0, 0])), float(spread / reach)
    boundary = bool(np.linalg.eigvalsh(random).min() < 1e-4 * scale)
    return _normal(
        "mixed model", float(line[0]) * unit, error * unit, boundary=boundary, converged=converged
    )


def _moment_estimate(own: Sequence[tuple[Array, Array]]) -> tuple[Array, Array, float]:
    r"""Return the mean line of some curves, the covariance of their lines, and the noise.

    Of each curve there is the design X, (n, 2), and the values, (n,). Least-squares lines of m
    curves have the sample covariance S, and residuals have the variance :math:`s^2`. Along the
    eigenvectors of :math:`L^{-1} S L^{-T}`, with :math:`L L^T = (X^T X)^{-1}`, eigenvalues below
    :math:`s^2` are pooled with it, from the smallest on, weighted by m - 1 and by the degrees of
    freedom of the residuals. What is left beyond :math:`s^2` is the covariance of the lines: the
    optimum of the restricted likelihood, because that is a product of Wishart densities in these
    variances. With unequal designs their mean precision stands for all, and it is a good guess.
    """
    lines = np.array([np.linalg.lstsq(X, y)[0] for X, y in own])
    rest = sum(np.sum((y - X @ line) ** 2) for (X, y), line in zip(own, lines, strict=True))
    free = sum(len(y) - 2 for _, y in own)
    root = np.linalg.cholesky(np.mean([np.linalg.inv(X.T @ X) for X, _ in own], axis=0))
    variances, axes = np.linalg.eigh(np.cov(np.linalg.solve(root, lines.T)))
    for variance in variances:
        if variance < rest / free:
            rest, free = rest + (len(own) - 1) * variance, free + len(own) - 1
    beyond = np.maximum(variances - rest / free, 0.0)
    return lines.mean(axis=0), root @ (axes * beyond) @ axes.T @ root.T, float(rest / free)


def permutation_trend(
    table: pd.DataFrame, measure: str, *, resamples: int = 1999, seed: int = 0
) -> TestResult:
    """Test whether the order of sessions matters: permute the sessions of the mean curve.

    The statistic is the correlation of the measure, averaged over curves, with the session
    number. The estimate is the slope of the average; there is no interval.

    Parameters
    ----------
    table, measure
        As for all tests here.
    resamples, seed : int
        How many orders to try, drawn from what seed.

    Raises
    ------
    ValueError
        Also if curves do not have the same sessions, or their mean is the same in all.
    """
    resamples, seed = whole("resamples", resamples), whole("seed", seed, least=0)
    data = curves(table, measure)
    wide = data.pivot_table(index="session", columns="curve", values="value")
    if wide.isna().any(axis=None):
        raise ValueError("curves must have the same sessions")
    average, session = wide.mean(axis=1).to_numpy(), wide.index.to_numpy()
    if np.ptp(average) <= ROUNDING * data["value"].abs().max():
        raise ValueError(f"the mean curve of {measure} is constant: all orders are alike")
    length = np.linalg.norm(session - session.mean())
    centred = (session - session.mean()) / length

    def along(values: Array, axis: int = -1) -> Array:
        return np.tensordot(values, centred, axes=(axis, 0))

    found = stats.permutation_test(
        (average,),
        along,
        permutation_type="pairings",
        vectorized=True,
        n_resamples=resamples,
        rng=np.random.default_rng(seed),
    )
    slope = float(along(average) / length)
    return TestResult("permutation", slope, math.nan, math.nan, float(found.pvalue))


def equivalence(table: pd.DataFrame, measure: str, margin: float) -> Equivalence:
    """Test whether the trend is smaller than a margin: two one-sided tests on `trend`.

    Parameters
    ----------
    table, measure
        As for all tests here.
    margin : float
        Trends within plus or minus this, per session, count as none. It must be named before the
        data are seen: a wide margin makes anything equivalent.
    """
    margin = positive("margin", margin)
    fit = _fit(curves(table, measure), cov_type="HC3")
    estimate, error = float(fit.params[0]), float(fit.bse[0])
    p = stats.t.sf((margin - abs(estimate)) / error, fit.df_resid)
    low, high = fit.conf_int(alpha=0.1)[0]
    return Equivalence(estimate, float(low), float(high), margin, float(p))


def effect_size(before: ArrayLike, after: ArrayLike) -> TestResult:
    """Return Hedges' g of a measure in some early and late sessions, with a normal 95% interval.

    Parameters
    ----------
    before, after : array_like, (n,) and (m,)
        The measure, in two sessions at least on each side.
    """
    x, y = finite_array("before", before, (None,)), finite_array("after", after, (None,))
    if min(x.size, y.size) < 2:
        raise ValueError("an effect size needs two sessions on each side")
    if max(np.ptp(x), np.ptp(y)) <= ROUNDING * max(np.abs(x).max(), np.abs(y).max()):
        raise ValueError("before and after do not vary: there is no spread to measure by")
    g, variance = effectsize_smd(y.mean(), y.std(ddof=1), y.size, x.mean(), x.std(ddof=1), x.size)
    return _normal("Hedges' g", float(g), math.sqrt(variance))


def adjusted(p_values: Mapping[str, float], method: str = "holm") -> dict[str, float]:
    """Return p values adjusted for their number, by name (statsmodels' `multipletests`)."""
    if not isinstance(p_values, Mapping):
        raise ValueError(f"p_values must be a mapping of names to numbers, not {p_values!r}")
    values = _probabilities("p_values", list(p_values.values()))
    one_of("method", method, list(multitest_alias))
    corrected = multipletests(values, method=method)[1]
    return dict(zip(p_values, map(float, corrected), strict=True))


def rejections(p_values: Sequence[float], level: float = 0.05) -> tuple[float, float, float]:
    """Return the share of p values below a level, with Wilson's 95% interval.

    In a world without the effect this is the type I error of the test, to be compared with
    the level.
    """
    p = _probabilities("p_values", p_values)
    count = int((p < share("level", level, ends=False)).sum())
    low, high = proportion_confint(count, p.size, method="wilson")
    return count / p.size, float(low), float(high)


def _probabilities(name: str, values: ArrayLike) -> Array:
    """Return checked probabilities."""
    p = finite_array(name, values, (None,))
    for one in (p.min(), p.max()):
        share(name, one)
    return p
