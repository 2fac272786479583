r"""What coordination is: information, redundancy and total correlation of known moments.

The moments are the slope :math:`f' = d\,E[r]/ds` (N responses per unit signal) and the covariance
:math:`\Sigma = \mathrm{Cov}[r \mid s]` (N x N, responses squared); information is in inverse
squared units of the signal. Moments are unfit if shapes do not fit, values are not finite, or the
covariance is asymmetric or has a variance that is not positive.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from neurocoord._checks import Array, finite_array, symmetric_matrix

DEPENDENT = 1e-6
"""Weight of a neuron in a combination that never varies, above which it takes part in it."""


def correlation_factor(correlations: Array, name: str, neurons: Array | None = None) -> Array:
    """Return the lower Cholesky factor of a correlation matrix, (N, N).

    Working on correlations keeps neurons of very different scales from looking singular.

    Raises
    ------
    ValueError
        If the matrix is indefinite, or singular to working precision: then all neurons that depend
        on one another are named, by their numbers in `neurons` if that is given.
    """
    factor, failed = linalg.lapack.dpotrf(correlations, lower=1, clean=1)
    # A squared pivot is the part of a neuron's variance that the others leave unexplained.
    if failed or (np.diag(factor) ** 2).min() < 100 * len(factor) * np.finfo(float).eps:
        raise ValueError(f"{name} is not positive definite{_why(correlations, neurons)}")
    return factor


def _why(correlations: Array, neurons: Array | None) -> str:
    """Say why a correlation matrix is not positive definite."""
    variances, combinations = np.linalg.eigh(correlations)
    tiny = 1e3 * len(correlations) * np.finfo(float).eps
    if variances[0] < -tiny:
        return ": some combination of neurons would have a negative variance"
    # What the combinations without variance have in common tells which neurons go together.
    constant = combinations[:, variances <= max(tiny, 2 * variances[0])]
    together = np.abs(constant @ constant.T) > DEPENDENT
    numbers = np.arange(len(correlations)) if neurons is None else neurons
    groups = {tuple(numbers[row].tolist()) for row in together[np.diag(together)]}
    listed = " and ".join(str(list(group)) for group in sorted(groups))
    return (
        f" to working precision: neurons {listed} depend on one another (a channel recorded twice, "
        "a sum of others?); leave one of each group out"
    )


def _moments(slope: ArrayLike, covariance: ArrayLike) -> tuple[Array, Array]:
    """Check a slope and a covariance; return f'_i / sd_i, (N,), and the correlations, (N, N)."""
    slope = finite_array("slope", slope, (None,))
    covariance = symmetric_matrix("covariance", covariance, slope.size)
    scale = np.sqrt(np.diag(covariance))
    return slope / scale, covariance / np.outer(scale, scale)


def linear_fisher_information(slope: ArrayLike, covariance: ArrayLike) -> float:
    r"""Return the linear Fisher information :math:`I = f'^\top \Sigma^{-1} f'`.

    It is the inverse variance of the best unbiased linear estimate of the signal from one
    response: the most that a linear readout of the whole population can know.

    Parameters
    ----------
    slope : array_like, (N,)
        f', in responses per unit signal.
    covariance : array_like, (N, N)
        Sigma, in responses squared.

    Raises
    ------
    ValueError
        If the moments are unfit, or the covariance is not positive definite.

    References
    ----------
    Averbeck, Latham and Pouget (2006), Nature Reviews Neuroscience 7:358-366.

    Examples
    --------
    Two neurons with the same slope: positive correlation costs information.

    >>> linear_fisher_information([1, 1], [[1, 0], [0, 1]])
    2.0
    >>> round(linear_fisher_information([1, 1], [[1, 0.5], [0.5, 1]]), 3)
    1.333
    """
    z, correlations = _moments(slope, covariance)
    factor = correlation_factor(correlations, "covariance")
    white = linalg.solve_triangular(factor, z, lower=True, check_finite=False)
    return float(white @ white)


def single_neuron_information(slope: ArrayLike, covariance: ArrayLike) -> Array:
    r"""Return what each neuron carries alone, :math:`f_i'^2 / \Sigma_{ii}`, shape (N,).

    Parameters
    ----------
    slope, covariance
        As for `linear_fisher_information`.

    Raises
    ------
    ValueError
        If the moments are unfit.
    """
    return _moments(slope, covariance)[0] ** 2


