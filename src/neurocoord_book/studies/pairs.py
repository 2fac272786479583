"""Pairs of neurons: how their noise correlation goes with the product of their d'.

The published measurement is of V1 neurons of macaques that discriminated orientations
(`neurocoord.recordings.BONDY2018`). The same relation is computed for any theory, and described by
the same numbers: Pearson's r, the rank correlation, and the slope of the regression. The product of
d' grows with the square of the signal at which d' is taken, which does not change r and ranks; a
slope can be compared between models at one signal, and not with the recording.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from neurocoord import recordings
from neurocoord._checks import Array, positive, whole
from neurocoord.experiment import Design
from neurocoord.experiment.draw import Block, by_statistics
from neurocoord.information import noise_correlations
from neurocoord.theories import Theory, slope_and_covariance
from neurocoord.world import CARDINAL, Task, World
from neurocoord_book.studies._memo import study
from neurocoord_book.studies._shipped import Shipped, Tables, rounded
from neurocoord_book.studies.learning import LAB

THRESHOLD = 0.1
"""The signals +-s whose means give d'."""

SUBJECTS = {"naive": 0.0, "trained": 1.0}
"""What part of the pattern of the task a subject has learned."""

BLOCKS = {"engaged": 1.0, "passive": 0.0}
"""Engagement in a block."""

GROUPS = 10
"""Groups of pairs whose means are drawn."""


@dataclass(frozen=True)
class PairStatistics:
    """The published relation between the product of two d' and the noise correlation.

    Attributes
    ----------
    source : str
        ``"recording"`` if the statistics were computed from the published points now,
        ``"shipped"`` if they came with the package.
    provenance : dict
        Where the points come from, and the command that derives the statistics.
    summary : DataFrame
        Single numbers by ``quantity``, see `derive`: ``value``, ``low``, ``high`` (95% interval;
        where there is none, both ends are the value).
    bins : DataFrame
        Groups of pairs by their product, see `binned`.
    points : DataFrame or None
        ``product`` and ``correlation`` of each pair; None where the points are not at hand.
    """

    source: str
    provenance: dict[str, Any]
    summary: pd.DataFrame
    bins: pd.DataFrame
    points: pd.DataFrame | None

    @property
    def note(self) -> str:
        """What the statistics were computed from, in words."""
        if self.source == "recording":
            return "computed from the published points, downloaded from the authors"
        return "the published points are not at hand: statistics that come with the package"


def relation(pairs: pd.DataFrame) -> dict[str, float]:
    """Return how the noise correlation depends on the product of d'.

    Parameters
    ----------
    pairs : DataFrame
        ``product`` and ``correlation`` of each pair.

    Returns
    -------
    dict
        ``pearson``, ``rank`` (Spearman), ``slope`` of the regression of the correlation on the
        product, and ``scatter``, the standard deviation around the line.
    """
    x, y = pairs["product"], pairs["correlation"]
    line = stats.linregress(x, y)
    return {
        "pearson": float(line.rvalue),
        "rank": float(stats.spearmanr(x, y).statistic),
        "slope": float(line.slope),
        "scatter": float(np.std(y - line.intercept - line.slope * x, ddof=2)),
    }


def binned(pairs: pd.DataFrame, groups: int = GROUPS) -> pd.DataFrame:
    """Return the means of equally large groups of pairs, by their product.

    Returns
    -------
    DataFrame
        One row a group: mean ``product``, mean ``correlation``, its standard error ``se`` as if
        pairs were independent, and the number of ``pairs``.
    """
    which = pd.qcut(pairs["product"], groups, labels=False)
    means = pairs.groupby(which).agg(
        product=("product", "mean"),
        correlation=("correlation", "mean"),
        se=("correlation", "sem"),
        pairs=("correlation", "size"),
    )
    return means.reset_index(drop=True)


