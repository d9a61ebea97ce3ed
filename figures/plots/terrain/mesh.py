"""Polygons of a terrain: grid cells, cut off flat at a height and shaded by a light."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from figures.plots.terrain.occlusion import height_at
from figures.style.special_values import Masks, Special
from landscape.base.arrays import Array

LIGHT = np.array([-0.4, -0.5, 0.77])
"""Direction towards the light in the unit cube: from the left and from above."""
SHADE = 0.25
"""Fraction by which a face turned away from the light is darkened."""


class Mesh(NamedTuple):
    """Polygons of a terrain, each an (m, 3) array of corners, with the quantities that set their colour."""

    polygons: list[Array]
    height: Array  # mean height of the corners of each
    cut: NDArray[np.bool_]  # whether each is part of the cut
    brightness: Array  # of each, 1 - SHADE to 1


def cut_mesh(x: Array, y: Array, z: Array, top: float, *, left_out: Masks | None = None) -> Mesh:
    """Return the cells of the height field z (ny, nx) on x (nx,), y (ny,), cut off at ``top``, without some cells.

    A cell that crosses ``top`` is split into triangles, and these along the cut, so the edge of the cut is a
    clean line rather than a staircase of cells.
    """
    grid_x, grid_y = np.meshgrid(x, y)
    nodes = np.stack([grid_x, grid_y, z], axis=-1)
    cells = np.stack([nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, 1:], nodes[1:, :-1]], axis=2).reshape(-1, 4, 3)
    light = _brightness(x, y, np.minimum(z, top))[:-1, :-1].ravel()
    low, high = cells[..., 2].min(axis=1), cells[..., 2].max(axis=1)
    polygons, is_cut, of_cell = [], [], []
    skipped = np.any([mask.ravel() for mask in (left_out or {}).values()] or [np.zeros(len(cells), bool)], axis=0)
    for i, cell in enumerate(cells):
        if skipped[i]:
            continue
        if high[i] <= top or low[i] >= top:
            pieces = [(cell, low[i] >= top and high[i] > top)]
        else:
            pieces = [(part_of(t, top, below=not cut), cut) for t in _triangles(cell) for cut in (False, True)]
        for piece, cut in pieces:
            if len(piece):
                polygons.append(np.column_stack([piece[:, :2], np.minimum(piece[:, 2], top)]))
                is_cut.append(cut)
                of_cell.append(i)
    in_cut = np.array(is_cut, dtype=bool)
    height = np.array([polygon[:, 2].mean() for polygon in polygons])
    return Mesh(polygons, height, in_cut, np.where(in_cut, 1.0, light[np.array(of_cell, dtype=int)]))


def cells_around(masks: Masks) -> Masks:
    """Return the cells (ny - 1, nx - 1) with a corner in each mask (ny, nx) of nodes; the later masks come first.

    Below 0 the terrain is flat, so cells on the slope around are left out, except where a node has no other cell.
    """
    areas: Masks = {}
    for kind, mask in reversed(masks.items()):
        near = _corners(mask).any(axis=0)
        if kind is Special.NEGATIVE:
            inside = _corners(mask).all(axis=0)
            covered = _corners(np.pad(inside, 1)).any(axis=0)
            near = inside | _corners(mask & ~covered).any(axis=0)
        areas[kind] = near & ~np.any([np.zeros(near.shape, bool), *areas.values()], axis=0)
    return areas


def _corners(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the values at the four corners of each cell, shape (4, ny - 1, nx - 1)."""
    return np.array([mask[:-1, :-1], mask[:-1, 1:], mask[1:, 1:], mask[1:, :-1]])


def special_pieces(
    x: Array, y: Array, z: Array, areas: Masks, flat_at: Mapping[Special, float]
) -> Iterator[tuple[Array, Special, bool]]:
    """Yield corners (4, 3), kind, and whether in the colour of the hatching, of the pieces of the cells in ``areas``.

    The pattern of a kind corresponds to its hatching: stripes, a chequerboard, or dots. ``flat_at`` is the height of
    the cells of some kinds; the others follow ``z``.
    """
    for kind, cells in areas.items():
        parts = max(1, 40 // max(cells.shape))  # along either side of a cell
        fine_x, fine_y = (
            np.interp(np.arange(a.size * parts - parts + 1) / parts, np.arange(a.size), a) for a in (x, y)
        )
        nodes = np.stack(np.meshgrid(fine_x, fine_y), axis=-1)
        height = height_at(x, y, z, nodes[..., 0], nodes[..., 1])
        fine = np.dstack([nodes, np.full_like(height, flat_at[kind]) if kind in flat_at else height])
        for row, column in np.argwhere(np.kron(cells, np.ones((parts, parts), dtype=bool))).tolist():
            piece = fine[[row, row, row + 1, row + 1], [column, column + 1, column + 1, column]]
            yield piece, kind, _PATTERNS[kind](row, column)


_PATTERNS: dict[Special, Callable[[int, int], bool]] = {
    Special.NEGATIVE: lambda row, _: row % 2 == 1,
    Special.INFINITE: lambda row, column: (row + column) % 2 == 1,
    Special.NAN: lambda row, column: row % 2 == 1 and column % 2 == 1,
}


def _triangles(cell: Array) -> list[Array]:
    """Return the four triangles between the sides of a cell (4, 3) and its centre; each has one part on either side."""
    centre = cell.mean(axis=0)
    return [np.array([cell[k], cell[(k + 1) % 4], centre]) for k in range(4)]


def part_of(polygon: Array, top: float, *, below: bool) -> Array:
    """Return the part of a convex polygon (m, 3) below or above ``top``, empty if there is none.

    Sutherland, Hodgman: Reentrant polygon clipping, Communications of the ACM 17 (1974), 32-42.
    """
    kept: list[Array] = []
    for a, b in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        inside_a, inside_b = ((p[2] <= top) == below or p[2] == top for p in (a, b))
        if inside_a:
            kept.append(a.copy())
        if inside_a != inside_b and a[2] != top and b[2] != top:
            crossing = a + (top - a[2]) / (b[2] - a[2]) * (b - a)
            crossing[2] = top
            kept.append(crossing)
    return np.array(kept) if len(kept) > 2 else np.empty((0, 3))


def _brightness(x: Array, y: Array, z: Array) -> Array:
    """Return the brightness at each node by Lambert's cosine law, for the terrain scaled to the unit cube."""
    unit_z = z / (np.ptp(z) or 1.0)
    slope_y, slope_x = np.gradient(unit_z, (y - y[0]) / np.ptp(y), (x - x[0]) / np.ptp(x))
    towards = LIGHT / np.linalg.norm(LIGHT)
    cosine = (towards[2] - towards[0] * slope_x - towards[1] * slope_y) / np.sqrt(1 + slope_x**2 + slope_y**2)
    return np.asarray(1.0 - SHADE + SHADE * np.clip(cosine, 0.0, 1.0))
