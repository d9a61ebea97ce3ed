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
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figures import lecture
from figures.output.formats import FORMATS, MOVING, ffmpeg_version
from figures.recipes.faults import RecipeError
from figures.recipes.recipe import Recipe
from figures.recipes.variants import Variant
from figures.render.cache import COMPUTE, DRAW, WRITE, file_digest, source_digest
from figures.slides import DECKS
from figures.style.wording import short_repr
from landscape.base.atomic_files import replacing, write_bytes
from landscape.base.versions import versions

MANIFEST, NUMBERS = "manifest.json", "numbers.json"
"""Names of the files in the output folder that describe all others."""
ASIDE = "data"
"""Subfolder of the output folder where a manifest is kept while it is not valid."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The content of a manifest.

    recipe : what was rendered; its folder and number of workers are not saved
    files : name, relative to the folder -> (SHA-256, size in bytes)
    failed : variant, or ``decks`` -> its errors, one line each
    versions : versions of Python, of this package, and of the packages that it computes and draws with
    code : SHA-256 of this package's code and style sheets
    """

    recipe: Recipe
    files: Mapping[str, tuple[str, int]]
    failed: Mapping[str, tuple[str, ...]]
    versions: Mapping[str, str]
    code: str

    def to_json(self) -> str:
        """Return the manifest as text."""
        recipe = self.recipe
        whole = {
            "complete": not self.failed,
            "failed": {name: list(lines) for name, lines in self.failed.items()},
            "recipe": {
                **{key: list(getattr(recipe, key)) for key in ("formats", "styles", "sizes", "decks", "skipped")},
                "builds": recipe.builds,
                "variants": {v.name: _variant_entry(v) for v in recipe.variants},
            },
            "versions": dict(self.versions),
            "code": self.code,
            "files": {name: {"sha256": sha, "bytes": size} for name, (sha, size) in sorted(self.files.items())},
        }
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"

    def write(self, folder: Path) -> None:
        """Write the manifest to a folder unless it is already there, and delete the one that was set aside."""
        data, target = self.to_json().encode(), folder / MANIFEST
        if not target.is_file() or target.read_bytes() != data:
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
    def read(cls, folder: Path, workers: int, out: Path) -> Manifest:
        """Return the manifest of a folder; its recipe gets the given ``workers`` and ``out``.

        Raises
        ------
        RecipeError
            With one line, if there is no manifest or it is damaged.
        """
        path = folder / MANIFEST
        try:
            given = json.loads(path.read_bytes())
            recipe = given["recipe"]
            named = {key: tuple(map(str, recipe[key])) for key in ("formats", "styles", "sizes", "decks", "skipped")}
            _check_names(named)
            made = cls(
                recipe=Recipe(
                    out=out,
                    workers=workers,
                    variants=tuple(_read_variant(name, one) for name, one in recipe["variants"].items()),
                    builds=bool(recipe["builds"]),
                    **named,
                ),
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
        return made


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


def made_by(formats: Collection[str]) -> tuple[dict[str, str], str]:
    """Return the current versions of everything used for files of these formats, and the checksum of the code."""
    packages = versions(*dict.fromkeys(COMPUTE + DRAW + WRITE))
    ffmpeg = {"ffmpeg": ffmpeg_version()} if "mp4" in formats else {}
    return packages | ffmpeg, source_digest("landscape", "figures")


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


def _check_names(named: Mapping[str, tuple[str, ...]]) -> None:
    """Raise ValueError unless all formats, styles, sizes, decks and figures in a manifest exist."""
    from figures.style.style_sheets import SIZES, STYLES

    known = {
        "formats": (*FORMATS, *MOVING),
        "styles": tuple(STYLES),
        "sizes": tuple(SIZES),
        "decks": DECKS,
        "skipped": lecture.NAMES,
    }
    for key, values in named.items():
        if unknown := [value for value in values if value not in known[key]]:
            raise ValueError(f"{key}: no {short_repr(unknown[0])}")
    for key in ("formats", "styles", "sizes"):
        if not named[key]:
            raise ValueError(f"{key}: none")


def _relative(name: str) -> str:
    """Return the name of a file; raise ValueError if it is not inside the folder."""
    if not name or Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"{name!r} is outside of the folder")
    return name


def write_numbers(recipe: Recipe, parts: Iterable[tuple[Variant, Mapping[str, Path]]]) -> None:
    """Write ``numbers.json``: the numbers of all captions, one variant at a time to limit memory.

    parts : each variant, and size -> file with the numbers of its caption in that size
    """
    target = recipe.out / NUMBERS
    with contextlib.suppress(_UnchangedError), replacing(target) as new:
        with new.open("w", encoding="utf-8") as file:
            file.writelines(_numbers_json(parts))
        if file_digest(new) == file_digest(target):
            raise _UnchangedError
        set_aside(recipe.out)  # the manifest has the checksum of the old numbers


class _UnchangedError(Exception):
    """Raised to discard a new file that is identical to the existing one."""


def _numbers_json(parts: Iterable[tuple[Variant, Mapping[str, Path]]]) -> Iterator[str]:
    yield "{"
    separator = "\n"
    for variant, captions in parts:
        entry = {
            **_variant_entry(variant),
            "module": getattr(lecture.lecture_figure(variant.figure), "__name__"),  # noqa: B009 - a module
            "result": f"data/{variant.name}.nc",
            "captions": {size: json.loads(path.read_bytes()) for size, path in captions.items()},
        }
        yield f"{separator}{json.dumps(variant.name)}: {json.dumps(entry, indent=1, ensure_ascii=False)}"
        separator = ",\n"
    yield "\n}\n"
