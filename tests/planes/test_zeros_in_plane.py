"""All zeros of a plane and the dimension of the zero-loss set, against brute force and the loss itself."""

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st

import landscape as ls
from landscape import Plane, xor
from landscape.exact.activation_regions import pattern
from landscape.exact.local_minima import stationary_levels

pytestmark = pytest.mark.slow

NET = xor.network()
BOX = np.array([-2.0, 2.0])


def pieces(first, second, theta=xor.TEXTBOOK, box=BOX):
    return [p.tolist() for p in ls.zeros_in_plane(NET, ls.coordinate_plane(NET, theta, first, second), box, box)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("b1[0]", "b1[1]"), [[[0, 0]]]),
        (("b1[0]", "b2[0]"), [[[0, 0], [2, -2]]]),
        (("b1[1]", "b2[0]"), [[[0, 0]]]),
        (("b1[1]", "W1[0,1]"), [[[-2, 2], [0, 0]]]),
        (("W2[0,0]", "b2[0]"), [[[0, 0]]]),
    ],
)
def test_planes_through_the_textbook_optimum(names, expected):
    assert pieces(*names) == expected


def test_an_area_of_zeros_has_its_corners():
    """The textbook's units solve XOR; a third one may be moved as long as it stays off on all samples."""
    net = xor.network(hidden=3)
    theta = np.zeros(net.n_parameters)
    theta[[0, 1, 3, 4]] = 1.0  # of units 1 and 2, the textbook's
    theta[7], theta[8], theta[9], theta[10] = -1.0, -1.0, 1.0, -2.0
    theta[11] = 1.0
    plane = ls.coordinate_plane(net, theta, "b1[2]", "W1[0,2]")
    (area,) = (p for p in ls.zeros_in_plane(net, plane, BOX, BOX) if len(p) > 2)
    assert {tuple(c) for c in area.tolist()} == {(-2, -2), (1, -2), (1, 0), (-1, 2), (-2, 2)}
    assert not area.flags.writeable


def test_no_zeros_where_there_are_none():
    assert pieces("b1[0]", "b2[0]", theta=xor.TEXTBOOK + 0.25) == []
    assert pieces("b1[0]", "b2[0]", box=np.array([0.25, 1.0])) == []


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_found_points_are_zeros_and_no_grid_point_is_missed(seed):
    """Coarse whole numbers make zeros that fall on grid points common, so that both directions are tested."""
    rng = np.random.default_rng(seed)
    d1, d2 = np.zeros((2, 9))
    biases = [4, 5, 8]
    d1[biases], d2[biases] = rng.integers(-1, 2, (2, 3))
    assume(np.linalg.matrix_rank(np.stack([d1, d2])) == 2)
    plane = Plane(xor.TEXTBOOK, d1, d2)
    found = ls.zeros_in_plane(NET, plane, BOX, BOX)
    assert found
    for piece in found:
        for share in np.linspace(0, 1, 5):
            assert NET.loss(plane.point(*(share * piece[0] + (1 - share) * piece[-1]))) < 1e-28
    axis = np.linspace(-2, 2, 17)
    surface = ls.evaluate_plane(NET, plane, axis, axis)
    for row, column in np.argwhere(surface.loss == 0):
        point = np.array([axis[column], axis[row]])
        assert min(distance_to_segment(point, piece) for piece in found if len(piece) < 3) < 1e-12


def distance_to_segment(point, piece):
    step = piece[-1] - piece[0]
    share = np.clip((point - piece[0]) @ step / (step @ step), 0, 1) if step.any() else 0.0
    return np.linalg.norm(piece[0] + share * step - point)


def test_scaling_a_unit_is_no_matter_of_polygons():
    plane = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "W2[0,0]")
    with pytest.raises(
        ValueError, match="must not move incoming and outgoing weights of one unit together; got unit 0"
    ):
        ls.zeros_in_plane(NET, plane, BOX, BOX)


def test_a_plane_of_another_model_is_refused():
    plane = Plane(np.zeros(3), [1, 0, 0], [0, 1, 0])
    with pytest.raises(ValueError, match=r"plane.origin must have shape \(9,\)"):
        ls.zeros_in_plane(NET, plane, BOX, BOX)


def test_cells_around_the_textbook_optimum():
    """The 8 ways to resolve its three kinks; points of the set close to it lie in all of them."""
    cells = ls.solved_cells(NET, xor.TEXTBOOK)
    assert len({cell.cell for cell in cells}) == 2**3
    assert {cell.dimension for cell in cells} == {5}


def test_dimension_is_that_of_the_kernel_of_the_jacobian():
    """A zero inside a cell, where the implicit function theorem holds, close to the textbook optimum."""
    theta = xor.TEXTBOOK.copy()
    t, s = 1e-3, 2e-3
    theta[4], theta[8] = t, -t  # unit 1 active everywhere
    theta[5], theta[7] = -1 - s, -2 / (1 - s)  # unit 2 on 11 only
    assert NET.loss(theta) < 1e-28
    (cell,) = ls.solved_cells(NET, theta)
    active = np.array([side.signs for side in cell.cell]).T > 0
    np.testing.assert_array_equal(active, pattern(NET, theta))
    assert cell.dimension == 9 - np.linalg.matrix_rank(NET.jacobian(theta)) == 5


def test_dimensions_are_those_of_the_level():
    assert {c.dimension for c in ls.solved_cells(NET, xor.TEXTBOOK)} <= stationary_levels(NET)[0].dimensions


@pytest.mark.parametrize(
    ("theta", "message"),
    [
        (np.zeros(9), "theta must have zero loss; got 0.5"),
        (np.zeros(8), r"theta must have shape \(9,\)"),
    ],
)
def test_bad_theta(theta, message):
    with pytest.raises(ValueError, match=message):
        ls.solved_cells(NET, theta)


def test_unit_without_output_weight_is_refused():
    net = xor.network(hidden=3)
    theta = np.zeros(net.n_parameters)
    theta[[0, 1, 3, 4]], theta[7], theta[9], theta[10] = 1.0, -1.0, 1.0, -2.0
    with pytest.raises(ValueError, match="output weights other than 0"):
        ls.solved_cells(net, theta)
