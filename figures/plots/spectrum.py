"""The spectrum of a Hessian: the density of its eigenvalues, and its largest ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from figures.style.axes import given_or_new_axes
from figures.style.style_sheets import text_color
from landscape import Eigenpairs, SpectralDensity

DECADES = 7
"""Powers of 10 of the density below its peak that are shown."""


def plot_spectrum(spectrum: SpectralDensity | Eigenpairs, *, ax: Axes | None = None, **plot_kwargs: Any) -> Axes:
    """Draw a density of eigenvalues on a logarithmic axis, or the largest eigenvalues; return the Axes.

    The band around a density is its standard error over the random vectors. An eigenvalue is a vertical line at the
    top of the Axes, with a bar as wide as its residual on either side; both can be drawn into the same Axes.

    Parameters
    ----------
    spectrum : SpectralDensity or Eigenpairs
    ax : Axes, optional
        Axes of a new figure if not given. Existing axis labels are kept.
    **plot_kwargs
        Passed to ``Axes.plot`` or ``Axes.vlines``.
    """
    if not isinstance(spectrum, SpectralDensity | Eigenpairs):
        raise TypeError(
            f"spectrum must be a SpectralDensity or Eigenpairs, made by spectral_density or top_eigenpairs; "
            f"got {type(spectrum).__name__}"
        )
    ax = given_or_new_axes(ax)
    if isinstance(spectrum, SpectralDensity):
        _density(ax, spectrum, plot_kwargs)
    else:
        _eigenvalues(ax, spectrum, plot_kwargs)
    if not ax.get_xlabel():
        ax.set_xlabel("eigenvalue of the Hessian")
    return ax


def _density(ax: Axes, found: SpectralDensity, kwargs: dict[str, Any]) -> None:
    peak = float(found.density.max(initial=0.0)) or 1.0
    bottom = peak * 10.0**-DECADES
    low, high = (np.maximum(found.density + sign * found.standard_error, bottom / 10) for sign in (-1, 1))
    (line,) = ax.plot(found.grid, np.maximum(found.density, bottom / 10), **({"label": "density"} | kwargs))
    ax.fill_between(found.grid, low, high, color=line.get_color(), alpha=0.25, linewidth=0.0, gid="standard error")
    ax.set_yscale("log")
    ax.set_ylim(bottom, 3.0 * max(peak, float(high.max())))
    ax.set_xlim(found.grid[0], found.grid[-1])
    if not ax.get_ylabel():
        ax.set_ylabel("density of eigenvalues")


def _eigenvalues(ax: Axes, found: Eigenpairs, kwargs: dict[str, Any]) -> None:
    style: dict[str, Any] = {"label": "largest eigenvalues", "color": text_color(), "linewidth": 0.8} | kwargs
    across = ax.get_xaxis_transform()
    if not ax.lines:  # no density to give heights
        ax.set_yticks([])
    ax.vlines(found.values, 0.8, 1.0, transform=across, **style)
    bars = ax.hlines(np.full(found.values.size, 0.9), found.values - found.residuals, found.values + found.residuals)
    bars.set(transform=across, color=style["color"], linewidth=2.0, gid="residuals")
