"""How the solutions are connected: the exact merge tree of the sublevel sets, and where runs end on it."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.fresh_runs import FreshRuns, ended, held, train
from figures.lecture.phrases import WHY_HELD, held_listed
from figures.lecture.settings import FreshStarts, LearningRate
from figures.output.step_builds import appearing, appears
from figures.plots.decision import THRESHOLD, UNIT_COLORS, decision_cmap, decision_norm
from figures.style.loss_scales import LOSS_LABEL, THETA_STAR
from figures.style.palette import fraction_label, level_styles
from figures.style.style_sheets import background_color, halo, text_color
from landscape import Bundle, MergeTree, Outcomes, ReluNetwork, xor
from landscape.base.wording import alternatives

TITLE = "The merge tree"
QUESTION = "How are the minima connected?"
SIZES = ("full", "half")
BUILD = {
    "full": ("the components as the loss rises", "what a network in each computes", "where runs end"),
    "half": ("the components as the loss rises", "where runs end"),
}

GAP = 0.6
"""Extra space between leaves of different families, in units of the distance between neighbouring leaves."""
Node = tuple[Fraction, frozenset[int]]
"""A component of {loss <= value}: the value and the component's leaves."""


class Settings(FreshStarts):
    """What a recipe can set."""

    learning_rate: LearningRate = 1e-3


def fresh_runs(settings: Settings) -> FreshRuns:
    """Return the settings of the runs."""
    return FreshRuns(**settings.model_dump())


def compute(
    settings: Settings, progress: Callable[[int, int], None] | None = None, fresh: Outcomes | None = None
) -> Bundle:
    """Return the components at every level, how many runs end on each, and a solution of every leaf.

    fresh : the runs, if they are known
    """
    net, runs = xor.network(), fresh or train(fresh_runs(settings), progress)
    textbook = min(ls.merge_tree(net).component(xor.TEXTBOOK, Fraction(0)))
    return of_network(net, runs, textbook, **settings.model_dump(exclude={"learning_rate"}))


def of_network(net: ReluNetwork, runs: Outcomes, textbook: int | None = None, **how: object) -> Bundle:
    """Return what is drawn for ``net`` and the ends of runs.

    textbook : leaf to be marked as that of the textbook weights, if any
    **how : facts about the runs to keep
    """
    ends = runs.end
    tree, order = ls.merge_tree(net), _order(ls.merge_tree(net))
    minima, (counts, off_level) = ls.minima_by_component(net), ls.ends_by_component(net, ends)
    joints = [(merge.value, merge.leaves) for merge in tree.merges]
    nodes = sorted({*joints, *minima, *counts}, key=lambda node: (node[0], min(map(order.index, node[1]))))
    levels = [level.value for level in ls.stationary_levels(net)]
    leaf_counts = np.array([counts[levels[0], frozenset([k])] for k in order], dtype=np.int64)
    families = np.array([_family(tree, k) for k in order])
    names = tuple(dict.fromkeys(families.tolist()))
    return Bundle(
        levels=tuple(levels),
        dimensions=tuple(tuple(sorted(level.dimensions)) for level in ls.stationary_levels(net)),
        components=tuple((value, tree.components(value)) for value in tree.levels),
        nodes=tuple(nodes),
        node_dimensions=tuple(tuple(sorted(minima.get(node, ()))) for node in nodes),
        counts=np.array([counts[node] for node in nodes], dtype=np.int64),
        ended=ended(runs),
        held=held(runs),
        lost=off_level,
        order=tuple(order),
        families=tuple(families.tolist()),
        family_names=names,
        family_sizes=tuple(int((families == name).sum()) for name in names),
        family_shares=tuple(ls.Share(leaf_counts[families == name].sum(), len(ends)) for name in names),
        leaf_counts=leaf_counts,
        leaves=len(order),
        textbook=textbook,
        unseen=ls.Share(0, len(ends)),
        unreached=int((leaf_counts == 0).sum()),
        examples=tuple(ls.decision_surface(net, tree.example(k), points=61) for k in order),
        runs=len(ends),
        optimizer=runs.settings["optimizer"],
        dtype=runs.settings["dtype"],
        **how,
    )


