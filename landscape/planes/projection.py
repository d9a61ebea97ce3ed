"""Trajectories seen on a plane, and how much of the truth that view keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from landscape.base import checks
from landscape.base.labels import Labelled
from landscape.base.results import Settings, array, member, settings_of
from landscape.networks.objective import Objective, require_objective
from landscape.planes.plane import Plane
from landscape.training.trajectories import Trajectories

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Projection(Labelled):
    """Least-squares projection of paths onto a plane."""

    ROWS: ClassVar = ("start", "step")

    alpha: Array = array("start", "step", meaning="coordinate of the nearest point of the plane along d1", unit="d1")
    beta: Array = array("start", "step", meaning="coordinate of the nearest point of the plane along d2", unit="d2")
    loss: Array = array("start", "step", meaning="true loss along the path")
    loss_in_plane: Array = array(
        "start", "step", meaning="loss at the nearest point of the plane, what a picture shows"
    )
    distance: Array = array("start", "step", meaning="Euclidean distance to the plane")
    share: Array = array("start", meaning="share of the path's variance about its mean that the plane holds")
    step: NDArray[np.int64] = array("step", meaning="updates done", unit="updates", dtype=np.int64)
    plane: Plane = member("the plane")
    settings: Settings = settings_of("as of the trajectories")


def project(net: Objective, trajectories: Trajectories, plane: Plane) -> Projection:
    """Return ``trajectories`` as seen on ``plane``.

    A path of constant parameters has no variance; its share is 1 if it lies in the plane, up to rounding, and 0 if not.
    """
    require_objective(net)
    checks.instance("trajectories", trajectories, Trajectories, "train")
    checks.instance("plane", plane, Plane, "Plane(origin, d1, d2)")
    checks.vector("plane.origin", plane.origin, net.n_parameters)
    theta: NDArray[Any] = trajectories.theta.astype(np.float64)
    alpha, beta = plane.coordinates(theta)
    distance = plane.residual(theta)
    moved = theta - theta[:, :1]  # first, since the mean of equal numbers may differ from them in the last bit
    centred = moved - moved.mean(axis=1, keepdims=True)
    lost = Plane(np.zeros(net.n_parameters), plane.d1, plane.d2).residual(centred)
    total = np.sum(centred**2, axis=(1, 2))
    still = total == 0
    share = np.clip(1.0 - np.sum(lost**2, axis=1) / np.where(still, 1.0, total), 0.0, 1.0)
    size = np.maximum(np.abs(theta).max(axis=(1, 2)), np.abs(plane.origin).max())
    share = np.where(still, distance.max(axis=1) <= 1e-12 * size, share)
    return Projection(
        alpha=alpha,
        beta=beta,
        distance=distance,
        share=share,
        loss=net.loss(theta),
        loss_in_plane=net.loss(plane.point(alpha, beta)),
        step=trajectories.step,
        plane=plane,
        settings=trajectories.settings,
    )
