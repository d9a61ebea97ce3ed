"""Minima in cells: they are where they should be, and nothing nearby is better."""

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.exact.local_minima import cell_fits
from landscape.exact.rational import Place

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("targets", [None, [0, 0, 0, 1]])
def test_minima_lie_in_their_cells(targets):
    net, rng = xor.network(targets=targets), np.random.default_rng(0)
    for cell, fit in list(cell_fits(net).items())[::5]:
        theta = ls.minimum_in_cell(net, cell)
        assert (theta is None) == (fit.place != Place.INSIDE)
        if theta is None:
            continue
        z = net.preactivations(theta)
        np.testing.assert_array_equal(np.sign(z), np.array([side.signs for side in cell]).T)
        assert np.abs(z).min() > 0.2
        np.testing.assert_allclose(net.predict(theta), [float(o) for o in fit.outputs], atol=1e-12)
        assert np.abs(net.gradient(theta)).max() < 1e-12
        assert net.loss(theta + 1e-3 * rng.standard_normal((100, 9))).min() >= float(fit.value) - 1e-12
        assert ls.describe(net, theta).level == fit.value
