"""The Axes that a plot function draws into, those it is given or those of a new figure, and their root scale."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray


def given_or_new_axes(ax: Axes | None) -> Axes:
    """Return ``ax``, or the Axes of a new pyplot figure; pyplot is imported only if it is needed."""
    if ax is None:
        from matplotlib import pyplot as plt

        return plt.subplots(layout="constrained")[1]  # which makes room for a colour bar
    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be matplotlib Axes, such as plt.subplots()[1]; got {type(ax).__name__}")
    return ax


def root_scale(ax: Axes) -> None:
    """Make the y axis linear in the root of y, of its size below 0, so that the axis may begin a little below 0."""
    ax.set_yscale("function", functions=(_signed_root, _signed_square))


def _signed_root(y: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(np.sign(y) * np.sqrt(np.abs(y)))


def _signed_square(root: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(np.sign(root) * np.square(root))
