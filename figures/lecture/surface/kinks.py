"""Activation regions around the textbook optimum and the Hessian of each."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.phrases import any_of, beyond_ceiling, bias_rule
from figures.lecture.settings import Ceiling, FigureSettings, GridPoints, PlaneSeed, Reach
from figures.output.step_builds import appears
from figures.plots.contour import plot_contour
from figures.plots.kinks import distinct_lines, kink_handles, plot_kinks, sample_name, unit_style
from figures.plots.profile import linear_axis, plot_profile, thin_ticks
from figures.plots.trajectories import mark_point
from figures.style.axes import root_scale
from figures.style.loss_scales import THETA_STAR, loss_bar, root_label, root_levels
from figures.style.style_sheets import background_color, halo, text_color
from landscape import Bundle, KinkLines, xor
from landscape.networks.objective import loss_scale

TITLE = "Kinks at the optimum"
QUESTION = "Why is there no Hessian at the optimum?"
SIZES = ("full", "half")
BUILD = {"full": ("the activation regions at the optimum", "the Hessian of each", "the loss on a line through it")}

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
    patterns = [cone.active.tolist() for cone in cones]
    seen = patterns.index(ls.pattern(net, theta).tolist())
    angles, active = ls.sectors(net, plane)
    cone_of = tuple(patterns.index(pattern) for pattern in active.tolist())
    angle = float(angles[cone_of.index(seen) if seen in cone_of else 0])
    line = np.cos(angle) * plane.d1 + np.sin(angle) * plane.d2
    curvature = float(line @ net.hessian(theta) @ line)
    profile = ls.evaluate_line(net, theta, line, np.linspace(-half, half, 2 * settings.points - 1))
    lines = ls.kink_lines(net, plane, axis, axis)
    kinks = tuple(ls.kinks(net, theta))
    units = sorted({unit for unit, _ in kinks})
    return Bundle(
        **settings.model_dump(exclude={"ceiling"}),
        ceiling=ceiling,
        height=float(root_levels(ceiling, 8)[2]),
        surface=ls.evaluate_plane(net, plane, axis, axis),
        model=ls.quadratic_model(net, plane, axis, axis),
        lines=lines,
        kinks=kinks,
        n_kinks=len(kinks),
        kink_units=tuple(unit + 1 for unit in units),
        kink_samples=tuple(_samples(lines, kinks, unit) for unit in units),
        cones=tuple(cones),
        n_cones=len(cones),
        n_hessians=_different(np.array([cone.hessian for cone in cones])),
        **_spectra_of(np.array([cone.eigenvalues for cone in cones])),
        seen=seen,
        seen_number=seen + 1,
        seen_largest=float(cones[seen].eigenvalues[-1]),
        angles=angles,
        cone_of=cone_of,
        n_shown=len(set(cone_of)),
        missing=tuple(k for k in range(len(cones)) if k not in cone_of),
        angle=angle,
        profile=profile,
        quadratic=0.5 * curvature * profile.alpha**2,
        curvatures=(*ls.one_sided_curvatures(net, theta, line), curvature / float(line @ line)),
        levels=tuple(level.value for level in ls.stationary_levels(net)),
        dtype=profile.loss.dtype.name,
    )


def _spectra_of(eigenvalues: NDArray[np.float64]) -> dict[str, Any]:
    """Return the spectra (cones, n) with exact zeros, and what the caption quotes of them."""
    is_zero = np.abs(eigenvalues) <= ZERO * np.abs(eigenvalues).max(axis=1, keepdims=True)
    zeros = np.count_nonzero(is_zero, axis=1)
    largest = eigenvalues[:, -1]
    return {
        "spectra": np.where(is_zero, 0.0, eigenvalues),
        "n_spectra": _different(eigenvalues),
        "zeros": tuple(np.unique(zeros).tolist()),
        "ranks": tuple(np.unique(eigenvalues.shape[1] - zeros).tolist()),
        "least_largest": float(largest.min()),
        "greatest_largest": float(largest.max()),
    }


def _different(arrays: NDArray[np.float64]) -> int:
    """Return how many of the arrays (n, ...) differ by more than rounding errors."""
    return len(np.unique(np.round(arrays / np.abs(arrays).max(), 9) + 0.0, axis=0))


def _samples(lines: KinkLines, kinks: tuple[tuple[int, int], ...], unit: int) -> str:
    """Return the names of the samples on which a unit has its kinks."""
    return " and ".join(sample_name(lines.inputs[sample]) for u, sample in kinks if u == unit)


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the plane; beside it, the spectra of the cones and the loss along a line. Half size: only the plane."""
    units = sorted(set(result.lines.unit.tolist()))
    name = "by automatic differentiation" if size == "full" else "by autodiff"
    style: dict[str, Any] = {"color": text_color(), "linewidth": 1.0}
    contour = Line2D([], [], **style, label=f"loss {result.height:.2g}")
    handles = [*kink_handles(units), contour, Line2D([], [], **style, linestyle="--", label=f"same {name}")]
    if size == "half":
        axes = figure.subplots()
        _plane(result, axes, [f"{cone.eigenvalues[-1]:.1f}" for cone in result.cones])
        missing = [f"{result.cones[k].eigenvalues[-1]:.1f}" for k in result.missing]
        title = f"largest eigenvalue in {result.n_shown} of {result.n_cones} regions"
        note = f"not in this plane: {' and '.join(missing)}"
        axes.set_title(f"{title}\n{note}" if missing else title, linespacing=1.1)
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    else:
        columns = figure.add_gridspec(2, 2, width_ratios=(1.25, 1.0), height_ratios=(2.0, 1.0))
        axes = figure.add_subplot(columns[:, 0])
        _plane(result, axes, [f"{k + 1}" for k in range(len(result.cones))])
        across = np.array([np.cos(result.angle), np.sin(result.angle)])
        ends = result.surface.alpha[[0, -1]] / np.abs(across).max()
        axes.plot(*np.outer(across, ends), ":", color=text_color(), linewidth=0.9)
        axes.set_title(f"{result.n_shown} of {result.n_cones} regions that meet at {THETA_STAR}")
        upper = columns[0, 1].subgridspec(2, 1, height_ratios=(1.7, 1.0), hspace=0.0)
        spectra = figure.add_subplot(upper[0])
        _spectra(result, spectra)
        patterns, profile = figure.add_subplot(upper[1]), figure.add_subplot(columns[1, 1])
        _patterns(result, patterns, spectra.get_xlim())
        _line(result, profile)
        appears([spectra, patterns], 2)
        appears(profile, 3)
        figure.legend(handles=handles, loc="outside lower center", ncols=4)
    loss_bar(figure, [axes], result.levels, result.ceiling, lines=False)


