"""Checks of arguments, shared by all modules: bad input gets one clear `ValueError`.

Each check returns the clean value, of one type whatever came in: that value is the one to use.
"""

import math
import numbers
from collections.abc import Callable, Sequence
from reprlib import repr as shown
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Kind = TypeVar("Kind")

SYMMETRY_TOLERANCE = 1e-8
"""Largest asymmetry of a covariance, relative to the scale sqrt(Sigma_ii Sigma_jj) of the entry."""


def real_numbers(name: str, value: ArrayLike, *, counts: bool = False) -> NDArray[Any]:
    """Return `value` as an array of real numbers of any shape and type, without copying it.

    Parameters
    ----------
    name : str
        What to call the argument in an error.
    value : array_like
        The argument.
    counts : bool
        Whether True and False stand for one and none, as in a train of spikes.

    Raises
    ------
    ValueError
        If entries are masked, missing, complex, text, no numbers at all, or boolean where they are
        no counts.
    """
    if type(value) is np.ndarray and value.dtype.kind == "f":
        return value  # the usual case, and the fast one
    if np.ma.isMaskedArray(value):
        if np.ma.is_masked(value):
            raise ValueError(f"{name} has masked entries: leave them out or fill them in first")
        value = value.data
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of real numbers") from error
    if array.dtype == object and all(
        isinstance(entry, numbers.Real) and not isinstance(entry, bool) for entry in array.flat
    ):
        try:
            array = array.astype(np.float64)
        except OverflowError as error:
            raise ValueError(f"{name} holds numbers too large for double precision") from error
    if counts and array.dtype == np.bool_:
        array = array.view(np.uint8)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} must hold real numbers only, not {shown(value)}")
    return array


def finite_array(
    name: str,
    value: ArrayLike,
    shape: tuple[int | EllipsisType | None, ...],
    dtype: DTypeLike = np.float64,
) -> Array:
    """Return `value` as a float array, after checking its shape and that it is finite.

    Parameters
    ----------
    name : str
        What to call the argument in an error.
    value : array_like
        The argument.
    shape : tuple of int or None
        Expected shape; `None` stands for any positive length, and `...` in the first place for any
        leading axes, empty ones too.
    dtype : data-type
        Type of the result.

    Raises
    ------
    ValueError
        If the value is not numeric, has another shape, is empty, or holds NaN or infinity.
    """
    array = real_numbers(name, value).astype(dtype, copy=False)
    have, want = array.shape, shape
    if shape[:1] == (...,):
        want = shape[1:]
        have = have[max(len(have) - len(want), 0) :]
    fits = have == want or (
        len(have) == len(want)
        and all(n == m if m is not None else n > 0 for n, m in zip(have, want, strict=True))
    )
    if not fits:
        named = {None: "any", ...: "..."}
        wanted = ", ".join(str(named.get(n, n)) for n in shape)
        raise ValueError(f"{name} must have shape ({wanted}), not {array.shape}")
    # The sum of squares is finite only if all are, and quick to have; it may also just overflow.
    if not (math.isfinite(np.vdot(array, array)) or np.isfinite(array).all()):
        raise ValueError(f"{name} holds NaN or infinite values: remove or impute them first")
    return array


