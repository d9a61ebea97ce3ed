"""Selects the steps of a long curve to draw: its extremes, since a spike may be a single step."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def envelope(values: NDArray[Any], edges: ArrayLike) -> NDArray[np.int64]:
    """Return the steps to draw of a curve (r,): its ends, and the extremes between consecutive ``edges``.

    Drawing every n-th step would miss spikes. NaN is ignored when the extremes are taken.

    >>> envelope(np.array([0, 1, 9, 1, 0, 0, -3, 0]), [0, 4, 8]).tolist()
    [0, 2, 4, 6, 7]
    """
    parts = [np.array([0, values.size - 1])]
    for low, high in pairwise(np.unique(np.asarray(edges, dtype=np.int64)).tolist()):
        inside = values[low:high]
        if not np.isnan(inside).all():
            parts.append(low + np.array([0, np.nanargmin(inside), np.nanargmax(inside)]))
    return np.unique(np.concatenate(parts))
