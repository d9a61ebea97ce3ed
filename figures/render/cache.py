"""Tracking of up-to-date files: keys, checksums, and the lock of an output folder.

The key of a result is a hash of everything that it depends on: its settings, the versions of the packages
that compute it, and the source code. A drawn file is up to date if its own key is unchanged and
its contents have the checksum that was recorded when it was written.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from figures.lecture.settings import FigureSettings
from figures.output.formats import ffmpeg_version
from landscape.base.atomic_files import PARTIAL, write_bytes
from landscape.base.versions import versions

COMPUTE = ("numpy", "scipy", "numba", "llvmlite", "h5netcdf", "h5py", "keras", "tensorflow")
"""Packages whose version can change a result or its file."""
DRAW = ("numpy", "scipy", "matplotlib", "contourpy", "kiwisolver", "pillow", "fonttools")
"""Packages whose version can change a figure's files."""
WRITE = ("python-pptx", "lxml")
"""Packages whose version can change a PowerPoint deck of the same figures."""
CODE = {".py", ".mplstyle", ".css", ".js"}
"""Suffixes of code and style sheets."""
COMPUTED_BY = (
    "landscape",
    "figures/lecture",
    # lecture figures use numbers and steps from these modules
    *(f"figures/plots/{name}.py" for name in ("contour", "decision", "envelope", "kinks")),
    *("figures/animation/pacing.py", "figures/output/latex_snippets.py", "figures/style/loss_scales.py"),
)
"""Code that can change a result: folders and files of this distribution."""


def digest(*parts: Any) -> str:
    """Return the SHA-256 of JSON-serializable values, in hexadecimal."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def file_digest(path: Path) -> str | None:
    """Return the SHA-256 of a file's contents, or None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def hash_and_size(path: Path) -> tuple[str, int]:
    """Return the SHA-256 of a file's contents and its size in bytes; an empty string and 0 if it cannot be read."""
    sha = file_digest(path)
    return ("", 0) if sha is None else (sha, path.stat().st_size)


def source_digest(*places: str) -> str:
    """Return the SHA-256 of all code and style sheets in the given folders and files of this distribution."""
    total = hashlib.sha256()
    for place in places:
        package, _, inside = place.partition("/")
        root = Path(str(files(package))) / inside
        for path in sorted(p for p in (root.rglob("*") if root.is_dir() else [root]) if p.suffix in CODE):
            total.update(f"{place}/{path.relative_to(root).as_posix()}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def recipe_hash(name: str, settings: FigureSettings) -> str:
    """Return 16 hexadecimal digits that identify a figure with all its settings."""
    return digest(name, settings.model_dump(mode="json"))[:16]


class Keys:
    """Keys of results and of drawings, for the current code and package versions."""

    def __init__(self) -> None:
        self._compute = digest(versions(*COMPUTE), source_digest(*COMPUTED_BY))
        self._draw = digest(versions(*DRAW), source_digest("landscape", "figures"))

    def result(self, name: str, settings: FigureSettings) -> str:
        """Return the key of a figure's result: a hash of everything that it depends on."""
        return digest(name, settings.model_dump(mode="json"), self._compute)

    def drawing(self, result: str, recipe: str, file: str = "") -> str:
        """Return the key of a file drawn from a result: a hash of everything that it depends on except its name.

        result : checksum of the result
        recipe : the figure's recipe hash, which the files contain
        file : name of the file; an MP4 also depends on the version of ffmpeg
        """
        return digest(result, recipe, self._draw, *([self._ffmpeg] if file.endswith(".mp4") else []))

    @cached_property
    def _ffmpeg(self) -> str:
        return ffmpeg_version()


@dataclass
class Record:
    """The record of one figure in an output folder.

    key : key of its result
    result : SHA-256 of the file of its result
    files : name of a file, relative to the folder -> (its key, its SHA-256)
    """

    key: str = ""
    result: str = ""
    files: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Record:
        """Return the record in a file, or an empty one if the file is missing or damaged."""
        try:
            saved = json.loads(path.read_bytes())
            entries = {str(k): (str(key), str(sha)) for k, (key, sha) in saved["files"].items()}
            return cls(str(saved["key"]), str(saved["result"]), entries)
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return cls()

    def write(self, path: Path) -> None:
        """Write the record to a file, atomically."""
        content: Mapping[str, Any] = {"key": self.key, "result": self.result, "files": self.files}
        write_bytes(path, (json.dumps(content, indent=1, sort_keys=True) + "\n").encode())

    def is_fresh(self, folder: Path, file: str, key: str) -> bool:
        """Return whether a file was made under ``key`` and has not changed since."""
        return file in self.files and self.files[file] == (key, file_digest(folder / file))


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of an output folder, so that two renders do not write to it at the same time.

    The operating system releases the lock when the process ends, even if it is killed.

    Raises
    ------
    OSError
        If the folder cannot be written to or another render is using it.
    """
    try:
        (folder / "data").mkdir(parents=True, exist_ok=True)
        lock = (folder / "data" / ".lock").open("wb")
    except OSError as error:
        raise type(error)(f"cannot write to folder {folder}: {error.strerror}; choose another --out") from None
    with lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows has no fcntl; files are written atomically even without a lock
            pass
        except OSError:
            raise BlockingIOError(f"folder {folder} is in use by another render; wait or choose another") from None
        _remove_partial_files(folder)  # left by a render that was killed
        try:
            yield
        finally:
            _remove_partial_files(folder)  # left by workers that were stopped


def _remove_partial_files(folder: Path) -> None:
    """Remove partially written files that no process writes to any more."""
    for pattern in (f".*{PARTIAL}", f"*/.*{PARTIAL}"):  # the manifest is in the folder itself, the rest in subfolders
        for left in folder.glob(pattern):
            left.unlink(missing_ok=True)
