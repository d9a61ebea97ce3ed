"""The caption of ``network`` again: by hand in rational arithmetic, and by Keras itself."""

from fractions import Fraction

import numpy as np
import pytest
import referee_exact as exact
from referee_descent import keras_model
from referee_quotes import assert_says, figure
from referee_training import X

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def drawn():
    return figure("network")


def test_outputs_and_loss_are_those_of_rational_arithmetic_and_of_keras(drawn):
    result, caption = drawn
    outputs = exact.outputs(exact.TEXTBOOK)
    by_keras = keras_model(result.surface.theta)(X).numpy().ravel()
    for i, output in enumerate(outputs):
        assert_says(caption, f"outputs[{i}]", output)
        assert by_keras[i] == output
    assert_says(caption, "loss", exact.loss(exact.TEXTBOOK))


def test_the_samples_classified_right_are_counted_at_the_quoted_threshold(drawn):
    _, caption = drawn
    half = Fraction(1, 2)
    assert_says(caption, "threshold", half)
    pairs = zip(exact.outputs(exact.TEXTBOOK), exact.Y, strict=True)
    right = sum((output >= half) == (target == 1) for output, target in pairs)
    assert_says(caption, "right", right)
    assert_says(caption, "correct.size", len(exact.X))


def test_the_samples_lie_where_the_caption_says_in_hidden_space(drawn):
    result, caption = drawn
    hidden = np.maximum(np.array(exact.preactivations(exact.TEXTBOOK), dtype=float), 0.0).T
    groups = {}
    for (x1, x2), place in zip(exact.X, hidden.tolist(), strict=True):
        groups.setdefault(tuple(place), []).append(f"{x1}{x2}")
    assert len(groups) == len(result.places)
    for k, (place, names) in enumerate(groups.items()):
        assert result.samples_at[k] == tuple(names)
        for axis in (0, 1):
            assert_says(caption, f"places[{k}][{axis}]", place[axis])


def test_one_straight_line_in_hidden_space_is_the_decision_and_none_in_input_space_is(drawn):
    """Outputs are affine in the hidden values, so 2 x 2 equal differences suffice; XOR itself is not separable."""
    result, _ = drawn
    rows, columns = np.diff(result.hidden_output, axis=0), np.diff(result.hidden_output, axis=1)
    assert np.ptp(rows) < 1e-12
    assert np.ptp(columns) < 1e-12
    wanted = frozenset(i for i, target in enumerate(exact.Y) if target)
    assert wanted not in exact.patterns()


def test_each_unit_is_zero_on_one_side_of_its_line(drawn):
    """The pre-activation of random inputs has the sign of the side of the drawn line that they lie on."""
    result, _ = drawn
    inputs = np.random.default_rng(0).uniform(-0.35, 1.35, (2000, 2))
    for u, ends in enumerate(result.surface.hinges):
        (w1, w2), b, _ = exact.unit(exact.TEXTBOOK, u)
        z = inputs @ np.array([w1, w2], dtype=float) + float(b)
        (px, py), (qx, qy) = ends
        assert abs(float(w1) * px + float(w2) * py + float(b)) < 1e-12
        side = np.sign((qx - px) * (inputs[:, 1] - py) - (qy - py) * (inputs[:, 0] - px))
        assert abs((side * np.sign(z)).sum()) == len(inputs)
