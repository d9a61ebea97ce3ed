"""Error messages for recipes: one line for each mistake, with the key, the value and how to fix it."""

import difflib
import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from landscape.base.wording import short_repr, truncated

Place = tuple[int | str, ...]
"""Path of a value in a recipe: the keys of the tables and the indices of the lists that lead to it."""


@dataclass(frozen=True)
class Fault:
    """One mistake in a recipe."""

    place: Place  # path of the value
    says: str  # the rule, the value and how to fix it
    source: Place = ()  # key that the value was given under, if it is not ``place``
    count: int = 1  # number of mistakes that it stands for

    def line(self, labels: Mapping[str, str], origins: Mapping[Place, str]) -> str:
        """Return the mistake as one line.

        labels : names of top-level keys that do not come from a file, such as ``{"styles": "--style"}``
        origins : the file that each key comes from
        """
        if self.place and str(self.place[0]) in labels:
            return f"{labels[str(self.place[0])]}: {self.says}"
        at = self.source or self.place
        prefixes = (at[:n] for n in range(len(at), 0, -1))
        file = next((origins[prefix] for prefix in prefixes if prefix in origins), "")
        return ": ".join(part for part in (file, key_path(self.place), self.says) if part)


Wrong = TypeVar("Wrong")


def first_few(place: Place, wrong: Sequence[Wrong], fault: Callable[[Wrong], Fault]) -> Iterator[Fault]:
    """Yield a mistake for each of the first values that are wrong, and one that says how many more there are."""
    yield from map(fault, wrong[:MOST_LINES])
    yield from _more(place, len(wrong) - MOST_LINES)


def no_such(key: str, kind: str, name: str, allowed: tuple[str, ...]) -> Fault:
    """Return the mistake that the list ``key`` names something that does not exist."""
    return Fault((key,), f"no {kind} {short_repr(name)}; {choose(name, allowed)}", (key, name))


def _more(place: Place, count: int) -> Iterator[Fault]:
    if count > 0:
        yield Fault(place, f"and {count} more mistake{'s' * (count > 1)}", count=count)


def lines(faults: Iterable[Fault], labels: Mapping[str, str], origins: Mapping[Place, str]) -> Iterator[str]:
    """Yield the first mistakes, each once and as one line, and a line that says how many more there are."""
    different = {fault.line(labels, origins): fault.count for fault in faults}
    yield from list(different)[:MOST_LINES]
    yield from (fault.says for fault in _more((), sum(list(different.values())[MOST_LINES:])))


class RecipeError(ValueError):
    """Raised for a recipe that cannot be rendered; ``faults`` has one line for each mistake in it."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


MOST_LINES = 20
"""Largest number of mistakes that are reported, of a recipe and of one value in it."""
MOST_CHOICES = 40
"""Largest number of names that a message lists."""
MOST_SIMILAR = 1000
"""Largest number of names that an unknown one is compared with."""
RULES = {
    "bool_type": "must be true or false",
    "dict_type": "must be a table, as under [figures.NAME]",
    "finite_number": "must be finite",
    "float_type": "must be a number",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "missing": "must not be left out",
    "model_type": "must be a table, as under [figures.NAME]",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must not be empty",
    "string_type": "must be text in quotes",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "tuple_type": "must be a list",
}
"""Error types of pydantic -> the message used here; validators provide messages of their own."""


def explain(error: ValidationError, model: type[BaseModel], place: Place) -> Iterator[Fault]:
    """Yield each mistake that pydantic found in the value at ``place``."""
    details = error.errors(include_url=False)
    yield from itertools.islice(_explained(details, model, place), MOST_LINES)
    first_keys = {detail["loc"][:1] for detail in details}
    yield from _more((*place, *(first_keys.pop() if len(first_keys) == 1 else ())), len(details) - MOST_LINES)


def _explained(details: list[ErrorDetails], model: type[BaseModel], place: Place) -> Iterator[Fault]:
    for detail in details:
        loc = detail["loc"]
        # pydantic drops invalid entries and then also reports the list as too short; only the entries are reported.
        nested = (other["loc"] for other in details if other["loc"][: len(loc)] == loc)
        if detail["type"] == "too_short" and any(other != loc for other in nested):
            continue
        if detail["type"] == "missing" and isinstance(loc[-1], int):  # reported once, for the list that is too short
            missing = [o["loc"][-1] for o in details if o["type"] == "missing" and o["loc"][:-1] == loc[:-1]]
            if loc[-1] == missing[0]:
                count = len(detail["input"]) + len(missing)
                message = f"must have {count} entries; got {short_repr(detail['input'])}"
                yield Fault((*place, *loc[:-1]), message)
            continue
        if detail["type"] == "extra_forbidden":
            allowed = tuple(model.model_fields) if len(loc) == 1 else ()
            message = f"unknown key; {choose(str(loc[-1]), allowed)}"
        elif detail["type"] in {"value_error", "assertion_error"}:  # from a validator, which has named the value
            message = truncated(detail["msg"].partition(", ")[2], 300)
        else:
            message = f"{_rule(detail, model)}; got {short_repr(detail['input'])}{_unquoted(detail)}"
        yield Fault((*place, *loc), message)


def _unquoted(detail: ErrorDetails) -> str:
    """Return how to fix a number, true or false that is in quotes; empty if the value is none of these."""
    text, kind = detail["input"], detail["type"]
    if not isinstance(text, str) or kind not in {"int_type", "float_type", "bool_type"}:
        return ""
    try:
        number = float(text)
    except ValueError:
        fits = kind == "bool_type" and text in {"true", "false"}
    else:
        fits = math.isfinite(number) and kind != "bool_type" and (kind == "float_type" or number.is_integer())
    return f", write {text.strip()} without quotes" if fits and len(text) <= 30 else ""


def _rule(detail: ErrorDetails, model: type[BaseModel]) -> str:
    """Return the rule that a value violates, with an example where a list is expected."""
    kind = detail["type"]
    if kind not in RULES:
        return truncated(detail["msg"].replace("Input should", "must"), 300)
    limits = {k: f"{v:.15g}" if isinstance(v, int | float) else v for k, v in detail.get("ctx", {}).items()}
    rule = RULES[kind].format_map(limits).replace(" 1 entries", " 1 entry")
    if kind in {"list_type", "tuple_type"} and len(detail["loc"]) == 1:
        field = model.model_fields[str(detail["loc"][0])]
        example = [*(field.examples or ()), None if field.is_required() else field.get_default()][0]
        rule += f", such as {truncated(json.dumps(example), 100)}" if example else ""
    return rule


def key_path(parts: Place) -> str:
    """Return a path as text, such as ``figures.leaving.offsets[2]``."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            is_bare = part.isascii() and part.replace("_", "").replace("-", "").isalnum()
            name = part if is_bare else json.dumps(part, ensure_ascii=False)
            text += f".{truncated(name, 60)}" if text else truncated(name, 60)
    return text


def choose(given: str, allowed: tuple[str, ...]) -> str:
    """Return how to fix an unknown name: the closest allowed name, and all allowed ones."""
    if not allowed:
        return "remove it"
    by_lower_case = {name.lower(): name for name in allowed}
    similar = itertools.islice(by_lower_case, MOST_SIMILAR)
    closest = difflib.get_close_matches(given[:60].lower(), similar, n=1, cutoff=0.5)
    suggestion = f"did you mean {by_lower_case[closest[0]]!r}? " if closest else ""
    more = f" and {len(allowed) - MOST_CHOICES} more" if len(allowed) > MOST_CHOICES else ""
    return f"{suggestion}choose from {', '.join(allowed[:MOST_CHOICES])}{more}"
