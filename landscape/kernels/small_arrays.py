"""Arrays of a few numbers on the stack, for kernels that are compiled for the sizes of one network.

An *axis* gives the length of a dimension. As a tuple, ``(0,) * n``, its length is part of its type: the compiler can
unroll loops and keep such arrays in registers. As a number n, its length is known only when the kernel runs, and arrays
are allocated on the heap. So one kernel serves both the network that has to be fast and all others, without compiling
for each of them. The operations and their order are the same.

These functions are emitted in line, not called: otherwise the arrays would lie in a stack frame that no longer exists.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending
from numba.core import cgutils, types as nb
from numba.np import arrayobj
from numpy.typing import NDArray

Array = NDArray[Any]

ITEM = 8
"""Bytes of a number, float64 or int64."""

emitted: Any = extending.intrinsic
"""Decorator of functions that emit the code by which calls to them are replaced."""

make_array: Any = arrayobj.make_array
populate_array: Any = arrayobj.populate_array
stack_room: Any = cgutils.alloca_once
stored: Any = cgutils.alloca_once_value
pointer_to: Any = nb.CPointer


@emitted
def extent(_context, axis):  # type: ignore[no-untyped-def]
    """Return the length of an axis."""

    def emit(context: Any, _builder: Any, _signature: Any, arguments: Any) -> Any:
        return context.get_constant(nb.intp, len(axis)) if _is_known(axis) else arguments[0]

    return nb.intp(axis), emit


@emitted
def vector(_context, axis):  # type: ignore[no-untyped-def]
    """Return an uninitialized float64 array (axis,)."""
    return _new(nb.float64, _numbers, axis)


@emitted
def whole_vector(_context, axis):  # type: ignore[no-untyped-def]
    """Return an uninitialized int64 array (axis,)."""
    return _new(nb.int64, _whole_numbers, axis)


@emitted
def matrix(_context, rows, columns):  # type: ignore[no-untyped-def]
    """Return an uninitialized float64 array (rows, columns)."""
    return _new(nb.float64, _number_rows, rows, columns)


@emitted
def row(_context, numbers, i, axis):  # type: ignore[no-untyped-def]
    """Return row i of an array (n, axis), as a view that must not outlive it: unlike a slice, it holds no reference."""
    view = nb.Array(numbers.dtype, 1, "C", readonly=not numbers.mutable)
    known = len(axis) if _is_known(axis) else None

    def emit(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        whole, i, length = arguments
        length = length if known is None else context.get_constant(nb.intp, known)
        whole = make_array(numbers)(context, builder, whole)
        return _array(context, builder, view, builder.gep(whole.data, [builder.mul(i, length)]), [length])

    return view(numbers, nb.intp, axis), emit


@emitted
def lent(_context, arrays):  # type: ignore[no-untyped-def]
    """Return a pointer to a tuple of arrays and tuples, to pass to functions while the caller's frame owns the arrays.

    An array is passed to a function as some ten numbers, and counting its references takes an atomic operation: passed
    one by one, the arrays of a search would cost as much as the computation with them.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = stored(builder, _without_owners(context, builder, arrays, arguments[0]))
        return builder.bitcast(place, context.get_value_type(signature.return_type))

    return pointer_to(arrays)(arrays), emit


@emitted
def fetched(_context, place):  # type: ignore[no-untyped-def]
    """Return the tuple behind a pointer from :func:`lent`; a tuple is returned as it is."""
    kind = place.dtype if isinstance(place, nb.CPointer) else place

    def emit(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        if kind is place:
            context.nrt.incref(builder, kind, arguments[0])
            return arguments[0]
        return builder.load(builder.bitcast(arguments[0], context.get_value_type(kind).as_pointer()))

    return kind(place), emit


def _is_known(axis: Any) -> bool:
    return isinstance(axis, nb.BaseTuple)


def _numbers(axis: int) -> Array:
    return np.empty(axis)


def _whole_numbers(axis: int) -> Array:
    return np.empty(axis, dtype=np.int64)


def _number_rows(rows: int, columns: int) -> Array:
    return np.empty((rows, columns))


def _new(kind: Any, from_heap: Any, *axes: Any) -> Any:
    """Return the signature of a function of axes that returns an array, and the function that emits it."""
    made, shape = nb.Array(kind, len(axes), "C"), [len(axis) for axis in axes if _is_known(axis)]

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if not shape:
            return context.compile_internal(builder, from_heap, signature, arguments)
        number = context.get_value_type(kind)
        room = stack_room(builder, ir.ArrayType(number, prod(shape)))
        lengths = [context.get_constant(nb.intp, n) for n in shape]
        return _array(context, builder, made, builder.bitcast(room, number.as_pointer()), lengths)

    return made(*axes), emit


def _array(context: Any, builder: Any, kind: Any, data: Any, shape: list[Any]) -> Any:
    """Emit a C-contiguous array that does not own its data."""
    item = context.get_constant(nb.intp, ITEM)
    strides = [item]
    for length in shape[:0:-1]:
        strides.insert(0, builder.mul(strides[0], length))
    made = make_array(kind)(context, builder)
    populate_array(made, data=data, shape=shape, strides=strides, itemsize=item, meminfo=None)
    return made._getvalue()


def _without_owners(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Emit ``value`` without the reference counters of its arrays."""
    if isinstance(kind, nb.Array):
        array = make_array(kind)(context, builder, value)
        array.meminfo = ir.Constant(array.meminfo.type, None)
        return array._getvalue()
    parts: Any = kind if isinstance(kind, nb.BaseTuple) else ()
    for i, part in enumerate(parts):
        own = _without_owners(context, builder, part, builder.extract_value(value, i))
        value = builder.insert_value(value, own, i)
    return value
