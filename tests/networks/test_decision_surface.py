"""The decision surface: outputs of the network itself, hinge lines by hand."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

import landscape as ls
from landscape import xor

NET = xor.network()


def hinge(w1, w2, b, margin=0.5):
    """Return hinge line and normal of the first unit, in the square [-margin, 1 + margin]^2."""
    theta = [w1, 0, w2, 0, b, 1, 1, 1, 0]
    found = ls.decision_surface(NET, theta, margin=margin, points=3)
    return found.hinges[0], found.normals[0]


def test_output_is_that_of_the_network_with_the_second_input_along_rows():
    theta = np.random.default_rng(0).normal(size=9)
    found = ls.decision_surface(NET, theta, margin=0.7, points=7)
    np.testing.assert_allclose(found.axis, np.linspace(-0.7, 1.7, 7))
    for j, i in np.ndindex(7, 7):
        point = [[found.axis[i], found.axis[j]]]
        net = xor.network(inputs=point, targets=[0.0])
        assert found.output[j, i] == pytest.approx(net.predict(theta)[0], rel=1e-12, abs=1e-14)
        np.testing.assert_allclose(found.hidden[j, i], np.maximum(net.preactivations(theta)[0], 0), atol=1e-14)


def test_a_surface_that_depends_on_one_input_varies_along_it_only():
    found = ls.decision_surface(NET, [1, 0, 0, 0, 1, 0, 1, 0, 0], margin=0.5, points=5)  # relu(x1 + 1)
    assert (found.output == found.output[0]).all()
    np.testing.assert_allclose(found.output[0], found.axis + 1)


def test_the_textbook_solution_by_hand():
    found = ls.decision_surface(NET, xor.TEXTBOOK, margin=0.5, points=5)
    assert found.outputs.tolist() == [0, 1, 1, 0]
    assert found.activations.tolist() == [[0, 0], [1, 0], [1, 0], [2, 1]]
    assert found.output[[1, 1, 3, 3], [1, 3, 1, 3]].tolist() == [0, 1, 1, 0]
    # unit 1: x1 + x2 = 0 from (1/2, -1/2) to (-1/2, 1/2); unit 2: x1 + x2 = 1, corner to corner
    for ends, expected in zip(found.hinges, ([(-0.5, 0.5), (0.5, -0.5)], [(-0.5, 1.5), (1.5, -0.5)]), strict=True):
        np.testing.assert_allclose(sorted(ends.tolist()), expected, atol=1e-15)
    np.testing.assert_allclose(found.normals, np.full((2, 2), np.sqrt(0.5)))
    np.testing.assert_array_equal(found.theta, xor.TEXTBOOK)


@pytest.mark.parametrize(
    ("line", "ends", "normal"),
    [
        ((1, 0, -0.25), [(0.25, -0.5), (0.25, 1.5)], (1, 0)),
        ((-2, 0, 0.5), [(0.25, -0.5), (0.25, 1.5)], (-1, 0)),
        ((0, 3, -3), [(-0.5, 1), (1.5, 1)], (0, 1)),
        ((1, 0, 0.5), [(-0.5, -0.5), (-0.5, 1.5)], (1, 0)),  # along the edge
        ((1, -1, 0), [(-0.5, -0.5), (1.5, 1.5)], (np.sqrt(0.5), -np.sqrt(0.5))),  # the diagonal
        ((4, 3, 0), [(-0.5, 2 / 3), (0.375, -0.5)], (0.8, 0.6)),
    ],
)
def test_hinges_by_hand(line, ends, normal):
    found, direction = hinge(*line)
    np.testing.assert_allclose(sorted(found.tolist()), ends, atol=1e-14)
    np.testing.assert_allclose(direction, normal, atol=1e-15)


@pytest.mark.parametrize(
    "line",
    [
        (0, 0, 1),  # no weight: active everywhere
        (0, 0, 0),
        (1, 0, 0.75),  # beside the square
        (0, 1, -2),
        (1, 1, -4),  # beyond the corner
        (1, 1, 1),  # touches the corner (-1/2, -1/2) only
        (1e-320, 0, 1),  # farther away than any float
    ],
)
def test_no_hinge_in_the_square(line):
    found, normal = hinge(*line)
    assert np.isnan(found).all()
    assert normal.tolist() == [0, 0]


@given(arrays(np.float64, 3, elements=st.floats(-3, 3).map(lambda x: round(x, 3))))
@settings(max_examples=200)
def test_hinges_end_on_the_edge_lie_on_the_line_and_point_to_the_active_side(line):
    w, b = line[:2], line[2]
    found, normal = hinge(*line)
    corners = np.array([(x, y) for x in (-0.5, 1.5) for y in (-0.5, 1.5)]) @ w + b
    if np.isnan(found).any():
        assert corners.min() > -1e-9 or corners.max() < 1e-9
        return
    assert corners.min() <= 1e-9
    assert corners.max() >= -1e-9
    np.testing.assert_allclose(found @ w + b, 0, atol=1e-12)
    assert (np.abs(np.abs(found - 0.5).max(axis=1) - 1) < 1e-9).all()
    assert np.linalg.norm(normal) == pytest.approx(1)
    middle = found.mean(axis=0)
    assert (middle + 0.1 * normal) @ w + b > 0 > (middle - 0.1 * normal) @ w + b


def test_three_hidden_units():
    net = xor.network(hidden=3)
    theta = np.random.default_rng(3).normal(size=13)
    found = ls.decision_surface(net, theta, points=9)
    assert found.hidden.shape == (9, 9, 3)
    assert found.hinges.shape == (3, 2, 2)
    assert found.normals.shape == (3, 2)
    np.testing.assert_allclose(found.outputs, net.predict(theta))
    np.testing.assert_allclose(found.hidden @ theta[9:12] + theta[12], found.output)


def test_other_inputs_set_the_square():
    net = xor.network(inputs=[[-1, 2], [3, 0]], targets=[0, 1])
    found = ls.decision_surface(net, np.ones(9), margin=1.0, points=3)
    assert found.axis.tolist() == [-2, 1, 4]
    assert found.inputs.tolist() == [[-1, 2], [3, 0]]


def test_it_is_read_only_in_copies_and_after_loading_too(tmp_path):
    found = ls.decision_surface(NET, xor.TEXTBOOK, points=5)
    ls.save(found, tmp_path / "decision.nc")
    for one in (found, ls.load(tmp_path / "decision.nc"), pickle.loads(pickle.dumps(found)), copy.copy(found)):
        np.testing.assert_array_equal(one.output, found.output)
        np.testing.assert_array_equal(one.hinges, found.hinges)
        with pytest.raises(ValueError, match="read-only"):
            one.output[0, 0] = 5


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"theta": np.zeros(8)}, r"theta must have shape \(9,\); got shape \(8,\)"),
        ({"theta": np.full(9, np.nan)}, "theta must be finite; got nan"),
        ({"margin": 0.0}, "margin must be above 0 and finite; got 0"),
        ({"margin": -1.0}, "margin must be above 0 and finite; got -1"),
        ({"margin": np.inf}, "margin must be above 0 and finite; got inf"),
        ({"points": 1}, "points must be at least 2; got 1"),
        ({"net": xor.network(inputs=[[0.0], [1.0]], targets=[0, 1])}, "net must have two inputs .*; got 1"),
    ],
)
def test_bad_input(kwargs, message):
    with pytest.raises(ValueError, match=message):
        ls.decision_surface(**({"net": NET, "theta": xor.TEXTBOOK} | kwargs))
