"""Files to which the parameters of a run are appended while it is trained, so that a kill loses one record at most.

A file is a line that names the format, a line of JSON (number and data type of the parameters, and settings), and then
records: the number of updates, the loss, the parameters, and a CRC-32 of these. A record that was cut off at the end of
the file is left out when it is read, and overwritten when the run goes on.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from landscape.base import checks
from landscape.base.atomic_files import explained
from landscape.base.results import Settings, make_read_only
from landscape.training.trajectories import Trajectories

SIGNATURE = b"xorscape recording 1\n"
HEAD = struct.Struct("<qd")
CHECKSUM = struct.Struct("<I")
LONGEST_HEADER = 2**16


class Recording:
    """A file of records of one run, open for appending.

    Parameters
    ----------
    path : created if it does not exist; else the run goes on after its last whole record
    n : number of parameters
    dtype : "float32" or "float64"
    settings : stored in a new file

    Raises
    ------
    OSError
        If the file cannot be written, or is no recording.
    ValueError
        If it is a recording of another number of parameters, or of another data type.
    """

    def __init__(self, path: str | os.PathLike[str], n: int, dtype: str, settings: Settings) -> None:
        self.path, self._n, self._dtype = Path(path), n, np.dtype(dtype).newbyteorder("<")
        try:
            self._file: BinaryIO = open(path, "r+b" if self.path.exists() else "w+b")  # noqa: SIM115 - closed by close
        except OSError as error:
            raise explained(error, f"cannot write {path}", f"{error.strerror}; choose another name") from None
        try:
            self.last_step = self._continue(settings)
        except BaseException:
            self._file.close()
            raise

    def _continue(self, settings: Settings) -> int:
        """Write the header, or go to the end of the last whole record; return its step, or -1."""
        if not self._file.read(1):
            header = {"n": self._n, "dtype": self._dtype.name, "settings": dict(settings)}
            self._file.write(SIGNATURE + json.dumps(header, allow_nan=False).encode() + b"\n")
            self._file.flush()
            return -1
        header, start = _header(self._file, self.path)
        if (header["n"], header["dtype"]) != (self._n, self._dtype.name):
            raise ValueError(
                f"{self.path} must be of {self._n} parameters in {self._dtype.name} to go on; it has {header['n']} in "
                f"{header['dtype']}, choose another name"
            )
        count, last = _count(self._file, start, header)
        self._file.truncate(start + count * _size(header))
        self._file.seek(0, os.SEEK_END)
        return last

    def append(self, step: int, loss: float, parts: Iterable[NDArray[Any]]) -> None:
        """Append one record, whose parameters are given in parts, and hand it to the operating system."""
        try:
            check = self._write(HEAD.pack(step, loss), 0)
            for part in parts:
                check = self._write(np.ascontiguousarray(part, dtype=self._dtype).tobytes(), check)
            self._file.write(CHECKSUM.pack(check))
            self._file.flush()
        except OSError as error:
            raise explained(error, f"cannot write {self.path}") from None
        self.last_step = step

    def _write(self, data: bytes, check: int) -> int:
        self._file.write(data)
        return zlib.crc32(data, check)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read(path: str | os.PathLike[str]) -> Trajectories:
    """Return a recording as trajectories of one run; ``loss`` is what was recorded, ``theta`` keeps its data type.

    Raises
    ------
    OSError
        If the file is damaged, or holds no record.
    """
    with Path(path).open("rb") as file:
        header, start = _header(file, path)
        count, _ = _count(file, start, header)
        if not count:
            raise OSError(f"{path} holds no record; train longer")
        n, kind = header["n"], np.dtype(header["dtype"])
        checks.memory(f"{path} would take", count * n * kind.itemsize, "record more rarely")
        theta, loss, step = np.empty((1, count, n), kind), np.empty((1, count)), np.empty(count, np.int64)
        for i in range(count):
            file.seek(start + i * _size(header))
            data = file.read(_size(header))
            if zlib.crc32(data[: -CHECKSUM.size]) != CHECKSUM.unpack(data[-CHECKSUM.size :])[0]:
                raise OSError(f"{path} is damaged in record {i}; record the run again")
            step[i], loss[0, i] = HEAD.unpack(data[: HEAD.size])
            theta[0, i] = np.frombuffer(data[HEAD.size : -CHECKSUM.size], kind.newbyteorder("<"))
    return Trajectories(theta=make_read_only(theta), loss=loss, step=step, settings=header["settings"])


def _size(header: dict[str, Any]) -> int:
    """Return the number of bytes of a record."""
    return int(HEAD.size + header["n"] * np.dtype(header["dtype"]).itemsize + CHECKSUM.size)


def _header(file: BinaryIO, path: str | os.PathLike[str]) -> tuple[dict[str, Any], int]:
    """Return the header of a recording, and where its records begin."""
    file.seek(0)
    signature, line = file.readline(len(SIGNATURE)), file.readline(LONGEST_HEADER)
    try:
        header = json.loads(line) if signature == SIGNATURE and line.endswith(b"\n") else {}
        n, dtype, settings = header["n"], header["dtype"], header["settings"]
        if not (isinstance(n, int) and n > 0 and dtype in ("float32", "float64") and isinstance(settings, dict)):
            raise ValueError(dtype)
    except (ValueError, LookupError, TypeError, RecursionError):
        raise OSError(f"{path} is damaged or no recording; choose another name") from None
    return header, file.tell()


def _count(file: BinaryIO, start: int, header: dict[str, Any]) -> tuple[int, int]:
    """Return how many whole records a file holds, and the step of the last one, or -1."""
    count = (file.seek(0, os.SEEK_END) - start) // _size(header)
    if not count:
        return 0, -1
    file.seek(start + (count - 1) * _size(header))
    return count, HEAD.unpack(file.read(HEAD.size))[0]
