"""Loss along a line (profile) and over a plane (surface)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.base.labels import Labelled, Labels, Variable
from landscape.base.progress import Progress
from landscape.base.results import Settings, array, make_read_only, member, read_only, settings_of
from landscape.networks.objective import Objective, description, for_many_points
from landscape.planes.evaluation import GridPoints, LinePoints, evaluate
from landscape.planes.plane import Plane, require_plane, require_small_grid


class Evaluated(Labelled):
    """Base class of results with a loss, and metrics in its shape."""

    loss: Array
    metrics: Mapping[str, Array]
    settings: Settings

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
class Surface(Evaluated):
    """Loss on a regular grid over a plane."""

    ROWS: ClassVar = ("beta", "alpha")

    alpha: Array = array("alpha", meaning="coordinate along d1", unit="d1", check=checks.axis)
    beta: Array = array("beta", meaning="coordinate along d2", unit="d2", check=checks.axis)
    loss: Array = array("beta", "alpha", meaning="loss")
    plane: Plane = member("the plane")
    settings: Settings = settings_of("description of the objective")
    metrics: Mapping[str, Array] = member("metrics by name, each in the shape of the loss", default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class Profile(Evaluated):
    """Loss along a line."""

    ROWS: ClassVar = ("alpha",)

    alpha: Array = array("alpha", meaning="coordinate along the direction", unit="direction", check=checks.axis)
    loss: Array = array("alpha", meaning="loss")
    origin: Array = array("parameter", meaning="parameters at alpha = 0")
    direction: Array = array("parameter", meaning="direction along alpha")
    settings: Settings = settings_of("description of the objective")
    metrics: Mapping[str, Array] = member("metrics by name, each in the shape of the loss", default_factory=dict)


@checks.known_arguments
def evaluate_line(
    net: Objective,
    origin: ArrayLike,
    direction: ArrayLike,
    alpha: ArrayLike,
    *,
    metrics: Sequence[Any] = (),
    progress: Progress | None = None,
    executor: Executor | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
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
    executor : concurrent.futures.Executor, optional
        Evaluates pieces of the line; see :func:`landscape.map_tasks`. A Keras model and its data are sent to a worker
        when it first needs them; workers must be started without ``fork``. Default: this process.
    checkpoint : path, optional
        Folder in which finished pieces are stored: a line that was interrupted, even by a kill, resumes where it
        stopped. The same folder may hold pieces of others. It can be deleted once the result has been saved.
    """
    net = for_many_points(net)
    origin = checks.vector("origin", origin, net.n_parameters)
    where = LinePoints(origin, checks.direction("direction", direction, net.n_parameters), checks.axis("alpha", alpha))
    loss, found = evaluate(net, where, metrics, progress=progress, executor=executor, checkpoint=checkpoint)
    settings = {"objective": description(net)}
    return Profile(
        alpha=where.alpha, loss=loss, origin=origin, direction=where.direction, settings=settings, metrics=found
    )


@checks.known_arguments
def evaluate_plane(
    net: Objective,
    plane: Plane,
    alpha: ArrayLike,
    beta: ArrayLike,
    *,
    metrics: Sequence[Any] = (),
    progress: Progress | None = None,
    executor: Executor | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
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
    executor : concurrent.futures.Executor, optional
        Evaluates pieces of the grid; see :func:`landscape.map_tasks`. A Keras model and its data are sent to a worker
        when it first needs them; workers must be started without ``fork``. Default: this process.
    checkpoint : path, optional
        Folder in which finished pieces are stored: a surface that was interrupted, even by a kill, resumes where it
        stopped. The same folder may hold pieces of others. It can be deleted once the result has been saved.

    Notes
    -----
    Who evaluates a piece, and when, does not change the result on machines of one kind.
    """
    net = for_many_points(net)
    require_plane(plane, net.n_parameters)
    alpha, beta = checks.axis("alpha", alpha), checks.axis("beta", beta)
    require_small_grid(alpha, beta)
    loss, found = evaluate(
        net, GridPoints(plane, alpha, beta), metrics, progress=progress, executor=executor, checkpoint=checkpoint
    )
    shape = (beta.size, alpha.size)
    return Surface(
        alpha=alpha,
        beta=beta,
        loss=make_read_only(loss.reshape(shape)),
        plane=plane,
        settings={"objective": description(net)},
        metrics={name: values.reshape(shape) for name, values in found.items()},
    )
