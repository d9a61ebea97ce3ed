"""Whatever is asked of a Keras model, it and all global state stay as they were; the XOR network is that of numpy."""

import json

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.keras.model_objective import keras
from landscape.keras.reference_training import exercise_model
from landscape.keras_objective import KerasObjective, TrajectoryRecorder

pytestmark = pytest.mark.slow

layers = keras.layers
X, CLASSES = np.random.default_rng(0).normal(size=(70, 2)).astype("float32"), np.arange(70) % 3


def stack(*parts):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([layers.Input((2,)), *parts], name="small")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


def state_of(model):
    """Return all that a model, Keras and the random generators hold, as bytes."""
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    kept = [np.asarray(v).tobytes() for v in variables]
    config = keras.config.floatx(), keras.config.epsilon(), keras.config.dtype_policy().name
    random = np.random.get_state()[1].tobytes(), keras.random.uniform((), seed=1).numpy().tobytes()  # noqa: NPY002
    return kept, config, random, [v.trainable for v in model.variables], json.dumps(model.get_config(), default=str)


@pytest.fixture(scope="module")
def trained():
    parts = layers.Dense(3, "relu"), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(3, "softmax")
    model = stack(*parts)
    model.fit(X, CLASSES, verbose=0, epochs=1)
    return model, KerasObjective(model, X, CLASSES)


CALLS = {
    "surface": lambda o, t: ls.evaluate_plane(
        o, ls.random_plane(o, t, rng=np.random.default_rng(0)), [-1, 0, 1], [0, 1], metrics=["accuracy"]
    ),
    "gradient": lambda o, t: o.gradient(t),
    "predictions": lambda o, t: o.predict(t),
    "eigenpairs": lambda o, t: ls.top_eigenpairs(o, t, 1),
    "trace": lambda o, t: ls.hessian_trace(o, t, 2, rng=np.random.default_rng(0)),
    "density": lambda o, t: ls.spectral_density(o, t, rng=np.random.default_rng(0), samples=2, steps=3),
    "matching": lambda o, t: o.match_units(-t, t),
    "table": lambda o, t: (o.filters_table(), repr(o), o.describe(), o.fingerprint()),
    "path": lambda o, t: ls.train_bezier(o, t, -t, rng=np.random.default_rng(0), steps=1, learning_rate=0.1),
    "pickling": lambda o, t: o.packed(),
}


@pytest.mark.parametrize("call", CALLS)
def test_model_and_global_state_stay_as_they_were_bit_for_bit(trained, call):
    model, objective = trained
    before = state_of(model)
    CALLS[call](objective, objective.theta)
    assert state_of(model) == before


def test_recording_changes_neither_training_nor_random_numbers(tmp_path):
    states = []
    for callbacks in ([], [TrajectoryRecorder(tmp_path / "run.rec")]):
        model = stack(layers.Dense(3, "relu"), layers.Dropout(0.5), layers.Dense(3, "softmax"))
        model.fit(X, CLASSES, verbose=0, epochs=2, callbacks=callbacks)
        states.append(state_of(model)[:4])
    assert states[0] == states[1]


def test_the_xor_network_through_keras_agrees_in_curvature_directions_and_profiles():
    objective, net = KerasObjective(exercise_model(), xor.X, xor.Y[:, None]), xor.network()
    rng = np.random.default_rng(0)
    for _ in range(20):
        theta, v = rng.normal(size=(2, 9))
        expected = net.hessian(theta) @ v
        np.testing.assert_allclose(objective.hessian_vector_product(theta, v), expected, rtol=1e-12, atol=1e-12)
        for bias in ("joint", "ignore", "copy", "separate"):
            ours, theirs = (ls.filter_normalize(v, theta, o, bias) for o in (net, objective))
            np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-12)
        lines = [ls.evaluate_line(o, theta, ours, np.linspace(-1, 1, 9)).loss for o in (net, objective)]
        np.testing.assert_allclose(lines[1], lines[0], rtol=1e-12, atol=1e-12)
