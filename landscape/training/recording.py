"""Files to which the parameters of a run are appended while it is trained, so that a kill loses one record at most.

A file is a line that names the format, a line of JSON (number and data type of the parameters, and settings), and then
records: the number of updates, the loss, the learning rate, the parameters, the optimizer's second moments if they are
recorded, and a CRC-32 of these. A record that was cut off at the end of the file is left out when it is read, and
overwritten when the run goes on. Format 1, which is still read and gone on with, has neither rates nor moments.
"""

from __future__ import annotations

import json
import math
import os
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.base.atomic_files import explained
from landscape.base.results import Settings, array, make_read_only
from landscape.training.trajectories import Trajectories

SIGNATURE = b"xorscape recording 2\n"
SIGNATURES = (b"xorscape recording 1\n", SIGNATURE)
HEAD = struct.Struct("<qdd")
CHECKSUM = struct.Struct("<Q")
FIRST_HEAD, FIRST_CHECKSUM = struct.Struct("<qd"), struct.Struct("<I")
LONGEST_HEADER = 2**16
ALIGNMENT = 64
MAPPED_FROM = 2**26
"""Bytes of records from which a file is mapped into memory instead of read: 64 MiB."""
BLOCK = 2**20
"""Bytes that are checked at a time."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RecordedRun(Trajectories):
    """One run as it was recorded in a file, with what its optimizer did."""

    learning_rate: NDArray[np.float64] = array("step", meaning="learning rate; NaN where it was not recorded")
    second_moment: NDArray[Any] | None = array(
        "start",
        "step",
        "parameter",
        meaning="the optimizer's running mean of squared gradients after the updates",
        dtype=None,
        default=None,
    )


class Layout(NamedTuple):
    """What a file contains, by its header, and where."""

    n: int
    dtype: np.dtype[Any]
    settings: Settings
    moments: bool
    variables: str | None  # a fingerprint of which weights of the model are recorded
    start: int  # of the first record
    head: struct.Struct
    check: struct.Struct

    @property
    def vectors(self) -> int:
        """Vectors of n numbers in a record."""
        return 1 + self.moments

    @property
    def size(self) -> int:
        """Bytes of a record."""
        return self.head.size + self.vectors * self.n * self.dtype.itemsize + self.check.size


class Recording:
    """A file of records of one run, open for appending.

    Parameters
    ----------
    path : created if it does not exist; else the run goes on after its last whole record
    n : number of parameters
    dtype : "float32" or "float64"
    settings : stored in a new file
    moments : whether a record also has the second moments of the optimizer
    variables : a fingerprint of which weights are recorded; another one than that in the file is refused

    Raises
    ------
    OSError
        If the file cannot be written, or is no recording.
    ValueError
        If it is a recording of other parameters, of another data type, or with other contents.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        n: int,
        dtype: str,
        settings: Settings,
        *,
        moments: bool = False,
        variables: str | None = None,
    ) -> None:
        self.path = Path(path)
        header = {"n": n, "dtype": dtype, "settings": dict(settings), "moments": moments, "variables": variables}
        try:
            self._file: BinaryIO = open(path, "r+b" if self.path.exists() else "w+b")  # noqa: SIM115 - closed by close
        except OSError as error:
            raise explained(error, f"cannot write {path}", f"{error.strerror}; choose another name") from None
        try:
            if not self._file.read(1):
                text = json.dumps(header, allow_nan=False).encode()
                padding = -(len(SIGNATURE) + len(text) + 1) % ALIGNMENT
                self._file.write(SIGNATURE + text + b" " * padding + b"\n")
                self._file.flush()
            self._layout = _layout(self._file, self.path)
            self._require(n, dtype, moments, variables)
            self.last_step = self._go_on_after(_count(self._file, self._layout))
        except BaseException:
            self._file.close()
            raise

    def _require(self, n: int, dtype: str, moments: bool, variables: str | None) -> None:
        """Refuse to go on with something else than what the file holds."""
        own = self._layout
        if (own.n, own.dtype.name) != (n, dtype):
            raise ValueError(
                f"{self.path} must be of {n} parameters in {dtype} to go on; it has {own.n} in {own.dtype.name}, "
                "choose another name"
            )
        if own.variables and variables and own.variables != variables:
            raise ValueError(
                f"{self.path} must be of the same weights to go on; other layers were frozen, choose another name"
            )
        if own.moments != moments:
            raise ValueError(
                f"moments must be {own.moments} to go on in {self.path}; got {moments}, or choose another name"
            )

    def _go_on_after(self, count: int) -> int:
        """Drop what follows the first records; return the step of the last one, or -1."""
        self._file.truncate(self._layout.start + count * self._layout.size)
        self._file.seek(0, os.SEEK_END)
        return self._step(count - 1) if count else -1

    def _step(self, i: int) -> int:
        """Return the step of record i."""
        self._file.seek(self._layout.start + i * self._layout.size)
        step: int = self._layout.head.unpack(self._file.read(self._layout.head.size))[0]
        self._file.seek(0, os.SEEK_END)
        return step

    def resume(self, parts: Iterable[NDArray[Any]], updates: int) -> int:
        """Return the step at which a run with these parameters goes on, after ``updates`` by its optimizer.

        That is the step of the last record if it has the same parameters, else ``updates`` if they are more, or if a
        record after as many has the same parameters; the records after that one are dropped, as they are made again.

        Raises
        ------
        ValueError
            If it is none of these, so that the file seems to be of another run.
        """
        wanted = b"".join(np.ascontiguousarray(part, dtype=self._layout.dtype).tobytes() for part in parts)
        count = _count(self._file, self._layout)
        if not count or self._parameters(count - 1) == wanted:
            return max(0, self.last_step)
        if updates > self.last_step:
            return updates
        steps = [self._step(i) for i in range(count)] if updates else []
        if updates in steps and self._parameters(i := steps.index(updates)) == wanted:
            self.last_step = self._go_on_after(i + 1)
            return updates
        raise ValueError(
            f"{self.path} ends at step {self.last_step} with other weights than model has; to go on, give it those of "
            "ls.load(path).end[0], or choose another name"
        )

    def _parameters(self, i: int) -> bytes:
        self._file.seek(self._layout.start + i * self._layout.size + self._layout.head.size)
        found = self._file.read(self._layout.n * self._layout.dtype.itemsize)
        self._file.seek(0, os.SEEK_END)
        return found

    def append(self, step: int, loss: float, parts: Iterable[NDArray[Any]], learning_rate: float = math.nan) -> None:
        """Append one record and hand it to the operating system.

        ``parts`` are the parameters, and then the second moments if they are recorded, in pieces of any shape.
        """
        head = (step, loss, learning_rate) if self._layout.head is HEAD else (step, loss)
        try:
            check = self._write(self._layout.head.pack(*head), 0)
            for part in parts:
                check = self._write(np.ascontiguousarray(part, dtype=self._layout.dtype).reshape(-1).data, check)
            self._file.write(self._layout.check.pack(check))
            self._file.flush()
        except OSError as error:
            raise explained(error, f"cannot write {self.path}") from None
        self.last_step = step

    def _write(self, data: bytes | memoryview, check: int) -> int:
        self._file.write(data)
        return zlib.crc32(data, check)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read(path: str | os.PathLike[str]) -> RecordedRun:
    """Return a recording as trajectories of one run; ``loss`` is what was recorded, ``theta`` keeps its data type.

    Every byte is checked. Records of 64 MiB or more are then mapped from the file, which must not be changed as long as
    they are used, instead of copied to memory.

    Raises
    ------
    OSError
        If the file is damaged, or holds no record.
    """
    with Path(path).open("rb") as file:
        layout = _layout(file, path)
        count = _count(file, layout)
        if not count:
            raise OSError(f"{path} holds no record; train longer")
        file.seek(layout.start)
        for i in range(count):
            if not _is_whole(file, layout):
                raise OSError(f"{path} is damaged in record {i}; record the run again")
        vector = (layout.dtype.newbyteorder("<"), (layout.n,))
        numbers = [(f"f{i}", "<i8" if kind == "q" else "<f8") for i, kind in enumerate(layout.head.format[1:])]
        vectors = [(f"v{i}", *vector) for i in range(layout.vectors)]
        kind = np.dtype([*numbers, *vectors, ("check", f"V{layout.check.size}")])
        records = np.memmap(file, kind, "r", layout.start, (1, count))
    held = _native if count * layout.size >= MAPPED_FROM else _copied
    has_rate = layout.head is HEAD
    return RecordedRun(
        theta=held(records["v0"]),
        loss=_copied(records["f1"]),
        step=_copied(records["f0"][0]),
        learning_rate=_copied(records["f2"][0]) if has_rate else make_read_only(np.full(count, np.nan)),
        second_moment=held(records["v1"]) if layout.moments else None,
        settings=layout.settings,
    )


