"""Which points of a 3-D path are hidden by a terrain; mplot3d has no z-buffer and cannot determine this.

The terrain is a height field on the grid that ``plot_surface`` draws, bilinear between its nodes. The ray from a
point to the eye is traced from grid line to grid line. With

    f(t) = (height of the ray) - (height of the terrain under it)

the point is hidden if f changes sign along the ray, that is, if the ray passes through the terrain.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks
from landscape.base.arrays import Array

DEPTH_TOLERANCE = 0.005
"""Fraction of the terrain's height range by which a ray may dip below the terrain and still count as above it.

It allows for rounding, and for the segments of a path, which cut below a terrain that bulges between their ends.
"""
BLOCK = 512
"""Number of points whose rays are traced at once."""


def eye_of(projection: ArrayLike) -> Array:
    """Return the position of the eye of a projection matrix (4, 4) in homogeneous data coordinates, shape (4,).

    The eye is the only point without an image: x, y and w of ``projection @ eye`` are 0. The last entry is 1 in a
    perspective view, and 0 in an orthographic one, where the eye is at infinity in the direction ``eye[:3]``.

    projection : ``ax.get_proj()`` of mplot3d Axes, called after limits, box aspect and view are set
    """
    matrix = checks.real_array("projection", projection)
    if matrix.shape != (4, 4):
        raise ValueError(f"projection must have shape (4, 4), as ax.get_proj() returns it; got {matrix.shape}")
    scale = np.abs(matrix).max(axis=0)  # the units of the axes may differ by orders of magnitude
    null = np.linalg.svd(matrix[[0, 1, 3]] / scale)[2][-1]
    if abs(null[3]) > 1e-9:
        return np.asarray(null / scale / (null[3] / scale[3]))
    eye = np.append(null[:3] / scale[:3], 0.0)
    towards_viewer = -np.sign(matrix[2] @ eye)  # mplot3d's projected depth grows away from the viewer
    return np.asarray(towards_viewer * eye / np.linalg.norm(eye))


def height_at(x: ArrayLike, y: ArrayLike, z: ArrayLike, px: ArrayLike, py: ArrayLike) -> Array:
    """Return the bilinear height z (ny, nx) of the grid x (nx,), y (ny,) at points (px, py), NaN outside it.

    >>> height_at([0, 1], [0, 1], [[0, 1], [2, 3]], [0.5, 7.0], 0.5).tolist()
    [1.5, nan]
    """
    x, y, z = _grid(x, y, z)
    px, py = np.broadcast_arrays(np.asarray(px, dtype=np.float64), np.asarray(py, dtype=np.float64))
    inside = (px >= x[0]) & (px <= x[-1]) & (py >= y[0]) & (py <= y[-1])
    return np.where(inside, _bilinear(x, y, z, px, py), np.nan)


def densify(path: ArrayLike, step: ArrayLike) -> Array:
    """Return a polyline (m, k) with points added so that no segment is longer than ``step`` (k,) in any coordinate.

    >>> densify([[0, 0], [1, 0]], [0.5, 1]).tolist()
    [[0.0, 0.0], [0.5, 0.0], [1.0, 0.0]]
    """
    path, step = checks.real_array("path", path), checks.real_array("step", step)
    if path.ndim != 2 or step.shape != path.shape[1:] or (step <= 0).any():
        raise ValueError(f"path must have shape (m, k), step k positive entries; got {path.shape} and {step.tolist()}")
    if len(path) < 2:
        return path.copy()
    steps_long = np.abs(np.diff(path, axis=0) / step).max(axis=1)  # of each segment
    pieces = np.maximum(1, np.ceil(steps_long - 1e-9)).astype(int)
    vertex_index = np.concatenate([[0], np.cumsum(pieces)])
    index = np.arange(vertex_index[-1] + 1)
    return np.stack([np.interp(index, vertex_index, coordinate) for coordinate in path.T], axis=1)


def is_seen(points: ArrayLike, x: ArrayLike, y: ArrayLike, z: ArrayLike, eye: ArrayLike) -> NDArray[np.bool_]:
    """Return which points (m, 3) are visible from the eye (4,), not hidden by the terrain z (ny, nx) on x, y: (m,).

    A point on the terrain, within ``DEPTH_TOLERANCE``, counts as lying on its upper side. Between two grid lines f is
    quadratic in t; it is evaluated on both lines and halfway between them.
    """
    x, y, z = _grid(x, y, z)
    p, eye = checks.real_array("points", points), checks.vector("eye", eye, 4)
    if p.ndim != 2 or p.shape[1] != 3:
        raise ValueError(f"points must have shape (m, 3); got {p.shape}")
    blocks = [p[i : i + BLOCK] for i in range(0, len(p), BLOCK)]
    return np.concatenate([_is_clear(block, x, y, z, eye) for block in blocks] or [np.ones(0, dtype=bool)])


def _is_clear(p: Array, x: Array, y: Array, z: Array, eye: Array) -> NDArray[np.bool_]:
    """Return whether the rays from points (m, 3) to the eye stay on one side of the terrain, shape (m,)."""
    towards = eye[:3] - eye[3] * p
    first, last = _span_in_box(p, towards, (x, y, z))
    if eye[3]:
        last = np.minimum(last, 1.0)  # the ray ends at the eye
    clear = first >= last  # the ray never crosses the bounding box
    p, towards, first, last = p[~clear], towards[~clear], first[~clear, None], last[~clear, None]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        crossings = np.concatenate([(x - p[:, :1]) / towards[:, :1], (y - p[:, 1:2]) / towards[:, 1:2]], axis=1)
    crossings = np.clip(np.where(np.isfinite(crossings), crossings, first), first, last)
    knots = np.sort(np.concatenate([first, crossings, last], axis=1), axis=1)
    t = np.concatenate([knots, 0.5 * (knots[:, 1:] + knots[:, :-1])], axis=1)
    ray = p[:, None] + t[..., None] * towards[:, None]
    f = ray[..., 2] - _bilinear(x, y, z, ray[..., 0], ray[..., 1])
    tolerance = DEPTH_TOLERANCE * np.ptp(z)
    starts_above = f[:, 0] >= -tolerance
    clear[~clear] = np.where(starts_above, f.min(axis=1) >= -tolerance, f.max(axis=1) <= tolerance)
    return np.asarray(clear)


def constant_sections(flags: NDArray[np.bool_]) -> list[tuple[slice, bool]]:
    """Return the sections of a polyline on which the flag of its points is constant; adjacent sections share a point.

    >>> constant_sections(np.array([True, True, False]))
    [(slice(0, 2, None), True), (slice(1, 3, None), False)]
    """
    if len(flags) == 0:
        return []
    bounds = [0, *(np.flatnonzero(np.diff(flags)) + 1).tolist(), len(flags)]
    return [(slice(max(0, begin - 1), end), bool(flags[begin])) for begin, end in itertools.pairwise(bounds)]


def _grid(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> tuple[Array, Array, Array]:
    x, y, z = checks.axis("x", x), checks.axis("y", y), checks.real_array("z", z)
    if z.shape != (y.size, x.size) or min(z.shape) < 2:
        raise ValueError(f"z must have shape (ny, nx) = {(y.size, x.size)}, at least (2, 2); got {z.shape}")
    return x, y, z


def _bilinear(x: Array, y: Array, z: Array, px: Array, py: Array) -> Array:
    """Return bilinear heights; points outside the grid are extrapolated from the outermost cells."""
    i = np.clip(np.searchsorted(x, px, side="right") - 1, 0, x.size - 2)
    j = np.clip(np.searchsorted(y, py, side="right") - 1, 0, y.size - 2)
    u, v = (px - x[i]) / (x[i + 1] - x[i]), (py - y[j]) / (y[j + 1] - y[j])
    low = z[j, i] * (1 - u) + z[j, i + 1] * u
    high = z[j + 1, i] * (1 - u) + z[j + 1, i + 1] * u
    return np.asarray(low * (1 - v) + high * v)


def _span_in_box(p: Array, towards: Array, terrain: tuple[Array, Array, Array]) -> tuple[Array, Array]:
    """Return the first t >= 0 and the last t at which ``p + t towards`` is in the box around terrain and points."""
    x, y, z = terrain
    tolerance = DEPTH_TOLERANCE * np.ptp(z)
    low = np.array([x[0], y[0], min(z.min(), p[:, 2].min(initial=np.inf)) - tolerance])
    high = np.array([x[-1], y[-1], max(z.max(), p[:, 2].max(initial=-np.inf)) + tolerance])
    is_parallel, inside = towards == 0, (p >= low) & (p <= high)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        a, b = (low - p) / towards, (high - p) / towards
    enter = np.where(is_parallel, np.where(inside, -np.inf, np.inf), np.minimum(a, b))
    leave = np.where(is_parallel, np.where(inside, np.inf, -np.inf), np.maximum(a, b))
    return np.maximum(enter.max(axis=1), 0.0), leave.min(axis=1)