def common_axes(names: str, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that leading axes broadcast to.

    Raises
    ------
    ValueError
        If they do not go together.
    """
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError as error:
        raise ValueError(f"leading axes of {names} do not go together: {shapes}") from error


def square(name: str, value: ArrayLike, size: int | None = None) -> Array:
    """Return `value` as an array of square matrices (..., N, N).

    Raises
    ------
    ValueError
        If they are not square, finite, or of this size.
    """
    array = finite_array(name, value, (..., size, size))
    if array.shape[-1] != array.shape[-2]:
        raise ValueError(f"{name} must be square, not {array.shape}")
    return array


def number(
    name: str,
    value: float,
    wanted: str = "a finite number",
    fits: Callable[[float], bool] = math.isfinite,
) -> float:
    """Return `value` as a float, after checking that it is one finite real number.

    Parameters
    ----------
    name : str
        What to call the argument in an error.
    value : float
        The argument.
    wanted : str
        What it has to be, in words.
    fits : callable
        Whether a finite number is that.

    Raises
    ------
    ValueError
        If the value is no number, NaN, infinite, or does not fit.
    """
    try:
        if type(value) is float:  # the usual case, and the fast one
            clean = value
        else:
            array = real_numbers(name, value)
            clean = float(array) if array.ndim == 0 else math.nan
    except ValueError:
        clean = math.nan
    if not (math.isfinite(clean) and fits(clean)):
        raise ValueError(f"{name} must be {wanted}, not {shown(value)}")
    return clean


def positive(name: str, value: float, *, zero_allowed: bool = False) -> float:
    """Return `value` as a float, after checking that it is finite and positive.

    Raises
    ------
    ValueError
        If the value is NaN, infinite, negative, or zero where zero is not allowed.
    """
    if zero_allowed:
        return number(name, value, "a finite non-negative number", lambda x: x >= 0)
    return number(name, value, "a finite positive number", lambda x: x > 0)


def share(name: str, value: float, *, ends: bool = True) -> float:
    """Return `value` as a float, after checking that it is a share or a probability.

    Parameters
    ----------
    name : str
        What to call the argument in an error.
    value : float
        The argument.
    ends : bool
        Whether 0 and 1 themselves are possible.

    Raises
    ------
    ValueError
        If the value is not between 0 and 1; of a percentage the message says what to write.
    """
    given = number(name, value)
    if not (0 <= given <= 1 if ends else 0 < given < 1):
        advice = f": for {given:g}% write {given / 100:g}" if 1 < given <= 100 else ""
        raise ValueError(f"{name} must lie between 0 and 1, not {shown(value)}{advice}")
    return given


def whole(name: str, value: int, *, least: int = 1) -> int:
    """Return `value` as an int, after checking that it is whole and at least `least`.

    Raises
    ------
    ValueError
        If the value is not a whole number or is too small.
    """
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= least:
        return int(value)  # of any length, which a float could not hold
    wanted = f"a whole number of at least {least}"
    return int(number(name, value, wanted, lambda x: x.is_integer() and x >= least))


def indices(name: str, value: Sequence[int] | NDArray[np.int_], size: int) -> NDArray[np.int_]:
    """Return `value` as an array of different positions in something of a size.

    Raises
    ------
    ValueError
        If it is empty, or holds what is no position, or one twice.
    """
    places = finite_array(name, value, (None,))
    if ((places % 1 != 0) | (places < 0) | (places >= size)).any():
        raise ValueError(f"{name} must hold whole numbers from 0 to {size - 1}, not {shown(value)}")
    if np.unique(places).size < places.size:
        raise ValueError(f"{name} names a place more than once: {shown(value)}")
    return places.astype(np.int_)


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


def generator(rng: np.random.Generator) -> np.random.Generator:
    """Return a source of randomness after checking that it is one.

    Raises
    ------
    ValueError
        If it is a seed, or none, or of the kind before numpy 1.17.
    """
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            "rng must be a generator of random numbers, such as numpy.random.default_rng(1), "
            f"not {shown(rng)}"
        )
    return rng


def instance(name: str, value: Kind, kind: type[Kind]) -> Kind:
    """Return `value` after checking that it is an object of a kind.

    Raises
    ------
    ValueError
        If it is of another kind, or the kind itself.
    """
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be a {kind.__name__}, not {shown(value)}")
    return value


def flag(name: str, value: bool) -> bool:
    """Return `value` as a bool, after checking that it is one.

    Raises
    ------
    ValueError
        If it is neither True nor False.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False, not {shown(value)}")
    return bool(value)


def one_of(name: str, value: str, words: Sequence[str]) -> str:
    """Return `value` after checking that it is one of some words.

    Raises
    ------
    ValueError
        If it is none of them, or no text.
    """
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)}, not {shown(value)}")
    return value


def several(name: str, value: Sequence[Any]) -> tuple[Any, ...]:
    """Return `value` as a tuple, after checking that it is a sequence of at least one thing.

    Raises
    ------
    ValueError
        If it is empty, text, a mapping, or no sequence.
    """
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)) or len(value) == 0:
        raise ValueError(f"{name} must be a sequence that is not empty, not {shown(value)}")
    return tuple(value)


def columns(table: "pd.DataFrame", names: Sequence[str]) -> "pd.DataFrame":
    """Return some columns of a tidy table, numbered anew, after checking that none has gaps.

    Raises
    ------
    ValueError
        If it is no table or empty, or a column is missing, there twice, or lacks a value.
    """
    import pandas as pd  # not with the module: the estimators do without

    if not isinstance(table, pd.DataFrame) or len(table) == 0:
        raise ValueError(f"the table must be a pandas.DataFrame with rows, not {shown(table)}")
    if missing := [name for name in names if name not in table.columns]:
        raise ValueError(f"the table has no columns {missing}")
    data = table[list(names)].reset_index(drop=True)
    if data.columns.has_duplicates:
        raise ValueError(f"the table has two columns of one name among {list(names)}")
    if gaps := data.columns[data.isna().any()].tolist():
        raise ValueError(f"the columns {gaps} of the table hold NaN: leave these rows out first")
    return data
