"""Several runs on one plane: the loss there, the projected paths, and what the plane leaves out of each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.base.progress import Progress
from landscape.base.results import Result, make_read_only, member
from landscape.networks.objective import Objective, require_objective
from landscape.planes.directions import principal_plane_of
from landscape.planes.paths.projection import Projection, project
from landscape.planes.plane import Plane, require_plane
from landscape.planes.principal_components import is_finite
from landscape.planes.surface import Surface, evaluate_plane
from landscape.training import recording
from landscape.training.trajectories import Trajectories

NARROWEST = 0.6
"""Smallest ratio of the lengths of the two axes: a path along one axis shows no surface beside it."""

LARGEST = 1e100
"""Largest parameter at the end of a run: with one that leaves to infinity nothing of the others would be seen."""

Run = Trajectories | str | os.PathLike[str]


@dataclass(frozen=True, eq=False, kw_only=True)
class RunsOnPlane(Result):
    """The loss on a plane, and the paths of runs projected onto it."""

    surface: Surface = member("loss on the plane, over all projected paths")
    projections: tuple[Projection, ...] = member("the projected paths of each of the given Trajectories")
    names: tuple[str, ...] = member("a name for each of them")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.names) != len(self.projections):
            raise ValueError(f"names must be as many as projections, {len(self.projections)}; got {len(self.names)}")

    @property
    def share(self) -> tuple[Array, ...]:
        """Share of the variance of each path that the plane captures, one array per name with a number per run."""
        return tuple(view.share for view in self.projections)

    @property
    def largest_distance(self) -> float:
        """Largest distance of a path to the plane."""
        return max(float(np.nanmax(view.distance)) for view in self.projections)

    @property
    def largest_error(self) -> float:
        """Largest absolute difference between the loss on a path and in the plane below or above it."""
        return max(float(np.nanmax(view.error)) for view in self.projections)

    def _main_numbers(self) -> Iterator[str]:
        shares = (f"{name} {share.min():.1%}" for name, share in zip(self.names, self.share, strict=True))
        yield f"variance in the plane: {', '.join(shares)}"
        yield f"distances up to {self.largest_distance:.2g}, differences of the loss up to {self.largest_error:.2g}"


def runs_on_plane(
    net: Objective,
    runs: Run | Sequence[Run] | Mapping[str, Run],
    *,
    plane: Plane | None = None,
    resolution: int = 25,
    margin: float = 0.15,
    metrics: Sequence[Any] = (),
    progress: Progress | None = None,
) -> RunsOnPlane:
    """Return the loss on one plane with the paths of all runs projected onto it.

    Parameters
    ----------
    net : Objective
    runs : Trajectories, path of a recording, or a list or dict of them
        The keys of a dict are the names. Without them a run has the name of its file or of its optimizer.
    plane : Plane, optional
        Default: along the two principal components of the points of all runs together, through the end of the first.
    resolution : int, at least 2
        Grid points along each axis.
    margin : float, at least 0
        How far the surface reaches beyond the paths on each side, as a fraction of their extent. The shorter axis is at
        least 0.6 times as long as the other.
    metrics, progress
        As for :func:`landscape.evaluate_plane`.

    Returns
    -------
    RunsOnPlane
        Draw it with ``figures.plot_runs``. What the plane leaves out is in ``share``, ``largest_distance`` and
        ``largest_error``.

    Raises
    ------
    ValueError
        If a run has another number of parameters than ``net`` or leaves to infinity, or if all points lie on one line.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape import xor
    >>> net, start = xor.network(), xor.offset_start(0.3)
    >>> optimizers = {"SGD": ls.SGD(0.1), "Adam": ls.Adam(0.01)}
    >>> found = runs_on_plane(net, {name: ls.train(net, start, o, 300) for name, o in optimizers.items()})
    >>> found.surface.loss.shape, found.names, [round(float(share[0]), 2) for share in found.share]
    ((25, 25), ('SGD', 'Adam'), [0.83, 0.99])
    """
    require_objective(net)
    resolution, margin = checks.count("resolution", resolution, least=2), checks.positive("margin", margin, zero=True)
    named = _named(runs)
    for name, run in named.items():
        if (n := run.theta.shape[-1]) != net.n_parameters:
            raise ValueError(f"runs must have {net.n_parameters} parameters, as net has; {name!r} has {n}")
    paths = {name: _finite_points(run) for name, run in named.items()}
    for name, parts in paths.items():
        if (largest := max(float(np.abs(part[-1]).max()) for part in parts)) > LARGEST:
            raise ValueError(
                f"runs must stay below {LARGEST:g} to share a plane; {name!r} reaches {largest:.3g}, omit it"
            )
    if plane is None:
        first, points = next(iter(paths.items()))
        found = principal_plane_of([part for parts in paths.values() for part in parts], points[0][-1])
        plane = Plane(found.origin, found.d1, found.d2, {**found.settings, "origin": f"end of {first}"})
    require_plane(plane, net.n_parameters)
    views = tuple(project(net, run, plane) for run in named.values())
    lengths = plane.norms
    (low_a, high_a), (low_b, high_b) = (_ends([getattr(view, axis) for view in views]) for axis in ("alpha", "beta"))
    longest = max((high_a - low_a) * lengths[0], (high_b - low_b) * lengths[1]) or 1.0
    alpha = _axis(low_a, high_a, NARROWEST * longest / lengths[0], margin, resolution)
    beta = _axis(low_b, high_b, NARROWEST * longest / lengths[1], margin, resolution)
    surface = evaluate_plane(net, plane, alpha, beta, metrics=metrics, progress=progress)
    return RunsOnPlane(surface=surface, projections=views, names=tuple(named))


def _ends(coordinates: Sequence[Array]) -> tuple[float, float]:
    """Return the smallest and the largest coordinate of all paths."""
    return min(float(np.nanmin(values)) for values in coordinates), max(float(np.nanmax(v)) for v in coordinates)


def _axis(low: float, high: float, narrowest: float, margin: float, resolution: int) -> Array:
    """Return coordinates from below ``low`` to above ``high``."""
    beyond = max(high - low, narrowest) * (0.5 + margin) - 0.5 * (high - low)
    return make_read_only(np.linspace(low - beyond, high + beyond, resolution))


def _finite_points(run: Trajectories) -> list[NDArray[Any]]:
    """Return the points of each run of some trajectories, without those that are not finite."""
    finite = is_finite(run.theta)
    return [theta if own.all() else theta[own] for theta, own in zip(run.theta, finite, strict=True)]


def _named(runs: Any) -> dict[str, Trajectories]:
    """Return all runs, loaded, by name."""
    if isinstance(runs, Trajectories | str | os.PathLike):
        runs = [runs]
    if not isinstance(runs, Mapping | Sequence) or not runs:
        raise TypeError(
            "runs must be Trajectories, the path of a recording, or a list or dict of them, not empty; "
            f"got {type(runs).__name__}"
        )
    if isinstance(runs, Mapping):
        return {str(name): _loaded(run) for name, run in runs.items()}
    loaded = [_loaded(run) for run in runs]
    names = [_name(given, run) for given, run in zip(runs, loaded, strict=True)]
    if len(set(names)) < len(names):
        names = [f"run {i + 1}" for i in range(len(names))]
    return dict(zip(names, loaded, strict=True))


def _loaded(run: Any) -> Trajectories:
    if isinstance(run, str | os.PathLike):
        if not Path(run).is_file():
            raise FileNotFoundError(f"{run} is no file; give the name of a recording, or Trajectories")
        return recording.read(run)
    found: Trajectories = checks.instance("runs", run, Trajectories, "train, or loaded from a recording")
    return found


def _name(given: Any, run: Trajectories) -> str:
    """Return the name of a run's file, or of its optimizer."""
    if isinstance(given, str | os.PathLike):
        return Path(given).stem
    return str(run.settings.get("optimizer", "run 1")).partition(",")[0]
