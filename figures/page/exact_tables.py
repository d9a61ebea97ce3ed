"""The exact results of `landscape` on which the page's numbers rest, in the form in which the page looks them up."""

from __future__ import annotations

import base64
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape.analysis.ends.configurations import configurations
from landscape.exact.activation_regions import KINK_TOLERANCE
from landscape.exact.assign_levels import LEVEL_TOLERANCE, lookup_tables
from landscape.exact.local_minima import stationary_levels
from landscape.exact.solved_cells import zero_faces
from landscape.networks.relu import ReluNetwork


def levels(net: ReluNetwork) -> list[dict[str, list[int]]]:
    """Return the levels of local minima, ascending, as numerator and denominator."""
    return [{"value": list(level.value.as_integer_ratio())} for level in stationary_levels(net)]


def level_tables(net: ReluNetwork) -> dict[str, Any]:
    """Return what the page needs to assign levels; ``core/levels.js`` says what the entries are."""
    t = lookup_tables(net)
    patterns, faces = (np.array(list(product(range(base), repeat=net.n_samples)))[..., None] for base in (2, 3))
    return {
        "patternOf": base64_of(t.pattern(patterns)),
        "faceOf": base64_of(t.face(faces)),
        "fit": base64_of(t.fit),
        "sides": t.fit.shape[0],
        "outputs": t.outputs.tolist(),
        "configurations": [[list(y.as_integer_ratio()) for y in row] for row in configurations(net)],
        "levelOf": t.level_of.tolist(),
        "minimal": base64_of(t.minimal),
        "faces": t.minimal.shape[1] - 1,
        "scale": t.scale,
        "levelTolerance": LEVEL_TOLERANCE,
        "kinkTolerance": KINK_TOLERANCE,
    }


def zero_cells(net: ReluNetwork) -> list[list[list[int]]]:
    """Return closed cells that together contain all zeros of the loss: per unit its signs and its output sign."""
    return [[[*side.signs, side.output] for side in cell] for cell in zero_faces(net)]


def base64_of(values: ArrayLike) -> str:
    """Return whole numbers from -128 to 127, one byte each, as base64 text; raise ValueError for others."""
    given = np.asarray(values)
    found = given.astype(np.int8)
    if (wrong := given[found != given]).size:
        raise ValueError(f"numbers of a table must be whole and from -128 to 127; got {wrong[0]}")
    return base64.b64encode(found.tobytes()).decode()
