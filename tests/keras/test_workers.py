"""Surfaces of Keras models by workers of every kind, from checkpoints, and what cannot be sent."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import landscape as ls
from landscape.keras.many_points import tf
from landscape.keras.model_objective import keras
from landscape.keras_objective import KerasObjective

pytestmark = pytest.mark.slow

AXIS = np.linspace(-1, 1, 9)


def own_loss(y, outputs):
    return keras.ops.mean(keras.ops.abs(y - outputs) ** 1.5, axis=-1)


@pytest.fixture(scope="module")
def objective():
    """A convolutional model, whose points are evaluated one by one."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    parts = [keras.layers.Conv2D(3, 3, activation="relu"), keras.layers.BatchNormalization(), keras.layers.Flatten()]
    model = keras.Sequential([keras.Input((6, 6, 1)), *parts, keras.layers.Dense(2)])
    return KerasObjective(model, rng.normal(size=(40, 6, 6, 1)), rng.normal(size=(40, 2)), own_loss)


@pytest.fixture(scope="module")
def plane(objective):
    return ls.random_plane(objective, objective.theta, rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def surface(objective, plane):
    return ls.evaluate_plane(objective, plane, AXIS, AXIS, metrics=("mae",))


def started_by(method):
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method))


@pytest.mark.parametrize("pool", [lambda: ThreadPoolExecutor(3), lambda: started_by("spawn")])
def test_workers_change_no_bit(objective, plane, surface, pool):
    with pool() as executor:
        found = ls.evaluate_plane(objective, plane, AXIS, AXIS, metrics=("mae",), executor=executor)
    assert found.loss.tobytes() == surface.loss.tobytes()
    assert found.metrics["mae"].tobytes() == surface.metrics["mae"].tobytes()


def test_forked_processes_are_refused(objective, plane):
    refusal = "TensorFlow does not run in a forked process; start workers with ProcessPoolExecutor"
    with started_by("fork") as executor, pytest.raises(RuntimeError, match=refusal):
        ls.evaluate_plane(objective, plane, AXIS, AXIS, executor=executor)


def test_a_surface_resumes_and_another_does_not_use_its_pieces(objective, plane, surface, tmp_path, monkeypatch):
    done = []

    def stop(points, total):
        done.append((points, total))
        if points >= 32:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ls.evaluate_plane(objective, plane, AXIS, AXIS, metrics=("mae",), checkpoint=tmp_path, progress=stop)
    done.clear()
    found = ls.evaluate_plane(
        objective, plane, AXIS, AXIS, metrics=("mae",), checkpoint=tmp_path, progress=lambda *now: done.append(now)
    )
    assert done[0] == (32, 81)
    assert found.loss.tobytes() == surface.loss.tobytes()
    done.clear()
    without = ls.evaluate_plane(
        objective, plane, AXIS, AXIS, checkpoint=tmp_path, progress=lambda *now: done.append(now)
    )
    assert done[0] == (16, 81)
    assert not without.metrics
    statistics = objective.model.layers[1].moving_mean
    statistics.assign(statistics + 0.1)
    try:
        moved = KerasObjective(objective.model, objective._data._x, objective._data._y, own_loss)
        other = ls.evaluate_plane(moved, plane, AXIS, AXIS, metrics=("mae",), checkpoint=tmp_path)
        assert np.abs(other.loss - surface.loss).max() > 1e-4
    finally:
        statistics.assign(statistics - 0.1)


def test_a_data_set_without_arrays_is_evaluated_here_only(plane, objective):
    x, y = objective._data._x, objective._data._y
    from_set = KerasObjective(objective.model, tf.data.Dataset.from_tensor_slices((x, y)).batch(32), loss=own_loss)
    expected = ls.evaluate_plane(from_set, plane, AXIS[:2], AXIS).loss
    with ThreadPoolExecutor(2) as executor:
        assert (
            ls.evaluate_plane(from_set, plane, AXIS[:2], AXIS, executor=executor).loss.tobytes() == expected.tobytes()
        )
    refusal = "x must be arrays or a PyDataset to be sent to workers; got a _BatchDataset, pass executor=None"
    with started_by("spawn") as executor, pytest.raises(ValueError, match=refusal):
        ls.evaluate_plane(from_set, plane, AXIS[:2], AXIS, executor=executor)


def test_a_model_that_is_another_one_after_loading_is_refused(objective, plane, monkeypatch):
    from landscape.keras.files.packing import PackedModel

    unpacked = PackedModel.unpacked

    def changed(self):
        model = unpacked(self)
        model.layers[1].moving_mean.assign(model.layers[1].moving_mean + 1.0)
        return model

    monkeypatch.setattr(PackedModel, "unpacked", changed)
    from landscape.planes import evaluation

    where = evaluation.GridPoints(plane, AXIS, AXIS)
    work = evaluation._Moved(objective, where, (), (), objective.points_at_once(()))
    at_first = [float(evaluation._piece(work, range(1))[0])]
    with pytest.raises(ValueError, match="model must be the same when Keras saves and loads it, to be sent to workers"):
        evaluation._packed(work, at_first)()
