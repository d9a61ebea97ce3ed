"""Which weights form a filter: a filter moves its own output and no other, in every kind of layer."""

import numpy as np
import pytest
from model_zoo import TwoWeights, keras, layers, real, stack

import landscape as ls
from landscape.keras.filter_rules import Rule
from landscape.keras_objective import KerasObjective

pytestmark = pytest.mark.slow


def alone(layer, *shape, x=None):
    """An objective of a model that is one layer, with weights that are not 0."""
    x = real(5, *shape) if x is None else x
    start = layers.Input(x.shape[1:], dtype=x.dtype)
    model = keras.Model(start, layer(start))
    keras.utils.set_random_seed(1)
    for v in model.trainable_variables:
        v.assign(np.random.default_rng(2).uniform(0.5, 1.0, size=v.shape))
    return KerasObjective(model, x, np.zeros(model.compute_output_shape(x.shape)))


CASES = {
    "Dense": lambda: alone(layers.Dense(3), 2),
    "Conv1D": lambda: alone(layers.Conv1D(3, 2), 4, 2),
    "Conv2D": lambda: alone(layers.Conv2D(3, 2), 3, 3, 2),
    "Conv3D": lambda: alone(layers.Conv3D(3, 2), 3, 3, 3, 2),
    "Conv2D in groups": lambda: alone(layers.Conv2D(4, 2, groups=2), 3, 3, 2),
    "Conv1DTranspose": lambda: alone(layers.Conv1DTranspose(3, 2), 4, 2),
    "Conv2DTranspose": lambda: alone(layers.Conv2DTranspose(3, 2), 3, 3, 2),
    "Conv3DTranspose": lambda: alone(layers.Conv3DTranspose(3, 2), 2, 2, 2, 2),
    "DepthwiseConv1D": lambda: alone(layers.DepthwiseConv1D(2, depth_multiplier=2), 4, 3),
    "DepthwiseConv2D": lambda: alone(layers.DepthwiseConv2D(2, depth_multiplier=2), 3, 3, 2),
    "EinsumDense": lambda: alone(layers.EinsumDense("abc,cd->abd", (4, 3), bias_axes="d"), 4, 2),
    "LSTM, one step": lambda: alone(layers.LSTM(3), 1, 2),
    "GRU, one step": lambda: alone(layers.GRU(3, reset_after=False), 1, 2),
    "SimpleRNN, one step": lambda: alone(layers.SimpleRNN(3), 1, 2),
    "LayerNormalization": lambda: alone(layers.LayerNormalization(), 4),
    "BatchNormalization": lambda: alone(layers.BatchNormalization(), 4),
    "PReLU": lambda: alone(layers.PReLU(), x=-abs(real(5, 4))),
    "TimeDistributed": lambda: alone(layers.TimeDistributed(layers.Dense(3)), 4, 2),
}


@pytest.mark.parametrize("name", CASES)
def test_a_filter_moves_its_own_output_channel_and_no_other(name):
    objective = CASES[name]()
    theta = objective.theta
    before = objective.predict(theta)
    channels = before.shape[-1]
    for _, kernel, bias in objective.filter_blocks():
        assert len(kernel) % channels == 0  # one for each channel, or for each gate of one
        moved = np.tile(theta, (len(kernel), 1))
        for i, own in enumerate(np.concatenate([kernel, bias], axis=1)):
            moved[i, own] *= 1.5
        changed = np.abs(objective.predict(moved) - before).max(axis=tuple(range(1, before.ndim))) > 1e-6
        own = np.arange(len(kernel))[:, None] % channels == np.arange(channels)
        if "one step" in name:  # from a state of 0, some gates have no effect
            assert not changed[~own].any()
            assert changed.any(axis=0).all()
        else:
            assert changed.tolist() == own.tolist()


def test_a_filter_of_an_embedding_is_a_row():
    objective = alone(layers.Embedding(4, 3), x=np.arange(4)[:, None])
    theta = objective.theta
    ((_, kernel, _),) = objective.filter_blocks()
    for row, own in enumerate(kernel):
        moved = theta.copy()
        moved[own] += 1
        change = np.abs(objective.predict(moved) - objective.predict(theta)).sum(axis=(1, 2))
        assert np.flatnonzero(change).tolist() == [row]


def test_a_filter_of_an_attention_projection_is_a_head():
    start = layers.Input((4, 6))
    attention = layers.MultiHeadAttention(2, 3)
    outputs = attention(start, start)
    objective = KerasObjective(keras.Model(start, outputs), real(5, 4, 6), real(5, 4, 6))
    table = objective.filters_table()
    for name in ("query", "key", "value"):
        assert f"multi_head_attention/{name}" in table.replace(attention.name, "multi_head_attention")
    blocks = {block.layer.rpartition("/")[2]: block for block in objective._blocks}
    assert {name: block.count for name, block in blocks.items()} == {
        "query": 2,
        "key": 2,
        "value": 2,
        "attention_output": 6,
    }
    assert (blocks["query"].kernel().shape, blocks["query"].bias().shape) == ((2, 18), (2, 3))
    kernel = np.arange(36).reshape(6, 2, 3) + blocks["query"].kernel().min()
    assert blocks["query"].kernel()[1].tolist() == kernel[:, 1].ravel().tolist()


