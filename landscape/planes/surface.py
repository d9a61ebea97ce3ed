"""Loss along a line (profile) and over a plane (surface)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.base.labels import Labelled
from landscape.base.progress import Progress
from landscape.base.results import Settings, array, make_read_only, member, settings_of
from landscape.networks.objective import Objective, description, require_objective
from landscape.networks.relu import ReluNetwork
from landscape.planes.plane import Plane, require_affordable_grid, require_plane

KERNEL_PAYS_FROM = 250_000
"""Number of grid points from which the compiled kernel is used instead of numpy.

Numpy takes about 0.15 us per point; loading the kernel takes about 0.3 s in a fresh process and 0.01 s in one that
has already trained. The choice depends on the size alone, so that equal calls give identical bytes.
"""
BLOCK = 8192
"""Points passed to ``net.loss`` at once: few enough for the temporaries to stay in the processor's cache."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Surface(Labelled):
    """Loss on a regular grid over a plane."""

    ROWS: ClassVar = ("beta", "alpha")

    alpha: Array = array("alpha", meaning="coordinate along d1", unit="d1", check=checks.axis)
    beta: Array = array("beta", meaning="coordinate along d2", unit="d2", check=checks.axis)
    loss: Array = array("beta", "alpha", meaning="loss")
    plane: Plane = member("the plane")
    settings: Settings = settings_of("description of the objective")


@dataclass(frozen=True, eq=False, kw_only=True)
class Profile(Labelled):
    """Loss along a line."""

    ROWS: ClassVar = ("alpha",)

    alpha: Array = array("alpha", meaning="coordinate along the direction", unit="direction", check=checks.axis)
    loss: Array = array("alpha", meaning="loss")
    origin: Array = array("parameter", meaning="parameters at alpha = 0")
    direction: Array = array("parameter", meaning="direction along alpha")
    settings: Settings = settings_of("description of the objective")


def evaluate_line(
    net: Objective,
    origin: ArrayLike,
    direction: ArrayLike,
    alpha: ArrayLike,
    *,
    progress: Progress | None = None,
) -> Profile:
    """Return the loss at ``origin + alpha * direction``.

    Parameters
    ----------
    net : Objective
    origin, direction : array_like of shape (n,)
    alpha : array_like of shape (n_alpha,), strictly increasing
    progress : callable, optional
        Called repeatedly with (points done, total points).
    """
    require_objective(net)
    origin = checks.vector("origin", origin, net.n_parameters)
    direction = checks.direction("direction", direction, net.n_parameters)
    alpha = checks.axis("alpha", alpha)
    loss = np.empty(alpha.size)
    for i in range(0, alpha.size, BLOCK):
        block = slice(i, min(i + BLOCK, alpha.size))
        loss[block] = net.loss(origin + alpha[block, None] * direction)
        if progress:
            progress(block.stop, alpha.size)
    return Profile(alpha=alpha, loss=loss, origin=origin, direction=direction, settings={"objective": description(net)})


def evaluate_plane(
    net: Objective, plane: Plane, alpha: ArrayLike, beta: ArrayLike, *, progress: Progress | None = None
) -> Surface:
    """Return the loss on the grid ``plane.point(alpha, beta)``.

    Parameters
    ----------
    net : Objective
    plane : Plane
    alpha : array_like of shape (n_alpha,), strictly increasing
    beta : array_like of shape (n_beta,), strictly increasing
    progress : callable, optional
        Called repeatedly with (rows done, total rows).
    """
    require_objective(net)
    require_plane(plane, net.n_parameters)
    alpha, beta = checks.axis("alpha", alpha), checks.axis("beta", beta)
    require_affordable_grid(alpha, beta)
    if isinstance(net, ReluNetwork) and alpha.size * beta.size >= KERNEL_PAYS_FROM:
        from landscape.planes import compiled_grid

        loss = compiled_grid.plane_loss(net, plane, alpha, beta)
        if progress:
            progress(beta.size, beta.size)
    else:
        loss = np.empty((beta.size, alpha.size))
        rows = max(1, BLOCK // alpha.size)
        for i in range(0, beta.size, rows):
            loss[i : i + rows] = net.loss(plane.point(alpha, beta[i : i + rows, None]))
            if progress:
                progress(min(i + rows, beta.size), beta.size)
    return Surface(
        alpha=alpha, beta=beta, loss=make_read_only(loss), plane=plane, settings={"objective": description(net)}
    )
