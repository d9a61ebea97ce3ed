"""Compiled grids: the losses of the numpy definition, whatever the threads, the width and the rows beside."""

import numpy as np
import pytest
from kernel_inputs import AXIS, some_net, some_plane

import landscape as ls
from landscape import xor
from landscape.planes import compiled_grid


@pytest.mark.parametrize(
    "net", [xor.network(), xor.network(1), xor.network(5), some_net(1, 1, 1), some_net(3, 2, 7)], ids=repr
)
def test_a_grid_agrees_with_the_numpy_definition(net):
    plane = some_plane(net)
    loss = compiled_grid.plane_loss(net, plane, AXIS, AXIS[:11])
    expected = net.loss(plane.point(AXIS, AXIS[:11, None]))
    np.testing.assert_allclose(loss, expected, rtol=0, atol=1e-14 * expected.max())


@pytest.mark.parametrize("columns", [1, 2, 7, 8, 9, 63, 64, 65])
def test_a_grid_of_any_width_is_complete(net, columns):
    plane, alpha = some_plane(net), np.linspace(-3.0, 2.0, columns)
    expected = net.loss(plane.point(alpha, AXIS[:, None]))
    np.testing.assert_allclose(
        compiled_grid.plane_loss(net, plane, alpha, AXIS), expected, rtol=0, atol=1e-14 * expected.max()
    )


@pytest.mark.parametrize("seed", range(5))
def test_loss_is_exactly_zero_at_the_textbook_point_and_as_the_definition_beside_it(net, seed):
    plane = ls.random_plane(net, xor.TEXTBOOK, rng=np.random.default_rng(seed))
    near = np.array([-1e-9, 0.0, 1e-9])
    loss = compiled_grid.plane_loss(net, plane, near, near)
    assert loss[1, 1] == 0.0
    # 1e-18 is the size of these losses: the expanded quartic would be off by 1e-16
    np.testing.assert_allclose(loss, net.loss(plane.point(near, near[:, None])), rtol=1e-5, atol=0)


def test_a_grid_does_not_depend_on_threads_or_on_the_rows_beside_it(net, monkeypatch):
    plane = some_plane(net)
    whole = compiled_grid.plane_loss(net, plane, AXIS, AXIS, threads=1)
    for count in (2, 3, 8):
        assert np.array_equal(compiled_grid.plane_loss(net, plane, AXIS, AXIS, threads=count), whole)
    monkeypatch.setattr(compiled_grid, "PIECES", 37)
    assert np.array_equal(compiled_grid.plane_loss(net, plane, AXIS, AXIS, threads=2), whole)
    assert np.array_equal(compiled_grid.plane_loss(net, plane, AXIS, AXIS[5:9]), whole[5:9])


def test_a_grid_takes_strided_and_read_only_axes(net):
    plane = some_plane(net)
    axis = np.repeat(AXIS, 2)[::2]
    axis.flags.writeable = False
    assert np.array_equal(
        compiled_grid.plane_loss(net, plane, axis, axis), compiled_grid.plane_loss(net, plane, AXIS, AXIS)
    )


def test_a_large_surface_goes_through_the_kernel(net, monkeypatch):
    called = []
    kernel = compiled_grid.plane_loss
    monkeypatch.setattr(compiled_grid, "plane_loss", lambda *a: called.append(1) or kernel(*a))
    axis = np.linspace(-1.0, 1.0, 1001)
    surface = ls.evaluate_plane(net, ls.random_plane(net, xor.TEXTBOOK, rng=np.random.default_rng(0)), axis, axis)
    assert called
    assert surface.loss[500, 500] == 0.0
    assert surface.loss.shape == (1001, 1001)
