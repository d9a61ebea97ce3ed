"""What the end of a run is, decided anew from exact minima of the closed cells that contain it."""

import numpy as np
import referee_exact as exact
from referee_training import loss

NEAR = 2.5e-5
"""A loss may differ by this from a level on which a run has settled: Adam still oscillates there."""
NEAR_KINK = 1e-3
"""A pre-activation this small, over the length of (w, b), may be 0 but for that oscillation."""
AT_KINK = 1e-6
"""A pre-activation this small is 0 but for rounding: what holds a run at a kink moves none of the parameters."""
LEVELS = tuple(float(value) for value in exact.thresholds())
SHARP = 1e-7
"""Output weights below this count as 0."""


def level_of(theta):
    """Return the index of the level whose value the loss is near, -1 for none, for an array of thetas."""
    gap = np.abs(loss(theta)[..., None] - np.array(LEVELS))
    return np.where(gap.min(-1) < NEAR, gap.argmin(-1), -1)


def kind_of(theta, level):
    """Return what holds one theta at a level: what decides is the lowest loss in the cells around it.

    The loss is convex within a closed cell, so a lower minimum in a cell that contains theta means a way down from it.
    If that cell differs by a kink of a unit whose output weight is not 0, gradients with relu'(0) = 0 miss the way.
    """
    value, here = exact.thresholds()[level], theta.tolist()
    lower = [cell for cell in exact.cells_at(here, AT_KINK) if exact.cell_minimum(cell) < value]
    if not lower:
        return "local minimum"
    active = [frozenset(i for i in range(4) if z[i] > AT_KINK) for z in exact.preactivations(here)]
    at_kinks = any(cell[u][0] != active[u] and abs(theta[6 + u]) > SHARP for cell in lower for u in exact.UNITS)
    return "held by relu'(0) = 0" if at_kinks else "saddle"


def component_of(theta, value):
    """Return the component of {loss <= value} that a theta is in or next to, or None."""
    found = exact.components(value)
    here = {found[cell] for cell in exact.cells_at(theta.tolist(), NEAR_KINK) if cell in found}
    assert len(here) < 2, "the cells around a point are connected at its own level"
    return here.pop() if here else None


def dimension_of(theta):
    """Return 9 minus the rank of the derivatives of the outputs, by singular values."""
    cell = exact.cells_at(theta.tolist())[0]
    rows = np.array(exact.jacobian(theta.tolist(), cell), dtype=float)
    return 9 - int(np.linalg.matrix_rank(rows, tol=1e-4))
