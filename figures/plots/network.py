"""Diagram of a small 2-h-1 network: circles and arrows, with its weights."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Circle
from numpy.typing import ArrayLike

from figures.output.latex_snippets import label_text
from figures.plots.decision import UNIT_COLORS
from figures.style.axes import given_or_new_axes
from figures.style.style_sheets import background_color, halo, text_color
from landscape.base import checks

OUTPUT_COLOR = "C1"
RADIUS = 0.13


def plot_network(theta: ArrayLike, hidden: int, *, ax: Axes | None = None) -> Axes:
    """Draw the 2-h-1 network with parameters ``theta``, shape (4 h + 1,), in Keras order; return the Axes.

    Weights are written on their arrows, biases next to their nodes.
    """
    hidden = checks.count("hidden", hidden, least=1)
    theta = checks.vector("theta", theta, 4 * hidden + 1)
    ax = given_or_new_axes(ax)
    inputs = [(0.0, y) for y in _spread(2)]
    units = [(1.0, y) for y in _spread(hidden)]
    output = (2.0, 0.0)
    W1, b1, W2, b2 = (
        theta[: 2 * hidden].reshape(2, hidden),
        theta[2 * hidden : 3 * hidden],
        theta[3 * hidden : -1],
        theta[-1],
    )
    for u, at in enumerate(units):
        color = UNIT_COLORS[u % len(UNIT_COLORS)]
        for k, source in enumerate(inputs):
            _arrow(ax, source, at, _number(W1[k, u]), color=color, place=0.5 if source[1] == at[1] else 0.3)
        _arrow(ax, at, output, _number(W2[u]), color=OUTPUT_COLOR, place=0.5)
        _node(ax, at, rf"$h_{u + 1}$", color, _number(b1[u]))
    for k, at in enumerate(inputs):
        _node(ax, at, rf"$x_{k + 1}$", text_color(), None)
    _node(ax, output, r"$\hat y$", OUTPUT_COLOR, _number(b2))
    ax.set(xlim=(-0.2, 2.2), ylim=(-1.2, 1.2), aspect="equal")
    ax.set_axis_off()
    return ax


def _number(value: float) -> str:
    return label_text(f"{value:.3g}".replace("-", "\N{MINUS SIGN}"))


def _spread(count: int) -> list[float]:
    return [0.6 * (count - 1 - 2 * i) / max(1, count - 1) for i in range(count)]


def _node(ax: Axes, at: tuple[float, float], name: str, color: str, bias: str | None) -> None:
    ax.add_patch(Circle(at, RADIUS, facecolor=background_color(), edgecolor=color, linewidth=1.4, zorder=3))
    ax.text(*at, name, ha="center", va="center", zorder=4)
    if bias is not None:
        side = 1 if at[1] >= 0 else -1
        ax.text(
            at[0],
            at[1] + side * (RADIUS + 0.06),
            bias,
            ha="center",
            va="bottom" if side > 0 else "top",
            color=text_color(),
        )


def _arrow(
    ax: Axes, source: tuple[float, float], to: tuple[float, float], text: str, *, color: str, place: float
) -> None:
    arrow = {"arrowstyle": "-|>", "color": color, "shrinkA": 0, "shrinkB": 9, "linewidth": 1.0}
    ax.annotate("", to, source, arrowprops=arrow, zorder=1)
    x, y = (s + place * (t - s) for s, t in zip(source, to, strict=True))
    ax.text(x, y, text, ha="center", va="center", path_effects=halo(3.0), zorder=2)
