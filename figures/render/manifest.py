"""The manifest of a render, ``manifest.json``: its inputs, the software versions, and its output files.

It contains the recipe with every setting resolved, seeds, versions, the checksum of the code, and the size and
SHA-256 of every file that the render made. ``recipe.variants`` maps each variant to its settings and to its files,
without those that failed; the other files, ``numbers.json``, the decks and the live page, belong to all variants. The
same recipe gives the same manifest: it has no dates and no folders.

The old manifest is set aside before the first file is written, and the new one is written atomically after the last
one; if a figure failed, it says ``complete: false``. So a folder has no manifest while a render writes to it, and the
old manifest is not lost if the render is killed.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from figures import lecture
from figures.output.json_text import from_json, to_json
from figures.output.plain_files import NotPlainError, read_inside
from figures.recipes.faults import RecipeError
from figures.recipes.recipe import Recipe, Variant
from figures.render import cache
from figures.render.jobs import files_of, numbers_file, result_file
from landscape.base.atomic_files import write_bytes
from landscape.base.wording import truncated

MANIFEST, NUMBERS = "manifest.json", "numbers.json"
"""Names of the files in the output folder that describe all others."""
ASIDE = "data"
"""Subfolder of the output folder where a manifest is kept while it is not valid."""
UNREADABLE = "data/manifest.unreadable.json"
"""File that keeps a manifest that was damaged, or of another version, when a part of its folder was rendered."""
OWN_FILES = (MANIFEST, NUMBERS, f"{ASIDE}/{MANIFEST}", UNREADABLE)
"""Files of a render that belong to no variant and to no deck."""
MOST_BYTES = 512 << 20
"""Largest size of a manifest that is read."""


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
        recipe = _recipe_entry(self.recipe)
        for variant in self.recipe.variants:
            drawn = files_of(variant.name, lecture.lecture_figure(variant.figure), self.recipe)
            own = (result_file(variant.name), *(file for *_, files in drawn for file in files))
            recipe["variants"][variant.name]["files"] = [file for file in own if file in self.files]
        whole = {
            "complete": not self.failed,
            "failed": dict(self.failed),
            "recipe": recipe,
            "versions": dict(self.versions),
            "code": self.code,
            "files": {name: {"sha256": sha, "bytes": size} for name, (sha, size) in sorted(self.files.items())},
        }
        return f"{to_json(whole)}\n"

    def write(self, folder: Path) -> None:
        """Write the manifest to a folder unless it is already there, and delete the one that was set aside."""
        data = self.to_json().encode()
        if not _holds(folder, MANIFEST, data):
            write_bytes(folder / MANIFEST, data)
        (folder / ASIDE / MANIFEST).unlink(missing_ok=True)

    @classmethod
    def last(cls, folder: Path, workers: int) -> Manifest | str:
        """Return the manifest of a folder, or the one that was set aside there.

        If none can be read, return why, or an empty string if there is none.
        """
        why = ""
        for place in (folder, folder / ASIDE):
            if (place / MANIFEST).exists():
                try:
                    return cls.read(place, workers, folder)
                except RecipeError as error:
                    why = why or str(error)
        return why

    @classmethod
    def read(cls, folder: Path, workers: int = 1, out: Path | None = None) -> Manifest:
        """Return the manifest of a folder; its recipe gets ``workers`` and ``out``, by default the folder itself.

        Raise RecipeError, with one line, if there is no manifest or it is damaged.
        """
        from figures.render.manifest_layout import layout

        try:
            given = layout(from_json(read_inside(folder, MANIFEST, MOST_BYTES)))
            return cls(
                recipe=_read_recipe(given.recipe, workers, out or folder),
                files={name: (file.sha256, file.bytes) for name, file in given.files.items()},
                failed={name: tuple(lines) for name, lines in given.failed.items()},
                versions=given.versions,
                code=given.code,
            )
        except OSError as error:
            raise RecipeError([_unreadable(folder, error)]) from None
        except ValueError as error:
            reason = truncated(str(error), 200)
            message = f"{folder / MANIFEST} is damaged or of another version ({reason}); render it again"
            raise RecipeError([message]) from None


def _unreadable(folder: Path, error: OSError) -> str:
    """Return why a folder's manifest cannot be read, and how to fix it."""
    if not folder.is_dir():
        why = "is a file" if folder.exists() else "does not exist"
        return f"folder {folder} {why}; give a folder that xorscape render has made"
    if isinstance(error, FileNotFoundError):
        return f"{folder} has no {MANIFEST}; give the folder of a completed xorscape render (it is written last)"
    if isinstance(error, NotPlainError):
        return str(error)
    return f"{folder / MANIFEST} cannot be read: {error.strerror or error}; render it again"


