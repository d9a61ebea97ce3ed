"""Sweeps: a list where a setting takes a single value gives a variant of the figure for each entry.

How a list is interpreted follows two rules: a value that is valid as it is is the setting's value; otherwise, a
list is a sweep if the setting takes no list, or if any of its entries is valid. So for a setting that
takes a list itself, a sweep is a list of lists. Several sweeps give every combination, the last one varying fastest.
"""

from __future__ import annotations

import datetime
import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from figures.lecture.settings import FigureSettings
from figures.recipes.faults import Fault, Place, explain
from figures.recipes.variants import Variant, variant_name
from figures.style.wording import short_repr

MOST_VARIANTS = 10_000
"""Largest number of variants in one recipe."""
MOST_FAULTS = 10
"""Number of mistakes in combinations of a figure's settings after which no further combinations are checked."""


@dataclass(frozen=True)
class Given:
    """A value that a recipe gives to a setting, and its path: in the figure's own table or in the defaults."""

    value: Any
    place: Place


def variants(
    figure: str, model: type[FigureSettings], table: Mapping[str, Given], faults: list[Fault]
) -> list[Variant]:
    """Return the variants of a figure that ``table`` defines; append mistakes in it to ``faults``.

    Parameters
    ----------
    figure : name of the lecture figure
    model : its settings
    table : setting -> the value given to it, in the order of the recipe
    faults : list that mistakes are appended to
    """
    choices: dict[str, list[Any]] = {}
    swept: set[str] = set()
    n_before = len(faults)
    for key, given in table.items():
        choices[key] = [given.value]
        found = _faults(model, key, given.value, given.place)
        if found and key in model.model_fields and isinstance(given.value, list) and given.value:
            each = [_faults(model, key, v, (*given.place, i)) for i, v in enumerate(given.value)]
            if not all(each) or not _takes_lists(model, key):
                found = list(itertools.chain.from_iterable(each)) or _repeated_entries(given)
                choices[key] = given.value
                swept.add(key)
        elif key in model.model_fields and given.value == [] and not _takes_lists(model, key):
            found = [Fault(f.place, f"{f.says}; a sweep has at least one entry") for f in found]
        faults += found
    if len(faults) > n_before:
        return []
    count = math.prod(map(len, choices.values()))
    if count > MOST_VARIANTS:
        factors = ", ".join(f"{len(choices[key])} of {key}" for key in table if key in swept)
        message = f"at most {MOST_VARIANTS} variants; got {count} ({factors}), sweep less"
        faults.append(Fault(("figures", figure), message))
        return []
    return _combined(figure, model, choices, swept, faults)


def _combined(
    figure: str,
    model: type[FigureSettings],
    choices: Mapping[str, list[Any]],
    swept: set[str],
    faults: list[Fault],
) -> list[Variant]:
    """Return a variant for every combination of the choices."""
    made: list[Variant] = []
    wrong: dict[Fault, None] = {}  # an ordered set: each mistake once
    for places in itertools.product(*map(range, map(len, choices.values()))):
        at = dict(zip(choices, places, strict=True))
        table = {key: choices[key][place] for key, place in at.items()}
        try:
            settings = model.model_validate_json(json.dumps(table), strict=True)
        except ValidationError as error:
            combination = "".join(f"with {key} = {short_repr(table[key])}: " for key in table if key in swept)
            found = explain(error, model, ("figures", figure))
            wrong |= {Fault(f.place, f"{combination}{f.says}"): None for f in found}
            if len(wrong) >= MOST_FAULTS:
                break
            continue
        swept_values = {key: getattr(settings, key) for key in model.model_fields if key in swept}
        made.append(Variant(name=variant_name(figure, swept_values, at), figure=figure, settings=settings))
    faults += wrong
    return made


def _repeated_entries(given: Given) -> list[Fault]:
    """Return a mistake for each entry of a sweep that repeats an earlier one; all entries are valid."""
    seen: set[Any] = set()
    faults = []
    for i, value in enumerate(given.value):
        entry = _hashable(value)
        if entry in seen:
            message = f"must be given once; got {short_repr(value)} again, leave it out"
            faults.append(Fault((*given.place, i), message))
        seen.add(entry)
    return faults


def _hashable(value: Any) -> Any:
    """Return a value with its lists turned into tuples, so that it can be put in a set."""
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def _takes_lists(model: type[FigureSettings], key: str) -> bool:
    """Return whether a setting takes a list: if so, an empty list is valid or is only too short."""
    try:
        model.model_validate_json(json.dumps({key: []}), strict=True)
    except ValidationError as error:
        return all(e["type"] == "too_short" or e["loc"] != (key,) for e in error.errors())
    return True


def _faults(model: type[FigureSettings], key: str, value: Any, place: Place) -> list[Fault]:
    """Return the mistakes in the value of one setting, independently of the other settings."""
    try:
        text = json.dumps({key: value}, default=_refuse_dates)
    except _DateError as error:
        return [Fault(place, f"no setting is a date or time; got {error}")]
    except (ValueError, RecursionError):
        return [Fault(place, f"a number has too many digits, or tables are nested too deeply; got {short_repr(value)}")]
    try:
        # Strict validation of JSON accepts a list for a tuple and 1 for 1.0, but not "1" or true for 1.
        model.model_validate_json(text, strict=True)
    except ValidationError as error:
        # Errors without a path concern several settings.
        return [Fault((*place, *f.place[1:]), f.says) for f in explain(error, model, ()) if f.place]
    return []


class _DateError(Exception):
    pass


def _refuse_dates(value: datetime.date | datetime.time) -> None:
    raise _DateError(str(value))
