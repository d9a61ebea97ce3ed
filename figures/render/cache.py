"""Keys and checksums that tell which files of an output folder are up to date, and the lock of the folder.

The key of a result is a hash of everything that it depends on: its settings, the versions of the packages
that compute it, and the source code. A drawn file has a key of its own. It is up to date if this key is unchanged
and its contents have the checksum that was recorded when it was written.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from figures.lecture.settings import FigureSettings
from figures.output.formats import ffmpeg_version
from figures.output.json_text import to_json
from figures.output.plain_files import NotPlainError, not_plain, open_inside, read_inside
from landscape.base.atomic_files import PARTIAL, write_bytes
from landscape.base.versions import versions

COMPUTE = ("numpy", "scipy", "numba", "llvmlite", "h5netcdf", "h5py", "keras", "tensorflow")
"""Packages whose version can change a result or its file."""
DRAW = ("numpy", "scipy", "matplotlib", "contourpy", "kiwisolver", "pillow", "fonttools")
"""Packages whose version can change a figure's files."""
WRITE = ("python-pptx", "lxml")
"""Packages whose version can change a PowerPoint deck of the same figures."""
LOCK = "data/.lock"
"""File whose lock a render holds."""
MOST_BYTES = 64 << 20
"""Largest size of a record, or of the numbers of one figure's texts."""
CODE_SUFFIXES = {".py", ".mplstyle", ".css", ".js", ".html"}
"""Suffixes of code, style sheets and templates."""
COMPUTED_BY = (
    "landscape",
    "figures/lecture",
    # modules outside figures/lecture that the computations of lecture figures use
    *(f"figures/plots/{name}.py" for name in ("contour", "decision", "envelope", "kinks")),
    *("figures/animation/pacing.py", "figures/output/latex_snippets.py"),
    *("figures/style/loss_scales.py", "figures/style/quantities.py"),
)
"""Code that can change a result: folders and files of this distribution."""


def digest(*parts: Any) -> str:
    """Return the SHA-256 of JSON-serializable values, in hexadecimal."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def hash_and_size(folder: Path, name: str) -> tuple[str, int]:
    """Return the SHA-256 and the size in bytes of a plain file in a folder, or ("", 0) if it cannot be read."""
    try:
        with open_inside(folder, name) as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size
    except OSError:
        return "", 0


def source_digest(*places: str) -> str:
    """Return the SHA-256 of all code and style sheets in the given folders and files of this distribution."""
    combined = hashlib.sha256()
    for place in places:
        package, _, inside = place.partition("/")
        root = Path(str(files(package))) / inside
        paths = root.rglob("*") if root.is_dir() else [root]
        for path in sorted(path for path in paths if path.suffix in CODE_SUFFIXES):
            combined.update(f"{place}/{path.relative_to(root).as_posix()}\0".encode())
            combined.update(hashlib.sha256(path.read_bytes()).digest())
    return combined.hexdigest()


def software(formats: Collection[str]) -> dict[str, str]:
    """Return the versions of all software that files of these formats are made with."""
    ffmpeg = {"ffmpeg": ffmpeg_version()} if "mp4" in formats else {}
    return versions(*dict.fromkeys(COMPUTE + DRAW + WRITE)) | ffmpeg


def recipe_hash(name: str, settings: FigureSettings) -> str:
    """Return 16 hexadecimal digits that identify a figure with all its settings."""
    return digest(name, settings.model_dump(mode="json"))[:16]


SHARED = "fresh-runs"
"""Beginning of the names of runs that figures share."""


def shared_name(runs: FigureSettings) -> str:
    """Return the name of runs that figures share; their settings are part of it."""
    return f"{SHARED}-{recipe_hash(SHARED, runs)}"


class Keys:
    """Keys of results and of drawings, for the current code and package versions.

    code : SHA-256 of all code and style sheets of this distribution
    """

    def __init__(self) -> None:
        self.code = source_digest("landscape", "figures")
        self._compute = digest(versions(*COMPUTE), source_digest(*COMPUTED_BY))
        self._draw = digest(versions(*DRAW), self.code)

    def result(self, name: str, settings: FigureSettings) -> str:
        """Return the key of a figure's result."""
        return digest(name, settings.model_dump(mode="json"), self._compute)

    def drawing(self, result: str, recipe: str, file: str = "") -> str:
        """Return the key of a file drawn from a result; of the file's name, only the ending enters it.

        result : checksum of the result
        recipe : the figure's recipe hash, which the files contain
        file : name of the file; an MP4 also depends on the version of ffmpeg
        """
        parts = [result, recipe, self._draw]
        if file.endswith(".mp4"):
            parts.append(self._ffmpeg)
        return digest(*parts)

    @cached_property
    def _ffmpeg(self) -> str:
        return ffmpeg_version()


