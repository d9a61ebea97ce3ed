"""Machine code of one training step, emitted operation by operation for whole vector registers.

A compiler that is given loops over samples, units and parameters spends half of its time on loads and stores between
them. Written out for the few numbers of a small network, a step is straight-line code on vectors of starts: what the
processor waits for is then the square roots and divisions of the optimizer, nothing else. The update rule is emitted
by one function for single numbers (``step``) and for vectors (``advance``), so both are the same to the last bit.

The order of operations is TensorFlow's, as :mod:`landscape.kernels.walk_kernel` says. Inputs that are all 0 or 1 are
known while the code is made: products with them are left out, which changes no finite number.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from pathlib import Path
from typing import Any
from zlib import crc32

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import extending
from numba.core import cgutils
from numba.core import types as nb
from numpy.typing import NDArray

LANES = 64
"""Starts that lie side by side: the distance, in numbers, between two rows of a state."""

ADAM, SGD, RMSPROP = 0, 1, 2

EDITION = crc32(Path(__file__).read_bytes())
"""Number of this file's text: what is compiled with it is kept on disk and must not outlive it."""

STRAIGHT_LIMIT = 256
"""Largest units x samples x (inputs + 2) that is written out; the loops of larger networks pay for themselves."""

GENERAL = -1
"""Stands for inputs that are not all 0 or 1."""


emitted: Any = extending.intrinsic(prefer_literal=True)
"""Decorator of functions that emit what is called instead of them; literal arguments are known to them."""


def register_width(single: bool) -> int:
    """Return how many numbers one vector register of this processor holds."""
    wide = llvmlite.binding.get_host_cpu_features().get("avx512f", False)
    return (16 if wide else 8) if single else (8 if wide else 4)


def input_bits(inputs: NDArray[np.float64]) -> int:
    """Return the inputs (m, d) as the bits of one number, the first one last, if all are 0 or 1; else ``GENERAL``."""
    flat = inputs.ravel().tolist()
    if len(flat) > 60 or not set(flat) <= {0.0, 1.0}:
        return GENERAL
    return sum(1 << k for k, x in enumerate(flat) if x)


class _Numbers:
    """Operations on the numbers of one type, single or in vectors."""

    def __init__(self, builder: Any, kind: Any) -> None:
        self.builder, self.kind = builder, kind
        element = kind.element if isinstance(kind, ir.VectorType) else kind
        bits = 32 if isinstance(element, ir.FloatType) else 64
        self.name = f"v{kind.count}f{bits}" if isinstance(kind, ir.VectorType) else f"f{bits}"

    def all(self, scalar: Any) -> Any:
        """Return a number that is on the stack or in a register in every lane."""
        if not isinstance(self.kind, ir.VectorType):
            return scalar
        index, none = ir.IntType(32), ir.Constant(self.kind, ir.Undefined)
        one = self.builder.insert_element(none, scalar, ir.Constant(index, 0))
        lanes = ir.Constant(ir.VectorType(index, self.kind.count), [0] * self.kind.count)
        return self.builder.shuffle_vector(one, none, lanes)

    def constant(self, value: float) -> Any:
        vector = isinstance(self.kind, ir.VectorType)
        return ir.Constant(self.kind, [value] * self.kind.count if vector else value)

    def _call(self, name: str, *values: Any) -> Any:
        kind = ir.FunctionType(self.kind, [self.kind] * len(values))
        function = _function(self.builder.module, kind, f"llvm.{name}.{self.name}")
        return self.builder.call(function, values)

    def sqrt(self, x: Any) -> Any:
        return self._call("sqrt", x)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """Return a b + c with one rounding."""
        return self._call("fma", a, b, c)

    def flushed(self, x: Any, least: Any) -> Any:
        """Return x, or 0 where it is smaller than ``least``, if there is such a number; NaN stays."""
        if least is None:
            return x
        small = self.builder.fcmp_ordered("<", self._call("fabs", x), least)
        return self.builder.select(small, self.constant(0.0), x)

    def total(self, terms: Iterable[Any]) -> Any:
        """Return the sum of the terms in their order; None if there is none."""
        return reduce(self.builder.fadd, terms) if (terms := list(terms)) else None


