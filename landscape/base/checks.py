"""Argument checks; each error message gives the rule, the offending value and how to fix it."""

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from landscape.base.norms import cosine, may_underflow
from landscape.base.wording import alternatives, short_repr, whole_number

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

LARGEST_ARRAY = 2**32
"""Most memory in bytes that one array may take, 4 GiB."""

LARGEST_COUNT = 2**63 - 1
"""Largest whole number that counts something: larger ones do not fit into 64 bits."""

USUAL_NAMES = {
    ("lr", "step_size", "eta", "rate"): ("learning_rate",),
    ("beta1", "b1", "beta"): ("beta_1",),
    ("beta2", "b2"): ("beta_2",),
    ("eps",): ("epsilon",),
    ("alpha", "decay"): ("rho",),
    ("n_steps", "num_steps", "epochs", "n_epochs", "iterations", "n_iter", "max_iter", "maxiter", "updates"): (
        "steps",
    ),
    ("x0", "theta0", "theta", "params", "init", "initial"): ("starts", "start", "origin", "center", "theta", "points"),
    ("start", "weights", "center", "point", "reference"): ("origin", "starts", "center", "theta", "reference"),
    ("seed", "random_state", "generator", "random_seed", "key"): ("rng", "seed"),
    ("rng",): ("seed",),
    ("n", "num", "size", "n_starts", "n_samples"): ("count", "samples", "trials"),
    ("model", "network", "objective", "fun", "f"): ("net",),
    ("optim", "opt", "method"): ("optimizer",),
    ("x", "xs", "alphas", "a"): ("alpha",),
    ("y", "ys", "betas", "b"): ("beta",),
    ("x_direction", "direction_1", "dir1", "d"): ("d1", "direction"),
    ("y_direction", "direction_2", "dir2"): ("d2",),
    ("n_jobs", "workers", "pool"): ("executor",),
    ("scale", "std", "stddev"): ("sigma",),
}
"""What other libraries call an argument -> what it is called here; the first of these that a function has is meant."""

PARALLEL = 1e-12
"""Two directions count as parallel when |cos| > 1 - PARALLEL."""


def known_arguments(function: F) -> F:
    """Decorate a function or a class: a keyword argument that it does not have is an error that names the right one.

    >>> @known_arguments
    ... def descend(net, *, learning_rate, rng): ...
    >>> descend(None, lr=0.1)
    Traceback (most recent call last):
    ...
    TypeError: descend has no argument 'lr'; use learning_rate
    """
    if isinstance(function, type):
        kind: Any = function
        kind.__init__ = _with_known_arguments(kind.__init__, kind.__name__)
        return function
    return _with_known_arguments(function, function.__name__)


def _with_known_arguments(function: F, name: str) -> F:
    known = [argument for argument in inspect.signature(function).parameters if argument != "self"]

    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for given in kwargs:
            if given not in known:
                raise TypeError(f"{name} has no argument {given!r}; {_right_argument(given, known)}")
        return function(*args, **kwargs)

    return cast(F, checked)


def _right_argument(given: str, known: list[str]) -> str:
    """Return which argument is probably meant, or what the arguments are."""
    if given == "betas" and "beta_1" in known:
        return "use beta_1 and beta_2"
    meant = [name for usual, names in USUAL_NAMES.items() if given in usual for name in names if name in known]
    meant += get_close_matches(given, known, n=1)
    if not meant:
        return f"its arguments are {', '.join(known)}"
    return "use rng=numpy.random.default_rng(seed)" if meant[0] == "rng" else f"use {meant[0]}"


def real_array(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Return ``value`` as a finite float64 array, without a copy if it already is one."""
    not_masked(name, value)
    if isinstance(value, range | np.ndarray):
        size = value.size if isinstance(value, np.ndarray) else max(0, (value.stop - value.start) // value.step)
        memory(f"{name} would take", 8 * size, "pass it in parts")
    array = real_numbers(name, value)
    if array.dtype != np.float64:
        with np.errstate(over="ignore"):  # of long doubles, which are then infinite
            array = array.astype(np.float64)
    if not np.isfinite(array).all():
        bad = array[~np.isfinite(array)].flat[0]
        raise ValueError(f"{name} must be finite; got {bad} in it, remove or replace it")
    return array


def real_numbers(name: str, value: ArrayLike) -> NDArray[Any]:
    """Return ``value`` as an array of real numbers, finite or not, of any data type."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be a rectangular array of numbers; got {_unequal(value)}") from None
    if is_dataclass(given := cast(Any, value)) and not isinstance(given, type):
        parts = [field.name for field in fields(given) if isinstance(getattr(given, field.name), np.ndarray)]
        way_out = f", pass an array of it: {alternatives(parts)}" if parts else ""
        raise TypeError(f"{name} must hold real numbers; got {type(given).__name__}{way_out}")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers; got dtype {array.dtype}")
    return array


