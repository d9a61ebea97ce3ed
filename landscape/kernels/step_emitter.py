"""Machine code of one training step, emitted operation by operation for whole vector registers.

Compiled from loops over samples, units and parameters, a step spends half of its time on loads and stores between
them. Written out for the few numbers of a small network, it is straight-line code on vectors of starts, and its
bottleneck is the square roots and divisions of the optimizer. While the processor does those of one panel, the starts
that fill a register, it could compute the gradient of the next panel, but its window for reordering is only some 200
operations long. So the two are emitted interleaved, piece by piece.

The update rule is emitted by the same functions for scalars (``step``) and for vectors (``advance``), so both are the
same to the last bit.

The order of operations is TensorFlow's, as described in :mod:`landscape.kernels.training_loop`. Inputs that are all 0
or 1 are compile-time constants: products with them are left out, which changes no finite number.

``docs/step_emitter.md`` says how to check this file and measure what it gains. Only the training loops import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zlib import crc32

import llvmlite.binding
from llvmlite import ir
from numba import extending
from numba.core import types as nb

from landscape.kernels import ADAM, SGD

EDITION = crc32(Path(__file__).read_bytes())
"""Checksum of this file's text: machine code cached on disk must match it."""

GENERAL = -1
"""Used in place of the input bits when the inputs are not all 0 or 1."""

emitted: Any = extending.intrinsic(prefer_literal=True)
"""Decorator of functions that emit the code by which calls to them are replaced, given the literal arguments."""


def register_width(single: bool) -> int:
    """Return how many numbers a vector register of this processor holds."""
    wide = llvmlite.binding.get_host_cpu_features().get("avx512f", False)
    return (16 if wide else 8) if single else (8 if wide else 4)


class _Numbers:
    """Operations on numbers of one type, scalars or vectors."""

    def __init__(self, builder: Any, kind: Any) -> None:
        self.builder, self.kind = builder, kind
        element = kind.element if isinstance(kind, ir.VectorType) else kind
        bits = 32 if isinstance(element, ir.FloatType) else 64
        self.name = f"v{kind.count}f{bits}" if isinstance(kind, ir.VectorType) else f"f{bits}"

    def all(self, scalar: Any) -> Any:
        """Return a vector with a scalar in every lane; the scalar itself where there are no vectors."""
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
        function = self.builder.module.declare_intrinsic(f"llvm.{name}.{self.name}", fnty=kind)
        return self.builder.call(function, values)

    def sqrt(self, x: Any) -> Any:
        return self._call("sqrt", x)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """Return a b + c with one rounding."""
        return self._call("fma", a, b, c)

    def flushed(self, x: Any, least: Any) -> Any:
        """Return x, or 0 where |x| < ``least``, unless that is None; NaN stays NaN."""
        if least is None:
            return x
        small = self.builder.fcmp_ordered("<", self._call("fabs", x), least)
        return self.builder.select(small, self.constant(0.0), x)

    def total(self, terms: Iterable[Any]) -> Any:
        """Return the sum of the terms in their order; None if there are none."""
        return reduce(self.builder.fadd, terms) if (terms := list(terms)) else None


class _Update:
    """The update of one parameter: its state values, the square root of one of them, then the parameter.

    Where the gradient is 0, a moment decays to subnormal numbers, on which processors are slow. It is set to 0 a
    little before that, which changes no parameter unless it is almost as small itself.
    """

    def __init__(self, numbers: _Numbers, method: int, rate: Any, rule: list[Any], least: Any) -> None:
        """``rule`` holds the optimizer's constants (4); moments below ``least``, if not None, are set to 0."""
        self.numbers, self.method, self.rate, self.rule, self.least = numbers, method, rate, rule, least

    def state(self, first: Any, second: Any, g: Any) -> tuple[Any, Any]:
        """Return the new state values."""
        b, rule = self.numbers.builder, self.rule
        if self.method == ADAM:
            first = self._flushed(b.fadd(first, b.fmul(b.fsub(g, first), rule[0])))
            return first, b.fadd(second, b.fmul(b.fsub(b.fmul(g, g), second), rule[1]))
        if self.method == SGD:
            return self._flushed(b.fsub(b.fmul(first, rule[0]), b.fmul(g, self.rate))), second
        second = self._flushed(b.fadd(b.fmul(second, rule[0]), b.fmul(b.fmul(g, g), rule[1])))
        inverse = b.fdiv(self.numbers.constant(1.0), self.numbers.sqrt(b.fadd(second, rule[3])))
        first = b.fadd(b.fmul(first, rule[2]), b.fmul(b.fmul(g, self.rate), inverse))
        return self._flushed(first), second

    def root(self, second: Any) -> Any:
        """Return the square root of the second state value, or None if it is not needed."""
        return self.numbers.sqrt(second) if self.method == ADAM else None

    def parameter(self, theta: Any, first: Any, root: Any) -> Any:
        """Return the new parameter."""
        b = self.numbers.builder
        if self.method == ADAM:
            return b.fsub(theta, b.fdiv(b.fmul(first, self.rate), b.fadd(root, self.rule[2])))
        return b.fadd(theta, first) if self.method == SGD else b.fsub(theta, first)

    def _flushed(self, x: Any) -> Any:
        return self.numbers.flushed(x, self.least)