def _update(numbers: _Numbers, method: int, old: tuple[Any, Any, Any], g: Any, how: list[Any]) -> tuple[Any, Any, Any]:
    """Emit one update; ``how`` is the rate, the optimizer's constants (4), and what is flushed. Gives the new values.

    Where the gradient is 0 a moment decays to subnormal numbers, on which processors are slow. It is set to
    0 a little before: no parameter can tell, unless it is almost as small itself.
    """
    b, (theta, first, second), (rate, *rule, least) = numbers.builder, old, how
    if method == ADAM:
        first = numbers.flushed(b.fadd(first, b.fmul(b.fsub(g, first), rule[0])), least)
        second = b.fadd(second, b.fmul(b.fsub(b.fmul(g, g), second), rule[1]))
        change = b.fdiv(b.fmul(first, rate), b.fadd(numbers.sqrt(second), rule[2]))
        return b.fsub(theta, change), first, second
    if method == SGD:
        first = numbers.flushed(b.fsub(b.fmul(first, rule[0]), b.fmul(g, rate)), least)
        return b.fadd(theta, first), first, second
    second = numbers.flushed(b.fadd(b.fmul(second, rule[0]), b.fmul(b.fmul(g, g), rule[1])), least)
    inverse = b.fdiv(numbers.constant(1.0), numbers.sqrt(b.fadd(second, rule[3])))
    first = numbers.flushed(b.fadd(b.fmul(first, rule[2]), b.fmul(b.fmul(g, rate), inverse)), least)
    return b.fsub(theta, first), first, second


@emitted  # type: ignore[untyped-decorator]
def step(
    typing_context: Any, method: Any, theta: Any, g: Any, first: Any, second: Any, rate: Any, rule: Any, least: Any
) -> Any:
    """Return (theta, first, second) after one update of one parameter; ``rule`` holds the optimizer's constants."""
    triple: Any = nb.UniTuple
    signature = triple(theta, 3)(method, theta, g, first, second, rate, rule, least)

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        numbers = _Numbers(builder, context.get_value_type(theta))
        constants = context.make_array(rule)(context, builder, values[6]).data
        how = [values[5], *(_entry(builder, constants, k) for k in range(4)), values[7]]
        new = _update(numbers, method.literal_value, (values[1], values[3], values[4]), values[2], how)
        return context.make_tuple(builder, signature.return_type, new)

    return signature, emit


@emitted  # type: ignore[untyped-decorator]
def advance(typing_context: Any, state: Any, data: Any, rate: Any, limits: Any, lane: Any, shape: Any) -> Any:
    """Do one step of the starts in one vector register, from ``lane`` on.

    state : flat array, rows of ``LANES``: theta, then the two state values
    data : tuple of the flat arrays inputs, targets and the optimizer's constants
    rate, limits : this step's rate; (2 / m, what is flushed)
    shape : literal tuple (d, h, m, method, input bits, register width, whether small moments are flushed)
    """
    signature = nb.void(state, data, rate, limits, lane, shape)

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        arrays = [
            context.make_array(kind)(context, builder, builder.extract_value(values[1], k)).data
            for k, kind in enumerate(data.types)
        ]
        base = context.make_array(state)(context, builder, values[0]).data
        step = _Step(builder, context.get_value_type(state.dtype), tuple(x.literal_value for x in shape.types))
        scale, least = (builder.extract_value(values[3], k) for k in range(2))
        step.emit(builder.gep(base, [values[4]]), arrays, values[2], scale, least)
        return context.get_dummy_value()

    return signature, emit


