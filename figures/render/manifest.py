"""The manifest of a render, ``manifest.json``: its inputs, the software versions, and its output files.

It contains the recipe with every setting resolved, seeds, versions, the checksum of the code, and the size and
SHA-256 of every file that the render made. The same recipe gives the same manifest: it has no dates and no folders.
The old manifest is set aside before the first file is written, and the new one is written atomically after the last
one; if a figure failed, it says ``complete: false``. So a folder has no manifest while a render writes to it, and the
old manifest is not lost if the render is killed.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from figures import lecture
from figures.output.formats import FORMATS, MOVING
from figures.recipes.faults import RecipeError
from figures.recipes.recipe import Recipe, Variant
from figures.render.cache import hash_and_size
from figures.render.jobs import numbers_file, result_file
from figures.slides import DECKS
from figures.style.wording import short_repr
from landscape.base.atomic_files import write_bytes

MANIFEST, NUMBERS = "manifest.json", "numbers.json"
"""Names of the files in the output folder that describe all others."""
ASIDE = "data"
"""Subfolder of the output folder where a manifest is kept while it is not valid."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The content of a manifest."""

    recipe: Recipe  # what was rendered; its folder and number of workers are not saved
    files: Mapping[str, tuple[str, int]]  # name, relative to the folder -> (SHA-256, size in bytes)
    failed: Mapping[str, tuple[str, ...]]  # variant, or ``decks`` -> its errors, one line each
    versions: Mapping[str, str]  # of Python, of this package, and of those that it computes and draws with
    code: str  # SHA-256 of this package's code and style sheets
    notes: tuple[str, ...] = ()  # a line for each entry of the previous manifest that this one lacks; not saved

    def to_json(self) -> str:
        """Return the manifest as text."""
        whole = {
            "complete": not self.failed,
            "failed": dict(self.failed),
            "recipe": _recipe_entry(self.recipe),
            "versions": dict(self.versions),
            "code": self.code,
            "files": {name: {"sha256": sha, "bytes": size} for name, (sha, size) in sorted(self.files.items())},
        }
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"

    def write(self, folder: Path) -> None:
        """Write the manifest to a folder unless it is already there, and delete the one that was set aside."""
        data, target = self.to_json().encode(), folder / MANIFEST
        if not _holds(target, data):
            write_bytes(target, data)
        (folder / ASIDE / MANIFEST).unlink(missing_ok=True)

    @classmethod
    def last(cls, folder: Path, workers: int) -> Manifest | None:
        """Return the manifest of a folder, or the one that was set aside there; None if neither can be read."""
        for place in (folder, folder / ASIDE):
            with contextlib.suppress(RecipeError):
                return cls.read(place, workers, folder)
        return None

    @classmethod
    def read(cls, folder: Path, workers: int = 1, out: Path | None = None) -> Manifest:
        """Return the manifest of a folder; its recipe gets ``workers`` and ``out``, by default the folder itself.

        Raise RecipeError, with one line, if there is no manifest or it is damaged.
        """
        path = folder / MANIFEST
        try:
            given = json.loads(path.read_bytes())
            return cls(
                recipe=_read_recipe(given["recipe"], workers, out or folder),
                files={_relative(name): (str(f["sha256"]), int(f["bytes"])) for name, f in given["files"].items()},
                failed={str(name): tuple(map(str, lines)) for name, lines in given["failed"].items()},
                versions={str(name): str(version) for name, version in given["versions"].items()},
                code=str(given["code"]),
            )
        except OSError as error:
            raise RecipeError([_unreadable(folder, error)]) from None
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            reason = str(error).partition("\n")[0]
            raise RecipeError([f"{path} is damaged or of another version ({reason}); render it again"]) from None


