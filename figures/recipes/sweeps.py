"""Sweeps: a list where a setting takes a single value gives a variant of the figure for each entry.

A list is a sweep if it is nested deeper than the values of the setting are. So for a setting that takes a list itself,
a sweep is a list of lists. Several sweeps give every combination, the last one varying fastest.
"""

import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from figures.lecture.settings import FigureSettings
from figures.recipes.faults import Fault, Place, explain
from figures.recipes.recipe import Variant, variant_name
from figures.style.wording import short_repr

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
    choices = {key: _choices(model.model_fields.get(key), given) for key, given in table.items()}
    found = [fault for key, values in choices.items() for fault in _mistakes(model, key, values)]
    count = math.prod(map(len, choices.values()))
    if count > MOST_VARIANTS and not found:
        swept = {key: values for key, values in choices.items() if values[0].position is not None}
        factors = ", ".join(f"{len(values)} of {key}" for key, values in swept.items())
        message = f"at most {MOST_VARIANTS} variants; got {count} ({factors}), sweep less"
        found.append(Fault(("figures", figure), message))
    faults += found
    return [] if found else _combined(figure, model, choices, faults)


def _choices(field: FieldInfo | None, given: Given) -> list[Given]:
    """Return the entries of a sweep, or the single value that is given."""
    if field is None or given.value == [] or _depth(given.value) <= _depth_of_type(field.annotation):
        return [given]
    return [Given(value, (*given.place, i), i) for i, value in enumerate(given.value)]


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
        return [Fault(fault.place, f"{fault.says}; a sweep has at least one entry") for fault in found]
    return found or _repeated(values)


def _faults(model: type[FigureSettings], key: str, given: Given) -> list[Fault]:
    try:
        text = json.dumps({key: given.value}, default=_refuse)
    except TypeError as error:
        return [Fault(given.place, str(error))]
    except (ValueError, RecursionError):
        message = f"a number has too many digits, or tables are nested too deeply; got {short_repr(given.value)}"
        return [Fault(given.place, message)]
    try:
        # Strict validation of JSON accepts a list for a tuple and 1 for 1.0, but not "1" or true for 1.
        model.model_validate_json(text, strict=True)
    except ValidationError as error:
        # Errors without a path concern several settings.
        return [Fault((*given.place, *f.place[1:]), f.says) for f in explain(error, model, ()) if f.place]
    return []


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
        made.append(Variant(name=variant_name(figure, values, positions), figure=figure, settings=settings))
    faults += wrong
    return made
