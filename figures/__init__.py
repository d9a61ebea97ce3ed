"""Draws the results of :mod:`landscape`: plot functions, the lecture figures, batch rendering.

A plot function takes a result and, optionally, Axes, and returns the Axes: ``figures.plot_contour(surface)``.
``__init__.pyi`` lists the public names and the file that defines each; they are imported on first use, so
``import figures`` is fast. It gives matplotlib short names of the style sheets: ``plt.style.use("xorscape")``,
"xorscape-dark", "xorscape-ddasp".
"""

import lazy_loader

from figures.style.short_names import add_short_names

add_short_names()

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
