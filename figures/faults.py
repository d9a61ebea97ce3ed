"""What is wrong with a recipe, in words: one line for each fault, with the key, the value and the way out."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError


class RecipeError(ValueError):
    """A recipe that cannot be carried out; ``faults`` has one line for each thing wrong with it."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def explain(
    error: ValidationError, model: type[BaseModel], place: tuple[str, ...], labels: Mapping[str, str]
) -> Iterator[str]:
    """Yield a line for each thing that pydantic found."""
    for found in error.errors():
        inside = found["loc"]
        where = key_path((*place, *inside))
        if inside and str(inside[0]) in labels:
            where = labels[str(inside[0])]
        if found["type"] == "extra_forbidden":
            allowed = tuple(model.model_fields) if len(inside) == 1 else ()
            yield f"{where}: unknown key; {choose(str(inside[-1]), allowed)}"
            continue
        rule = (
            found["msg"]
            .removeprefix("Value error, ")
            .removeprefix("Assertion failed, ")
            .replace("Input should", "should")
        )
        yield f"{where}: {shortened(rule[:1].lower() + rule[1:], 300)}; got {shown(found['input'])}"


def key_path(parts: tuple[int | str, ...]) -> str:
    """Return ``figures.leaving.offsets[2]``."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            is_bare = part.isascii() and part.replace("_", "").replace("-", "").isalnum()
            name = part if is_bare else json.dumps(part, ensure_ascii=False)
            text += f".{shortened(name, 60)}" if text else shortened(name, 60)
    return text


def choose(given: str, allowed: tuple[str, ...]) -> str:
    """Return a way out: the nearest name and all that there are."""
    if not allowed:
        return "remove it"
    near = difflib.get_close_matches(given[:60], allowed, n=1, cutoff=0.5)
    return f"{f'did you mean {near[0]!r}? ' if near else ''}choose from {', '.join(allowed)}"


def shown(value: Any) -> str:
    """Return a value as Python writes it, on one line of bounded length."""
    try:
        return shortened(repr(value), 80)
    except (ValueError, RecursionError):  # thousands of digits, thousands of levels
        return f"a value of type {type(value).__name__} that is too long to show"


def shortened(text: str, length: int) -> str:
    """Return ``text`` on one line of at most ``length`` characters."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 3] + "..."