def shuffled_information(slope: ArrayLike, covariance: ArrayLike) -> float:
    r"""Return the shuffled information :math:`I_{sh} = \sum_i f_i'^2 / \Sigma_{ii}`.

    What the same neurons would carry if they were recorded one at a time, so that their noise
    were independent; shuffling the trials of each neuron makes it so.

    Parameters
    ----------
    slope, covariance
        As for `linear_fisher_information`.

    Raises
    ------
    ValueError
        If the moments are unfit.

    Examples
    --------
    >>> shuffled_information([1, 1], [[1, 0.5], [0.5, 1]])
    2.0
    """
    return float(single_neuron_information(slope, covariance).sum())


def redundancy(slope: ArrayLike, covariance: ArrayLike) -> float:
    r"""Return the redundancy :math:`I_{sh} - I`.

    Positive where the neurons repeat one another, negative where they know more together than
    the sum of what they know alone (synergy).

    Parameters
    ----------
    slope, covariance
        As for `linear_fisher_information`.

    Raises
    ------
    ValueError
        As `linear_fisher_information`.
    """
    return shuffled_information(slope, covariance) - linear_fisher_information(slope, covariance)


def redundancy_fraction(slope: ArrayLike, covariance: ArrayLike) -> float:
    r"""Return the redundancy fraction :math:`1 - I / I_{sh}`, at most 1 and negative for synergy.

    Parameters
    ----------
    slope, covariance
        As for `linear_fisher_information`; the slope is not all zero.

    Raises
    ------
    ValueError
        Also if the slope is zero: then there is no information to be redundant.
    """
    shuffled = shuffled_information(slope, covariance)
    if shuffled == 0:
        raise ValueError("slope is zero: a population without information has no redundancy")
    return 1 - linear_fisher_information(slope, covariance) / shuffled


def noise_correlations(covariance: ArrayLike) -> Array:
    r"""Return the noise correlations :math:`\Sigma_{ij} / \sqrt{\Sigma_{ii} \Sigma_{jj}}`, (N, N).

    Parameters
    ----------
    covariance : array_like, (N, N)
        Sigma, in responses squared; it may be singular.

    Raises
    ------
    ValueError
        If the covariance is unfit.
    """
    covariance = symmetric_matrix("covariance", covariance)
    scale = np.sqrt(np.diag(covariance))
    correlations = covariance / np.outer(scale, scale)
    np.fill_diagonal(correlations, 1.0)
    return correlations


def differential_variance(slope: ArrayLike, covariance: ArrayLike) -> float:
    r"""Return the variance along f', :math:`f'^\top \Sigma f' / |f'|^2`, in responses squared.

    Noise along f' looks just like a change of the signal. No readout can remove it, so it alone
    limits the information of large populations.

    Parameters
    ----------
    slope, covariance
        As for `linear_fisher_information`; the slope is not all zero.

    Raises
    ------
    ValueError
        Also if the slope is zero.

    References
    ----------
    Moreno-Bote et al. (2014), Nature Neuroscience 17:1410-1417.
    """
    slope = finite_array("slope", slope, (None,))
    covariance = symmetric_matrix("covariance", covariance, slope.size)
    squared_length = slope @ slope
    if squared_length == 0:
        raise ValueError("slope is zero: it has no direction")
    return float(slope @ covariance @ slope / squared_length)


def total_correlation(covariance: ArrayLike) -> float:
    r"""Return the Gaussian total correlation, Barlow's redundancy, in nats.

    :math:`\tfrac12 (\sum_i \log \Sigma_{ii} - \log\det\Sigma)`: how many nats the responses of
    the single neurons, coded one by one, cost more than coded together; zero if and only if none
    correlates with others. It knows nothing of a signal: compare `redundancy`.

    Parameters
    ----------
    covariance : array_like, (N, N)
        Sigma, in responses squared; positive definite.

    Raises
    ------
    ValueError
        If the covariance is unfit, or not positive definite.

    References
    ----------
    Watanabe (1960), IBM Journal of Research and Development 4:66-82; Barlow (2001), Network
    12:241-253.

    Examples
    --------
    >>> round(total_correlation([[1, 0.6], [0.6, 1]]), 4)  # -log(1 - 0.6**2) / 2
    0.2231
    """
    factor = correlation_factor(noise_correlations(covariance), "covariance")
    return float(-np.log(np.diag(factor)).sum()) + 0.0
