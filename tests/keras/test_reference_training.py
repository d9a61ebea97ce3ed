"""The walks against Keras' own optimizers, layers and fit.

Nothing but rounding could tell them apart: both do the same operations in the same order. On the machine
this was written on they agree to the last bit, in float64 and, from starts near the optimum, in float32 (from others
only where TensorFlow uses oneDNN, whose products it fuses). What limits the agreement elsewhere is the order of
summation inside TensorFlow, which belongs to its build and the processor, so the float64 gates stand at 1e-13 where a
few hundred steps could have amplified a last bit.
"""

import random

import numpy as np
import pytest

import landscape as ls
from landscape import AlternativeNetwork, xor
from landscape.keras.reference_training import exercise_model, fit, keras, train_with_keras
from landscape.training.train import train_in_numpy

pytestmark = pytest.mark.slow  # TensorFlow traces a graph for each optimizer
NET = xor.network()
OPTIMIZERS = [
    ls.Adam(),
    ls.Adam(0.01, beta_1=0.8, beta_2=0.95, epsilon=1e-5),
    ls.SGD(0.05),
    ls.SGD(0.05, momentum=0.9),
    ls.RMSprop(),
    ls.RMSprop(0.003, rho=0.8, momentum=0.7),
    ls.CosineDecay(ls.Adam(0.01), 150),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.describe())
def test_kernel_numpy_and_keras_walk_the_same_path(optimizer):
    starts = np.stack([xor.offset_start(1e-2), *ls.glorot_starts(NET, 2, rng=np.random.default_rng(4))])
    theirs = train_with_keras(starts, optimizer, 200, record_every=20)
    ours = ls.train(NET, starts, optimizer, 200, record_every=20)
    in_numpy, _ = train_in_numpy(NET, starts, optimizer, ours.step)
    assert np.array_equal(ours.theta, in_numpy)
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=0, atol=1e-13)
    np.testing.assert_allclose(ours.loss, theirs.loss, rtol=0, atol=1e-13)


@pytest.mark.parametrize("offset", [0.0, 1e-5, 1e-2])
def test_adam_follows_keras_over_the_exercises_256_steps(offset):
    start = xor.offset_start(offset)
    theirs, ours = train_with_keras(start, ls.Adam(), 256), ls.train(NET, start, ls.Adam(), 256)
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=0, atol=1e-13)
    if offset == 1e-5:
        assert theirs.loss[0, 1] > 1e4 * theirs.loss[0, 0]  # Keras itself leaves the optimum in one step


def test_a_beta_that_is_not_rounded_to_float32_would_be_noticed():
    class Exact(ls.Adam):
        def rates(self, steps, dtype=np.float64):
            t = np.arange(1, steps + 1, dtype=dtype)
            return self.learning_rate * np.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)

    start = xor.offset_start(1e-2)
    theirs = train_with_keras(start, ls.Adam(), 1)
    assert np.abs(ls.train(NET, start, Exact(), 1).theta - theirs.theta).max() > 1e-9


@pytest.mark.heavy
@pytest.mark.parametrize(("offset", "epochs"), [(0.0, 3), (1e-5, 256), (1e-2, 256)])
def test_adam_follows_a_real_fit_at_every_epoch(offset, epochs):
    """256 epochs in float64, as in the exercise, unless nothing moves; the top says what could limit the agreement."""
    start = xor.offset_start(offset)
    theirs, ours = fit(start, epochs=epochs), ls.train(NET, start, ls.Adam(), epochs)
    assert theirs.theta.shape == (1, epochs + 1, 9)
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.loss, theirs.loss, rtol=0, atol=1e-9)


@pytest.mark.parametrize("optimizer", [ls.Adam(), ls.SGD(0.01, 0.9), ls.RMSprop()], ids=lambda o: o.describe())
def test_a_short_fit_is_the_quick_loop(optimizer):
    start = xor.offset_start(1e-2)
    by_fit, by_loop = fit(start, 3, optimizer=optimizer), train_with_keras(start, optimizer, 3)
    np.testing.assert_allclose(by_fit.theta, by_loop.theta, rtol=0, atol=1e-14)
    assert by_fit.step.tolist() == by_loop.step.tolist() == [0, 1, 2, 3]
    assert by_fit.settings["computed by"].startswith("Keras fit 3.")


@pytest.mark.parametrize("offset", [1e-5, 1e-4])
def test_the_float32_kernel_follows_float32_keras_until_the_loss_is_exactly_zero(offset):
    """Bit for bit, but for parameters below 1e-31: subnormal moments are flushed to 0 a little differently."""
    start = xor.offset_start(offset)
    theirs = train_with_keras(start, ls.Adam(), 2000, dtype="float32")
    ours = ls.train(NET, start, ls.Adam(), 2000, dtype="float32")
    assert theirs.theta.dtype == ours.theta.dtype == np.float32
    assert np.array_equal(ours.loss, theirs.loss)
    assert np.array_equal(ours.theta[..., :8], theirs.theta[..., :8])
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=0, atol=1e-31)
    last = np.flatnonzero(theirs.loss[0])[-1]
    assert 500 < last < 1000  # exactly 0 ever after
    np.testing.assert_allclose(theirs.theta[0, -1], theirs.theta[0, last + 1], rtol=0, atol=1e-18)  # and frozen


