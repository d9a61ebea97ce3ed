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
from landscape.training.trajectories import Trajectories


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
    theta: NDArray[Any] = trajectories.theta.astype(np.float64)
    finite = np.isfinite(theta).all(axis=-1)
    if finite.all():
        found = _project(net, theta, plane)
    else:
        found = {name: np.full(theta.shape[:2], np.nan) for name in ("alpha", "beta", "distance", "loss_in_plane")}
        found |= {"loss": trajectories.loss.astype(np.float64), "share": np.zeros(len(theta))}
        for run, own in enumerate(finite):
            for name, values in _project(net, theta[run, own][None], plane).items():
                found[name][run, ... if name == "share" else own] = values[0]
    return Projection(step=trajectories.step, plane=plane, settings=trajectories.settings, **found)


def _project(net: Objective, theta: Array, plane: Plane) -> dict[str, Array]:
    """Return the fields of a projection of paths (k, r, n), all finite."""
    alpha, beta = plane.coordinates(theta)
    distance = plane.residual(theta)
    # The start is subtracted before the mean, since the mean of equal numbers may differ from them in the last bit.
    offset = theta - theta[:, :1]
    centred = offset - offset.mean(axis=1, keepdims=True)
    centred /= norms.magnitude(centred.reshape(len(centred), -1))[:, None, None]  # its square is finite
    outside = Plane(np.zeros(net.n_parameters), plane.d1, plane.d2).residual(centred)
    total = np.sum(centred**2, axis=(1, 2))
    is_constant = total == 0
    share = np.clip(1.0 - np.sum(outside**2, axis=1) / np.where(is_constant, 1.0, total), 0.0, 1.0)
    size = np.maximum(np.abs(theta).max(axis=(1, 2)), np.abs(plane.origin).max())
    share = np.where(is_constant, distance.max(axis=1) <= 1e-12 * size, share)
    loss, in_plane = net.loss(theta), net.loss(plane.point(alpha, beta))
    return {"alpha": alpha, "beta": beta, "distance": distance, "share": share, "loss": loss, "loss_in_plane": in_plane}


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
    own = slice(run, run + 1)
    alone = replace(trajectories, theta=trajectories.theta[own], loss=trajectories.loss[own])
    points = alone.theta[0, np.isfinite(alone.theta[0]).all(axis=-1)]
    return project(net, alone, principal_plane(points, origin=points[-1]))
