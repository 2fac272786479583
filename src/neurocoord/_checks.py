"""Checks of arguments, shared by all modules: bad input gets one clear `ValueError`.

Each check returns the clean value, of one type whatever came in: that value is the one to use.
`name` is what an error calls the argument.
"""

import math
import numbers
from collections.abc import Callable, Sequence
from dataclasses import field, fields
from functools import partial
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
    """Return an array of real numbers, uncopied; True and False are numbers among `counts` only."""
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
    """Return a finite float array of a shape: None is any positive length, ... any leading axes."""
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
    """Return the shape that leading axes broadcast to."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError as error:
        raise ValueError(f"leading axes of {names} do not go together: {shapes}") from error


def square(name: str, value: ArrayLike, size: int | None = None) -> Array:
    """Return an array of square matrices, (..., N, N)."""
    array = finite_array(name, value, (..., size, size))
    if array.shape[-1] != array.shape[-2]:
        raise ValueError(f"{name} must be square, not {array.shape}")
    return array


def symmetric_matrix(name: str, value: ArrayLike, size: int | None = None) -> Array:
    """Return a symmetric matrix with a positive diagonal, (N, N): a covariance in all but sign."""
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


def number(
    name: str,
    value: float,
    wanted: str = "a finite number",
    fits: Callable[[float], bool] = math.isfinite,
) -> float:
    """Return a finite float that `fits`, as the words `wanted` say it must."""
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
    """Return a finite float above zero, or at zero where that is allowed."""
    if zero_allowed:
        return number(name, value, "a finite non-negative number", lambda x: x >= 0)
    return number(name, value, "a finite positive number", lambda x: x > 0)


def share(name: str, value: float, *, ends: bool = True) -> float:
    """Return a float from 0 to 1, or between them; of a percentage, say what to write."""
    given = number(name, value)
    if not (0 <= given <= 1 if ends else 0 < given < 1):
        advice = f": for {given:g}% write {given / 100:g}" if 1 < given <= 100 else ""
        raise ValueError(f"{name} must lie between 0 and 1, not {shown(value)}{advice}")
    return given


def whole(name: str, value: int, *, least: int = 1) -> int:
    """Return an int of at least `least`."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= least:
        return int(value)  # of any length, which a float could not hold
    wanted = f"a whole number of at least {least}"
    return int(number(name, value, wanted, lambda x: x.is_integer() and x >= least))


def indices(name: str, value: Sequence[int] | NDArray[np.int_], size: int) -> NDArray[np.int_]:
    """Return an array of different positions, one at least, in something of a size."""
    places = finite_array(name, value, (None,))
    if ((places % 1 != 0) | (places < 0) | (places >= size)).any():
        raise ValueError(f"{name} must hold whole numbers from 0 to {size - 1}, not {shown(value)}")
    if np.unique(places).size < places.size:
        raise ValueError(f"{name} names a place more than once: {shown(value)}")
    return places.astype(np.int_)


def generator(rng: np.random.Generator) -> np.random.Generator:
    """Return a source of randomness, which is no seed and nothing from before numpy 1.17."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            "rng must be a generator of random numbers, such as numpy.random.default_rng(1), "
            f"not {shown(rng)}"
        )
    return rng


def instance(name: str, value: Kind, kind: type[Kind]) -> Kind:
    """Return an object of a kind."""
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be a {kind.__name__}, not {shown(value)}")
    return value


def flag(name: str, value: bool) -> bool:
    """Return True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False, not {shown(value)}")
    return bool(value)


def one_of(name: str, value: str, words: Sequence[str]) -> str:
    """Return one of some words."""
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)}, not {shown(value)}")
    return value


def several(name: str, value: Sequence[Any]) -> tuple[Any, ...]:
    """Return a tuple of at least one thing, from a sequence that is no text."""
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)) or len(value) == 0:
        raise ValueError(f"{name} must be a sequence that is not empty, not {shown(value)}")
    return tuple(value)


def checked(default: object, check: Callable[..., object], **how: object) -> Any:
    """Return a field of a frozen dataclass that `check_fields` checks: by its name, and `how`."""
    return field(default=default, metadata={"check": partial(check, **how)})


def check_fields(thing: object) -> None:
    """Check the fields of a frozen dataclass while it is made."""
    for one in fields(thing):
        if "check" in one.metadata:
            set_checked(thing, **{one.name: one.metadata["check"](one.name, vars(thing)[one.name])})


def set_checked(thing: object, **values: object) -> None:
    """Set checked attributes of a frozen dataclass while it is made."""
    for name, value in values.items():
        object.__setattr__(thing, name, value)


def columns(table: "pd.DataFrame", names: Sequence[str]) -> "pd.DataFrame":
    """Return some columns of a tidy table without gaps, its rows numbered anew."""
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
