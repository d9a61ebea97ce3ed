"""Arrays of a few numbers on the stack, for kernels that are compiled for the sizes of one network.

An *axis* gives the length of a dimension. As a tuple, ``(0,) * n``, its length is part of its type: the compiler can
unroll loops and keep such arrays in registers. As a number n, its length is known only when the kernel runs, and arrays
are allocated on the heap. So one kernel serves both the network that has to be fast and all others, without compiling
for each of them. The operations and their order are the same.

numba itself allocates every array on the heap. Measured for ``describe`` at 200 random thetas, median in ms:

====================================================  ====
as it is                                              3.65
``np.empty`` of sizes that are known to the compiler  4.20
arrays passed one by one instead of by reference      4.25
sizes known only when the kernel runs                 5.00
====================================================  ====

Compiling the search for the sizes of every network would avoid the axes, but takes 20 s for each.
"""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, extending, types  # type: ignore[attr-defined]
from numpy.typing import NDArray

emitted: Any = extending.intrinsic
"""Decorator of functions that emit the code by which calls to them are replaced."""

replaces: Any = partial(extending.overload, inline="always")
"""Decorator of functions that return, given the types of the arguments, what is compiled instead of the named one.

It becomes part of the caller: in a function of its own, the array would lie in a stack frame that no longer exists.
"""

argument_tuple: Any = types.StarArgTuple


def vector(axis: Any) -> NDArray[Any]:
    """Return an uninitialized float64 array (axis,)."""
    return np.empty(extent(axis))


def whole_vector(axis: Any) -> NDArray[Any]:
    """Return an uninitialized int64 array (axis,)."""
    return np.empty(extent(axis), dtype=np.int64)


def matrix(rows: Any, columns: Any) -> NDArray[Any]:
    """Return an uninitialized float64 array (rows, columns)."""
    return np.empty((extent(rows), extent(columns)))


@replaces(vector)  # type: ignore[untyped-decorator]
def _vector(axis: Any) -> Any:
    def on_stack(axis: Any) -> Any:
        return carray(stack_room(axis), (len(axis),), np.float64)

    return on_stack if _is_known(axis) else vector


@replaces(whole_vector)  # type: ignore[untyped-decorator]
def _whole_vector(axis: Any) -> Any:
    def on_stack(axis: Any) -> Any:
        return carray(stack_room(axis), (len(axis),), np.int64)

    return on_stack if _is_known(axis) else whole_vector


@replaces(matrix)  # type: ignore[untyped-decorator]
def _matrix(rows: Any, columns: Any) -> Any:
    def on_stack(rows: Any, columns: Any) -> Any:
        return carray(stack_room(rows, columns), (len(rows), len(columns)), np.float64)

    return on_stack if _is_known(rows) else matrix


@emitted
def extent(_context, axis):  # type: ignore[no-untyped-def]
    """Return the length of an axis."""

    def emit(context: Any, _builder: Any, _signature: Any, arguments: Any) -> Any:
        return context.get_constant(types.intp, len(axis)) if _is_known(axis) else arguments[0]

    return types.intp(axis), emit


@emitted
def stack_room(_context, *axes):  # type: ignore[no-untyped-def]
    """Return the address, in the caller's stack frame, of an uninitialized array with these axes."""

    def emit(context: Any, builder: Any, signature: Any, _arguments: Any) -> Any:
        with builder.goto_entry_block():
            room = builder.alloca(ir.IntType(64), prod(len(axis) for axis in axes))
        return builder.bitcast(room, context.get_value_type(signature.return_type))

    return types.voidptr(argument_tuple(axes)), emit


@emitted
def by_reference(_context, arrays):  # type: ignore[no-untyped-def]
    """Return a pointer to a tuple of arrays and tuples, valid until the caller returns.

    An array is passed to a function as some ten numbers: passed one by one, the arrays of a search would cost as much
    as the computation with them.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        with builder.goto_entry_block():
            place = builder.alloca(arguments[0].type)
        builder.store(arguments[0], place)
        return builder.bitcast(place, context.get_value_type(signature.return_type))

    pointer: Any = types.CPointer
    return pointer(arrays)(arrays), emit


@emitted
def referenced(_context, pointer):  # type: ignore[no-untyped-def]
    """Return the tuple behind a pointer from :func:`by_reference`."""
    kind = pointer.dtype

    def emit(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        found = builder.load(builder.bitcast(arguments[0], context.get_value_type(kind).as_pointer()))
        context.nrt.incref(builder, kind, found)
        return found

    return kind(pointer), emit


def _is_known(axis: Any) -> bool:
    return isinstance(axis, types.BaseTuple)
