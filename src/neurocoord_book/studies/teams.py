"""What chapter 6 computes about teams: losing members, and changing the task."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neurocoord._checks import Array
from neurocoord.information import (
    linear_fisher_information,
    redundancy,
    shuffled_information,
)
from neurocoord.learning import signal_moments
from neurocoord.theories import slope_and_covariance
from neurocoord.world import CARDINAL, OBLIQUE
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.signatures import THRESHOLD, worlds
from neurocoord_book.studies.signatures_runs import THEORIES, WEEKS


def retained(slope: Array, covariance: Array, kept: Array) -> dict[str, float]:
    r"""Return what is left of the information when only some neurons are left.

    ``new reader``: a reader who learns to weigh those that are left, :math:`I_K / I`. ``old
    reader``: one who keeps the weights :math:`a = \Sigma^{-1} f'` of the whole group and simply
    misses the others, :math:`(a_K^T f'_K)^2 / (a_K^T \Sigma_{KK} a_K) / I`.

    Parameters
    ----------
    slope : (N,) array
    covariance : (N, N) array
    kept : (n,) array of int
        The neurons that are left.
    """
    weights = np.linalg.solve(covariance, slope)
    whole_group = float(slope @ weights)
    part, block = slope[kept], covariance[np.ix_(kept, kept)]
    old = float(weights[kept] @ part) ** 2 / float(weights[kept] @ block @ weights[kept])
    return {
        "new reader": linear_fisher_information(part, block) / whole_group,
        "old reader": old / whole_group,
        "whole": whole_group,
    }


def share_left(kept: ArrayLike, fraction: ArrayLike) -> Array:
    r"""Return the share of information left to a share q of alike neurons.

    .. math:: \frac{I(qN)}{I(N)} = \frac{q}{1 - F + qF},

    with the redundancy fraction F of the whole group. It is exact where the covariance is that of
    independent neurons plus differential correlations, and all neurons are alike.

    Parameters
    ----------
    kept : array_like
        q.
    fraction : array_like
        F.
    """
    q, F = np.asarray(kept), np.asarray(fraction)
    return q / (1 - F + q * F)


@study
def losses(
    *,
    populations: int = 200,
    shares: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 1.0),
    seed: int = 67,
) -> pd.DataFrame:
    """Drop random neurons from skilled groups, and see what is left of the information.

    Whole-trial counts near threshold. All theories lose the same neurons.

    Returns
    -------
    DataFrame
        One row a ``population``, ``theory`` and ``share`` of neurons left: the columns of
        `retained`, and the ``fraction`` of redundancy in the whole group.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for population, world in enumerate(worlds(populations, seed)):
        w, order = world.population.pattern(CARDINAL), rng.permutation(world.size)
        for name, theory in THEORIES.items():
            moments = slope_and_covariance(
                theory, world, CARDINAL, w, THRESHOLD, frame=range(1, WEEKS.frames + 1)
            )
            fraction = 1 - linear_fisher_information(*moments) / shuffled_information(*moments)
            for share in shares:
                left = order[: max(1, round(share * world.size))]
                where = {"population": population, "theory": name, "share": share}
                rows.append(where | retained(*moments, left) | {"fraction": fraction})
    return pd.DataFrame(rows)


@study
def adaptation(
    *,
    populations: int = 200,
    amounts: tuple[float, ...] = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    frame: int = 10,
    seed: int = 68,
) -> pd.DataFrame:
    """Follow each code while a subject skilled in the cardinal task learns the oblique one.

    Returns
    -------
    DataFrame
        One row a ``population``, ``theory`` and ``amount`` of the oblique pattern learned:
        ``total`` and ``redundancy`` about the oblique task in one frame, near threshold; and
        ``unspoiled``, the total before either task was learned.
    """
    rows = []
    for population, world in enumerate(worlds(populations, seed)):
        old, new = (world.population.pattern(task) for task in (CARDINAL, OBLIQUE))
        for name, theory in THEORIES.items():
            naive = slope_and_covariance(theory, world, OBLIQUE, 0 * new, THRESHOLD, frame=frame)
            unspoiled = linear_fisher_information(*naive)
            for amount in amounts:
                moments = slope_and_covariance(
                    theory,
                    world,
                    OBLIQUE,
                    amount * new,
                    THRESHOLD,
                    frame=frame,
                    other_patterns=old[None],
                )
                rows.append(
                    {
                        "population": population,
                        "theory": name,
                        "amount": amount,
                        "total": linear_fisher_information(*moments),
                        "redundancy": redundancy(*moments),
                        "unspoiled": unspoiled,
                    }
                )
    return pd.DataFrame(rows)


def trials_to(amount: Array | float) -> Array:
    r"""Return after how many practice trials the mean learner has learned a part of the pattern.

    .. math:: n = \frac{\log(1 - \text{amount})}{\log(1 - \eta\, m_2)},

    from the mean of the delta rule (`neurocoord.learning`), for the default experiment.
    """
    second, _ = signal_moments(WEEKS.signals)
    return np.log1p(-np.asarray(amount)) / np.log1p(-WEEKS.rate * second)


def last_crossing(change: pd.Series, level: float = 0.5) -> float:
    """Return where a sampled curve that ends above a level passes it for good.

    Parameters
    ----------
    change : Series
        Values, by where they were sampled; taken to be linear between.
    level : float
        The level.
    """
    where, value = change.index.to_numpy(dtype=float), change.to_numpy()
    last = int(np.flatnonzero(value < level)[-1])
    part = (level - value[last]) / (value[last + 1] - value[last])
    return float(where[last] + part * (where[last + 1] - where[last]))


@study
def half_way() -> pd.DataFrame:
    """Return after how many trials half of the change of redundancy has happened.

    Returns
    -------
    DataFrame
        One row a population, one column a theory; trials of practice in the new task.
    """
    columns = {}
    for theory, table in adaptation().groupby("theory"):
        wide = table.pivot_table(index="population", columns="amount", values="redundancy")
        change = wide.sub(wide[0.0], axis=0).div(wide[1.0] - wide[0.0], axis=0)
        amount = change.apply(last_crossing, axis=1)
        columns[theory] = pd.Series(trials_to(amount), index=change.index)
    return pd.DataFrame(columns)
