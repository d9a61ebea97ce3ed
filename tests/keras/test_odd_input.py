"""Models and data that are unusual or wrong: a value by a second route, or one clear line."""

import numpy as np
import pytest

import landscape as ls
from landscape.keras.many_points import tf
from landscape.keras.model_objective import keras
from landscape.keras_objective import KerasObjective

pytestmark = pytest.mark.slow

layers = keras.layers
RNG = np.random.default_rng(0)
X, CLASSES = RNG.normal(size=(70, 2)).astype("float32"), np.arange(70) % 3


def stack(*parts, inputs=(2,), dtype="float32"):
    keras.utils.set_random_seed(0)
    return keras.Sequential([layers.Input(inputs, dtype=dtype), *parts], name="small")


def reported(model, x, y, **settings):
    """Return what Keras reports."""
    return model.evaluate(x, y, verbose=0, return_dict=True, **settings)


# -- how an objective presents itself ------------------------------------------------------------------


def test_an_objective_is_shown_in_two_lines():
    objective = KerasObjective(stack(layers.Dense(3)), X, CLASSES, "sparse_categorical_crossentropy")
    assert (
        repr(objective)
        == str(objective)
        == (
            "KerasObjective(model 'small', 9 parameters in float32, loss sparse_categorical_crossentropy\n"
            "               on 70 samples in batches, the first with x (32, 2) and y (32,))"
        )
    )
    weighted = KerasObjective(stack(layers.Dense(1)), X, X[:, 0], sample_weight=X[:, 0] ** 2)
    assert repr(weighted).endswith(
        "loss mean_squared_error\n               on 70 samples in batches, "
        "the first with x (32, 2) and y (32,), weighted)"
    )
    batches = tf.data.Dataset.from_tensor_slices((X, X[:, :1])).batch(35)
    assert repr(KerasObjective(stack(layers.Dense(1)), batches)).endswith(
        "on batches of a _BatchDataset, the first with x (35, 2) and y (35, 1))"
    )


@pytest.mark.parametrize("frozen", [(), (0,), (0, 1)])
def test_the_table_names_no_model_and_every_class(frozen):
    model = stack(layers.Dense(3, name="first"), layers.BatchNormalization(name="norm"), layers.Dense(1, name="last"))
    for place in frozen:
        model.layers[place].trainable = False
    objective = KerasObjective(model, X, X[:, 0], filters="tensor")
    *rows, others = objective.filters_table().splitlines()[1:]
    kinds = {"first": "Dense", "norm": "BatchNormalization", "last": "Dense"}
    assert [tuple(row.split()[:2]) for row in rows] == [
        (name, kind) for place, (name, kind) in enumerate(kinds.items()) for _ in range(2) if place not in frozen
    ]
    assert others.startswith("not in theta: ")
    named = others.removeprefix("not in theta: ").split(", ")
    assert {"norm/moving_mean", "norm/moving_variance"} <= set(named)
    assert ("first/kernel" in named) == (0 in frozen)
    assert not any("small" in name for name in named)


# -- targets and losses --------------------------------------------------------------------------------

NO_LOSS = (
    "^loss must be given, such as loss='sparse_categorical_crossentropy': model 'small' was compiled with none, and "
)
NO_LOSS += r"y of shape \({}\) holds class indices"


@pytest.mark.parametrize(
    ("parts", "inputs", "y", "shape"),
    [
        ((layers.Dense(3),), (2,), CLASSES, "32,"),
        ((layers.Dense(3),), (2,), CLASSES[:, None], "32, 1"),
        ((layers.Dense(3),), (2,), CLASSES.astype("uint8"), "32,"),
        ((layers.Dense(4),), (5, 2), np.zeros((70, 5), int), "32, 5"),
    ],
)
def test_class_indices_are_not_compared_by_the_default_loss(parts, inputs, y, shape):
    x = np.zeros((70, *inputs), "float32")
    with pytest.raises(ValueError, match=NO_LOSS.format(shape)):
        KerasObjective(stack(*parts, inputs=inputs), x, y)
    assert KerasObjective(stack(*parts, inputs=inputs), x, y, "sparse_categorical_crossentropy").loss


def test_of_several_outputs_one_with_class_indices_is_noticed():
    start = layers.Input((2,))
    model = keras.Model(start, [layers.Dense(1)(start), layers.Dense(3)(start)], name="small")
    with pytest.raises(ValueError, match=r"was compiled with none, and y of shape .* holds class indices"):
        KerasObjective(model, X, [X[:, 0], CLASSES])


