"""Other activations and heads against plain Python, differences, the ReLU network itself and exact cases."""

import copy
import json
import math
import pickle

import numpy as np
import pytest

import landscape as ls
from landscape import AlternativeNetwork, xor
from landscape.networks.alternative_network import ACTIVATIONS, HEADS, LEAK

KINDS = [(activation, head) for activation in ACTIVATIONS for head in HEADS]
RNG_SEED = 3


def variant(activation="relu", head="linear", hidden=2):
    return AlternativeNetwork(xor.X, xor.Y, hidden=hidden, activation=activation, head=head)


def other(activation, head):
    rng = np.random.default_rng(RNG_SEED)
    return AlternativeNetwork(rng.normal(size=(5, 3)), rng.random(5), hidden=4, activation=activation, head=head)


def by_loops(net, theta):
    """Return what the output unit sums up and the loss, one sample and one unit at a time."""
    f = {"relu": lambda z: max(z, 0.0), "leaky_relu": lambda z: z if z > 0 else LEAK * z, "tanh": math.tanh}
    d, h = net.n_inputs, net.hidden
    sums, losses = [], []
    for x, y in zip(net.inputs, net.targets, strict=True):
        z = [sum(x[k] * theta[k * h + u] for k in range(d)) + theta[d * h + u] for u in range(h)]
        o = sum(theta[(d + 1) * h + u] * f[net.activation](z[u]) for u in range(h)) + theta[-1]
        p = 1 / (1 + math.exp(-o))
        sums.append(o)
        losses.append((o - y) ** 2 if net.head == "linear" else -y * math.log(p) - (1 - y) * math.log(1 - p))
    return np.array(sums), np.mean(losses)


@pytest.mark.parametrize(("activation", "head"), KINDS)
@pytest.mark.parametrize("make", [variant, other])
def test_outputs_loss_and_gradient_agree_with_loops_and_differences(make, activation, head):
    net = make(activation, head)
    assert isinstance(net, ls.Objective)
    for theta in np.random.default_rng(0).normal(size=(5, net.n_parameters)):
        sums, loss = by_loops(net, theta)
        np.testing.assert_allclose(net.output_sums(theta), sums, rtol=1e-12, atol=1e-14)
        expected = sums if head == "linear" else 1 / (1 + np.exp(-sums))
        np.testing.assert_allclose(net.predict(theta), expected, rtol=1e-12, atol=1e-14)
        assert net.loss(theta) == pytest.approx(loss, rel=1e-12)
        assert net.is_right(theta) == np.array_equal(xor.classify(expected), xor.classify(net.targets))
        if activation != "tanh" and abs(net.preactivations(theta)).min() < 1e-4:
            continue
        moves = 1e-6 * np.eye(theta.size)
        slope = (net.loss(theta + moves) - net.loss(theta - moves)) / 2e-6
        np.testing.assert_allclose(net.gradient(theta), slope, rtol=0, atol=1e-7)


def test_with_relu_and_a_linear_output_it_is_the_textbook_network_bit_for_bit():
    net, same = xor.network(hidden=3), variant(hidden=3)
    theta = np.random.default_rng(0).normal(size=(50, 13))
    for name in ("predict", "loss", "gradient", "preactivations"):
        assert np.array_equal(getattr(net, name)(theta), getattr(same, name)(theta))
    assert (net.parameter_names, net.filters, net.describe()) == (same.parameter_names, same.filters, same.describe())
    assert net != same  # the kernels of the one do not know the other


@pytest.mark.parametrize(("activation", "head"), KINDS)
def test_leading_axes_are_a_batch(activation, head):
    net = variant(activation, head)
    theta = np.random.default_rng(1).normal(size=(2, 3, 9))
    for name, shape in (("loss", ()), ("gradient", (9,)), ("predict", (4,)), ("is_right", ())):
        values = getattr(net, name)(theta)
        assert values.shape == (2, 3, *shape)
        np.testing.assert_allclose(values[1, 2], getattr(net, name)(theta[1, 2]), rtol=1e-14)


