"""The loss surface as a 3-D terrain, with a path of Adam on it."""

import itertools
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox
from mpl_toolkits.mplot3d.proj3d import proj_transform
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption
from figures.lecture.phrases import beyond_ceiling, bias_rule, frozen_listed
from figures.lecture.settings import BiasRule, Directions, FigureSettings, HighCeiling, Reach, Seed, SmallLearningRate
from figures.output.step_builds import appearing, appears, entries
from figures.plots.contour import axis_label
from figures.plots.relief import Mark, plot_relief
from figures.style.loss_scales import THETA_STAR, label_colorbar, loss_ticks, mappable, root_norm
from figures.style.palette import clipped, level_styles
from figures.style.style_sheets import View, background_color, path_style, text_color, views
from landscape import Bundle, Surface, xor

TITLE = "Relief"
QUESTION = "How does the surface look as terrain, and where does Adam's path run on it?"
SIZES = ("full", "half")
BUILD = {
    "full": ("the terrain at the optimum", "that of the plane of Adam's path", "the path"),
    "half": ("the terrain", "Adam's path"),
}

NEAREST: dict[str, Any] = {"marker": "X", "is_open": True}
"""Mark of the point nearest to the textbook weights where they are off the plane: the outline of their own cross."""


class Settings(FigureSettings):
    """What a recipe can set: the plane at the optimum, the run, and the views of both."""

    directions: Directions = Field("filter-normalized", description="of the first plane")
    bias: BiasRule = "joint"
    seed: Seed = Field(5, description="of the two random directions")
    run_seed: Seed = Field(1, description="of the start of the run")
    sigma: float = Field(
        0.5, gt=0, le=100, description="standard deviation of every parameter of the start about the optimum"
    )
    learning_rate: SmallLearningRate = 1e-3
    steps: int = Field(10_000, ge=2, le=1_000_000, description="updates of the run")
    grid: int = Field(81, ge=3, le=2001, description="points along each axis")
    reach: Reach = Field(1.6, description="half-width of the first plane over its automatic range")
    margin: float = Field(2.2, gt=1, le=100, description="width of the second plane over the extent of the path")
    ceiling: HighCeiling = Field(4.0, description="loss at which the terrain is cut off")
    view: View | None = Field(
        None, description="elevation and azimuth of the first terrain, in degrees; default: the style's"
    )
    path_view: View | None = Field(None, description="the same of the terrain with the path")


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return both surfaces, the run on the plane of its own principal components, and what the caption quotes."""
    net = xor.network()
    normalize = settings.directions == "filter-normalized"
    rng = np.random.default_rng(settings.seed)
    plane = ls.random_plane(net, xor.TEXTBOOK, rng=rng, normalize=normalize, bias=settings.bias)
    half = settings.reach * ls.automatic_range(net, plane)
    axis = np.linspace(-half, half, settings.grid)
    start = ls.perturbed_starts(xor.TEXTBOOK, settings.sigma, 1, rng=np.random.default_rng(settings.run_seed))
    adam = ls.Adam(learning_rate=settings.learning_rate)
    run = ls.train(net, start, adam, settings.steps, record_every=max(1, settings.steps // 1000), progress=progress)
    seen = ls.project_on_own_plane(net, run)
    box = np.array([[seen.alpha.min(), seen.alpha.max()], [seen.beta.min(), seen.beta.max()]])
    width = settings.margin * np.ptp(box, axis=1).max() * np.array([-0.5, 0.5])
    alpha, beta = (middle + np.linspace(width[0], width[1], settings.grid) for middle in box.mean(axis=1))
    foot = [float(x) for x in seen.plane.coordinates(xor.TEXTBOOK)]
    return Bundle(
        surface=ls.evaluate_plane(net, plane, axis, axis),
        path_surface=ls.evaluate_plane(net, seen.plane, alpha, beta),
        path=seen,
        greatest_distance=float(seen.distance.max()),
        greatest_gap=float(seen.error.max()),
        optimizer=run.settings["optimizer"],
        dtype=run.settings["dtype"],
        levels=tuple(level.value for level in ls.stationary_levels(net)),
        frozen=tuple(name for name, still in zip(net.parameter_names, plane.frozen, strict=True) if still),
        end_to_textbook=float(np.linalg.norm(run.end[0] - xor.TEXTBOOK)),
        textbook_to_plane=float(seen.plane.residual(xor.TEXTBOOK)),
        textbook_at=tuple(foot),
        textbook_is_shown=bool(alpha[0] <= foot[0] <= alpha[-1] and beta[0] <= foot[1] <= beta[-1]),
        **settings.model_dump(),
    )


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the plane at the optimum beside that of the path; at half size only the latter."""
    figure.set_layout_engine("none")  # it misjudges the extent of 3-D axes
    panes = {"full": [(0.01, 0.45), (0.45, 0.89)], "half": [(0.02, 0.79)]}[size]
    bottom, top = (0.16, 0.92) if size == "full" else (0.2, 0.91)
    first, second = views()
    if size == "full":
        optimum = Mark(0.0, 0.0, label=THETA_STAR)
        pane = Bbox([[panes[0][0], bottom], [panes[0][1], top]])
        _terrain(figure, pane, result, result.surface, result.view or first, points=[optimum])
        _title(figure, pane, f"{result.directions} directions".capitalize() + f" at {THETA_STAR}")
    pane = Bbox([[panes[-1][0], bottom], [panes[-1][1], top]])
    path = np.column_stack([result.path.alpha[0], result.path.beta[0]])
    ends = [
        Mark(path[0, 0], path[0, 1], marker="o", label="start", is_open=True),
        Mark(path[-1, 0], path[-1, 1], marker="o", label="end", offset=(-5.0, -11.0)),
    ]
    if result.textbook_is_shown:
        alpha, beta = result.textbook_at
        ends.append(Mark(alpha, beta, **NEAREST))
    steps = len(BUILD[size])
    with appearing(figure, steps - 1):
        _terrain(figure, pane, result, result.path_surface, result.path_view or second, points=ends, paths=[path])
        _title(figure, pane, "The plane of Adam's own path")
    on_it = ("path seen", "path hidden", "mark seen", "mark hidden", "label")
    appears([part for part in figure.axes[-1].get_children() if part.get_gid() in on_it], steps)
    _color_bar(result, figure, (panes[-1][1] + 0.025, bottom + 0.15, 0.022, 0.6 * (top - bottom)))
    handles = _legend(result, figure)
    legend = figure.legend(handles=handles, loc="lower center", ncols=3 if size == "full" else 2, borderaxespad=0.3)
    appears(entries(legend, "Adam's path", "behind a hill", "end, ", "nearest to "), steps)


