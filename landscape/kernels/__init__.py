"""The hot path, compiled: loops over plain arrays, which rooms above drive.

:mod:`.plane_loss` is the loss on a grid, :mod:`.training_loop` the training of the ReLU network, whose step
:mod:`.step_emitter` writes out as vector code, :mod:`.general_training_loop` the training of other networks, and
:mod:`.nearest_zero_search` the search for the closest zero. The modules import numba, which takes about half a second
a process, so import them on first need. What they return does not depend on how the work is cut up.
"""
