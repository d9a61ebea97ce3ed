"""The plateaus of the loss, and whether a run ends on one or is held at a kink."""

from fractions import Fraction
from itertools import combinations

import numpy as np
from referee_training import Y, gradient, outputs, preactivations


def plateaus():
    """Return {level: outputs (m, 4)}: some samples are fitted, the others are at their mean; exact, then as floats.

    0: all fitted; 1/8: two adjacent ones; 1/6: one; 1/4: none. The values follow from the targets.
    """
    found = {}
    targets = [Fraction(0), Fraction(1), Fraction(1), Fraction(0)]
    diagonals = [{0, 3}, {1, 2}]
    for size in (0, 1, 2, 4):
        for fitted in combinations(range(4), size):
            if set(fitted) in diagonals:
                continue
            others = [i for i in range(4) if i not in fitted]
            mean = sum((targets[i] for i in others), Fraction(0)) / max(1, len(others))
            out = [mean if i in others else targets[i] for i in range(4)]
            value = sum((o - t) ** 2 for o, t in zip(out, targets, strict=True)) / 4
            found.setdefault(value, []).append([float(o) for o in out])
    return {value: np.array(found[value]) for value in sorted(found)}


PLATEAUS = plateaus()
LEVELS = tuple(PLATEAUS)
"""Values of the plateaus, ascending."""


def level_of(theta, tolerance=5e-3):
    """Return the index into ``LEVELS`` of the plateau whose outputs those of theta are, -1 for none: (..., n) -> (...).

    The root-mean-square difference is below ``tolerance``, and no entry of the gradient is above 10 times that.
    """
    out = outputs(theta)
    found = np.full(out.shape[:-1], -1)
    for index, rows in enumerate(PLATEAUS.values()):
        for row in rows:
            with np.errstate(over="ignore"):
                found[np.sqrt(((out - row) ** 2).mean(axis=-1)) < tolerance] = index
    steep = np.abs(gradient(theta)).max(axis=-1) > 10 * tolerance
    return np.where(steep, -1, found)


def held(theta, tolerance=1e-9):
    """Return whether a larger bias of a unit at a kink lowers the loss at once, though relu'(0) = 0 hides it: (...).

    The unit has a pre-activation that is 0. Along its bias upwards the derivative of the loss is that with
    relu'(0) = 1, here written out; it must be negative beyond rounding.
    """
    z, residual = preactivations(theta), outputs(theta) - Y
    kink = np.abs(z) <= tolerance
    slope = 0.5 * (residual[..., None] * ((z > 0) | kink)).sum(axis=-2) * theta[..., 6:8]
    return (kink.any(axis=-2) & (slope < -1e-9)).any(axis=-1)
