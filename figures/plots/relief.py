"""A surface as a 3-D terrain, with paths and marks whose hidden parts are drawn differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import to_rgba
from matplotlib.markers import MarkerStyle
from mpl_toolkits.mplot3d import Axes3D
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
from mpl_toolkits.mplot3d.proj3d import proj_transform
from numpy.typing import ArrayLike, NDArray

from figures.output.latex_snippets import label_text
from figures.plots.colorbar import colorbar_beside
from figures.plots.contour import label_axes, thinned_with_special
from figures.plots.terrain.mesh import Mesh, cells_around, cut_mesh, special_pieces
from figures.plots.terrain.occlusion import constant_sections, densify, eye_of, height_at, is_seen
from figures.style.height_scale import HeightScale
from figures.style.loss_scales import loss_cmap, root_label
from figures.style.palette import LevelStyle, clipped, styles_of
from figures.style.quantities import loss_label, quantity
from figures.style.special_values import Special, counts_of, special_colors, special_legend, special_masks
from figures.style.style_sheets import background_color, halo, path_style, point_marker, text_color
from figures.style.tick_labels import set_tick_labels
from landscape import Plane, Projection, Surface
from landscape.base import checks
from landscape.base.arrays import Array

Path = ArrayLike | tuple[Array, Array]
Paths = Projection | tuple[Array, Array] | Sequence[Projection | Path]


@dataclass(frozen=True)
class Mark:
    """A point of the plane to be marked on the terrain: filled if visible, hollow if hidden.

    The default ``marker`` is that of the style; a marker without a face, such as "x", is thick if visible, thin if
    hidden. ``label`` is written next to it, shifted by ``offset`` (right, up) in points. ``is_open`` draws only the
    outline of a visible marker, on the colour of the background: for a start, or a point that only stands for another.
    """

    alpha: float
    beta: float
    marker: str | None = None
    label: str = ""
    offset: tuple[float, float] = (5.0, 3.0)
    is_open: bool = False


def plot_relief(
    surface: Surface,
    *,
    ax: Axes3D | None = None,
    metric: str | None = None,
    view: tuple[float, float] | None = None,
    paths: Paths = (),
    points: Sequence[Mark] = (),
    marks: Mapping[Fraction, LevelStyle] | None = None,
    height: str | None = None,
    floor: float | None = None,
    ceiling: float | None = None,
    ticks: Mapping[float, str] | None = None,
    nodes: int = 81,
    colorbar: bool = False,
) -> Axes3D:
    """Draw ``surface`` as a terrain; return the Axes.

    Cells around a loss that is infinite lie flat at the ceiling, those around one that is not a number flat at the
    floor; losses below 0, which have no root or logarithm, are drawn at the floor. All have colours and patterns of
    their own, which a legend names and counts.

    Visibility is computed for the view at the time of drawing: set the view here, or on ``ax`` before the call.

    Parameters
    ----------
    surface : Surface
    ax : mplot3d Axes, optional
        Default: a new figure.
    metric : str, optional
        Name of the metric to draw instead of the loss. Its height is linear.
    view : (elev, azim) in degrees, optional
        Default: the current view of ``ax``.
    paths : Projection, or what ``plane.coordinates`` returns for a path, or a sequence of these
        A path is drawn on the terrain, solid where visible and dotted where hidden; outside the grid it has a gap.
        A path may also be an array of shape (m, 2) with the columns alpha and beta. Where a run leaves to infinity, the
        path of its projection ends.
    points : sequence of Mark
    marks : mapping from level to its style, optional
        Exact levels, drawn as contour lines in their own colours where visible; all of them are solid,
        since dotted means hidden here.
    height : {"power", "log", "linear"}, optional
        Quantity drawn as height, see :data:`figures.style.height_scale.HEIGHTS`; by default "power". The tick labels
        of the z axis are losses in each case; its label says if the height is a root.
    floor : float, optional
        Lower losses are drawn at the height of this one; must be given, and above 0, for "log". Default: 0.
    ceiling : float, optional
        Higher losses are cut off: the cut is flat, grey and outlined, and the top tick reads "≥".
        Default: the highest loss, so that nothing is cut off.
    ticks : mapping from loss to label, optional
    nodes : int
        Maximum number of nodes along each axis of the mesh; a finer surface is thinned, the ends are kept.
    colorbar : bool
        Whether to add a colour bar, labelled with the name of the loss or the metric. Its colours are those without
        the shading; the direction of the colours is that of :func:`figures.plot_contour`.

    Raises
    ------
    ValueError
        For an unknown height, an invalid floor or ceiling, fewer than 2 x 2 points, or a mark outside the grid.
    """
    checks.instance("surface", surface, Surface, "evaluate_plane")
    if ax is not None and not hasattr(ax, "get_proj"):
        raise TypeError(f"ax must be 3-D axes, made by add_subplot(projection='3d'); got {type(ax).__name__}")
    if view is not None and np.shape(view) != (2,):
        raise ValueError(f"view must be (elevation, azimuth) in degrees; got {view!r}")
    values, label, scale = _drawn(surface, metric, height, floor, ceiling)
    if min(surface.loss.shape) < 2:
        raise ValueError(f"surface must have at least 2 x 2 points; got {surface.loss.shape}, evaluate a finer grid")
    checks.count("nodes", nodes, least=2)
    masks = special_masks(values, may_be_negative=metric is not None)
    x, y, loss, thin_masks = thinned_with_special(surface, masks, nodes, values)
    uncut, z = scale.uncut(loss), scale.height(loss)
    flat_at = {Special.INFINITE: scale.top, Special.NAN: scale.bottom}
    for kind in flat_at.keys() & thin_masks.keys():
        z[thin_masks[kind]] = flat_at[kind]
    areas = cells_around(thin_masks)
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.figure().add_subplot(projection="3d", box_aspect=(1, 1, 0.75))
    if view is not None:
        ax.view_init(*view)
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), zlim=(scale.bottom, scale.top))
    ground = cut_mesh(x, y, np.where(np.isnan(uncut), z, uncut), scale.top, left_out=areas)
    _draw_mesh(ax, ground, scale, list(special_pieces(x, y, z, areas, flat_at)))
    _label(ax, surface.plane, scale, ticks, label_text(label))
    terrain = _Terrain(ax, x, y, z, thin_masks.get(Special.NAN))
    for level, style in styles_of(marks or {}).items():
        if scale.floor < level < scale.ceiling:
            height_of_level = float(scale.height(float(level)))
            terrain.contour(uncut, height_of_level, color=style.color, linewidth=1.0, gid=f"level {level}")
    if scale.cuts:
        terrain.contour(uncut, scale.top, color=text_color(), linewidth=0.6, gid="cut")
    special_legend(ax, counts_of(masks), surface.loss.size)
    reach = 100.0 * max(np.abs(x).max(), np.abs(y).max())  # a run may leave to infinity
    for i, path in enumerate(_each_path(paths, reach)):
        terrain.path(path, color=f"C{i}")
    for point in points:
        terrain.mark(point)
    if colorbar:
        colorbar_beside(ax, ScalarMappable(scale.norm(), loss_cmap()), label, scale.ticks(ticks), higher=scale.cuts)
    return ax


def _each_path(paths: Any, reach: float) -> Iterator[Array]:
    """Yield the coordinates (m, 2) of each path; points of a projection beyond ``reach`` are left out."""
    if isinstance(paths, Projection):
        for path in np.stack([paths.alpha, paths.beta], axis=-1):
            yield path[(np.abs(path) <= reach).all(axis=1)]
    elif _are_coordinates(paths):
        yield from checks.real_array("path", np.stack(paths, axis=-1)).reshape(-1, paths[0].shape[-1], 2)
    elif isinstance(paths, np.ndarray) and paths.ndim == 2:
        yield checks.real_array("path", paths)
    elif not isinstance(paths, Iterable):
        raise TypeError(f"paths must be a Projection, made by project, or coordinates; got {type(paths).__name__}")
    else:
        for path in paths:
            if isinstance(path, Projection) or _are_coordinates(path):
                yield from _each_path(path, reach)
            else:
                yield checks.real_array("path", path)


def _are_coordinates(given: Any) -> bool:
    """Return whether these are (alpha, beta) of one path or of several, as ``plane.coordinates`` returns them."""
    if not (isinstance(given, tuple) and len(given) == 2 and all(isinstance(part, np.ndarray) for part in given)):
        return False
    alpha, beta = given
    return bool(alpha.shape == beta.shape and (alpha.ndim == 1 or (alpha.ndim == 2 and alpha.shape[1] != 2)))


def _drawn(
    surface: Surface, metric: str | None, height: str | None, floor: float | None, ceiling: float | None
) -> tuple[Array, str, HeightScale]:
    """Return the values to draw, what they are called, and the scale of their height."""
    if metric is None:
        scale = HeightScale.of(surface.loss, height or "power", floor, ceiling)
        label = loss_label(surface.settings)
        return surface.loss, root_label(label) if scale.kind == "power" else label, scale
    drawn = quantity(surface, metric, None, ceiling)
    floor = drawn.low if floor is None else floor
    return drawn.values, drawn.label, HeightScale.linear(drawn.values, floor, drawn.high)


class _Terrain:
    """The terrain as drawn; draws contours, paths and marks on it."""

    def __init__(self, ax: Axes3D, x: Array, y: Array, z: Array, unknown: NDArray[np.bool_] | None) -> None:
        self.ax, self.x, self.y, self.z, self.unknown = ax, x, y, z, unknown
        self.eye = eye_of(ax.get_proj())

    def on_terrain(self, points: Array) -> Array:
        """Return points (m, 2) with their height as third coordinate (m, 3), NaN outside the grid."""
        return np.column_stack([points, height_at(self.x, self.y, self.z, *points.T)])

    def sections(self, line: Array) -> Iterator[tuple[Array, bool]]:
        """Yield the sections (k, 3) of a line (m, 3), each with whether it is visible."""
        for part, visible in constant_sections(is_seen(line, self.x, self.y, self.z, self.eye)):
            yield line[part], visible

    def contour(self, uncut: Array, height: float, **style: Any) -> None:
        """Draw the visible parts of the contour at ``height`` of the heights before the cut, ``uncut``."""
        from contourpy import contour_generator

        for line in contour_generator(self.x, self.y, np.ma.masked_invalid(uncut)).lines(height):
            flat = np.asarray(line)
            for section, visible in self.sections(np.column_stack([flat, np.full(len(flat), height)])):
                if visible:
                    self.ax.plot(*section.T, zorder=10, **style)

    def path(self, points: Array, color: str) -> None:
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"path must have shape (m, 2), columns alpha and beta; got {points.shape}")
        cell = np.array([np.ptp(self.x) / self.x.size, np.ptp(self.y) / self.y.size])
        points_3d = self.on_terrain(densify(points, cell / 3))
        seen = {"linestyle": "-", "path_effects": halo(mpl.rcParams["lines.linewidth"] + 1.0), **path_style()}
        on_grid = np.isfinite(points_3d[:, 2])
        if self.unknown is not None:  # the path has a gap there, too
            on_grid &= ~(height_at(self.x, self.y, self.unknown, *points_3d[:, :2].T) > 0)
        for part, inside in constant_sections(on_grid):
            if not inside:
                continue
            for section, visible in self.sections(points_3d[part][on_grid[part]]):
                style = seen if visible else {"linestyle": ":"}
                gid = "path seen" if visible else "path hidden"
                self.ax.plot(*section.T, color=color, zorder=20, gid=gid, **style)

    def mark(self, mark: Mark) -> None:
        points_3d = self.on_terrain(np.array([[mark.alpha, mark.beta]]))
        if np.isnan(points_3d[0, 2]):
            raise ValueError(f"mark must lie on the grid; got ({mark.alpha:g}, {mark.beta:g}), evaluate a wider one")
        ((point, visible),) = self.sections(points_3d)
        marker = mark.marker or point_marker()
        style: dict[str, Any] = {
            "markerfacecolor": text_color() if visible else "none",
            "markeredgecolor": background_color() if visible else text_color(),
            "markeredgewidth": 0.6,
        }
        if mark.is_open and visible:
            style = {
                "markerfacecolor": background_color(),
                "markeredgecolor": text_color(),
                "markeredgewidth": 1.0,
            }
        if not MarkerStyle(marker).is_filled():
            style = {"markeredgecolor": text_color(), "markeredgewidth": 1.4 if visible else 0.6}
            style["path_effects"] = halo(2.5) if visible else []
        self.ax.plot(
            *point.T,
            linestyle="none",
            marker=marker,
            markersize=1.6 * mpl.rcParams["lines.markersize"],
            zorder=30,
            gid="mark seen" if visible else "mark hidden",
            **style,
        )
        if mark.label:
            x, y, _ = proj_transform(*point[0], self.ax.get_proj())
            note = self.ax.annotate(label_text(mark.label), (x, y), mark.offset, textcoords="offset points", zorder=31)
            note.set(path_effects=halo(1.6), gid="label")


def _draw_mesh(ax: Axes3D, mesh: Mesh, scale: HeightScale, pieces: Sequence[tuple[Array, Special, bool]]) -> None:
    """Draw the mesh, coloured by height and shaded by a light; the cut is grey, and special values have their pattern.

    All are one collection, since matplotlib sorts by depth only within one.
    """
    fraction = (mesh.height - scale.bottom) / (scale.top - scale.bottom)
    color = loss_cmap()(fraction)
    color[mesh.cut] = to_rgba(clipped())
    color[:, :3] *= mesh.brightness[:, None]
    color = np.array([*color, *(to_rgba(special_colors(kind)[is_pattern]) for _, kind, is_pattern in pieces)])
    polygons = [*mesh.polygons, *(corners for corners, _, _ in pieces)]
    collection = Poly3DCollection(_padded(polygons), facecolors=color, edgecolors=color, linewidths=0.2)
    collection.set(rasterized=True, gid="ground")
    ax.add_collection3d(collection, autolim=False)


def _padded(polygons: Sequence[Array]) -> Array:
    """Return polygons (k, corners, 3), padded by their last corner; matplotlib would pad with uninitialized values."""
    corners = max(map(len, polygons))
    return np.array([np.concatenate([p, np.repeat(p[-1:], corners - len(p), axis=0)]) for p in polygons])


def _label(ax: Axes3D, plane: Plane, scale: HeightScale, ticks: Mapping[float, str] | None, label: str) -> None:
    shown = scale.ticks(ticks)
    labels = map(label_text, shown.values())
    set_tick_labels(ax.zaxis, dict(zip(scale.height(list(shown)).tolist(), labels, strict=True)))
    label_axes(ax, plane)
    if not ax.get_zlabel():
        ax.set_zlabel(label)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color(background_color())
