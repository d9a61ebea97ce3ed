"""Template filters that format numbers on the pages."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from landscape import wilson


def number(value: float, digits: int = 3) -> str:
    """Return a number with ``digits`` significant digits.

    >>> number(0.27343), number(2e-32)
    ('0.273', '2e-32')
    """
    return f"{float(value):.{digits}g}"


def share(count: int, total: int) -> str:
    """Return a share in percent, with its Wilson 95 % interval.

    >>> share(50, 100)
    '50.0 % [40.4, 59.6]'
    """
    low, high = (100 * float(end) for end in wilson(int(count), int(total)))
    return f"{100 * int(count) / int(total):.1f} % [{low:.1f}, {high:.1f}]"


def upper(count: int, total: int) -> str:
    """Return the upper end of the Wilson 95 % interval of a share, in percent.

    >>> upper(0, 100)
    '3.7 %'
    """
    return f"{100 * float(wilson(int(count), int(total))[1]):.2g} %"


def listed(values: Sequence[Any]) -> str:
    """Return values joined as in a sentence: 1/8, 1/6 and 1/4.

    >>> listed([1, 2, 3]), listed([1])
    ('1, 2 and 3', '1')
    """
    words = [str(value) if isinstance(value, Fraction | str | int | np.integer) else number(value) for value in values]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def largest(values: Any) -> float:
    """Return the largest of an array's finite values."""
    array = np.asarray(values, dtype=float)
    return float(array[np.isfinite(array)].max())


def smallest(values: Any) -> float:
    """Return the smallest of an array's finite values."""
    array = np.asarray(values, dtype=float)
    return float(array[np.isfinite(array)].min())


def on_no_level(counts: Any) -> int:
    """Return how many runs end on no level; counts has shape (methods, outcomes) or (methods, steps, outcomes).

    >>> on_no_level([[5, 1], [4, 2]]), on_no_level([[[0, 6], [4, 2]]])
    (3, 2)
    """
    array = np.asarray(counts)
    return int(array[..., -1].sum() if array.ndim == 2 else array[:, -1, -1].sum())


FILTERS = {
    "upper": upper,
    "on_no_level": on_no_level,
    "number": number,
    "share": share,
    "listed": listed,
    "largest": largest,
    "smallest": smallest,
}
