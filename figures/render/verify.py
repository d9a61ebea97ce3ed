"""Verification of an output folder: its files must match its manifest, and its recipe must reproduce them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from figures.output.plain_files import not_plain
from figures.recipes.faults import RecipeError
from figures.recipes.validation import uninstalled
from figures.render import cache
from figures.render.batch import Progress, render
from figures.render.manifest import MANIFEST, Manifest
from landscape.parallel.threads import processors

SHOWN = 12
"""Hexadecimal digits of a checksum that are shown."""


def changes(folder: Path) -> Iterator[str]:
    """Yield a line for each file of the manifest that is missing or has changed, and each figure that failed."""
    manifest = Manifest.read(folder)
    yield from (f"{name} failed: {line}" for name, lines in manifest.failed.items() for line in lines)
    odd = set[str]()
    for name, known in sorted(manifest.files.items()):
        if found := not_plain(folder, name):
            odd.add(found)  # once for all files in a subfolder that is a link
        elif says := _change(folder, name, known):
            yield f"{name} {says}"
    yield from (f"{found}, not what the render made; move it away" for found in sorted(odd))


def _change(folder: Path, name: str, known: tuple[str, int]) -> str:
    """Return how a file differs from what the manifest says of it; empty if it does not."""
    path = folder / name
    if path.is_file() and path.stat().st_size != known[1]:  # not read: it may be enormous
        return _differs(known, ("", path.stat().st_size), "now")
    found = cache.hash_and_size(folder, name)
    if not found[0]:
        return "is missing"
    return "" if found == known else _differs(known, found, "now")


def untracked_files(folder: Path) -> tuple[str, ...]:
    """Return the files of a folder that are not in the manifest, such as documentation or output of LaTeX.

    Internal files of a render (records of what is up to date, runs that figures share, tracebacks, its lock) are left
    out.
    """
    own = {MANIFEST, *Manifest.read(folder).files}
    names = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    return tuple(name for name in names if name not in own and not _is_internal(name))


def rendered_anew(folder: Path, workers: int | None = None, progress: Progress | None = None) -> Iterator[str]:
    """Render the recipe in a folder's manifest into a temporary folder; yield a line for each file that differs."""
    with tempfile.TemporaryDirectory(prefix="xorscape-") as temporary:
        manifest = Manifest.read(folder, workers or processors(), Path(temporary))
        if faults := tuple(uninstalled(manifest.recipe.formats, manifest.recipe.decks)):
            raise RecipeError(fault.line({}, {}) for fault in faults)
        outcomes = render(manifest.recipe, progress)
        yield from (f"{o.name} fails when rendered again: {line}" for o in outcomes for line in o.errors)
        again = Manifest.read(Path(temporary)).files
        for name in sorted(manifest.files.keys() | again.keys()):
            if name not in again:
                yield f"{name} is not made when rendered again"
            elif name not in manifest.files:
                yield f"{name} is made when rendered again, but is not in the manifest"
            elif again[name] != manifest.files[name]:
                yield f"{name} {_differs(manifest.files[name], again[name], 'when rendered again')}"


def other_versions(folder: Path) -> str:
    """Return one line that lists the versions that have changed since a folder was made, or an empty string."""
    manifest = Manifest.read(folder)
    versions, code = cache.software(manifest.recipe.formats), cache.Keys().code
    changed = [
        f"{name} {manifest.versions.get(name, 'absent')} (here {versions.get(name, 'absent')})"
        for name in sorted(manifest.versions.keys() | versions.keys())
        if manifest.versions.get(name) != versions.get(name)
    ]
    if manifest.code != code:
        changed.append(f"other code of xorscape ({manifest.code[:SHOWN]}, here {code[:SHOWN]})")
    return f"made with {', '.join(changed)}" if changed else ""


def _differs(known: tuple[str, int], found: tuple[str, int], when: str) -> str:
    expected, actual = (f"{sha[:SHOWN]}, {size} bytes".removeprefix(", ") for sha, size in (known, found))
    return f"differs: {expected} in the manifest, {actual} {when}"


def _is_internal(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    is_record = file.endswith(".json") and not file.endswith(".numbers.json")
    is_shared = file.startswith(f"{cache.SHARED}-") and file.endswith(".nc")
    return folder == "data" and (file == ".lock" or file.endswith(".error.txt") or is_record or is_shared)
