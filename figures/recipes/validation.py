"""Validation of recipes: every key and every setting is checked before anything is computed or written.

A recipe has the keys of :class:`Keys`. Among them are a table ``[figures.<name>]`` for each figure whose settings it
changes, and a table ``[defaults]`` of settings for all figures that have them and do not set them in their own table.
A list where a setting takes a single value gives one variant of the figure for each entry
(:mod:`figures.recipes.sweeps`). All mistakes are reported at once, each in one line that names the key, the value
given and what is allowed.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from figures import lecture
from figures.output.formats import FORMATS, MOVING, has_ffmpeg
from figures.recipes.faults import Fault, Place, RecipeError, choose, explain, first_few, lines, no_such
from figures.recipes.recipe import Recipe, Variant
from figures.recipes.selection import figures_of, selected
from figures.recipes.sweeps import MOST_VARIANTS, Given, swept_lengths, too_many, variants
from figures.recipes.whole_numbers import whole
from figures.slides import DECKS, DEFAULT_DECKS, SHOWS, missing
from landscape.base.wording import short_repr
from landscape.parallel.threads import processors

MOST_WORKERS = 256
"""Largest number of worker processes."""
MOST_NAMES = 100
"""Largest number of formats, styles, sizes and so on in a list."""


class Keys(BaseModel):
    """The keys of a recipe and the types of their values; whether the values make sense is checked afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True)

    out: Annotated[
        str, Field(min_length=1, max_length=4000, description="Folder that all files go to, relative to the recipe.")
    ] = "out"
    formats: Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=MOST_NAMES,
            description="Any of pdf, svg, png; for animated figures also gif, and mp4 (needs ffmpeg).",
        ),
    ] = [*FORMATS, "gif"]
    styles: Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=MOST_NAMES,
            description='Any of "lecture", "lecture-dark" and "ddasp", or ["all"].',
        ),
    ] = ["lecture"]
    sizes: Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=MOST_NAMES,
            description="Any of full, half and wide (for 16:9); each figure is drawn in those that it supports.",
        ),
    ] = ["full", "half"]
    decks: Annotated[
        list[str],
        Field(
            max_length=MOST_NAMES,
            description="Slides with all figures of a style: any of tex (shows pdf or png), html (svg or png) and "
            "pptx (png), or [] for none.",
        ),
    ] = list(DEFAULT_DECKS)
    builds: Annotated[bool, Field(description="Also render each step of figures that are built up step by step.")] = (
        False
    )
    half_slides: Annotated[bool, Field(description="Decks also show the half sizes, with words beside them.")] = False
    page: Annotated[
        bool | None,
        Field(description="Also write page.html, the live page; when left out, with the whole lecture set only."),
    ] = None
    workers: Annotated[
        int | None, Field(ge=1, le=MOST_WORKERS, description="Worker processes; one per core when left out.")
    ] = None
    only: Annotated[
        list[str] | None,
        Field(
            min_length=1,
            max_length=MOST_VARIANTS,
            description="Figures or variants to render, or patterns such as leaving-*; all when left out.",
            examples=[["network"]],
        ),
    ] = None
    defaults: Annotated[
        dict[str, Any],
        Field(description="Settings of all figures that have them and do not set them in their own table."),
    ] = {}
    figures: Annotated[dict[str, dict[str, Any]], Field(description="Settings of single figures.")] = {}


