"""Recipe files: TOML tables, merged key by key, and the file that each key comes from.

A later file overrides an earlier one: its keys replace the same keys, also in ``[defaults]`` and in
the table of each figure, and leave the others unchanged. So a base file can hold what several
recipes have in common.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from figures.output import plain_files
from figures.recipes.faults import Place, RecipeError
from landscape.base.wording import truncated

DEPTH = 3
"""Values with a path of this many keys, such as ``figures.leaving.steps``, are replaced; tables above are merged."""
MOST_BYTES = 1 << 20
"""Largest size of a recipe file."""
MOST_PARTS = 32
"""Largest number of parts of a key ``a.b.c``; the time that the parser takes grows with its square."""
PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
LONG_KEY = re.compile(rf"(?<![\w-]){PART}(?:[ \t]*+\.[ \t]*+{PART}){{{MOST_PARTS}}}")
WAYS_OUT = {
    "Invalid value": "text goes in quotes, true and false in small letters",
    "hex value": "write / for \\ in the name of a folder",
    "Unescaped '\\'": "write / for \\ in the name of a folder",
}
"""Parser message of a common mistake -> how to fix it."""


@dataclass(frozen=True)
class Layers:
    """The merged content of recipe files."""

    table: dict[str, Any] = field(default_factory=dict)
    origins: dict[Place, str] = field(default_factory=dict)  # path of a key -> the last file that sets it


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the table in a TOML file; raise RecipeError, with line and column, if it is none or cannot be read."""
    try:
        text = plain_files.read(path, MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError([f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8"]) from None
    except OSError as error:
        or_init = f", or write one: xorscape init {path}" if isinstance(error, FileNotFoundError) else ""
        raise RecipeError(
            [f"{path} cannot be read: {error.strerror or error}; check its name and folder{or_init}"]
        ) from None
    except ValueError as error:
        raise RecipeError([f"{path} {error}, too much for a recipe; divide it"]) from None
    if long_key := LONG_KEY.search(text):
        line = text.count("\n", 0, long_key.start()) + 1
        raise RecipeError([f"{path} has a key of too many parts (at line {line}); at most {MOST_PARTS} are allowed"])
    try:
        return tomllib.loads(text)
    except ValueError as error:
        if "integer string conversion" in str(error):  # Python's limit, of which it speaks in its own terms
            raise RecipeError([f"{path} has a whole number of thousands of digits; shorten it"]) from None
        hint = next((f"; {fix}" for symptom, fix in WAYS_OUT.items() if symptom in str(error)), "")
        raise RecipeError([f"{path} is not valid TOML: {truncated(str(error), 200)}{hint}"]) from None
    except RecursionError:
        raise RecipeError([f"{path} is not valid TOML: nested too deeply"]) from None


def layered(paths: Iterable[str | os.PathLike[str]]) -> Layers:
    """Return the merged tables of TOML files; later files override earlier ones.

    Raise RecipeError with a line for each file that cannot be read or is not TOML.
    """
    layers, faults = Layers(), list[str]()
    for path in paths:
        try:
            _merge(layers.table, read(path), (), str(path), layers.origins)
        except RecipeError as error:
            faults += error.faults
    if faults:
        raise RecipeError(faults)
    return layers


def _merge(
    target: dict[str, Any], source: Mapping[str, Any], place: Place, file: str, origins: dict[Place, str]
) -> None:
    """Merge the table at ``place`` of a file into ``target``, and note the file as the origin of its keys."""
    for key, value in source.items():
        here = (*place, key)
        if isinstance(value, dict) and len(here) < DEPTH:
            if not isinstance(target.get(key), dict):
                target[key] = {}
            _merge(target[key], value, here, file, origins)
        else:
            target[key] = value
        origins[here] = file