def _unreadable(folder: Path, error: OSError) -> str:
    """Return why a folder's manifest cannot be read, and how to fix it."""
    if not folder.is_dir():
        why = "is a file" if folder.exists() else "does not exist"
        return f"folder {folder} {why}; give a folder that xorscape render has made"
    if isinstance(error, FileNotFoundError):
        return f"{folder} has no {MANIFEST}; give the folder of a completed xorscape render (it is written last)"
    return f"{folder / MANIFEST} cannot be read: {error.strerror or error}; render it again"


def set_aside(folder: Path) -> None:
    """Set a manifest aside, because it will no longer match the files in the folder."""
    with contextlib.suppress(FileNotFoundError):
        (folder / MANIFEST).replace(folder / ASIDE / MANIFEST)


def write_numbers(manifest: Manifest) -> Manifest:
    """Write ``numbers.json``, the numbers of all captions, unless it is already there; return a manifest with it."""
    recipe = manifest.recipe
    entries = []
    for variant in recipe.variants:
        captions = {size: numbers_file(variant.name, size) for size in recipe.sizes}
        entry = {
            **_variant_entry(variant),
            "module": getattr(lecture.lecture_figure(variant.figure), "__name__"),  # noqa: B009 - a module
            "result": result_file(variant.name),
            "captions": {
                size: json.loads((recipe.out / file).read_bytes())
                for size, file in captions.items()
                if file in manifest.files
            },
        }
        entries.append(f"\n{json.dumps(variant.name)}: {json.dumps(entry, indent=1, ensure_ascii=False)}")
    target, data = recipe.out / NUMBERS, f"{{{','.join(entries)}\n}}\n".encode()
    if not _holds(target, data):
        set_aside(recipe.out)  # the old manifest has the checksum of the old numbers
        write_bytes(target, data)
    return replace(manifest, files={**manifest.files, NUMBERS: hash_and_size(target)})


def _holds(file: Path, data: bytes) -> bool:
    return file.is_file() and file.read_bytes() == data


def _recipe_entry(recipe: Recipe) -> dict[str, Any]:
    return {
        **{key: getattr(recipe, key) for key in ("formats", "styles", "sizes", "decks", "skipped", "builds")},
        "variants": {variant.name: _variant_entry(variant) for variant in recipe.variants},
    }


def _read_recipe(given: Mapping[str, Any], workers: int, out: Path) -> Recipe:
    """Return a recipe; raise ValueError unless all its formats, styles, sizes, decks and figures exist."""
    from figures.style.style_sheets import SIZES, STYLES

    known: dict[str, Collection[str]] = {
        "formats": (*FORMATS, *MOVING),
        "styles": STYLES,
        "sizes": SIZES,
        "decks": DECKS,
        "skipped": lecture.NAMES,
    }
    named = {key: tuple(map(str, given[key])) for key in known}
    for key, values in named.items():
        if unknown := [value for value in values if value not in known[key]]:
            raise ValueError(f"{key}: no {short_repr(unknown[0])}")
        if not values and key not in {"decks", "skipped"}:
            raise ValueError(f"{key}: none")
    variants = tuple(_read_variant(name, one) for name, one in given["variants"].items())
    return Recipe(out=out, workers=workers, variants=variants, builds=bool(given["builds"]), **named)


def _variant_entry(variant: Variant) -> dict[str, Any]:
    settings = variant.settings.model_dump(mode="json")
    return {
        "figure": variant.figure,
        "seeds": {key: value for key, value in settings.items() if key.rpartition("_")[2] in {"seed", "seeds"}},
        "settings": settings,
    }


def _read_variant(name: str, given: Mapping[str, Any]) -> Variant:
    figure = str(given["figure"])
    if figure not in lecture.NAMES:
        raise ValueError(f"no figure {figure!r}")
    settings = lecture.lecture_figure(figure).Settings.model_validate_json(json.dumps(given["settings"]), strict=True)
    return Variant(name=_relative(name), figure=figure, settings=settings)


def _relative(name: str) -> str:
    """Return the name of a file; raise ValueError if it is not inside the folder."""
    if not name or Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"{name!r} is outside of the folder")
    return name
