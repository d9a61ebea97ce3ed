"""Numbers below the normal range, which some processors are slow on: for a while they count as 0.

Where training has succeeded, residuals halve again and again until they underflow, thousands of steps long, and
their squares do so long before. TensorFlow computes in this mode, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zlib import crc32

import llvmlite.binding
from llvmlite import ir
from numba import extending
from numba.core import cgutils, types as nb

EDITION = crc32(Path(__file__).read_bytes())
"""Number of this file's text, as in :mod:`.step_code`."""

X86, ARM = "x86_64", "aarch64"

RESULTS_AND_OPERANDS = {X86: 1 << 15 | 1 << 6, ARM: 1 << 24}
"""Bits of the register that controls floating-point numbers which flush subnormal results, and operands, to 0."""

emitted: Any = extending.intrinsic
_slot: Any = cgutils.alloca_once
_function: Any = cgutils.get_or_insert_function


def processor() -> str:
    """Return the name of this processor's kind."""
    name = str(llvmlite.binding.get_process_triple()).partition("-")[0]
    return ARM if name == "arm64" else name


def _read(builder: Any) -> Any:
    if processor() == ARM:
        return builder.asm(ir.FunctionType(ir.IntType(64), []), "mrs $0, fpcr", "=r", [], side_effect=True)
    slot = _slot(builder, ir.IntType(32))
    _call_x86(builder, "stmxcsr", slot)
    return builder.zext(builder.load(slot), ir.IntType(64))


def _write(builder: Any, value: Any) -> None:
    if processor() == ARM:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)])
        builder.asm(kind, "msr fpcr, $0", "r", [value], side_effect=True)
        return
    slot = _slot(builder, ir.IntType(32))
    builder.store(builder.trunc(value, ir.IntType(32)), slot)
    _call_x86(builder, "ldmxcsr", slot)


def _call_x86(builder: Any, name: str, slot: Any) -> None:
    pointer = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [pointer])
    function = _function(builder.module, kind, f"llvm.x86.sse.{name}")
    builder.call(function, [builder.bitcast(slot, pointer)])


@emitted  # type: ignore[untyped-decorator]
def flush_subnormals(typing_context: Any) -> Any:
    """Let this thread take subnormal numbers for 0, and return the mode that it was in; elsewhere, do nothing."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if processor() not in RESULTS_AND_OPERANDS:
            return ir.Constant(ir.IntType(64), 0)
        before = _read(builder)
        _write(builder, builder.or_(before, ir.Constant(ir.IntType(64), RESULTS_AND_OPERANDS[processor()])))
        return before

    return nb.int64(), emit


@emitted  # type: ignore[untyped-decorator]
def restore(typing_context: Any, mode: Any) -> Any:
    """Bring back the mode that ``flush_subnormals`` has returned."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if processor() in RESULTS_AND_OPERANDS:
            _write(builder, values[0])
        return context.get_dummy_value()

    return nb.void(mode), emit