def recipe(
    table: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
    origins: Mapping[Place, str] | None = None,
) -> Recipe:
    """Return the recipe that ``table`` describes; an empty table gives the whole lecture set with its defaults.

    All mistakes are raised together, as a RecipeError with one line for each.

    labels : names that messages use for keys that do not come from a file, such as ``{"styles": "--style"}``
    origins : path of a key -> the file that messages name before the key
    """
    from figures.style.style_sheets import SIZES, STYLES

    labels, origins = labels or {}, origins or {}
    faults: list[Fault] = []
    keys = _keys(dict(table or {}), faults)
    beside = "" if "out" in labels else os.path.dirname(origins.get(("out",), ""))
    out = Path(beside) / _output_folder(keys.out, faults)
    styles = list(STYLES) if keys.styles == ["all"] else keys.styles
    for key, kind, values, allowed in (
        ("formats", "format", keys.formats, (*FORMATS, *MOVING)),
        ("styles", "style", styles, (*STYLES, "all")),
        ("sizes", "size", keys.sizes, tuple(SIZES)),
        ("decks", "kind of deck", keys.decks, DECKS),
        ("figures", "figure", list(keys.figures), (*lecture.NAMES, *lecture.MODEL_NAMES)),
    ):
        unknown = [value for value in dict.fromkeys(values) if value not in allowed]
        faults += first_few((key,), unknown, partial(no_such, key, kind, allowed=allowed))
    if "all" in styles:
        faults.append(Fault(("styles",), "'all' must be the only style; leave out the others or 'all'"))
    faults += uninstalled(keys.formats, keys.decks)
    empty_decks = [deck for deck in keys.decks if deck in SHOWS and not set(SHOWS[deck]) & set(keys.formats)]
    # An empty deck is an error if an option chose the decks, or if a file chose others than the default decks and no
    # option sets the formats. Otherwise it is left out.
    decks_are_default = set(keys.decks) == set(DEFAULT_DECKS)
    if "decks" in labels or ("formats" not in labels and not decks_are_default):
        message = "{!r} shows {}, but no such format is rendered; add one or leave out the deck"
        faults += [Fault(("decks",), message.format(deck, " or ".join(SHOWS[deck]))) for deck in empty_decks]
    only_from_file = keys.only is not None and "only" not in labels
    faults += _unused_defaults(keys, origins, only_from_file=only_from_file)
    candidates = _variants(keys, origins, faults)
    chosen = selected(keys.only, {*lecture.NAMES, *keys.figures}, candidates, faults)
    reasons = {v.figure: lecture.unsupported(v.figure, keys.sizes, keys.formats) for v in chosen}
    unsupported = {figure: reason for figure, reason in reasons.items() if reason}
    supported = tuple(v for v in chosen if v.figure not in unsupported)
    # A figure that supports none of the sizes or formats is skipped, unless it was named or nothing else is left.
    if not faults and (keys.only is not None or not supported):
        faults += _unsupported_faults(keys, unsupported)
    if faults:
        raise RecipeError(lines(faults, labels, origins))
    return Recipe(
        out=out,
        formats=_ordered(keys.formats, (*FORMATS, *MOVING)),
        styles=_ordered(styles, STYLES),
        sizes=_ordered(keys.sizes, tuple(SIZES)),
        decks=_ordered([deck for deck in keys.decks if deck not in empty_decks], DECKS),
        builds=keys.builds,
        half_slides=keys.half_slides,
        page=keys.only is None if keys.page is None else keys.page,
        workers=keys.workers or processors(),
        variants=supported,
        skipped=tuple(unsupported),
        empty=_ordered(empty_decks, DECKS),
    )


def _unsupported_faults(keys: Keys, unsupported: Mapping[str, tuple[str, str]]) -> Iterator[Fault]:
    """Yield one mistake for the sizes and one for the formats, each listing the figures that support none of them."""
    for key, values in (("sizes", keys.sizes), ("formats", keys.formats)):
        listed = "; ".join(f"{name} {made_for}" for name, (which, made_for) in unsupported.items() if which == key)
        if listed:
            yield Fault((key,), f"{listed}; got {', '.join(values)}")


def _output_folder(name: str, faults: list[Fault]) -> Path:
    """Return the folder with that name, where ``~`` stands for a home folder; append a mistake to ``faults``."""
    folder = Path(name)
    if "\0" in name:
        faults.append(Fault(("out",), f"a folder name cannot contain a NUL character; got {short_repr(name)}"))
        return folder
    try:
        return folder.expanduser()
    except RuntimeError:
        user = short_repr(folder.parts[0])
        faults.append(Fault(("out",), f"no home folder for {user}; write ./~ for a name that begins with ~"))
        return folder


def uninstalled(formats: Collection[str], decks: Collection[str]) -> Iterator[Fault]:
    """Yield a mistake for each format or kind of deck that needs software that is not installed."""
    yield from (Fault(("decks",), fault) for fault in missing(decks))
    if "mp4" in formats and not has_ffmpeg():
        yield Fault(("formats",), "mp4 needs ffmpeg on the PATH; install it or leave out mp4")


def _keys(table: Mapping[str, Any], faults: list[Fault]) -> Keys:
    """Return the keys of a recipe, without those of the wrong type; append the mistakes to ``faults``."""
    table = {key: whole(value, Keys.model_fields.get(key)) for key, value in table.items()}
    try:
        return Keys.model_validate(table)
    except ValidationError as error:
        faults += (_with_right_table(fault) for fault in explain(error, Keys, ()))
        places = [detail["loc"] for detail in error.errors(include_url=False, include_input=False)]
        if () in places:  # a key is no text, and nothing else has been checked
            return Keys()
        invalid = {place[0] for place in places}
        return Keys.model_construct(**{k: v for k, v in table.items() if k not in invalid})


