"""The zero-loss set around the textbook optimum, computed exactly in planes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.lecture.settings import FigureSettings, GridPoints, HighCeiling, Kinks
from figures.output.step_builds import appears
from figures.plots.contour import plot_contour
from figures.plots.kinks import FINE, kinks_in_words, plot_kinks
from figures.plots.profile import plot_profile, thin_ticks
from figures.plots.trajectories import mark_point
from figures.style.loss_bar import loss_bar
from figures.style.loss_scales import beyond_in_words
from figures.style.palette import LevelStyle, level_styles
from figures.style.style_sheets import background_color, text_color
from landscape import Bundle, Plane, xor
from landscape.networks.objective import loss_scale

TITLE = "The sheet of solutions"
QUESTION = "Is the minimum a point?"
SIZES = ("full", "half")
BUILD = {"full": ("two biases moved: one zero", "another pair: a valley of zeros", "unit 1 scaled: a curve of zeros")}

Array = NDArray[np.float64]


class Settings(FigureSettings):
    """What a recipe can set: the range of the planes, and the points of the orbit that the straight cut connects."""

    reach: float = Field(1.0, ge=1e-3, le=10, description="largest shift of a bias that is drawn")
    factor: float = Field(2.0, gt=1, le=10, description="unit 1 is scaled by 1/factor .. factor")
    ceiling: HighCeiling | None = Field(None, gt=0, le=1e6, description="loss at which the colours end; 1/2 by default")
    points: GridPoints = 161
    kinks: Kinks = True


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return three planes through the optimum with all their zeros, lines in them, and the dimension of the set."""
    net, theta = xor.network(), xor.TEXTBOOK
    axis = np.linspace(-settings.reach, settings.reach, settings.points)
    biases = ls.coordinate_plane(net, theta, "b1[0]", "b1[1]")
    valley = ls.coordinate_plane(net, theta, "b1[0]", "b2[0]")
    zeros = {name: tuple(ls.zeros_in_plane(net, p, axis, axis)) for name, p in (("point", biases), ("ray", valley))}
    (ray,) = zeros["ray"]
    along = ls.direction_between(valley.point(*ray[0]), valley.point(*ray[1])) / (ray[1, 0] - ray[0, 0])

    scaling = scaling_plane(net, theta, 0)
    weight = float(net.unpack(theta).W2[0])
    widest = 1.5 * settings.factor
    orbit = scaling_orbit(weight, widest, settings.points)
    between = scaling_orbit(weight, settings.factor, settings.points)
    start, end = scaling.point(*between[[0, -1]].T)
    scales = np.linspace(0.0, widest, settings.points)
    share = np.linspace(0.0, 1.0, settings.points)
    cells = ls.solved_cells(net, theta)
    generators = np.stack([scaling_generator(net, theta, u) for u in range(net.hidden)])
    planes = {"point": (biases, axis, axis), "ray": (valley, axis, axis), "scaling": (scaling, scales, weight * scales)}
    lines = {name: ls.kink_lines(net, *view) if settings.kinks else None for name, view in planes.items()}
    return Bundle(
        point=ls.evaluate_plane(net, biases, axis, axis),
        point_zeros=zeros["point"],
        point_lines=tuple(ls.evaluate_line(net, theta, d, axis) for d in (biases.d1, biases.d2)),
        ray=ls.evaluate_plane(net, valley, axis, axis),
        ray_zeros=zeros["ray"],
        ray_line=ls.evaluate_line(net, theta, along, axis),
        scaling=ls.evaluate_plane(net, scaling, scales, weight * scales),
        orbit=orbit,
        point_kinks=lines["point"],
        ray_kinks=lines["ray"],
        scaling_kinks=lines["scaling"],
        between=between,
        between_loss=net.loss(scaling.point(*between.T)),
        chord=ls.evaluate_line(net, start, ls.direction_between(start, end), share),
        dimensions=tuple(sorted({cell.dimension for cell in cells})),
        n_cells=len(cells),
        n_parameters=net.n_parameters,
        orbit_dimension=int(np.linalg.matrix_rank(generators)),
        autodiff_rank=int(np.linalg.matrix_rank(net.hessian(theta), hermitian=True)),
        levels=tuple(level.value for level in ls.stationary_levels(net)),
        ceiling=settings.ceiling or loss_scale(net),
        **settings.model_dump(exclude={"ceiling", "kinks"}),
    )


