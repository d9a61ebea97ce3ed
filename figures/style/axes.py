"""The Axes that a plot function draws into: those it is given, or those of a new figure."""

from __future__ import annotations

from matplotlib.axes import Axes


def given_or_new_axes(ax: Axes | None) -> Axes:
    """Return ``ax``, or the Axes of a new pyplot figure; pyplot is imported only if it is needed."""
    if ax is None:
        from matplotlib import pyplot as plt

        return plt.subplots()[1]
    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be matplotlib Axes, such as plt.subplots()[1]; got {type(ax).__name__}")
    return ax
