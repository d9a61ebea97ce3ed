"""Axes for a plot function that is given none."""

from __future__ import annotations

from matplotlib.axes import Axes


def new_axes() -> Axes:
    """Return the axes of a new pyplot figure; pyplot is imported only when somebody asks for this."""
    from matplotlib import pyplot as plt

    return plt.subplots()[1]
