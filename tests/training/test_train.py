"""Training from many starts: what is recorded, in which type, and what is refused."""

from fractions import Fraction

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.networks.objective import Filter, Objective
from landscape.training.train import train_in_numpy
from landscape.training.trajectories import planned_records, recorded_steps


class Bowl:
    """The loss theta_0^2 + 4 theta_1^2: an objective that is no ReLU network."""

    n_parameters = 2
    parameter_names = ("a", "b")
    filters = (Filter("bowl", (0, 1), None),)

    def loss(self, theta):
        return np.square(np.asarray(theta, dtype=float)) @ np.array([1.0, 4.0])

    def gradient(self, theta):
        return np.asarray(theta, dtype=float) * np.array([2.0, 8.0])


@pytest.fixture
def net():
    return xor.network()


@pytest.mark.parametrize(
    ("steps", "every", "kept"),
    [(0, 1, [0]), (3, 1, [0, 1, 2, 3]), (5, 2, [0, 2, 4, 5]), (4, 2, [0, 2, 4]), (3, 10, [0, 3])],
)
def test_the_start_and_the_last_step_are_always_recorded(net, steps, every, kept):
    assert recorded_steps(steps, every).tolist() == kept
    runs = ls.train(net, xor.offset_start(0.01), ls.Adam(), steps, every)
    assert runs.step.tolist() == kept
    assert runs.theta.shape == (1, len(kept), 9)
    assert np.array_equal(runs.theta[0, 0], xor.offset_start(0.01))
    assert np.array_equal(runs.end, runs.theta[:, -1])


def test_theta_at_step_i_is_the_start_of_what_comes_after(net):
    """Without momentum a run may be cut anywhere: the second half goes on where the first one ended."""
    start = xor.offset_start(0.1)
    whole = ls.train(net, start, ls.SGD(0.05), 20)
    rest = ls.train(net, whole.theta[0, 12], ls.SGD(0.05), 8)
    assert np.array_equal(rest.theta[0], whole.theta[0, 12:])
    assert np.array_equal(rest.loss[0], whole.loss[0, 12:])


def test_the_exact_optimum_stays_put(net):
    runs = ls.train(net, xor.TEXTBOOK, ls.Adam(), 300)
    assert np.array_equal(runs.theta[0], np.broadcast_to(xor.TEXTBOOK, (301, 9)))
    assert not runs.loss.any()


def test_from_the_exercises_small_offset_adam_leaves_the_optimum(net):
    start = xor.offset_start(1e-5)
    runs = ls.train(net, start, ls.Adam(), 256)
    distance = np.linalg.norm(runs.theta[0] - xor.TEXTBOOK, axis=1)
    assert runs.loss[0, 1] > 1e4 * runs.loss[0, 0]
    assert 60 < distance[1] / distance[0] < 80
    assert distance.max() > 100 * distance[0]


