"""Lossless text for plain Python values that netCDF attributes have no type for.

JSON with five additions, each an object with one key: ``{"tuple": [...]}``, ``{"set": [...]}``
(sorted; read as a frozenset), ``{"Fraction": "1/8"}``, ``{"mapping": [[key, value], ...]}`` and, since JSON has no such
numbers, ``{"float": "nan"}``, ``{"float": "inf"}`` and ``{"float": "-inf"}``.
"""

import json
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any


def is_natural(value: Any) -> bool:
    """Return whether ``value`` is an int, float or string that HDF5 stores unchanged."""
    match value:
        case bool():
            return False
        case int():
            return -(2**63) <= value < 2**63
        case float():
            return True
        case str():
            return value.isprintable()
    return False


def is_plain(value: Any) -> bool:
    """Return whether :func:`to_json` can write ``value``."""
    match value:
        case None | bool() | int() | float() | str() | Fraction():
            return type(value) in (type(None), bool, int, float, str, Fraction)
        case list() | set() | frozenset():
            return all(map(is_plain, value))
        case tuple():
            return type(value) is tuple and all(map(is_plain, value))
        case dict() | MappingProxyType():
            return all(map(is_plain, value)) and all(map(is_plain, value.values()))
    return False


def to_json(value: Any) -> str:
    """Return ``value`` as JSON text.

    >>> to_json((1, None, Fraction(1, 8)))
    '{"tuple": [1, null, {"Fraction": "1/8"}]}'
    >>> from_json(to_json((1, None, Fraction(1, 8))))
    (1, None, Fraction(1, 8))
    """
    return json.dumps(_tagged(value), allow_nan=False)


def from_json(text: str) -> Any:
    """Return the value that :func:`to_json` wrote; earlier versions wrote NaN and Infinity without a tag."""
    return _untagged(json.loads(text))


def finite_json(value: Any, **options: Any) -> str:
    """Return plain JSON for other programs; numbers that are not finite are text: "nan", "inf", "-inf".

    options : of ``json.dumps``

    >>> finite_json({"loss": [0.5, float("nan"), float("-inf")]})
    '{"loss": [0.5, "nan", "-inf"]}'
    """
    return json.dumps(_with_finite_numbers(value), allow_nan=False, **options)


def _with_finite_numbers(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return str(float(value))
        case Mapping():
            return {key: _with_finite_numbers(v) for key, v in value.items()}
        case list() | tuple():
            return [_with_finite_numbers(v) for v in value]
    return value


def fraction(text: str) -> Fraction:
    """Return the Fraction that ``str`` wrote; refuse other notations, such as 1e99999999, which would take too long.

    >>> fraction("-1/8")
    Fraction(-1, 8)
    """
    if not isinstance(text, str) or re.fullmatch(r"-?[0-9]+(/[0-9]+)?", text) is None:
        raise ValueError(f"a Fraction must be given as 1/8; got {str(text)[:30]!r}")
    return Fraction(text)


def _tagged(value: Any) -> Any:  # noqa: PLR0911 - a table of types
    match value:
        case Fraction():
            return {"Fraction": str(value)}
        case float() if not math.isfinite(value):
            return {"float": str(value)}
        case tuple():
            return {"tuple": [_tagged(v) for v in value]}
        case list():
            return [_tagged(v) for v in value]
        case set() | frozenset():
            return {"set": sorted((_tagged(v) for v in value), key=json.dumps)}
        case Mapping():
            return {"mapping": [[_tagged(k), _tagged(v)] for k, v in value.items()]}
    return value


def _untagged(value: Any) -> Any:  # noqa: PLR0911 - a table of types
    if isinstance(value, list):
        return [_untagged(v) for v in value]
    if not isinstance(value, dict):
        return value
    ((tag, inside),) = value.items()
    match tag:
        case "Fraction":
            return fraction(inside)
        case "float" if inside in {"nan", "inf", "-inf"}:
            return float(inside)
        case "tuple":
            return tuple(_untagged(v) for v in inside)
        case "set":
            return frozenset(_untagged(v) for v in inside)
        case "mapping":
            return {_untagged(k): _untagged(v) for k, v in inside}
    raise ValueError(f"unknown tag {tag!r}")
