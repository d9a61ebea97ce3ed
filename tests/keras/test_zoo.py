"""Loss, metrics and filters of models of every kind, with ``model.evaluate`` as referee."""

import pickle

import numpy as np
import pytest
from model_zoo import ZOO, keras

import landscape as ls
from landscape.keras_objective import KerasObjective

pytestmark = pytest.mark.heavy

COORDINATES = np.array([[0.0, 0.0], [0.5, -1.0], [1.0, 0.3], [-0.7, 0.2]])
LARGE = ("MobileNetV3Small", "EfficientNetB0", "ResNet50")


def made(name):
    keras.utils.set_random_seed(0)
    case = ZOO[name]()
    return case, KerasObjective(case.model, case.x, case.y, batch_size=case.batch_size, **case.more)


def states(model):
    parts = [*model.variables, *model.metrics_variables, *model.optimizer.variables]
    return [v.numpy().copy() for v in parts], keras.config.floatx(), keras.config.dtype_policy().name


def reset(model):
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            layer.reset_states()


@pytest.mark.parametrize("name", ZOO)
def test_loss_and_metrics_are_those_that_evaluate_reports(name):
    case, objective = made(name)
    model, theta, before = case.model, objective.theta, states(case.model)
    directions = np.random.default_rng(0).normal(size=(2, theta.size)) * 0.1 * np.sqrt(np.mean(theta**2))
    found = list(objective.moved([theta, *directions], COORDINATES, None))
    loss = np.concatenate([part for part, _ in found])
    after = states(model)
    assert before[1:] == after[1:]
    assert all(np.array_equal(a, b) for a, b in zip(before[0], after[0], strict=False))  # metrics may have been created
    first = [v.numpy() for v in model.variables]
    for i, point in enumerate(theta + COORDINATES @ directions):
        reset(model)
        start = 0
        for v in model.trainable_variables:
            v.assign(point[start : start + v.numpy().size].reshape(v.shape))
            start += v.numpy().size
        told = model.evaluate(case.x, case.y, batch_size=case.batch_size, verbose=0, return_dict=True, **case.more)
        assert loss[i] == pytest.approx(told.pop("loss"), rel=1e-6)
        for metric, value in told.items():
            assert float(np.concatenate([part[metric] for _, part in found])[i]) == pytest.approx(value, rel=1e-6)
        for v, value in zip(model.variables, first, strict=True):
            v.assign(value)
    if name not in LARGE:
        assert_that_filters_are_whole(objective)


def assert_that_filters_are_whole(objective):
    """Every weight is in one filter, and directions get the norms of the filters."""
    theta = objective.theta + 0.1  # no bias is 0
    direction = ls.filter_normalize(np.random.default_rng(1).normal(size=theta.size), theta, objective)
    entries = []
    for f in objective.filters:
        own = [*f.kernel, *(() if f.bias is None else np.atleast_1d(f.bias))]
        entries += own
        assert np.linalg.norm(direction[own]) == pytest.approx(np.linalg.norm(theta[own]), rel=1e-12)
    assert sorted(entries) == list(range(theta.size))
    assert len(objective.filters_table().splitlines()) >= 2


@pytest.mark.parametrize(
    "name",
    [
        "LSTM",
        "low rank",
        "frozen layer",
        "mixed precision",
        "batch normalization",
        "sum of losses",
        "loss with a call of its own",
        "two outputs",
        "strings",
        "stateful, fixed batch",
        "sample weights",
    ],
)
def test_another_process_gets_the_same_model(name):
    _, objective = made(name)
    for i, v in enumerate(objective.model.trainable_variables):  # as training leaves them
        v.assign(v.numpy() + 0.01 * np.cos(i + np.arange(v.numpy().size)).reshape(v.shape))
    theta = objective.theta
    twin = pickle.loads(pickle.dumps(objective))
    assert twin.theta.tobytes() == theta.tobytes()
    assert twin.loss(theta) == objective.loss(theta)
    assert twin.fingerprint() == objective.fingerprint()


@pytest.mark.parametrize("name", ["subclassed, no training argument", "loss of its own"])
def test_a_model_that_keras_does_not_load_is_told_so(name):
    with pytest.raises(
        ValueError, match=r"^model must be one that Keras can save and load, with get_config, to be sent"
    ):
        pickle.loads(pickle.dumps(made(name)[1]))
