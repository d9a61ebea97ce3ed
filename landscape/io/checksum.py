"""The checksum of a result file: its last line, about all bytes before it.

HDF5 ignores what follows the end of its data, so every reader opens a file with such a line. The attribute ``MARK``
says that there is one: when another program writes to the file, HDF5 cuts the line off.
"""

import hashlib
import re
from typing import BinaryIO

MARK = "xorscape_checksum"
"""Name of the attribute of a file that has a checksum; files of version 0.2 and earlier have neither."""
MEANING = "the last line of the file is the SHA-256 of all bytes before it"

_LINE = re.compile(rb"\nxorscape SHA-256 ([0-9a-f]{64})\n")
_LENGTH = len("\nxorscape SHA-256 \n") + 64
_BLOCK = 2**20


def line(data: bytes | memoryview) -> bytes:
    """Return the line that is appended to ``data``."""
    return f"\nxorscape SHA-256 {hashlib.sha256(data).hexdigest()}\n".encode()


def holds(file: BinaryIO) -> bool:
    """Return whether all bytes of a file are those that were written, or it is of a version without checksums."""
    size = file.seek(0, 2)
    file.seek(max(size - _LENGTH, 0))
    found = _LINE.fullmatch(file.read())
    file.seek(0)
    if found is None:
        return size == _end_of_data(file) and not _has_mark(file)
    digest, end = hashlib.sha256(), size - _LENGTH
    for start in range(0, end, _BLOCK):
        digest.update(file.read(min(_BLOCK, end - start)))
    return digest.hexdigest().encode() == found[1]


def _end_of_data(file: BinaryIO) -> int:
    """Return the size that an HDF5 file should have without its last line, as its first bytes state it."""
    head = file.read(48)
    file.seek(0)
    is_of_first_layout = head[8:9] < b"\x02"  # versions 0 and 1 of the superblock, else 2 and 3
    return int.from_bytes(head[40:48] if is_of_first_layout else head[28:36], "little")


def _has_mark(file: BinaryIO) -> bool:
    """Return whether the name of the attribute occurs anywhere in a file."""
    mark, end = MARK.encode(), b""
    while block := file.read(_BLOCK):
        if mark in end + block:
            return True
        end = block[-len(mark) :]
    return False
