"""Activation regions around the textbook optimum and the Hessian of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.lecture.settings import Ceiling, FigureSettings, GridPoints, PlaneSeed, Reach
from figures.output.step_builds import appears
from figures.plots.contour import plot_contour
from figures.plots.kinks import distinct_lines, kink_handles, plot_kinks, sample_name, unit_style
from figures.plots.profile import plot_profile, thin_ticks
from figures.plots.trajectories import mark_point
from figures.style.loss_bar import loss_bar
from figures.style.loss_scales import beyond_in_words, root_levels
from figures.style.style_sheets import background_color, text_color
from landscape import Bundle, Cone, Plane, ReluNetwork, xor
from landscape.networks.objective import loss_scale

TITLE = "Kinks at the optimum"
QUESTION = "Why is there no Hessian at the optimum?"
SIZES = ("full", "half")
BUILD = {"full": ("the activation regions at the optimum", "the Hessian of each", "the loss on a line through it")}

Array = NDArray[np.float64]

ZERO = 1e-9
"""An eigenvalue below this share of the largest counts as 0."""


class Settings(FigureSettings):
    """What a recipe can set: the plane and its range."""

    seed: PlaneSeed = 10
    reach: Reach = Field(0.7, description="half-width of the plane over its automatic range")
    ceiling: Ceiling | None = Field(None, description="loss at which the colours end; 1/2 by default")
    points: GridPoints = 161


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return the Hessians of all cones, a plane that cuts through them, and the loss along one line of it."""
    net, theta = xor.network(), xor.TEXTBOOK
    ceiling = settings.ceiling or loss_scale(net)
    plane = ls.random_plane(net, theta, rng=np.random.default_rng(settings.seed))
    half = settings.reach * ls.automatic_range(net, plane, ceiling)
    axis = np.linspace(-half, half, settings.points)
    cones = ls.one_sided_hessians(net, theta)
    autodiff = net.hessian(theta)
    seen = next(k for k, cone in enumerate(cones) if np.array_equal(cone.hessian, autodiff))
    angles, cone_of = sectors(net, plane, cones)
    angle = float(angles[cone_of.index(seen) if seen in cone_of else 0])
    line = np.cos(angle) * plane.d1 + np.sin(angle) * plane.d2
    ahead, behind = (cones[cone_towards(net, theta, cones, d)].hessian for d in (line, -line))
    profile = ls.evaluate_line(net, theta, line, np.linspace(-half, half, 2 * settings.points - 1))
    return Bundle(
        **settings.model_dump(exclude={"ceiling"}),
        ceiling=ceiling,
        surface=ls.evaluate_plane(net, plane, axis, axis),
        lines=ls.kink_lines(net, plane, axis, axis),
        kinks=tuple(ls.kinks(net, theta)),
        cones=tuple(cones),
        seen=seen,
        angles=angles,
        cone_of=cone_of,
        angle=angle,
        profile=profile,
        form=np.array([[a @ autodiff @ b for a in (plane.d1, plane.d2)] for b in (plane.d1, plane.d2)]),
        quadratic=0.5 * float(line @ autodiff @ line) * profile.alpha**2,
        curvatures=tuple(float(line @ hessian @ line / (line @ line)) for hessian in (behind, ahead, autodiff)),
        levels=tuple(level.value for level in ls.stationary_levels(net)),
        dtype=profile.loss.dtype.name,
    )


def cone_towards(net: ReluNetwork, theta: Array, cones: Sequence[Cone], direction: Array) -> int:
    """Return the index of the cone into which ``direction`` points from ``theta``, both (n,)."""
    active = ls.pattern(net, theta)
    for unit, sample in ls.kinks(net, theta):
        active[sample, unit] = net.preactivations(direction)[sample, unit] > 0
    return next(k for k, cone in enumerate(cones) if np.array_equal(cone.active, active))


