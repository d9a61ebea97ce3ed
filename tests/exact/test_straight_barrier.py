"""The highest loss on a line: known values, dense sampling, and maxima that are no rational numbers."""

from fractions import Fraction

import numpy as np
import pytest
from places import VECTORS

import landscape as ls
from landscape import xor
from landscape.exact.straight_barrier import _is_nonnegative, loss_pieces, roots, value_at

NET = xor.network()
F = Fraction
SWAPPED = xor.TEXTBOOK[[1, 0, 3, 2, 5, 4, 7, 6, 8]]


def test_the_line_to_the_swapped_copy():
    top = ls.straight_barrier(NET, xor.TEXTBOOK, SWAPPED)
    assert (top.value, top.position, top.is_exact) == (F(27, 16), F(1, 2), True)
    pieces = loss_pieces(NET, xor.TEXTBOOK, SWAPPED)
    for case in VECTORS["C16"]["cases"]:
        s = F(case["s"])
        assert {value_at(loss, s) for low, high, loss in pieces if low <= s <= high} == {F(case["loss"])}


@pytest.mark.parametrize("seed", range(25))
def test_random_lines_against_sampling(seed):
    rng = np.random.default_rng(seed)
    net = NET if seed % 2 else xor.network(hidden=3, targets=[0, 0.5, -1, 2])
    a, b = rng.standard_normal((2, net.n_parameters)) * 2
    top = ls.straight_barrier(net, a, b)
    s = np.linspace(0, 1, 20_001)
    loss = net.loss(a + s[:, None] * (b - a))
    assert float(top.value) == pytest.approx(loss.max(), rel=1e-4)
    assert float(top.value) >= loss.max() * (1 - 1e-12)
    assert net.loss(a + float(top.position) * (b - a)) == pytest.approx(float(top.value), rel=1e-12)
    for low, high, polynomial in loss_pieces(net, a, b):
        middle = (low + high) / 2
        assert float(value_at(polynomial, middle)) == pytest.approx(
            float(net.loss(a + float(middle) * (b - a))), rel=1e-11
        )


def test_other_targets_have_another_barrier():
    net = xor.network(targets=[0, 0, 0, 1])
    a = np.array([1.0, -1, 1, -1, -1, -1, 1, 1, 0])
    b = a[[1, 0, 3, 2, 5, 4, 7, 6, 8]]
    assert net.loss([a, b]).tolist() == [0, 0]
    top = ls.straight_barrier(net, a, b)
    assert 0 < top.value < F(27, 16)


def test_a_maximum_at_an_irrational_place_is_said_to_be_inexact():
    net = xor.network(hidden=1, inputs=[[0.0], [1.0]], targets=[0.0, 0.0])
    # Outputs 2 s (1 - s) and (1 + 2 s)(1 - s): the slope of the loss is a multiple of (s - 1)(16 s^2 - 2 s - 1).
    top = ls.straight_barrier(net, [1.0, 0.0, 1.0, 0.0], [1.0, 2.0, 0.0, 0.0])
    s = (1 + 17**0.5) / 16
    assert not top.is_exact
    assert float(top.position) == pytest.approx(s, rel=1e-15)
    assert float(top.value) == pytest.approx((4 * (s - s * s) ** 2 + (1 + s - 2 * s * s) ** 2) / 2, rel=1e-14)


def test_a_line_of_one_point_and_ends_that_are_the_highest():
    assert ls.straight_barrier(NET, xor.TEXTBOOK, xor.TEXTBOOK)[:2] == (0, 0)
    up = ls.straight_barrier(NET, xor.TEXTBOOK, xor.TEXTBOOK + 1)
    assert up.position == 1
    assert float(up.value) == NET.loss(xor.TEXTBOOK + 1)


def test_roots():
    cubic = (F(-6), F(11), F(-6), F(1))  # (s - 1)(s - 2)(s - 3)
    assert roots(cubic, F(0), F(4)) == [1, 2, 3]
    assert roots(cubic, F(3, 2), F(4)) == [2, 3]
    assert roots((F(4), F(-4), F(1)), F(0), F(4)) == []  # touches, does not cross
    (root,) = roots((F(-2), F(0), F(1)), F(0), F(2))
    assert float(root) == pytest.approx(2**0.5, rel=1e-15)
    assert roots((F(1),), F(0), F(1)) == roots((), F(0), F(1)) == roots((F(0), F(0)), F(0), F(1)) == []


