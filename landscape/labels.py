"""Results with names on every axis: what tables and xarray Datasets are made from.

A description is drawn up once for each class here; :mod:`landscape.tables` turns it into rows and
:func:`dataset` into an xarray Dataset.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike

from landscape.basins import BasinMap
from landscape.exact import as_text
from landscape.frozen import Labelled, Settings
from landscape.plane import Plane
from landscape.projection import Projection
from landscape.run_outcomes import STATES, Outcomes
from landscape.surface import Profile, Surface
from landscape.training import Trajectories

NO_LEVEL = "on no level"
"""Coordinate of the runs on no level."""
LAYERS = ("W1", "b1", "W2", "b2")

_MODEL = re.compile(r"(\d+)-(\d+)-1 ")
R = TypeVar("R", bound=Labelled)


class Variable(NamedTuple):
    """Values with the names of their axes.

    axes : tuple of str
    values : array_like with as many axes
    meaning : what the values are, for ``long_name``
    units : what they are counted in, ``1`` for plain numbers; none for words
    """

    axes: tuple[str, ...]
    values: ArrayLike
    meaning: str
    units: str = "1"


class Labels(NamedTuple):
    """A result with names on every axis.

    coordinates : name of an axis -> where its entries stand; a table has them as columns in this order
    variables : name -> values
    rows : the axes that the rows of a table run over, the last one fastest
    attributes : seeds and settings
    """

    coordinates: Mapping[str, Variable]
    variables: Mapping[str, Variable]
    rows: tuple[str, ...]
    attributes: Settings


def parameter_names(n: int, settings: Settings) -> tuple[str, ...]:
    """Return names of n parameters in Keras order, ``theta[0]`` and so on where ``settings`` tell no d-h-1 network.

    Examples
    --------
    >>> from landscape import xor
    >>> parameter_names(9, {"objective": xor.network().describe()})[:3]
    ('W1[0,0]', 'W1[0,1]', 'W1[1,0]')
    >>> parameter_names(2, {})
    ('theta[0]', 'theta[1]')
    """
    try:
        model = json.loads(str(settings.get("objective", "")))["model"]
    except (ValueError, TypeError, LookupError):
        model = ""
    found = _MODEL.match(str(model))
    d, h = map(int, found.groups()) if found else (0, 0)
    if n != (d + 2) * h + 1 or not found:
        return tuple(f"theta[{i}]" for i in range(n))
    shapes = ((d, h), (h,), (h, 1), (1,))
    indices = (",".join(map(str, at)) for shape in shapes for at in np.ndindex(shape))
    sizes = [int(np.prod(shape)) for shape in shapes]
    return tuple(f"{layer}[{at}]" for layer, at in zip(np.repeat(LAYERS, sizes), indices, strict=True))


def labels(result: Labelled) -> Labels:
    """Return ``result`` with names on every axis."""
    describe = _DESCRIBE.get(type(result))
    if describe is None:
        known = ", ".join(kind.__name__ for kind in LABELLED)
        raise TypeError(f"result must be one of {known}; got {type(result).__name__}, choose a member of that kind")
    return describe(result)


def dataset(result: Labelled) -> Any:
    """Return ``result`` as an :class:`xarray.Dataset`; see :meth:`landscape.frozen.Labelled.to_xarray`."""
    try:
        import xarray
    except ImportError:
        raise ImportError("to_xarray needs xarray, which is not installed; pip install xarray") from None
    found = labels(result)
    named = {name: (v.axes, np.array(v.values), _attributes(v)) for name, v in found.variables.items()}
    where = {name: (v.axes, np.array(v.values), _attributes(v)) for name, v in found.coordinates.items()}
    # netCDF attributes have no truth values.
    how = {key: int(value) if isinstance(value, bool) else value for key, value in found.attributes.items()}
    return xarray.Dataset(named, where, {"result": type(result).__name__, **how})


def _attributes(variable: Variable) -> dict[str, str]:
    return {"long_name": variable.meaning} | ({"units": variable.units} if variable.units else {})


def _index(name: str, size: int, meaning: str) -> Variable:
    return Variable((name,), np.arange(size), meaning)


def _parameter(n: int, settings: Settings) -> Variable:
    return Variable(("parameter",), parameter_names(n, settings), "parameter, in Keras order", "")


def _plane(plane: Plane, settings: Settings) -> tuple[dict[str, Variable], dict[str, Variable], Settings]:
    """Return the axis, the variables and the attributes that a plane adds to what lies on it."""
    variables = {
        "origin": Variable(("parameter",), plane.origin, "parameters at alpha = beta = 0"),
        "d1": Variable(("parameter",), plane.d1, "direction of alpha"),
        "d2": Variable(("parameter",), plane.d2, "direction of beta"),
    }
    how = {f"plane_{key}": value for key, value in plane.settings.items()}
    return {"parameter": _parameter(plane.origin.size, settings)}, variables, {**settings, **how}


def _grid(result: Surface | BasinMap) -> dict[str, Variable]:
    return {
        "alpha": Variable(("alpha",), result.alpha, "coordinate along d1", "d1"),
        "beta": Variable(("beta",), result.beta, "coordinate along d2", "d2"),
    }


def _surface(surface: Surface) -> Labels:
    axis, plane, how = _plane(surface.plane, surface.settings)
    loss = Variable(("beta", "alpha"), surface.loss, "loss")
    return Labels({**_grid(surface), **axis}, {"loss": loss, **plane}, ("beta", "alpha"), how)


def _basin_map(basins: BasinMap) -> Labels:
    axis, plane, how = _plane(basins.plane, basins.settings)
    grid = ("beta", "alpha")
    variables = {
        "level": Variable(grid, basins.level, "level that training ends on, NaN where on none"),
        "status": Variable(grid, basins.status, "what the run is after the last step", ""),
    }
    return Labels({**_grid(basins), **axis}, {**variables, **plane}, grid, how)


def _profile(profile: Profile) -> Labels:
    alpha = Variable(("alpha",), profile.alpha, "coordinate along the direction", "direction")
    variables = {
        "loss": Variable(("alpha",), profile.loss, "loss"),
        "origin": Variable(("parameter",), profile.origin, "parameters at alpha = 0"),
        "direction": Variable(("parameter",), profile.direction, "direction of alpha"),
    }
    axis = _parameter(profile.origin.size, profile.settings)
    return Labels({"alpha": alpha, "parameter": axis}, variables, ("alpha",), profile.settings)


def _trajectories(runs: Trajectories) -> Labels:
    k, _, n = runs.theta.shape
    coordinates = {
        "start": _index("start", k, "number of the start"),
        "step": Variable(("step",), runs.step, "updates done", "updates"),
        "parameter": _parameter(n, runs.settings),
    }
    variables = {
        "loss": Variable(("start", "step"), runs.loss, "loss"),
        "theta": Variable(("start", "step", "parameter"), runs.theta, "parameters"),
    }
    return Labels(coordinates, variables, ("start", "step"), runs.settings)


def _projection(seen: Projection) -> Labels:
    axis, plane, how = _plane(seen.plane, seen.settings)
    along = ("start", "step")
    coordinates = {
        "start": _index("start", len(seen.share), "number of the start"),
        "step": Variable(("step",), seen.step, "updates done", "updates"),
        **axis,
    }
    variables = {
        "alpha": Variable(along, seen.alpha, "coordinate of the nearest point of the plane along d1", "d1"),
        "beta": Variable(along, seen.beta, "coordinate of the nearest point of the plane along d2", "d2"),
        "loss": Variable(along, seen.loss, "true loss along the path"),
        "loss_in_plane": Variable(along, seen.loss_in_plane, "loss at the nearest point of the plane"),
        "distance": Variable(along, seen.distance, "distance to the plane"),
        "share": Variable(("start",), seen.share, "share of the path's variance that the plane holds"),
    }
    return Labels(coordinates, {**variables, **plane}, along, how)


def _outcomes(found: Outcomes) -> Labels:
    names = [NO_LEVEL if value is None else as_text(value) for value in found.levels]
    values = np.array([np.nan if value is None else float(value) for value in found.levels])
    k, n = found.end.shape
    counted = ("step", "outcome")
    coordinates = {
        "step": Variable(("step",), found.step, "updates done", "updates"),
        "outcome": Variable(("outcome",), names, "level, as an exact fraction", ""),
        "start": _index("start", k, "number of the start"),
        "parameter": _parameter(n, found.settings),
    }
    low, high = np.moveaxis(found.interval_at, -1, 0)
    variables = {
        "count": Variable(counted, found.counts_at, "runs of the outcome", "runs"),
        "fraction": Variable(counted, found.fractions_at, "share of the runs"),
        "low": Variable(counted, low, "lower end of the Wilson 95 % interval of the share"),
        "high": Variable(counted, high, "upper end of the Wilson 95 % interval of the share"),
        "level": Variable(("start",), values[found.level], "level at the end, NaN where on none"),
        "state": Variable(("start",), np.array(STATES)[found.state], "what the run is at the end", ""),
        "proven": Variable(("start",), found.proven, "update by which the end was proven, -1 if not", "updates"),
        "end": Variable(("start", "parameter"), found.end, "parameters at the end"),
        "loss": Variable(("start",), found.loss, "loss at the end"),
    }
    return Labels(coordinates, variables, counted, found.settings)


def _of(function: Callable[[R], Labels]) -> Callable[[Labelled], Labels]:
    """Return ``function`` as one of any result: the table below calls it for its own class only."""
    return cast(Callable[[Labelled], Labels], function)


_DESCRIBE: Mapping[type[Labelled], Callable[[Labelled], Labels]] = {
    Surface: _of(_surface),
    Profile: _of(_profile),
    Trajectories: _of(_trajectories),
    Projection: _of(_projection),
    BasinMap: _of(_basin_map),
    Outcomes: _of(_outcomes),
}
LABELLED = tuple(_DESCRIBE)
"""The classes of results whose axes have names."""
