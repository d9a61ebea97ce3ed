"""Lines and planes evaluated by workers, resumed from checkpoints, and of objectives that take one theta."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.planes import evaluation

NET = xor.network()
PLANE = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0))
LINE = xor.TEXTBOOK, np.arange(9.0)


class OneTheta:
    """A loss written for one theta of shape (n,)."""

    filters = ()

    def __init__(self, function, gradient=None, n=9):
        self.n_parameters, self.parameter_names = n, tuple(map(str, range(n)))
        self.loss, self.gradient = function, gradient


def quartic(theta):
    return float(theta[0] ** 4 + theta @ theta)


MATRIX = np.arange(81.0).reshape(9, 9)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(evaluation, "BLOCK", 50)
    monkeypatch.setattr(evaluation, "KERNEL_BLOCK", 900)


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (23, 61), (601, 500)])
def test_workers_and_checkpoints_do_not_change_a_bit(small_blocks, tmp_path, size):
    alpha, beta = (np.linspace(-1, 1, n) if n > 1 else np.array([0.3]) for n in size)
    plain = ls.evaluate_plane(NET, PLANE, alpha, beta)
    line = ls.evaluate_line(NET, *LINE, alpha)
    told = []
    with ThreadPoolExecutor(3) as pool:
        for more in ({"executor": pool}, {"checkpoint": tmp_path}, {"executor": pool, "checkpoint": tmp_path}):
            found = ls.evaluate_plane(NET, PLANE, alpha, beta, progress=lambda *now: told.append(now), **more)
            assert found.loss.tobytes() == plain.loss.tobytes()
            assert told[-1] == (beta.size, beta.size)
            assert ls.evaluate_line(NET, *LINE, alpha, **more).loss.tobytes() == line.loss.tobytes()


def test_an_interrupted_surface_resumes_where_it_stopped(small_blocks, tmp_path):
    asked = []

    def loss(theta):
        asked.append(theta.shape[:-1])
        if len(asked) == 9:
            raise KeyboardInterrupt
        return np.sum(theta**2, axis=-1)

    net, axis = OneTheta(loss), np.linspace(-1, 1, 40)
    with pytest.raises(KeyboardInterrupt):
        ls.evaluate_plane(net, PLANE, axis, axis, checkpoint=tmp_path)
    before = asked.copy()
    found = ls.evaluate_plane(net, PLANE, axis, axis, checkpoint=tmp_path)
    rows = [shape[0] for shape in asked[len(before) :] if len(shape) == 2]
    assert sum(rows) == 40 - 5  # three thetas are evaluated to tell objectives apart, then five blocks of one row
    np.testing.assert_array_equal(found.loss, ls.evaluate_plane(net, PLANE, axis, axis).loss)


def test_pieces_of_another_objective_plane_or_grid_are_not_used(small_blocks, tmp_path):
    axis = np.linspace(-1, 1, 30)
    nets = [OneTheta(lambda theta, power=power: np.sum(np.abs(theta) ** power, axis=-1)) for power in (2, 3)]
    nets += [NET, xor.network(targets=[0, 0, 0, 1])]
    other = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(1))
    for net in nets:
        for plane in (PLANE, other):
            for beta in (axis, axis + 0.1, axis[:-1]):
                found = ls.evaluate_plane(net, plane, axis, beta, checkpoint=tmp_path)
                np.testing.assert_array_equal(found.loss, ls.evaluate_plane(net, plane, axis, beta).loss)


@pytest.mark.parametrize("executor", [7, "dask", ThreadPoolExecutor])
def test_what_is_no_executor_is_refused(executor):
    with pytest.raises(TypeError, match=r"executor must be a concurrent.futures.Executor, such as"):
        ls.evaluate_plane(NET, PLANE, [0, 1], [0, 1], executor=executor)


@pytest.mark.parametrize(
    "function",
    [
        quartic,
        lambda theta: np.sum(theta**2),
        lambda theta: np.array([theta[0] - theta[8] ** 2]),
        lambda theta: (theta.reshape(3, 3) ** 2)[1].sum(),
        lambda theta: theta @ MATRIX @ theta,
        lambda theta: np.max(theta, axis=0) + theta[1],
        lambda theta: np.linalg.norm(theta - xor.TEXTBOOK),
        lambda theta: sum(float(value) for value in theta),
    ],
)
@pytest.mark.parametrize("size", [(1, 1), (3, 4), (9, 9), (9, 2), (2, 9), (81, 1)])
def test_a_function_of_one_theta_has_a_surface(function, size):
    alpha, beta = (np.linspace(-1, 2, n) if n > 1 else np.array([0.5]) for n in size)
    net = OneTheta(function)
    surface = ls.evaluate_plane(net, PLANE, alpha, beta)
    for j, i in np.ndindex(beta.size, alpha.size):
        assert surface.loss[j, i] == pytest.approx(
            float(np.ravel(function(PLANE.point(alpha[i], beta[j])))[0]), rel=1e-12
        )
    profile = ls.evaluate_line(net, *LINE, alpha)
    expected = [float(np.ravel(function(LINE[0] + a * LINE[1]))[0]) for a in alpha]
    np.testing.assert_allclose(profile.loss, expected, rtol=1e-12)


def test_a_gradient_of_one_theta_trains_and_a_path_is_projected():
    net = OneTheta(lambda t: t @ MATRIX.T @ MATRIX @ t / 1e4, lambda t: 2 * MATRIX.T @ MATRIX @ t / 1e4)
    many = OneTheta(lambda t: np.sum((t @ MATRIX.T) ** 2, axis=-1) / 1e4, lambda t: 2 * (t @ MATRIX.T) @ MATRIX / 1e4)
    starts = np.random.default_rng(0).normal(size=(9, 9))
    runs, expected = (ls.train(each, starts, ls.SGD(0.1), 30) for each in (net, many))
    np.testing.assert_allclose(runs.theta, expected.theta, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        ls.project(net, runs, PLANE).loss_in_plane, ls.project(many, runs, PLANE).loss_in_plane, rtol=1e-9
    )
    assert ls.automatic_range(net, PLANE, 50.0) == pytest.approx(ls.automatic_range(many, PLANE, 50.0), rel=1e-9)


def test_an_objective_that_returns_no_number_is_refused():
    with pytest.raises(ValueError, match=r"net.loss must return shape \(\) for a theta of shape \(9,\); got \(9,\)"):
        ls.evaluate_plane(OneTheta(lambda theta: theta**2), PLANE, [0, 1], [0, 1, 2])
    with pytest.raises(
        ValueError, match=r"net.gradient must return shape \(9,\) for a theta of shape \(9,\); got \(\)"
    ):
        ls.train(OneTheta(quartic, lambda theta: theta.sum()), np.ones((2, 9)), ls.SGD(0.1), 3)


def test_what_an_objective_raises_for_one_theta_is_raised():
    def broken(theta):
        raise ZeroDivisionError("of its own")

    with pytest.raises(ZeroDivisionError, match="of its own"):
        ls.evaluate_plane(OneTheta(broken), PLANE, [0, 1], [0, 1, 2])
