"""Eigenpairs, trace and density of Hessians: with known spectra, of the XOR network, and of a Keras model."""

import numpy as np
import pytest

import landscape as ls
from landscape import xor

THETA = np.array([1.1, 1, 1, 1, 0.1, -0.9, 1, -2, 0])


class Bowl:
    """theta^T A theta / 2 with chosen eigenvalues."""

    filters = ()

    def __init__(self, eigenvalues, product=None):
        n = self.n_parameters = len(eigenvalues)
        turn = np.linalg.qr(np.random.default_rng(3).normal(size=(n, n)))[0]
        self.matrix = turn * eigenvalues @ turn.T
        self.parameter_names = tuple(f"x{i}" for i in range(n))

    def loss(self, theta):
        return np.sum(np.asarray(theta) @ self.matrix * theta, axis=-1) / 2

    def gradient(self, theta):
        return np.asarray(theta) @ self.matrix

    def hessian_vector_product(self, theta, v):
        return self.matrix @ v


SPREAD = np.concatenate([np.linspace(-1, 1, 195), [3.0, 5.0, 8.0, 8.0, 20.0]])


@pytest.mark.parametrize("k", [1, 3, 5, 120, 200])
def test_top_eigenpairs_are_the_largest(k):
    net = Bowl(SPREAD)
    found = ls.top_eigenpairs(net, np.zeros(200), k)
    np.testing.assert_allclose(found.values, np.sort(SPREAD)[::-1][:k], atol=1e-9)
    np.testing.assert_allclose(found.vectors @ found.vectors.T, np.eye(k), atol=1e-9)
    np.testing.assert_allclose(found.vectors @ net.matrix, found.values[:, None] * found.vectors, atol=1e-8)
    assert found.residuals.max() < 1e-8


def test_equal_calls_give_equal_bytes():
    one, two = (ls.top_eigenpairs(Bowl(SPREAD), np.zeros(200), 4) for _ in range(2))
    assert one.vectors.tobytes() == two.vectors.tobytes()


def test_the_xor_network_with_its_exact_hessian():
    expected = np.linalg.eigvalsh(xor.network().hessian(THETA))
    found = ls.top_eigenpairs(xor.network(), THETA, 9)
    np.testing.assert_allclose(found.values, expected[::-1], atol=1e-12)


def test_the_trace_is_within_its_error_and_exact_if_the_matrix_is_diagonal():
    estimates = [ls.hessian_trace(Bowl(SPREAD), np.zeros(200), 50, rng=np.random.default_rng(i)) for i in range(40)]
    errors = np.array([(e.value - SPREAD.sum()) / e.standard_error for e in estimates])
    assert np.abs(errors).max() < 4
    assert 0.6 < errors.std() < 1.5  # the stated error is of the right size
    diagonal = Bowl(SPREAD)
    diagonal.matrix = np.diag(SPREAD)
    exact = ls.hessian_trace(diagonal, np.zeros(200), 2, rng=np.random.default_rng(0))
    assert exact.value == pytest.approx(SPREAD.sum(), rel=1e-12)
    assert exact.standard_error < 1e-12


def test_the_density_has_the_moments_of_its_vectors_and_the_shape_of_the_spectrum():
    net, same = Bowl(SPREAD), np.random.default_rng(0)
    found = ls.spectral_density(net, np.zeros(200), rng=np.random.default_rng(0), samples=10, steps=40)
    assert np.trapezoid(found.density, found.grid) == pytest.approx(1.0, abs=1e-3)
    for nodes, weights in zip(found.nodes, found.weights, strict=True):
        v = same.choice([-1.0, 1.0], size=200)
        for power in range(8):  # quadrature with k nodes is exact up to the power 2 k - 1
            moment = v @ np.linalg.matrix_power(net.matrix, power) @ v / 200
            assert (weights * nodes**power).sum() == pytest.approx(moment, rel=1e-9)
    exact = np.exp(-0.5 * ((found.grid[:, None] - SPREAD) / found.width) ** 2).mean(axis=1) / (
        found.width * np.sqrt(2 * np.pi)
    )
    inside = (found.grid > 2) & (found.density > 0.01)  # separate eigenvalues are resolved
    assert (np.abs(found.density - exact)[inside] < 4 * found.standard_error[inside] + 0.01).all()


