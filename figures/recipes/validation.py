"""Recipes checked: every key and every setting, as a whole, before anything is done.

A recipe has the keys of :class:`Keys`, among them a table ``[figures.<name>]`` for each figure whose settings it
changes, and a table ``[defaults]`` of settings for every figure that has them and does not set them itself.
A list where a setting takes a single value makes a variant of the figure for each entry
(:mod:`figures.recipes.sweeps`). All faults are reported at once, each in one line that names the key, the value given
and what is allowed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from figures import lecture
from figures.output.formats import FORMATS, MOVING, has_ffmpeg
from figures.recipes.faults import Fault, Place, RecipeError, choose, explain
from figures.recipes.recipe import Recipe
from figures.recipes.sweeps import MOST_VARIANTS, Given, variants
from figures.recipes.variants import Variant
from figures.slides import DECKS, DEFAULT_DECKS, SHOWS, missing
from figures.style.wording import short_repr
from landscape.parallel.threads import processors


class Keys(BaseModel):
    """The keys of a recipe and the kinds of their values; their meaning is checked afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True)

    out: Annotated[str, Field(min_length=1, description="Folder that all files go to.")] = "out"
    formats: Annotated[
        list[str],
        Field(min_length=1, description="Of pdf, svg and png, and of gif and mp4 (by ffmpeg) for figures that move."),
    ] = [*FORMATS, "gif"]
    styles: Annotated[
        list[str], Field(min_length=1, description='Of "lecture", "lecture-dark" and "ddasp", or ["all"].')
    ] = ["lecture"]
    sizes: Annotated[
        list[str], Field(min_length=1, description="Of full and half; each figure is drawn in those it is made for.")
    ] = ["full", "half"]
    decks: Annotated[
        list[str],
        Field(
            description="All figures of a style as one file of slides: of tex (shows pdf or png), "
            "html (svg or png) and pptx (png), or [] for none."
        ),
    ] = list(DEFAULT_DECKS)
    builds: Annotated[bool, Field(description="Make every step of figures that are built up step by step, too.")] = (
        False
    )
    workers: Annotated[int | None, Field(ge=1, le=256, description="Processes; one for each core when left out.")] = (
        None
    )
    only: Annotated[
        list[str] | None,
        Field(min_length=1, description="Figures or variants to render; all when left out.", examples=[["network"]]),
    ] = None
    defaults: Annotated[
        dict[str, Any], Field(description="Settings of every figure that has them and does not set them itself.")
    ] = {}
    figures: Annotated[dict[str, dict[str, Any]], Field(description="Settings of single figures.")] = {}


def recipe(
    table: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
    origins: Mapping[Place, str] | None = None,
) -> Recipe:
    """Return the recipe that ``table`` describes; an empty one is the whole lecture set with its defaults.

    Parameters
    ----------
    table : mapping, such as :func:`figures.recipes.toml_files.layered` gives
    labels : what errors call a key that did not come from a file, such as ``{"styles": "--style"}``
    origins : the file that errors name before a key

    Raises
    ------
    RecipeError
        With all faults at once.
    """
    from figures.style.style_sheets import SIZES, STYLES

    labels, origins = labels or {}, origins or {}
    faults: list[Fault] = []
    keys = _keys(dict(table or {}), faults)
    out = Path(keys.out)
    try:
        if "\0" in keys.out:
            faults.append(Fault(("out",), f"a folder's name has no NUL character; got {keys.out!r}"))
        else:
            out = out.expanduser()
    except RuntimeError:
        faults.append(
            Fault(("out",), f"{short_repr(out.parts[0])} is no user's folder here; write ./~ for a plain name")
        )
    styles = list(STYLES) if keys.styles == ["all"] else keys.styles
    for key, kind, values, allowed in (
        ("formats", "format", keys.formats, (*FORMATS, *MOVING)),
        ("styles", "style", styles, (*STYLES, "all")),
        ("sizes", "size", keys.sizes, tuple(SIZES)),
        ("decks", "kind of deck", keys.decks, DECKS),
        ("figures", "figure", list(keys.figures), lecture.NAMES),
    ):
        faults += [
            Fault((key,), f"no {kind} {short_repr(v)}; {choose(v, allowed)}", (key, v))
            for v in values
            if v not in allowed
        ]
    if "all" in styles:
        faults.append(Fault(("styles",), "'all' stands alone; leave out the others or 'all'"))
    faults += uninstalled(keys.formats, keys.decks)
    empty = [deck for deck in keys.decks if deck in SHOWS and not set(SHOWS[deck]) & set(keys.formats)]
    # The default decks, also where a file spells them out, are those that can be made. Of others one is told,
    # unless a file says of decks what gives way to an option for formats.
    is_default = set(keys.decks) == set(DEFAULT_DECKS)
    if "decks" in labels or not (is_default or "formats" in labels):
        says = "{!r} shows {}, and none of them is made; add a format or leave out the deck"
        faults += [Fault(("decks",), says.format(deck, " or ".join(SHOWS[deck]))) for deck in empty]
    faults += _unused(keys, origins, are_named=keys.only is not None and "only" not in labels)
    made = _chosen(keys, _variants(keys, faults), faults)
    misfits = {v.figure: why for v in made if (why := lecture.unsupported(v.figure, keys.sizes, keys.formats))}
    fitting = tuple(v for v in made if v.figure not in misfits)
    if misfits and not faults and (keys.only is not None or not fitting):
        for key, values in (("sizes", keys.sizes), ("formats", keys.formats)):
            told = "; ".join(f"{n} {made_for}" for n, (which, made_for) in misfits.items() if which == key)
            faults += [Fault((key,), f"{told}; got {', '.join(values)}")] if told else []
    if faults:
        raise RecipeError(dict.fromkeys(fault.line(labels, origins) for fault in faults))
    return Recipe(
        out=out,
        formats=_once(keys.formats, (*FORMATS, *MOVING)),
        styles=_once(styles, STYLES),
        sizes=_once(keys.sizes, tuple(SIZES)),
        decks=_once([deck for deck in keys.decks if deck not in empty], DECKS),
        builds=keys.builds,
        workers=keys.workers or processors(),
        variants=fitting,
        skipped=tuple(misfits),
        empty=_once(empty, DECKS),
    )


