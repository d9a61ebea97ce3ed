"""The page trains with the same numbers as `landscape`, to the last bit."""

import javascript
import numpy as np
import pytest

import landscape as ls
from landscape import xor

NET = xor.network()
GRADIENT = """(() => {
  const found = new Float64Array(9);
  modules["core/network"][args[0]](args[1], found);
  return found;
})()"""
METHODS = {
    "Adam": (ls.Adam(1e-3), {"optimizer": "Adam", "learningRate": 1e-3}),
    "Adam, fast": (ls.Adam(1e-2), {"optimizer": "Adam", "learningRate": 1e-2}),
    "SGD": (ls.SGD(0.05), {"optimizer": "SGD", "learningRate": 0.05, "momentum": 0}),
    "momentum": (ls.SGD(0.02, momentum=0.9), {"optimizer": "SGD", "learningRate": 0.02, "momentum": 0.9}),
    "RMSprop": (ls.RMSprop(3e-3), {"optimizer": "RMSprop", "learningRate": 3e-3}),
}
PATHS = """args[0].length && Array.from({ length: args[0].length / 9 }, (_, k) =>
  modules["core/training"].trainPath(args[0].subarray(9 * k, 9 * k + 9), args[1], args[2])
).reduce((all, path, k, { length }) => {
  all.theta ??= new Float64Array(length * path.theta.length);
  all.loss ??= new Float64Array(length * path.loss.length);
  all.theta.set(path.theta, k * path.theta.length);
  all.loss.set(path.loss, k * path.loss.length);
  return all;
}, {})"""


@pytest.fixture(scope="module")
def starts():
    rng = np.random.default_rng(3)
    near = [xor.offset_start(offset) for offset in (0, 1e-5, 1e-2)]
    around = np.concatenate([ls.perturbed_starts(xor.TEXTBOOK, sigma, 8, rng=rng) for sigma in (1e-3, 0.3, 3)])
    return np.concatenate([ls.numbered_starts(NET, 180, seed=0), near, around, np.zeros((1, 9)), np.full((1, 9), 0.5)])


def same(ours, theirs):
    """Whether two arrays have the same numbers, in the same places NaN."""
    return ours.shape == theirs.shape and np.array_equal(ours, theirs, equal_nan=True)


def path_of(core, start, how, data):
    found = core.call("core/training", "trainPath", np.asarray(start, dtype=float), how, data)
    return found["theta"].reshape(-1, 9), found["loss"]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("method", METHODS)
def test_two_hundred_runs_of_1000_steps_have_the_same_bits(core, data, starts, method, dtype):
    optimizer, how = METHODS[method]
    wanted = ls.train(NET, starts, optimizer, 1000, dtype=dtype)
    found = core.evaluate(PATHS, starts.ravel(), {**how, "precision": dtype, "steps": 1000}, data)
    assert len(starts) >= 200
    assert same(found["theta"].reshape(wanted.theta.shape), wanted.theta.astype(float))
    assert same(found["loss"].reshape(wanted.loss.shape), wanted.loss.astype(float))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("offset", [0.0, 1e-5, 1e-2])
def test_the_long_runs_of_the_exercise_have_the_same_bits(core, data, offset, dtype):
    start = xor.offset_start(offset)
    wanted = ls.train(NET, start, ls.Adam(), 20_000, dtype=dtype)
    how = {"optimizer": "Adam", "learningRate": 1e-3, "precision": dtype, "steps": 20_000}
    theta, loss = path_of(core, start, how, data)
    assert same(theta, wanted.theta[0].astype(float))
    assert same(loss, wanted.loss[0].astype(float))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("optimizer", "rate"), [("SGD", 3.0), ("Adam", 1e3), ("RMSprop", 10.0)])
def test_runs_that_diverge_do_so_at_the_same_step(core, data, optimizer, rate, dtype):
    start = xor.TEXTBOOK + 0.5
    wanted = ls.train(NET, start, getattr(ls, optimizer)(rate), 60, dtype=dtype)
    how = {"optimizer": optimizer, "learningRate": rate, "precision": dtype, "steps": 60}
    theta, loss = path_of(core, start, how, data)
    is_finite = np.isfinite(wanted.theta[0]).all(axis=1)
    assert same(theta[is_finite], wanted.theta[0, is_finite].astype(float))
    assert same(np.isfinite(theta).all(axis=1), is_finite)
    assert same(loss[is_finite], wanted.loss[0, is_finite].astype(float))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rate", [1e-3, 0.1])
