r"""Statistical tests of a longitudinal experiment, thin over statsmodels and scipy.

Every test takes a `table`, the tidy DataFrame of `neurocoord.experiment.run` with one row for each
subject, task and session (select the window, the strength and the engagement first), and the name
of a `measure`, one of its columns, and returns a `TestResult`; `curves` says what is refused.
Trends are per session. `interaction` and `relative` make tables of which every test can be run.
Two subjects that learn two tasks are four learning curves, and tests differ in what they take to be
independent: sessions, blocks of them, curves or subjects.

- `across_curves`: a slope for each curve, and Student's t over the curves: nothing within a curve
  needs to be independent. With slopes relative to the mean shuffled information of each curve
  (`relative`) this test leads.
- `across_subjects`: the same with one number for each subject, whose curves may drift together.
- `sign_flip_trend`: each curve's slope might as well have had the other sign.
- `clustered_trend`: errors clustered by curve. With the same sessions in all curves it differs from
  `across_curves` by less than a few percent of the error.
- `mixed_trend`: curves drawn from a population of curves, with an intercept and a slope of their
  own. With four curves the variance of the slopes often lands on the boundary; that is reported.
- `permutation_trend`: are sessions in order special among all orders, or among those that keep
  blocks of neighbours together? What is permuted must be exchangeable without a trend, and
  sessions that share neurons and moods with their neighbours are not.
- `trend`: the curves at hand. One slope, an intercept for each curve, and errors that are robust to
  unequal variances, of sessions that are independent.
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
from neurocoord._checks import Array, columns, finite_array, flag, one_of, positive, share, whole

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
    data["curve"] = data.groupby(CURVE).ngroup()
    own = _lines(data)
    if any(np.unique(session).size < session.size for session, _ in own):
        raise ValueError(
            "a session has more than one value: select one window, strength and engagement"
        )
    if min(session.size for session, _ in own) < 3:
        raise ValueError("a trend needs three sessions at least")
    if max(np.ptp(value) for _, value in own) <= ROUNDING * data["value"].abs().max():
        raise ValueError(f"{measure} is constant in every curve: there is no trend to test")
    return data


def _lines(data: pd.DataFrame) -> list[tuple[Array, Array]]:
    """Return the sessions and the values of each curve, in the order of the curves."""
    curve, session, value = (data[name].to_numpy() for name in ("curve", "session", "value"))
    return [(session[curve == k], value[curve == k]) for k in range(curve.max() + 1)]


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


def relative(table: pd.DataFrame, measure: str, to: str) -> pd.DataFrame:
    r"""Return the measure of each curve in units of the mean of another column over that curve.

    Curves whose neurons carry more information have larger redundancies and larger trends of them.
    Relative to the mean shuffled information :math:`\bar I_{sh}` of the curve their slopes are
    alike, and a test across curves finds what they have in common with fewer curves. The unit is
    one number a curve: it makes no trend, as dividing session by session could.

    Parameters
    ----------
    table, measure
        As for all tests here.
    to : str
        The column whose mean over sessions is the unit of each curve ("shuffled").

    Returns
    -------
    DataFrame
        Subject, task, session and the measure, on which every test here can be run.

    Raises
    ------
    ValueError
        Also if the mean is not positive in every curve.

    Examples
    --------
    >>> table = pd.DataFrame({"subject": 1, "task": "a", "session": [1, 2, 3]})
    >>> table = table.assign(redundancy=[1.0, 2.0, 4.0], shuffled=[5.0, 10.0, 15.0])
    >>> relative(table, "redundancy", to="shuffled")["redundancy"].tolist()
    [0.1, 0.2, 0.4]
    """
    curves(table, measure)
    _checks.instance("to", to, str)
    data = _selected(table, measure, to)
    unit = data.groupby(CURVE)[to].transform("mean")
    if not (unit > 0).all():
        raise ValueError(f"{to} must have a positive mean in every curve, to be a unit")
    data[measure] /= unit
    return data.drop(columns=to)


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
    r"""Test whether the slopes of two curves or more, one least-squares slope each, have mean 0.

    Student's t with one degree of freedom less than there are curves. What stands in the place of
    sessions may depend on one another, as neurons that share noise do: only curves count. With the
    same sessions in all m curves this is the pooled slope with the bias-reduced errors "CR2",
    clustered by curve, and Satterthwaite's degrees of freedom, which are then m - 1, exactly [1]_.

    References
    ----------
    .. [1] Pustejovsky and Tipton (2018), Journal of Business & Economic Statistics 36:672-683.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame({"subject": np.repeat([1, 2, 3], 5), "task": "a"})
    >>> table["session"] = np.tile(np.arange(5), 3)
    >>> table["m"] = table["session"] + rng.normal(scale=0.1, size=15)
    >>> across_curves(table, "m").p < 0.01
    True
    """
    data = _several_curves(table, measure, "a test across curves")
    return _students("across curves", _slopes(data), data)


def across_subjects(table: pd.DataFrame, measure: str) -> TestResult:
    """Test whether the mean slopes of two subjects or more, over their curves, have mean 0.

    As `across_curves`, with one degree of freedom less than there are subjects: the curves of a
    subject may drift together, as they do if one array records them all. Two subjects have one
    degree of freedom, and a test that finds little.
    """
    data = curves(table, measure)
    subject = data.groupby("curve")["subject"].first()
    means = pd.Series(_slopes(data)).groupby(subject).mean().to_numpy()
    if means.size == 1:
        raise ValueError("a test across subjects needs two subjects at least")
    return _students("across subjects", means, data)


def _slopes(data: pd.DataFrame) -> Array:
    """Return the least-squares slope of each curve."""
    centred = [(session - session.mean(), value) for session, value in _lines(data)]
    return np.array([x @ value / (x @ x) for x, value in centred])


def _students(method: str, slopes: Array, data: pd.DataFrame) -> TestResult:
    """Test whether slopes have mean 0 by Student's t; without a spread there is no error."""
    _check_error(float(stats.sem(slopes)), data)
    found = stats.ttest_1samp(slopes, 0.0)
    low, high = map(float, found.confidence_interval(0.95))
    return TestResult(method, float(slopes.mean()), low, high, float(found.pvalue))


