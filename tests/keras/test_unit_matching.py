"""Permuted copies are matched back, outputs stay the same, the distance never grows; other layers are refused."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from matched_models import DTYPE, MODELS, layer, sequence

from landscape.keras.model_objective import keras
from landscape.keras.units.groups import UnitGroups
from landscape.keras.units.matching import _Matching
from landscape.keras_objective import KerasObjective

pytestmark = pytest.mark.slow

layers = keras.layers


def objective_of(model, samples=5):
    x = np.random.default_rng(0).normal(size=(samples, *model.input_shape[1:]))
    return KerasObjective(model, x, np.zeros((samples, 2)))


def groups_of(objective):
    variables = map(id, objective.model.trainable_variables)
    return UnitGroups(objective.model, dict(zip(variables, objective._variables, strict=True)))


def as_after_training(model):
    """Give batch normalizations other statistics for each channel."""
    rng = np.random.default_rng(0)
    for part in model._flatten_layers():
        if isinstance(part, layers.BatchNormalization):
            part.moving_mean.assign(rng.normal(size=part.moving_mean.shape))
            part.moving_variance.assign(rng.uniform(0.2, 3, size=part.moving_variance.shape))
    return model


@pytest.fixture(scope="module", params=MODELS)
def case(request):
    """An objective and the groups of its units."""
    objective = objective_of(as_after_training(MODELS[request.param]()))
    return objective, groups_of(objective)


def outputs(objective, theta):
    """Return the outputs by Keras itself, without the graph that ``predict`` traces."""
    weights = [theta[v.start : v.start + v.size].reshape(v.shape) for v in objective._variables]
    rest = [v.value for v in objective.model.non_trainable_variables]
    return objective.model.stateless_call(weights, rest, objective._data.first().x)[0]


def random_theta(objective, seed):
    return np.random.default_rng(seed).normal(size=objective.n_parameters)


def distance(one, other):
    return np.linalg.norm(one - other)


def permuted(groups, theta, seed):
    """Return theta with every block of units permuted at random."""
    rng, source = np.random.default_rng(seed), np.arange(groups.count)
    for block in groups.blocks():
        source[block] = block[rng.permutation(len(block))]
    return _Matching(groups, theta, theta).permuted(source)


def test_any_permutation_leaves_the_outputs_as_they_are(case):
    objective, groups = case
    theta = random_theta(objective, 1)
    moved = permuted(groups, theta, 2)
    assert np.count_nonzero(moved != theta) > 6
    np.testing.assert_allclose(outputs(objective, moved), outputs(objective, theta), rtol=1e-10, atol=1e-10)


def test_a_permuted_copy_is_matched_back_exactly(case):
    objective, groups = case
    for seed in range(2):
        theta = random_theta(objective, seed)
        found = objective.match_units(permuted(groups, theta, seed), theta)
        np.testing.assert_allclose(found, theta, rtol=1e-12, atol=1e-12)
        assert objective.match_units(theta, theta).tolist() == theta.tolist()


def test_a_permuted_copy_with_noise_is_matched_back(case):
    objective, groups = case
    theta = random_theta(objective, 4)
    copy = permuted(groups, theta, 5)
    found = objective.match_units(copy + 1e-3 * random_theta(objective, 6), theta)
    assert distance(found, theta) < 0.05 * distance(copy, theta)


def test_matching_never_grows_the_distance_and_keeps_the_outputs(case):
    objective, _ = case
    model_theta = objective.theta
    for seed in range(2):
        reference, theta = random_theta(objective, seed), random_theta(objective, seed + 10)
        found = objective.match_units(theta, reference)
        assert distance(found, reference) <= distance(theta, reference)
        np.testing.assert_allclose(outputs(objective, found), outputs(objective, theta), rtol=1e-10, atol=1e-10)
    assert objective.match_units(theta, reference).tolist() == found.tolist()
    assert distance(objective.match_units(found, reference), reference) <= distance(found, reference)
    assert objective.theta.tolist() == model_theta.tolist()


# What can be permuted, counted by hand: the sizes of the blocks and of what is tied together in them.
BLOCKS = {
    "dense": [(5, 1), (4, 1)],
    "convolution and flatten": [(4, 1), (5, 1), (6, 1)],
    "depthwise": [(4, 1), (5, 1)],
    "residual": [(6, 3), (7, 1), (7, 1)],
    "residual convolutions": [(4, 2)],
    "same width": [(5, 2)],
    "joined": [(4, 2), (3, 2)],
    "nested": [(5, 1), (6, 1), (4, 1)],
    "shared": [(6, 2), (5, 1)],
    "scaled channels": [(6, 2), (3, 1)],
}


@pytest.mark.parametrize("name", BLOCKS)
def test_what_may_be_permuted(name):
    groups = groups_of(objective_of(MODELS[name]()))
    assert sorted(block.shape for block in groups.blocks()) == sorted(BLOCKS[name])


ONE_BLOCK = {
    "one hidden layer": lambda: sequence((3,), layer("Dense", 5, activation="tanh")),
    "batch normalization of pixels": MODELS["batch normalization of pixels"],
    "depthwise": lambda: sequence(
        (4, 4, 1),
        layer("Conv2D", 4, 2),
        layer("DepthwiseConv2D", 2, depth_multiplier=2),
        layer("BatchNormalization"),
        layer("Flatten"),
    ),
}


@pytest.mark.parametrize("name", ONE_BLOCK)
def test_one_block_is_matched_as_well_as_by_trying_all_orders(name):
    objective = objective_of(as_after_training(ONE_BLOCK[name]()))
    groups = groups_of(objective)
    (block,) = groups.blocks()
    for seed in range(4):
        theta, reference = random_theta(objective, seed), random_theta(objective, seed + 10)
        matching, distances = _Matching(groups, theta, reference), []
        for order in permutations(range(len(block))):
            source = np.arange(groups.count)
            source[block] = block[list(order)]
            distances.append(distance(matching.permuted(source), reference))
        assert distance(objective.match_units(theta, reference), reference) == pytest.approx(min(distances), rel=1e-12)


def test_theta_of_any_size_is_matched():
    objective = objective_of(MODELS["dense"]())
    groups, theta = groups_of(objective), random_theta(objective, 0) * 1e200
    assert objective.match_units(permuted(groups, theta, 1), theta).tolist() == theta.tolist()


def test_a_float32_model_predicts_the_same():
    parts = [layers.Conv2D(4, 3, activation="relu"), layers.BatchNormalization(), layers.Flatten(), layers.Dense(2)]
    objective = objective_of(as_after_training(keras.Sequential([layers.Input((5, 5, 1)), *parts])))
    theta, reference = random_theta(objective, 0), random_theta(objective, 1)
    found = objective.match_units(theta, reference)
    assert distance(found, reference) < distance(theta, reference)
    np.testing.assert_allclose(*objective.predict([found, theta]), rtol=1e-5, atol=1e-5)


# -- what keeps its order --------------------------------------------------------------------------------------


def frozen(model, *indices):
    for index in indices:
        model.layers[index].trainable = False
    return model


STILL = {
    "frozen first layer": (lambda: frozen(MODELS["dense"](), 0), [(4, 1)]),
    "frozen last layer": (lambda: frozen(MODELS["dense"](), 2), [(5, 1)]),
    "frozen LSTM on the inputs": (
        lambda: frozen(sequence((4, 3), layer("LSTM", 3), layer("Dense", 5, activation="relu")), 0),
        [(5, 1)],
    ),
    "statistics before training, no scale": (
        lambda: sequence((3,), layer("Dense", 5), layer("BatchNormalization", scale=False)),
        [(5, 1)],
    ),
    "statistics after training, no scale": (
        lambda: as_after_training(sequence((3,), layer("Dense", 5), layer("BatchNormalization", scale=False))),
        [],
    ),
    "statistics after training, no shift": (
        lambda: as_after_training(sequence((3,), layer("Dense", 5), layer("BatchNormalization", center=False))),
        [],
    ),
    "statistics after training, frozen": (
        lambda: frozen(as_after_training(MODELS["batch normalization"]()), 1),
        [(6, 1)],
    ),
    "preprocessing of the inputs": (
        lambda: sequence((3,), layer("Rescaling", [1.0, 2.0, 3.0]), layer("Dense", 5, activation="relu")),
        [(5, 1)],
    ),
    "outputs only": (lambda: sequence((3,)), []),
}


@pytest.mark.parametrize("name", STILL)
def test_units_that_differ_in_what_is_not_in_theta_keep_their_order(name):
    make, blocks = STILL[name]
    objective = objective_of(make())
    groups = groups_of(objective)
    assert [block.shape for block in groups.blocks()] == blocks
    theta = random_theta(objective, 0)
    found = objective.match_units(theta, random_theta(objective, 1))
    np.testing.assert_allclose(outputs(objective, found), outputs(objective, theta), rtol=1e-10, atol=1e-10)
    assert blocks or found.tolist() == theta.tolist()


# -- what is refused -------------------------------------------------------------------------------------------


class OwnDense(layers.Dense):
    """A layer that could do anything."""


class OwnModel(keras.Model):
    def __init__(self):
        super().__init__(name="own")
        self.dense = layer("Dense", 2)

    def call(self, x):
        return self.dense(x)


def called(model, shape):
    model(np.zeros((1, *shape)))
    return model


REFUSED = {
    "LSTM": ((4, 3), lambda: layer("LSTM", 3, name="a")),
    "Conv2D": ((5, 5, 2), lambda: layer("Conv2D", 4, 3, groups=2, name="a")),
    "GroupNormalization": ((5, 5, 4), lambda: layer("GroupNormalization", 2, name="a")),
    "LayerNormalization": ((4, 4), lambda: layer("LayerNormalization", axis=1, name="a")),
    "BatchNormalization": ((4, 4), lambda: layer("BatchNormalization", axis=1, name="a")),
    "OwnDense": ((3,), lambda: OwnDense(4, dtype=DTYPE, name="a")),
    "Dense": ((3,), lambda: layer("Dense", 4, activation=lambda x: x * np.arange(4.0), name="a")),
    "Reshape": ((3,), lambda: layer("Reshape", (2, 2), name="a")),
    "Permute": ((4, 4), lambda: layer("Permute", (2, 1), name="a")),
    "Lambda": ((3,), lambda: layer("Lambda", lambda x: keras.ops.cumsum(x, axis=-1), name="a")),
    "TimeDistributed": ((4, 3), lambda: layers.TimeDistributed(layer("Dense", 4), name="a")),
    "SpectralNormalization": ((3,), lambda: layers.SpectralNormalization(layer("Dense", 4), name="a")),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_other_layers_are_named(kind):
    shape, make = REFUSED[kind]
    model = sequence(shape, layer("Dense", 4), make(), layer("Flatten"))
    objective = objective_of(model)
    theta = objective.theta
    with pytest.raises(
        ValueError, match=rf"^units cannot be matched through {kind} 'a'; possible are Dense, conv"
    ) as got:
        objective.match_units(theta, theta)
    assert "\n" not in str(got.value)


def test_a_subclassed_model_is_refused():
    objective = KerasObjective(called(OwnModel(), (3,)), np.zeros((1, 3)), np.zeros((1, 2)))
    with pytest.raises(
        ValueError, match=r"^model must be sequential or functional to match units; got OwnModel 'own', "
    ):
        objective.match_units(objective.theta, objective.theta)


@pytest.mark.parametrize(
    ("theta", "reference", "message"),
    [
        (np.zeros(3), np.zeros(8), r"theta must have shape \(8,\); got shape \(3,\)"),
        (np.zeros(8), np.zeros((2, 8)), r"reference must have shape \(8,\); got shape \(2, 8\)"),
        (np.zeros(8), np.full(8, np.nan), r"reference must be finite; got nan"),
    ],
)
def test_bad_parameters_are_refused(theta, reference, message):
    with pytest.raises(ValueError, match=message):
        objective_of(sequence((3,))).match_units(theta, reference)