@pytest.mark.parametrize("optimizer", [ls.SGD(0.05, momentum=0.9), ls.RMSprop()], ids=lambda o: o.describe())
def test_other_float32_walks_follow_keras_too(optimizer):
    start = xor.offset_start(1e-2)
    theirs = train_with_keras(start, optimizer, 200, dtype="float32")
    ours = ls.train(NET, start, optimizer, 200, dtype="float32")
    assert np.array_equal(ours.theta, theirs.theta)
    assert np.array_equal(ours.loss, theirs.loss)


def test_a_float32_fit_records_float32():
    runs = fit(xor.offset_start(1e-2), 2, dtype="float32")
    assert runs.theta.dtype == runs.loss.dtype == np.float32
    np.testing.assert_array_equal(runs.theta, train_with_keras(runs.theta[0, 0], ls.Adam(), 2, dtype="float32").theta)


def test_every_start_begins_with_a_fresh_optimizer():
    starts = np.stack([xor.offset_start(0.1), xor.offset_start(0.01)])
    both = train_with_keras(starts, ls.Adam(), 5)
    assert np.array_equal(both.theta[1], train_with_keras(starts[1], ls.Adam(), 5).theta[0])


def test_other_networks_and_batches_are_trained_too():
    """One step each on two of the samples: that of the network on those samples alone."""
    net = AlternativeNetwork(xor.X, xor.Y, hidden=3, activation="tanh", head="sigmoid")
    starts = ls.glorot_starts(net, 2, rng=np.random.default_rng(0))
    batches = np.array([[[2, 0]], [[1, 3]]])
    runs = train_with_keras(starts, ls.SGD(0.5), 1, net=net, batches=batches)
    np.testing.assert_allclose(runs.loss[:, 0], net.loss(starts), rtol=1e-14)
    for theta, start, (rows,) in zip(runs.end, starts, batches, strict=True):
        part = AlternativeNetwork(xor.X[rows], xor.Y[rows], hidden=3, activation="tanh", head="sigmoid")
        np.testing.assert_allclose(theta, start - 0.5 * part.gradient(start), rtol=0, atol=1e-15)
    assert runs.settings["objective"] == net.describe()


def test_records_and_progress_are_as_for_train():
    seen = []
    starts = np.stack([xor.TEXTBOOK, xor.offset_start(0.01)])
    runs = train_with_keras(starts, ls.SGD(0.1), 7, 3, progress=lambda *a: seen.append(a))
    assert runs.step.tolist() == [0, 3, 6, 7]
    assert np.array_equal(runs.theta[:, 0], starts)
    assert seen == sorted(seen)
    assert seen[-1] == (7, 7)
    assert fit(xor.TEXTBOOK, 0).step.tolist() == [0]


def test_global_state_is_left_as_it_was():
    keras.utils.set_random_seed(3)
    before = keras.config.floatx(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    fit(xor.TEXTBOOK, 1)
    train_with_keras(xor.TEXTBOOK, ls.Adam(), 1)
    assert before == (keras.config.floatx(), random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002
    assert before[0] == "float32"


def test_the_exercises_model():
    model = exercise_model()
    assert model.count_params() == 9
    assert [layer.dtype for layer in model.layers] == ["float64", "float64"]
    assert [layer.activation.__name__ for layer in model.layers] == ["relu", "linear"]
    xor.theta_to_keras(xor.TEXTBOOK, model)
    assert model(xor.X).numpy().ravel().tolist() == xor.Y.tolist()


BAD = [
    (lambda: fit([1.0]), ValueError, r"start must have shape \(9,\); got shape \(1,\)"),
    (lambda: fit(np.full(9, np.nan)), ValueError, "start must be finite; got nan"),
    (lambda: fit(xor.TEXTBOOK, -1), ValueError, "epochs must be at least 0; got -1"),
    (
        lambda: fit(xor.TEXTBOOK, dtype="float16"),
        ValueError,
        "dtype must be one of 'float64', 'float32'; got 'float16'",
    ),
    (lambda: fit(xor.TEXTBOOK, optimizer="adam"), TypeError, "optimizer must be Adam, SGD or RMSprop; got 'adam'"),
    (lambda: exercise_model("half"), ValueError, "dtype must be one of 'float64', 'float32'; got 'half'"),
    (lambda: train_with_keras(np.ones(8), ls.Adam(), 1), ValueError, r"starts must have shape \(\.\.\., 9\)"),
    (lambda: train_with_keras(xor.TEXTBOOK, ls.Adam(), -1), ValueError, "steps must be at least 0; got -1"),
    (lambda: train_with_keras(xor.TEXTBOOK, None, 1), TypeError, "optimizer must be Adam, SGD or RMSprop; got None"),
    (
        lambda: train_with_keras(xor.TEXTBOOK, ls.Adam(), 3, batches=[[[0]]]),
        ValueError,
        r"batches must have shape \(1, 3, samples\); got \(1, 1, 1\)",
    ),
    (lambda: train_with_keras(xor.TEXTBOOK, ls.Adam(), 10**9), ValueError, "record_every=1 would record 74.5 GiB"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input_is_refused_and_keras_left_as_it_was(call, error, message):
    with pytest.raises(error, match="^" + message):
        call()
    assert keras.config.floatx() == "float32"
