"""Atomic file writes: a file is either complete or unchanged, whatever happens to the process that writes it."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

PARTIAL = ".partial"
"""Suffix of a file that is being written; its name also begins with a dot."""
SYSTEM_LIMITS = {
    errno.ENOSPC: "the disk is full; free some space, or use a folder on another disk (for temporary files: TMPDIR)",
    errno.EDQUOT: "your disk quota is used up; delete files, or use a folder on another disk",
    errno.EFBIG: "the file is larger than allowed here; raise the limit (ulimit -f), or use a folder on another disk",
    errno.EMFILE: "too many open files in one process; raise the limit (ulimit -n)",
    errno.ENFILE: "too many open files on this machine; close other programs, or raise its limit",
    errno.EROFS: "the file system is read-only; use a folder on another one",
}
"""Error numbers of limits of the machine that every further file would meet -> what they mean, and the way out."""

_KINDS = {
    stat.S_IFREG: "a file",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def kind_of(status: os.stat_result) -> str:
    """Return what a path is, by its status: "a file", "a folder", "a FIFO" and so on."""
    return _KINDS.get(stat.S_IFMT(status.st_mode), "neither a file nor a folder")


def explained(error: OSError, action: str, otherwise: str = "") -> OSError:
    """Return an error of the same type that says in one line why ``action`` failed, and the way out.

    Reasons that are not in ``SYSTEM_LIMITS`` are given by ``otherwise``; without it, the error is returned as it is.

    >>> print(explained(OSError(errno.EROFS, "Read-only file system"), "cannot write a.nc"))
    cannot write a.nc: the file system is read-only; use a folder on another one
    """
    reason = SYSTEM_LIMITS.get(error.errno or 0, otherwise)
    if not reason:
        return error
    found = type(error)(f"{action}: {reason}")
    found.errno = error.errno
    return found


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield the path of a new, empty file beside ``path`` that replaces ``path`` when the block succeeds.

    The new file is flushed to disk before it is renamed, so ``path`` holds either its previous contents
    or the complete new ones. If the block raises, the new file is removed.

    Raises
    ------
    OSError
        If the folder does not exist, cannot be written to or is full, or ``path`` is anything but a file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "a.txt") as new:
    ...         _ = new.write_text("whole")
    ...     [p.name for p in Path(folder).iterdir()]
    ['a.txt']
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        error = IsADirectoryError if target.is_dir() else OSError
        raise error(f"{target} is {kind_of(target.stat())}; give the name of a file")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"folder {target.parent} does not exist; create it or choose another")
    new = target.with_name(f".{target.name}.{secrets.token_hex(4)}{PARTIAL}")
    try:
        new.touch(exist_ok=False)
    except OSError as error:
        otherwise = f"{error.strerror}; choose a folder you may write to"
        raise explained(error, f"cannot write {target}", otherwise) from None
    try:
        yield new
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        new.replace(target)
    except BaseException as error:
        new.unlink(missing_ok=True)
        found = explained(error, f"cannot write {target}") if isinstance(error, OSError) else error
        if found is not error:
            raise found from None
        raise
    _sync_folder(target.parent)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` to ``path`` atomically."""
    with replacing(path) as new:
        new.write_bytes(data)


def is_system_limit(error: BaseException) -> TypeGuard[OSError]:
    """Whether an error is about a limit of the machine, which other files would meet as well."""
    return isinstance(error, OSError) and error.errno in SYSTEM_LIMITS


def error_text(error: Exception, name: str = "") -> str:
    """Return an error in one line; if it is about a limit of the machine, with what that is and the way out.

    name : what could not be written, if the error does not name a file

    >>> error_text(OSError(errno.ENOSPC, "No space left on device"), "a.csv")[:24]
    'a.csv: the disk is full;'
    >>> error_text(FileNotFoundError("folder b does not exist; create it"))
    'folder b does not exist; create it'
    """
    if isinstance(error, MemoryError) and not str(error):
        return "too little memory; close other programs, or raise the limit (ulimit -v)"
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    if "temporary directory" in error.strerror:  # of tempfile, which lists where it has looked
        return "no folder for temporary files can be written to; set TMPDIR to one"
    name = str(error.filename or name)
    words = SYSTEM_LIMITS.get(error.errno or 0, error.strerror)
    return f"{name}: {words}" if name else words


def _sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable across a power failure, if the operating system supports it."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
