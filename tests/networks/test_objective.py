"""The protocol: what satisfies it, and that all else needs no more than it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.networks.objective import Filter, loss_scale
from landscape.training.train import train_in_numpy


class Bowl:
    """The smallest objective there is: |theta|^2 / 2 with one filter."""

    n_parameters = 2
    parameter_names = ("x", "y")
    filters = (Filter("only", (0,), 1),)

    def loss(self, theta):
        return 0.5 * np.square(theta).sum(axis=-1)

    def gradient(self, theta):
        return np.asarray(theta, dtype=float)


def test_a_network_and_a_minimal_class_satisfy_the_protocol():
    assert isinstance(xor.network(), ls.Objective)
    assert isinstance(Bowl(), ls.Objective)


@pytest.mark.parametrize("missing", ["loss", "gradient", "n_parameters", "parameter_names", "filters"])
def test_an_object_without_one_of_the_members_does_not(missing):
    members = {k: v for k, v in vars(Bowl).items() if not k.startswith("__") and k != missing}
    assert not isinstance(type("Partial", (), members)(), ls.Objective)


def test_looking_and_walking_need_no_more_than_the_protocol():
    net, rng = Bowl(), np.random.default_rng(0)
    plane = ls.random_plane(net, [3.0, 4.0], rng=rng)
    assert plane.norms == pytest.approx((5, 5))
    surface = ls.evaluate_plane(net, plane, [-1, 0, 1], [0, 1])
    assert surface.loss[0, 1] == 12.5
    assert ls.evaluate_line(net, [0, 0], ls.coordinate_direction(net, "y"), [0, 2]).loss.tolist() == [0, 2]
    assert ls.automatic_range(net, ls.coordinate_plane(net, [0, 0], "x", "y"), 2.0) == pytest.approx(2)
    path, loss = train_in_numpy(net, np.array([[1.0, 2.0]]), ls.SGD(0.5), np.array([0, 1, 3]))
    np.testing.assert_allclose(path[0], [[1, 2], [0.5, 1], [0.125, 0.25]], rtol=1e-15)
    np.testing.assert_allclose(loss, [[2.5, 0.625, 2.5 / 64]], rtol=1e-15)
    trajectories = ls.train(net, [[1.0, 2.0]], ls.SGD(0.5), 3)
    np.testing.assert_allclose(trajectories.end, [[0.125, 0.25]], rtol=1e-15)


def test_loss_scale_is_the_loss_of_the_constant_output():
    assert loss_scale(xor.network()) == 0.5
    assert loss_scale(xor.network(targets=[0, 0, 0, 1])) == 0.25
    assert loss_scale(Bowl()) == 0.0


def test_a_filter_is_frozen_and_comparable():
    assert Filter("a", (0, 1), None) == Filter("a", (0, 1), None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Filter("a", (0,), 1).bias = 2
