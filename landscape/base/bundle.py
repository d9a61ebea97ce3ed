"""Named results that are kept, saved and loaded together: the data of one figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from landscape.base.checks import not_masked
from landscape.base.results import WIDTH, read_only
from landscape.base.wording import truncated


class Bundle(Mapping[str, Any]):
    """A read-only mapping from names to results, with attribute access.

    Values are results of this package (surfaces, profiles, trajectories, planes, other bundles),
    arrays, numbers, strings, Fractions, None, or tuples of these. Arrays are copied and made read-only.

    Examples
    --------
    >>> b = Bundle(seed=3, norms=np.array([1.0, 2.0]))
    >>> b.seed, b["norms"].tolist()
    (3, [1.0, 2.0])
    """

    def __init__(self, /, **items: Any) -> None:
        for name in items:
            if name.startswith("_") or hasattr(Mapping, name):
                raise ValueError(f"a bundle's names must not be private or those of Mapping; got {name!r}, rename it")
        object.__setattr__(self, "_items", {name: _with_read_only_arrays(name, value) for name, value in items.items()})

    def __getitem__(self, name: str) -> Any:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._items[name]
        except KeyError:
            raise AttributeError(f"no {name!r} in this bundle; it holds {', '.join(self._items)}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a bundle is read-only; cannot set {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Bundle, **self._items), ()

    # Equality is identity, as for every result: comparing arrays gives no single truth value.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return truncated(f"Bundle({', '.join(self._items)})", WIDTH)

    def __str__(self) -> str:
        """Return the number of items in one line, their names and types in another."""
        kinds = ", ".join(f"{name}: {type(value).__name__}" for name, value in self._items.items())
        return f"Bundle of {len(self)}\n  {truncated(kinds, WIDTH - 2)}"


def _with_read_only_arrays(name: str, value: Any) -> Any:
    if isinstance(value, np.ndarray):
        not_masked(name, value)
        return read_only(value, None)
    if type(value) is tuple:
        return tuple(_with_read_only_arrays(name, v) for v in value)
    return value