def uninstalled(formats: Collection[str], decks: Collection[str]) -> Iterator[Fault]:
    """Yield what must be installed before these formats and kinds of deck can be made."""
    yield from (Fault(("decks",), fault) for fault in missing(decks))
    if "mp4" in formats and not has_ffmpeg():
        yield Fault(("formats",), "mp4 needs ffmpeg on the PATH; install it or leave out mp4")


def _keys(table: Mapping[str, Any], faults: list[Fault]) -> Keys:
    """Return the keys of a recipe without those that are of the wrong kind, which are added to ``faults``."""
    try:
        return Keys.model_validate(table)
    except ValidationError as error:
        faults += (_misplaced(fault) for fault in explain(error, Keys, ()))
        bad = {e["loc"][0] for e in error.errors()}
        return Keys.model_validate({k: v for k, v in table.items() if k not in bad})


def _misplaced(fault: Fault) -> Fault:
    """Return a fault; of an unknown key that has its place elsewhere in a recipe, it tells the place."""
    key = str(fault.place[0])
    having = [name for name in lecture.NAMES if key in lecture.lecture_figure(name).Settings.model_fields]
    if key in Keys.model_fields or not (key in lecture.NAMES or having):
        return fault
    place = f"[figures.{key}]" if key in lecture.NAMES else f"[defaults], or under [figures.{having[0]}] and so on"
    return Fault(fault.place, f"unknown key here; put it under {place}")


def _unused(keys: Keys, origins: Mapping[Place, str], *, are_named: bool) -> Iterator[Fault]:
    """Yield the defaults that no figure of the recipe takes.

    A later file may set for its figures what an earlier one has a default for; within a file it is a mistake.

    are_named : whether the recipe itself, not an option, says which figures it is about
    """
    named = {name.partition("-")[0] for name in keys.only or ()} if are_named else set(lecture.NAMES)
    having: dict[str, list[str]] = {}
    for name in lecture.NAMES:
        if name in named:
            for key in lecture.lecture_figure(name).Settings.model_fields:
                having.setdefault(key, []).append(name)
    for key in keys.defaults:
        place = ("defaults", key)
        if key not in having:
            yield Fault(place, f"no figure of this recipe has this setting; {choose(key, tuple(having))}")
        elif all(
            key in keys.figures.get(name, {}) and origins.get(("figures", name, key)) == origins.get(place)
            for name in having[key]
        ):
            yield Fault(place, f"set by each figure that has it ({', '.join(having[key])}); remove it there or here")


def _variants(keys: Keys, faults: list[Fault]) -> list[Variant]:
    """Return the variants of every figure that is asked for or has a table; faults are added to ``faults``."""
    asked = lecture.NAMES if keys.only is None else {name.partition("-")[0] for name in keys.only}
    made: list[Variant] = []
    shared: dict[Fault, list[str]] = {}
    for name in lecture.NAMES:
        if name not in keys.figures and name not in asked:
            continue
        model, own = lecture.lecture_figure(name).Settings, keys.figures.get(name, {})
        given = {k: Given(v, ("defaults", k)) for k, v in keys.defaults.items() if k in model.model_fields}
        given |= {k: Given(v, ("figures", name, k)) for k, v in own.items()}
        found: list[Fault] = []
        made += variants(name, model, given, found)
        for fault in found:
            if fault.place[0] == "defaults":
                shared.setdefault(fault, []).append(name)
            else:
                faults.append(fault)
    faults += [Fault(f.place, f"{f.says} (in {', '.join(names)})") for f, names in shared.items()]
    faults += _too_many(made)
    return made


def _too_many(made: list[Variant]) -> Iterator[Fault]:
    """Yield that there are too many variants, or that two of them would be kept in the same files."""
    if len(made) > MOST_VARIANTS:
        yield Fault(("figures",), f"at most {MOST_VARIANTS} variants; got {len(made)}, sweep less")
    taken: set[str] = set()
    for variant in made:
        plain = variant.name.lower()  # some systems take capitals for small letters
        files = (plain, f"{plain}-half")  # as the files of the half size are called
        if again := next((file for file in files if file in taken), None):
            twice = f"two variants would both be called {again}; give each value once"
            yield Fault(("figures", variant.figure), twice)
        taken.update(files)


def _chosen(keys: Keys, made: list[Variant], faults: list[Fault]) -> list[Variant]:
    """Return those of the variants that ``only`` names, by their figure or by their own name."""
    if keys.only is None:
        return made
    for name in keys.only:
        figure = name.partition("-")[0]
        known = tuple(v.name for v in made if v.figure == figure)
        if figure not in lecture.NAMES:
            faults.append(Fault(("only",), f"no figure {short_repr(name)}; {choose(name, lecture.NAMES)}"))
        elif known and name != figure and name not in known:
            faults.append(Fault(("only",), f"no variant {short_repr(name)}; {choose(name, known)}"))
    asked = set(keys.only)
    return [v for v in made if v.name in asked or v.figure in asked]


def _once(values: list[str], order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(v for v in order if v in values)