def test_the_biases_of_a_gru_with_reset_after_belong_to_input_and_state():
    objective = alone(layers.GRU(2), 3, 2)
    (_, from_input, input_bias), (_, from_state, state_bias) = objective.filter_blocks()
    assert (from_input.shape, from_state.shape) == ((6, 2), (6, 2))
    assert input_bias.ravel().tolist() == list(range(24, 30))
    assert state_bias.ravel().tolist() == list(range(30, 36))


def test_the_table_tells_filters_biases_and_what_is_frozen():
    case = stack(real(6, 3), layers.Dense(4, name="first"), layers.BatchNormalization(name="norm"))
    case.model.layers[-1].trainable = False
    objective = KerasObjective(case.model, case.x, case.y)
    assert [line.split() for line in objective.filters_table().splitlines()[:4]] == [
        ["layer", "class", "weights", "filters", "weights", "each", "biases", "each"],
        ["first", "Dense", "kernel", "3", "x", "[4],", "bias", "[4]", "4", "3", "1"],
        ["norm", "BatchNormalization", "gamma", "[4]", "4", "0", "1"],
        ["norm", "BatchNormalization", "beta", "[4]", "4", "0", "1"],
    ]
    frozen = objective.filters_table().splitlines()[-1]
    assert frozen.startswith("not in theta: ")
    assert "moving_mean" in frozen
    assert "kernel" in frozen


def test_freezing_a_layer_later_is_noticed():
    case = stack(real(6, 3), layers.Dense(4, "tanh"))
    objective = KerasObjective(case.model, case.x, case.y)
    before = objective.loss(objective.theta)
    case.model.layers[0].trainable = False
    assert objective.n_parameters == objective.theta.size == 10
    assert objective.loss(objective.theta) == pytest.approx(before, rel=1e-6)
    with pytest.raises(ValueError, match=r"theta must have shape \(\.\.\., 10\)"):
        objective.loss(np.zeros(26))


def test_two_layers_of_one_name_stay_two():
    model = keras.Sequential([layers.Input((3,)), layers.Dense(3, name="same")])
    outer = keras.Sequential(
        [layers.Input((3,)), model, keras.Sequential([layers.Input((3,)), layers.Dense(3, name="same")])]
    )
    objective = KerasObjective(outer, real(6, 3), real(6, 3))
    theta = np.arange(1.0, 25.0)
    direction = ls.filter_normalize(np.ones(24), theta, objective, "separate")
    for biases in (slice(9, 12), slice(21, 24)):  # each layer's biases are a filter
        assert np.linalg.norm(direction[biases]) == pytest.approx(np.linalg.norm(theta[biases]))
        assert np.ptp(direction[biases]) < 1e-12


UNKNOWN = "filters must be known for every layer; TwoWeights '.*' has no rule, pass filters={TwoWeights: "


def test_an_unknown_layer_is_named_and_may_get_a_rule():
    case = stack(real(6, 2), TwoWeights())
    with pytest.raises(ValueError, match=UNKNOWN):
        list(KerasObjective(case.model, case.x, case.y).filter_blocks())
    assert KerasObjective(case.model, case.x, case.y).loss(np.zeros(17)).shape == ()  # all else works
    objective = KerasObjective(case.model, case.x, case.y, filters={TwoWeights: [Rule({"w": -1}, "b")]})
    (_, kernel, bias), _ = objective.filter_blocks()
    assert (kernel.tolist(), bias.tolist()) == ([[0, 3], [1, 4], [2, 5]], [[6], [7], [8]])
    by_tensor = KerasObjective(case.model, case.x, case.y, filters="tensor")
    assert [k.shape for _, k, _ in by_tensor.filter_blocks()] == [(1, 6), (1, 3), (1, 6), (1, 2)]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([Rule({"w": -1})], r"filters must hold every weight; the rule of TwoWeights '.*' lacks \['b'\]"),
        ([Rule({"w": 0}, "b")], "filters of TwoWeights '.*' must agree in number; got w"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(rules, message):
    case = stack(real(6, 2), TwoWeights())
    with pytest.raises(ValueError, match=message):
        KerasObjective(case.model, case.x, case.y, filters={TwoWeights: rules}).filters_table()


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_rescaling_a_relu_layer_and_its_inverse_leaves_profiles_unchanged(factor):
    def model():
        return keras.Sequential(
            [layers.Input((3,)), layers.Dense(5, "relu", dtype="float64"), layers.Dense(2, dtype="float64")]
        )

    x, y = np.random.default_rng(0).normal(size=(2, 8, 3))
    objective = KerasObjective(model(), x, y[:, :2])
    theta = objective.theta + 0.1
    scaled = theta.copy()
    scaled[:20] *= factor
    scaled[20:30] /= factor
    random = np.random.default_rng(1).normal(size=theta.size)
    one, two = (
        ls.evaluate_line(
            objective, point, ls.filter_normalize(random, point, objective, "ignore"), [-1, -0.3, 0, 0.5, 1]
        )
        for point in (theta, scaled)
    )
    np.testing.assert_allclose(two.loss, one.loss, rtol=1e-12)
