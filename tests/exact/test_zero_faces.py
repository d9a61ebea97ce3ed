"""Faces that hold the zeros: their number, against the cells of open interior, and that none is too small."""

import numpy as np
import pytest

from landscape import xor
from landscape.exact.activation_regions import is_face
from landscape.exact.local_minima import cell_fits
from landscape.exact.nearest_zero import search_nearest_zero
from landscape.exact.rational import Place
from landscape.exact.solved_cells import MUTED, zero_faces

pytestmark = pytest.mark.slow


def test_xor_needs_the_open_cells_only():
    net = xor.network()
    inside = {cell for cell, fit in cell_fits(net).items() if not fit.value and fit.place == Place.INSIDE}
    assert set(zero_faces(net)) == inside


def test_a_spare_unit_can_be_muted_and_cells_that_only_touch_zeros_are_reduced():
    net = xor.network(targets=[0, 0, 0, 1])
    faces = set(zero_faces(net))
    fits = {cell: fit for cell, fit in cell_fits(net).items() if not fit.value and fit.place != Place.OUTSIDE}
    assert {cell for cell, fit in fits.items() if fit.place == Place.INSIDE} <= faces
    alone = zero_faces(xor.network(hidden=1, targets=[0, 0, 0, 1]))
    assert {(MUTED, *cell) for cell in alone} | {(*cell, MUTED) for cell in alone} <= faces


@pytest.mark.parametrize("targets", [(0, 0, 0, 1), (0, 1, 1, 2)])
def test_no_face_lies_in_another(targets):
    faces = [cell for cell in zero_faces(xor.network(targets=targets)) if MUTED not in cell]
    for cell in faces:
        around = [
            other
            for other in faces
            if all(is_face(a.signs, b.signs) and a.output == b.output for a, b in zip(cell, other, strict=True))
        ]
        assert around == [cell]


def test_a_constant_is_fitted_by_units_that_are_all_muted():
    net = xor.network(targets=[1, 1, 1, 1])
    assert (MUTED, MUTED) in zero_faces(net)
    theta = np.array([1, 2, 3, -4, 5, 0.3, 1e-3, -1e-3, 1])
    found = search_nearest_zero(net, theta)
    np.testing.assert_allclose(found.theta[0], [1, 2, 3, -4, 5, 0.3, 0, 0, 1], atol=1e-12)
