"""Checks of arguments, shared by all modules: bad input gets one clear `ValueError`."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

SYMMETRY_TOLERANCE = 1e-8
"""Largest asymmetry of a covariance, relative to the scale sqrt(Sigma_ii Sigma_jj) of the entry."""


def finite_array(name: str, value: ArrayLike, shape: tuple[int | None, ...]) -> Array:
    """Return `value` as a float array, after checking its shape and that it is finite.

    Parameters
    ----------
    name : str
        What to call the argument in an error.
    value : array_like
        The argument.
    shape : tuple of int or None
        Expected shape; `None` stands for any positive length.

    Raises
    ------
    ValueError
        If the value is not numeric, has another shape, is empty, or holds NaN or infinity.
    """
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of real numbers") from error
    fits = array.ndim == len(shape) and all(
        have == want if want is not None else have > 0
        for have, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise ValueError(f"{name} must have shape ({wanted}), not {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinite values: remove or impute them first")
    return array


def positive(name: str, value: float, *, zero_allowed: bool = False) -> float:
    """Return `value` as a float, after checking that it is finite and positive.

    Raises
    ------
    ValueError
        If the value is NaN, infinite, negative, or zero where zero is not allowed.
    """
    number = float(value)
    if not np.isfinite(number) or number < 0 or (number == 0 and not zero_allowed):
        kind = "non-negative" if zero_allowed else "positive"
        raise ValueError(f"{name} must be a finite {kind} number, not {value!r}")
    return number


def whole(name: str, value: int, *, least: int = 1) -> int:
    """Return `value` as an int, after checking that it is whole and at least `least`.

    Raises
    ------
    ValueError
        If the value is not a whole number or is too small.
    """
    if isinstance(value, bool) or int(value) != value or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return int(value)


def symmetric_matrix(name: str, value: ArrayLike, size: int | None = None) -> Array:
    """Return `value` as a float array, after checking that it is a covariance in all but sign.

    Parameters
    ----------
    name : str
        What to call the argument in an error.
    value : array_like, (N, N)
        The matrix.
    size : int, optional
        N, if it is known.

    Raises
    ------
    ValueError
        If the matrix is not square, finite and symmetric with a positive diagonal.
    """
    array = finite_array(name, value, (size, size))
    if array.shape[0] != array.shape[1]:
        raise ValueError(f"{name} must be square, not {array.shape}")
    variances = np.diag(array)
    if (variances <= 0).any():
        where = np.flatnonzero(variances <= 0).tolist()
        raise ValueError(f"{name} is not positive definite: no positive variance at {where}")
    scale = np.sqrt(variances)
    if (np.abs(array - array.T) > SYMMETRY_TOLERANCE * np.outer(scale, scale)).any():
        raise ValueError(f"{name} must be symmetric")
    return array
