"""Several named results kept, saved and loaded together: what one figure shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from landscape.frozen import read_only


class Bundle(Mapping[str, Any]):
    """A read-only mapping from names to results, also reachable as attributes.

    Values are results of this package (surfaces, profiles, trajectories, planes, other bundles),
    arrays, numbers, strings, Fractions, None, or tuples of these. Arrays are copied and made read-only.

    Examples
    --------
    >>> b = Bundle(seed=3, norms=np.array([1.0, 2.0]))
    >>> b.seed, b["norms"].tolist()
    (3, [1.0, 2.0])
    """

    def __init__(self, **items: Any) -> None:
        kept = {k: read_only(v, None) if isinstance(v, np.ndarray) else v for k, v in items.items()}
        object.__setattr__(self, "_items", kept)

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

    def __getstate__(self) -> dict[str, Any]:
        return dict(self._items)

    def __setstate__(self, state: dict[str, Any]) -> None:
        object.__setattr__(self, "_items", state)

    def __repr__(self) -> str:
        return f"Bundle({', '.join(self._items)})"
