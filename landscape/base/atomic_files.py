"""Atomic file writes: a file is either complete or unchanged, whatever happens to the process that writes it."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

PARTIAL = ".partial"
"""Suffix of a file that is being written; its name also begins with a dot."""


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield the path of a new, empty file beside ``path`` that replaces ``path`` when the block succeeds.

    The new file is flushed to disk before it is renamed, so ``path`` holds either its previous contents
    or the complete new ones. If the block raises, the new file is removed.

    Raises
    ------
    OSError
        If the folder does not exist or cannot be written to, or ``path`` is a folder, a device, a FIFO or a socket.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "a.txt") as new:
    ...         _ = new.write_text("whole")
    ...     [p.name for p in Path(folder).iterdir()]
    ['a.txt']
    """
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder; give the name of a file")
    if target.exists() and not target.is_file():
        raise OSError(f"{target} is a device, a FIFO or a socket; give the name of a file")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"folder {target.parent} does not exist; create it or choose another")
    new = target.with_name(f".{target.name}.{secrets.token_hex(4)}{PARTIAL}")
    try:
        new.touch(exist_ok=False)
    except OSError as error:
        raise type(error)(f"cannot write {target}: {error.strerror}; choose a folder you may write to") from None
    try:
        yield new
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` to ``path`` atomically."""
    with replacing(path) as new:
        new.write_bytes(data)


def _sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable across a power failure, if the operating system supports it."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
