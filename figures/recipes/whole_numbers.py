"""Whole numbers in recipes that are written as ``1e4``, which TOML reads as the float 10000.0."""

from typing import Any, get_args

from pydantic.fields import FieldInfo

EXACT = 2.0**53
"""Size up to which every whole number is a float."""


def whole(value: Any, field: FieldInfo | None) -> Any:
    """Return the value of a field with floats that are whole as integers, also in lists, if the field asks for these.

    >>> from figures.lecture.settings import FigureSettings
    >>> class Settings(FigureSettings):
    ...     steps: int = 1
    ...     offset: float = 1.0
    >>> [whole([1e4, 0.5], field) for field in Settings.model_fields.values()]
    [[10000, 0.5], [10000.0, 0.5]]
    """
    return _converted(value) if field and _asks_for_integers(field.annotation) else value


def _asks_for_integers(annotation: Any) -> bool:
    return annotation is int or any(map(_asks_for_integers, get_args(annotation)))


def _converted(value: Any) -> Any:
    if isinstance(value, list):
        return [_converted(one) for one in value]
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) <= EXACT
    return int(value) if is_whole else value
