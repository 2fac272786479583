r"""Chronic tracking that errs: neurons under the name of others.

In a session a share m of N tracked neurons is in truth another neuron each. Two sessions then agree
about a neuron with probability

.. math:: P = (1 - m)^2 + \frac{m^2}{N - 1},

and the covariance over neurons of something measured in one session with something measured in the
other shrinks by

.. math:: \frac{N P - 1}{N - 1} \approx (1 - m)^2 ,

since two different neurons of a finite set covary with -1/(N - 1) of the variance.
"""

import numpy as np
from numpy.typing import NDArray

from neurocoord import _checks


def mislabelled(size: int, share: float) -> int:
    """Return how many of `size` neurons bear a wrong name, 0 or at least 2.

    Raises
    ------
    ValueError
        If there is one neuron only, or the share is not between 0 and 1, or leaves one neuron that
        no other could replace.
    """
    count = round(_checks.share("share", share) * _checks.whole("size", size, least=2))
    if count == 1:
        raise ValueError("a single neuron cannot be taken for another: take a larger share")
    return count


def draw_labels(size: int, share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw which neuron is behind each name in one session, (size,).

    Parameters
    ----------
    size : int
        N.
    share : float
        m, the share of wrong names.
    rng : Generator
        Source of randomness.
    """
    count, size = mislabelled(size, share), int(size)
    labels = np.arange(size)
    wrong = _checks.generator(rng).permutation(size)[:count]
    labels[wrong] = np.roll(wrong, 1)  # in a circle, so that no neuron keeps its name
    return labels


def attenuation(size: int, share: float) -> float:
    """Return by what factor a covariance between two sessions shrinks, on average.

    Parameters
    ----------
    size, share
        As for `draw_labels`.
    """
    count, size = mislabelled(size, share), int(size)
    m = count / size
    same = (1 - m) ** 2 + (m**2 / (size - 1) if m > 0 else 0.0)
    return (size * same - 1) / (size - 1)