def _native(values: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(values, dtype=values.dtype.newbyteorder("="))


def _copied(values: NDArray[Any]) -> NDArray[Any]:
    return make_read_only(np.array(values, dtype=values.dtype.newbyteorder("="), order="C", subok=False))


def _is_whole(file: BinaryIO, layout: Layout) -> bool:
    """Return whether the checksum of the next record of a file is right."""
    check, left = 0, layout.size - layout.check.size
    while left:
        data = file.read(min(left, BLOCK))
        check, left = zlib.crc32(data, check), left - len(data)
    return layout.check.unpack(file.read(layout.check.size)) == (check,)


def _layout(file: BinaryIO, path: str | os.PathLike[str]) -> Layout:
    """Return what the header of a recording says."""
    file.seek(0)
    signature, line = file.readline(len(SIGNATURE)), file.readline(LONGEST_HEADER)
    try:
        header = json.loads(line) if signature in SIGNATURES and line.endswith(b"\n") else {}
        n, dtype, settings = header["n"], header["dtype"], header["settings"]
        moments, variables = header.get("moments", False), header.get("variables")
        if not (isinstance(n, int) and n > 0 and dtype in ("float32", "float64") and isinstance(settings, dict)):
            raise ValueError(dtype)
        if not (isinstance(moments, bool) and isinstance(variables, str | None)):
            raise TypeError(variables)
    except (ValueError, LookupError, TypeError, RecursionError):
        raise OSError(f"{path} is damaged or no recording; choose another name") from None
    structs = (HEAD, CHECKSUM) if signature == SIGNATURE else (FIRST_HEAD, FIRST_CHECKSUM)
    return Layout(n, np.dtype(dtype), settings, moments, variables, file.tell(), *structs)


def _count(file: BinaryIO, layout: Layout) -> int:
    """Return how many whole records a file holds."""
    return (file.seek(0, os.SEEK_END) - layout.start) // layout.size
