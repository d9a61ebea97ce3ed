"""Computing loss landscapes: objectives, planes, trajectories and exact minima.

Start with :mod:`landscape.xor`, the textbook's XOR network, or with
:class:`landscape.keras_objective.KerasObjective` for your own model. This package only computes;
:mod:`figures` draws. ``__init__.pyi`` lists the public names and the file that defines each; they are imported on first
use, so ``import landscape`` is quick.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
