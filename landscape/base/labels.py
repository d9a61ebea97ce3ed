"""Results with names on every axis: what tables and xarray Datasets are made from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from landscape.base.results import Result, Settings, declared_arrays

LAYERS = ("W1", "b1", "W2", "b2")

_MODEL = re.compile(r"(\d+)-(\d+)-1 ")


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


class Labelled(Result):
    """A result whose axes have names and coordinates: one that can be had as an xarray Dataset and as a table."""

    ROWS: ClassVar[tuple[str, ...]]
    """The dimensions that the rows of a table run over, the last one fastest."""

    def labels(self) -> Labels:
        """Return this result with names on every axis."""
        found, how = dict(_variables(self)), dict(self._settings())
        if isinstance(plane := getattr(self, "plane", None), Result):
            found |= _variables(plane)
            how |= {f"plane_{key}": value for key, value in getattr(plane, "settings", {}).items()}
        sizes = {axis: n for v in found.values() for axis, n in zip(v.axes, np.shape(v.values), strict=True)}
        coordinates = {axis: found.get(axis) or self._coordinate(axis, n) for axis, n in sizes.items()}
        variables = {name: variable for name, variable in found.items() if name not in coordinates}
        return Labels(coordinates, variables, self.ROWS, how)

    def _settings(self) -> Settings:
        return getattr(self, "settings", {})

    def _coordinate(self, axis: str, size: int) -> Variable:
        """Return the coordinate of a dimension that no field is the coordinate of."""
        if axis == "parameter":
            return Variable((axis,), parameter_names(size, self._settings()), "parameter, in Keras order", "")
        return Variable((axis,), np.arange(size), f"number of the {axis}")

    def to_xarray(self) -> Any:
        """Return this result as an :class:`xarray.Dataset`; needs the extra ``xarray``.

        Dimensions have coordinates, the parameters by name in Keras order; variables say in ``long_name`` and
        ``units`` what they are; seeds and settings are attributes. The values are copies.
        """
        try:
            import xarray
        except ImportError:
            raise ImportError("to_xarray needs xarray, which is not installed; pip install xarray") from None
        found = self.labels()
        named = {name: (v.axes, np.array(v.values), _attributes(v)) for name, v in found.variables.items()}
        where = {name: (v.axes, np.array(v.values), _attributes(v)) for name, v in found.coordinates.items()}
        # netCDF attributes have no truth values.
        how = {key: int(value) if isinstance(value, bool) else value for key, value in found.attributes.items()}
        return xarray.Dataset(named, where, {"result": type(self).__name__, **how})


def _variables(result: Result) -> Iterator[tuple[str, Variable]]:
    """Yield every array of a result by its name."""
    for name, declared in declared_arrays(type(result)):
        axes = tuple(map(str, declared.dims))
        yield name, Variable(axes, getattr(result, name), declared.meaning, declared.unit)


def _attributes(variable: Variable) -> dict[str, str]:
    return {"long_name": variable.meaning} | ({"units": variable.units} if variable.units else {})
