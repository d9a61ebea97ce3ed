"""The zero-loss set around the textbook optimum, computed exactly in planes."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption
from figures.lecture.phrases import any_of, beyond_ceiling, kinks_explained, traps_listed, units_of
from figures.lecture.settings import FigureSettings, GridPoints, HighCeiling, Kinks
from figures.output.step_builds import appears
from figures.plots.contour import plot_contour
from figures.plots.kinks import outline_style, plot_kinks
from figures.plots.profile import plot_profile, thin_ticks
from figures.plots.trajectories import mark_point
from figures.style.loss_scales import THETA_STAR, loss_bar
from figures.style.palette import LevelStyle, level_styles
from figures.style.style_sheets import halo, text_color
from landscape import Bundle, xor
from landscape.base.arrays import Array
from landscape.networks.objective import loss_scale

TITLE = "The sheet of solutions"
QUESTION = "Is the minimum a point?"
SIZES = ("full", "half")
BUILD = {"full": ("two biases moved: one zero", "another pair: a valley of zeros", "unit 1 scaled: a curve of zeros")}


KINK: dict[str, Any] = {"rotation": 90, "ha": "right", "va": "top"}
"""How the kink line through the optimum is labelled."""


class Settings(FigureSettings):
    """What a recipe can set: the range of the planes, and the points of the orbit that the straight cut connects."""

    reach: float = Field(1.0, ge=1e-3, le=10, description="largest shift of a bias that is drawn")
    factor: float = Field(2.0, gt=1, le=10, description="unit 1 is scaled by 1/factor .. factor")
    ceiling: HighCeiling | None = Field(None, description="loss at which the colours end; 1/2 by default")
    points: GridPoints = 161
    kinks: Kinks = True


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return three planes through the optimum with all their zeros, lines in them, and the dimension of the set."""
    net, theta = xor.network(), xor.TEXTBOOK
    axis = np.linspace(-settings.reach, settings.reach, settings.points)
    biases = ls.coordinate_plane(net, theta, "b1[0]", "b1[1]")
    valley = ls.coordinate_plane(net, theta, "b1[0]", "b2[0]")
    (point,) = ls.zeros_in_plane(net, biases, axis, axis)
    (ray,) = ls.zeros_in_plane(net, valley, axis, axis)
    along = ls.direction_between(valley.point(*ray[0]), valley.point(*ray[1])) / (ray[1, 0] - ray[0, 0])

    scaling = ls.scaling_plane(net, theta, 0)
    weight = float(net.unpack(theta).W2[0])
    widest = 1.5 * settings.factor
    orbit = _orbit_points(weight, widest, settings.points)
    between = _orbit_points(weight, settings.factor, settings.points)
    between_loss = net.loss(scaling.point(*between.T))
    start, end = scaling.point(*between[[0, -1]].T)
    scales = np.linspace(0.0, widest, settings.points)
    chord = ls.evaluate_line(net, start, ls.direction_between(start, end), np.linspace(0.0, 1.0, settings.points))
    cells = ls.solved_cells(net, theta)
    scalings = np.stack([ls.scaling_direction(net, theta, u) for u in range(net.hidden)])
    planes = {"point": (biases, axis, axis), "ray": (valley, axis, axis), "scaling": (scaling, scales, weight * scales)}
    lines = {name: ls.kink_lines(net, *view) for name, view in planes.items()} if settings.kinks else {}
    return Bundle(
        point=ls.evaluate_plane(net, biases, axis, axis),
        point_zeros=point,
        point_lines=tuple(ls.evaluate_line(net, theta, d, axis) for d in (biases.d1, biases.d2)),
        ray=ls.evaluate_plane(net, valley, axis, axis),
        ray_zeros=ray,
        ray_line=ls.evaluate_line(net, theta, along, axis),
        scaling=ls.evaluate_plane(net, scaling, scales, weight * scales),
        orbit=orbit,
        point_kinks=lines.get("point"),
        ray_kinks=lines.get("ray"),
        scaling_kinks=lines.get("scaling"),
        kink_units=Bundle(full=units_of(lines.values()), half=units_of([lines["ray"]])) if lines else None,
        between=between,
        between_loss=between_loss,
        between_highest=float(between_loss.max()),
        chord=chord,
        chord_highest=float(chord.loss.max()),
        dimensions=tuple(sorted({cell.dimension for cell in cells})),
        n_cells=len(cells),
        n_parameters=net.n_parameters,
        orbit_dimension=int(np.linalg.matrix_rank(scalings)),
        autodiff_rank=int(np.linalg.matrix_rank(net.hessian(theta), hermitian=True)),
        levels=tuple(level.value for level in ls.stationary_levels(net)),
        ceiling=settings.ceiling or loss_scale(net),
        **settings.model_dump(exclude={"ceiling", "kinks"}),
    )