def test_integers_that_are_no_classes_keep_the_default_loss():
    for y, outputs in ((CLASSES, 1), (np.eye(3, dtype=int)[CLASSES], 3)):
        objective = KerasObjective(stack(layers.Dense(outputs)), X, y)
        residual = objective.predict(objective.theta) - y.reshape(70, -1)
        assert float(objective.loss(objective.theta)) == pytest.approx(np.mean(residual**2), rel=1e-5)


OUT_OF_RANGE = [
    (
        "a class",
        (layers.Dense(3, "softmax"),),
        X,
        np.where(np.arange(70) == 50, 7, CLASSES),
        "float32",
        "label value of 7",
    ),
    (
        "a class below 0",
        (layers.Dense(3, "softmax"),),
        X,
        np.where(np.arange(70) == 69, -1, CLASSES),
        "float32",
        "of -1",
    ),
    (
        "a row of an embedding",
        (layers.Embedding(10, 2), layers.Flatten(), layers.Dense(3, "softmax")),
        np.where(np.arange(140).reshape(70, 2) == 120, 30, 1),
        CLASSES,
        "int32",
        r"= 30 is not in \[0, 10\)",
    ),
]


@pytest.mark.parametrize("small", [True, False], ids=["at once", "one by one"])
@pytest.mark.parametrize("case", OUT_OF_RANGE, ids=lambda case: case[0])
def test_an_index_out_of_range_in_a_later_batch_is_one_line(case, small, monkeypatch):
    _, parts, x, y, dtype, says = case
    if not small:
        monkeypatch.setattr("landscape.keras.many_points.SMALL_MODEL", 0)
    objective = KerasObjective(stack(*parts, dtype=dtype), x, y, "sparse_categorical_crossentropy")
    theta = objective.theta
    for evaluate in (objective.loss, objective.gradient):
        with pytest.raises(ValueError, match=f"^the loss cannot be computed: .*{says}") as raised:
            evaluate(theta)
        assert "\n" not in str(raised.value)


def test_a_hessian_of_an_embedding_over_several_batches(monkeypatch):
    monkeypatch.setattr("landscape.keras.many_points.SMALL_MODEL", 0)
    parts = layers.Embedding(4, 2, dtype="float64"), layers.Flatten(dtype="float64"), layers.Dense(1, dtype="float64")
    objective = KerasObjective(stack(*parts, inputs=(1,), dtype="int32"), CLASSES[:64, None], X[:64, 0], batch_size=32)
    theta, v = np.random.default_rng(0).normal(size=(2, objective.n_parameters))
    slope = (objective.gradient(theta + 1e-5 * v) - objective.gradient(theta - 1e-5 * v)) / 2e-5
    np.testing.assert_allclose(objective.hessian_vector_product(theta, v), slope, atol=1e-8)


def test_nan_losses_are_kept_where_they_are():
    model = stack(layers.Dense(1, keras.ops.sqrt))
    objective = KerasObjective(model, np.ones((4, 2)), np.zeros(4))
    profile = ls.evaluate_line(objective, np.zeros(3), [0.0, 0.0, 1.0], [-1.0, 0.0, 1.0, 4.0])
    assert np.isnan(profile.loss).tolist() == [True, False, False, False]
    assert profile.loss[1:] == pytest.approx([0.0, 1.0, 4.0])


# -- inputs --------------------------------------------------------------------------------------------


def test_ragged_inputs():
    ragged = tf.ragged.constant([[1, 2], [3], [0, 1, 2]], dtype="int32")

    class Bag(keras.Model):
        def __init__(self):
            super().__init__(name="bag")
            self.rows = self.add_weight(shape=(4, 1), name="rows", initializer="uniform")
            self.built = True

        def call(self, x):
            return tf.reduce_sum(tf.gather(self.rows, x), axis=1)

    y = np.array([[1.0], [2.0], [3.0]], "float32")
    objective = KerasObjective(Bag(), ragged, y, batch_size=2)
    rows = np.array([0.5, 1.0, 2.0, 4.0])
    expected = np.mean((np.array([3.0, 4.0, 3.5]) - y[:, 0]) ** 2)
    assert float(objective.loss(rows)) == pytest.approx(expected, rel=1e-6)


def test_integers_beyond_float32_stay_what_they_are():
    ids = np.array([[2**24], [2**24 + 1]])
    own = stack(layers.Hashing(2), layers.Embedding(2, 1), layers.Flatten(), inputs=(1,), dtype="int64")
    hashed = np.asarray(own.layers[0](ids)).ravel()
    objective = KerasObjective(own, ids, np.zeros((2, 1)))
    assert float(objective.loss([1.0, 3.0])) == pytest.approx(np.mean(np.array([1.0, 3.0])[hashed] ** 2))
    lookup = stack(
        layers.IntegerLookup(vocabulary=[2**24 + 1]),
        layers.Embedding(2, 1),
        layers.Flatten(),
        inputs=(1,),
        dtype="int64",
    )
    assert float(KerasObjective(lookup, ids, np.zeros((2, 1))).loss([1.0, 3.0])) == pytest.approx((1 + 9) / 2)