@emitted  # type: ignore[untyped-decorator]
def step(
    typing_context: Any, method: Any, theta: Any, g: Any, first: Any, second: Any, rate: Any, rule: Any, least: Any
) -> Any:
    """Return (theta, first, second) after one update of one parameter; ``rule`` has the optimizer's constants (4)."""
    triple: Any = nb.UniTuple
    signature = triple(theta, 3)(method, theta, g, first, second, rate, rule, least)

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        numbers = _Numbers(builder, context.get_value_type(theta))
        constants = [builder.extract_value(values[6], k) for k in range(4)]
        update = _Update(numbers, method.literal_value, values[5], constants, values[7])
        _, now, g, first, second, *_ = values
        first, second = update.state(first, second, g)
        new = update.parameter(now, first, update.root(second))
        return context.make_tuple(builder, signature.return_type, (new, first, second))

    return signature, emit


STATES, BOTH, PARAMETERS = 0, 1, 2
"""Parts of a step: gradient and state values of a panel; with the parameters of the previous panel; only these."""


@emitted  # type: ignore[untyped-decorator]
def advance(typing_context: Any, part: Any, state: Any, data: Any, rule: Any, place: Any, shape: Any) -> Any:
    """Do a part of one step of the starts in the panel that begins at ``place``, or in the previous panel.

    part : STATES, BOTH or PARAMETERS
    state : flat array of panels; the rows of a panel are as wide as a register: theta, then the two state values
    data : tuple of the flat arrays inputs and targets
    rule : tuple of the optimizer's constants (4), this step's rate, 2 / m, and the limit for flushing moments
    shape : literal tuple (d, h, m, method, input bits, register width, length of a panel, whether to flush moments)
    """
    signature = nb.void(part, state, data, rule, place, shape)

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        _, state_value, data_value, rule_value, place_value, _ = values
        arrays = [
            context.make_array(kind)(context, builder, builder.extract_value(data_value, k)).data
            for k, kind in enumerate(data.types)
        ]
        base = context.make_array(state)(context, builder, state_value).data
        step = _Step(builder, context.get_value_type(state.dtype), tuple(x.literal_value for x in shape.types))
        *constants, rate, scale, least = (step.numbers.all(builder.extract_value(rule_value, k)) for k in range(7))
        here = builder.gep(base, [place_value])
        update = _Update(step.numbers, step.method, rate, constants, least if step.flushes else None)
        states, parameters = step.states(here, arrays, scale, update), step.parameters(here, update)
        step.in_turns(*{STATES: [states], BOTH: [parameters, states], PARAMETERS: [parameters]}[part.literal_value])
        return context.get_dummy_value()

    return signature, emit


