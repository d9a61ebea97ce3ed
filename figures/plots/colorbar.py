"""The colour bar that a plot function adds beside its Axes, with ``colorbar=True``."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable

from figures.output.latex_snippets import label_text
from figures.style.loss_scales import label_colorbar


def colorbar_beside(
    ax: Axes, drawn: ScalarMappable, label: str, ticks: Mapping[float, str] | None = None, *, higher: bool = False
) -> None:
    """Add a colour bar beside ``ax`` with the colours and the scale of what was drawn.

    ticks : positions and labels, by default those that matplotlib chooses
    higher : whether there are values above the upper end of the scale, which have a colour of their own
    """
    figure = ax.get_figure(root=False)
    assert figure is not None
    place = (1.12, 0.2, 0.04, 0.6) if hasattr(ax, "get_zlim") else (1.04, 0.0, 0.05, 1.0)
    beside = ax.inset_axes(place)  # as high as the Axes, whatever their aspect; in 3-D clear of the z axis
    continuous = ScalarMappable(norm=drawn.norm, cmap=drawn.cmap)  # without the bands of contours
    bar = figure.colorbar(continuous, cax=beside, extend="max" if higher else "neither")
    if ticks is None:
        bar.set_label(label_text(label))
    else:
        label_colorbar(bar, {at: label_text(text) for at, text in ticks.items()}, label=label_text(label))