def _unequal(value: object) -> str:
    """Return what a ragged value is: usually rows, or the weights of a model, one array for each."""
    if isinstance(value, list | tuple) and all(isinstance(part, np.ndarray) for part in value):
        return f"{len(value)} arrays of different shapes, join them: numpy.concatenate([w.ravel() for w in weights])"
    return "rows of unequal length"


def not_masked(name: str, value: object) -> None:
    """Refuse masked entries, also of arrays in a list: they would be used as if they were not masked."""
    if type(value) is not np.ndarray and (n_masked := _n_masked(value)):
        raise ValueError(f"{name} must not be masked; got {n_masked} masked entries, fill them or leave them out")


def _n_masked(value: object) -> int:
    if isinstance(value, list | tuple):
        return sum(_n_masked(part) for part in value if isinstance(part, list | tuple | np.ma.MaskedArray))
    return int(np.count_nonzero(value.mask)) if isinstance(value, np.ma.MaskedArray) else 0


def parameters(name: str, value: ArrayLike, n: int) -> NDArray[np.float64]:
    """Return ``value`` as a finite float64 array of shape (..., n)."""
    array = real_array(name, value)
    if array.ndim == 0 or array.shape[-1] != n:
        raise ValueError(f"{name} must have shape (..., {n}), one entry per parameter; got {array.shape}")
    return array


def scalar(name: str, value: ArrayLike) -> float:
    """Return ``value``, one finite real number, as a float."""
    array = real_array(name, value)
    if array.ndim != 0:
        raise ValueError(f"{name} must be one number; got shape {array.shape}")
    return float(array)


def vector(name: str, value: ArrayLike, n: int | None = None) -> NDArray[np.float64]:
    """Return ``value`` as a finite float64 array of shape (n,); with n given, it may be (1, n), as the end of one run.

    >>> vector("origin", [[1.0, 2.0], [3.0, 4.0]], 2)
    Traceback (most recent call last):
    ...
    ValueError: origin must have shape (2,); got shape (2, 2), choose one of these 2 points by an index such as [-1]
    """
    array = real_array(name, value)
    if n is not None and array.shape == (1, n):
        return array.reshape(n)
    if n and array.ndim > 1 and array.shape[-1] == n:
        index = ", ".join(["-1"] * (array.ndim - 1))
        raise ValueError(
            f"{name} must have shape ({n},); got shape {array.shape}, "
            f"choose one of these {array.size // n} points by an index such as [{index}]"
        )
    return _vector(name, array, n)


def _vector(name: str, array: NDArray[np.float64], n: int | None) -> NDArray[np.float64]:
    """Return an array if it has shape (n,)."""
    if array.ndim != 1 or (n is not None and array.shape != (n,)):
        wanted = "one axis" if n is None else f"shape ({n},)"
        raise ValueError(f"{name} must have {wanted}; got shape {array.shape}")
    return array


def starts(name: str, value: ArrayLike, n: int) -> NDArray[np.float64]:
    """Return ``value``, of shape (n,) or (k, n), as a finite float64 array of shape (k, n)."""
    array = parameters(name, value, n)
    if array.ndim > 2:
        raise ValueError(f"{name} must have shape (k, {n}) or ({n},); got {array.shape}")
    return np.atleast_2d(array)


