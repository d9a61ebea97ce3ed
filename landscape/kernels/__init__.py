"""The compiled inner loops over plain arrays, which the packages above call.

:mod:`.plane_loss` computes the loss on a grid, :mod:`.training_loop` trains the ReLU network with steps that
:mod:`.step_emitter` emits as vector code, :mod:`.general_training_loop` trains other networks, and
:mod:`.nearest_zero_search` searches for the closest zero. The modules import numba, which takes about half a second
per process, so import them only when needed. Results do not depend on how the work is split.
"""

import os

_threads = os.environ.get("NUMBA_NUM_THREADS", "1").strip()
if not (_threads.isdecimal() and int(_threads) > 0):  # numba warns with a traceback, or does not name the variable
    raise ImportError(f"NUMBA_NUM_THREADS must be a whole number from 1; got {_threads[:80]!r}, correct or unset it")

ADAM, SGD, RMSPROP = 0, 1, 2
"""The numbers by which kernels identify a gradient method."""