@pytest.mark.parametrize("eigenvalues", [[2.0, 2.0, 2.0], [0.0, 0.0], [1.0]])
def test_few_distinct_eigenvalues(eigenvalues):
    net = Bowl(np.array(eigenvalues))
    found = ls.spectral_density(net, np.zeros(len(eigenvalues)), rng=np.random.default_rng(0), steps=10)
    assert np.average(found.nodes, weights=found.weights) == pytest.approx(eigenvalues[0])
    assert np.trapezoid(found.density, found.grid) == pytest.approx(1.0, abs=1e-2)


@pytest.mark.parametrize("make", [
    lambda: ls.top_eigenpairs(Bowl(SPREAD), np.zeros(200), 2),
    lambda: ls.hessian_trace(xor.network(), THETA, 4, rng=np.random.default_rng(0)),
    lambda: ls.spectral_density(xor.network(), THETA, rng=np.random.default_rng(0)),
])  # fmt: skip
def test_results_are_saved_and_loaded(make, tmp_path):
    result = make()
    ls.save(result, tmp_path / "a.nc")
    loaded = ls.load(tmp_path / "a.nc")
    assert type(loaded) is type(result)
    for name in type(result).__dataclass_fields__:
        np.testing.assert_array_equal(getattr(loaded, name), getattr(result, name))


@pytest.mark.slow
def test_a_keras_model_agrees_with_its_dense_hessian():
    from landscape.keras.model_objective import keras
    from landscape.keras_objective import KerasObjective

    keras.utils.set_random_seed(0)
    layers = [keras.layers.Input((4,)), keras.layers.Dense(12, "tanh", dtype="float64")]
    model = keras.Sequential([*layers, keras.layers.Dense(3, "softmax", dtype="float64")])
    model.compile(loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    objective = KerasObjective(model, rng.normal(size=(40, 4)), rng.integers(3, size=40))
    theta, n = objective.theta, objective.n_parameters
    steps = 1e-5 * np.eye(n)
    dense = (objective.gradient(theta + steps) - objective.gradient(theta - steps)) / 2e-5
    expected = np.sort(np.linalg.eigvalsh((dense + dense.T) / 2))[::-1]
    assert n > 64
    found = ls.top_eigenpairs(objective, theta, 4)
    np.testing.assert_allclose(found.values, expected[:4], rtol=1e-6)
    trace = ls.hessian_trace(objective, theta, 60, rng=rng)
    assert abs(trace.value - expected.sum()) < 4 * trace.standard_error


BAD = [
    (
        lambda: ls.top_eigenpairs(xor.network(), THETA, 0),
        ValueError,
        r"k must be 1 to 9, the number of parameters; got 0",
    ),
    (lambda: ls.top_eigenpairs(xor.network(), THETA, 10), ValueError, "k must be 1 to 9"),
    (lambda: ls.top_eigenpairs("net", THETA, 1), TypeError, "net must be an Objective"),
    (lambda: ls.hessian_trace(xor.network(), THETA, 1, rng=np.random.default_rng(0)), ValueError, "samples must be"),
    (lambda: ls.hessian_trace(xor.network(), THETA, 2, rng=0), TypeError, "rng must be"),
    (
        lambda: ls.spectral_density(xor.network(), THETA[:3], rng=np.random.default_rng(0)),
        ValueError,
        "theta must have",
    ),
    (
        lambda: ls.top_eigenpairs(Bowl(np.array([np.inf, 1.0])), np.zeros(2), 1),
        ValueError,
        "theta must have a finite Hes",
    ),
]


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match="^" + message):
        call()


def test_an_objective_without_second_derivatives_is_refused():
    net = Bowl(SPREAD)
    net.hessian_vector_product = None
    with pytest.raises(
        TypeError, match=r"net must have hessian_vector_product\(theta, v\) or hessian\(theta\); got Bowl"
    ):
        ls.top_eigenpairs(net, np.zeros(200), 1)
