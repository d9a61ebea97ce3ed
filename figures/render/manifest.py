"""The manifest of a render, ``manifest.json``: what went in, by what it was made, and what came out.

It has the recipe with every setting resolved, seeds, versions, the checksum of the code, and size and
SHA-256 of every file that the render made. The same recipe gives the same manifest: no dates, no folders.
It is set aside before the first file is made and written after the last one, whole; a render in which a
figure failed says ``complete: false``. So a folder at work has none, and what it told of is not lost if the
render is killed.
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
"""Names of the files in the output folder that tell of all others."""
ASIDE = "data"
"""Where in the output folder a manifest is kept while it does not hold."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a manifest says.

    recipe : what was rendered; its folder and number of workers are not part of it
    files : name, relative to the folder -> (SHA-256, size in bytes)
    failed : variant, or ``decks`` -> its errors, one line each
    versions : of Python, this package and those that it computes and draws with
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
                "variants": {v.name: _variant(v) for v in recipe.variants},
            },
            "versions": dict(self.versions),
            "code": self.code,
            "files": {name: {"sha256": sha, "bytes": size} for name, (sha, size) in sorted(self.files.items())},
        }
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"

    def write(self, folder: Path) -> None:
        """Write the manifest to a folder, unless it is there already; the one that was set aside is done with."""
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
        """Return the manifest of a folder; its recipe renders to ``out`` with that many workers.

        Raises
        ------
        RecipeError
            In one line, if there is none or it is damaged.
        """
        path = folder / MANIFEST
        try:
            given = json.loads(path.read_bytes())
            recipe = given["recipe"]
            named = {key: tuple(map(str, recipe[key])) for key in ("formats", "styles", "sizes", "decks", "skipped")}
            _check(named)
            made = cls(
                recipe=Recipe(
                    out=out,
                    workers=workers,
                    variants=tuple(_read_variant(name, one) for name, one in recipe["variants"].items()),
                    builds=bool(recipe["builds"]),
                    **named,
                ),
                files={_inside(name): (str(f["sha256"]), int(f["bytes"])) for name, f in given["files"].items()},
                failed={str(name): tuple(map(str, lines)) for name, lines in given["failed"].items()},
                versions={str(name): str(version) for name, version in given["versions"].items()},
                code=str(given["code"]),
            )
        except OSError as error:
            raise RecipeError([_unread(folder, error)]) from None
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            reason = str(error).partition("\n")[0]
            raise RecipeError([f"{path} is damaged or of another version ({reason}); render anew"]) from None
        return made


def _unread(folder: Path, error: OSError) -> str:
    """Return why a folder's manifest cannot be read, and the way out."""
    if not folder.is_dir():
        why = "is a file" if folder.exists() else "does not exist"
        return f"folder {folder} {why}; give a folder that xorscape render has made"
    if isinstance(error, FileNotFoundError):
        return (
            f"{folder} has no {MANIFEST}; give a folder that xorscape render has made, to the end: it is written last"
        )
    return f"{folder / MANIFEST} cannot be read: {error.strerror or error}; render anew"


def set_aside(folder: Path) -> None:
    """Set a manifest aside, since it would tell of files that are no longer there."""
    with contextlib.suppress(FileNotFoundError):
        (folder / MANIFEST).replace(folder / ASIDE / MANIFEST)


def made_by(formats: Collection[str]) -> tuple[dict[str, str], str]:
    """Return versions of all that makes files of these formats, and checksum of the code, as they are now."""
    by = versions(*dict.fromkeys(COMPUTE + DRAW + WRITE))
    return by | ({"ffmpeg": ffmpeg_version()} if "mp4" in formats else {}), source_digest("landscape", "figures")


def _variant(variant: Variant) -> dict[str, Any]:
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
    return Variant(name=_inside(name), figure=figure, settings=settings)


def _check(named: Mapping[str, tuple[str, ...]]) -> None:
    """Check that all that a manifest names is known here."""
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


def _inside(name: str) -> str:
    """Return the name of a file if it lies in the folder."""
    if not name or Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"{name!r} is outside of the folder")
    return name


def write_numbers(recipe: Recipe, parts: Iterable[tuple[Variant, Mapping[str, Path]]]) -> None:
    """Write ``numbers.json``: what each caption quotes, variant by variant, so that no more than one is in memory.

    parts : each variant, and size -> file of what its caption in that size quotes
    """
    target = recipe.out / NUMBERS
    with contextlib.suppress(_SameError), replacing(target) as new:
        with new.open("w", encoding="utf-8") as file:
            file.writelines(_told(parts))
        if file_digest(new) == file_digest(target):
            raise _SameError
        set_aside(recipe.out)  # it would tell of other numbers


class _SameError(Exception):
    """What was written is there already."""


def _told(parts: Iterable[tuple[Variant, Mapping[str, Path]]]) -> Iterator[str]:
    yield "{"
    between = "\n"
    for variant, captions in parts:
        entry = {
            **_variant(variant),
            "module": getattr(lecture.lecture_figure(variant.figure), "__name__"),  # noqa: B009 - a module
            "result": f"data/{variant.name}.nc",
            "captions": {size: json.loads(path.read_bytes()) for size, path in captions.items()},
        }
        yield f"{between}{json.dumps(variant.name)}: {json.dumps(entry, indent=1, ensure_ascii=False)}"
        between = ",\n"
    yield "\n}\n"
