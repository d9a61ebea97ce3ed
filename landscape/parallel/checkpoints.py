"""Finished pieces of a long computation, stored in a folder so that an interrupted computation can be resumed."""

import hashlib
import os
from pathlib import Path

from landscape.base.atomic_files import write_bytes


class Checkpoint:
    """The pieces of one computation, each in a file that is written atomically.

    Each file begins with a checksum of the key, the piece's number and its bytes: a piece that was damaged, truncated
    or moved from elsewhere does not count as finished. Computations with different keys can share a folder.

    folder : created if it does not exist; it may be removed once the result has been saved
    key : identifies everything that the result depends on, for example by a digest

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Checkpoint(folder, "loss of plane 1").write(7, b"...")
    ...     Checkpoint(folder, "loss of plane 1").read(7), Checkpoint(folder, "loss of plane 2").read(7)
    (b'...', None)
    """

    def __init__(self, folder: str | os.PathLike[str], key: str) -> None:
        self._key = key
        self.folder = Path(folder) / hashlib.sha256(key.encode()).hexdigest()[:16]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise type(error)(f"cannot write to checkpoint folder {folder}: {error.strerror}; choose another") from None

    def read(self, number: int) -> bytes | None:
        """Return a piece, or None if it is missing or not as it was written."""
        try:
            stored = self._file(number).read_bytes()
        except OSError:
            return None
        data = stored[hashlib.sha256().digest_size :]
        return data if stored == self._checksum(number, data) + data else None

    def write(self, number: int, data: bytes) -> None:
        """Store a piece."""
        write_bytes(self._file(number), self._checksum(number, data) + data)

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:06d}.piece"

    def _checksum(self, number: int, data: bytes) -> bytes:
        return hashlib.sha256(f"{self._key}\0{number}\0".encode() + data).digest()
