"""JSON as figures write it, and read it back from a file that may come from anyone."""

import json
import math
from collections import Counter
from typing import Any

from landscape.io.json_text import finite_json


def to_json(value: Any, *, sort_keys: bool = False) -> str:
    """Return a value as JSON, indented by one space a level; numbers that are not finite are text."""
    return finite_json(value, indent=1, sort_keys=sort_keys, ensure_ascii=False)


def from_json(data: bytes) -> Any:
    """Return the value in a JSON text; raise ValueError for what is not JSON, or what not all readers read alike.

    That is a key that is given twice, a number that is not finite or has thousands of digits, half a surrogate pair,
    and lists nested thousands of levels deep.
    """
    text = data.decode()
    try:
        value = json.loads(
            text, parse_constant=_number, parse_float=_number, parse_int=_whole_number, object_pairs_hook=_object
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # raises UnicodeEncodeError for half a surrogate pair
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is not a finite number")
    return value


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:  # Python's limit on digits, of which it speaks in its own terms
        raise ValueError("a whole number has thousands of digits") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"key {twice[:60]!r} is given twice")
    return table
