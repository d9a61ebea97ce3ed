"""The network against plain Python loops, its symmetries, and its derivatives against differences."""

from __future__ import annotations

import copy
import json
import pickle
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from landscape import Objective, ReluNetwork, xor

NET = xor.network()
OTHER = ReluNetwork(
    [[0.5, -1.0, 2.0], [1.5, 0.25, -0.5], [-2.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0]],
    [0.5, -1.0, 2.0, 0.0, 1.0],
    hidden=4,
)
QUICK = settings(max_examples=60)


def thetas(n=9):
    return arrays(np.float64, n, elements=st.floats(-3, 3))


def by_loops(net, theta):
    """Return pre-activations and outputs, one sample and one unit at a time."""
    d, h = net.n_inputs, net.hidden
    z = [[sum(x[k] * theta[k * h + u] for k in range(d)) + theta[d * h + u] for u in range(h)] for x in net.inputs]
    out = [sum(theta[(d + 1) * h + u] * max(row[u], 0.0) for u in range(h)) + theta[-1] for row in z]
    return np.array(z), np.array(out)


def away_from_kinks(net, theta, margin):
    return np.abs(net.preactivations(theta)).min() > margin


def differences(function, theta, step=1e-5):
    """Return central differences of ``function`` along every axis, in front."""
    moves = step * np.eye(theta.size)
    return np.stack([(function(theta + e) - function(theta - e)) / (2 * step) for e in moves])