def _order(tree: MergeTree) -> list[int]:
    """Return the leaves in an order without crossing branches: early merges side by side, large components first."""
    groups = [frozenset([k]) for k in range(len(tree.leaves))]
    blocks: dict[frozenset[int], list[int]] = {group: list(group) for group in groups}
    for merge in tree.merges:
        parts = sorted(merge.parts, key=lambda part: (-len(part), _family(tree, min(part)), min(part)))
        blocks[merge.leaves] = [k for part in parts for k in blocks[part]]
    tops = [part for part in blocks if not any(part < other for other in blocks)]
    return [k for top in sorted(tops, key=min) for k in blocks[top]]


def _family(tree: MergeTree, leaf: int) -> str:
    """Return the signs of the output weights on a leaf, such as + and -, as text."""
    kinds = sorted(
        " ".join("+" if s > 0 else "\N{MINUS SIGN}" for s in sorted(signs, reverse=True))
        for signs in tree.leaves[leaf].output_signs
    )
    return ", ".join(kinds)


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the tree above the share of runs at each leaf; at full size with the output of a network in each between."""
    if size == "half":
        grid = figure.add_gridspec(2, 1, height_ratios=(2.2, 1.0))
        _tree(result, figure.add_subplot(grid[0]), size)
        with appearing(figure, 2):
            _shares(result, figure.add_subplot(grid[1]))
        return
    grid = figure.add_gridspec(3, 1, height_ratios=(2.4, 0.7, 1.0))
    top = figure.add_subplot(grid[0])
    _tree(result, top, size)
    with appearing(figure, 2):
        _thumbnails(result, figure.add_subplot(grid[1]))
    with appearing(figure, 3):
        _shares(result, figure.add_subplot(grid[2]))


def _places(result: Bundle) -> dict[int, float]:
    """Return the x position of each leaf: evenly spaced, with gaps between families."""
    steps = [1.0 + GAP * (a != b) for a, b in pairwise(result.families)]
    return dict(zip(result.order, np.cumsum([0.0, *steps]).tolist(), strict=True))


def _tree(result: Bundle, axes: Axes, size: str) -> None:
    """Draw every component as a branch from its node to the one above; its width shows the dimension of its minima."""
    looks, x = level_styles(result.levels), _places(result)
    middle = {part: float(np.mean([x[k] for k in part])) for _, part in result.nodes}
    top = 1.12 * float(result.nodes[-1][0])
    for k, ((value, part), dimensions) in enumerate(zip(result.nodes, result.node_dimensions, strict=True)):
        above = next(((v, p) for v, p in result.nodes[k + 1 :] if part <= p), None)
        height, parent = (top, part) if above is None else (float(above[0]), above[1])
        corners = [middle[part], middle[part], middle[parent]], [float(value), height, height]
        width = _width(result, max(dimensions, default=None))
        axes.plot(*corners, color=looks.get(value, looks[None]).color, linewidth=width, solid_joinstyle="miter")
    for (value, part), count in zip(result.nodes, result.counts.tolist(), strict=True):
        if count and value > result.levels[0]:
            look, place = looks[value], (middle[part], float(value))
            mark = axes.plot(
                *place, look.marker, color=look.color, markeredgecolor=text_color(), markersize=5, zorder=4
            )
            share = f"{100 * count / result.runs:.1f} %"
            words = f"{look.label}: {share}{_not_at_minima(result, value)}" if size == "full" else share
            if size == "half" and (value, part) == result.nodes[-1]:
                words += " of runs"
            note = axes.annotate(words, place, (5, 3), textcoords="offset points")
            appears([*mark, note], len(BUILD[size]))
    ticks = [float(value) for value in result.levels]
    axes.set_yticks(ticks, labels=[fraction_label(value) for value in result.levels])
    axes.set(ylim=(0, top), xticks=[], ylabel=LOSS_LABEL, xlim=_limits(x), title=_title(result, size))
    axes.spines.bottom.set_visible(False)
    _explain_widths(result, axes, size)
    if result.textbook is not None:
        leaf = x[result.textbook]
        style: dict[str, Any] = {"markersize": 5, "markeredgewidth": 1.3, "path_effects": halo(2.0), "zorder": 5}
        axes.plot(leaf, 0.0, "x", color=text_color(), clip_on=False, gid="textbook", **style)
        axes.annotate(THETA_STAR, (leaf, 0.0), (0, -4), textcoords="offset points", ha="center", va="top")


def _explain_widths(result: Bundle, axes: Axes, size: str) -> None:
    """Write the dimensions of the minima beside their levels, and name the dimension that each width stands for."""
    for tick, dimensions in zip(map(float, result.levels), result.dimensions, strict=True):
        words = f"dim. {alternatives([*map(str, dimensions)])}"
        axes.annotate(words, (1.0, tick), (3, 0), axes.get_yaxis_transform(), "offset points", va="center", gid="dim")
    drawn = sorted({max(dimensions) for dimensions in result.node_dimensions if dimensions})
    look: dict[str, Any] = {"color": text_color(), "solid_capstyle": "butt"}
    widths = [Line2D([], [], linewidth=_width(result, d), label=f"{d}", **look) for d in drawn]
    legend: dict[str, Any] = {"loc": "upper left", "ncols": 4 if size == "full" else 2, "handlelength": 0.8}
    axes.legend(handles=widths, title="width: dimension" if size == "full" else "width: dim.", **legend)


def _width(result: Bundle, dimension: int | None) -> float:
    """Return the width in points of a branch whose minima have this dimension; without any it is the thinnest."""
    thinnest: int = min(map(min, result.dimensions))
    return 0.9 * (1 + (dimension or thinnest) - thinnest)


def _not_at_minima(result: Bundle, value: Fraction) -> str:
    """Return which part of the runs on a level is held by relu'(0) = 0, for the label of the only node on it."""
    held = result.held[result.levels.index(value)]
    is_only = sum(node_value == value for node_value, _ in result.nodes) == 1
    return f" ({100 * held.fraction:.0f} % of it at no minimum)" if held and is_only else ""


