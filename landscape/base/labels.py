"""Results with a name for every axis, from which tables and xarray Datasets are built."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from landscape.base.results import Result, Settings, declared_arrays

LAYERS = ("W1", "b1", "W2", "b2")

_LAYER_SIZES = re.compile(r"(\d+)-(\d+)-1 ")


class Variable(NamedTuple):
    """Values with named axes."""

    axes: tuple[str, ...]
    values: ArrayLike
    meaning: str  # what the values are, for ``long_name``
    units: str = "1"  # 1 for dimensionless numbers, empty for text


class Labels(NamedTuple):
    """A result with a name for every axis."""

    coordinates: Mapping[str, Variable]  # of each axis; they are columns of a table, in this order
    variables: Mapping[str, Variable]
    rows: tuple[str, ...]  # the axes that the rows of a table iterate over, the last one fastest
    attributes: Settings  # seeds and settings


def parameter_names(n: int, settings: Settings) -> tuple[str, ...]:
    """Return names of n parameters in Keras order; ``theta[0]`` and so on unless ``settings`` describe a d-h-1 network.

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
    sizes = _LAYER_SIZES.match(str(model))
    d, h = map(int, sizes.groups()) if sizes else (0, 0)
    if not sizes or n != (d + 2) * h + 1:
        return tuple(f"theta[{i}]" for i in range(n))
    shapes = ((d, h), (h,), (h, 1), (1,))
    layers = np.repeat(LAYERS, [int(np.prod(shape)) for shape in shapes])
    indices = (",".join(map(str, index)) for shape in shapes for index in np.ndindex(shape))
    return tuple(f"{layer}[{index}]" for layer, index in zip(layers, indices, strict=True))


class Labelled(Result):
    """A result whose axes have names and coordinates, so that it converts to an xarray Dataset and to a table."""

    ROWS: ClassVar[tuple[str, ...]]
    """The dimensions that the rows of a table iterate over, the last one fastest."""

    def labels(self) -> Labels:
        """Return this result with a name for every axis."""
        arrays, attributes = dict(_variables(self)), dict(self._settings())
        for name in ("plane", "path"):
            part = getattr(self, name, None)
            if isinstance(part, Result):
                arrays |= _variables(part)
                attributes |= {f"{name}_{key}": value for key, value in getattr(part, "settings", {}).items()}
        sizes = {axis: n for v in arrays.values() for axis, n in zip(v.axes, np.shape(v.values), strict=True)}
        coordinates = {axis: arrays.get(axis) or self._coordinate(axis, n) for axis, n in sizes.items()}
        variables = {name: variable for name, variable in arrays.items() if name not in coordinates}
        return Labels(coordinates, variables, self.ROWS, attributes)

    def _settings(self) -> Settings:
        return getattr(self, "settings", {})

    def _coordinate(self, axis: str, size: int) -> Variable:
        """Return the coordinate of a dimension for which the result has no field."""
        if axis == "parameter":
            return Variable((axis,), parameter_names(size, self._settings()), "parameter, in Keras order", "")
        return Variable((axis,), np.arange(size), f"index of the {axis}")

    def to_xarray(self) -> Any:
        """Return this result as an :class:`xarray.Dataset`; needs the extra ``xarray``.

        Dimensions have coordinates, which are names in Keras order for the parameters; variables are described by
        ``long_name`` and ``units``; seeds and settings are attributes of the Dataset. The values are copies.
        """
        try:
            import xarray
        except ImportError:
            raise ImportError("to_xarray needs xarray, which is not installed; pip install xarray") from None
        labels = self.labels()
        variables = {name: (v.axes, np.array(v.values), _attributes(v)) for name, v in labels.variables.items()}
        coordinates = {name: (v.axes, np.array(v.values), _attributes(v)) for name, v in labels.coordinates.items()}
        # netCDF attributes have no Boolean type.
        settings = {key: int(value) if isinstance(value, bool) else value for key, value in labels.attributes.items()}
        return xarray.Dataset(variables, coordinates, {"result": type(self).__name__, **settings})


def _variables(result: Result) -> Iterator[tuple[str, Variable]]:
    """Yield the name and values of every array that a result has."""
    for name, declared in declared_arrays(type(result)):
        values = getattr(result, name)
        if values is not None:
            yield name, Variable(tuple(map(str, declared.dims)), values, declared.meaning, declared.unit)


def _attributes(variable: Variable) -> dict[str, str]:
    return {"long_name": variable.meaning} | ({"units": variable.units} if variable.units else {})
