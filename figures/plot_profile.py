"""The loss along a line."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from matplotlib.axes import Axes

from figures.axes import new_axes
from figures.palette import level_looks
from figures.scales import LOSS_LABEL, loss_ticks
from landscape import Profile


def plot_profile(
    profile: Profile,
    *,
    ax: Axes | None = None,
    ceiling: float | None = None,
    marks: Iterable[Fraction] = (),
    **plot_kwargs: Any,
) -> Axes:
    """Draw ``profile`` with its height linear in the root of the loss, so that 0 is on the axis.

    Parameters
    ----------
    profile : Profile
    ax : Axes, optional
        A new figure's, if not given. Labels that are set already are left alone.
    ceiling : float, optional
        Upper end of the loss axis. Default: the profile's highest loss.
    marks : iterable of Fraction
        Exact levels, named on the loss axis and drawn as thin lines.
    **plot_kwargs
        Passed to ``Axes.plot``.
    """
    if ax is None:
        ax = new_axes()
    ax.plot(profile.alpha, profile.loss, **plot_kwargs)
    top = float(ceiling if ceiling is not None else profile.loss.max())
    root_axis(ax, top, marks)
    if not ax.get_xlabel():
        ax.set_xlabel(r"$\alpha$")
    return ax


def root_axis(ax: Axes, ceiling: float, marks: Iterable[Fraction] = ()) -> None:
    """Make the vertical axis linear in the root of the loss, 0 to ``ceiling``, ticks at the exact levels."""
    marks = list(marks)
    ax.set_yscale("function", functions=(_root, _square))
    ax.set_ylim(0.0, ceiling)
    ticks = loss_ticks(marks, ceiling, (ceiling,))
    ax.set_yticks(list(ticks), labels=list(ticks.values()))
    ax.minorticks_off()
    looks = level_looks([Fraction(0), *(m for m in marks if m)])
    for mark in marks:
        if 0 < float(mark) <= ceiling:
            look = looks[mark]
            ax.axhline(float(mark), color=look.color, linestyle=look.linestyle, linewidth=0.7, zorder=0)
    if not ax.get_ylabel():
        ax.set_ylabel(LOSS_LABEL)


def _root(loss: Any) -> Any:
    return abs(loss) ** 0.5


def _square(root: Any) -> Any:
    return root**2
