"""The referees themselves: their parts agree with each other, with Keras and with general solvers, and can object."""

from fractions import Fraction

import numpy as np
import pytest
import referee_exact as exact
import referee_rational as rational
from referee_descent import adam, gradient, keras_adam
from referee_lines import never_falls, pieces
from referee_planes import quartics, steepest_fall
from referee_quotes import assert_says
from referee_training import loss, outputs
from scipy.optimize import lsq_linear

from figures.lecture.captions import Caption
from landscape import Bundle

pytestmark = pytest.mark.heavy


@pytest.fixture
def thetas():
    return np.random.default_rng(0).standard_normal((20, 9))


def test_the_gradient_is_that_of_differences(thetas):
    steps = 1e-6 * np.eye(9)[:, None]
    differences = (loss(thetas + steps) - loss(thetas - steps)).T / 2e-6
    np.testing.assert_allclose(gradient(thetas), differences, atol=1e-7)


def test_exact_and_floating_outputs_agree(thetas):
    for theta in thetas:
        np.testing.assert_allclose(np.array(exact.outputs(theta.tolist()), dtype=float), outputs(theta), atol=1e-14)


def test_steps_of_adam_are_those_of_keras(thetas):
    end, _ = adam(thetas[:1], 100, 0.01)
    np.testing.assert_allclose(end[0], keras_adam(thetas[0], 100, 0.01), rtol=1e-10)


def test_exact_fits_are_those_of_a_general_solver():
    for columns in [next(iter(exact.graph()[0])), *list(exact.graph()[0])[::37]]:
        parts = [exact.contributions(exact.closure(pattern), s) for pattern, s in columns]
        used = sorted(frozenset().union(*parts))
        design = np.column_stack([np.ones(4), *np.array(used, dtype=float).reshape(-1, 4)])
        free = np.r_[-np.inf, np.zeros(len(used))]
        found = lsq_linear(design, np.array(exact.Y, dtype=float), (free, np.inf), method="bvls")
        assert float(exact.lowest(*parts)) == pytest.approx(found.cost / 2, abs=1e-9)


def test_polynomials_on_a_line_give_the_loss_again(thetas):
    origins, directions = thetas[:10], thetas[10:]
    ends, c = quartics(origins, directions, 2.0)
    for k in range(10):
        for low, high, coefficients in pieces(origins[k].tolist(), directions[k].tolist(), 2):
            t = (low + high) / 2
            expected = loss(origins[k] + float(t) * directions[k])
            assert float(rational.value(coefficients, t)) == pytest.approx(expected)
            piece = int(np.argmax(ends[k, :, 1] > float(t)))
            assert np.polyval(c[k, piece, ::-1], float(t)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("coefficients", "expected"),
    [((1, -2, 1), True), ((Fraction(1, 4), -1, Fraction(99, 100)), False), ((0, 1), True), ((0, -1), False)],
)
def test_signs_of_polynomials_are_decided(coefficients, expected):
    assert rational.is_never_negative(coefficients, Fraction(0), Fraction(1)) is expected


def test_a_fall_is_found_between_units_swapped():
    """From the optimum to its twin the loss climbs and falls back to 0."""
    swapped = [1, 0, 3, 2, 5, 4, 7, 6, 8]
    step = [exact.TEXTBOOK[i] - t for i, t in zip(swapped, exact.TEXTBOOK, strict=True)]
    assert not never_falls(exact.TEXTBOOK, step, 1)
    assert never_falls(exact.TEXTBOOK, step, Fraction(1, 4))
    fall, highest = steepest_fall(np.array(exact.TEXTBOOK, dtype=float), np.array([step], dtype=float), 1.0)
    assert fall[0] == pytest.approx(highest[0])


@pytest.mark.parametrize(
    ("member", "derived", "is_right"),
    [("share", 0.21249, True), ("share", 0.2136, False), ("count", 12, True), ("count", 13, False),
     ("level", Fraction(1, 6), True), ("level", Fraction(1, 7), False), ("rate", 0.123, True), ("rate", 0.13, False)],
)  # fmt: skip
def test_a_wrong_number_in_a_caption_is_noticed(member, derived, is_right):
    numbers = Bundle(share=0.2125, count=12, level=Fraction(1, 6), rate=0.1234)
    caption = Caption("{share:.1%} of {count} at {level}, {rate:.2g}", numbers)
    if is_right:
        assert_says(caption, member, derived)
    else:
        with pytest.raises(AssertionError, match="in the caption"):
            assert_says(caption, member, derived)
