"""Activation patterns, cells and kinks against brute force over random functions and against the vectors."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from places import VECTORS

from landscape import xor
from landscape.exact import activation_regions

CLOUD = np.random.default_rng(8).integers(-9, 10, size=(6, 2))


def test_xor_patterns_are_all_subsets_but_the_two_diagonals():
    found = {tuple(p) for p in activation_regions.unit_patterns(xor.X).tolist()}
    every = {tuple(bool(k >> i & 1) for i in range(4)) for k in range(16)}
    assert every - found == {(False, True, True, False), (True, False, False, True)}
    assert activation_regions.n_cells(xor.network()) == 14**2 * 2**2
    assert activation_regions.n_cells(xor.network(hidden=1)) == 14 * 2


@pytest.mark.parametrize(
    "inputs",
    [xor.X, [[0, 0], [0, 0], [1, 0]], [[0, 0], [1, 1], [2, 2]], [[0.1], [0.2], [0.7]], [[3, 4]], CLOUD],
)
def test_patterns_are_those_that_random_affine_functions_have(inputs):
    x = np.array(inputs, dtype=float)
    rng = np.random.default_rng(0)
    g = rng.standard_normal((100_000, x.shape[1] + 1))
    centre = x[rng.integers(len(x), size=len(g))] + 0.3 * rng.standard_normal((len(g), x.shape[1]))
    g[::2, -1] = -(g[::2, :-1] * centre[::2]).sum(axis=1)  # half of the hinges pass near the samples
    seen = {tuple(row) for row in (g[:, :-1] @ x.T + g[:, -1:] > 0).tolist()}
    assert seen == {tuple(p) for p in activation_regions.unit_patterns(x).tolist()}


def test_number_of_patterns_of_points_in_general_position():
    """Cover's count: n points in general position in the plane have 2 (1 + (n-1) + C(n-1, 2)) dichotomies."""
    x = np.array([[i, i * i] for i in range(7)])
    assert len(activation_regions.unit_patterns(x)) == 2 * (1 + 6 + comb(6, 2))


def test_faces_close_under_composition_and_negation():
    faces = set(activation_regions.arrangement(CLOUD).faces)
    assert {tuple(-s for s in f) for f in faces} == faces
    for a, b in combinations(sorted(faces)[::5], 2):
        assert tuple(p or q for p, q in zip(a, b, strict=True)) in faces


def test_rays_have_the_signs_they_are_kept_under():
    plane = activation_regions.arrangement(CLOUD)
    x = np.c_[CLOUD, np.ones(6)]
    for signs, values in plane.rays.items():
        assert tuple(np.sign(values)) == signs
        coefficients, *_ = np.linalg.lstsq(x, values, rcond=None)
        np.testing.assert_allclose(x @ coefficients, values, atol=1e-9 * max(map(abs, values)))
        assert signs.count(0) >= 2


def test_pattern_and_kinks_of_the_textbook_optimum():
    net = xor.network()
    expected = VECTORS["C02"]
    assert activation_regions.pattern(net, xor.TEXTBOOK).tolist() == [
        [z > 0 for z in row] for row in expected["preactivations"]
    ]
    sample = {tuple(x): i for i, x in enumerate(xor.X.astype(int).tolist())}
    zeros = {(k["unit"], sample[tuple(k["sample"])]) for k in expected["exact_zero"]}
    assert set(activation_regions.kinks(net, xor.TEXTBOOK)) == zeros


@pytest.mark.parametrize("size", [1e-200, 1e-6, 1.0, 1e6, 1e150])
def test_kinks_do_not_depend_on_the_size_of_theta(size):
    net = xor.network()
    assert activation_regions.kinks(net, size * xor.TEXTBOOK) == activation_regions.kinks(net, xor.TEXTBOOK)
    near = xor.TEXTBOOK + np.eye(9)[4] * 1e-12
    far = xor.TEXTBOOK + np.eye(9)[4] * 1e-6
    assert (0, 0) in activation_regions.kinks(net, size * near)
    assert (0, 0) not in activation_regions.kinks(net, size * far)


def test_a_unit_that_is_zero_has_a_kink_at_every_sample():
    assert activation_regions.kinks(xor.network(hidden=1), [0, 0, 0, 5, 1]) == [(0, i) for i in range(4)]


@pytest.mark.parametrize("size", [1e200, 1e300])
def test_inputs_whose_squares_overflow_have_no_other_kinks(size):
    kinks = activation_regions.kinks(xor.network(inputs=size * xor.X), [1, 1, 1, 1, 0, 1, 1, 1, 1])
    assert kinks == [(0, 0)]


def test_pattern_keeps_batch_axes():
    theta = np.random.default_rng(1).standard_normal((3, 2, 9))
    assert activation_regions.pattern(xor.network(), theta).shape == (3, 2, 4, 2)
    assert activation_regions.signs(xor.network(), theta).shape == (3, 2, 4, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: activation_regions.unit_patterns([]), r"inputs must have shape \(samples, features\)"),
        (lambda: activation_regions.unit_patterns([[0, np.nan]]), "inputs must be finite"),
        (lambda: activation_regions.kinks(xor.network(), np.zeros(8)), r"theta must have shape \(9,\)"),
        (lambda: activation_regions.kinks(xor.network(), np.zeros(9), tolerance=-1.0), "tolerance must be at least 0"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
