"""Trajectories seen on a plane, and how much of the truth that view keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.base import checks
from landscape.base.labels import Labelled, Labels, Variable, numbered
from landscape.base.results import Settings, read_only, settings
from landscape.networks.objective import Objective, require_objective
from landscape.planes.plane import Plane, plane_labels
from landscape.training.trajectories import Trajectories


@dataclass(frozen=True, eq=False, kw_only=True)
class Projection(Labelled):
    """Least-squares projection of k paths of r points onto a plane.

    alpha, beta : ndarrays of shape (k, r)    coordinates of the nearest point of the plane
    distance : ndarray of shape (k, r)    Euclidean distance to the plane
    share : ndarray of shape (k,)    share of each path's variance about its mean that the plane holds
    loss : ndarray of shape (k, r)    true loss along the path
    loss_in_plane : ndarray of shape (k, r)    loss at the projected points, what the picture shows
    step : ndarray of shape (r,), int64
    plane : Plane
    """

    alpha: NDArray[np.float64]
    beta: NDArray[np.float64]
    distance: NDArray[np.float64]
    share: NDArray[np.float64]
    loss: NDArray[np.float64]
    loss_in_plane: NDArray[np.float64]
    step: NDArray[np.int64]
    plane: Plane
    settings: Settings = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("alpha", "beta", "distance", "share", "loss", "loss_in_plane"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        object.__setattr__(self, "step", read_only(self.step, np.int64))
        object.__setattr__(self, "settings", settings(self.settings))

    def labels(self) -> Labels:
        """Return this result with names on every axis."""
        axis, plane, how = plane_labels(self.plane, self.settings)
        along = ("start", "step")
        coordinates = {
            "start": numbered("start", len(self.share), "number of the start"),
            "step": Variable(("step",), self.step, "updates done", "updates"),
            **axis,
        }
        variables = {
            "alpha": Variable(along, self.alpha, "coordinate of the nearest point of the plane along d1", "d1"),
            "beta": Variable(along, self.beta, "coordinate of the nearest point of the plane along d2", "d2"),
            "loss": Variable(along, self.loss, "true loss along the path"),
            "loss_in_plane": Variable(along, self.loss_in_plane, "loss at the nearest point of the plane"),
            "distance": Variable(along, self.distance, "distance to the plane"),
            "share": Variable(("start",), self.share, "share of the path's variance that the plane holds"),
        }
        return Labels(coordinates, {**variables, **plane}, along, how)


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
