"""Recording ``model.fit``: what is in the file, after a kill, and when training goes on."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import landscape as ls
from landscape.keras.model_objective import keras
from landscape.keras_objective import KerasObjective, TrajectoryRecorder

pytestmark = pytest.mark.slow

X, Y = np.random.default_rng(0).normal(size=(2, 12, 3)).astype("float32")


class Watch(keras.callbacks.Callback):
    """Keeps the weights after every update, in memory."""

    def __init__(self):
        super().__init__()
        self.theta = []

    def on_train_begin(self, logs=None):
        self.on_train_batch_end(0)

    def on_train_batch_end(self, batch, logs=None):
        self.theta.append(np.concatenate([v.numpy().ravel() for v in self.model.trainable_variables]))


def model(optimizer="adam"):
    keras.utils.set_random_seed(0)
    found = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(3)])
    found.compile(optimizer, "mse")
    return found


def fit(trained, *callbacks, epochs=3):
    return trained.fit(X, Y, batch_size=5, epochs=epochs, verbose=0, shuffle=False, callbacks=list(callbacks))


@pytest.mark.parametrize(("every", "steps"), [("epoch", [0, 3, 6, 9]), (2, [0, 2, 4, 6, 8, 9]), (1, list(range(10)))])
def test_the_file_holds_the_weights_at_the_steps_asked_for(every, steps, tmp_path):
    watch = Watch()
    history = fit(model(), TrajectoryRecorder(tmp_path / "run.rec", every), watch)
    found = ls.load(tmp_path / "run.rec")
    assert found.step.tolist() == steps
    assert found.theta.dtype == np.float32
    np.testing.assert_array_equal(found.theta[0], np.array(watch.theta)[steps])
    assert np.isnan(found.loss[0, 0])
    assert found.loss[0, -1] == pytest.approx(history.history["loss"][-1])
    assert found.settings["optimizer"] == "Adam"
    assert found.settings["learning_rate"] == pytest.approx(1e-3)


def test_recording_does_not_change_training(tmp_path):
    one, two = model(), model()
    fit(one, TrajectoryRecorder(tmp_path / "run.rec", 1))
    fit(two)
    assert all(np.array_equal(a, b) for a, b in zip(one.get_weights(), two.get_weights(), strict=True))


def test_a_run_goes_on_in_the_same_file(tmp_path):
    trained, whole = model(), model()
    fit(trained, TrajectoryRecorder(tmp_path / "parts.rec"), epochs=2)
    fit(trained, TrajectoryRecorder(tmp_path / "parts.rec"), epochs=1)
    fit(whole, TrajectoryRecorder(tmp_path / "whole.rec"), epochs=3)
    parts, once = ls.load(tmp_path / "parts.rec"), ls.load(tmp_path / "whole.rec")
    assert parts.step.tolist() == once.step.tolist() == [0, 3, 6, 9]
    np.testing.assert_array_equal(parts.theta, once.theta)


def test_a_recorded_run_is_projected_and_drawn_on_its_own_plane(tmp_path):
    import figures

    trained = model(keras.optimizers.Adam(0.05))
    fit(trained, TrajectoryRecorder(tmp_path / "run.rec", 1), epochs=10)
    objective = KerasObjective(trained, X, Y)
    path = ls.project_on_own_plane(objective, ls.load(tmp_path / "run.rec"))
    assert path.loss[0, -1] == pytest.approx(float(trained.evaluate(X, Y, verbose=0)), rel=1e-6)
    assert path.loss[0, 0] > path.loss[0, -1]
    assert path.distance[0, -1] < 1e-6
    assert 0.8 < path.share[0] < 1
    axes = (np.linspace(part.min() - 0.5, part.max() + 0.5, 9) for part in (path.alpha, path.beta))
    ax = figures.plot_contour(ls.evaluate_plane(objective, path.plane, *axes))
    figures.plot_trajectories(path, ax=ax)
    figures.plot_trajectories(path, ax=ax).figure.canvas.draw()


KILLED = """
import os, signal, sys
sys.path[:0] = {paths}
from test_recorder import *
class Kill(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 1 and self.model.optimizer.iterations > 6:
            os.kill(os.getpid(), signal.SIGKILL)
fit(model(), TrajectoryRecorder("run.rec", 1), Kill(), epochs=100)
"""


@pytest.mark.heavy
def test_a_killed_training_leaves_its_records(tmp_path):
    code = KILLED.format(paths=[path for path in sys.path if path] + [os.path.dirname(__file__)])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert ls.load(tmp_path / "run.rec").step.tolist() == list(range(9))


@pytest.mark.parametrize("at_once", [2, 4])
def test_updates_are_counted_also_if_keras_makes_several_at_once(at_once, tmp_path):
    """Of three batches in an epoch the last execution has fewer than two; one of four is cut off."""
    watch, trained, plain = Watch(), model(), model()
    fit(plain, watch)
    trained.compile("adam", "mse", steps_per_execution=at_once)
    fit(trained, TrajectoryRecorder(tmp_path / "run.rec", 1))
    found = ls.load(tmp_path / "run.rec")
    assert found.step.tolist() == {2: [0, 2, 3, 5, 6, 8, 9], 4: [0, 3, 6, 9]}[at_once]
    np.testing.assert_allclose(found.theta[0], np.array(watch.theta)[found.step], rtol=1e-5, atol=1e-7)


class Interrupt(keras.callbacks.Callback):
    """Stops a fit by an exception, so that ``on_train_end`` is not called."""

    def on_epoch_end(self, epoch, logs=None):
        raise KeyboardInterrupt


def test_several_fits_in_a_row_are_one_run(tmp_path):
    recorder, trained = TrajectoryRecorder(tmp_path / "run.rec"), model()
    fit(trained, recorder, epochs=1)
    with pytest.raises(KeyboardInterrupt):
        fit(trained, recorder, Interrupt(), epochs=2)
    fit(trained, epochs=2)  # not recorded
    fit(trained, recorder, epochs=1)
    trained.compile("sgd", "mse")  # whose updates are counted from 0
    fit(trained, recorder, epochs=1)
    assert ls.load(tmp_path / "run.rec").step.tolist() == [0, 3, 6, 12, 15, 18]
    np.testing.assert_array_equal(ls.load(tmp_path / "run.rec").end[0], KerasObjective(trained, X, Y).theta)


def swapped(trained, first):
    """Freeze one of two layers with equal numbers of weights."""
    for layer, is_trained in zip(trained.layers, (first, not first), strict=True):
        layer.trainable = is_trained
    trained.compile("sgd", "mse")


def square():
    keras.utils.set_random_seed(0)
    found = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(3, "tanh"), keras.layers.Dense(3)])
    swapped(found, True)
    return found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda trained, path: swapped(trained, False), "must be of the same weights to go on; other layers were froz"),
        (lambda trained, path: trained.layers[1].__setattr__("trainable", True), "must be of 24 parameters in float32"),
        (lambda trained, path: trained.set_weights(square().get_weights()), "ends at step 6 with other weights than"),
        (lambda trained, path: trained.optimizer.iterations.assign(3), "ends at step 6 with other weights than model"),
    ],
)
def test_another_run_is_not_appended(change, message, tmp_path):
    path, trained = tmp_path / "run.rec", square()
    fit(trained, TrajectoryRecorder(path), epochs=2)
    before = path.read_bytes()
    if "other weights" in message:
        trained.set_weights([w + 1 for w in trained.get_weights()])
        trained.optimizer.iterations.assign(0)
    change(trained, path)
    with pytest.raises(ValueError, match=rf"run\.rec {message}"):
        fit(trained, TrajectoryRecorder(path), epochs=1)
    assert path.read_bytes() == before


class Unbuilt(keras.Model):
    def __init__(self):
        super().__init__()
        self.last = keras.layers.Dense(3)

    def call(self, x):
        return self.last(x)


@pytest.mark.parametrize("make", [lambda: keras.Sequential([keras.layers.Dense(3)]), Unbuilt])
def test_a_model_without_weights_is_refused_since_its_start_is_unknown(make, tmp_path):
    trained = make()
    trained.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"^model must have trainable weights before it is trained, .* on some data f"):
        fit(trained, TrajectoryRecorder(tmp_path / "run.rec"))
    assert not (tmp_path / "run.rec").exists()
    trained(X)
    fit(trained, TrajectoryRecorder(tmp_path / "run.rec"), epochs=1)
    assert ls.load(tmp_path / "run.rec").step.tolist() == [0, 3]


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_second_moments_and_rates_are_those_of_the_optimizer(optimizer, tmp_path):
    trained = model(optimizer)
    trained.optimizer.learning_rate = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    fit(trained, TrajectoryRecorder(tmp_path / "run.rec", moments=True), epochs=2)
    found = ls.load(tmp_path / "run.rec")
    assert isinstance(found, ls.RecordedRun)
    assert found.second_moment.shape == found.theta.shape
    assert not found.second_moment[0, 0].any()
    velocities = [v.numpy().ravel() for v in trained.optimizer.variables if v.name.endswith("velocity")]
    np.testing.assert_array_equal(found.second_moment[0, -1], np.concatenate(velocities))
    np.testing.assert_allclose(found.learning_rate, 0.1 * 0.5 ** np.array([0.0, 3.0, 6.0]), rtol=1e-6)
    ls.save(found, tmp_path / "run.nc")
    np.testing.assert_array_equal(ls.load(tmp_path / "run.nc").second_moment, found.second_moment)


def test_moments_of_an_optimizer_without_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^moments=True needs an optimizer with second moments, .*; got SGD$"):
        fit(model("sgd"), TrajectoryRecorder(tmp_path / "run.rec", moments=True))
    with pytest.raises(TypeError, match=r"^moments must be True or False; got 1$"):
        TrajectoryRecorder(tmp_path / "run.rec", moments=1)
    assert not (tmp_path / "run.rec").exists()


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in Keras, as it saves
def test_a_killed_training_goes_on_from_a_backup_as_if_it_had_not_been_killed(tmp_path):
    """The backup is of epoch 2, the records go on to the kill in epoch 3: those after the backup are made again."""
    code = KILLED.format(paths=[path for path in sys.path if path] + [os.path.dirname(__file__)])
    code = code.replace("Kill(), epochs=100", 'keras.callbacks.BackupAndRestore("backup"), Kill(), epochs=100')
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False, timeout=900)
    assert ls.load(tmp_path / "run.rec").step.tolist() == list(range(9))
    again, whole = model(), model()
    fit(again, TrajectoryRecorder(tmp_path / "run.rec", 1), keras.callbacks.BackupAndRestore(tmp_path / "backup"))
    fit(whole, TrajectoryRecorder(tmp_path / "whole.rec", 1))
    found, expected = ls.load(tmp_path / "run.rec"), ls.load(tmp_path / "whole.rec")
    assert found.step.tolist() == expected.step.tolist() == list(range(10))
    np.testing.assert_array_equal(found.theta, expected.theta)


@pytest.mark.parametrize("every", [0, -1, "step", 1.5, None])
def test_bad_intervals_are_refused(every):
    with pytest.raises((ValueError, TypeError), match=r'^every \(if it is not "epoch"\) must be'):
        TrajectoryRecorder("run.rec", every)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_sharpness_along_a_recorded_fit_is_that_of_the_dense_hessian(optimizer, tmp_path):
    """Full batches, so that the second moments are those of the objective's gradients."""
    keras.utils.set_random_seed(0)
    parts = [keras.layers.Dense(2, "tanh", dtype="float64"), keras.layers.Dense(1, dtype="float64")]
    trained = keras.Sequential([keras.layers.Input((3,), dtype="float64"), *parts])
    trained.compile({"sgd": keras.optimizers.SGD(0.1, momentum=0.5)}.get(optimizer, optimizer), "mse")
    recorder = TrajectoryRecorder(tmp_path / "run.rec", 3, moments=optimizer != "sgd")
    trained.fit(X, Y[:, 0], batch_size=12, epochs=4, verbose=0, callbacks=[recorder])
    objective, run = KerasObjective(trained, X, Y[:, :1]), ls.load(tmp_path / "run.rec")
    found = ls.track_sharpness(objective, run)
    assert found.unknown == ""
    for i, theta in enumerate(run.theta[0].astype(float)):
        hessian = np.stack([objective.hessian_vector_product(theta, unit) for unit in np.eye(theta.size)])
        assert found.sharpness[i] == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-6)
        if optimizer != "sgd":
            decay, update = {"adam": 0.999, "rmsprop": 0.9}[optimizer], run.step[i] + 1
            v = decay * run.second_moment[0, i].astype(float) + (1 - decay) * objective.gradient(theta) ** 2
            scale = np.sqrt(v + 1e-7)
            if optimizer == "adam":
                beta_1, beta_2 = (float(np.float32(beta)) for beta in (0.9, 0.999))  # as Keras rounds them
                scale = (np.sqrt(v) + 1e-7) * (1 - beta_1**update) / np.sqrt(1 - beta_2**update)
            expected = np.linalg.eigvals(hessian / scale[:, None]).real.max()
            assert found.preconditioned[i] == pytest.approx(expected, rel=1e-6)
    limit = {"sgd": 30, "adam": 38e3, "rmsprop": 2e3}[optimizer]
    np.testing.assert_allclose(found.limit, limit, rtol=1e-6)
