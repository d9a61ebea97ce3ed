"""Treating subnormal numbers as 0 for a while, since some processors are slow on them.

Where training has succeeded, residuals keep halving for thousands of steps until they underflow, and their squares
underflow long before. TensorFlow computes in this mode, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zlib import crc32

import llvmlite.binding
from llvmlite import ir
from numba import extending
from numba.core import types as nb

EDITION = crc32(Path(__file__).read_bytes())
"""Checksum of this file's text, as in :mod:`.step_emitter`."""

X86, ARM = "x86_64", "aarch64"

RESULTS_AND_OPERANDS = {X86: 1 << 15 | 1 << 6, ARM: 1 << 24}
"""Bits of the floating-point control register that flush subnormal results and operands to 0."""

emitted: Any = extending.intrinsic


def processor() -> str:
    """Return the name of this processor's architecture."""
    name = str(llvmlite.binding.get_process_triple()).partition("-")[0]
    return ARM if name == "arm64" else name


def _read(builder: Any) -> Any:
    if processor() == ARM:
        return builder.asm(ir.FunctionType(ir.IntType(64), []), "mrs $0, fpcr", "=r", [], side_effect=True)
    slot = _slot(builder)
    _call_x86(builder, "stmxcsr", slot)
    return builder.zext(builder.load(slot), ir.IntType(64))


def _write(builder: Any, value: Any) -> None:
    if processor() == ARM:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)])
        builder.asm(kind, "msr fpcr, $0", "r", [value], side_effect=True)
        return
    slot = _slot(builder)
    builder.store(builder.trunc(value, ir.IntType(32)), slot)
    _call_x86(builder, "ldmxcsr", slot)


def _slot(builder: Any) -> Any:
    """Return the address of an uninitialized 32-bit number."""
    with builder.goto_entry_block():
        return builder.alloca(ir.IntType(32))


def _call_x86(builder: Any, name: str, slot: Any) -> None:
    pointer = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [pointer])
    function = builder.module.declare_intrinsic(f"llvm.x86.sse.{name}", fnty=kind)
    builder.call(function, [builder.bitcast(slot, pointer)])


@emitted  # type: ignore[untyped-decorator]
def flush_subnormals(typing_context: Any) -> Any:
    """Make this thread treat subnormal numbers as 0 and return its previous mode; do nothing on other architectures."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if processor() not in RESULTS_AND_OPERANDS:
            return ir.Constant(ir.IntType(64), 0)
        before = _read(builder)
        _write(builder, builder.or_(before, ir.Constant(ir.IntType(64), RESULTS_AND_OPERANDS[processor()])))
        return before

    return nb.int64(), emit


@emitted  # type: ignore[untyped-decorator]
def restore(typing_context: Any, mode: Any) -> Any:
    """Restore the mode that ``flush_subnormals`` returned."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if processor() in RESULTS_AND_OPERANDS:
            _write(builder, values[0])
        return context.get_dummy_value()

    return nb.void(mode), emit