class _Step:
    """Emits one step, for d inputs, h units and m samples."""

    def __init__(self, builder: Any, element: Any, shape: tuple[int, ...]) -> None:
        self.d, self.h, self.m, self.method, self.bits, self.width, self.panel, self.flushes = shape
        self.n = (self.d + 2) * self.h + 1
        self.builder, self.element = builder, element
        self.numbers = _Numbers(builder, ir.VectorType(element, self.width))
        self.single = isinstance(element, ir.FloatType)

    def in_turns(self, *parts: Iterator[None]) -> None:
        """Emit the parts interleaved, with barriers that keep the compiler from regrouping their pieces."""
        for _ in zip_longest(*parts):
            self.builder.asm(ir.FunctionType(ir.VoidType(), []), "", "~{memory}", [], side_effect=True)

    def states(self, base: Any, arrays: list[Any], scale: Any, update: _Update) -> Iterator[None]:
        """Emit the gradient and the new state values of the panel at ``base``, piece by piece."""
        b, numbers, (d, h, m) = self.builder, self.numbers, (self.d, self.h, self.m)
        inputs, targets = arrays
        zero = numbers.constant(0.0)
        B, V, C = d * h, (d + 1) * h, self.n - 1  # rows of theta where b1, W2 and b2 begin

        def found(row: int, g: Any) -> None:
            first, second = (self._load(base, k * self.n + row) for k in (1, 2))
            for k, new in enumerate(update.state(first, second, zero if g is None else g), 1):
                self._store(new, base, k * self.n + row)

        x = [[self._input(inputs, i, k) for k in range(d)] for i in range(m)]
        active: list[list[Any]] = []
        for u in range(h):
            weights, bias = [self._load(base, k * h + u) for k in range(d)], self._load(base, B + u)
            active.append([])
            for i in range(m):
                terms = (self._times(*pair) for pair in zip(x[i], weights, strict=True))
                z = numbers.total([*(t for t in terms if t is not None), bias])
                active[u].append(b.select(b.fcmp_ordered(">", zero, z), zero, z))
            yield
        outgoing = [self._load(base, V + u) for u in range(h)]
        residual = []
        for i in range(m):
            terms = (b.fmul(active[u][i], outgoing[u]) for u in range(h))
            output = numbers.total([*terms, self._load(base, C)])
            residual.append(b.fmul(b.fsub(output, numbers.all(_entry(b, targets, i))), scale))
            if i % 2:
                yield
        parts = [residual] if self.single else [residual[0::2], residual[1::2]]
        found(C, numbers.total(total for part in parts if (total := numbers.total(part)) is not None))
        for u in range(h):
            delta = []
            for a, r in zip(active[u], residual, strict=True):
                delta.append(b.select(b.fcmp_ordered(">", a, zero), b.fmul(r, outgoing[u]), zero))
            for k in range(d):
                terms = (self._times(x[i][k], delta[i]) for i in range(m))
                found(k * h + u, numbers.total(t for t in terms if t is not None))
                yield
            found(B + u, numbers.total(delta))
            yield
            found(V + u, self._by_output_weight(active[u], residual))
            yield

    def parameters(self, base: Any, update: _Update) -> Iterator[None]:
        """Emit the new parameters of the panel before ``base``; a piece is a root and a division by the last root."""
        roots = []
        for row in range(self.n + 1):
            if row < self.n:
                roots.append(update.root(self._load(base, 2 * self.n + row, back=True)))
            if row:
                theta, first = (self._load(base, k * self.n + row - 1, back=True) for k in range(2))
                self._store(update.parameter(theta, first, roots[row - 1]), base, row - 1, back=True)
            yield

    def _by_output_weight(self, active: list[Any], residual: list[Any]) -> Any:
        b = self.builder
        if not self.single:
            return self.numbers.total(b.fmul(a, r) for a, r in zip(active, residual, strict=True))
        g = self.numbers.constant(0.0)
        for a, r in zip(active, residual, strict=True):
            g = self.numbers.fma(a, r, g)
        return g

    def _input(self, inputs: Any, i: int, k: int) -> Any:
        """Return input k of sample i: True or False if a compile-time constant, else a vector with it in every lane."""
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

    def _address(self, base: Any, row: int, back: bool) -> Any:
        """Return the address of a row of the panel at ``base`` or, with ``back``, of the previous panel."""
        pointer = self.builder.gep(base, [ir.Constant(ir.IntType(64), row * self.width - back * self.panel)])
        return self.builder.bitcast(pointer, self.numbers.kind.as_pointer())

    def _load(self, base: Any, row: int, *, back: bool = False) -> Any:
        value = self.builder.load(self._address(base, row, back))
        value.align = 4 if self.single else 8  # the alignment of a number, not of the vector
        return value

    def _store(self, value: Any, base: Any, row: int, *, back: bool = False) -> None:
        done = self.builder.store(value, self._address(base, row, back))
        done.align = 4 if self.single else 8


def _entry(builder: Any, array: Any, index: int) -> Any:
    """Return an element of an array."""
    return builder.load(builder.gep(array, [ir.Constant(ir.IntType(64), index)]))
