"""Loss along a line (profile) and over a plane (surface)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.base.labels import Labelled, Labels, Variable
from landscape.base.progress import Progress
from landscape.base.results import Settings, array, make_read_only, member, read_only, settings_of
from landscape.networks.objective import Objective, description, require_objective
from landscape.networks.relu import ReluNetwork
from landscape.planes.plane import Plane, require_plane, require_small_grid

KERNEL_PAYS_FROM = 250_000
"""Number of grid points from which the compiled kernel is used instead of numpy.

Numpy takes about 0.15 us per point; loading the kernel takes about 0.3 s in a fresh process and 0.01 s in one that
has already trained. The choice depends on the size alone, so that equal calls give identical bytes.
"""
BLOCK = 8192
"""Points passed to ``net.loss`` at once: few enough for the temporaries to stay in the processor's cache."""


class _Evaluated(Labelled):
    """Base class of results with a loss, and metrics in its shape."""

    loss: Array
    metrics: Mapping[str, Array]

    def __post_init__(self) -> None:
        super().__post_init__()
        metrics = {name: read_only(values) for name, values in self.metrics.items()}
        for name, values in metrics.items():
            if values.shape != self.loss.shape:
                raise ValueError(
                    f"metrics[{name!r}] must have the shape of the loss, {self.loss.shape}; got {values.shape}"
                )
        object.__setattr__(self, "metrics", MappingProxyType(metrics))

    def labels(self) -> Labels:
        """Return this result with names on every axis; a metric with the name of another variable gets a prefix."""
        found = super().labels()
        taken = {*found.variables, *found.coordinates}
        metrics = {
            f"metric_{name}" if name in taken else name: Variable(found.rows, values, f"metric {name}")
            for name, values in self.metrics.items()
        }
        return found._replace(variables={**found.variables, **metrics})


@dataclass(frozen=True, eq=False, kw_only=True)
class Surface(_Evaluated):
    """Loss on a regular grid over a plane."""

    ROWS: ClassVar = ("beta", "alpha")

    alpha: Array = array("alpha", meaning="coordinate along d1", unit="d1", check=checks.axis)
    beta: Array = array("beta", meaning="coordinate along d2", unit="d2", check=checks.axis)
    loss: Array = array("beta", "alpha", meaning="loss")
    plane: Plane = member("the plane")
    settings: Settings = settings_of("description of the objective")
    metrics: Mapping[str, Array] = member("metrics by name, each in the shape of the loss", default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class Profile(_Evaluated):
    """Loss along a line."""

    ROWS: ClassVar = ("alpha",)

    alpha: Array = array("alpha", meaning="coordinate along the direction", unit="direction", check=checks.axis)
    loss: Array = array("alpha", meaning="loss")
    origin: Array = array("parameter", meaning="parameters at alpha = 0")
    direction: Array = array("parameter", meaning="direction along alpha")
    settings: Settings = settings_of("description of the objective")
    metrics: Mapping[str, Array] = member("metrics by name, each in the shape of the loss", default_factory=dict)


def evaluate_line(
    net: Objective,
    origin: ArrayLike,
    direction: ArrayLike,
    alpha: ArrayLike,
    *,
    metrics: Sequence[Any] = (),
    progress: Progress | None = None,
) -> Profile:
    """Return the loss at ``origin + alpha * direction``.

    Parameters
    ----------
    net : Objective
    origin, direction : array_like of shape (n,)
    alpha : array_like of shape (n_alpha,), strictly increasing
    metrics : sequence of str or keras.metrics.Metric, optional
        Evaluated beside the loss, as in ``model.compile``; only for a KerasObjective.
    progress : callable, optional
        Called repeatedly with (points done, total points).
    """
    require_objective(net)
    origin = checks.vector("origin", origin, net.n_parameters)
    direction = checks.direction("direction", direction, net.n_parameters)
    alpha = checks.axis("alpha", alpha)
    if _moves_weights(net, metrics):
        loss, found = _moved(net, (origin, direction), alpha[:, None], metrics, progress)
    else:
        loss, found = np.empty(alpha.size), {}
        for i in range(0, alpha.size, BLOCK):
            block = slice(i, min(i + BLOCK, alpha.size))
            loss[block] = net.loss(origin + alpha[block, None] * direction)
            if progress:
                progress(block.stop, alpha.size)
    settings = {"objective": description(net)}
    return Profile(alpha=alpha, loss=loss, origin=origin, direction=direction, settings=settings, metrics=found)


def evaluate_plane(
    net: Objective,
    plane: Plane,
    alpha: ArrayLike,
    beta: ArrayLike,
    *,
    metrics: Sequence[Any] = (),
    progress: Progress | None = None,
) -> Surface:
    """Return the loss on the grid ``plane.point(alpha, beta)``.

    Parameters
    ----------
    net : Objective
    plane : Plane
    alpha : array_like of shape (n_alpha,), strictly increasing
    beta : array_like of shape (n_beta,), strictly increasing
    metrics : sequence of str or keras.metrics.Metric, optional
        Evaluated beside the loss, as in ``model.compile``; only for a KerasObjective.
    progress : callable, optional
        Called repeatedly with (rows or points done, their total number).
    """
    require_objective(net)
    require_plane(plane, net.n_parameters)
    alpha, beta = checks.axis("alpha", alpha), checks.axis("beta", beta)
    require_small_grid(alpha, beta)
    found: dict[str, Array] = {}
    if _moves_weights(net, metrics):
        points = np.stack(np.meshgrid(alpha, beta), axis=-1)
        loss, found = _moved(net, (plane.origin, plane.d1, plane.d2), points, metrics, progress)
    elif isinstance(net, ReluNetwork) and alpha.size * beta.size >= KERNEL_PAYS_FROM:
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
    settings = {"objective": description(net)}
    return Surface(alpha=alpha, beta=beta, loss=make_read_only(loss), plane=plane, settings=settings, metrics=found)


def _moves_weights(net: Objective, metrics: Sequence[Any]) -> bool:
    """Return whether an objective moves its own weights along vectors, and knows metrics."""
    if isinstance(metrics, str):
        raise TypeError(f"metrics must be a sequence, such as ({metrics!r},); got {metrics!r}")
    moves = hasattr(net, "moved")
    if metrics and not moves:
        raise ValueError(
            f"metrics must be empty, but for a KerasObjective; got {metrics!r} with a {type(net).__name__}"
        )
    return moves


def _moved(
    net: Any, vectors: Sequence[Array], points: Array, metrics: Sequence[Any], progress: Progress | None
) -> tuple[Array, dict[str, Array]]:
    """Return loss and metrics at ``vectors[0] + points @ vectors[1:]``: points (..., 1 or 2) -> arrays (...)."""
    flat = points.reshape(-1, points.shape[-1])
    losses, found = [], []
    for loss, values in net.moved(vectors, flat, metrics):
        losses.append(loss)
        found.append(values)
        if progress:
            progress(sum(map(len, losses)), len(flat))
    shape = points.shape[:-1]
    by_name = {name: np.concatenate([values[name] for values in found]).reshape(shape) for name in found[0]}
    return np.concatenate(losses).reshape(shape), by_name
