"""Values and text on one line of bounded length, and lists in words."""

from collections.abc import Sequence
from typing import Any


def short_repr(value: Any) -> str:
    """Return a value as Python writes it, on one line of bounded length."""
    try:
        return truncated(repr(value), 80)
    except (
        ValueError,
        RecursionError,
    ):  # an integer with thousands of digits, a structure nested thousands of levels deep
        return f"a value of type {type(value).__name__} that is too long to show"


def truncated(text: str, length: int) -> str:
    """Return ``text`` on one line of at most ``length`` characters."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 3] + "..."


def alternatives(words: Sequence[str]) -> str:
    """Return words as a list of alternatives.

    >>> alternatives(["6", "7", "8"]), alternatives(["5"])
    ('6, 7 or 8', '5')
    """
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