def axis(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Return ``value`` as a finite, strictly increasing float64 array of shape (m,), m >= 1."""
    array = vector(name, value)
    if array.size == 0:
        raise ValueError(f"{name} must hold at least one value; got none")
    not_increasing = array[1:] <= array[:-1]
    if not_increasing.any():
        first = int(np.argmax(not_increasing))
        raise ValueError(
            f"{name} must increase strictly; got {array[first]:g} then {array[first + 1]:g} "
            f"at index {first + 1}, sort it"
        )
    return array


def count(name: str, value: int, *, least: int = 0) -> int:
    """Return ``value`` as an int from ``least`` to ``LARGEST_COUNT``."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be a whole number; got {short_repr(value)}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}; got {whole_number(int(value))}")
    if value > LARGEST_COUNT:
        raise ValueError(f"{name} must be at most {LARGEST_COUNT}; got {whole_number(int(value))}")
    return int(value)


def memory(demand: str, size: int, way_out: str, *, limit: int = LARGEST_ARRAY) -> None:
    """Refuse what would need more than ``limit`` bytes, before they are asked for.

    >>> memory("count=1000000000 would take", 72 * 10**9, "use fewer starts")
    Traceback (most recent call last):
    ...
    ValueError: count=1000000000 would take 67.1 GiB, over the limit of 4 GiB; use fewer starts
    """
    if size > limit:
        needed = min(size, 10**200) / 2**30
        amount = f"{needed:.1f}" if needed < 1e6 else f"{needed:.3g}"
        raise ValueError(f"{demand} {amount} GiB, over the limit of {limit / 2**30:g} GiB; {way_out}")


def n_steps(steps: int) -> int:
    """Return a number of training steps, whose learning rates must fit into memory: five numbers for each step."""
    steps = count("steps", steps)
    memory(f"steps={steps} would take", 5 * 8 * steps, "use fewer steps, and continue from their end")
    return steps


def positive(name: str, value: float, *, zero: bool = False, below: float = np.inf) -> float:
    """Return ``value`` as a finite float above 0 (or at least 0 when ``zero``), and below ``below``."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be a number; got {short_repr(value)}")
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond the range of floats
        number = np.inf
    if not np.isfinite(number) or number < 0 or (number == 0 and not zero) or number >= below:
        rule = "at least 0" if zero else "above 0"
        limit = f" and below {below:g}" if np.isfinite(below) else " and finite"
        got = whole_number(value) if isinstance(value, int) else value
        raise ValueError(f"{name} must be {rule}{limit}; got {got}")
    return number


def choice(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """Return ``value`` if it is one of ``allowed``."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}; got {value!r}")
    return value


def float_type(name: str, value: DTypeLike) -> np.dtype[Any]:
    """Return ``value`` as a data type if it is one that training supports."""
    try:
        given = np.dtype(value).name
    except TypeError:
        given = str(value)
    return np.dtype(choice(name, given, ("float64", "float32")))


def generator(rng: np.random.Generator) -> np.random.Generator:
    """Return ``rng`` if it is a numpy Generator."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, such as numpy.random.default_rng(0); got {rng!r}")
    return rng


def instance(name: str, value: T, kind: type[T], made_by: str) -> T:
    """Return ``value`` if it is a ``kind``; the error names ``made_by`` as the way to create one."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, made by {made_by}; got {type(value).__name__}")
    return value


@may_underflow
def within(name: str, array: NDArray[np.float64], kind: np.dtype[Any]) -> NDArray[Any]:
    """Return ``array`` converted to the data type ``kind``, whose range its entries must not exceed."""
    largest, limit = float(np.abs(array).max(initial=0.0)), float(np.finfo(kind).max)
    if largest > limit:
        raise ValueError(f"{name} must be at most {limit:.3g} for {kind}; got {largest:g}, use float64")
    return array.astype(kind)


def direction(name: str, value: ArrayLike, n: int | None = None) -> NDArray[np.float64]:
    """Return ``value`` as a non-zero vector."""
    array = _vector(name, real_array(name, value), n)
    if not array.any():
        raise ValueError(f"{name} must not be the zero vector; choose a direction with a non-zero entry")
    return array


def not_parallel(d1: NDArray[np.float64], d2: NDArray[np.float64]) -> float:
    """Return the cosine of the angle between two directions, which must not be parallel."""
    c = cosine(d1, d2)
    if abs(c) > 1.0 - PARALLEL:
        raise ValueError(f"d1 and d2 must not be parallel; got cosine {c:.15g}, choose another second direction")
    return c