def _with_right_table(fault: Fault) -> Fault:
    """Return the mistake; if its key belongs elsewhere in a recipe, with a message that names the right table."""
    key = str(fault.place[0]) if fault.place else ""
    figures_with = [name for name in lecture.NAMES if key in lecture.lecture_figure(name).Settings.model_fields]
    if key in Keys.model_fields or not (key in lecture.NAMES or figures_with):
        return fault
    if key in lecture.NAMES:
        place = f"[figures.{key}]"
    else:
        place = f"[defaults], or under [figures.{figures_with[0]}] and so on"
    return Fault(fault.place, f"unknown key here; put it under {place}")


def _unused_defaults(keys: Keys, origins: Mapping[Place, str], *, only_from_file: bool) -> Iterator[Fault]:
    """Yield a mistake for each default that no figure of the recipe uses.

    A later file may override an earlier file's default in all figures that have the setting; within one file, this
    is a mistake.

    only_from_file : whether a file, not an option, names the figures to render
    """
    considered = _named(keys) if only_from_file else set(lecture.NAMES)
    figures_with: dict[str, list[str]] = {}
    for name in (*lecture.NAMES, *(n for n in lecture.MODEL_NAMES if n in keys.figures)):
        if name in considered or name in lecture.MODEL_NAMES:
            for key in lecture.lecture_figure(name).Settings.model_fields:
                figures_with.setdefault(key, []).append(name)

    def no_figure(key: str) -> Fault:
        message = f"no figure of this recipe has this setting; {choose(key, tuple(figures_with))}"
        return Fault(("defaults", key), message)

    yield from first_few(("defaults",), [key for key in keys.defaults if key not in figures_with], no_figure)
    for key in (key for key in keys.defaults if key in figures_with):
        place = ("defaults", key)
        if all(
            key in keys.figures.get(name, {}) and origins.get(("figures", name, key)) == origins.get(place)
            for name in figures_with[key]
        ):
            names = ", ".join(figures_with[key])
            yield Fault(place, f"set by each figure that has it ({names}); remove it there or here")


def _named(keys: Keys) -> set[str]:
    """Return the figures that ``only`` refers to."""
    figures = {*lecture.NAMES, *keys.figures}
    return {figure for name in keys.only or () for figure in figures_of(name, figures)}


def _variants(keys: Keys, origins: Mapping[Place, str], faults: list[Fault]) -> list[Variant]:
    """Return the variants of every figure that is requested or has a table; append mistakes to ``faults``."""
    requested = lecture.NAMES if keys.only is None else _named(keys)
    models = {
        name: lecture.lecture_figure(name).Settings
        for name in (*lecture.NAMES, *lecture.MODEL_NAMES)
        if name in keys.figures or (name in requested and name in lecture.NAMES)
    }
    given: dict[str, dict[str, Given]] = {}
    for name, model in models.items():
        given[name] = {k: Given(v, ("defaults", k)) for k, v in keys.defaults.items() if k in model.model_fields}
        given[name] |= {k: Given(v, ("figures", name, k)) for k, v in keys.figures.get(name, {}).items()}
        for key in set(model.FILES) & given[name].keys():
            own = given[name][key]
            given[name][key] = replace(own, value=_beside(origins.get(own.place, ""), own.value))
    if too_many_faults := too_many({name: swept_lengths(models[name], given[name]) for name in models}):
        faults += too_many_faults
        return []
    made: list[Variant] = []
    shared: dict[Fault, list[str]] = {}
    for name, model in models.items():
        found: list[Fault] = []
        made += variants(name, model, given[name], found)
        for fault in found:
            if fault.place[0] == "defaults":
                shared.setdefault(fault, []).append(name)
            else:
                faults.append(fault)
    faults += [replace(f, says=f"{f.says} (in {', '.join(names)})") for f, names in shared.items()]
    faults += _same_name(made)
    return made


def _beside(recipe: str, name: Any) -> Any:
    """Return the name of a file, or several, that a recipe gives relative to its own folder."""
    if isinstance(name, list):
        return [_beside(recipe, one) for one in name]
    return os.path.join(os.path.dirname(recipe), name) if isinstance(name, str) and name else name


def _same_name(made: list[Variant]) -> Iterator[Fault]:
    """Yield a mistake for each variant whose file names are already taken."""
    taken: set[str] = set()
    for variant in made:
        stem = variant.name.lower()  # some file systems ignore case
        stems = (stem, f"{stem}-half", f"{stem}-wide")  # the others are those of the other sizes
        repeated = [one for one in stems if one in taken]
        if repeated:
            message = f"two variants would both be called {repeated[0]}; give each value once"
            yield Fault(("figures", variant.figure), message)
        taken.update(stems)


def _ordered(values: list[str], order: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values without repetitions, in the given order."""
    return tuple(v for v in order if v in values)