def _title(result: Bundle, size: str) -> str:
    counts = [n for _, n in result.components]
    if size == "half" or len(counts) == 1:
        return f"{', then '.join(map(str, counts))} component{'s' * (counts[-1] > 1)}"
    below = [f"{n} below {after}" for n, (after, _) in zip(counts[:-1], result.components[1:], strict=True)]
    return f"components: {', '.join(below)}, then {counts[-1]}"


def _limits(x: dict[int, float]) -> tuple[float, float]:
    return min(x.values()) - 0.6, max(x.values()) + 0.6


def _thumbnails(result: Bundle, axes: Axes) -> None:
    """Draw the output over the input square and the hinge lines for one solution of every leaf."""
    x = _places(result)
    axes.set(xlim=_limits(x), ylim=(-0.5, 0.5))
    axes.axis("off")
    for place, surface in zip(x.values(), result.examples, strict=True):
        inset = axes.inset_axes((place - 0.46, -0.5, 0.92, 1.0), transform=axes.transData)
        edge = surface.axis[[0, -1, 0, -1]]
        inset.imshow(surface.output, origin="lower", extent=edge, cmap=decision_cmap(), norm=decision_norm())
        for u, ends in enumerate(surface.hinges):
            inset.plot(*ends.T, color=UNIT_COLORS[u % len(UNIT_COLORS)], linestyle=("-", "--")[u % 2])
        for point, target in zip(surface.inputs, surface.targets, strict=True):
            face = text_color() if target >= THRESHOLD else background_color()
            inset.plot(
                *point, "o", markersize=2.5, markerfacecolor=face, markeredgecolor=text_color(), markeredgewidth=0.5
            )
        inset.set(xticks=[], yticks=[], xlim=surface.axis[[0, -1]], ylim=surface.axis[[0, -1]], aspect="equal")


