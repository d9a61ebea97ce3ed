"""Filter normalization: every unit of a direction gets the length of that unit of the reference; four rules for biases.

References
----------
Li, Xu, Taylor, Studer, Goldstein: Visualizing the Loss Landscape of Neural Nets (2018), arXiv:1712.09913.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks, norms
from landscape.networks.objective import Objective, require_objective

Array = NDArray[np.float64]

BIAS_RULES = ("joint", "ignore", "copy", "separate")
"""What filter normalization can do with biases; see :func:`filter_normalize`."""


def filter_normalize(direction: ArrayLike, reference: ArrayLike, net: Objective, bias: str = "joint") -> Array:
    """Return ``direction`` with every filter rescaled to the norm of the same filter of ``reference``.

    A filter is the incoming weights of one unit: a *column* of a Keras kernel. For filter f

        d_f <- d_f ||reference_f|| / ||d_f||

    so a unit step moves every unit by as much as its own size, and a plot no longer depends on how
    weight is shared between layers.

    Parameters
    ----------
    direction, reference : array_like of shape (n,)
    net : Objective
    bias : {"joint", "ignore", "copy", "separate"}
        *joint*: a unit's weights and bias are one filter. *ignore*: biases do not move. *copy*: the
        bias part is the reference's bias (the default of the reference code). *separate*: the bias
        vector of a layer is a filter of its own.

    Returns
    -------
    ndarray of shape (n,)
        A filter whose reference is 0 gets direction 0: it is frozen, as :attr:`Plane.frozen` reports.

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
    """Yield the indices of theta that are rescaled together under a bias rule."""
    layers: dict[str, list[int]] = {}
    for f in net.filters:
        own = [] if f.bias is None else [f.bias]
        layers.setdefault(f.layer, []).extend(own)
        together = [*f.kernel, *(own if bias == "joint" else [])]
        if together:
            yield together
    if bias == "separate":
        yield from (biases for biases in layers.values() if biases)
