"""Starts of training: near a point, or initialized as in Keras."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.networks.one_hidden_layer import DenseNetwork

TILE = 256
"""Starts of a list that are drawn from one random stream."""


@checks.known_arguments
def perturbed_starts(center: ArrayLike, sigma: float, count: int, *, rng: np.random.Generator) -> Array:
    """Return ``center + sigma * N(0, I)``, shape (count, n).

    Parameters
    ----------
    center : array_like of shape (n,)
    sigma : float, at least 0
        Standard deviation of every parameter.
    count : int, at least 1
    rng : numpy.random.Generator

    Raises
    ------
    ValueError
        If a start is infinite, which happens at a sigma of 1e308.
    """
    center = checks.vector("center", center)
    sigma = checks.positive("sigma", sigma, zero=True)
    shape = (_count_of_starts(count, center.size), center.size)
    with np.errstate(over="ignore", under="ignore"):
        starts = np.asarray(center + sigma * checks.generator(rng).standard_normal(shape))
    if not np.isfinite(starts).all():
        raise ValueError(f"sigma must be small enough for finite starts; got {sigma:g}, decrease it or center")
    return starts


@checks.known_arguments
def glorot_starts(net: DenseNetwork, count: int, *, rng: np.random.Generator) -> Array:
    """Return starts from Keras' default initialization of dense layers, shape (count, n).

    Kernels uniform in (-l, l) with l = sqrt(6 / (fan_in + fan_out)), biases 0.

    References
    ----------
    Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks (2010).
    """
    checks.instance("net", net, DenseNetwork, "xor.network()")
    count, rng = _count_of_starts(count, net.n_parameters), checks.generator(rng)
    d, h = net.n_inputs, net.hidden
    starts = np.zeros((count, net.n_parameters))
    W1, W2 = slice(0, d * h), slice((d + 1) * h, (d + 2) * h)
    for columns, fans in ((W1, d + h), (W2, h + 1)):
        limit = np.sqrt(6.0 / fans)
        starts[:, columns] = rng.uniform(-limit, limit, starts[:, columns].shape)
    return starts


def numbered_starts(net: DenseNetwork, count: int, *, seed: int, attempt: int = 0) -> Array:
    """Return the first ``count`` starts of the list of Keras-default starts that belongs to a seed, shape (count, n).

    Start i does not depend on ``count``, so a computation with fewer starts uses the first ones of one with more.

    Parameters
    ----------
    net : DenseNetwork
    count : int, at least 1
    seed : int, at least 0
    attempt : int, at least 0
        Another list of the same seed, such as for restarts.

    Examples
    --------
    >>> from landscape import xor
    >>> few, many = (numbered_starts(xor.network(), count, seed=0) for count in (3, 1000))
    >>> bool((few == many[:3]).all())
    True
    """
    checks.instance("net", net, DenseNetwork, "xor.network()")
    seed, attempt = checks.count("seed", seed), checks.count("attempt", attempt)
    tiles = range(-(-_count_of_starts(count, net.n_parameters) // TILE))
    drawn = [glorot_starts(net, TILE, rng=tile_stream(seed, tile, attempt)) for tile in tiles]
    return np.concatenate(drawn)[:count]


def tile_stream(seed: int, tile: int, attempt: int = 0) -> np.random.Generator:
    """Return the random stream that starts ``tile * TILE`` to ``(tile + 1) * TILE - 1`` of a list are drawn from."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(tile, attempt)))


def _count_of_starts(count: int, n: int) -> int:
    """Return ``count`` if so many starts of n parameters take no more memory than one array may."""
    count = checks.count("count", count, least=1)
    checks.memory(f"count={count} would take", 8 * n * count, "use fewer starts")
    return count
