"""Keras as referee of the numpy definition, and any Keras model as an objective."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.keras.many_points import tf
from landscape.keras.model_objective import keras
from landscape.keras.reference_training import exercise_model
from landscape.keras_objective import KerasObjective
from landscape.networks.objective import Objective

pytestmark = pytest.mark.slow

TARGETS = xor.Y[:, None]


@pytest.fixture(scope="module")
def thetas():
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(size=(500, 9)) * rng.choice([0.3, 1.0, 3.0], size=(500, 1)), [xor.TEXTBOOK]])


@pytest.fixture(scope="module")
def referee(thetas):
    """Predictions, loss and GradientTape gradient of the model itself, with its weights set to each theta."""
    model, mse = exercise_model(), keras.losses.MeanSquaredError(dtype="float64")

    @tf.function
    def run():
        with tf.GradientTape() as tape:
            outputs = model(tf.constant(xor.X))
            loss = mse(tf.constant(TARGETS), outputs)
        return outputs[:, 0], loss, tape.gradient(loss, model.trainable_variables)

    found = []
    for theta in thetas:
        xor.theta_to_keras(theta, model)
        outputs, loss, gradient = run()
        found.append((outputs.numpy(), loss.numpy(), np.concatenate([g.numpy().ravel() for g in gradient])))
    return tuple(np.array(part) for part in zip(*found, strict=True))


def dense_model(dtype="float64", **settings):
    layers = [keras.layers.Input((3,), dtype=dtype), keras.layers.Dense(4, "tanh", dtype=dtype, **settings)]
    return keras.Sequential([*layers, keras.layers.Dense(2, dtype=dtype)])


@pytest.fixture
def data():
    rng = np.random.default_rng(5)
    return rng.normal(size=(6, 3)), rng.normal(size=(6, 2))


# -- the XOR network -----------------------------------------------------------------------------------


def test_the_numpy_network_is_the_keras_network(thetas, referee):
    net = xor.network()
    outputs, loss, gradient = referee
    for ours, theirs in ((net.predict(thetas), outputs), (net.loss(thetas), loss), (net.gradient(thetas), gradient)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_at_the_textbook_point_they_agree_exactly(referee):
    outputs, loss, gradient = (part[-1] for part in referee)
    assert outputs.tolist() == xor.Y.tolist()
    assert loss == 0.0
    assert not gradient.any()
    assert not xor.network().gradient(xor.TEXTBOOK).any()


def test_the_keras_objective_is_the_keras_model(thetas, referee):
    objective = KerasObjective(exercise_model(), xor.X, TARGETS)
    outputs, loss, gradient = referee
    np.testing.assert_allclose(objective.predict(thetas)[..., 0], outputs, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(objective.loss(thetas), loss, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(objective.gradient(thetas), gradient, rtol=1e-12, atol=1e-12)


def test_both_have_the_same_parameters_and_filters():
    objective, net = KerasObjective(exercise_model(), xor.X, TARGETS), xor.network()
    assert isinstance(objective, Objective)
    assert objective.n_parameters == 9
    assert [(f.kernel, f.bias) for f in objective.filters] == [(f.kernel, f.bias) for f in net.filters]
    assert [name.rpartition("[")[2] for name in objective.parameter_names] == [
        name.rpartition("[")[2] for name in net.parameter_names
    ]
    assert objective.parameter_names[2] == "hidden/kernel[1,0]"


def test_weights_go_to_keras_and_come_back():
    model, theta = exercise_model(), np.arange(9.0)
    xor.theta_to_keras(theta, model)
    assert xor.theta_from_keras(model).tolist() == theta.tolist()
    assert KerasObjective(model, xor.X, TARGETS).theta.tolist() == theta.tolist()
    assert model.get_weights()[0].tolist() == [[0.0, 1.0], [2.0, 3.0]]


def test_a_surface_of_a_keras_model_is_that_of_the_network():
    objective, net = KerasObjective(exercise_model(), xor.X, TARGETS), xor.network()
    plane = ls.random_plane(objective, xor.TEXTBOOK, rng=np.random.default_rng(0))
    axis = np.linspace(-1.0, 1.0, 21)
    theirs, ours = (ls.evaluate_plane(o, plane, axis, axis).loss for o in (objective, net))
    np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-12)
    assert theirs[10, 10] == 0.0


# -- any model -----------------------------------------------------------------------------------------


def test_the_callers_model_comes_back_untouched(data):
    model = dense_model()
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    before = [w.copy() for w in model.get_weights()]
    state = [v.numpy() for v in (*model.non_trainable_variables, *model.metrics_variables)]
    objective = KerasObjective(model, *data)
    objective.gradient(np.ones((3, objective.n_parameters)))
    objective.loss(np.ones(objective.n_parameters))
    objective.predict(np.ones(objective.n_parameters))
    after = [v.numpy() for v in (*model.non_trainable_variables, *model.metrics_variables)]
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(state, after, strict=True))
    assert keras.config.floatx() == "float32"


def test_batch_axes_lead_everywhere(data):
    objective = KerasObjective(dense_model(), *data)
    n = objective.n_parameters
    theta = np.random.default_rng(0).normal(size=(2, 3, n))
    assert objective.loss(theta).shape == (2, 3)
    assert objective.gradient(theta).shape == (2, 3, n)
    assert objective.predict(theta).shape == (2, 3, 6, 2)
    assert objective.loss(theta[1, 2]).shape == ()
    assert objective.loss(theta[:0]).shape == (0, 3)
    np.testing.assert_allclose(objective.loss(theta)[1, 2], objective.loss(theta[1, 2]), rtol=1e-14)
    np.testing.assert_allclose(objective.gradient(theta)[1, 2], objective.gradient(theta[1, 2]), rtol=1e-12)


def test_the_gradient_is_the_slope_of_the_loss(data):
    objective = KerasObjective(dense_model(), *data)
    rng = np.random.default_rng(3)
    theta, step = rng.normal(size=(2, objective.n_parameters))
    slope = (objective.loss(theta + 1e-6 * step) - objective.loss(theta - 1e-6 * step)) / 2e-6
    assert objective.gradient(theta) @ step == pytest.approx(slope, rel=1e-8)


def test_blocks_do_not_change_the_result(data, monkeypatch):
    objective = KerasObjective(dense_model(), *data)
    theta = np.random.default_rng(0).normal(size=(7, objective.n_parameters))
    whole = objective.loss(theta)
    monkeypatch.setattr("landscape.keras.many_points.PIECE", 3 * objective.n_parameters)
    np.testing.assert_allclose(objective.loss(theta), whole, rtol=1e-14)


def mean_absolute(y, outputs):
    return tf.abs(y - outputs)


@pytest.mark.parametrize(
    ("compiled", "given", "expected"),
    [
        (None, None, lambda r: np.mean(r**2)),
        ("mae", None, lambda r: np.mean(np.abs(r))),
        ("mae", "mse", lambda r: np.mean(r**2)),
        (None, "MeanSquaredError", lambda r: np.mean(r**2)),
        (None, keras.losses.MeanSquaredError(reduction="sum"), lambda r: np.sum(np.mean(r**2, axis=1))),
        (keras.losses.Huber(0.5), None, lambda r: np.mean(np.where(abs(r) < 0.5, r**2 / 2, abs(r) / 2 - 0.125))),
        (None, mean_absolute, lambda r: np.mean(np.abs(r))),
    ],
)
def test_the_loss_is_the_models_or_the_given_one_in_full_precision(data, compiled, given, expected):
    """A compiled loss works in float32 under Keras' default floatx; the objective must not."""
    model = dense_model()
    if compiled is not None:
        model.compile(loss=compiled)
    objective = KerasObjective(model, *data, loss=given)
    theta = np.random.default_rng(1).normal(size=objective.n_parameters)
    residual = objective.predict(theta) - data[1]
    assert float(objective.loss(theta)) == pytest.approx(expected(residual), rel=1e-14)