def test_slopes_at_zero_are_those_of_tensorflow():
    at_zero = [0.0, 0.0, 1.0, 0.0]  # one unit, whose pre-activation is 0 on the one sample, and residual -1
    slopes = [AlternativeNetwork([[1]], [1], hidden=1, activation=a).gradient(at_zero)[1] / -2 for a in ACTIVATIONS]
    assert slopes == [0.0, float(np.float32(0.2)), 1.0]


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_another_slope_at_zero_changes_the_gradient_at_kinks_and_nothing_else(activation):
    plain, other = (
        AlternativeNetwork(xor.X, xor.Y, hidden=2, activation=activation, slope_at_zero=slope) for slope in (None, 0.75)
    )
    at_kinks = ls.glorot_starts(plain, 20, rng=np.random.default_rng(0))  # both units have a kink on the sample 00
    elsewhere = np.random.default_rng(0).normal(size=(20, 9))
    assert np.array_equal(plain.loss(at_kinks), other.loss(at_kinks))
    assert np.array_equal(plain.gradient(elsewhere), other.gradient(elsewhere))
    residual = other.predict(at_kinks)[:, :1] - xor.Y[0]
    leak = LEAK if activation == "leaky_relu" else 0.0
    change = other.gradient(at_kinks)[:, 4:6] - plain.gradient(at_kinks)[:, 4:6]  # by the biases, from sample 00 alone
    np.testing.assert_allclose(change, (0.75 - leak) * residual * at_kinks[:, 6:8] / 2, rtol=0, atol=1e-15)
    assert json.loads(other.describe())["slope_at_zero"] == 0.75
    assert plain != other == pickle.loads(pickle.dumps(other))


def test_cross_entropy_stays_exact_far_out():
    net = AlternativeNetwork([[1]], [1], hidden=1, head="sigmoid")
    for o in (-800.0, 40.0, 800.0):  # exp(800) is beyond the range of floats, 1 + exp(-40) rounds to 1
        theta = [0.0, 0.0, 0.0, o]
        assert net.loss(theta) == pytest.approx(math.exp(-o) if o > 0 else -o, rel=1e-15)
        assert net.gradient(theta)[3] == pytest.approx(-math.exp(-o) if o > 0 else -1.0, rel=1e-15)
    assert net.predict([0.0, 0.0, 0.0, -800.0]).tolist() == [0.0]


def test_the_threshold_is_one_half_of_the_output():
    linear, sigmoid = (AlternativeNetwork([[0]], [1], hidden=1, head=head) for head in HEADS)
    at = [[0.0, 0.0, 0.0, o] for o in (0.5, np.nextafter(0.5, 0), 0.0, -1e-9)]
    assert linear.is_right(at).tolist() == [True, False, False, False]
    assert sigmoid.is_right(at).tolist() == [True, True, True, False]


def test_copies_equal_and_differ_by_what_they_compute():
    nets = [variant(*kind) for kind in KINDS]
    assert len({*nets, *map(copy.deepcopy, nets)}) == len(nets)
    for net in nets:
        again = pickle.loads(pickle.dumps(net))
        assert (again, repr(again)) == (net, repr(net))
        assert not again.inputs.flags.writeable
        assert eval(repr(net), {"AlternativeNetwork": AlternativeNetwork}) == net
    assert json.loads(variant("tanh", "sigmoid").describe())["model"] == (
        "2-2-1 tanh, sigmoid output, binary cross-entropy"
    )


def test_it_trains_like_any_objective():
    net = variant("tanh", "sigmoid")
    starts = ls.glorot_starts(net, 3, rng=np.random.default_rng(0))
    runs = ls.train(net, starts, ls.Adam(0.05), 50)
    assert (runs.loss[:, -1] < runs.loss[:, 0]).all()
    assert "tanh" in runs.settings["objective"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"activation": "elu"}, "activation must be one of 'relu', 'leaky_relu', 'tanh'; got 'elu'"),
        ({"head": "softmax"}, "head must be one of 'linear', 'sigmoid'; got 'softmax'"),
        ({"hidden": 0}, "hidden must be at least 1; got 0"),
        ({"head": "sigmoid", "targets": [0, 1, 1, 2]}, "targets must be between 0 and 1 for a sigmoid; got 2"),
        ({"slope_at_zero": 1.5}, "slope_at_zero must be between 0 and 1; got 1.5"),
        ({"slope_at_zero": np.nan}, "slope_at_zero must be finite; got nan in it, remove or replace it"),
        (
            {"slope_at_zero": 0.5, "activation": "tanh"},
            "slope_at_zero must be None for tanh, which is smooth; got 0.5",
        ),
    ],
)
def test_bad_input(given, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        AlternativeNetwork(**{"inputs": xor.X, "targets": xor.Y, "hidden": 2, **given})