def set_aside(folder: Path) -> None:
    """Set a manifest aside, because it will no longer match the files in the folder."""
    with contextlib.suppress(FileNotFoundError):
        (folder / MANIFEST).replace(folder / ASIDE / MANIFEST)


def keep_unreadable(folder: Path) -> str:
    """Move a manifest that cannot be read to where no render replaces it; return the name of the file."""
    set_aside(folder)
    (folder / ASIDE / MANIFEST).replace(folder / UNREADABLE)
    return UNREADABLE


def write_numbers(manifest: Manifest) -> Manifest:
    """Write ``numbers.json``, the numbers of all texts, unless it is already there; return a manifest with it."""
    recipe = manifest.recipe
    entries = []
    for variant in recipe.variants:
        found = {size: numbers_file(variant.name, size) for size in recipe.sizes}
        entry = {
            **_variant_entry(variant),
            "module": getattr(lecture.lecture_figure(variant.figure), "__name__"),  # noqa: B009 - a module
            "result": result_file(variant.name),
            "texts": {size: _numbers(recipe.out, file) for size, file in found.items() if file in manifest.files},
        }
        entries.append(f"\n{to_json(variant.name)}: {to_json(entry)}")
    data = f"{{{','.join(entries)}\n}}\n".encode()
    if not _holds(recipe.out, NUMBERS, data):
        set_aside(recipe.out)  # the old manifest has the checksum of the old numbers
        write_bytes(recipe.out / NUMBERS, data)
    return replace(manifest, files={**manifest.files, NUMBERS: cache.hash_and_size(recipe.out, NUMBERS)})


def _numbers(folder: Path, name: str) -> Any:
    """Return the texts of a figure in one size with their numbers, which a render has written."""
    from figures.render.manifest_layout import Texts, checked

    try:
        value = from_json(read_inside(folder, name, cache.MOST_BYTES))
        checked(Texts, value)
        return value
    except ValueError as error:
        raise OSError(f"{folder / name} is damaged ({truncated(str(error), 200)}); render with --force") from None


def _holds(folder: Path, name: str, data: bytes) -> bool:
    try:
        return read_inside(folder, name, len(data)) == data
    except (OSError, ValueError):
        return False


def _recipe_entry(recipe: Recipe) -> dict[str, Any]:
    return {
        **{
            key: getattr(recipe, key)
            for key in ("formats", "styles", "sizes", "decks", "skipped", "builds", "half_slides", "page")
        },
        "variants": {variant.name: _variant_entry(variant) for variant in recipe.variants},
    }


def _variant_entry(variant: Variant) -> dict[str, Any]:
    settings = variant.settings.model_dump(mode="json")
    return {
        "figure": variant.figure,
        "seeds": {key: value for key, value in settings.items() if key.rpartition("_")[2] in {"seed", "seeds"}},
        "settings": settings,
    }


def _read_recipe(given: Any, workers: int, out: Path) -> Recipe:
    """Return the recipe of a manifest; raise ValueError unless each figure accepts its settings."""
    named = {key: tuple(getattr(given, key)) for key in ("formats", "styles", "sizes", "decks", "skipped")}
    variants = tuple(_read_variant(name, one.figure, one.settings) for name, one in given.variants.items())
    return Recipe(
        out=out,
        workers=workers,
        variants=variants,
        builds=given.builds,
        half_slides=given.half_slides,
        page=given.page,
        **named,
    )


def _read_variant(name: str, figure: str, settings: Mapping[str, Any]) -> Variant:
    from figures.render.manifest_layout import first_mistake

    model = lecture.lecture_figure(figure).Settings
    try:
        return Variant(name=name, figure=figure, settings=model.model_validate_json(json.dumps(settings), strict=True))
    except ValidationError as error:
        raise ValueError(f"{name}: {first_mistake(error, model)}") from None