class _Step:
    """The emission of one step, for d inputs, h units and m samples."""

    def __init__(self, builder: Any, element: Any, shape: tuple[int, ...]) -> None:
        self.d, self.h, self.m, self.method, self.bits, width, self.flushes = shape
        self.n = (self.d + 2) * self.h + 1
        self.builder, self.element = builder, element
        self.numbers = _Numbers(builder, ir.VectorType(element, width))
        self.single = isinstance(element, ir.FloatType)

    def emit(self, base: Any, arrays: list[Any], rate: Any, scale: Any, least: Any) -> None:
        """Emit the step for the lanes that begin at ``base``."""
        b, numbers, (d, h, m) = self.builder, self.numbers, (self.d, self.h, self.m)
        inputs, targets, rule = arrays
        B, V, C = d * h, (d + 1) * h, self.n - 1  # rows of theta where b1, W2 and b2 begin
        theta = [self._load(base, row) for row in range(self.n)]
        x = [[self._input(inputs, i, k) for k in range(d)] for i in range(m)]
        scale = numbers.all(scale)
        how = [
            numbers.all(rate),
            *(numbers.all(_entry(b, rule, k)) for k in range(4)),
            numbers.all(least) if self.flushes else None,
        ]

        def update(row: int, g: Any) -> None:
            old = theta[row], self._load(base, self.n + row), self._load(base, 2 * self.n + row)
            new = _update(numbers, self.method, old, g, how)
            for k, value in enumerate(new):
                self._store(value, base, k * self.n + row)

        active: list[list[Any]] = [[] for _ in range(h)]
        residual = []
        for i in range(m):
            terms = []
            for u in range(h):
                weighted = [self._times(x[i][k], theta[k * h + u]) for k in range(d)]
                z = numbers.total([*(w for w in weighted if w is not None), theta[B + u]])
                off = b.fcmp_ordered("<=", z, numbers.constant(0.0))
                active[u].append(b.select(off, numbers.constant(0.0), z))
                terms.append(b.fmul(active[u][i], theta[V + u]))
            output = numbers.total([*terms, theta[C]])
            residual.append(b.fmul(b.fsub(output, numbers.all(_entry(b, targets, i))), scale))

        parts = [residual] if self.single else [residual[0::2], residual[1::2]]
        update(C, numbers.total(total for part in parts if (total := numbers.total(part)) is not None))
        for u in range(h):
            delta = []
            for a, r in zip(active[u], residual, strict=True):
                on = b.fcmp_ordered(">", a, numbers.constant(0.0))
                delta.append(b.select(on, b.fmul(r, theta[V + u]), numbers.constant(0.0)))
            for k in range(d):
                terms = [self._times(x[i][k], delta[i]) for i in range(m)]
                g = numbers.total(t for t in terms if t is not None)
                update(k * h + u, numbers.constant(0.0) if g is None else g)
            update(B + u, numbers.total(delta))
            update(V + u, self._by_output_weight(active[u], residual))

    def _by_output_weight(self, active: list[Any], residual: list[Any]) -> Any:
        b = self.builder
        if not self.single:
            return self.numbers.total(b.fmul(a, r) for a, r in zip(active, residual, strict=True))
        g = self.numbers.constant(0.0)
        for a, r in zip(active, residual, strict=True):
            g = self.numbers.fma(a, r, g)
        return g

    def _input(self, inputs: Any, i: int, k: int) -> Any:
        """Return input k of sample i: True or False where the code may know it, else its number in every lane."""
        place = i * self.d + k
        return (
            self.numbers.all(_entry(self.builder, inputs, place))
            if self.bits == GENERAL
            else bool(self.bits >> place & 1)
        )

    def _times(self, x: Any, value: Any) -> Any:
        """Return x times the value; None where x is known to be 0."""
        if isinstance(x, bool):
            return value if x else None
        return self.builder.fmul(x, value)

    def _address(self, base: Any, row: int) -> Any:
        pointer = self.builder.gep(base, [ir.Constant(ir.IntType(64), row * LANES)])
        return self.builder.bitcast(pointer, self.numbers.kind.as_pointer())

    def _load(self, base: Any, row: int) -> Any:
        value = self.builder.load(self._address(base, row))
        value.align = 4 if self.single else 8  # of a number, not of the vector
        return value

    def _store(self, value: Any, base: Any, row: int) -> None:
        done = self.builder.store(value, self._address(base, row))
        done.align = 4 if self.single else 8


_function: Any = cgutils.get_or_insert_function


def _entry(builder: Any, array: Any, index: int) -> Any:
    """Return a number of an array."""
    return builder.load(builder.gep(array, [ir.Constant(ir.IntType(64), index)]))