def test_penalties_on_weights_count(data):
    plain, penalized = dense_model(), dense_model(kernel_regularizer=keras.regularizers.L2(0.5))
    theta = np.random.default_rng(1).normal(size=26)
    difference = KerasObjective(penalized, *data).loss(theta) - KerasObjective(plain, *data).loss(theta)
    assert float(difference) == pytest.approx(0.5 * np.sum(theta[:12] ** 2), rel=1e-6)  # Keras keeps 0.5 in float32


def test_a_float32_model_is_evaluated_in_float32(data):
    objective = KerasObjective(dense_model("float32"), *data)
    theta = np.random.default_rng(1).normal(size=objective.n_parameters)
    loss = objective.loss(theta)
    assert loss.dtype == np.float64
    assert loss == np.float32(loss)
    np.testing.assert_allclose(loss, KerasObjective(dense_model(), *data).loss(theta), rtol=1e-5)


def test_description_is_one_line_of_json(data):
    told = json.loads(KerasObjective(dense_model(), *data, loss="mae").describe())
    assert told["loss"] == "mean_absolute_error"
    assert told["parameters"] == 26
    assert told["dtype"] == "float64"


def test_convolution_normalization_and_dropout():
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((5, 5, 2)),
            layers.Conv2D(3, 2, dtype="float64"),
            layers.BatchNormalization(dtype="float64"),
            layers.Dropout(0.5, dtype="float64"),
            layers.Flatten(dtype="float64"),
            layers.Dense(1, use_bias=False, dtype="float64"),
        ]
    )
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 5, 5, 2)), rng.normal(size=(4, 1))
    objective = KerasObjective(model, x, y)
    expected = np.mean((model(x).numpy() - y) ** 2)
    assert float(objective.loss(objective.theta)) == pytest.approx(expected, rel=1e-13)
    assert np.isfinite(objective.gradient(np.stack([objective.theta] * 2))).all()
    conv, norm, dense = objective.filters[:3], objective.filters[3:9], objective.filters[9:]
    assert [(len(f.kernel), f.bias) for f in conv] == [(8, 24), (8, 25), (8, 26)]
    assert conv[1].kernel == tuple(range(1, 24, 3))
    assert [(f.kernel, f.bias) for f in norm] == [((), i) for i in range(27, 33)]
    assert [(len(f.kernel), f.bias) for f in dense] == [(48, None)]


