"""Compile the kernels of the XOR network in advance: ``python -m landscape.compile_kernels``.

The machine code is cached on disk next to the sources, so that the first figure does not have to wait for it.
"""

import numpy as np

import landscape as ls
from landscape.kernels import ADAM, RMSPROP, SGD
from landscape.kernels.training_loop import coasting_block, input_bits, training_block
from landscape.networks import xor
from landscape.planes import compiled_grid


def main() -> None:
    """Compile what the lecture set runs: every size that a network may shrink to, and float32 for Adam only."""
    net = xor.network()
    plane = ls.coordinate_plane(net, xor.TEXTBOOK, "b1[0]", "b1[1]")
    compiled_grid.plane_loss(net, plane, np.linspace(-1, 1, 3), np.linspace(-1, 1, 3))
    bits = input_bits(net.inputs)
    for method, single in ((ADAM, False), (SGD, False), (RMSPROP, False), (ADAM, True)):
        coasting_block(method, single)
        for units in range(net.hidden + 1):
            training_block(net.n_inputs, units, net.n_samples, method, single, bits)
    ls.try_remedies([ls.Remedy()], 1, 1, seed=0)
    ls.nearest_zero(net, xor.offset_start(0.1))


if __name__ == "__main__":
    main()
