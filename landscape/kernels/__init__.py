"""The hot path, compiled: loss on grids (:mod:`.grid`) and training from many starts (:mod:`.walk`).

Both work on the ReLU network of :mod:`landscape.networks.relu` only; :mod:`.milestones` trains others too, and keeps
no path. The modules import numba, which takes about half a second a process, so import them on first need.
What they return does not depend on the number of threads or on how the work is cut up.
"""