def half_model():
    return dense_model("float16")


def model_of(outputs, activation=None):
    return keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(outputs, activation)], name="wide")


def forked_model():
    start = keras.layers.Input((2,))
    return keras.Model(start, [keras.layers.Dense(1)(start), keras.layers.Dense(1)(start)], name="forked")


BAD = [
    (lambda: ("model", xor.X, TARGETS), TypeError, "model must be a Keras 3 model; got str"),
    (lambda: (keras.Sequential([keras.layers.Dense(1)]), xor.X, TARGETS), ValueError, "model must be built and have"),
    (lambda: (exercise_model(), xor.X, xor.Y[:3]), ValueError, r"x and y must hold the same samples, .*\(4, 2\) and"),
    (lambda: (exercise_model(), np.zeros((0, 2)), []), ValueError, "x and y must hold the same samples, at least one"),
    (lambda: (exercise_model(), np.full((4, 2), np.nan), TARGETS), ValueError, "x must be finite; got nan"),
    (lambda: (half_model(), np.zeros((1, 3)), [0.0]), ValueError, "model must have all its weights in float32 or"),
    (lambda: (model_of(3), xor.X, TARGETS), ValueError, r"y must have the shape .* \(4, 3\), .*error; got \(4, 1\)"),
    (lambda: (model_of(3), xor.X, TARGETS, keras.losses.Huber()), ValueError, "y must have the shape of the model's"),
    (
        lambda: (forked_model(), xor.X, TARGETS),
        ValueError,
        "loss mean_squared_error cannot be computed from y of shape",
    ),
    (
        lambda: (model_of(1), np.ones((4, 3)), TARGETS),
        ValueError,
        r"model 'wide' cannot be called on x of shape \(4, 3\): Input 0 .* expected axis -1 of",
    ),
    (lambda: (model_of(1), xor.X, TARGETS, "mss"), ValueError, "loss must be the name of a Keras loss, .* got 'mss'"),
    (lambda: (exercise_model(), xor.X, TARGETS, 7), TypeError, "loss must be a Keras loss, its name, or a function"),
]


def test_targets_may_be_class_numbers_or_lack_axes_of_length_1():
    numbers = KerasObjective(model_of(3, "softmax"), xor.X, [0, 1, 2, 0], "sparse_categorical_crossentropy")
    assert numbers.loss(np.zeros(9)) == pytest.approx(np.log(3))
    flat, column = (KerasObjective(model_of(1), xor.X, np.reshape(TARGETS, shape)) for shape in (4, (4, 1)))
    assert flat.loss([1.0, 2.0, 3.0]) == column.loss([1.0, 2.0, 3.0])
    own = KerasObjective(model_of(3), xor.X, TARGETS, lambda y, outputs: (y - outputs) ** 2)
    assert own.loss(np.zeros(9)) == pytest.approx(0.5)


@pytest.mark.parametrize(("arguments", "error", "message"), BAD)
def test_bad_input_is_refused(arguments, error, message):
    with pytest.raises(error, match="^" + message):
        KerasObjective(*arguments())


@pytest.mark.parametrize(
    ("theta", "message"), [(np.zeros(8), r"theta must have shape \(\.\.\., 9\)"), (np.full(9, np.nan), "finite")]
)
def test_bad_theta_is_refused(theta, message):
    with pytest.raises(ValueError, match=message):
        KerasObjective(exercise_model(), xor.X, TARGETS).loss(theta)


def test_tensorflow_starts_without_a_word():
    code = (
        "import os; from landscape.keras.reference_training import exercise_model; from landscape import xor;"
        "exercise_model()(xor.X); assert 'TF_CPP_MIN_LOG_LEVEL' not in os.environ"
    )
    env = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False, timeout=900
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_was_held_back_is_shown_when_the_import_fails():
    code = (
        "import os; from landscape.keras.quiet_import import quiet_import\n"
        "with quiet_import():\n    os.write(2, b'the reason why'); import there_is_no_such_module"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 1
    assert "the reason why" in done.stderr
