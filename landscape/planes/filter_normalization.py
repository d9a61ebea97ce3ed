"""Filter normalization: every filter of a direction is rescaled to its norm in the reference; four rules for biases.

References
----------
Li, Xu, Taylor, Studer, Goldstein: Visualizing the Loss Landscape of Neural Nets (2018), arXiv:1712.09913.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.networks.objective import Objective, require_objective

BIAS_RULES = ("joint", "ignore", "copy", "separate")
"""How filter normalization treats biases; see :func:`filter_normalize`."""


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
    for group in _filter_groups(net, bias):
        if not target[group].any():
            continue
        if not given[group].any():
            names = ", ".join(net.parameter_names[i] for i in group)
            raise ValueError(
                f"direction must not be 0 on the whole filter ({names}); got zeros, draw another direction"
            )
        result[group] = norms.unit(given[group]) * norms.norm(target[group])
    if bias == "copy":
        for f in net.filters:
            if f.bias is not None:
                result[f.bias] = target[f.bias]
    return result


def _filter_groups(net: Objective, bias: str) -> Iterator[list[int]]:
    """Yield the groups of indices into theta that are rescaled together under a bias rule."""
    biases_of_layer: dict[str, list[int]] = {}
    for f in net.filters:
        bias_indices = [] if f.bias is None else [f.bias]
        biases_of_layer.setdefault(f.layer, []).extend(bias_indices)
        group = [*f.kernel, *bias_indices] if bias == "joint" else [*f.kernel]
        if group:
            yield group
    if bias == "separate":
        yield from (biases for biases in biases_of_layer.values() if biases)
