"""Drawing what :mod:`landscape` computes: plot functions, the lecture set, batch rendering.

A plot function takes a result and, if you have them, Axes, and returns the Axes: ``figures.plot_contour(surface)``.
``__init__.pyi`` lists the public names and the file of each; they are imported on first use, so ``import figures`` is
quick.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
