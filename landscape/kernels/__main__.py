"""Compile the kernels of the XOR network ahead of use: ``python -m landscape.kernels``.

What is compiled is cached on disk beside the sources, so that the first figure need not wait for it.
"""

from __future__ import annotations

import numpy as np

import landscape as ls
from landscape import xor
from landscape.kernels import grid


def main() -> None:
    """Run every kernel once on a problem of the smallest size."""
    net = xor.network()
    plane = ls.coordinate_plane(net, xor.TEXTBOOK, "b1[0]", "b1[1]")
    grid.plane_loss(net, plane, np.linspace(-1, 1, 3), np.linspace(-1, 1, 3))
    for dtype in ("float64", "float32"):
        for optimizer in (ls.Adam(), ls.SGD(), ls.RMSprop()):
            ls.train(net, xor.TEXTBOOK, optimizer, 1, dtype=dtype)
    ls.nearest_zero(net, xor.offset_start(0.1))


if __name__ == "__main__":
    main()
