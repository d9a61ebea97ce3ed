"""Recipes: what to render and how, in TOML, checked as a whole before anything is done.

A recipe has the keys of :class:`Recipe` and a table ``[figures.<name>]`` for each figure whose
settings it changes. All faults are reported at once, each in one line that names the key, the value
given and what is allowed.
"""

from __future__ import annotations

import datetime
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from figures import lecture
from figures.export import FORMATS
from figures.faults import RecipeError, choose, explain, key_path, shortened, shown
from figures.lecture.settings import FigureSettings


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What to render: every figure of ``settings`` in every style, format and size it is made for.

    out : folder that all files go to
    formats, styles, sizes : what is made of each figure
    workers : processes to share the work among
    settings : figure name -> its settings, in the order of the lecture
    skipped : figures that are made for none of the sizes
    """

    out: Path
    formats: tuple[str, ...]
    styles: tuple[str, ...]
    sizes: tuple[str, ...]
    workers: int
    settings: Mapping[str, FigureSettings]
    skipped: tuple[str, ...] = ()


class _Keys(BaseModel):
    """The keys of a recipe and the kinds of their values; their meaning is checked afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True)

    out: Annotated[str, Field(min_length=1, description="Folder that all files go to.")] = "out"
    formats: Annotated[list[str], Field(min_length=1, description="Of pdf, svg and png.")] = list(FORMATS)
    styles: Annotated[
        list[str], Field(min_length=1, description='Of "lecture", "lecture-dark" and "ddasp", or ["all"].')
    ] = ["lecture"]
    sizes: Annotated[
        list[str], Field(min_length=1, description="Of full and half; each figure is drawn in those it is made for.")
    ] = ["full", "half"]
    workers: Annotated[int | None, Field(ge=1, le=256, description="Processes; one for each core when left out.")] = (
        None
    )
    only: Annotated[
        list[str] | None,
        Field(min_length=1, description="Figures to render; all when left out.", examples=[["network"]]),
    ] = None
    figures: Annotated[dict[str, dict[str, Any]], Field(description="Settings of single figures.")] = {}


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the table in a TOML file.

    Raises
    ------
    RecipeError
        If the file cannot be read or is not TOML; the message has line and column.
    """
    try:
        return tomllib.loads(Path(path).read_bytes().decode())
    except UnicodeDecodeError as error:
        raise RecipeError([f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8"]) from None
    except OSError as error:
        raise RecipeError([f"{path} cannot be read: {error.strerror or error}; check its name and folder"]) from None
    except ValueError as error:
        raise RecipeError([f"{path} is not valid TOML: {shortened(str(error), 200)}"]) from None
    except RecursionError:
        raise RecipeError([f"{path} is not valid TOML: nested too deeply"]) from None


def recipe(
    table: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
    file: str | os.PathLike[str] | None = None,
) -> Recipe:
    """Return the recipe that ``table`` describes; an empty one is the whole lecture set with its defaults.

    Parameters
    ----------
    table : mapping, such as :func:`read` returns
    labels : what errors call a key that did not come from a file, such as ``{"styles": "--style"}``
    file : what errors name before all other keys: where these came from

    Raises
    ------
    RecipeError
        With all faults at once.
    """
    from figures.look import SIZES, STYLES

    call = dict(labels or {})
    faults: list[str] = []
    given = dict(table or {})
    try:
        keys = _Keys.model_validate(given)
    except ValidationError as error:
        faults += explain(error, _Keys, (), call)
        bad = {e["loc"][0] for e in error.errors()}
        keys = _Keys.model_validate({k: v for k, v in given.items() if k not in bad})
    if "\0" in keys.out:
        faults.append(f"{call.get('out', 'out')}: a folder's name has no NUL character; got {keys.out!r}")
    styles = list(STYLES) if keys.styles == ["all"] else keys.styles
    only = lecture.NAMES if keys.only is None else tuple(n for n in lecture.NAMES if n in keys.only)
    for key, kind, values, allowed in (
        ("formats", "format", keys.formats, FORMATS),
        ("styles", "style", styles, (*STYLES, "all")),
        ("sizes", "size", keys.sizes, tuple(SIZES)),
        ("only", "figure", keys.only or [], lecture.NAMES),
        ("figures", "figure", list(keys.figures), lecture.NAMES),
    ):
        faults += [
            f"{call.get(key, key)}: no {kind} {shown(v)}; {choose(v, allowed)}" for v in values if v not in allowed
        ]
    if "all" in styles:
        faults.append(f"{call.get('styles', 'styles')}: 'all' stands alone; leave out the others or 'all'")
    settings = {
        name: _settings(name, keys.figures.get(name, {}), faults)
        for name in lecture.NAMES
        if name in {*only, *keys.figures}
    }
    fitting = {
        n: s for n, s in settings.items() if n in only and set(lecture.lecture_figure(n).SIZES) & set(keys.sizes)
    }
    skipped = tuple(n for n in only if n not in fitting)
    if skipped and not faults and (keys.only is not None or not fitting):
        made = "; ".join(f"{n} is made for {' and '.join(lecture.lecture_figure(n).SIZES)}" for n in skipped)
        faults.append(f"{call.get('sizes', 'sizes')}: {made}; got {', '.join(keys.sizes)}")
    if faults:
        raise RecipeError([f if file is None or f.startswith(tuple(call.values())) else f"{file}: {f}" for f in faults])
    return Recipe(
        out=Path(keys.out).expanduser(),
        formats=_once(keys.formats, FORMATS),
        styles=_once(styles, STYLES),
        sizes=_once(keys.sizes, tuple(SIZES)),
        workers=keys.workers or usable_cores(),
        settings=fitting,
        skipped=skipped,
    )


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def commented() -> str:
    """Return a recipe that sets everything to its default, with a comment for each key."""
    lines = ["# Everything that a recipe can set, at its default. Copy, change, and run: xorscape render RECIPE.toml"]
    lines += _commented(_Keys)
    for name in lecture.NAMES:
        figure = lecture.lecture_figure(name)
        lines += ["", f"# {figure.QUESTION}", f"# Made for {' and '.join(figure.SIZES)}.", f"[figures.{name}]"]
        lines += _commented(figure.Settings)
    return "\n".join(lines) + "\n"


def _commented(model: type[BaseModel]) -> Iterator[str]:
    defaults = model().model_dump(mode="json")
    for key, field in model.model_fields.items():
        default = defaults[key]
        if default == {}:  # tables of their own
            continue
        yield from [f"# {line}" for line in (field.description or "").split("\n") if line]
        yield f"# {key} =" if default is None else f"{key} = {_toml(default)}"


def _toml(value: Any) -> str:
    """Return a TOML value; JSON's booleans, numbers, strings and arrays are TOML's, too."""
    return json.dumps(value, ensure_ascii=False)


def _settings(name: str, table: Mapping[str, Any], faults: list[str]) -> FigureSettings:
    """Return the settings of a figure; what is wrong with ``table`` is added to ``faults``."""
    model = lecture.lecture_figure(name).Settings
    place = ("figures", name)
    try:
        text = json.dumps(table, default=_refuse_dates)
    except _DateError as error:
        faults.append(f"{key_path(place)}: no setting is a date or time; got {error}")
        return model()
    except (ValueError, RecursionError):
        faults.append(
            f"{key_path(place)}: a number has too many digits, or tables are nested too deeply; got {shown(table)}"
        )
        return model()
    try:
        # As JSON, strictly: a list may stand for a tuple and 1 for 1.0, but not "1" or true for 1.
        return model.model_validate_json(text, strict=True)
    except ValidationError as error:
        faults += explain(error, model, place, {})
        return model()


class _DateError(Exception):
    pass


def _refuse_dates(value: datetime.date | datetime.time) -> None:
    raise _DateError(str(value))


def _once(values: list[str], order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(v for v in order if v in values)
