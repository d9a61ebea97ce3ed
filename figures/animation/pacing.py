"""Selects the records of runs for the frames of a movie, so that something changes from frame to frame."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks


def paced(step: ArrayLike, *paths: ArrayLike, frames: int) -> NDArray[np.int64]:
    """Return the records of some runs to show, at most ``frames`` of them, including the first and the last.

    The frames are evenly spaced in progress: the mean of the fraction covered of each path's length and of
    log(1 + step). So there are frames wherever a path moves, and the step advances even where none does.

    step : (r,) not decreasing, from 0
    *paths : (r, d) positions of each run at these steps

    >>> paced([0, 1, 2, 3], [[0.0], [0.0], [0.0], [1.0]], frames=3).tolist()
    [0, 2, 3]
    """
    frames = checks.count("frames", frames, least=2)
    steps = checks.vector("step", step)
    covered = [np.log1p(steps), *(_length(checks.real_array("path", path)) for path in paths)]
    fractions = [so_far / so_far[-1] for so_far in covered if so_far[-1] > 0]
    if not fractions:
        return np.unique([0, steps.size - 1]).astype(np.int64)
    progress = np.mean(fractions, axis=0)
    chosen = np.searchsorted(progress, np.linspace(0.0, progress[-1], frames))
    jumps = np.append(chosen[1:] == chosen[:-1], False)
    chosen[jumps] -= 1  # show the records both before and after a jump
    return np.unique([0, *np.clip(chosen, 0, steps.size - 1)[1:-1], steps.size - 1]).astype(np.int64)


def _length(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the length of a path (r, d) up to each of its points."""
    return np.append(0.0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1)))
