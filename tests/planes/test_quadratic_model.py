"""The quadratic model against the loss nearby, and where it must fail."""

import numpy as np
import pytest

import landscape as ls
from landscape import xor

NET = xor.network()
SMOOTH = np.array([1.0, -0.3, 0.4, 0.8, 0.1, -0.2, 1.0, -2.0, 0.3])


def test_the_model_is_the_loss_up_to_third_order():
    plane = ls.random_plane(NET, SMOOTH, rng=np.random.default_rng(3))
    errors = []
    for r in (1e-3, 5e-4):
        alpha, beta = np.array([-r, 0.0, 0.7 * r]), np.array([-0.2 * r, 0.3 * r])
        model, loss = ls.quadratic_model(NET, plane, alpha, beta), ls.evaluate_plane(NET, plane, alpha, beta)
        assert model.loss.shape == (2, 3)
        errors.append(np.abs(model.loss - loss.loss).max())
    assert errors[0] < 1e-6
    assert errors[1] < errors[0] / 6  # about a factor of 8 for half the step


def test_the_model_is_that_of_the_gradient_and_the_hessian_of_the_network():
    plane = ls.random_plane(NET, SMOOTH, rng=np.random.default_rng(4))
    model = ls.quadratic_model(NET, plane, [-1.0, 2.0], [0.0, 3.0])
    for i, j in np.ndindex(2, 2):
        step = model.alpha[j] * plane.d1 + model.beta[i] * plane.d2
        expected = NET.loss(SMOOTH) + NET.gradient(SMOOTH) @ step + 0.5 * step @ NET.hessian(SMOOTH) @ step
        assert model.loss[i, j] == pytest.approx(float(expected), rel=1e-12)
    assert model.plane is plane


def test_at_a_kink_the_model_is_right_only_in_the_region_where_units_are_inactive():
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(10))
    middle, active = ls.sectors(NET, plane)
    seen = ls.pattern(NET, xor.TEXTBOOK)
    agree = []
    for angle in middle:
        at = 1e-5 * np.cos(angle), 1e-5 * np.sin(angle)
        model, loss = (f(NET, plane, [at[0]], [at[1]]).loss for f in (ls.quadratic_model, ls.evaluate_plane))
        agree.append(model == pytest.approx(loss, rel=1e-3))
    assert agree == [np.array_equal(a, seen) for a in active]
    assert sum(agree) == 1


def test_a_hessian_and_a_plane_are_needed():
    class NoHessian:
        n_parameters = 9

    plane = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b2[0]")
    with pytest.raises(TypeError, match="net must have a Hessian, as the ReLU network has; got NoHessian"):
        ls.quadratic_model(NoHessian(), plane, [0, 1], [0, 1])
    with pytest.raises(TypeError, match="plane must be a Plane"):
        ls.quadratic_model(NET, xor.TEXTBOOK, [0, 1], [0, 1])
    with pytest.raises(ValueError, match="alpha must increase strictly; got 1 then 0"):
        ls.quadratic_model(NET, plane, [1, 0], [0, 1])
    with pytest.raises(ValueError, match=r"plane.origin must have shape \(13,\)"):
        ls.quadratic_model(xor.network(3), plane, [0, 1], [0, 1])
