"""The mesh of a terrain keeps its ground plan, whatever is cut off."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from figures.plots.terrain.mesh import SHADE, cut_mesh, part_of

X, Y = np.array([0.0, 1.0, 3.0, 4.0]), np.array([-1.0, 0.0, 0.5])


def area(polygon):
    """Area of the ground plan, by the shoelace formula."""
    x, y, _ = polygon.T
    return 0.5 * abs(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def square(heights):
    return np.column_stack([[0, 1, 1, 0], [0, 0, 1, 1], heights]).astype(float)


def test_whole_cells_without_a_cut():
    z = np.random.default_rng(0).random((3, 4))
    mesh = cut_mesh(X, Y, z, 1.0)
    assert len(mesh.polygons) == 6
    assert not mesh.cut.any()
    assert mesh.height[0] == pytest.approx(z[:2, :2].mean())
    np.testing.assert_array_equal(mesh.polygons[0][:, :2], [[0, -1], [1, -1], [1, 0], [0, 0]])


@given(st.integers(0, 2**32), st.floats(0.05, 0.95))
def test_cut_keeps_the_ground_plan_and_nothing_stands_above_it(seed, top):
    z = np.random.default_rng(seed).random((3, 4)).round(2)
    mesh = cut_mesh(X, Y, z, top)
    assert sum(area(p) for p in mesh.polygons) == pytest.approx(4.0 * 1.5)
    for polygon, cut in zip(mesh.polygons, mesh.cut, strict=True):
        assert polygon[:, 2].max() <= top + 1e-12
        assert not cut or np.all(polygon[:, 2] == top)
    assert mesh.cut.any() == (z > top).any()


def test_cell_is_split_where_its_edges_cross():
    ramp = square([0, 1, 1, 0])  # height = x
    assert area(part_of(ramp, 0.25, below=True)) == pytest.approx(0.25)
    assert area(part_of(ramp, 0.25, below=False)) == pytest.approx(0.75)
    assert part_of(square([0, 0, 1, 0]), 0.5, below=False)[:, :2].tolist() == [[1.0, 0.5], [1.0, 1.0], [0.5, 1.0]]
    on_the_edge = square([1, 0, 1, 0])
    assert area(part_of(on_the_edge, 1.0, below=True)) == 1.0


def test_faces_towards_the_light_are_brighter():
    axis = np.linspace(0, 1, 5)
    west, east = (cut_mesh(axis, axis, np.tile(z, (5, 1)), 1.0).brightness for z in (axis, axis[::-1]))
    assert west.min() > east.max()
    assert (east >= 1 - SHADE).all()
    assert (west <= 1).all()
    flat = cut_mesh(axis, axis, np.zeros((5, 5)), 1.0).brightness
    assert np.ptp(flat) == 0
