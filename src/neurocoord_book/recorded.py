"""The recorded trials of a block, by their sufficient statistics, and what can be done to them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neurocoord._checks import Array, finite_array, indices, instance
from neurocoord.information import Statistics
from neurocoord.information.statistics import check_statistics


class Recorded(NamedTuple):
    """Statistics of the trials at -s, 0 and +s; only those at 0 need a scatter."""

    low: Statistics
    zero: Statistics
    high: Statistics


def _checked(recorded: Recorded) -> Recorded:
    """Return the statistics after checking that they are of the same channels."""
    instance("recorded", recorded, Recorded)
    found = Recorded(*(check_statistics(f"recorded.{k}", v) for k, v in recorded._asdict().items()))
    if len({one.mean.size for one in found}) > 1:
        raise ValueError("recorded.low, recorded.zero and recorded.high have different channels")
    return found


def select(recorded: Recorded, channels: Sequence[int] | Array) -> Recorded:
    """Return the statistics of some channels only."""
    recorded = _checked(recorded)
    index = indices("channels", channels, recorded.zero.mean.size)
    return Recorded(
        *(
            Statistics(
                one.count,
                one.mean[index],
                None if one.scatter is None else one.scatter[np.ix_(index, index)],
            )
            for one in recorded
        )
    )


def regress_out(recorded: Recorded, weights: Array, kept: Sequence[int] | Array) -> Recorded:
    r"""Take out of the responses what a covariate explains, by least squares.

    The covariate is :math:`x = \text{weights} \cdot r`: one measured channel, or the mean of all
    neurons. With the scatter S of the zero-signal trials

    .. math:: \beta = \frac{S\,\text{weights}}{\text{weights}^T S\,\text{weights}}, \qquad
              r \leftarrow r - \beta x ,

    at all signals; the scatter loses one degree of freedom.

    Parameters
    ----------
    recorded : Recorded
        The trials, of all channels.
    weights : (channels,) array
        What makes the covariate.
    kept : sequence of int
        Channels to return. What is left of all neurons adds up to nothing after their mean is
        taken out, so that one of them must be left out then.

    Raises
    ------
    ValueError
        If the trials at 0 have no scatter, or the covariate never varies in them.
    """
    recorded = _checked(recorded)
    size = recorded.zero.mean.size
    index, weights = indices("kept", kept, size), finite_array("weights", weights, (size,))
    scatter = recorded.zero.scatter
    if scatter is None:
        raise ValueError("recorded.zero needs a scatter, to tell what the covariate explains")
    along = scatter @ weights
    power = float(weights @ along)
    if not power > 1e-12 * float(weights**2 @ np.diag(scatter)):
        raise ValueError("the covariate of these weights never varies: it explains nothing")
    beta = along / power
    left = (scatter - np.outer(along, beta))[np.ix_(index, index)]

    def mean(one: Statistics) -> Array:
        return (one.mean - beta * float(weights @ one.mean))[index]

    return Recorded(
        Statistics(recorded.low.count, mean(recorded.low)),
        Statistics(recorded.zero.count - 1, mean(recorded.zero), (left + left.T) / 2),
        Statistics(recorded.high.count, mean(recorded.high)),
    )
