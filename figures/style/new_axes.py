"""New Axes for plot functions that are called without any."""

from __future__ import annotations

from matplotlib.axes import Axes


def new_axes() -> Axes:
    """Return the Axes of a new pyplot figure; pyplot is imported only when this is called."""
    from matplotlib import pyplot as plt

    return plt.subplots()[1]