def _color_bar(result: Bundle, figure: Figure, place: tuple[float, float, float, float]) -> None:
    """Add the colour bar of both terrains at a place of the figure (left, bottom, width, height)."""
    is_cut = any(part.get_gid() == "cut" for axes in figure.axes for part in axes.lines)
    extend = "max" if is_cut else "neither"
    bar = figure.colorbar(mappable(root_norm(result.ceiling)), cax=figure.add_axes(place), extend=extend)
    label_colorbar(bar, loss_ticks((result.levels[0], result.levels[-1]), result.ceiling, (1.0, result.ceiling)))


def _terrain(figure: Figure, pane: Bbox, result: Bundle, surface: Surface, view: View, **drawn: Any) -> None:
    """Draw one terrain into a pane of the figure, on the scale that both share."""
    # A steep view foreshortens the height.
    tall = 0.75 * max(1.0, np.cos(np.radians(40.0)) / np.cos(np.radians(view[0])))
    box = (1.0, 1.0, min(tall, 1.3))
    axes: Any = figure.add_axes((pane.x0, pane.y0, pane.width, pane.height), projection="3d", box_aspect=box)
    plane = surface.plane
    axes.set_xlabel(axis_label(plane, "d1", r"\alpha", plane.norms[0]), labelpad=-4)
    axes.set_ylabel(axis_label(plane, "d2", r"\beta", plane.norms[1]), labelpad=-4)
    axes.tick_params(pad=-3)
    for axis, values in ((axes.xaxis, surface.alpha), (axes.yaxis, surface.beta)):
        axis.set_ticks(_inner_ticks(values[0], values[-1]))
    worst = result.levels[-1]
    plot_relief(
        surface,
        ax=axes,
        view=view,
        ceiling=result.ceiling,
        ticks=loss_ticks((result.levels[0], worst), result.ceiling, (1.0, result.ceiling)),
        marks={worst: level_styles(result.levels)[worst]},
        **drawn,
    )
    axes.zaxis.labelpad = -8
    _fit(axes, pane)


def _inner_ticks(low: float, high: float) -> NDArray[np.float64]:
    """Return round ticks away from the corners, where the labels of two axes meet."""
    ticks, room = np.asarray(MaxNLocator(4).tick_values(low, high)), 0.12 * (high - low)
    return np.asarray(ticks[(ticks >= low + room) & (ticks <= high - room)])


def _fit(axes: Any, pane: Bbox) -> None:
    """Make 3-D axes as large as their pane allows, labels included, and centre them in it."""
    figure = axes.get_figure()
    target = pane.transformed(figure.transFigure)
    corners = list(itertools.product(axes.get_xlim(), axes.get_ylim(), axes.get_zlim()))
    for _ in range(4):  # labels do not scale with the box, so the size is found by iteration
        axes.apply_aspect()
        axes.M = axes.get_proj()
        flat = np.column_stack(proj_transform(*np.transpose(corners), axes.M)[:2])
        box = Bbox.null()
        box.update_from_data_xy(axes.transData.transform(flat), ignore=True)
        reach = Bbox.union([box, *(axis.get_tightbbox() for axis in (axes.xaxis, axes.yaxis, axes.zaxis))])
        grow = min(target.width / reach.width, target.height / reach.height)
        old = axes.get_position(original=True).transformed(figure.transFigure)
        centre = np.add(old.min, old.max) / 2
        shift = np.add(target.min, target.max) / 2 - centre - grow * (np.add(reach.min, reach.max) / 2 - centre)
        half = grow * np.array([old.width, old.height]) / 2
        new = Bbox([centre + shift - half, centre + shift + half])
        axes.set_position(new.transformed(figure.transFigure.inverted()))
    axes.apply_aspect()


