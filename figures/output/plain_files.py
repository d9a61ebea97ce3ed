"""Reading of files that others may have put there: only plain files, up to a size, never through links in a folder.

An output folder may have been received from somebody else. A symbolic link in it could lead to any file of the reader,
a FIFO never ends, and a device may do anything when it is opened. So whatever a render reads, replaces or deletes in
its folder must be a plain file in real subfolders. The folder itself may be given as a link.
"""

import os
from io import BufferedReader
from pathlib import Path

from landscape.base.atomic_files import kind_of

_SAFELY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class NotPlainError(OSError):
    """Raised for a link, folder, FIFO, socket or device where a file is expected."""


def not_plain(folder: Path, name: str) -> str:
    """Return which part of a name in a folder is not what a render makes, such as "data is a symbolic link".

    The result is empty if the file is a plain one in real subfolders, or does not exist.
    """
    inside = Path(name)
    for part in (*list(inside.parents)[-2::-1], inside):
        try:
            kind = kind_of((folder / part).lstat())
        except OSError:  # reported by what uses the file
            return ""
        if kind != ("a file" if part == inside else "a folder"):
            return f"{part.as_posix()} is {kind}"
    return ""


def open_inside(folder: Path, name: str) -> BufferedReader:
    """Open a plain file in a folder for reading; raise OSError if there is none."""
    if found := not_plain(folder, name):
        raise NotPlainError(f"{folder}: {found}; move it away")
    return os.fdopen(os.open(folder / name, _SAFELY), "rb")


def read_inside(folder: Path, name: str, most: int) -> bytes:
    """Return the contents of a plain file in a folder; raise ValueError if it has more than ``most`` bytes."""
    with open_inside(folder, name) as file:
        return _read(file, most)


def read(path: str | os.PathLike[str], most: int) -> bytes:
    """Return the contents of a file, or of the one that a link leads to; raise ValueError as :func:`read_inside`."""
    kind = kind_of(os.stat(path))
    if kind != "a file":
        raise NotPlainError(f"is {kind}, not a file")
    with Path(path).open("rb") as file:
        return _read(file, most)


def _read(file: BufferedReader, most: int) -> bytes:
    size = os.fstat(file.fileno()).st_size
    data = file.read(most + 1) if size <= most else b""
    if max(size, len(data)) > most:
        raise ValueError(f"has more than {most >> 20} MiB" if most >= 1 << 20 else f"has more than {most} bytes")
    return data