def sign_flip_trend(
    table: pd.DataFrame, measure: str, *, resamples: int = 1999, seed: int = 0
) -> TestResult:
    """Test whether the slopes of the curves have mean 0 by turning the signs of whole curves.

    Nothing is assumed but that without a trend a curve is as likely to fall as to rise. With m
    curves no p value is below 2 / 2**m, which is 0.125 for four. There is no interval.

    Parameters
    ----------
    table, measure
        As for all tests here.
    resamples, seed : int
        How many signs to try, drawn from what seed; all of them if there are no more.
    """
    resamples, seed = whole("resamples", resamples), whole("seed", seed, least=0)
    slopes = _slopes(_several_curves(table, measure, "turning signs"))
    found = stats.permutation_test(
        (slopes,),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        rng=np.random.default_rng(seed),
    )
    return TestResult("sign flip", float(slopes.mean()), math.nan, math.nan, float(found.pvalue))


def mixed_trend(table: pd.DataFrame, measure: str, *, random_slope: bool = True) -> TestResult:
    """Test for a trend with a random intercept and slope for each of two curves or more (REML).

    The likelihood is flat where a variance is 0, and optimisers stop short of its top there, each
    processor's elsewhere. Where all curves have the same sessions the top is known in closed form
    (`_moment_estimate`). Elsewhere statsmodels' MixedLM starts from there, and the better of two
    optimisers counts. The standard error is that of generalised least squares given the variances:
    it exists on the boundary too, where that of the Hessian does not.

    Parameters
    ----------
    table, measure
        As for all tests here.
    random_slope : bool
        Whether curves differ in their slope. If not, sessions are independent around lines of one
        slope, and the test counts sessions, not curves.
    """
    random_slope = flag("random_slope", random_slope)
    data = _several_curves(table, measure, "a mixed model")
    # In units of its spread, with sessions from -1 to 1, the fit is well conditioned.
    middle, reach = data["session"].mean(), np.ptp(data["session"]) / 2
    spread = data["value"].std()
    session = (data["session"].to_numpy() - middle) / reach
    value = (data["value"].to_numpy() - data["value"].mean()) / spread
    curve = data["curve"].to_numpy()
    exog = np.column_stack([session, np.ones_like(session)])
    own = [(exog[curve == k], value[curve == k]) for k in range(curve.max() + 1)]
    line, random, scale = _moment_estimate(own, random_slope)
    _check_error(np.sqrt(scale) * spread / reach, data)
    varies = slice(None if random_slope else 1, None)
    converged = True
    if not all(np.array_equal(X, own[0][0]) for X, _ in own):
        model = sm.MixedLM(value, exog, curve, exog[:, varies])
        root = np.linalg.cholesky(random / scale + 1e-7 * np.eye(len(random)))
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
    within = [X[:, varies] @ random @ X[:, varies].T + scale * np.eye(len(X)) for X, _ in own]
    known = sum(X.T @ np.linalg.solve(V, X) for (X, _), V in zip(own, within, strict=True))
    error, unit = float(np.sqrt(np.linalg.inv(known)[0, 0])), float(spread / reach)
    boundary = bool(np.linalg.eigvalsh(random).min() < 1e-4 * scale)
    method = "mixed model" if random_slope else "mixed model, random intercept"
    return _normal(
        method, float(line[0]) * unit, error * unit, boundary=boundary, converged=converged
    )