@pytest.mark.parametrize("bad", [np.zeros(8), np.full(9, np.nan)])
def test_bad_input(bad):
    with pytest.raises(ValueError, match="theta_b must"):
        ls.straight_barrier(NET, xor.TEXTBOOK, bad)


def product(*factors):
    """Return the coefficients of a product of polynomials, each given by its coefficients, the constant first."""
    found = np.array([F(1)])
    for factor in factors:
        found = np.convolve(found, np.array([F(c) for c in factor], dtype=object))
    return tuple(found)


THIRD, ALMOST = F(1, 3), F(1, 3) + F(1, 10**12)


@pytest.mark.parametrize(
    ("polynomial", "is_nonnegative"),
    [
        ((), True),
        (product([0]), True),
        (product([2]), True),
        (product([-2]), False),
        (product([0, 1]), True),
        (product([1, -1]), True),
        (product([-THIRD, 1], [-THIRD, 1]), True),  # touches 0
        (product([0, 1], [-THIRD, 1], [-THIRD, 1]), True),
        (product([-THIRD, 1], [-ALMOST, 1]), False),  # negative on an interval of length 1e-12
        (product([0, 1], [0, 1], [-1]), False),
        (product([0, 1], [1, -1]), True),
        (product([0, 1], [-1, 1]), False),
        (product([-THIRD, 1], [-THIRD, 1], [-THIRD, 1]), False),
        (product([F(1, 10**30), 0, 1], [F(1, 2), -1], [F(1, 2), -1]), True),
        (product([1, 1], [-2, 1], [-1]), True),  # roots outside only
    ],
)
def test_nonnegative_polynomials_are_told_from_others(polynomial, is_nonnegative):
    assert _is_nonnegative(polynomial, F(0), F(1)) is is_nonnegative


@pytest.mark.parametrize("seed", range(25))
def test_a_line_that_never_falls_does_not_on_a_fine_grid_and_one_that_falls_does(seed):
    rng = np.random.default_rng(seed)
    net = NET if seed % 2 else xor.network(hidden=3, targets=[0, 0.5, -1, 2])
    a, b = rng.standard_normal((2, net.n_parameters))
    fractions = np.linspace(0, 1, 20_001)
    loss = net.loss(a + fractions[:, None] * (b - a))
    assert ls.never_falls(net, a, b) == (np.diff(loss) >= 0).all()
    assert net.loss(4 * a) > loss.min()
    assert not ls.never_falls(net, 4 * a, a + fractions[loss.argmin()] * (b - a))  # down to the lowest point


def test_a_fall_that_a_grid_misses_is_found():
    net = xor.network(hidden=1, inputs=[[1.0]], targets=[0.0])
    # The output s (s - 1e-6) of one sample is -2.5e-13 at its lowest, between two zeros of the loss.
    a, b = [0.0, 0.0, -1e-6, 0.0], [1.0, 0.0, 1.0 - 1e-6, 0.0]
    assert (np.diff(net.loss(np.array(a) + np.linspace(0, 1, 1001)[:, None] * (np.array(b) - a))) >= 0).all()
    assert not ls.never_falls(net, a, b)


def test_along_a_flat_line_the_loss_never_falls():
    assert ls.never_falls(NET, xor.TEXTBOOK, xor.TEXTBOOK + np.array([0, 0, 0, 0, 1, 0, 0, 0, -1]))
    assert ls.never_falls(NET, xor.TEXTBOOK, xor.TEXTBOOK)


@pytest.mark.slow
def test_a_line_between_points_of_very_different_sizes_is_refused_and_not_halved_for_minutes():
    a = [0.5, 0.5, 0.0, 0.0, -3.2865389769644257e-109, 0.0, 2.877754894368171e-223, 8.30274646335713e145, -2.05e60]
    b = [
        1.0,
        1.0,
        -3.716850169814846e-107,
        3.932372868178364e296,
        -1.41e-12,
        1.0,
        0.0,
        -2.7216851953310044e221,
        -1.38e96,
    ]
    said = "theta_a and theta_b must not differ too much in size; .* is not known after 200 intervals were halved$"
    with pytest.raises(ValueError, match=said):
        ls.never_falls(xor.network(), a, b)