def test_one_gradient_step_in_rational_numbers(net):
    """theta = (0, ..., 0, b2 = 1): residuals 1, 0, 0, 1, so the gradient is (0, ..., 0, 1)."""
    start = [0, 0, 0, 0, 0, 0, 0, 0, 1]
    runs = ls.train(net, start, ls.SGD(0.25), 2)
    b2 = [Fraction(x) for x in runs.theta[0, :, 8]]
    assert b2 == [1, Fraction(3, 4), Fraction(5, 8)]
    assert [Fraction(x) for x in runs.loss[0]] == [Fraction(1, 2), Fraction(5, 16), Fraction(17, 64)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_data_type_is_kept_and_noted(net, dtype):
    runs = ls.train(net, xor.offset_start(0.01), ls.RMSprop(), 10, dtype=dtype)
    assert runs.theta.dtype == runs.loss.dtype == np.dtype(dtype)
    assert runs.settings["dtype"] == dtype
    assert runs.settings["steps"] == 10
    assert runs.settings["optimizer"] == ls.RMSprop().describe()


def test_float32_is_not_float64_rounded_afterwards(net):
    start = xor.offset_start(0.01).astype(np.float32)
    single, double = (ls.train(net, start, ls.Adam(), 50, dtype=t).theta for t in ("float32", "float64"))
    assert not np.array_equal(single, double.astype(np.float32))
    np.testing.assert_allclose(single, double, atol=1e-5)


def test_results_are_read_only(net):
    runs = ls.train(net, xor.TEXTBOOK, ls.Adam(), 3)
    for array in (runs.theta, runs.loss, runs.step):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_the_callers_starts_are_left_alone(net):
    starts = ls.glorot_starts(net, 3, rng=np.random.default_rng(0))
    before = starts.copy()
    ls.train(net, starts, ls.Adam(), 20)
    assert np.array_equal(starts, before)


@pytest.mark.parametrize("optimizer", [ls.Adam(0.05), ls.SGD(0.1), ls.SGD(0.05, 0.5), ls.RMSprop(0.01, momentum=0.5)])
def test_any_objective_is_walked_down(optimizer):
    bowl, seen = Bowl(), []
    assert isinstance(bowl, Objective)
    runs = ls.train(bowl, [[1.0, 1.0], [-2.0, 0.5]], optimizer, 400, 100, progress=lambda *a: seen.append(a))
    assert runs.theta.shape == (2, 5, 2)
    assert (runs.loss[:, -1] < 1e-3).all()
    assert np.array_equal(runs.loss, bowl.loss(runs.theta))
    assert seen[-1] == (400, 400)


def test_gradient_descent_on_a_bowl_is_a_geometric_series():
    path, _ = train_in_numpy(Bowl(), np.array([[1.0, 1.0]]), ls.SGD(0.125), np.arange(5))
    assert path[0].tolist() == [[0.75**t, 0.0**t] for t in range(5)]


BAD = [
    ({"starts": [1.0, 2.0]}, ValueError, r"starts must have shape \(\.\.\., 9\), one entry per parameter; got \(2,\)"),
    ({"starts": np.zeros((2, 2, 9))}, ValueError, r"starts must have shape \(k, 9\) or \(9,\); got \(2, 2, 9\)"),
    ({"starts": np.full(9, np.nan)}, ValueError, "starts must be finite; got nan in it, remove or replace it"),
    ({"starts": np.full(9, np.inf)}, ValueError, "starts must be finite; got inf in it"),
    ({"starts": ["a"] * 9}, TypeError, "starts must hold real numbers; got dtype <U1"),
    ({"steps": -1}, ValueError, "steps must be at least 0; got -1"),
    ({"steps": 1.5}, TypeError, r"steps must be a whole number; got 1\.5"),
    ({"record_every": 0}, ValueError, "record_every must be at least 1; got 0"),
    ({"dtype": "float16"}, ValueError, "dtype must be one of 'float64', 'float32'; got 'float16'"),
    ({"dtype": "double-ish"}, ValueError, "dtype must be one of 'float64', 'float32'; got 'double-ish'"),
    ({"optimizer": "adam"}, TypeError, "optimizer must be Adam, SGD or RMSprop; got 'adam'"),
    ({"optimizer": ls.Adam}, TypeError, r"optimizer must be an instance; got the class Adam, use Adam\(\)"),
]


@pytest.mark.parametrize(("change", "error", "message"), BAD)
def test_bad_input_is_refused(net, change, error, message):
    good = {"starts": xor.TEXTBOOK, "optimizer": ls.Adam(), "steps": 3}
    with pytest.raises(error, match="^" + message):
        ls.train(net, **(good | change))


def test_a_record_over_the_limit_is_refused_and_the_way_out_works(net):
    starts = np.tile(xor.TEXTBOOK, (1000, 1))
    with pytest.raises(ValueError, match=r"record_every=1 would record 7\.5 GiB, over the limit of 1 GiB") as refusal:
        ls.train(net, starts, ls.Adam(), 100_000)
    advised = int(str(refusal.value).split("record_every=")[2].split()[0])
    with pytest.raises(ValueError, match="over the limit"):
        planned_records(starts.shape, 100_000, advised - 1, np.dtype(float))
    assert planned_records(starts.shape, 100_000, advised, np.dtype(float))[-1] == 100_000


def test_an_enormous_record_is_refused_before_anything_is_made(net):
    with pytest.raises(ValueError, match="over the limit of 1 GiB"):
        ls.train(net, xor.TEXTBOOK, ls.Adam(), 10**15)


def test_float32_is_for_the_relu_network_only():
    with pytest.raises(ValueError, match="dtype must be 'float64' for Bowl; got 'float32'"):
        ls.train(Bowl(), [0.0, 0.0], ls.SGD(), 1, dtype="float32")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"theta": np.zeros((4, 2))}, r"theta must have shape \(n_start, n_step, n_parameter\); got \(4, 2\)"),
        ({"loss": np.zeros((1, 3))}, r"loss must have shape \(n_start, n_step\) = \(1, 4\); got \(1, 3\)"),
        ({"step": np.arange(3)}, r"step must have shape \(n_step,\) = \(4,\); got \(3,\)"),
    ],
)
def test_trajectories_check_their_shapes(change, message):
    good = {"theta": np.zeros((1, 4, 2)), "loss": np.zeros((1, 4)), "step": np.arange(4)}
    with pytest.raises(ValueError, match="^" + message):
        ls.Trajectories(**(good | change))


def test_a_run_that_diverges_leaves_the_others_alone():
    from landscape.training.train import train_in_numpy

    trap = [-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5]  # both units dead and b2 the mean: nothing moves it
    starts = np.array([np.zeros(9), trap])
    kept = np.array([0, 400])
    both, losses = train_in_numpy(xor.network(), starts, ls.SGD(10.0), kept)
    alone, _ = train_in_numpy(xor.network(), starts[1:], ls.SGD(10.0), kept)
    assert np.isnan(losses[0, 1])
    np.testing.assert_array_equal(both[1], alone[0])


@pytest.mark.parametrize(("count", "steps", "every"), [(1664, 177_410, 18), (1, 10**9, 1), (7, 10**7 + 1, 3)])
def test_the_way_out_of_a_large_record_is_a_way_out(count, steps, every):
    with pytest.raises(ValueError, match="record_every=") as error:
        planned_records((count, 9), steps, every, np.dtype(np.float64))
    enough = int(str(error.value).split("use record_every=")[1].split()[0])
    assert planned_records((count, 9), steps, enough, np.dtype(np.float64)).size >= 2


def test_too_many_starts_for_any_record_are_told_so():
    with pytest.raises(ValueError, match="use fewer starts"):
        planned_records((10**8, 9), 10, 1, np.dtype(np.float64))