def _moment_estimate(
    own: Sequence[tuple[Array, Array]], random_slope: bool
) -> tuple[Array, Array, float]:
    r"""Return the mean line of some curves, the covariance of their lines, and the noise.

    Of each curve there is the design X, (n, 2), and the values, (n,). Least-squares lines of m
    curves have the sample covariance S, and residuals have the variance :math:`s^2`. Along the
    eigenvectors of :math:`L^{-1} S L^{-T}`, with :math:`L L^T = (X^T X)^{-1}`, eigenvalues below
    :math:`s^2` are pooled with it, from the smallest on, weighted by m - 1 and by the degrees of
    freedom of the residuals. What is left beyond :math:`s^2` is the covariance of the lines: the
    optimum of the restricted likelihood, because that is a product of Wishart densities in these
    variances. With unequal designs their mean precision stands for all, and it is a good guess.
    Without random slopes their spread is noise, too, and only the variance of intercepts is left.
    """
    lines = np.array([np.linalg.lstsq(X, y)[0] for X, y in own])
    rest = sum(np.sum((y - X @ line) ** 2) for (X, y), line in zip(own, lines, strict=True))
    free = sum(len(y) - 2 for _, y in own)
    root = np.linalg.cholesky(np.mean([np.linalg.inv(X.T @ X) for X, _ in own], axis=0))
    spread = np.cov(np.linalg.solve(root, lines.T))
    if random_slope:
        variances, axes = np.linalg.eigh(spread)
    else:
        rest, free = rest + (len(own) - 1) * spread[0, 0], free + len(own) - 1
        variances, axes, root = spread[1:, 1], np.eye(1), root[1:, 1:]
    for variance in variances:
        if variance < rest / free:
            rest, free = rest + (len(own) - 1) * variance, free + len(own) - 1
    beyond = np.maximum(variances - rest / free, 0.0)
    return lines.mean(axis=0), root @ (axes * beyond) @ axes.T @ root.T, float(rest / free)


def permutation_trend(
    table: pd.DataFrame,
    measure: str,
    *,
    block: int = 1,
    within_curves: bool = False,
    resamples: int = 1999,
    seed: int = 0,
) -> TestResult:
    """Test whether the order of sessions, or of blocks of neighbouring sessions, matters.

    The statistic is the correlation of the measure, averaged over curves, with the session
    number. The estimate is the slope of the average; there is no interval.

    Parameters
    ----------
    table, measure
        As for all tests here.
    block : int
        How many neighbouring sessions stay together. Sessions that share neurons and moods with
        their neighbours are not exchangeable; long blocks of them nearly are, unless some are
        noisier than others.
    within_curves : bool
        Whether each curve is put into an order of its own, or all into the same.
    resamples, seed : int
        How many orders to try, drawn from what seed; all of them if there are no more.

    Raises
    ------
    ValueError
        Also if curves do not have the same sessions, their mean is the same in all, or blocks do
        not divide the sessions into two parts or more.
    """
    resamples, seed = whole("resamples", resamples), whole("seed", seed, least=0)
    block, within_curves = whole("block", block), flag("within_curves", within_curves)
    data = curves(table, measure).sort_values(["curve", "session"])
    (session, _), *others = own = _lines(data)
    if not all(np.array_equal(numbers, session) for numbers, _ in others):
        raise ValueError("curves must have the same sessions")
    values = np.array([value for _, value in own])
    average = values.mean(axis=0)
    if not within_curves and np.ptp(average) <= ROUNDING * np.abs(values).max():
        raise ValueError(f"the mean curve of {measure} is constant: all orders are alike")
    if session.size % block or session.size == block:
        raise ValueError(f"block must divide {session.size} sessions into equal parts, not {block}")
    length = np.linalg.norm(session - session.mean())
    # What each block adds to the statistic in each place, (curves, blocks, places).
    kept = values / len(values) if within_curves else average[None]
    blocks = kept.reshape(len(kept), -1, block)
    added = blocks @ ((session - session.mean()) / length).reshape(-1, block).T
    places = np.arange(blocks.shape[1])

    def along(*orders: Array, axis: int = -1) -> Array:
        return sum(
            own[order.astype(int), places].sum(axis=-1)
            for own, order in zip(added, orders, strict=True)
        )

    found = stats.permutation_test(
        [places] * len(added),
        along,
        permutation_type="pairings",
        vectorized=True,
        n_resamples=resamples,
        rng=np.random.default_rng(seed),
    )
    slope = float(found.statistic / length)
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