def _plane(result: Bundle, axes: Axes, names: Sequence[str]) -> None:
    """Draw the plane with kink lines, names, and one contour of the loss and of the quadratic form of autodiff."""
    surface, half = result.surface, result.surface.alpha[-1]
    plot_contour(surface, ax=axes, ceiling=result.ceiling)
    style: dict[str, Any] = {"levels": [result.height], "colors": [text_color()], "linewidths": 1.0}
    axes.contour(surface.alpha, surface.beta, surface.loss, **style)
    axes.contour(surface.alpha, surface.beta, result.model.loss, linestyles="--", **style)
    plot_kinks(result.lines, ax=axes, labels=True)
    mark_point(axes, 0.0, 0.0, "")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))
    box = {"boxstyle": "round,pad=0.2", "facecolor": background_color(), "edgecolor": text_color(), "linestyle": "--"}
    for angle, k in zip(result.angles, result.cone_of, strict=True):
        seen = k == result.seen
        place = 0.65 * half * np.cos(angle), 0.65 * half * np.sin(angle)
        axes.annotate(
            names[k], place, ha="center", va="center", path_effects=halo(2.0), bbox=box if seen else None, zorder=5
        )


def _spectra(result: Bundle, axes: Axes) -> None:
    """Draw the eigenvalues of every cone, one column each, on an axis linear in their root, so that it includes 0.

    Those that are 0 lie side by side, so that they can be counted.
    """
    for k, values in enumerate(result.spectra):
        above, zeros = values[values != 0], values[values == 0]
        axes.plot(np.full(above.size, k + 1), above, "_", color=text_color(), markersize=8, markeredgewidth=1.2)
        beside = k + 1 + 0.14 * (np.arange(zeros.size) - (zeros.size - 1) / 2)
        axes.plot(beside, zeros, ".", color=text_color(), markersize=3, markeredgewidth=0.0, gid="zeros")
    top = result.greatest_largest
    root_scale(axes)
    ticks = {0.0: "0"}
    step = 10.0 ** np.floor(np.log10(top))
    ticks |= {float(t): f"{t:g}" for t in step * np.array([0.1, 0.5, 1.0, 2.0, 5.0]) if t <= top * 1.1}
    axes.set_yticks(list(ticks), labels=list(ticks.values()))
    axes.minorticks_off()
    axes.set(ylabel=root_label(""), ylim=(-0.004 * top, 1.25 * top), xlim=(0.4, len(result.cones) + 0.6), xticks=[])
    axes.set_title("eigenvalues of each Hessian")
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
    numbers = range(1, len(result.cones) + 1)
    axes.set_xticks(numbers, labels=[f"({k})" if k - 1 in result.missing else f"{k}" for k in numbers])
    axes.set_xlabel("region;  ( ): not in this plane" if result.missing else "region")
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
    plot_profile(result.profile, ax=axes, scale="linear", ceiling=result.ceiling, color=text_color())
    linear_axis(axes, result.ceiling)
    thin_ticks(axes, result.levels, result.ceiling)
    axes.xaxis.set_major_locator(MaxNLocator(4))


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    return Caption(
        "{n_cones} regions with {n_hessians} different Hessians ({n_spectra} spectra) meet at the textbook weights; "
        "no single one describes the loss.",
        result,
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    full = size == "full"
    contours = "bold: a contour of the loss; dashed: as automatic differentiation predicts it from one region"
    beside = (
        "Left: the numbered regions; {contours}. Right: the eigenvalues in each; dots: filled where a unit is active. "
        "Below: the loss along the dotted line"
    )
    return Caption(
        "At the textbook weights (x) {n_kinks} ReLU inputs are 0; on the lines, labelled by sample, units "
        "switch on. {panels}{beyond}.",
        result,
        panels=beside if full else "In the regions: the largest eigenvalue of each; {contours}",
        contours=contours,
        beyond=beyond_ceiling(result, "ceiling", [result.surface], [result.profile] if full else []),
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the numbers of the Hessians, and what automatic differentiation returns."""
    full = size == "full"
    on_line = (
        "Along the dotted line the second derivative at the optimum, with respect to length, is {curvatures[0]:.2g} on "
        "the left and {curvatures[1]:.2g} on the right; automatic differentiation gives {curvatures[2]:.2g} for both.\n"
    )
    return Caption(
        "{n_kinks} pre-activations (inputs of a ReLU) are 0: {kinks_of_units}. So {n_cones} activation regions meet "
        "there, {n_shown} of them on this plane. Each has its own Hessian, of rank {rank}: {zero} eigenvalues are 0, "
        "the largest is between {least_largest:.1f} and {greatest_largest:.1f}; at the optimum itself there is "
        "none.\nAutomatic differentiation uses relu'(0) = 0 and so gives the Hessian of {region} only{flattest}; by "
        "it the contour at loss {height:.2g} would be the dashed ellipse, exact to second order "
        "{where}.\n{on_line}Plane: filter-normalized, seed {seed}, angle {surface.plane.angle:.0f} degrees; {rule}; "
        "{dtype}. Colours: square root of the loss.",
        result,
        kinks_of_units=listed("unit {kink_units[#]} on {kink_samples[#]}", range(len(result.kink_units))),
        rank=any_of(result, "ranks"),
        zero=any_of(result, "zeros"),
        on_line=on_line if full else "",
        rule=bias_rule("joint"),
        region="region {seen_number}" if full else "the region with {seen_largest:.1f}",
        flattest=", whose largest eigenvalue is the smallest"
        if result.least_largest == result.seen_largest < result.greatest_largest
        else "",
        where="only there" if result.seen in result.cone_of else "nowhere, since this plane misses that region",
    )


def alt_text(result: Bundle, size: str = "full") -> str:
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
        f"Left: {plane} Right: columns of eigenvalues, one for each of {result.n_cones} regions, no two patterns of "
        f"active units alike. Bottom: the loss along a line is a parabola on either side, with second derivatives "
        f"{behind:.2g} and {ahead:.2g}; automatic differentiation gives {autodiff:.2g} for both."
    )
