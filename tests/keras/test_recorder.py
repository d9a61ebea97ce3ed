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
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert ls.load(tmp_path / "run.rec").step.tolist() == list(range(9))


@pytest.mark.parametrize("every", [0, -1, "step", 1.5, None])
def test_bad_intervals_are_refused(every):
    with pytest.raises((ValueError, TypeError), match=r'^every \(if it is not "epoch"\) must be'):
        TrajectoryRecorder("run.rec", every)