def _title(figure: Figure, pane: Bbox, text: str) -> None:
    figure.text((pane.x0 + pane.x1) / 2, 0.98, text, ha="center", va="top", size=mpl.rcParams["axes.titlesize"])


def _legend(result: Bundle, figure: Figure) -> list[Line2D | Patch]:
    """Return a legend entry for each kind of line and surface in the figure."""
    drawn = {line.get_gid() for axes in figure.axes for line in axes.lines}
    worst = result.levels[-1]
    look = level_styles(result.levels)[worst]
    entries: list[Line2D | Patch] = [Line2D([], [], color=look.color, label=f"loss {worst}, highest trap")]
    if "path seen" in drawn:
        entries.append(Line2D([], [], color="C0", label="Adam's path", **(path_style() | {"markevery": None})))
        point: dict[str, Any] = {"linestyle": "none", "color": text_color(), "markersize": 5}
        name = f"end, {result.end_to_textbook:.2f} from {THETA_STAR}"
        entries.append(Line2D([], [], marker="o", label=name, **point))
        if result.textbook_is_shown:
            name = f"nearest to {THETA_STAR}, {result.textbook_to_plane:.2f} off"
            outline = {"marker": NEAREST["marker"], "markerfacecolor": background_color(), "markeredgewidth": 0.8}
            entries.append(Line2D([], [], label=name, **(point | outline)))
    if "path hidden" in drawn:
        entries.append(Line2D([], [], color="C0", linestyle=":", label="behind a hill"))
    if "cut" in drawn:
        entries.append(Patch(color=clipped(), label=f"cut at {result.ceiling:g}"))
    return entries


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    return Caption("Adam runs down a valley and ends {end_to_textbook:.2g} away from the textbook weights.", result)


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    both = size == "full"
    at_optimum = "Left: around the textbook weights (cross, loss 0), on a random plane. Right: "
    return Caption(
        "The loss as terrain; height and colour: its square root. {at_optimum}{path} of Adam's own path, start "
        "hollow, end filled{foot}. Line: loss {levels[-1]}, the highest level at which training gets stuck{beyond}.",
        result,
        at_optimum=at_optimum if both else "",
        path="the plane" if both else "Shown: the plane",
        foot="; outlined cross: the point on this plane nearest to the textbook weights"
        if result.textbook_is_shown
        else "",
        beyond=beyond_ceiling(
            result, "ceiling", [result.surface, result.path_surface] if both else [result.path_surface]
        ),
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return settings of plane and run, and how faithfully the plane shows the run."""
    normalized = result.directions == "filter-normalized"
    at_optimum = (
        "First plane: two {directions} directions through the textbook optimum (seed {seed}; angle "
        "{surface.plane.angle:.0f} degrees, unit steps {surface.plane.norms[0]:.3g} and {surface.plane.norms[1]:.3g}, "
        "{frozen}{rule}).\n"
    )
    return Caption(
        "{at_optimum}Run: {optimizer}, {dtype}, {path.step[-1]} steps, from the optimum + {sigma:g} N(0, I) (seed "
        "{run_seed}); from loss {path.loss[0][0]:.2g} to {path.loss[0][-1]:.1g}.\nIts plane goes through its end along "
        "its first two principal components, which explain {path.share[0]:.1%} of its variance; the path is at most "
        "{greatest_distance:.2g} away from the plane, where the loss differs from the run's by at most "
        "{greatest_gap:.2g}. The end is not the optimum: the textbook weights lie {textbook_to_plane:.2g} off this "
        "plane{foot}.",
        result,
        at_optimum=at_optimum if size == "full" else "",
        rule=f"; {bias_rule(result.bias)}" if normalized else "",
        frozen=frozen_listed(result),
        foot=" (outlined cross: the point of the plane nearest to them)" if result.textbook_is_shown else "",
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    path = result.path
    run = (
        f"Adam's path lies on the terrain and runs from loss {path.loss[0, 0]:.2g} to a filled circle at loss "
        f"{path.loss[0, -1]:.1g}, {result.end_to_textbook:.2g} away from the textbook optimum."
    )
    if size == "half":
        return f"A 3-D terrain of the loss. {run}"
    return (
        f"Two 3-D terrains of the loss. Left, along {result.directions} directions: the hollow around the textbook "
        f"optimum, a cross at height 0. Right: {run}"
    )