def test_the_rates_of_adam_round_as_in_python(core, data, rate, dtype):
    how = {"optimizer": "Adam", "learningRate": rate, "precision": dtype, "steps": 45_000}
    assert same(core.call("core/optimizers", "rates", how, data), ls.Adam(rate).rates(45_000, dtype).astype(float))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("beta", [0.9, 0.999])
def test_powers_round_as_in_python_only_with_the_exceptions(core, data, beta, dtype):
    kind, exceptions = np.dtype(dtype).type, data["powers"][dtype][str(beta)]
    base, steps = kind(np.float32(beta)), 20_000
    wanted = np.array([float(base) ** t if dtype == "float64" else base ** kind(t) for t in range(1, steps + 1)], float)
    counted = wanted > 2.0**-59
    ours = core.call("core/numbers/powers", "powers", float(base), steps, exceptions, dtype)
    assert same(ours[counted], wanted[counted])
    without = core.call("core/numbers/powers", "powers", float(base), steps, [], dtype)
    assert sorted(np.flatnonzero((without != wanted) & counted) + 1) == sorted(
        t for t in map(abs, exceptions) if t <= steps and counted[t - 1]
    )


def test_ends_are_those_of_the_paths(core, data, starts):
    how = {"optimizer": "Adam", "learningRate": 1e-2, "precision": "float32", "steps": 137}
    wanted = ls.train(NET, starts, ls.Adam(1e-2), 137, dtype="float32", record_every=137).end
    assert same(core.call("core/training", "trainEnds", starts.ravel(), how, data).reshape(-1, 9), wanted.astype(float))
    assert core.call("core/training", "trainEnds", np.empty(0), how, data).size == 0


@pytest.mark.parametrize("steps", [0, 1])
def test_a_path_has_one_point_more_than_steps(core, data, steps):
    how = {"optimizer": "SGD", "learningRate": 0.1, "precision": "float64", "steps": steps}
    theta, loss = path_of(core, xor.TEXTBOOK, how, data)
    assert theta.tolist() == [xor.TEXTBOOK.tolist()] * (steps + 1)
    assert loss.tolist() == [0.0] * (steps + 1)


def test_an_unknown_method_is_refused(core, data):
    how = {"optimizer": "Adagrad", "learningRate": 0.1, "precision": "float64", "steps": 1}
    with pytest.raises(javascript.JavaScriptError, match=r"^optimizer must be Adam, SGD or RMSprop; got Adagrad$"):
        core.call("core/training", "trainPath", xor.TEXTBOOK, how, data)


def test_loss_and_gradient_are_those_of_the_network(core, starts):
    from landscape.networks.float32_gradient import float32_gradient

    for theta in np.concatenate([starts[::9], [xor.TEXTBOOK]]):
        assert core.call("core/network", "loss", theta) == NET.loss(theta)
        assert same(core.evaluate(GRADIENT, "gradientInFloat64", theta), NET.gradient(theta))
        single = theta.astype(np.float32)
        ours = core.evaluate(GRADIENT, "gradientInFloat32", single.astype(float))
        assert same(ours, float32_gradient(NET, single).astype(float))
        assert same(core.call("core/network", "forward", theta)["outputs"], NET.predict(theta))


@pytest.mark.parametrize(
    ("a", "b", "c"),
    [(1 + 2**-12, 1 + 2**-12, 2**-60), (1 + 2**-12, 1 + 2**-12, -(2.0**-60)), (3.0, 5.0, 7.0), (1e30, 1e30, 1.0)],
    ids=["above the middle", "below the middle", "exact", "overflow"],
)
def test_products_are_added_with_one_rounding(core, a, b, c):
    from fractions import Fraction

    exact = Fraction(a) * Fraction(b) + Fraction(c)
    found = core.call("core/numbers/float32", "multiplyAdd", a, b, c)
    if found == np.inf:
        assert exact > float(np.finfo(np.float32).max)
        return
    near = np.float32(found)
    others = [np.nextafter(near, np.float32(side)) for side in (-np.inf, np.inf)]
    assert all(abs(Fraction(float(near)) - exact) < abs(Fraction(float(other)) - exact) for other in others)
