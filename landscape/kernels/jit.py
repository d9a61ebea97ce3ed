"""Compiling with numba, cached on disk where possible, and arrays aligned for vector registers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np
from numba.core import types
from numpy.typing import DTypeLike, NDArray

CACHE_LINE = 64
"""Bytes per cache line; also the width of the widest vector registers."""


def compiled(function: Callable[..., None], *arguments: types.Type, contract: bool = False) -> Callable[..., None]:
    """Compile ``function`` for one signature, caching the machine code on disk when possible.

    The function is compiled immediately, and releases the interpreter lock while it runs. It may close over
    numbers only: their values are part of the key of numba's cache.

    Parameters
    ----------
    function : callable that returns nothing
    *arguments : numba types
    contract : bool
        Allow the compiler to fuse ``a * b + c`` into one operation with one rounding. Nothing is reordered.
    """
    fast: bool | set[str] = {"contract"} if contract else False

    def build(*, cache: bool) -> Callable[..., None]:
        signature = types.void(*arguments)
        compile_now: Any = numba.njit([signature], cache=cache, nogil=True, error_model="numpy", fastmath=fast)
        return cast("Callable[..., None]", compile_now(function))

    try:
        return build(cache=True)
    except (RuntimeError, OSError):  # there is no cache folder, or it is not writable
        return build(cache=False)


def array_of(dtype: DTypeLike, ndim: int = 1, *, out: bool = False) -> types.Array:
    """Return the numba type of a C-contiguous array that is read or, with ``out``, written."""
    return types.Array(numba.from_dtype(np.dtype(dtype)), ndim, "C", readonly=not out)


def aligned_zeros(size: int, dtype: DTypeLike) -> NDArray[Any]:
    """Return zeros, shape (size,), aligned to a cache line, so that a vector load touches one line instead of two."""
    n_bytes = size * np.dtype(dtype).itemsize
    raw = np.zeros(n_bytes + CACHE_LINE, dtype=np.uint8)
    start = -raw.ctypes.data % CACHE_LINE
    return raw[start : start + n_bytes].view(dtype)