def test_strings():
    words = np.array([["yes"], ["no"], ["other"]])
    model = stack(
        layers.StringLookup(vocabulary=["yes", "no"]),
        layers.Embedding(3, 1),
        layers.Flatten(),
        inputs=(1,),
        dtype="string",
    )
    assert float(KerasObjective(model, words, np.zeros((3, 1))).loss([1.0, 2.0, 4.0])) == pytest.approx(21 / 3)


BAD = [
    (lambda: keras.Sequential([layers.Dense(1)]), X, CLASSES, "model must be built and have trainable weights; call '"),
    (
        lambda: stack(layers.Dense(1, trainable=False)),
        X,
        CLASSES,
        "model must be built and have trainable weights; call ",
    ),
    (
        lambda: stack(layers.Flatten()),
        X,
        CLASSES,
        "model must be built and have trainable weights; call 'small' on some",
    ),
    (
        lambda: stack(layers.Dense(1)),
        X[:, :1],
        CLASSES,
        r"model 'small' cannot be called on x of shape \(32, 1\): Input 0",
    ),
    (
        lambda: stack(layers.Dense(1)),
        X[:0],
        CLASSES[:0],
        r"x and y must hold the same samples, at least one; got shapes ",
    ),
    (lambda: stack(layers.Dense(1)), X, CLASSES[:60], r"x and y must hold the same samples, .*\(70, 2\) and \(60,\)"),
    (
        lambda: stack(layers.Dense(1)),
        tf.data.Dataset.from_tensor_slices((X[:0], X[:0])).batch(2),
        None,
        "x must hold at least one batch; got an empty data set",
    ),
]


@pytest.mark.parametrize(("model", "x", "y", "says"), BAD)
def test_what_is_wrong_is_said_in_one_line(model, x, y, says):
    with pytest.raises(ValueError, match=f"^{says}") as raised:
        KerasObjective(model(), x, y)
    assert "\n" not in str(raised.value)


# -- metrics -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def classifier():
    model = stack(layers.Dense(3, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return KerasObjective(model, X, CLASSES)


@pytest.mark.parametrize("metrics", ["accuracy", b"accuracy", 3, keras.metrics.MeanSquaredError()])
def test_metrics_are_a_sequence(classifier, metrics):
    with pytest.raises(TypeError, match=r"^metrics must be a sequence, such as \(.*,\); got "):
        classifier.metrics(classifier.theta, metrics)
    with pytest.raises(TypeError, match=r"^metrics must be a sequence, such as \(.*,\); got "):
        ls.evaluate_line(classifier, classifier.theta, np.ones(9), [0.0, 1.0], metrics=metrics)


@pytest.mark.parametrize("other", ["accuracy", keras.metrics.Mean(name="accuracy")])
def test_of_two_metrics_of_one_name_none_is_lost(classifier, other):
    with pytest.raises(ValueError, match=r"^metrics must have names that differ; got accuracy, accuracy$"):
        classifier.metrics(classifier.theta, ("accuracy", other))


def test_metrics_of_several_outputs_are_those_of_keras():
    start = layers.Input((2,))
    ends = [layers.Dense(3, "softmax", name="one")(start), layers.Dense(3, "softmax", name="two")(start)]
    model = keras.Model(start, ends, name="small")
    model.compile(loss="sparse_categorical_crossentropy", metrics=[["accuracy"], ["accuracy"]], jit_compile=False)
    y = [CLASSES, CLASSES[::-1].copy()]
    objective = KerasObjective(model, X, y)
    theirs = reported(model, X, y)
    found = objective.metrics(objective.theta)
    for name in ("one_accuracy", "two_accuracy"):
        assert float(found[name]) == pytest.approx(theirs[name])
    with pytest.raises(ValueError, match="metrics"):
        objective.metrics(objective.theta, ("accuracy",))


def test_a_list_of_metrics_may_be_shared_between_calls(classifier):
    shared = [keras.metrics.SparseCategoricalAccuracy(name="share"), "accuracy"]
    first = classifier.metrics(classifier.theta, shared)
    away = classifier.metrics(-classifier.theta, shared)
    again = classifier.metrics(classifier.theta, shared)
    assert first["share"] == again["share"] == pytest.approx(float(first["accuracy"]))
    assert float(away["share"]) != float(first["share"])
    assert float(shared[0].result()) == 0.0  # nothing has been counted in the caller's own
