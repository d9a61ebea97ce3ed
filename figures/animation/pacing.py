"""When to look at runs so that something happens from each frame to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks


def paced(step: ArrayLike, *paths: ArrayLike, frames: int) -> NDArray[np.int64]:
    """Return which records of some runs to show, at most ``frames`` of them, first and last among them.

    Progress is the mean of the share of each path's length and of the logarithm of the step that lie behind;
    the frames are evenly spaced in it. So a frame comes wherever a path moves, and time goes on where none does.

    Parameters
    ----------
    step : array_like of shape (r,)    not decreasing, from 0
    *paths : array_likes of shape (r, d)    where each run is at that step
    frames : int, at least 2

    Returns
    -------
    ndarray of shape (at most frames,), int64
        Increasing indices of records.

    Examples
    --------
    >>> paced([0, 1, 2, 3], [[0.0], [0.0], [0.0], [1.0]], frames=3).tolist()
    [0, 2, 3]
    """
    frames = checks.count("frames", frames, least=2)
    steps = checks.vector("step", step)
    shares = [np.log1p(steps), *(_length(checks.real_array("path", path)) for path in paths)]
    moving = [share / share[-1] for share in shares if share[-1] > 0]
    if not moving:
        return np.unique([0, steps.size - 1]).astype(np.int64)
    progress = np.mean(moving, axis=0)
    chosen = np.searchsorted(progress, np.linspace(0.0, progress[-1], frames))
    jumps = np.append(chosen[1:] == chosen[:-1], False)
    chosen[jumps] -= 1  # a jump is worth two looks: before and after
    return np.unique([0, *np.clip(chosen, 0, steps.size - 1)[1:-1], steps.size - 1]).astype(np.int64)


def _length(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the length of a path (r, d) up to each of its points."""
    return np.append(0.0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1)))