def _orbit_points(weight: float, factor: float, points: int) -> Array:
    """Return (a, v) with a v = ``weight`` for a = 1/factor .. factor: the outputs are the same at all of them."""
    a = np.geomspace(1 / factor, factor, points)
    return np.column_stack([a, weight / a])


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw three planes above the loss along lines in them; at half size only the valley."""
    looks = {v: look for v, look in level_styles(result.levels).items() if v is not None}
    what = Caption(f"Zero loss near {THETA_STAR}: a set of dimension {any_of(result, 'dimensions')}", result)
    if size == "half":
        figure.suptitle(what)
        axes = figure.subplots()
        _plane(axes, result, "ray", looks)
        loss_bar(figure, [axes], result.levels, result.ceiling)
        return
    appears(figure.suptitle(f"{what} in the {result.n_parameters} parameters"), 3)
    axes = figure.subplots(2, 3, height_ratios=(1.7, 1.0))
    _plane(axes[0, 0], result, "point", looks)
    _plane(axes[0, 1], result, "ray", looks)
    _orbit(axes[0, 2], result, looks)
    _lines(axes[1], result, looks)
    for column in range(1, axes.shape[1]):
        appears(axes[:, column], column + 1)
    loss_bar(figure, axes.ravel().tolist(), result.levels, result.ceiling)


def _plane(axes: Axes, result: Bundle, name: str, looks: dict[Fraction, LevelStyle]) -> None:
    """Draw a coordinate plane through the optimum with all its zeros."""
    zeros = result[f"{name}_zeros"]
    plot_contour(result[name], ax=axes, ceiling=result.ceiling, marks=looks)
    _kinks(axes, result[f"{name}_kinks"])
    _zero_line(axes, zeros, looks)
    if len(zeros) > 1:
        _label_zeros(axes, zeros)
        if result.kink_units:
            axes.annotate(
                "kink",
                (0.0, 1.0),
                (-3, -3),
                axes.get_xaxis_transform(),
                "offset points",
                path_effects=halo(2.0),
                **KINK,
            )
    mark_point(axes, 0.0, 0.0)
    axes.set_title("a ray of zeros" if len(zeros) > 1 else "one zero")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))


def _kinks(axes: Axes, lines: ls.KinkLines | None) -> None:
    if lines is not None:
        plot_kinks(lines, ax=axes, **outline_style())


def _label_zeros(axes: Axes, corners: Array) -> None:
    """Label a line of zeros at its middle, in its direction."""
    middle, (right, up) = corners.mean(axis=0), corners[-1] - corners[0]
    angle = (np.degrees(np.arctan2(up, right)) + 90.0) % 180.0 - 90.0
    text = axes.annotate(
        "loss 0",
        middle,
        ha="center",
        va="bottom",
        rotation=angle,
        rotation_mode="anchor",
        transform_rotates_text=True,
    )
    text.set_path_effects(halo(2.0))


def _zero_line(axes: Axes, corners: Array, looks: dict[Fraction, LevelStyle]) -> None:
    style = {"linewidth": 2.5} if len(corners) > 1 else {"marker": ".", "markersize": 10}
    axes.plot(*corners.T, color=looks[Fraction(0)].color, path_effects=halo(4.5), **style)


def _orbit(axes: Axes, result: Bundle, looks: dict[Fraction, LevelStyle]) -> None:
    """Draw the plane of the scaling of unit 1, its orbit, and the straight cut between two points of the orbit."""
    plot_contour(result.scaling, ax=axes, ceiling=result.ceiling, marks=looks)
    _kinks(axes, result.scaling_kinks)
    _zero_line(axes, result.orbit, looks)
    axes.plot(
        *result.between[[0, -1]].T,
        color=text_color(),
        linestyle="--",
        marker=".",
        linewidth=1.0,
        path_effects=halo(2.5),
    )
    mark_point(axes, 1.0, result.scaling.plane.d2 @ xor.TEXTBOOK, offset=(-14, -9))
    axes.set(xlabel="factor on weights, bias of unit 1", ylabel="its output weight", title="scaling unit 1: a curve")
    axes.set(xlim=(0, None), ylim=(0, None))


def _lines(axes: NDArray[np.object_], result: Bundle, looks: dict[Fraction, LevelStyle]) -> None:
    """Draw the loss along lines in the three planes, in the same order."""
    scale: dict[str, Any] = {"scale": "linear", "ceiling": result.ceiling, "marks": looks}
    first, second = result.point_lines
    plot_profile(first, ax=axes[0], color=text_color(), **scale)
    plot_profile(second, ax=axes[0], color=text_color(), linestyle="--", **scale)
    plot_profile(result.ray_line, ax=axes[1], color=text_color(), **scale)
    plot_profile(result.chord, ax=axes[2], color=text_color(), linestyle="--", **scale)
    zero = {"color": looks[Fraction(0)].color, "linewidth": 2.5, "clip_on": False}
    line, ray = result.ray_line, result.ray_zeros
    flat = (line.alpha >= ray[0, 0]) & (line.alpha <= ray[1, 0])
    axes[1].plot(line.alpha[flat], line.loss[flat], **zero)
    axes[2].plot(result.chord.alpha, result.between_loss, **zero)
    names = ("shift: unit 1 solid, 2 dashed", "shift along the ray", "fraction of the path")
    for ax, label in zip(axes, names, strict=True):
        ax.set(xlim=ax.lines[0].get_xdata()[[0, -1]], ylim=(0.0, result.ceiling))
        thin_ticks(ax, result.levels, result.ceiling)
        ax.set_xlabel(label)
        if ax is not axes[0]:
            ax.set_ylabel("")
            ax.tick_params(labelleft=False)


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    return Caption(
        "No: the textbook weights are one point of a whole sheet of solutions, of dimension {dimension}.",
        result,
        dimension=any_of(result, "dimensions"),
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    surfaces, profiles = [result.ray], []
    panels = "Moved: the biases of unit 1 and of the output"
    if size == "full":
        surfaces += [result.point, result.scaling]
        profiles = [*result.point_lines, result.ray_line, result.chord]
        panels = (
            "Left: both hidden biases moved. Middle: those of unit 1 and the output. Right: unit 1 scaled, its output "
            "weight scaled inversely. Below: the loss along lines in these planes"
        )
    return Caption(
        "The loss around the textbook weights (x); blue: loss 0. {panels}{beyond}. {kinks}",
        result,
        panels=panels,
        beyond=beyond_ceiling(result, "ceiling", surfaces, profiles),
        kinks=kinks_explained(result, f"kink_units.{size}") if result.kink_units else "",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return how the zeros were found, and the numbers along the lines."""
    panels = (
        "On the first two planes, blue marks all zeros: one at ({point_zeros[0][0]:g}, {point_zeros[0][1]:g}) where "
        "both hidden biases move, {valley}, where the biases of unit 1 and of the output move; found in rational "
        "arithmetic.\nThird plane: unit 1's incoming weights and bias times a, outgoing weight divided by a; such "
        "rescalings of both units account for {orbit_dimension} of the dimensions, {rest}. From a = "
        "{between[0][0]:.3g} to {between[-1][0]:.3g} the loss is at most {between_highest:.1g} on this curve and up "
        "to {chord_highest:.3g} on the straight line."
    )
    return Caption(
        "{n_cells} activation regions hold solutions arbitrarily close to the textbook optimum, each a set of "
        "dimension {dimension} in the {n_parameters} parameters (exact rank of the outputs' Jacobian); automatic "
        "differentiation sees one of them, with a Hessian of rank {autodiff_rank}.\n{panels}\nColours: square root of "
        "the loss (float64); coloured lines: {traps}.",
        result,
        dimension=any_of(result, "dimensions"),
        panels=panels if size == "full" else "Blue: all zeros on this plane, {valley}; found in rational arithmetic.",
        valley="a ray of zeros, a flat valley from ({ray_zeros[0][0]:g}, {ray_zeros[0][1]:g}), shown to "
        "({ray_zeros[1][0]:g}, {ray_zeros[1][1]:g})",
        rest="not for the others" if result.orbit_dimension < min(result.dimensions) else "all of them",
        traps=traps_listed(result),
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    valley = "a valley floor of loss 0, a ray of zeros, runs diagonally from the optimum to the edge."
    if size == "half":
        return f"A contour plot of the loss over the first hidden bias and the output bias: {valley}"
    return (
        "Three contour plots of the loss through the textbook optimum. Left, over the two hidden biases: a bowl with "
        "one zero in its middle. Middle, over the first hidden bias and the output bias: "
        f"{valley} Right, over the scale of unit 1 and its outgoing weight: a curved valley with a hyperbola of zeros. "
        "Profiles below: a bowl; falling to 0 and staying there; and 0 along the hyperbola but up to "
        f"{result.chord_highest:.3g} on the straight line."
    )