def sectors(net: ReluNetwork, plane: Plane, cones: Sequence[Cone]) -> tuple[Array, tuple[int, ...]]:
    """Return the middle of each sector between kink lines through the plane's origin, and its cone's index.

    Middles are angles of (alpha, beta) in radians.
    """
    slopes = [net.preactivations(d) for d in (plane.d1, plane.d2)]
    rays = [
        np.arctan2(-slopes[0][i, u], slopes[1][i, u]) + turn
        for u, i in ls.kinks(net, plane.origin)
        for turn in (0.0, np.pi)
    ]
    edges = np.unique(np.mod(rays, 2 * np.pi))
    middles = 0.5 * (edges + np.append(edges[1:], edges[0] + 2 * np.pi))
    directions = np.cos(middles)[:, None] * plane.d1 + np.sin(middles)[:, None] * plane.d2
    return middles, tuple(cone_towards(net, plane.origin, cones, d) for d in directions)


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the plane; beside it, the spectra of the cones and the loss along a line. Half size: only the plane."""
    units = sorted(set(result.lines.unit.tolist()))
    name = "to automatic differentiation" if size == "full" else "to autodiff"
    seen = Line2D([], [], color=text_color(), linestyle="--", linewidth=1.0, label=name)
    handles = [*kink_handles(units), seen]
    if size == "half":
        axes = figure.subplots()
        _plane(result, axes, [f"{cone.eigenvalues[-1]:.1f}" for cone in result.cones])
        axes.set_title("largest eigenvalue by region")
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    else:
        columns = figure.add_gridspec(2, 2, width_ratios=(1.25, 1.0), height_ratios=(2.0, 1.0))
        axes = figure.add_subplot(columns[:, 0])
        _plane(result, axes, [f"{k + 1}" for k in range(len(result.cones))])
        across = np.array([np.cos(result.angle), np.sin(result.angle)])
        ends = result.surface.alpha[[0, -1]] / np.abs(across).max()
        axes.plot(*np.outer(across, ends), ":", color=text_color(), linewidth=0.9)
        axes.set_title(f"{len(set(result.cone_of))} of {len(result.cones)} regions that meet at $\\theta^*$")
        upper = columns[0, 1].subgridspec(2, 1, height_ratios=(1.7, 1.0), hspace=0.0)
        spectra = figure.add_subplot(upper[0])
        _spectra(result, spectra)
        patterns, profile = figure.add_subplot(upper[1]), figure.add_subplot(columns[1, 1])
        _patterns(result, patterns, spectra.get_xlim())
        _line(result, profile)
        appears([spectra, patterns], 2)
        appears(profile, 3)
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    loss_bar(figure, [axes], result.levels, result.ceiling, lines=False)


def _plane(result: Bundle, axes: Axes, names: Sequence[str]) -> None:
    """Draw the plane with kink lines, names, and one contour of the loss and of the quadratic form of autodiff."""
    surface, half = result.surface, result.surface.alpha[-1]
    plot_contour(surface, ax=axes, ceiling=result.ceiling)
    a, b = surface.alpha, surface.beta[:, None]
    quadratic = 0.5 * (result.form[0, 0] * a**2 + 2 * result.form[0, 1] * a * b + result.form[1, 1] * b**2)
    height = [_height(result)]
    axes.contour(surface.alpha, surface.beta, surface.loss, levels=height, colors=[text_color()], linewidths=1.0)
    axes.contour(
        surface.alpha, surface.beta, quadratic, levels=height, colors=[text_color()], linewidths=1.0, linestyles="--"
    )
    plot_kinks(result.lines, ax=axes, labels=True)
    mark_point(axes, 0.0, 0.0, "")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))
    halo = [patheffects.withStroke(linewidth=2.0, foreground=background_color())]
    box = {"boxstyle": "round,pad=0.2", "facecolor": background_color(), "edgecolor": text_color(), "linestyle": "--"}
    for angle, k in zip(result.angles, result.cone_of, strict=True):
        seen = k == result.seen
        place = 0.65 * half * np.cos(angle), 0.65 * half * np.sin(angle)
        axes.annotate(
            names[k], place, ha="center", va="center", path_effects=halo, bbox=box if seen else None, zorder=5
        )


def _height(result: Bundle) -> float:
    """Return the loss of the contour that is compared: the second of the eight lines up to the ceiling."""
    return float(root_levels(result.ceiling, 8)[2])


def _spectra(result: Bundle, axes: Axes) -> None:
    """Draw the eigenvalues of every cone, one column each, on an axis linear in their root, so that it includes 0."""
    for k, cone in enumerate(result.cones):
        values = np.where(_is_zero(cone), 0.0, cone.eigenvalues)
        axes.plot(np.full(values.size, k + 1), values, "_", color=text_color(), markersize=8, markeredgewidth=1.2)
    top = max(cone.eigenvalues[-1] for cone in result.cones)
    axes.set_yscale("function", functions=(_root, _square))
    zeros = {int(_is_zero(cone).sum()) for cone in result.cones}
    ticks = {0.0: f"{zeros.pop()} \N{MULTIPLICATION SIGN} 0" if len(zeros) == 1 else "0"}
    step = 10.0 ** np.floor(np.log10(top))
    ticks |= {float(t): f"{t:g}" for t in step * np.array([0.1, 0.5, 1.0, 2.0, 5.0]) if t <= top * 1.1}
    axes.set_yticks(list(ticks), labels=list(ticks.values()))
    axes.minorticks_off()
    axes.set(ylim=(-0.004 * top, 1.25 * top), xlim=(0.4, len(result.cones) + 0.6), xticks=[])
    axes.set_title("Hessian of each: eigenvalues")
    axes.spines.bottom.set_visible(False)
    _mark_autodiff_cone(result, axes)


def _patterns(result: Bundle, axes: Axes, xlim: tuple[float, float]) -> None:
    """Draw, below the spectra, on which side of each kink a cone lies: filled if the unit is active."""
    for row, (unit, sample) in enumerate(result.kinks):
        color = unit_style(unit)["color"]
        for k, cone in enumerate(result.cones):
            face = color if cone.active[sample, unit] else "none"
            axes.plot(k + 1, row, "o", markerfacecolor=face, markeredgecolor=color, markersize=4)
    names = [f"unit {u + 1} on {sample_name(result.lines.inputs[i])}" for u, i in result.kinks]
    axes.set_yticks(range(len(names)), labels=names)
    axes.set_xticks(range(1, len(result.cones) + 1))
    axes.tick_params(length=0)
    axes.set(ylim=(len(names) - 0.4, -0.6), xlim=xlim)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _mark_autodiff_cone(result, axes)


def _mark_autodiff_cone(result: Bundle, axes: Axes) -> None:
    """Frame the column of the cone whose Hessian automatic differentiation returns."""
    edges = (result.seen + 0.55, result.seen + 1.45)
    axes.vlines(edges, 0, 1, transform=axes.get_xaxis_transform(), color=text_color(), linestyle="--", linewidth=0.8)


def _line(result: Bundle, axes: Axes) -> None:
    axes.plot(result.profile.alpha, result.quadratic, "--", color=text_color(), linewidth=1.0)
    axes.set(xlabel="along the dotted line")
    plot_profile(result.profile, ax=axes, ceiling=result.ceiling, color=text_color())
    thin_ticks(axes, result.levels, result.ceiling)
    axes.xaxis.set_major_locator(MaxNLocator(4))


def _is_zero(cone: Cone) -> NDArray[np.bool_]:
    return np.asarray(np.abs(cone.eigenvalues) <= ZERO * np.abs(cone.eigenvalues).max())


def _root(value: Array) -> Array:
    return np.asarray(np.sign(value) * np.sqrt(np.abs(value)))


def _square(root: Array) -> Array:
    return np.asarray(np.sign(root) * np.square(root))


def caption(result: Bundle, size: str = "full") -> str:
    """Return the caption of the figure in that size."""
    plane, cones = result.surface.plane, result.cones
    largest = [cone.eigenvalues[-1] for cone in cones]
    zeros = [int(_is_zero(cone).sum()) for cone in cones]
    ranks = [cone.eigenvalues.size - count for cone, count in zip(cones, zeros, strict=True)]
    flattest = ", the flattest" if min(largest) == largest[result.seen] < max(largest) else ""
    where = "only there" if result.seen in result.cone_of else "nowhere, since this plane misses that region"
    facts = (
        f"At the textbook optimum (cross) {len(result.kinks)} pre-activations are exactly 0: {_kinks(result)}. So "
        f"{len(cones)} activation regions meet there. Each has a Hessian of its own, of rank {_either(ranks)}, with "
        f"{_either(zeros)} eigenvalues 0 and the largest between {min(largest):.1f} and {max(largest):.1f}; the "
        "optimum itself has none. "
    )
    map_of = (
        f"the loss ({result.dtype}) on a filter-normalized plane (seed {result.seed}, bias rule joint, angle "
        f"{plane.angle:.0f} degrees), kink lines named by their samples, {len(set(result.cone_of))} of the regions "
        f"named by {'number' if size == 'full' else 'largest eigenvalue'}. "
    )
    region = f"region {result.seen + 1}" if size == "full" else f"the region with {largest[result.seen]:.1f}"
    autodiff = (
        f"Automatic differentiation takes relu'(0) = 0 and so sees {region} alone{flattest}: to it the contour at loss "
        f"{_height(result):.2g} (bold) is an ellipse (dashed), which fits {where}. "
    )
    beyond = beyond_in_words(result.ceiling, [result.surface], [result.profile] if size == "full" else [])
    if size == "half":
        return f"{facts}Drawn: {map_of}{autodiff}Colours follow the root of the loss{beyond}."
    behind, ahead, same = result.curvatures
    return (
        f"{facts}Left: {map_of}Right: the eigenvalues of each region; below them, filled where the unit is active on "
        f"the sample. {autodiff}Bottom: along the dotted line the second derivative at the optimum, by length, is "
        f"{behind:.2g} on the left and {ahead:.2g} on the right; to automatic differentiation it is {same:.2g} on both "
        f"sides. Colours and heights follow the root of the loss{beyond}."
    )


def _kinks(result: Bundle) -> str:
    """Return which unit has its kinks on which samples, in words."""
    samples: dict[int, list[str]] = {}
    for unit, sample in result.kinks:
        samples.setdefault(unit, []).append(sample_name(result.lines.inputs[sample]))
    return ", ".join(f"unit {unit + 1} on {' and '.join(names)}" for unit, names in samples.items())


def _either(numbers: Sequence[int]) -> str:
    return " or ".join(map(str, sorted(set(numbers))))


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    behind, ahead, autodiff = result.curvatures
    plane = (
        f"contours of the loss around the textbook optimum, cut by {len(list(distinct_lines(result.lines)))} straight "
        "kink lines into regions. The bold contour is no ellipse and bends at the lines; the dashed ellipse of "
        "automatic differentiation agrees with it in one region at most."
    )
    if size == "half":
        named = ", ".join(f"{result.cones[k].eigenvalues[-1]:.1f}" for k in result.cone_of)
        return f"{plane[0].upper()}{plane[1:]} Their largest eigenvalues around the optimum: {named}."
    return (
        f"Left: {plane} Right: columns of eigenvalues, one for each of {len(result.cones)} regions, no two patterns of "
        f"active units alike. Bottom: the root of the loss along a line is a V, second derivatives {behind:.2g} and "
        f"{ahead:.2g}; to automatic differentiation both are {autodiff:.2g}."
    )
