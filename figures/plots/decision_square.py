"""Small panel of the input square: decision surface, hinge lines, and the outputs at the samples as numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from figures.output.latex_snippets import label_text
from figures.plots.decision import plot_decision, plot_hinges
from figures.style.style_sheets import background_color, text_color
from landscape import DecisionSurface
from landscape.base.arrays import Array

DIGIT = 0.06
"""Width of a digit over that of the square, and of the gap between a sample and a number beside it, at most."""
CLEAR = 0.06
"""Distance from lines, over the width of the square, at which a number needs no other place."""


def decision_square(
    surface: DecisionSurface,
    ax: Axes,
    *,
    arrow: float,
    write: Callable[[float], str],
    is_moving: bool = False,
    **imshow_kwargs: Any,
) -> None:
    """Draw ``surface`` without ticks and write each sample's output beside it, on a background of its own.

    arrow : length of the arrows at hinge lines, as a fraction of the width of the square
    write : returns the text for an output
    is_moving : whether other frames follow, so that each number stays above or below its sample, on the outer side;
        otherwise it stands elsewhere if a hinge line or an arrow is there
    """
    # A run may end with a plateau at the threshold up to rounding errors: without rounding, a decision line would be
    # drawn on it.
    plot_decision(replace(surface, output=np.round(surface.output, 6)), ax=ax, **imshow_kwargs)
    width = float(np.ptp(surface.axis))
    # Numbers that must stay are near the ends of a line through two samples, where its arrows would otherwise be.
    plot_hinges(surface, ax=ax, arrow=arrow * width, arrows_at=(0.5,) if is_moving else (0.25, 0.75))
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    middle = surface.inputs[:, 1].mean()
    lines = np.empty((0, 2)) if is_moving else _points_on_lines(surface, arrow * width)
    for point, output in zip(surface.inputs, surface.outputs.tolist(), strict=True):
        outwards = 1 if point[1] > middle else -1
        number = write(output)
        right, up = _side((point - surface.axis[0]) / width, outwards, (lines - surface.axis[0]) / width, len(number))
        ax.annotate(
            label_text(number),
            point,
            (5 * right, 5 * up - 1.5 * abs(right) * up),
            textcoords="offset points",
            ha=("right", "center", "left")[right + 1],
            va="bottom" if up > 0 else "top",
            bbox={"boxstyle": "round,pad=0.1", "facecolor": background_color(), "alpha": 0.8, "linewidth": 0},
            color=text_color(),
            zorder=4.25,  # on lines and samples, under the arrows, which alone say the active side
            gid="output",
        )


def _points_on_lines(surface: DecisionSurface, arrow: float) -> Array:
    """Return points on the hinge lines and on their arrows (points, 2)."""
    t = np.linspace(0, 1, 60)[:, None]
    segments = []
    for ends, normal in zip(surface.hinges, surface.normals, strict=True):
        if np.isfinite(ends).all():
            feet = [ends[0] + place * (ends[1] - ends[0]) for place in (0.25, 0.75)]
            segments += [ends, *((foot, foot + arrow * normal) for foot in feet)]
    return np.concatenate([np.empty((0, 2)), *(a + t * (b - a) for a, b in segments)])


def _side(point: Array, outwards: int, lines: Array, digits: int) -> tuple[int, int]:
    """Return where the number at a sample stands, as steps to the right and up: within the square, far from lines.

    Coordinates are over the width of the square.
    """
    sides = [(right, up) for up in (outwards, -outwards) for right in (0, -1, 1)]
    half = DIGIT * digits / 2
    distances = []
    for right, up in sides:
        middle = point + np.array([(DIGIT + half) * right, 0.11 * up])
        number = middle + np.array([-half, 0.0, half])[:, None] * [1.0, 0.0]
        is_inside = right == 0 or (abs(number[:, 0] - 0.5) < 0.5 - DIGIT / 2).all()
        distance = np.linalg.norm(number[:, None] - lines, axis=-1).min(initial=1.0)
        distances.append(distance if is_inside else -1.0)
    return sides[0] if distances[0] > CLEAR else sides[int(np.argmax(distances))]