def scaling_plane(net: ls.ReluNetwork, theta: Array, unit: int) -> Plane:
    """Return the plane of (a, v): a scales the unit's incoming weights and bias, and v is its outgoing weight."""
    d, h = net.n_inputs, net.hidden
    own = slice(unit, (d + 1) * h, h)  # the column of W1 and the entry of b1 that follows it
    incoming, outgoing = np.zeros(net.n_parameters), np.zeros(net.n_parameters)
    incoming[own] = theta[own]
    outgoing[(d + 1) * h + unit] = 1.0
    return Plane(np.where((incoming != 0) | (outgoing != 0), 0.0, theta), incoming, outgoing, {"directions": "scaling"})


def scaling_orbit(weight: float, factor: float, points: int) -> Array:
    """Return (a, v) with a v = ``weight`` for a = 1/factor .. factor: the outputs are the same at all of them."""
    a = np.geomspace(1 / factor, factor, points)
    return np.column_stack([a, weight / a])


def scaling_generator(net: ls.ReluNetwork, theta: Array, unit: int) -> Array:
    """Return the derivative by a of (a w, a b, v / a) at a = 1: the tangent of the unit's scaling orbit."""
    plane = scaling_plane(net, theta, unit)
    return np.asarray(plane.d1 - plane.d2 * (plane.d2 @ theta))


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw three planes above the loss along lines in them; at half size only the valley."""
    looks = {v: look for v, look in level_styles(result.levels).items() if v is not None}
    what = f"Zero loss near $\\theta^*$: a set of dimension {_either(result.dimensions)}"
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


def _either(numbers: tuple[int, ...]) -> str:
    return " or ".join(map(str, numbers))


def _plane(axes: Axes, result: Bundle, name: str, looks: dict[Fraction, LevelStyle]) -> None:
    """Draw a coordinate plane through the optimum with all its zeros."""
    pieces = result[f"{name}_zeros"]
    plot_contour(result[name], ax=axes, ceiling=result.ceiling, marks=looks)
    _kinks(axes, result[f"{name}_kinks"])
    for piece in pieces:
        _zero_line(axes, piece, looks)
        if len(piece) > 1:
            _label_zeros(axes, piece)
    mark_point(axes, 0.0, 0.0)
    axes.set_title(_in_words(pieces))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))


def _kinks(axes: Axes, lines: ls.KinkLines | None) -> None:
    if lines is not None:
        plot_kinks(lines, ax=axes, **FINE)


def _in_words(pieces: tuple[Array, ...]) -> str:
    """Return, in words, what the zeros in a plane are."""
    if len(pieces) == 1 and len(pieces[0]) <= 2:
        return ("one zero", "a ray of zeros")[len(pieces[0]) - 1]
    return f"{len(pieces)} pieces of zeros"


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
    text.set_path_effects([patheffects.withStroke(linewidth=2.0, foreground=background_color())])


def _zero_line(axes: Axes, corners: Array, looks: dict[Fraction, LevelStyle]) -> None:
    halo = [patheffects.withStroke(linewidth=4.5, foreground=background_color())]
    style = {"linewidth": 2.5} if len(corners) > 1 else {"marker": ".", "markersize": 10}
    axes.plot(*corners.T, color=looks[Fraction(0)].color, path_effects=halo, **style)


def _orbit(axes: Axes, result: Bundle, looks: dict[Fraction, LevelStyle]) -> None:
    """Draw the plane of the scaling of unit 1, its orbit, and the straight cut between two points of the orbit."""
    plot_contour(result.scaling, ax=axes, ceiling=result.ceiling, marks=looks)
    _kinks(axes, result.scaling_kinks)
    _zero_line(axes, result.orbit, looks)
    halo = [patheffects.withStroke(linewidth=2.5, foreground=background_color())]
    axes.plot(
        *result.between[[0, -1]].T, color=text_color(), linestyle="--", marker=".", linewidth=1.0, path_effects=halo
    )
    mark_point(axes, 1.0, result.scaling.plane.d2 @ xor.TEXTBOOK, offset=(-14, -9))
    axes.set(xlabel="factor on $W_1[{:},0]$, $b_1[0]$", ylabel="$W_2[0,0]$", title="scaling unit 1: a curve")
    axes.set(xlim=(0, None), ylim=(0, None))


def _lines(axes: NDArray[np.object_], result: Bundle, looks: dict[Fraction, LevelStyle]) -> None:
    """Draw the loss along lines in the three planes, in the same order."""
    scale = {"ceiling": result.ceiling, "marks": looks}
    first, second = result.point_lines
    plot_profile(first, ax=axes[0], color="C0", **scale)
    plot_profile(second, ax=axes[0], color="C3", linestyle="--", **scale)
    plot_profile(result.ray_line, ax=axes[1], color=text_color(), **scale)
    plot_profile(result.chord, ax=axes[2], color=text_color(), linestyle="--", **scale)
    zero = {"color": looks[Fraction(0)].color, "linewidth": 2.5, "clip_on": False}
    line, (ray,) = result.ray_line, result.ray_zeros
    flat = (line.alpha >= ray[0, 0]) & (line.alpha <= ray[1, 0])
    axes[1].plot(line.alpha[flat], line.loss[flat], **zero)
    axes[2].plot(result.chord.alpha, result.between_loss, **zero)
    names = ("$b_1[0]$ solid, $b_1[1]$ dashed", "shift along the ray", "share of the way")
    for ax, label in zip(axes, names, strict=True):
        ax.set_xlim(*ax.lines[0].get_xdata()[[0, -1]])
        thin_ticks(ax, result.levels, result.ceiling)
        ax.set_xlabel(label)
        if ax is not axes[0]:
            ax.set_ylabel("")
            ax.tick_params(labelleft=False)


def caption(result: Bundle, size: str = "full") -> str:
    """Return the caption of the figure in that size."""
    (zero,), (ray,) = result.point_zeros, result.ray_zeros
    surfaces, profiles = [result.ray], []
    if size == "full":
        surfaces += [result.point, result.scaling]
        profiles = [*result.point_lines, result.ray_line, result.chord]
    drawn = [result.ray_kinks, *([result.point_kinks, result.scaling_kinks] if size == "full" else [])]
    kinks = "" if result.ray_kinks is None else f" {kinks_in_words(*drawn)}"
    rest = "the rest is not a matter of scale" if result.orbit_dimension < min(result.dimensions) else "which is all"
    valley = (
        f"{_in_words(result.ray_zeros)}, a flat valley that starts at ({ray[0, 0]:g}, {ray[0, 1]:g}) and is drawn to "
        f"({ray[1, 0]:g}, {ray[1, 1]:g}). "
    )
    panels = (
        f"Left: two biases moved; {_in_words(result.point_zeros)}, at ({zero[0, 0]:g}, {zero[0, 1]:g}), in a bowl. "
        f"Middle: another pair; {valley}"
        "Right: unit 1's incoming weights and bias times a, its outgoing weight divided by a; such scalings of all "
        f"units make up {result.orbit_dimension} of the dimensions, {rest}. "
        f"From a = {result.between[0, 0]:.3g} to {result.between[-1, 0]:.3g} the loss is at most "
        f"{result.between_loss.max():.1g} along the orbit (blue) and up to {result.chord.loss.max():.3g} along the "
        "straight cut (dashed). Below: the loss along lines in these planes. "
    )
    return (
        "No: the textbook optimum (x) is one point of a sheet of solutions. "
        f"{result.n_cells} activation cells hold solutions arbitrarily close to it, in each a set of dimension "
        f"{_either(result.dimensions)} in the {result.n_parameters} parameters, by the exact rank of the outputs' "
        f"Jacobian; automatic differentiation sees one of the cells, with a Hessian of rank {result.autodiff_rank}. "
        f"Blue: loss 0{'; on the first two planes' if size == 'full' else ','} these are all such points, found in "
        "rational arithmetic. "
        f"{panels if size == 'full' else f'Two biases moved: {valley}'}Heights and colours follow the root of "
        f"the loss (float64); lines at {', '.join(map(str, result.levels[1:]))}, the losses of the traps, where "
        f"training gets stuck{beyond_in_words(result.ceiling, surfaces, profiles)}.{kinks}"
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    valley = f"a valley floor of loss 0, {_in_words(result.ray_zeros)}, runs diagonally from the optimum to the edge."
    if size == "half":
        return f"A contour plot of the loss over the first hidden bias and the output bias: {valley}"
    return (
        "Three contour plots of the loss through the textbook optimum. Left, over the two hidden biases: a bowl with "
        f"{_in_words(result.point_zeros)} in its middle. Middle, over the first hidden bias and the output bias: "
        f"{valley} Right, over the scale of unit 1 and its outgoing weight: a curved valley with a hyperbola of zeros. "
        "Profiles below: a V; falling to 0 and staying there; and 0 along the hyperbola but up to "
        f"{result.chord.loss.max():.3g} on the straight cut."
    )
