"""Filter normalization: every filter of a direction is rescaled to its norm in the reference; four rules for biases.

References
----------
Li, Xu, Taylor, Studer, Goldstein: Visualizing the Loss Landscape of Neural Nets (2018), arXiv:1712.09913.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.networks.objective import Objective, require_objective

Indices = NDArray[np.int64]

BIAS_RULES = ("joint", "ignore", "copy", "separate")
"""How filter normalization treats biases; see :func:`filter_normalize`."""


@checks.known_arguments
@norms.may_underflow
def filter_normalize(direction: ArrayLike, reference: ArrayLike, net: Objective, bias: str = "joint") -> Array:
    """Return ``direction`` with every filter rescaled to the norm of the same filter of ``reference``.

    A filter is the incoming weights of one unit: a *column* of a Keras kernel. For filter f

        d_f <- d_f ||reference_f|| / ||d_f||

    so a unit step moves every filter by its own norm, and a plot no longer depends on how scale is distributed
    between layers.

    Parameters
    ----------
    direction, reference : array_like of shape (n,)
    net : Objective
    bias : {"joint", "ignore", "copy", "separate"}
        *joint*: a unit's weights and bias form one filter. *ignore*: biases do not move. *copy*: the bias part of
        the direction is the reference's bias (the default of the reference implementation). *separate*: the bias
        vector of a layer is a filter of its own.

    Returns
    -------
    ndarray of shape (n,)
        A filter that is 0 in the reference is 0 in the result: it is frozen, as :attr:`Plane.frozen` reports.

    Raises
    ------
    ValueError
        For an unknown rule, and for a filter that is 0 in ``direction`` but not in ``reference``.

    References
    ----------
    arXiv:1712.09913, section 4.
    """
    require_objective(net)
    checks.choice("bias", bias, BIAS_RULES)
    given = checks.vector("direction", direction, net.n_parameters)
    target = checks.vector("reference", reference, net.n_parameters)
    result = np.zeros(net.n_parameters)
    for group in _groups(net, bias):
        moved = group[target[group].any(axis=1)]
        if not (drawn := given[moved].any(axis=1)).all():
            raise ValueError(
                f"direction must not be 0 on the whole filter ({_named(net, moved[~drawn][0])}); "
                f"got zeros, draw another direction"
            )
        if moved.size:
            result[moved] = norms.unit(given[moved]) * norms.norm(target[moved])[:, None]
    if bias == "copy":
        for _, _, biases in filter_blocks(net):
            result[biases] = target[biases]
    return result


def filter_blocks(net: Objective) -> Iterator[tuple[Hashable, Indices, Indices]]:
    """Yield, for filters of equal size, what tells their layer from others, and the indices of kernels and biases.

    Both are of shape (filters, entries of each); either may have no entries.
    """
    if own := getattr(net, "filter_blocks", None):
        yield from own()
        return
    for f in net.filters:
        biases = () if f.bias is None else (f.bias,) if isinstance(f.bias, int | np.integer) else f.bias
        yield f.layer, np.array([f.kernel], dtype=np.int64), np.array([biases], dtype=np.int64)


def _groups(net: Objective, bias: str) -> Iterator[Indices]:
    """Yield the groups of indices that are rescaled together under a bias rule, each of shape (groups, entries)."""
    biases_of_layer: dict[Hashable, list[Indices]] = {}
    for layer, kernel, biases in filter_blocks(net):
        biases_of_layer.setdefault(layer, []).append(biases.ravel())
        group = np.concatenate([kernel, biases], axis=1) if bias == "joint" else kernel
        if group.size:
            yield group
    if bias == "separate":
        yield from (np.concatenate(found)[None] for found in biases_of_layer.values() if sum(map(len, found)))


def _named(net: Objective, indices: Indices, most: int = 12) -> str:
    """Return the names of parameters, of the first ones if there are many."""
    name = getattr(net, "parameter_name", None) or (lambda i: net.parameter_names[i])
    return ", ".join([*(name(int(i)) for i in indices[:most]), *(["..."] if len(indices) > most else [])])
