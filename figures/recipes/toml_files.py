"""Recipe files: TOML tables, laid over one another key by key, and the file that each key came from.

A later file goes over an earlier one: its keys take the place of the same keys, in ``[defaults]`` and in
the table of each figure, too, and leave the others as they are. A base file can so hold what several
recipes share.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from figures.recipes.faults import Place, RecipeError
from figures.style.wording import truncated

DEPTH = 3
"""Tables that are laid over one another have at most this many keys on their way, as ``figures.leaving.steps``."""
WAYS_OUT = {
    "Invalid value": "text goes in quotes, true and false in small letters",
    "hex value": "write / for \\ in the name of a folder",
    "Unescaped '\\'": "write / for \\ in the name of a folder",
}
"""What the parser says of common slips -> the way out."""


@dataclass(frozen=True)
class Layers:
    """What recipe files say together.

    table : as of one file
    origins : place of a key -> the last file that gave it
    """

    table: dict[str, Any] = field(default_factory=dict)
    origins: dict[Place, str] = field(default_factory=dict)


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the table in a TOML file.

    Raises
    ------
    RecipeError
        If the file cannot be read or is not TOML; the message has line and column.
    """
    try:
        return tomllib.loads(Path(path).read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RecipeError([f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8"]) from None
    except OSError as error:
        write = f", or write one: xorscape init {path}" if isinstance(error, FileNotFoundError) else ""
        raise RecipeError(
            [f"{path} cannot be read: {error.strerror or error}; check its name and folder{write}"]
        ) from None
    except ValueError as error:
        way_out = next((f"; {way}" for says, way in WAYS_OUT.items() if says in str(error)), "")
        raise RecipeError([f"{path} is not valid TOML: {truncated(str(error), 200)}{way_out}"]) from None
    except RecursionError:
        raise RecipeError([f"{path} is not valid TOML: nested too deeply"]) from None


def layered(paths: Iterable[str | os.PathLike[str]]) -> Layers:
    """Return the tables in TOML files, each laid over those before it.

    Raises
    ------
    RecipeError
        With a line for each file that cannot be read or is not TOML.
    """
    layers, faults = Layers(), list[str]()
    for path in paths:
        try:
            _lay(layers.table, read(path), (), str(path), layers.origins)
        except RecipeError as error:
            faults += error.faults
    if faults:
        raise RecipeError(faults)
    return layers


def _lay(below: dict[str, Any], above: Mapping[str, Any], place: Place, file: str, origins: dict[Place, str]) -> None:
    for key, value in above.items():
        here = (*place, key)
        if isinstance(value, dict) and len(here) < DEPTH:
            if not isinstance(below.get(key), dict):
                below[key] = {}
            _lay(below[key], value, here, file, origins)
        else:
            below[key] = value
        origins[here] = file
