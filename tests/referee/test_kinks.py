"""The caption of ``kinks`` again: Jacobians of the cells in rational arithmetic, and TensorFlow's own Hessian."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import referee_exact as exact
import referee_rational as rational
from referee_descent import keras_model
from referee_lines import pieces
from referee_planes import angle, drawn as normal_directions, normalized, sectors
from referee_quotes import assert_says, figure, quotes
from referee_training import TEXTBOOK, X, Y, preactivations

pytestmark = pytest.mark.heavy

CELLS = exact.cells_at(exact.TEXTBOOK)


@pytest.fixture(scope="module")
def drawn():
    return figure("kinks")


@pytest.fixture(scope="module")
def plane(drawn):
    return tuple(normalized(d, TEXTBOOK, "joint") for d in normal_directions(drawn[0].seed))


def hessian(cell):
    """Return the Hessian in a cell: at loss 0 it is J^T J times 2/4, exactly, for residuals are 0."""
    rows = exact.jacobian(exact.TEXTBOOK, cell)
    return [[sum(row[j] * row[k] for row in rows) / Fraction(2) for k in range(9)] for j in range(9)]


def active(cell):
    """Return which unit is active on which sample, shape (sample, unit)."""
    return np.array([[i in cell[u][0] for u in exact.UNITS] for i in range(4)])


def test_the_preactivations_that_are_zero_and_the_regions_between_them(drawn):
    """Their gradients are linearly independent, so every combination of signs occurs near the optimum."""
    _, caption = drawn
    zero = [(u, i) for u, z in enumerate(exact.preactivations(exact.TEXTBOOK)) for i in range(4) if z[i] == 0]
    assert_says(caption, "n_kinks", len(zero))
    rows = []
    for u, i in zero:
        row = [0] * 9
        row[u], row[2 + u], row[4 + u] = *exact.X[i], 1
        rows.append(row)
    assert rational.rank(rows) == len(zero)
    assert_says(caption, "n_cones", 2 ** len(zero))
    assert_says(caption, "n_cones", len(CELLS))
    for k, u in enumerate(sorted({u for u, _ in zero})):
        assert_says(caption, f"kink_units[{k}]", u + 1)
        names = ["{}{}".format(*exact.X[i]) for unit, i in zero if unit == u]
        assert [number["text"] for number in quotes(caption, f"kink_samples[{k}]")] == names


def test_rank_zeros_and_largest_eigenvalues_of_the_hessians(drawn):
    _, caption = drawn
    largest = []
    for cell in CELLS:
        exact_hessian = hessian(cell)
        assert_says(caption, "ranks[0]", rational.rank(exact_hessian))
        assert_says(caption, "zeros[0]", 9 - rational.rank(exact_hessian))
        largest.append(np.linalg.eigvalsh(np.array(exact_hessian, dtype=float))[-1])
    assert_says(caption, "least_largest", min(largest))
    assert_says(caption, "greatest_largest", max(largest))
    assert all(hessian(a) != hessian(b) for k, a in enumerate(CELLS) for b in CELLS[:k])


def test_tensorflow_sees_the_quoted_region_alone(drawn):
    """Its Hessian, by automatic differentiation twice of a Keras model, is that of one cell and of no other."""
    import tensorflow as tf

    result, caption = drawn
    model = keras_model(TEXTBOOK)
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as inner:
            value = tf.reduce_mean((model(X) - Y[:, None]) ** 2)
        slopes = inner.gradient(value, model.trainable_variables)
        flat = tf.concat([tf.reshape(slope, [-1]) for slope in slopes], axis=0)
    parts = outer.jacobian(flat, model.trainable_variables, unconnected_gradients="zero", experimental_use_pfor=False)
    seen = np.concatenate([np.reshape(part, (9, -1)) for part in parts], axis=1)
    matches = [cell for cell in CELLS if np.array_equal(np.array(hessian(cell), dtype=float), seen)]
    assert len(matches) == 1
    number = int(quotes(caption, "seen_number")[0]["text"])
    assert np.array_equal(result.cones[number - 1].active, active(matches[0]))
    largest = [np.linalg.eigvalsh(np.array(hessian(cell), dtype=float))[-1] for cell in CELLS]
    assert np.linalg.eigvalsh(seen)[-1] == pytest.approx(min(largest))


def test_the_plane_cuts_through_as_many_regions_as_are_named(drawn, plane):
    result, caption = drawn
    assert_says(caption, "surface.plane.angle", angle(*plane))
    found, _, _ = sectors(TEXTBOOK, *plane)
    assert_says(caption, "n_shown", len(found))
    assert {result.cones[k].active.astype(bool).tobytes() for k in result.cone_of} == found


def test_the_second_derivatives_on_the_dotted_line_are_those_of_exact_quartics(drawn, plane):
    """The line is taken from the result: along it the loss is c t^2 + ... on either side, and c is rational."""
    result, caption = drawn
    line = np.cos(result.angle) * plane[0] + np.sin(result.angle) * plane[1]
    length = line @ line
    for k, side in enumerate((-1.0, 1.0)):
        _, _, c = pieces(exact.TEXTBOOK, side * line, result.surface.alpha[-1])[0]
        assert c[0] == c[1] == 0
        assert_says(caption, f"curvatures[{k}]", float(2 * c[2]) / length)
    (cell,) = (cell for cell in CELLS if np.array_equal(active(cell), preactivations(TEXTBOOK) > 0))
    by_autodiff = line @ np.array(hessian(cell), dtype=float) @ line / length
    assert_says(caption, "curvatures[2]", by_autodiff)


def test_close_to_the_optimum_the_ellipse_is_the_contour_in_its_own_region_only(plane):
    """There the radii of contour and ellipse are those of the second derivatives; their ratio is 1 in one region."""
    _, patterns, t = sectors(TEXTBOOK, *plane, count=2000)
    seen = preactivations(TEXTBOOK) > 0
    by_pattern = {active(cell).tobytes(): np.array(hessian(cell), dtype=float) for cell in CELLS}
    misfit = {}
    for pattern, phi in zip(patterns, t, strict=True):
        direction = np.cos(phi) * plane[0] + np.sin(phi) * plane[1]
        own, by_autodiff = (direction @ by_pattern[p.tobytes()] @ direction for p in (pattern, seen))
        off = abs(0.5 * np.log(by_autodiff / own))
        misfit[pattern.tobytes()] = max(misfit.get(pattern.tobytes(), 0.0), off)
    assert misfit.pop(seen.tobytes()) < 1e-12
    assert min(misfit.values()) > 1e-3


def test_the_regions_are_separated_by_lines_that_are_named_by_their_samples(drawn, plane):
    """On every drawn kink line through the optimum the named pre-activation is 0, by its exact slopes."""
    result, _ = drawn
    slopes = [preactivations(TEXTBOOK + d) - preactivations(TEXTBOOK) for d in plane]
    patterns = sectors(TEXTBOOK, *plane)[1]
    borders = {int(np.flatnonzero((a != b).ravel())[0]) for a, b in pairwise(patterns) if (a != b).any()}
    assert borders == {2 * i + u for u, i in result.kinks}
    for u, i in result.kinks:
        assert max(abs(slopes[0][i, u]), abs(slopes[1][i, u])) > 0