@dataclass
class Record:
    """What was written to an output folder for one figure, or for the decks."""

    key: str = ""  # of the figure's result
    result: str = ""  # SHA-256 of the file of the result
    files: dict[str, tuple[str, str]] = field(default_factory=dict)  # file in the folder -> (its key, its SHA-256)

    @classmethod
    def read(cls, path: Path) -> Record:
        """Return the record in a file, or an empty one if the file is missing or damaged."""
        try:
            return TypeAdapter(cls).validate_json(read_inside(path.parent, path.name, MOST_BYTES))
        except (OSError, ValueError):
            return cls()

    def write(self, path: Path) -> None:
        """Write the record to a file, atomically."""
        write_bytes(path, f"{to_json(asdict(self), sort_keys=True)}\n".encode())


def up_to_date(
    folder: Path,
    recorded: Mapping[str, tuple[str, str]],
    keys: Mapping[str, str],
    ahead: Collection[str] = (),
) -> dict[str, tuple[str, int]]:
    """Return SHA-256 and size of the files that were written under their current keys and have not changed since.

    recorded : file, relative to the folder -> its key and SHA-256 when it was written
    keys : file -> its current key, for each file in question
    ahead : files that are yet to be written and count as up to date, with size 0; their SHA-256 is the recorded one
        if the key is unchanged, otherwise empty
    """
    found = {}
    for file, key in keys.items():
        recorded_key, recorded_sha = recorded.get(file, ("", ""))
        expected_sha = recorded_sha if recorded_key == key else ""
        if file in ahead:
            found[file] = (expected_sha, 0)
        elif expected_sha:
            sha, size = hash_and_size(folder, file)
            if sha == expected_sha:
                found[file] = (sha, size)
    return found


def refuse_not_plain(folder: Path, name: str) -> None:
    """Raise NotPlainError, with one line, unless a file of a render is a plain one or does not exist."""
    if found := not_plain(folder, name):
        raise NotPlainError(f"cannot write to folder {folder}: {found}; choose another --out, or move that away")


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Re-raise an OSError of the ``with`` block with a message that names the folder and what to do."""
    try:
        yield
    except OSError as error:
        kind = PermissionError if error.errno == errno.EROFS else type(error)
        raise kind(f"cannot write to folder {folder}: {error.strerror}; choose another --out") from None


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of an output folder, so that two renders do not write to it at the same time.

    The operating system releases the lock when the process ends, even if it is killed. Nothing is written to its file,
    which is not even emptied: it could be another name (a hard link) of somebody's file.
    """
    refuse_not_plain(folder, LOCK)
    with writable(folder):
        (folder / LOCK).parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    with os.fdopen(lock, "rb"):
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows has no fcntl; files are written atomically even without a lock
            pass
        except OSError:
            raise BlockingIOError(
                f"folder {folder} is in use by another render; wait or choose another --out"
            ) from None
        _remove_partial_files(folder)  # left by a render that was killed
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # what stopped the render is to be told; the next one removes them
                _remove_partial_files(folder)  # left by workers that were stopped


def _remove_partial_files(folder: Path) -> None:
    """Remove partially written files that no process writes to any more, except through links."""
    subfolders = (place for place in folder.iterdir() if place.is_dir() and not place.is_symlink())
    for place in (folder, *subfolders):  # the manifest is in the folder itself, the rest in subfolders
        for left in place.glob(f".*{PARTIAL}"):
            if not left.is_dir():
                left.unlink(missing_ok=True)
