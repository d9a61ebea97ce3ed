"""JSON as figures write it and read it back.

JSON has no infinity and no NaN: a number that is not finite is written as the text "inf", "-inf" or "nan".
"""

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any


def to_json(value: Any, *, indent: int | None = 1, sort_keys: bool = False) -> str:
    """Return a value as JSON.

    >>> to_json({"loss": [0.5, float("nan"), float("-inf")]}, indent=None)
    '{"loss": [0.5, "nan", "-inf"]}'
    """
    options: dict[str, Any] = {"indent": indent, "sort_keys": sort_keys, "ensure_ascii": False, "allow_nan": False}
    try:
        return json.dumps(value, **options)
    except ValueError:
        return json.dumps(_with_texts(value), **options)


def from_json(data: bytes) -> Any:
    """Return the value in a JSON text; raise ValueError for what is not JSON, or what not all readers read alike.

    That is a key that is given twice, a number that is not finite or has thousands of digits, half a surrogate pair,
    and lists nested thousands of levels deep.
    """
    text = data.decode()
    try:
        value = json.loads(text, parse_constant=_number, parse_float=_number, object_pairs_hook=_object)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # raises UnicodeEncodeError for half a surrogate pair
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _with_texts(value: Any) -> Any:
    """Return a value with text in place of each number that is not finite."""
    match value:
        case float():
            return value if math.isfinite(value) else str(float(value))
        case list() | tuple():
            return [_with_texts(inner) for inner in value]
        case Mapping():
            return {key: _with_texts(inner) for key, inner in value.items()}
    return value


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is not a finite number")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"key {twice[:60]!r} is given twice")
    return table
