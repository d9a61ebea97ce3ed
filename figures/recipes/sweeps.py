"""Sweeps: a list where a setting takes a single value gives a variant of the figure for each entry.

A list is a sweep if it is nested deeper than the values of the setting are. So for a setting that takes a list itself,
a sweep is a list of lists. Several sweeps give every combination, the last one varying fastest.
"""

import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from figures.lecture.settings import FigureSettings
from figures.recipes.faults import Fault, Place, choose, explain, first_few
from figures.recipes.recipe import Variant, variant_name
from figures.recipes.whole_numbers import whole
from landscape.base.wording import short_repr

MOST_VARIANTS = 10_000
"""Largest number of variants in one recipe."""
MOST_FAULTS = 10
"""Number of mistakes in combinations of a figure's settings after which no further combinations are checked."""


@dataclass(frozen=True)
class Given:
    """A value that a recipe gives to a setting."""

    value: Any
    place: Place  # its path: in the figure's own table or in the defaults
    position: int | None = None  # its index in a sweep, None outside of sweeps


def variants(
    figure: str, model: type[FigureSettings], table: Mapping[str, Given], faults: list[Fault]
) -> list[Variant]:
    """Return the variants of a figure that ``table`` defines; append mistakes in it to ``faults``.

    table : setting -> the value given to it, in the order of the recipe
    """
    table = {k: replace(given, value=whole(given.value, model.model_fields.get(k))) for k, given in table.items()}
    swept = swept_lengths(model, table)
    choices = {key: _choices(given) if key in swept else [given] for key, given in table.items()}
    unknown = [key for key in table if key not in model.model_fields]
    found = [fault for key in choices if key in model.model_fields for fault in _mistakes(model, key, choices[key])]
    found += first_few(("figures", figure), unknown, lambda key: _unknown_key(table[key].place, model))
    faults += found
    return [] if found else _combined(figure, model, choices, faults)


def swept_lengths(model: type[FigureSettings], table: Mapping[str, Given]) -> dict[str, int]:
    """Return the settings of a figure that are swept, each with the number of its values."""
    fields = {key: field for key, field in model.model_fields.items() if key in table}
    return {
        key: len(table[key].value)
        for key, field in fields.items()
        if table[key].value != [] and _depth(table[key].value) > _depth_of_type(field.annotation)
    }


def too_many(swept: Mapping[str, Mapping[str, int]]) -> list[Fault]:
    """Return the mistakes if the figures of a recipe have too many variants: of one figure, or together.

    swept : figure -> its swept settings, each with the number of its values
    """
    counts = {figure: math.prod(lengths.values()) for figure, lengths in swept.items()}
    faults = []
    for figure, count in counts.items():
        if count > MOST_VARIANTS:
            factors = ", ".join(f"{length} of {key}" for key, length in swept[figure].items())
            message = f"at most {MOST_VARIANTS} variants; got {count} ({factors}), sweep less"
            faults.append(Fault(("figures", figure), message))
    if not faults and (total := sum(counts.values())) > MOST_VARIANTS:
        faults.append(Fault(("figures",), f"at most {MOST_VARIANTS} variants; got {total}, sweep less"))
    return faults


def _choices(given: Given) -> list[Given]:
    """Return the entries of a sweep."""
    return [Given(value, (*given.place, i), i) for i, value in enumerate(given.value)]


def _unknown_key(place: Place, model: type[FigureSettings]) -> Fault:
    return Fault(place, f"unknown key; {choose(str(place[-1]), tuple(model.model_fields))}")


def _depth(value: Any) -> int:
    """Return how deeply lists are nested in a value."""
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def _depth_of_type(annotation: Any) -> int:
    """Return how deeply lists are nested in the values of a type, which calls them tuples."""
    inner = max(map(_depth_of_type, get_args(annotation)), default=0)
    return inner + 1 if get_origin(annotation) is tuple else inner


def _mistakes(model: type[FigureSettings], key: str, values: list[Given]) -> list[Fault]:
    """Return the mistakes in the values of one setting, independently of the other settings."""
    found = [fault for given in values for fault in _faults(model, key, given)]
    field, first = model.model_fields.get(key), values[0]
    if field and first.value == [] and first.position is None and not _depth_of_type(field.annotation):
        return [replace(fault, says=f"{fault.says}; a sweep has at least one entry") for fault in found]
    return found or _repeated(values)


def _faults(model: type[FigureSettings], key: str, given: Given) -> list[Fault]:
    try:
        text = json.dumps({key: given.value}, default=_refuse)
    except TypeError as error:
        return [Fault(given.place, str(error))]
    except (ValueError, RecursionError):
        return [_too_large(given)]
    try:
        # Strict validation of JSON accepts a list for a tuple and 1 for 1.0, but not "1" or true for 1.
        model.model_validate_json(text, strict=True)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":  # nested more deeply than pydantic reads
            return [_too_large(given)]
        # Errors without a path concern several settings.
        return [replace(f, place=(*given.place, *f.place[1:])) for f in explain(error, model, ()) if f.place]
    return []


def _too_large(given: Given) -> Fault:
    message = f"a number has too many digits, or tables are nested too deeply; got {short_repr(given.value)}"
    return Fault(given.place, message)


def _refuse(value: object) -> None:
    raise TypeError(f"no setting is a date or time; got {value}")


def _repeated(values: list[Given]) -> list[Fault]:
    """Return a mistake for each entry of a sweep that repeats an earlier one; all entries are valid."""
    seen: set[Any] = set()
    faults = []
    for given in values:
        entry = _hashable(given.value)
        if entry in seen:
            message = f"must be given once; got {short_repr(given.value)} again, leave it out"
            faults.append(Fault(given.place, message))
        seen.add(entry)
    return faults


def _hashable(value: Any) -> Any:
    """Return a value with its lists turned into tuples, so that it can be put in a set."""
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def _combined(
    figure: str, model: type[FigureSettings], choices: Mapping[str, list[Given]], faults: list[Fault]
) -> list[Variant]:
    """Return a variant for every combination of the choices; here, settings that do not go together are found."""
    made: list[Variant] = []
    wrong: dict[Fault, None] = {}  # an ordered set: each mistake once
    for combination in itertools.product(*choices.values()):
        chosen = dict(zip(choices, combination, strict=True))
        text = json.dumps({key: given.value for key, given in chosen.items()})
        try:
            settings = model.model_validate_json(text, strict=True)
        except ValidationError as error:
            swept = {key: given for key, given in chosen.items() if given.position is not None}
            which = "".join(f"with {key} = {short_repr(given.value)}: " for key, given in swept.items())
            wrong |= {Fault(f.place, f"{which}{f.says}"): None for f in explain(error, model, ("figures", figure))}
            if len(wrong) >= MOST_FAULTS:
                break
            continue
        positions = {key: given.position for key, given in chosen.items() if given.position is not None}
        values = {key: getattr(settings, key) for key in model.model_fields if key in positions}
        values |= {key: Path(values[key]).stem for key in model.FILES if key in values}
        made.append(Variant(name=variant_name(figure, values, positions), figure=figure, settings=settings))
    faults += wrong
    return made
