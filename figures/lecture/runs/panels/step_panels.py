"""Logarithmic panels against the step, for the figures curvature and spikes."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from figures.style.loss_scales import LOSS_LABEL
from landscape import Bundle

LOOKS = {"adam": ("C0", "-"), "float64": ("C0", "-"), "float32": ("C1", "--"), "descent": ("C2", ":")}


def loss_curves(result: Bundle, axes: Axes, labels: Mapping[str, str]) -> None:
    """Draw the losses of those members of the result."""
    for name, label in labels.items():
        run, (color, style) = result[name], LOOKS[name]
        loss = np.maximum(run.loss, result.floor)
        axes.plot(run.step, loss, color=color, linestyle=style, linewidth=0.9, label=label)
    decades(axes, result.floor, 1e2, 12)
    axes.set(ylabel=LOSS_LABEL, title="Loss")


def steps_up_to(axes: Axes, last: int) -> None:
    """End the step axis at that step."""
    axes.set_xlim(0, last)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 4, 5, 10]))


def decades(axes: Axes, low: float, high: float, every: int) -> None:
    """Make the y axis logarithmic, with a tick at every so many powers of 10."""
    axes.set(yscale="log", ylim=(low, high))
    axes.set_yticks(10.0 ** (every * np.arange(np.ceil(np.log10(low) / every), np.floor(np.log10(high) / every) + 1)))
    axes.yaxis.set_minor_locator(NullLocator())
