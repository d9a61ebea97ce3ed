"""Compiling with numba, cached on disk where possible, and arrays aligned for vector registers."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numba
import numpy as np
from numba.core import event, types
from numpy.typing import DTypeLike, NDArray

if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
    raise ImportError("the kernels of landscape run only if they are compiled; unset NUMBA_DISABLE_JIT")

LOG = logging.getLogger("landscape.kernels")
"""Log that says, at level INFO, when kernels are compiled, which takes long enough to wonder."""
CACHE_LINE = 64
"""Bytes per cache line; also the width of the widest vector registers."""


def compiled(function: Callable[..., None], *arguments: types.Type, contract: bool = False) -> Callable[..., None]:
    """Compile ``function``, which returns nothing, for one signature, caching the machine code on disk when possible.

    The function is compiled immediately, and releases the interpreter lock while it runs. It may close over
    numbers only: their values are part of the key of numba's cache.

    contract : allow the compiler to fuse ``a * b + c`` into one operation with one rounding; nothing is reordered
    """
    signature = types.void(*arguments)

    def build(*, cache: bool) -> Any:
        fast: bool | set[str] = {"contract"} if contract else False
        return numba.njit(cache=cache, nogil=True, error_model="numpy", fastmath=fast)(function)

    return cast("Callable[..., None]", _with_cache(build, lambda dispatcher: dispatcher.compile(signature)))


def compiled_on_first_call(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` so that its first call compiles it for the types of the arguments, as :func:`compiled` does.

    The first call must have ended before others begin.
    """
    dispatchers: list[Any] = []

    def call(*arguments: Any) -> Any:
        if dispatchers:
            return dispatchers[0](*arguments)
        results: list[Any] = []

        def build(*, cache: bool) -> Any:
            return numba.njit(cache=cache, nogil=True, error_model="numpy")(function)

        dispatchers.append(_with_cache(build, lambda dispatcher: results.append(dispatcher(*arguments))))
        return results[0]

    return call


def _with_cache(build: Callable[..., Any], use: Callable[[Any], Any]) -> Any:
    """Return a dispatcher that has been used once: with a cache on disk, if there is one that can be read and written.

    A damaged cache, from which numba fails to load, is deleted and written again.
    """
    with event.install_listener("numba:compile", _Announcement()):
        return _used(build, use)


def _used(build: Callable[..., Any], use: Callable[[Any], Any]) -> Any:
    try:
        dispatcher = build(cache=True)
    except (RuntimeError, OSError):  # there is no folder that numba can write to
        return _without_cache(build, use)
    try:
        use(dispatcher)
        return dispatcher
    except Exception:  # noqa: BLE001 - damaged pickles raise anything
        function = dispatcher.py_func
        name = f"{Path(function.__code__.co_filename).stem}.{function.__qualname__.replace('<', '').replace('>', '')}-"
        with contextlib.suppress(OSError):
            for file in Path(dispatcher.stats.cache_path).glob(f"{name}*.nb[ic]"):
                file.unlink()
    try:
        dispatcher = build(cache=True)
        use(dispatcher)
        return dispatcher
    except Exception:  # noqa: BLE001 - without a cache, only errors of the function itself remain
        return _without_cache(build, use)


def _without_cache(build: Callable[..., Any], use: Callable[[Any], Any]) -> Any:
    dispatcher = build(cache=False)
    use(dispatcher)
    _report_no_cache()  # not before, since the error may be one of the function, or a lack of memory
    return dispatcher


class _Announcement(event.Listener):
    """Reports that numba has found no machine code in its cache, before it compiles."""

    def on_start(self, event: Any) -> None:
        """Report the first compilation of this process."""
        _report_compiling()

    def on_end(self, event: Any) -> None:
        """Report nothing."""


@functools.cache
def _report_compiling() -> None:
    LOG.info("compiling kernels, which is needed once on a machine and can take a minute")


@functools.cache
def _report_no_cache() -> None:
    """Say once that compiling takes its time in every process."""
    logging.getLogger("landscape").warning(
        "machine code cannot be cached, so every process compiles it again; "
        "set NUMBA_CACHE_DIR to a folder that can be written to"
    )


def array_of(dtype: DTypeLike, ndim: int = 1, *, out: bool = False) -> types.Array:
    """Return the numba type of a C-contiguous array that is read or, with ``out``, written."""
    return types.Array(numba.from_dtype(np.dtype(dtype)), ndim, "C", readonly=not out)


def aligned_zeros(size: int, dtype: DTypeLike) -> NDArray[Any]:
    """Return zeros, shape (size,), aligned to a cache line, so that a vector load touches one line instead of two."""
    n_bytes = size * np.dtype(dtype).itemsize
    raw = np.zeros(n_bytes + CACHE_LINE, dtype=np.uint8)
    start = -raw.ctypes.data % CACHE_LINE
    return raw[start : start + n_bytes].view(dtype)
