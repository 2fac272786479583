"""Gaussians cut at 0, exact however far the cut lies in the tail."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.floating[Any]]

FAR_TAIL = 1e4
"""Cuts beyond so many standard deviations: the excess is exponential to a relative 1e-8."""

SMALL = 1e-20
"""A rate of proposals that no draw is accepted at; single precision can hold it."""


def draw_cut(mean: Array, sd: Array, rng: np.random.Generator) -> Array:
    """Draw from Gaussians of means, (draws,), and standard deviations before the cut at 0."""
    cut = -mean / sd
    twice, bound = proposals(cut.shape, rng, cut.dtype)
    out, work = np.empty_like(cut), np.empty_like(cut)
    excess(cut, twice, bound, rng, out=out, work=work)
    return sd * out


def proposals(
    shape: tuple[int, ...], rng: np.random.Generator, dtype: np.dtype
) -> tuple[Array, Array]:
    """Return 2 E and 2 |E - 1| / sqrt(2 V) for standard exponential E and V; see `excess`."""
    twice = rng.standard_exponential(shape, dtype=dtype)
    twice *= 2
    level = rng.standard_exponential(shape, dtype=dtype)
    level += np.finfo(dtype).tiny
    level *= 2
    bound = np.abs(twice - 2)
    bound /= np.sqrt(level, out=level)
    return twice, bound


def excess(
    cut: Array, twice: Array, bound: Array, rng: np.random.Generator, *, out: Array, work: Array
) -> None:
    r"""Draw the excess of standard Gaussians over a cut c, given that they exceed it, into `out`.

    Robert's rejection: propose :math:`E / \lambda` with :math:`\lambda = (c + \sqrt{c^2 + 4}) / 2`,
    accept if :math:`(E - 1)^2 < 2 V \lambda^2`. All that does not depend on c is drawn beforehand,
    in `twice` and `bound`. What is rejected (little, where c is large) is drawn anew by inverting
    the distribution function: an independent exact draw, so the mixture is exact too.

    References
    ----------
    Robert (1995), Simulation of truncated normal variables, Statistics and Computing 5:121-125.
    """
    np.multiply(cut, cut, out=work)
    work += 4
    np.sqrt(work, out=work)
    work += cut
    # A cut so far to the left that this rounds to zero would divide by it: reject instead.
    np.maximum(work, SMALL, out=work)
    np.divide(twice, work, out=out)
    rejected = np.flatnonzero(work < bound)
    if rejected.size:
        far = cut[rejected].astype(np.float64)
        e = rng.standard_exponential(far.size)
        near = np.minimum(far, FAR_TAIL)
        beyond = -special.ndtri_exp(special.log_ndtr(-near) - e) - near
        out[rejected] = np.where(far < FAR_TAIL, beyond, e / np.maximum(far, FAR_TAIL))
