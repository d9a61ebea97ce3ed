"""What is wrong with a recipe, in words: one line for each fault, with the key, the value and the way out."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from figures.style.wording import short_repr, truncated

Place = tuple[int | str, ...]
"""Where a value stands: the keys of the tables and the indices of the lists on the way to it."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a recipe.

    place : where the value stands
    says : the rule, the value and the way out
    source : key that the value came with, if it is not ``place``
    """

    place: Place
    says: str
    source: Place = ()

    def line(self, labels: Mapping[str, str], origins: Mapping[Place, str]) -> str:
        """Return the fault in one line.

        labels : what a first key is called that did not come from a file, such as ``{"styles": "--style"}``
        origins : the file that each key came from
        """
        if self.place and str(self.place[0]) in labels:
            return f"{labels[str(self.place[0])]}: {self.says}"
        at = self.source or self.place
        found = (origins[at[:n]] for n in range(len(at), 0, -1) if at[:n] in origins)
        return ": ".join([*(f"{file}" for file in [next(found, "")] if file), key_path(self.place), self.says])


class RecipeError(ValueError):
    """A recipe that cannot be carried out; ``faults`` has one line for each thing wrong with it."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


MOST_CHOICES = 40
"""Names that a way out lists."""
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
    "string_too_short": "must not be empty",
    "string_type": "must be text in quotes",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "tuple_type": "must be a list",
}
"""What each kind of fault that pydantic finds is called here; those of validators speak for themselves."""


def explain(error: ValidationError, model: type[BaseModel], place: Place, source: Place = ()) -> Iterator[Fault]:
    """Yield each thing that pydantic found in what stands at ``place``."""
    found = error.errors()
    for one in found:
        inside = one["loc"]
        # A list without its bad entries is too short, too, but nothing else is wrong with it.
        within = (o["loc"] for o in found if o["loc"][: len(inside)] == inside)
        if one["type"] == "too_short" and any(loc != inside for loc in within):
            continue
        if one["type"] == "missing" and isinstance(inside[-1], int):  # told once, of the list that is too short
            beside = [o["loc"][-1] for o in found if o["type"] == "missing" and o["loc"][:-1] == inside[:-1]]
            if inside[-1] == beside[0]:
                count = len(one["input"]) + len(beside)
                yield Fault(
                    (*place, *inside[:-1]), f"must have {count} entries; got {short_repr(one['input'])}", source
                )
            continue
        if one["type"] == "extra_forbidden":
            allowed = tuple(model.model_fields) if len(inside) == 1 else ()
            says = f"unknown key; {choose(str(inside[-1]), allowed)}"
        elif one["type"] in {"value_error", "assertion_error"}:  # of a validator, which has said what it got
            says = truncated(one["msg"].partition(", ")[2], 300)
        else:
            says = f"{_rule(one, model)}; got {short_repr(one['input'])}"
        yield Fault((*place, *inside), says, source)


def _rule(found: ErrorDetails, model: type[BaseModel]) -> str:
    """Return what must be so, with an example where a list is wanted."""
    kind = found["type"]
    if kind not in RULES:
        return truncated(found["msg"].replace("Input should", "must"), 300)
    limits = {k: f"{v:.15g}" if isinstance(v, int | float) else v for k, v in found.get("ctx", {}).items()}
    rule = RULES[kind].format_map(limits).replace(" 1 entries", " 1 entry")
    if kind in {"list_type", "tuple_type"} and len(found["loc"]) == 1:
        field = model.model_fields[str(found["loc"][0])]
        example = [*(field.examples or ()), field.get_default()][0]
        rule += f", such as {truncated(json.dumps(example), 100)}" if example else ""
    return rule


def key_path(parts: Place) -> str:
    """Return ``figures.leaving.offsets[2]``."""
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
    """Return a way out: the nearest name and all that there are."""
    if not allowed:
        return "remove it"
    small = {name.lower(): name for name in allowed}
    near = [small[name] for name in difflib.get_close_matches(given[:60].lower(), small, n=1, cutoff=0.5)]
    more = f" and {len(allowed) - MOST_CHOICES} more" if len(allowed) > MOST_CHOICES else ""
    named = ", ".join(allowed[:MOST_CHOICES])
    return f"{f'did you mean {near[0]!r}? ' if near else ''}choose from {named}{more}"
