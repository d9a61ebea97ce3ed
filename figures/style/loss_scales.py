"""Scales for drawing the loss, and its colour bar; they resolve small losses and keep a loss of exactly 0 visible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, Normalize, PowerNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures.style.palette import clipped, fraction_label, level_styles
from figures.style.special_values import LARGEST
from figures.style.style_sheets import background_color, brightness, halo
from figures.style.tick_labels import FittingLabels
from landscape.base import checks

LOSS_LABEL = r"MSE  $\mathcal{R}$"
"""The lecture's symbol for the empirical risk."""
THETA_STAR = r"$\theta\!^\ast$"
"""The textbook weights; a plain star in a superscript would float above and beside the letter."""


def root_label(label: str = LOSS_LABEL) -> str:
    """Return the label of an axis or a colour bar that is linear in the square root of what ``label`` names.

    >>> root_label("MSE"), root_label("")
    ('MSE (root scale)', 'root scale')
    """
    return f"{label} (root scale)" if label else "root scale"


def root_norm(ceiling: float) -> PowerNorm:
    """Return a colour norm that is linear in the square root of the loss, from 0 to ``ceiling``; 0 maps to 0."""
    return PowerNorm(0.5, vmin=0.0, vmax=ceiling)


def ceiling_of(loss: NDArray[np.float64], ceiling: float | None) -> float:
    """Return the loss at which a scale ends: ``ceiling`` if given, otherwise the highest finite loss.

    Raises
    ------
    ValueError
        If no ceiling is given and no finite loss is above 0, or if the scale would end outside of 1e-200 to 1e200.
    """
    if ceiling is not None:
        top = checks.positive("ceiling", ceiling)
        name, way_out = "ceiling", "rescale the loss"
    else:
        top = float(loss[np.isfinite(loss)].max(initial=-np.inf))
        if not top > 0:
            raise ValueError(
                f"highest loss must be above 0 and finite to end the scale; got {loss.max():g}, give a ceiling"
            )
        name, way_out = "highest loss", "give a ceiling"
    if not 1 / LARGEST <= top < LARGEST:
        raise ValueError(f"{name} must be between 1e-200 and 1e200 to end the scale; got {top:g}, {way_out}")
    return top


def root_levels(ceiling: float, bands: int) -> NDArray[np.float64]:
    """Return ``bands + 1`` contour levels from 0 to ``ceiling``, equally spaced in the square root of the loss."""
    return np.asarray(ceiling * np.linspace(0.0, 1.0, bands + 1) ** 2)


def loss_ticks(marks: Iterable[Fraction], ceiling: float, extra: Sequence[float] = ()) -> dict[float, str]:
    """Return tick positions and labels: the exact levels up to ``ceiling``, and ``extra`` values up to ``ceiling``."""
    ticks = {float(m): fraction_label(m) for m in marks if float(m) <= ceiling}
    for value in extra:
        if value <= ceiling and value not in ticks:
            exact = Fraction(value)
            ticks[value] = str(exact) if exact.denominator <= 8 and exact < 1 else f"{value:g}"
    return dict(sorted(ticks.items()))


def loss_cmap() -> Colormap:
    """Return the colour map of a loss or a metric, with grey for values above its upper end.

    It is that of the style, ``image.cmap``, reversed if need be: low values have the brightness of the background, and
    higher ones stand out from it. So on light slides darker is higher, as in "viridis_r" and on matplotlib's default
    white with its "viridis"; on dark slides brighter is higher. Text and lines, which contrast with the background, are
    thus readable where the loss is low. Another map is drawn as it is if it is passed as ``cmap=``.
    """
    cmap = mpl.colormaps[mpl.rcParams["image.cmap"]]
    low, high = (abs(brightness(cmap(end)) - brightness(background_color())) for end in (0.0, 1.0))
    if low > high + 0.3:  # not maps whose ends are about as bright
        cmap = cmap.reversed()
    return cmap.with_extremes(over=clipped())


def label_colorbar(bar: Colorbar, ticks: dict[float, str], *, label: str = LOSS_LABEL) -> Colorbar:
    """Set the ticks and the label of a colour bar, by default the symbol of the loss, and return it.

    If its colours are linear in the square root, the label says so.
    """
    bar.set_ticks(list(ticks))
    bar.formatter = FittingLabels(ticks)
    bar.ax.minorticks_off()
    bar.set_label(root_label(label) if isinstance(bar.norm, PowerNorm) else label)
    return bar


def mappable(norm: Normalize) -> ScalarMappable:
    """Return the mappable for a colour bar of the loss that several axes share."""
    return ScalarMappable(norm=norm, cmap=loss_cmap())


def loss_bar(
    figure: Figure, axes: Sequence[Axes], levels: Sequence[Fraction], ceiling: float, *, lines: bool = True
) -> Colorbar:
    """Add one colour bar shared by ``axes``, with a tick and a line in the style of each level.

    The grey arrow stands for losses above ``ceiling``. Pass ``lines=False`` if the levels are not drawn in the map.
    """
    shared = mappable(root_norm(ceiling))
    bar = figure.colorbar(shared, ax=list(axes), extend="max", aspect=30, fraction=0.05, pad=0.015)
    styles = level_styles(levels)
    for level in levels:
        if lines and 0 < level <= ceiling:
            style = styles[level]
            line = bar.ax.axhline(float(level), color=style.color, linestyle=style.linestyle, linewidth=1.0)
            line.set_path_effects(halo(2.0, alpha=0.7))
    return label_colorbar(bar, loss_ticks(levels, ceiling, (ceiling,)))
