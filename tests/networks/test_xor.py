"""The exercise: data, textbook solution, truth table, offset start, and the way from and to Keras weights."""

from __future__ import annotations

import numpy as np
import pytest

from landscape import xor


class FakeModel:
    """Stands in for a Keras model: copies weights in and out, in its own data type."""

    def __init__(self, *shapes, dtype=np.float64):
        rng = np.random.default_rng(0)
        self.dtype = dtype
        self.weights = [rng.normal(size=s).astype(dtype) for s in shapes]

    def get_weights(self):
        return [w.copy() for w in self.weights]

    def set_weights(self, weights):
        assert [np.shape(w) for w in weights] == [w.shape for w in self.weights]
        self.weights = [np.array(w, dtype=self.dtype) for w in weights]


SHAPES = ((2, 2), (2,), (2, 1), (1,))


def test_data_are_the_truth_table_of_xor():
    assert xor.X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert xor.Y.tolist() == [int(a) ^ int(b) for a, b in xor.X]
    assert xor.TEXTBOOK.tolist() == [1, 1, 1, 1, 0, -1, 1, -2, 0]
    for array, shape in ((xor.X, (4, 2)), (xor.Y, (4,)), (xor.TEXTBOOK, (9,))):
        assert (array.shape, array.dtype) == (shape, np.float64)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5


@pytest.mark.parametrize("hidden", [1, 2, 3, 7])
def test_network_has_4h_plus_1_parameters(hidden):
    net = xor.network(hidden)
    assert net.n_parameters == len(net.parameter_names) == 4 * hidden + 1
    assert net.loss(np.zeros(4 * hidden + 1)) == 0.5


def test_network_takes_other_small_data_sets():
    net = xor.network(3, inputs=[[1], [2]], targets=[3, 5])
    assert (net.n_inputs, net.n_samples, net.n_parameters) == (1, 2, 10)
    assert xor.network(targets=[0, 0, 0, 1]).loss(xor.TEXTBOOK) == 0.75


def test_textbook_weights_solve_xor_exactly():
    table = xor.truth_table(xor.TEXTBOOK)
    np.testing.assert_array_equal(table.inputs, xor.X)
    assert table.hidden.tolist() == [[0, 0], [1, 0], [1, 0], [2, 1]]
    assert table.outputs.tolist() == [0, 1, 1, 0]
    assert table.classes.tolist() == [0, 1, 1, 0]
    assert table.correct.all()


def test_truth_table_marks_the_samples_that_are_wrong():
    theta = np.zeros(9)
    theta[-1] = 0.5
    table = xor.truth_table(theta)
    assert table.classes.tolist() == [1, 1, 1, 1]
    assert table.correct.tolist() == [False, True, True, False]
    bigger = xor.truth_table(np.zeros(13), xor.network(3))
    assert bigger.hidden.shape == (4, 3)


@pytest.mark.parametrize("offset", [0.0, 1e-5, 1e-2, -0.25, 3])
def test_offset_start_moves_all_but_the_output_bias(offset):
    start = xor.offset_start(offset)
    assert (start.shape, start.dtype) == ((9,), np.float64)
    np.testing.assert_array_equal(start[:-1], xor.TEXTBOOK[:-1] + offset)
    assert start[-1] == 0.0
    start[0] = 9.0  # the caller's own copy
    assert xor.TEXTBOOK[0] == 1.0


def test_classify_counts_one_half_as_one():
    below = np.nextafter(0.5, 0)
    outputs = np.array([[below, 0.5], [-3.0, 2.0]])
    assert xor.classify(outputs).tolist() == [[0, 1], [0, 1]]
    assert xor.classify(outputs).dtype.kind == "i"
    assert xor.classify([0, 1]).tolist() == [0, 1]


def test_theta_goes_to_keras_and_back_in_keras_order():
    model = FakeModel(*SHAPES)
    theta = np.arange(9.0)
    xor.theta_to_keras(theta, model)
    W1, b1, W2, b2 = model.weights
    assert W1.tolist() == [[0, 1], [2, 3]]
    assert (b1.tolist(), W2.tolist(), b2.tolist()) == ([4, 5], [[6], [7]], [8])
    np.testing.assert_array_equal(xor.theta_from_keras(model), theta)


def test_theta_from_a_float32_model_is_float64():
    theta = xor.theta_from_keras(FakeModel(*SHAPES, dtype=np.float32))
    assert (theta.shape, theta.dtype) == ((9,), np.float64)


def test_a_model_of_another_shape_is_refused_and_left_alone():
    model = FakeModel((2, 3), (3,), (3, 1), (1,))
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"shapes \(2, 2\), \(2,\), \(2, 1\), \(1,\); got \[\(2, 3\)"):
        xor.theta_from_keras(model)
    with pytest.raises(ValueError, match="shapes"):
        xor.theta_to_keras(xor.TEXTBOOK, model)
    for was, now in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(was, now)


def test_bad_theta_leaves_the_model_alone():
    model = FakeModel(*SHAPES)
    before = xor.theta_from_keras(model)
    with pytest.raises(ValueError, match="finite"):
        xor.theta_to_keras([np.nan] * 9, model)
    np.testing.assert_array_equal(xor.theta_from_keras(model), before)
