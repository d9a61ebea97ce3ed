"""Surfaces, basin maps and paths as VTK XML files, which ParaView opens.

The grid of a plane is a structured grid (``.vts``) at (alpha, beta, height); paths projected onto the plane are
polylines (``.vtp``) in the same coordinates, so that both can be shown together. Data are float64 or integers in
base64, little-endian, and the file is valid XML. The position of the plane in parameter space and the settings of
the computation are field data: ``origin``, ``d1``, ``d2`` and ``settings``, the last one as JSON,
where numbers that are not finite are text: ``"nan"``, ``"inf"``, ``"-inf"``.

References
----------
VTK File Formats, section "XML File Formats".
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.analysis.basin_map import BasinMap
from landscape.base import checks
from landscape.base.atomic_files import write_bytes
from landscape.io import json_text
from landscape.planes.paths.projection import Projection
from landscape.planes.surface import Surface

_TYPES = {"f8": "Float64", "i8": "Int64", "i1": "Int8"}


def to_vts(result: Surface | BasinMap, path: str | os.PathLike[str], *, height: ArrayLike | None = None) -> None:
    """Write a surface or a basin map to ``path`` as a VTK structured grid, atomically.

    Parameters
    ----------
    result : Surface or BasinMap
        Point data are ``loss``, or ``level`` (NaN where training ends on none) and ``state``, an index into
        ``landscape.analysis.run_states.State``.
    path : name of the file, which must end in ``.vts`` for ParaView
    height : array_like of shape (n_beta, n_alpha), optional
        Third coordinate of the points. Default: the loss; 0 for a basin map, for which the loss on the same grid
        can be given to show relief. A power or logarithm of the loss makes values near 0 visible.

    Raises
    ------
    TypeError, ValueError
        If ``result`` is of another class, or a height is not finite.
    OSError
        If the file cannot be written; ``path`` is then unchanged.
    """
    shape = _grid_shape(result)
    data: dict[str, NDArray[Any]]
    if isinstance(result, BasinMap):
        data, default = {"level": result.level, "state": result.state}, np.zeros(shape)
    else:
        data, default = {"loss": result.loss}, result.loss
    z = checks.real_array("height", default if height is None else height)
    if z.shape != shape:
        raise ValueError(f"height must have shape (n_beta, n_alpha) = {shape}; got {z.shape}")
    x, y = np.meshgrid(result.alpha, result.beta)
    extent = quoteattr(f"0 {shape[1] - 1} 0 {shape[0] - 1} 0 0")
    piece = [
        f"<Piece Extent={extent}>",
        *_section("PointData", {name: values.ravel() for name, values in data.items()}),
        *_section("Points", {"points": np.stack([x, y, z], axis=-1).reshape(-1, 3)}),
        "</Piece>",
    ]
    _write(path, "StructuredGrid", f" WholeExtent={extent}", result, piece)


def to_vtp(projection: Projection, path: str | os.PathLike[str], *, height: ArrayLike | None = None) -> None:
    """Write paths projected onto a plane to ``path`` as VTK polylines, atomically.

    Parameters
    ----------
    projection : Projection
        Point data are ``step``, ``loss`` (the true one), ``loss_in_plane`` and ``distance`` to the plane; line data
        are ``start``, the index of the path, and ``share``, the share of the path's variance that lies in the plane.
    path : name of the file, which must end in ``.vtp`` for ParaView
    height : array_like of shape (k, r), optional
        Third coordinate of the points. Default: the loss in the plane, so that paths lie on the surface.

    Raises
    ------
    TypeError, ValueError
        If ``projection`` is of another class, or a height is not finite.
    OSError
        If the file cannot be written; ``path`` is then unchanged.
    """
    checks.instance("projection", projection, Projection, "ls.project(net, trajectories, plane)")
    shape = k, r = projection.alpha.shape
    z = checks.real_array("height", projection.loss_in_plane if height is None else height)
    if z.shape != shape:
        raise ValueError(f"height must have shape (starts, records) = {shape}; got {z.shape}")
    points = {
        "step": np.tile(projection.step, k),
        **{name: getattr(projection, name).ravel() for name in ("loss", "loss_in_plane", "distance")},
    }
    place = np.stack([projection.alpha, projection.beta, z], axis=-1).reshape(-1, 3)
    piece = [
        f'<Piece NumberOfPoints="{k * r}" NumberOfVerts="0" NumberOfLines="{k}" NumberOfStrips="0" NumberOfPolys="0">',
        *_section("PointData", points),
        *_section("CellData", {"start": np.arange(k), "share": projection.share}),
        *_section("Points", {"points": place}),
        *_section("Lines", {"connectivity": np.arange(k * r), "offsets": np.arange(1, k + 1) * r}),
        "</Piece>",
    ]
    _write(path, "PolyData", "", projection, piece)


def _grid_shape(result: Surface | BasinMap) -> tuple[int, int]:
    if not isinstance(result, Surface | BasinMap):
        raise TypeError(
            f"result must be a Surface or a BasinMap; got {type(result).__name__}, "
            "use to_vtp for paths on a plane and to_csv for everything else"
        )
    return result.beta.size, result.alpha.size


def _write(
    path: str | os.PathLike[str],
    kind: str,
    attributes: str,
    result: Surface | BasinMap | Projection,
    piece: Iterable[str],
) -> None:
    settings = json_text.finite_json({**result.settings, "plane": result.plane.settings}, sort_keys=True)
    text = " ".join(map(str, [*settings.encode(), 0]))  # a string is its bytes in decimal, terminated by a 0
    lines = [
        '<?xml version="1.0"?>',
        f'<VTKFile type="{kind}" version="1.0" byte_order="LittleEndian" header_type="UInt64">',
        f"<{kind}{attributes}>",
        "<FieldData>",
        *(_array(name, getattr(result.plane, name), tuples=True) for name in ("origin", "d1", "d2")),
        f'<Array type="String" Name="settings" NumberOfTuples="1" format="ascii">{text}</Array>',
        "</FieldData>",
        *piece,
        f"</{kind}>",
        "</VTKFile>",
    ]
    write_bytes(path, ("\n".join(lines) + "\n").encode())


def _section(name: str, arrays: Mapping[str, NDArray[Any]]) -> list[str]:
    return [f"<{name}>", *(_array(key, values) for key, values in arrays.items()), f"</{name}>"]


def _array(name: str, values: NDArray[Any], *, tuples: bool = False) -> str:
    """Return an array of numbers, or of rows of numbers, as an XML element: size in bytes and data, in base64."""
    code = f"{values.dtype.kind}{values.dtype.itemsize}"
    data = np.ascontiguousarray(values, dtype=f"<{code}").tobytes()
    text = base64.b64encode(np.array([len(data)], dtype="<u8").tobytes() + data).decode()
    size = f' NumberOfComponents="{values.shape[1]}"' if values.ndim > 1 else ""
    size += f' NumberOfTuples="{len(values)}"' if tuples else ""
    return f'<DataArray type="{_TYPES[code]}" Name="{name}"{size} format="binary">{text}</DataArray>'
