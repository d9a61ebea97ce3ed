"""Projection of trajectories onto a plane, and how much of their variance the plane captures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.base.labels import Labelled
from landscape.base.norms import may_underflow
from landscape.base.results import Settings, array, member, settings_of
from landscape.networks.objective import Objective, for_many_points
from landscape.planes.directions import principal_plane
from landscape.planes.plane import Plane, require_plane
from landscape.planes.principal_components import BLOCK, is_finite
from landscape.training.trajectories import Trajectories

AT_ONCE = 2**24
"""Numbers in paths that are projected at once; longer paths are projected in parts, in less memory."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Projection(Labelled):
    """Least-squares projection of paths onto a plane."""

    ROWS: ClassVar = ("start", "step")

    alpha: Array = array("start", "step", meaning="coordinate along d1 of the nearest point of the plane", unit="d1")
    beta: Array = array("start", "step", meaning="coordinate along d2 of the nearest point of the plane", unit="d2")
    loss: Array = array("start", "step", meaning="loss along the path itself")
    loss_in_plane: Array = array(
        "start", "step", meaning="loss at the nearest point of the plane, as a plot of the plane shows it"
    )
    distance: Array = array("start", "step", meaning="Euclidean distance to the plane")
    share: Array = array("start", meaning="fraction of the path's variance about its mean that the plane captures")
    step: NDArray[np.int64] = array("step", meaning="number of updates", unit="updates", dtype=np.int64)
    plane: Plane = member("the plane")
    settings: Settings = settings_of("those of the trajectories")

    @property
    def error(self) -> Array:
        """Absolute difference between the loss in the plane and that of the path, shape (k, r)."""
        return np.abs(self.loss - self.loss_in_plane)


@checks.known_arguments
@may_underflow
def project(net: Objective, trajectories: Trajectories, plane: Plane) -> Projection:
    """Return the projection of ``trajectories`` onto ``plane``.

    A path with constant parameters has no variance; its share is 1 if it lies in the plane up to rounding, else 0.
    Where the parameters of a run are no longer finite, everything but the recorded loss is NaN; the share is that of
    the path before.
    """
    net = for_many_points(net)
    checks.instance("trajectories", trajectories, Trajectories, "train")
    require_plane(plane, net.n_parameters)
    theta, finite = trajectories.theta, is_finite(trajectories.theta)
    if finite.all() and theta.size <= AT_ONCE:
        found = _project(net, theta.astype(np.float64), plane)
    else:
        found = {name: np.full(theta.shape[:2], np.nan) for name in ("alpha", "beta", "distance", "loss_in_plane")}
        found |= {"loss": trajectories.loss.astype(np.float64), "share": np.zeros(len(theta))}
        for run, own in enumerate(finite):
            path = theta[run] if own.all() else theta[run, own]
            if path.size <= AT_ONCE:
                fields = _project(net, path[None].astype(np.float64), plane)
            else:
                fields = _project_in_blocks(net, path, plane)
            for name, values in fields.items():
                found[name][run, ... if name == "share" else own] = values[0]
    return Projection(step=trajectories.step, plane=plane, settings=trajectories.settings, **found)


def _project(net: Objective, theta: Array, plane: Plane) -> dict[str, Array]:
    """Return the fields of a projection of paths (k, r, n), all finite."""
    places = _places(net, theta, plane)
    # The start is subtracted before the mean, since the mean of equal numbers may differ from them in the last bit.
    offset = theta - theta[:, :1]
    centred = offset - offset.mean(axis=1, keepdims=True)
    centred /= norms.magnitude(centred.reshape(len(centred), -1))[:, None, None]  # its square is finite
    outside = Plane(np.zeros(net.n_parameters), plane.d1, plane.d2).residual(centred)
    total = np.sum(centred**2, axis=(1, 2))
    is_constant = total == 0
    share = np.clip(1.0 - np.sum(outside**2, axis=1) / np.where(is_constant, 1.0, total), 0.0, 1.0)
    size = np.maximum(np.abs(theta).max(axis=(1, 2)), np.abs(plane.origin).max())
    share = np.where(is_constant, places["distance"].max(axis=1) <= 1e-12 * size, share)
    return {**places, "share": share}


def _project_in_blocks(net: Objective, path: NDArray[Any], plane: Plane) -> dict[str, Array]:
    """Return the fields of a projection of one path (r, n), in memory for a few points beside it."""
    at_once = max(1, BLOCK // path.shape[1])
    blocks = [slice(first, first + at_once) for first in range(0, len(path), at_once)]
    start, total_offset, largest_offset, size = path[0].astype(np.float64), np.zeros(path.shape[1]), 0.0, 0.0
    places = []
    for block in blocks:
        theta = path[block].astype(np.float64)
        places.append(_places(net, theta, plane))
        size = max(size, float(np.abs(theta).max()))
        theta -= start
        total_offset += theta.sum(axis=0)
        largest_offset = max(largest_offset, float(np.abs(theta).max()))
    found = {name: np.concatenate([place[name] for place in places])[None] for name in places[0]}
    if not largest_offset:
        share = float(found["distance"].max() <= 1e-12 * max(size, float(np.abs(plane.origin).max())))
        return {**found, "share": np.array([share])}
    scale, through_zero = norms.magnitude(np.array([largest_offset])), Plane(np.zeros(start.size), plane.d1, plane.d2)
    mean, total, outside = start + total_offset / len(path), 0.0, 0.0
    for block in blocks:
        centred = (path[block] - mean) / scale
        total += float(np.sum(centred**2))
        outside += float(np.sum(through_zero.residual(centred) ** 2))
    return {**found, "share": np.array([np.clip(1.0 - outside / total, 0.0, 1.0)])}


def _places(net: Objective, theta: Array, plane: Plane) -> dict[str, Array]:
    """Return coordinates, distance and losses of points (..., n): arrays (...)."""
    alpha, beta = plane.coordinates(theta)
    distance = plane.residual(theta)
    loss, in_plane = net.loss(theta), net.loss(plane.point(alpha, beta))
    return {"alpha": alpha, "beta": beta, "distance": distance, "loss": loss, "loss_in_plane": in_plane}


def project_on_own_plane(net: Objective, trajectories: Trajectories, run: int = 0) -> Projection:
    """Return one run on its own plane: through its end, along the two principal components of its path.

    Parameters
    ----------
    net : Objective
    trajectories : Trajectories
    run : int
        Index of the run among ``trajectories``.

    Returns
    -------
    Projection
        Of this run alone. ``plane`` is its own plane; what that leaves out is in ``share`` and ``distance``. The end of
        a run that leaves to infinity is its last finite point.

    Raises
    ------
    ValueError
        If the path lies on one line.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape import xor
    >>> net = xor.network()
    >>> path = project_on_own_plane(net, ls.train(net, xor.offset_start(0.3), ls.Adam(1e-2), 300))
    >>> bool(path.distance[0, -1] < 1e-15), bool(0.9 < path.share[0] < 1)
    (True, True)
    """
    checks.instance("trajectories", trajectories, Trajectories, "train")
    count = len(trajectories.theta)
    if not 0 <= checks.count("run", run) < count:
        raise ValueError(f"run must be below {count}, the number of runs; got {run}")
    alone, own = trajectories, slice(run, run + 1)
    if count > 1:
        alone = replace(trajectories, theta=trajectories.theta[own], loss=trajectories.loss[own])
    finite = is_finite(alone.theta[0])
    points = alone.theta[0] if finite.all() else alone.theta[0, finite]
    return project(net, alone, principal_plane(points, origin=points[-1]))
