"""A plot function to copy to figures/plots/: a finished result in, Axes in, Axes out."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from figures.style.axes import given_or_new_axes
from figures.style.loss_scales import LOSS_LABEL
from landscape import Surface
from landscape.base import checks


def plot_loss_histogram(surface: Surface, *, ax: Axes | None = None, bins: int = 40, **hist_kwargs: Any) -> Axes:
    """Draw how often each loss occurs on the grid of ``surface``.

    Parameters
    ----------
    surface : Surface
    ax : Axes, optional
        A new figure's, if not given. Labels that are set already are left alone.
    bins : int, at least 1
    **hist_kwargs
        Passed to ``Axes.hist``.
    """
    checks.instance("surface", surface, Surface, "evaluate_plane")
    checks.count("bins", bins, least=1)
    ax = given_or_new_axes(ax)
    ax.hist(surface.loss.ravel(), bins=bins, **hist_kwargs)
    if not ax.get_xlabel():
        ax.set_xlabel(LOSS_LABEL)
    if not ax.get_ylabel():
        ax.set_ylabel("grid points")
    return ax