def derive(pairs: pd.DataFrame, *, seed: int = 2018, resamples: int = 1999) -> Tables:
    r"""Compute the statistics of the published pairs.

    The intervals take pairs for independent. Pairs that share a neuron are not: whatever is
    peculiar to one neuron enters all its pairs. So the intervals are too narrow, by how much cannot
    be computed here, since the figure does not tell which points share a neuron. In populations of
    a model with as many pairs, r varies more than twice as much as Fisher's interval says (compare
    `predicted_relation` with a design of 33 neurons).

    Parameters
    ----------
    pairs : DataFrame
        From `recordings.pair_correlations`.
    seed, resamples : int
        Of the bootstrap.

    Returns
    -------
    dict
        ``bins`` (see `binned`) and ``summary`` as lists of rows, rounded to six significant
        digits. The quantities of the summary are

        - ``pairs``: how many;
        - ``Pearson r``, with Fisher's interval;
        - ``Pearson r of distinct points``: points that stand there twice are counted once;
        - ``rank correlation``, with a bootstrap interval (percentiles, pairs drawn anew);
        - ``slope`` of the regression, with the interval of ordinary least squares with errors
          that allow for unequal scatter (HC3);
        - ``scatter``: standard deviation of the correlations around that line;
        - ``fewest trials``: :math:`1 / \text{scatter}^2`. A correlation near zero estimated from T
          trials has a standard error of about :math:`1 / \sqrt T`. If each point were the raw
          correlation of one pair, at least so many trials would have been needed for the points
          to lie as close to the line as they do. The points also end sharply above and below;
          both speak for correlations that were smoothed or are only partly shown. So a model is
          best compared with the recording at several numbers of trials.
    """
    x, y = pairs["product"].to_numpy(), pairs["correlation"].to_numpy()
    found = relation(pairs)
    distinct = pairs.drop_duplicates()
    ranks = stats.bootstrap(
        (x, y),
        lambda a, b: stats.spearmanr(a, b).statistic,
        paired=True,
        vectorized=False,
        n_resamples=resamples,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    slope = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC3").conf_int()[1]
    n, scatter = len(pairs), found["scatter"]
    summary = [
        _row("pairs", n),
        _pearson("Pearson r", pairs),
        _pearson("Pearson r of distinct points", distinct),
        _row("rank correlation", found["rank"], *ranks),
        _row("slope", found["slope"], *slope),
        _row("scatter", scatter),
        _row("fewest trials", scatter**-2),
    ]
    bins = binned(pairs).to_dict("records")
    return {"summary": [rounded(row) for row in summary], "bins": [rounded(row) for row in bins]}


def _row(
    quantity: str, value: float, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    """Return a row of the summary; without an interval, the value is its own."""
    low, high = (value if end is None else end for end in (low, high))
    numbers = {"value": float(value), "low": float(low), "high": float(high)}
    return {"quantity": quantity} | numbers


def _pearson(quantity: str, pairs: pd.DataFrame) -> dict[str, Any]:
    """Return Pearson's r with Fisher's interval as a row of the summary."""
    found = stats.pearsonr(pairs["product"], pairs["correlation"])
    return _row(quantity, found.statistic, *found.confidence_interval(0.95))


def _derive_now() -> Tables:
    """Derive the statistics from the published points."""
    return derive(recordings.pair_correlations())


SHIPPED = Shipped("bondy2018_pairs.json", recordings.BONDY2018, _derive_now)
"""The derived statistics that come with the package."""


@study
def published() -> PairStatistics:
    """Return the published relation between the product of two d' and the noise correlation.

    The statistics are computed from the published points where they can be had; elsewhere those
    that come with the package are read. `PairStatistics.source` tells which.
    """
    tables, source, provenance = SHIPPED.tables()
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    points = recordings.pair_correlations() if source == "recording" else None
    return PairStatistics(source=source, provenance=provenance, points=points, **frames)


def predicted(
    theory: Theory,
    world: World,
    *,
    task: Task = CARDINAL,
    learned: float = 1.0,
    engagement: float = 1.0,
    signal: float = THRESHOLD,
    frames: int = LAB.frames,
    other_patterns: Array | None = None,
    trials: int | None = None,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    r"""Return what a theory predicts for every pair of neurons of a population.

    Responses are counts summed over the whole trial. With signals :math:`\pm s`,

    .. math:: d'_i = \frac{E[r_i \mid +s] - E[r_i \mid -s]}{\sqrt{\Sigma_{ii}}}
                   = \frac{2 s f'_i}{\sqrt{\Sigma_{ii}}},
              \qquad \rho_{ij} = \frac{\Sigma_{ij}}{\sqrt{\Sigma_{ii} \Sigma_{jj}}},

    with the covariance :math:`\Sigma` of trials without signal.

    Parameters
    ----------
    theory : Theory
        The theory of the code.
    world : World
        The population.
    task : Task
        The task.
    learned : float
        What part of the pattern the subject has learned, 0 (naive) to 1 (trained).
    engagement : float
        1 for a subject at work, 0 for passive viewing.
    signal : float
        s.
    frames : int
        Frames of a trial.
    other_patterns : (M, N) array, optional
        Patterns of tasks that are not being done, as in `Theory`.
    trials : int, optional
        Trials without signal of a finite recording. The correlations are then those of a sample
        drawn from the theory itself, whatever its distribution, with Gaussian private noise; their
        sampling error is about :math:`1 / \sqrt{\text{trials}}`. d' stays exact, which flatters
        the recording: errors of d' would lower r further. By default the correlations are exact.
    rng : Generator, optional
        Source of randomness; needed with `trials`.

    Returns
    -------
    DataFrame
        One row a pair: ``first`` < ``second``, the neurons; ``product`` of their d';
        ``correlation``.

    Raises
    ------
    ValueError
        If a parameter is out of range, or `trials` comes without `rng`.
    """
    if positive("learned", learned, zero_allowed=True) > 1:
        raise ValueError(f"learned must lie between 0 and 1, not {learned!r}")
    window = range(1, whole("frames", frames) + 1)
    pattern = learned * world.population.pattern(task)
    slope, covariance = slope_and_covariance(
        theory,
        world,
        task,
        pattern,
        signal,
        noise="zero",
        frame=window,
        engagement=engagement,
        other_patterns=other_patterns,
    )
    d_prime = 2 * signal * slope / np.sqrt(np.diag(covariance))
    if trials is not None:
        if rng is None:
            raise ValueError("a finite recording is drawn at random: give rng with trials")
        everyone = np.arange(world.size)
        block = Block(theory, world, task, pattern, engagement, other_patterns, 0.0, everyone)
        drawn = by_statistics(
            block,
            0.0,
            [window],
            trials=whole("trials", trials, least=3),
            frames=frames,
            scatter=True,
            rng=rng,
        )
        covariance = drawn.statistics[0].scatter  # up to a factor, which cancels
    first, second = np.triu_indices(world.size, 1)
    return pd.DataFrame(
        {
            "first": first,
            "second": second,
            "product": d_prime[first] * d_prime[second],
            "correlation": noise_correlations(covariance)[first, second],
        }
    )


@study
def predicted_relation(
    theory: Theory,
    *,
    design: Design = LAB,
    populations: int = 200,
    trials: int | None = None,
    seed: int = 71,
) -> pd.DataFrame:
    """Return the relation that a theory predicts, over many populations.

    All theories, subjects and blocks meet the same populations, all neurons of them.

    Parameters
    ----------
    theory : Theory
        A hashable theory, as frozen dataclasses are.
    design : Design
        Draws the populations, and says how many frames a trial has.
    populations : int
        How many.
    trials : int, optional
        As in `predicted`.
    seed : int
        Of the populations and the recordings.

    Returns
    -------
    DataFrame
        One row a ``population``, ``subject`` ("naive", "trained") and ``block`` ("engaged",
        "passive"): the numbers of `relation`.
    """
    rows = []
    for number, (world, rng) in enumerate(_worlds(design, populations, seed)):
        for where, pairs in _conditions(theory, world, design, trials, rng):
            rows.append({"population": number} | where | relation(pairs))
    return pd.DataFrame(rows)


@study
def predicted_bins(
    theory: Theory,
    *,
    design: Design = LAB,
    populations: int = 20,
    trials: int | None = None,
    groups: int = GROUPS,
    seed: int = 71,
) -> pd.DataFrame:
    """Return `binned` pairs of several populations, as a theory predicts them.

    Parameters are those of `predicted_relation`, and the number of groups.

    Returns
    -------
    DataFrame
        One row a ``subject``, ``block`` and group: the columns of `binned`, and the ``theory``.
    """
    parts: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for world, rng in _worlds(design, populations, seed):
        for where, pairs in _conditions(theory, world, design, trials, rng):
            parts.setdefault((where["subject"], where["block"]), []).append(pairs)
    tables = [
        binned(pd.concat(pairs), groups).assign(subject=subject, block=block)
        for (subject, block), pairs in parts.items()
    ]
    return pd.concat(tables, ignore_index=True).assign(theory=theory.name)


def _worlds(design: Design, populations: int, seed: int) -> list[tuple[World, np.random.Generator]]:
    """Return worlds with a population of their own, and a source of randomness for each."""
    children = np.random.SeedSequence(seed).spawn(whole("populations", populations))
    rngs = [np.random.default_rng(child) for child in children]
    return [(design.draw_world(rng), rng) for rng in rngs]


def _conditions(
    theory: Theory,
    world: World,
    design: Design,
    trials: int | None,
    rng: np.random.Generator,
) -> list[tuple[dict[str, str], pd.DataFrame]]:
    """Return the pairs of naive and trained subjects, engaged and passive."""
    (task, *_) = design.task_list
    return [
        (
            {"subject": subject, "block": block},
            predicted(
                theory,
                world,
                task=task,
                learned=learned,
                engagement=engagement,
                signal=design.measured[0],
                frames=design.frames,
                trials=trials,
                rng=rng,
            ),
        )
        for subject, learned in SUBJECTS.items()
        for block, engagement in BLOCKS.items()
    ]
