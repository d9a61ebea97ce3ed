"""Small panel of the input square: decision surface, hinge lines, and the outputs at the samples as numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from figures.output.latex_snippets import label_text
from figures.plots.decision import plot_decision, plot_hinges
from figures.style.style_sheets import halo, text_color
from landscape import DecisionSurface


def decision_square(
    surface: DecisionSurface, ax: Axes, *, arrow: float, write: Callable[[float], str], **imshow_kwargs: Any
) -> None:
    """Draw ``surface`` without ticks and write each sample's output above or below it, on the outer side.

    arrow : length of the arrows at hinge lines, as a fraction of the width of the square
    write : returns the text for an output
    """
    # A run may end with a plateau at the threshold up to rounding errors: without rounding, a decision line would be
    # drawn on it.
    plot_decision(replace(surface, output=np.round(surface.output, 6)), ax=ax, **imshow_kwargs)
    plot_hinges(surface, ax=ax, arrow=arrow * float(np.ptp(surface.axis)))
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    middle = surface.inputs[:, 1].mean()
    for point, output in zip(surface.inputs, surface.outputs.tolist(), strict=True):
        up = 1 if point[1] > middle else -1
        ax.annotate(
            label_text(write(output)),
            point,
            (0, 5 * up),
            textcoords="offset points",
            ha="center",
            va="bottom" if up > 0 else "top",
            path_effects=halo(2.2),
            color=text_color(),
            zorder=5,
        )