def _shares(result: Bundle, axes: Axes) -> None:
    x, look = _places(result), level_styles(result.levels)[result.levels[0]]
    counts, places = result.leaf_counts, np.array(list(x.values()))
    low, high = (100 * limit for limit in ls.wilson(counts, result.runs))
    share = 100 * counts / result.runs
    axes.bar(places, share, width=0.7, color=look.color)
    errors = np.array([share - low, high - share])
    axes.errorbar(places, share, errors, fmt="none", ecolor=text_color(), elinewidth=0.8, capsize=1.5)
    families = np.array(result.families)
    names = list(dict.fromkeys(result.families))
    axes.set_xticks([places[families == name].mean() for name in names], labels=names)
    axes.tick_params(axis="x", length=0)
    axes.set(xlim=_limits(x), ylim=(0, None), ylabel=f"{look.label} in %", xlabel="signs of the output weights")


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    if len(result.components) == 1:
        return Caption("The solutions form a single connected set.", result)
    who = "all" if result.components[-1][1] == 1 else "others"
    return Caption(
        "The solutions form {components[0][1]} separate sets; {first}{last} at {components[-1][0]}.",
        result,
        first="some meet at loss {components[1][0]}, " if (is_gradual := len(result.components) > 2) else "",
        last=f"{who} {'only' if is_gradual else 'meet'}",
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    return Caption(
        "A branch is a connected set of weights with loss up to its height; where branches join, a path leads across. "
        "Width: dimension of the minima at its lower end. {cross}{middle}Bars: share of {runs} random starts solved "
        "(loss 0) in each set, with 95 % intervals; markers: share stuck.",
        result,
        cross="" if result.textbook is None else "Cross: the textbook weights. ",
        middle="Squares: one network's output in each. " if size == "full" else "",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the numbers of components, where runs end, and the settings."""
    middle = (
        "Squares: blue for output 1 or more, brown for 0 or less; lines: where unit 1 (solid) or 2 (dashed) becomes "
        "active; filled samples: target 1.\n"
    )
    later = [f", {{components[{i}][1]}} from {{components[{i}][0]}} on" for i in range(1, len(result.components))]
    return Caption(
        "Exact merge tree of the sets where the loss is at most l: they have {parts}. Solutions on different branches "
        "are connected, but only by paths that rise at least to the level at which the branches join. On the right: "
        "the dimensions of all minima at that level.\nWhere runs end: {ends}; on no level: {lost} of {runs}. "
        "{held_runs}\nSigns of the output weights {each_family}. In {unreached} of {leaves} components no run ends; "
        "the share of each is at most {unseen.high:.1%} (95 %). Brackets and error bars: Wilson 95 % "
        "intervals.\n{middle}Settings: {optimizer}, {dtype}, {steps} steps from {runs} Keras-default starts, seed "
        "{seed}.",
        result,
        parts="{components[0][1]} components from l = {components[0][0]} on" + "".join(later),
        ends=listed("{ended[#]:share} at {levels[#]}", range(len(result.levels)), "; "),
        cross="" if result.textbook is None else "; cross: the component of the textbook weights",
        held_runs=f"Not all are at minima: {held_listed(result)} stay {WHY_HELD}." if any(result.held) else "",
        middle=middle if size == "full" else "",
        each_family=listed(
            "{family_names[#]}: {family_sizes[#]} components, {family_shares[#]:share}",
            range(len(result.family_names)),
            "; ",
        ),
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    counts = result.leaf_counts
    joins = ", ".join(f"{number} at loss {value}" for value, number in result.components)
    squares = " a row of small input squares with two hinge lines each;" if size == "full" else ""
    return (
        f"A tree of branches that join as the loss rises: {joins}. Below it{squares} a bar chart of the share of runs "
        f"that end in each of the {counts.size} lowest branches: the highest bar is "
        f"{100 * counts.max() / result.runs:.1f} %, and {int((counts == 0).sum())} are empty."
    )
