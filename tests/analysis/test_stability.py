"""Stability along a run: P by its definition, limits against real steps, and spikes where the limit was passed."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import landscape as ls
from landscape import xor
from landscape.analysis.curvature import growth_factor, stability_limit
from landscape.analysis.stability import spikes, track_stability
from landscape.networks.float32_gradient import float32_gradient

pytestmark = pytest.mark.slow

NET = xor.network()
STARTS = ls.glorot_starts(NET, 200, rng=np.random.default_rng(0))
KINDS = ("float64", "float32")
ROUNDED = {b: float(np.float32(b)) for b in (0.9, 0.999)}  # in the bias correction, as Keras has it


class Quadratic:
    """The loss rest + sum_i c_i x_i^2 / 2: its Hessian is diag(c) everywhere."""

    filters = ()

    def __init__(self, curvature, rest=0.0):
        self.c, self.rest = np.array(curvature, dtype=float), rest
        self.n_parameters = self.c.size
        self.parameter_names = tuple(f"x{i}" for i in range(self.c.size))

    def loss(self, theta):
        return self.rest + np.square(theta) @ self.c / 2

    def gradient(self, theta):
        return self.c * theta

    def hessian(self, theta):
        return np.broadcast_to(np.diag(self.c), (*np.shape(theta), self.c.size))


@pytest.fixture(scope="module")
def spiking():
    """Runs of Adam from one Keras-default start, at every step, by data type: both settle and spike."""
    return {kind: track_stability(NET, STARTS[1], ls.Adam(1e-2), 7000, dtype=kind) for kind in KINDS}


# -- the recursion on a quadratic -----------------------------------------------------------------------

METHODS = st.one_of(
    st.builds(ls.SGD, st.floats(1e-3, 1.0), st.floats(0.0, 0.95)),
    st.builds(ls.Adam, st.floats(1e-3, 1.0), st.floats(0.0, 0.95)),
    st.builds(ls.RMSprop, st.floats(1e-3, 1.0), momentum=st.floats(0.0, 0.95)),
)


@given(METHODS, st.floats(0.01, 2.0))
def test_growth_is_the_spectral_radius_of_the_recursion_and_1_at_the_limit(optimizer, share):
    limit = stability_limit(optimizer)
    b = optimizer.beta_1 if isinstance(optimizer, ls.Adam) else optimizer.momentum
    c = optimizer.learning_rate * (1 - b if isinstance(optimizer, ls.Adam) else 1)
    factor = float(growth_factor(optimizer, share * limit))
    # Near a double root the roots themselves are only known to the root of the machine epsilon.
    companion = np.array([[1 + b - c * share * limit, -b], [1, 0]])
    assert factor == pytest.approx(np.abs(np.linalg.eigvals(companion)).max(), abs=1e-6)
    assert float(growth_factor(optimizer, limit)) == pytest.approx(1, abs=1e-6)
    if abs(share - 1) > 1e-6:
        assert (factor < 1) == (share < 1)


@settings(max_examples=10)
@given(st.floats(1e-3, 1.0), st.floats(0.0, 0.9), st.floats(0.3, 0.97), st.floats(1.03, 1.5), st.floats(0.1, 0.9))
def test_steps_shrink_below_the_limit_and_grow_above_by_the_factor(rate, momentum, below, above, other):
    sgd = ls.SGD(rate, momentum=float(np.float32(momentum)))
    limit = stability_limit(sgd)
    for share in (below, above):
        run = track_stability(Quadratic([other * share * limit, share * limit]), [1.0, 1.0], sgd, 200)
        assert (run.sharpness == share * limit).all()
        assert (run.loss[-1] < run.loss[0]) == (share < 1)
        if share > 1:
            grown = np.log(run.loss[200] / run.loss[100]) / 100
            assert grown == pytest.approx(2 * np.log(growth_factor(sgd, share * limit)), rel=0.02)


def test_adam_spikes_on_a_mere_quadratic_after_passing_the_limit():
    run = track_stability(Quadratic([1.0, 7.0], rest=1e-20), [0.3, -0.2], ls.Adam(1e-2), 10_000)
    assert run.peak.size > 0
    assert run.loss.min() == pytest.approx(1e-20)
    assert (run.crossing > 0).all()
    assert (run.crossing < run.peak).all()
    assert (run.curvature == [1.0, 7.0]).all()


# -- P along a run --------------------------------------------------------------------------------------


def averages(values, keep):
    """Exponential averages a <- keep a + (1 - keep) x of rows, written down from their sum."""
    weights = (1 - keep) * keep ** np.arange(len(values))
    return np.stack([np.convolve(column, weights)[: len(values)] for column in values.T], axis=1)


def test_p_is_what_the_next_step_of_adam_divides_by():
    adam, steps = ls.Adam(3e-3), 300
    path = ls.train(NET, STARTS[9], adam, steps).theta[0]
    run = track_stability(NET, STARTS[9], adam, steps)
    g, t = NET.gradient(path), np.arange(1, steps + 2)[:, None]
    p = (np.sqrt(averages(g * g, 0.999)) + 1e-7) * (1 - ROUNDED[0.9] ** t) / np.sqrt(1 - ROUNDED[0.999] ** t)
    np.testing.assert_allclose(path[1:], (path - adam.learning_rate * averages(g, 0.9) / p)[:-1], atol=1e-12)
    wanted = np.linalg.eigvals(NET.hessian(path) / p[:, :, None]).real.max(axis=1)
    np.testing.assert_allclose(run.sharpness, wanted, rtol=1e-8)


def test_p_of_rmsprop_and_sgd():
    path = ls.train(NET, STARTS[9], ls.RMSprop(3e-3), 100).theta[0]
    p = np.sqrt(averages(NET.gradient(path) ** 2, 0.9) + 1e-7)
    run = track_stability(NET, STARTS[9], ls.RMSprop(3e-3), 100)
    np.testing.assert_allclose(run.sharpness, ls.sharpness(NET.hessian(path), p), rtol=1e-9)
    plain = track_stability(NET, STARTS[9], ls.SGD(0.05, 0.5), 50)
    assert np.array_equal(plain.preconditioned, plain.curvature)
    assert plain.limit == pytest.approx(2 * 1.5 / 0.05)


@pytest.mark.parametrize(("start", "rate", "steps"), [(1, 1e-2, 7000), (9, 1e-3, 2000)])
def test_float32_gradients_replay_a_float32_run_bit_for_bit(start, rate, steps):
    adam, kind = ls.Adam(rate), np.float32
    path = ls.train(NET, STARTS[start], adam, steps, dtype="float32").theta[0]
    gradients, rates = float32_gradient(NET, path), adam.rates(steps, kind)
    state = [np.zeros(9, kind), np.zeros(9, kind)]
    for t in range(steps):
        after = path[t].copy()
        adam.update(after, gradients[t], state, rates[t])
        assert np.array_equal(after, path[t + 1]), t


@pytest.mark.parametrize("hidden", [1, 3])
def test_float32_gradients_are_rounded_float64_ones(hidden):
    rng = np.random.default_rng(3)
    net = xor.network(hidden=hidden)
    theta = rng.standard_normal((4, 5, net.n_parameters)).astype(np.float32)
    found = float32_gradient(net, theta)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, net.gradient(theta), atol=2e-5)


# -- along a run that settles and spikes ----------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_spike_comes_after_the_sharpness_has_passed_the_limit(spiking, kind):
    run = spiking[kind]
    assert run.peak.size > 0
    assert run.limit == pytest.approx(38 / 1e-2)
    settled = int(np.argmax(run.loss < 1e-10))
    first = run.crossing[0]
    assert settled < first < run.peak[0]
    assert (run.sharpness[1 : first - 50] < run.limit).all()
    for peak, crossing in zip(run.peak, run.crossing, strict=True):
        assert 0 < crossing < peak
        assert run.loss[crossing] < 1e-6 * run.loss[peak]
        assert run.sharpness[peak + 20] < run.limit  # the spike itself ends it


def test_the_loss_climbs_to_the_spike_as_quickly_as_the_sharpness_says(spiking):
    run, adam = spiking["float64"], ls.Adam(1e-2)
    low, high = run.crossing[0] + 20, run.peak[0]
    climbed = np.log10(run.loss[high] / run.loss[low])
    predicted = 2 * np.log10(growth_factor(adam, run.sharpness[low:high])).sum()
    assert climbed > 20
    assert climbed == pytest.approx(predicted, rel=0.15)


def test_five_directions_become_flat(spiking):
    run = spiking["float64"]
    assert run.rank == 4
    lowest = int(run.loss.argmin())
    assert np.abs(run.curvature[lowest, :5]).max() < 1e-12
    assert 0.2 < run.curvature[lowest, -run.rank] < 1 < run.curvature[lowest, -1]


@pytest.mark.parametrize("kind", KINDS)
def test_no_spike_without_a_crossing_in_other_runs(kind):
    found = [track_stability(NET, STARTS[k], ls.Adam(1e-2), 8000, dtype=kind) for k in (24, 43, 44, 97, 127)]
    assert sum(run.peak.size for run in found) > 20
    for run in found:
        assert (run.crossing > 0).all()


def test_records_are_those_of_every_step_thinned(spiking):
    thin = track_stability(NET, STARTS[1], ls.Adam(1e-2), 7000, record_every=1000)
    full = spiking["float64"]
    assert thin.step.tolist() == list(range(0, 7001, 1000))
    for name in ("loss", "curvature", "preconditioned"):
        np.testing.assert_array_equal(getattr(thin, name), getattr(full, name)[thin.step])
    np.testing.assert_array_equal(thin.peak, full.peak)
    np.testing.assert_array_equal(thin.peak_loss, full.loss[full.peak])


def test_the_run_is_that_of_train():
    run = ls.train(NET, STARTS[1], ls.Adam(1e-2), 50, dtype="float32")
    same = track_stability(NET, STARTS[1], ls.Adam(1e-2), 50, dtype="float32")
    np.testing.assert_array_equal(same.loss, run.loss[0].astype(np.float64))
    assert same.settings["dtype"] == "float32"


def test_a_run_that_diverges_has_no_curvature_from_there_on():
    run = track_stability(NET, xor.offset_start(0.5), ls.SGD(10.0), 400)
    assert np.isfinite(run.curvature[0]).all()
    assert np.isnan(run.curvature[-1]).all()
    assert run.peak.size == 0


# -- keeping and refusing -------------------------------------------------------------------------------


def test_kept_and_sent_as_it_was(tmp_path, spiking):
    run = track_stability(NET, STARTS[1], ls.Adam(1e-2), 6000, record_every=500)
    ls.save(run, tmp_path / "run.nc")
    for other in (ls.load(tmp_path / "run.nc"), pickle.loads(pickle.dumps(run))):
        for name in ("step", "loss", "curvature", "preconditioned", "peak", "peak_loss"):
            np.testing.assert_array_equal(getattr(other, name), getattr(run, name))
            assert getattr(other, name).dtype == getattr(run, name).dtype
            assert not getattr(other, name).flags.writeable
        assert other.limit == run.limit
        assert dict(other.settings) == dict(run.settings)


def made(**changed):
    good = {
        "step": [0, 1],
        "loss": [1, 1],
        "curvature": np.ones((2, 3)),
        "preconditioned": np.ones((2, 3)),
        "limit": 1.0,
        "peak": [],
        "peak_loss": [],
    }
    return ls.Stability(**(good | changed))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: track_stability(None, np.ones(9), ls.Adam(), 1),
            TypeError,
            "net must have a Hessian, as the ReLU network",
        ),
        (lambda: track_stability(NET, np.ones((2, 9)), ls.Adam(), 1), ValueError, r"start must have shape \(9,\); got"),
        (
            lambda: track_stability(NET, np.ones(9), "Adam", 1),
            TypeError,
            "optimizer must be Adam, SGD or RMSprop; got 'Adam'",
        ),
        (lambda: track_stability(NET, np.ones(9), ls.Adam(), -1), ValueError, "steps must be at least 0; got -1"),
        (
            lambda: track_stability(NET, np.ones(9), ls.Adam(), 10**9),
            ValueError,
            "steps must be at most 13421771, since every",
        ),
        (
            lambda: track_stability(NET, np.ones(9), ls.Adam(), 1, 0),
            ValueError,
            "record_every must be at least 1; got 0",
        ),
        (
            lambda: track_stability(NET, np.ones(9), ls.Adam(), 1, dtype="f2"),
            ValueError,
            "dtype must be one of 'float64', 'fl",
        ),
        (
            lambda: track_stability(Quadratic([1.0]), [1.0], ls.Adam(), 1, dtype="float32"),
            ValueError,
            "dtype must be 'float64' for Quadratic",
        ),
        (
            lambda: spikes([[1.0]], 1e-30),
            ValueError,
            r"loss must have one axis, one entry per step; got shape \(1, 1\)",
        ),
        (lambda: spikes([1.0], -1.0), ValueError, "floor must be at least 0 and finite; got -1"),
        (lambda: spikes([1.0], 0.0, 0), ValueError, "decades must be above 0 and finite; got 0"),
        (lambda: growth_factor("Adam", 1.0), TypeError, "optimizer must be Adam, SGD, RMSprop or a learning rate"),
        (lambda: growth_factor(0.1, np.nan), ValueError, "curvature must be finite; got nan"),
        (lambda: ls.preconditioned(np.eye(2), [1.0, -1.0]), ValueError, "scale must be above 0; got -1"),
        (lambda: float32_gradient(NET, np.ones(8)), ValueError, r"theta must have shape \(..., 9\)"),
        (lambda: made(step=[1, 0]), ValueError, "step must increase strictly"),
        (lambda: made(loss=[1]), ValueError, r"loss must have shape \(n_step,\) = \(2,\); got \(1,\)"),
        (lambda: made(curvature=np.ones((3, 3))), ValueError, r"curvature must have shape \(n_step, n_eigenvalue\)"),
        (
            lambda: made(preconditioned=np.ones(2)),
            ValueError,
            r"preconditioned must have shape \(n_step, n_eigenvalue\) = \(2, 3\); got \(2,\)",
        ),
        (lambda: made(limit=0.0), ValueError, "limit must be above 0"),
        (lambda: made(peak=[3]), ValueError, r"peak_loss must have shape \(n_spike,\) = \(1,\); got \(0,\)"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