@pytest.mark.parametrize("net", [NET, OTHER], ids=["xor", "3-4-1"])
def test_forward_pass_agrees_with_plain_loops(net):
    for theta in np.random.default_rng(0).normal(size=(20, net.n_parameters)):
        z, out = by_loops(net, theta)
        np.testing.assert_allclose(net.preactivations(theta), z, rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(net.predict(theta), out, rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(net.residuals(theta), out - net.targets, rtol=1e-13, atol=1e-13)
        assert net.loss(theta) == pytest.approx(np.mean((out - net.targets) ** 2), rel=1e-13)


@pytest.mark.parametrize("net", [NET, OTHER], ids=["xor", "3-4-1"])
def test_leading_axes_are_a_batch_everywhere(net):
    n, m, h = net.n_parameters, net.n_samples, net.hidden
    batch = np.random.default_rng(1).normal(size=(2, 3, n))
    shapes = {"preactivations": (m, h), "predict": (m,), "residuals": (m,), "jacobian": (m, n)}
    for name, tail in {**shapes, "loss": (), "gradient": (n,), "hessian": (n, n)}.items():
        function = getattr(net, name)
        together = function(batch)
        assert together.shape == (2, 3, *tail), name
        assert together.dtype == np.float64, name
        for i in np.ndindex(2, 3):
            np.testing.assert_allclose(together[i], function(batch[i]), rtol=1e-13, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("name", ["preactivations", "predict", "loss", "gradient", "hessian"])
def test_any_layout_and_number_type_gives_the_same_values(name):
    function = getattr(NET, name)
    batch = np.random.default_rng(2).integers(-3, 4, size=(4, 5, 9))
    wanted = function(batch.astype(np.float64))
    wide = np.zeros((4, 5, 18))
    wide[..., ::2] = batch
    fixed = batch.astype(np.float64)
    fixed.flags.writeable = False
    for given_ in (batch, batch.tolist(), batch.astype(np.int8), batch.astype(np.float32), wide[..., ::2], fixed):
        np.testing.assert_array_equal(function(given_), wanted)
    np.testing.assert_array_equal(function(np.asfortranarray(batch)), wanted)


@pytest.mark.parametrize("name", ["preactivations", "predict", "loss", "gradient", "hessian"])
def test_the_callers_array_is_left_alone_and_never_returned(name):
    theta = np.random.default_rng(3).normal(size=(4, 9))
    before = theta.copy()
    result = getattr(NET, name)(theta)
    np.testing.assert_array_equal(theta, before)
    assert not np.shares_memory(result, theta)


def test_an_empty_batch_has_empty_outputs():
    shapes = {"loss": (), "predict": (4,), "preactivations": (4, 2), "gradient": (9,), "hessian": (9, 9)}
    for name, tail in shapes.items():
        assert getattr(NET, name)(np.zeros((0, 9))).shape == (0, *tail)
        assert getattr(NET, name)(np.zeros((2, 0, 9))).shape == (2, 0, *tail)


def test_infinities_that_cancel_are_nan_and_no_warning():
    assert np.isnan(NET.loss(1e200 * xor.TEXTBOOK))


def test_values_beyond_the_largest_float_are_infinite_and_no_warning():
    huge = np.array([1, 1, 1, 1, 0, -1, 1, 2, 0]) * 1e160
    assert NET.loss(huge) == np.inf
    assert NET.predict(huge)[1:].tolist() == [np.inf] * 3
    assert NET.loss(1e-160 * huge * np.array([1e100] * 6 + [1e-100] * 3)) < 10  # the products are of size 1
    assert NET.loss(np.full(9, 1e-300)) == 0.5
    for name in ("preactivations", "gradient", "hessian"):
        assert getattr(NET, name)(np.full(9, 1e308)).shape


@QUICK
@given(thetas())
def test_gradient_agrees_with_differences_of_the_loss(theta):
    assume(away_from_kinks(NET, theta, 1e-4))
    # The loss is a quartic with coefficients of order 10^3 here: third derivative * step^2 is about 1e-7.
    np.testing.assert_allclose(NET.gradient(theta), differences(NET.loss, theta), rtol=1e-6, atol=1e-6)


@QUICK
@given(thetas())
def test_hessian_is_symmetric_and_agrees_with_differences_of_the_gradient(theta):
    assume(away_from_kinks(NET, theta, 1e-4))
    hessian = NET.hessian(theta)
    np.testing.assert_array_equal(hessian, hessian.T)
    np.testing.assert_allclose(hessian, differences(NET.gradient, theta), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_derivatives_of_another_network_agree_with_differences(seed):
    theta = np.random.default_rng(seed).normal(size=OTHER.n_parameters)
    assert away_from_kinks(OTHER, theta, 1e-4)
    np.testing.assert_allclose(OTHER.jacobian(theta).T, differences(OTHER.predict, theta), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(OTHER.gradient(theta), differences(OTHER.loss, theta), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(OTHER.hessian(theta), differences(OTHER.gradient, theta), rtol=1e-6, atol=1e-6)


def test_slope_of_relu_at_zero_is_zero():
    at_kink = np.array([0, 0, 0, 0, 0, 0, 3.0, -2.0, 2.0])
    np.testing.assert_array_equal(NET.preactivations(at_kink), 0)
    np.testing.assert_array_equal(NET.gradient(at_kink)[:-1], 0)
    assert NET.gradient(at_kink)[-1] == 3.0
    wanted = np.zeros((9, 9))
    wanted[-1, -1] = 2.0
    np.testing.assert_array_equal(NET.hessian(at_kink), wanted)


def test_hessian_at_the_textbook_point_is_that_of_the_cone_where_kinked_units_are_off():
    inside = xor.TEXTBOOK + 1e-7 * np.array([0, 0, 0, 0, -1, -1, 0, 0, 0])
    assert not (NET.preactivations(inside)[NET.preactivations(xor.TEXTBOOK) == 0] > 0).any()
    np.testing.assert_allclose(NET.hessian(xor.TEXTBOOK), NET.hessian(inside), atol=1e-5)


@QUICK
@given(thetas())
def test_swapping_the_hidden_units_changes_nothing(theta):
    swapped = theta[[1, 0, 3, 2, 5, 4, 7, 6, 8]]
    np.testing.assert_allclose(NET.predict(swapped), NET.predict(theta), rtol=1e-13, atol=1e-13)


@QUICK
@given(thetas(), st.floats(1e-3, 1e3), st.integers(0, 1))
def test_rescaling_one_hidden_unit_changes_nothing(theta, factor, unit):
    scaled = theta.copy()
    scaled[[unit, 2 + unit, 4 + unit]] *= factor
    scaled[6 + unit] /= factor
    np.testing.assert_allclose(NET.predict(scaled), NET.predict(theta), rtol=1e-12, atol=1e-12)
    # Euler: along the orbit the loss is constant, so the gradient is orthogonal to its tangent.
    tangent = np.zeros(9)
    tangent[[unit, 2 + unit, 4 + unit]] = theta[[unit, 2 + unit, 4 + unit]]
    tangent[6 + unit] = -theta[6 + unit]
    gradient = NET.gradient(theta)
    assert gradient @ tangent == pytest.approx(0, abs=1e-12 * (1 + np.abs(gradient) @ np.abs(tangent)))


def swap_inputs(theta):
    return theta[[2, 3, 0, 1, 4, 5, 6, 7, 8]]


def reflect_first_input(theta):
    """x0 -> 1 - x0 turns every target y into 1 - y, and so must the output."""
    W, b, v, c = theta[:4].reshape(2, 2), theta[4:6], theta[6:8], theta[8:]
    return np.concatenate([-W[0], W[1], b + W[0], -v, 1 - c])


@QUICK
@given(thetas())
def test_eight_symmetries_of_the_square_leave_the_loss_unchanged(theta):
    # A turn by 90 degrees is swap o reflect; the eight elements are turn^k and swap o turn^k.
    images = []
    image = theta
    for _ in range(4):
        images += [image, swap_inputs(image)]
        image = swap_inputs(reflect_first_input(image))
    np.testing.assert_allclose(image, theta, atol=1e-13)  # the group closes
    np.testing.assert_allclose(NET.loss(images), NET.loss(theta), rtol=1e-11, atol=1e-11)


@QUICK
@given(thetas(), st.permutations(range(4)))
def test_the_order_of_the_samples_is_irrelevant(theta, order):
    shuffled = xor.network(inputs=xor.X[list(order)], targets=xor.Y[list(order)])
    np.testing.assert_array_equal(shuffled.predict(theta), NET.predict(theta)[list(order)])
    for name in ("loss", "gradient", "hessian"):
        np.testing.assert_allclose(
            getattr(shuffled, name)(theta), getattr(NET, name)(theta), rtol=1e-12, atol=1e-12, err_msg=name
        )


def test_parameter_names_say_where_the_entries_sit():
    expected = "W1[0,0] W1[0,1] W1[1,0] W1[1,1] b1[0] b1[1] W2[0,0] W2[1,0] b2[0]"
    assert NET.parameter_names == tuple(expected.split())
    for net in (NET, OTHER):
        weights = net.unpack(np.arange(net.n_parameters))
        for i, name in enumerate(net.parameter_names):
            array, _, index = name.partition("[")
            place = tuple(int(k) for k in index[:-1].split(","))
            part = getattr(weights, array)
            assert part[place[: part.ndim]] == i, name


@pytest.mark.parametrize("net", [NET, OTHER], ids=["xor", "3-4-1"])
def test_filters_are_the_columns_of_the_kernels_and_cover_theta_once(net):
    indices = [i for f in net.filters for i in (*f.kernel, f.bias)]
    assert sorted(indices) == list(range(net.n_parameters))
    weights = net.unpack(np.arange(net.n_parameters))
    for u, f in enumerate(net.filters[:-1]):
        assert (f.layer, list(f.kernel), f.bias) == ("hidden", weights.W1[:, u].tolist(), weights.b1[u])
    last = net.filters[-1]
    assert (last.layer, list(last.kernel), last.bias) == ("output", weights.W2.tolist(), weights.b2)


def test_networks_with_the_same_data_are_equal_and_hash_alike():
    assert xor.network() == NET
    assert hash(xor.network()) == hash(NET)
    assert xor.network(3) != NET
    assert xor.network(targets=[0, 0, 0, 1]) != NET
    assert NET != "ReluNetwork"


def test_the_network_keeps_its_own_read_only_data():
    inputs = np.array(xor.X)
    net = ReluNetwork(inputs, xor.Y, hidden=2)
    inputs[:] = 7
    np.testing.assert_array_equal(net.inputs, xor.X)
    for twin in (net, pickle.loads(pickle.dumps(net)), copy.deepcopy(net)):
        assert twin == net
        for kept in (twin.inputs, twin.targets):
            with pytest.raises(ValueError, match="read-only"):
                kept[0] = 1


def test_description_and_repr_say_everything():
    said = json.loads(OTHER.describe())
    assert said["model"] == "3-4-1 ReLU, linear output, MSE"
    assert (said["inputs"], said["targets"]) == (OTHER.inputs.tolist(), OTHER.targets.tolist())
    assert eval(repr(OTHER), {"ReluNetwork": ReluNetwork}) == OTHER
    assert isinstance(NET, Objective)


def in_order(net, theta, order):
    """Return theta with its hidden units in another order."""
    return np.append(theta[:-1].reshape(-1, net.hidden)[:, list(order)], theta[-1])


@pytest.mark.parametrize("net", [NET, OTHER, xor.network(5)], ids=["xor", "3-4-1", "2-5-1"])
def test_units_are_matched_as_well_as_by_trying_all_orders(net):
    for seed in range(10):
        theta, reference = np.random.default_rng(seed).normal(size=(2, net.n_parameters))
        found = net.match_units(theta, reference)
        orders = [in_order(net, theta, order) for order in permutations(range(net.hidden))]
        assert np.linalg.norm(found - reference) == min(np.linalg.norm(one - reference) for one in orders)
        np.testing.assert_allclose(net.predict(found), net.predict(theta), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_a_permuted_copy_is_matched_back(scale):
    theta = scale * np.random.default_rng(0).normal(size=OTHER.n_parameters)
    assert OTHER.match_units(in_order(OTHER, theta, [2, 0, 3, 1]), theta).tolist() == theta.tolist()


def test_units_of_parameters_of_another_length_are_not_matched():
    with pytest.raises(ValueError, match=r"^reference must have shape \(9,\); got shape \(8,\)$"):
        NET.match_units(xor.TEXTBOOK, np.zeros(8))
