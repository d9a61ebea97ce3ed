"""Loss landscapes, computed: objectives, planes, trajectories and exact minima.

Start with :mod:`landscape.xor`, the textbook's XOR network, or with
:class:`landscape.keras_objective.KerasObjective` for a model of your own. This package draws
nothing; :mod:`figures` does. ``__init__.pyi`` lists the public names and the file of each; they are imported on first
use, so ``import landscape`` is quick.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
