"""Names and filters of a Keras model's weights: which entries of theta belong to which unit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import prod

import numpy as np

from landscape.networks.objective import Filter


@dataclass(frozen=True)
class Variable:
    """One trainable variable: ``path`` as in Keras, such as ``dense/kernel``, and ``shape``."""

    path: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of entries."""
        return prod(self.shape)

    @property
    def layer(self) -> str:
        """Path of the layer that it belongs to."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Name within its layer."""
        return self.path.rpartition("/")[2]


def names_of(variables: Iterable[Variable]) -> tuple[str, ...]:
    """Return a name for every entry of theta.

    Examples
    --------
    >>> names_of([Variable("dense/kernel", (1, 2)), Variable("dense/bias", (2,))])
    ('dense/kernel[0,0]', 'dense/kernel[0,1]', 'dense/bias[0]', 'dense/bias[1]')
    """
    return tuple(
        f"{v.path}[{','.join(map(str, index))}]" if v.shape else v.path
        for v in variables
        for index in np.ndindex(v.shape)
    )


def filters_of(variables: Sequence[Variable]) -> tuple[Filter, ...]:
    """Return one filter per unit; every entry of theta is in exactly one.

    A unit is one index of a kernel's last axis: a column of a dense kernel, one output channel of a
    convolution. If the layer's bias has more entries than that axis (depthwise convolution, attention heads),
    there is one unit per entry of the bias, indexed by as many trailing axes as needed. Kernels of one layer with
    the same number of units (input and recurrent kernel) share a filter. A row of an embedding is a filter. Weights
    without a kernel, such as the scales and shifts of normalization, are biases of filters of their own.

    Examples
    --------
    >>> filters_of([Variable("dense/kernel", (2, 2)), Variable("dense/bias", (2,))])
    (Filter(layer='dense', kernel=(0, 2), bias=4), Filter(layer='dense', kernel=(1, 3), bias=5))
    """
    ends = np.cumsum([v.size for v in variables])
    placed = [(v, np.arange(end - v.size, end)) for v, end in zip(variables, ends, strict=True)]
    found: list[Filter] = []
    for layer, group in groupby(placed, key=lambda pair: pair[0].layer):
        members = list(group)
        bias = next((pair for pair in members if pair[0].name == "bias"), None)
        kernels: dict[int, list[list[int]]] = {}
        single: list[int] = []
        for v, indices in members:
            if len(v.shape) < 2 or v.name == "bias":
                single += indices.tolist()
                continue
            if v.name == "embeddings":
                by_unit = indices.reshape(v.shape[0], -1)
            else:
                by_unit = indices.reshape(-1, _unit_count(v, bias)).T
            units = kernels.setdefault(len(by_unit), [[] for _ in by_unit])
            for unit, incoming in zip(units, by_unit, strict=True):
                unit.extend(incoming.tolist())
        for count, units in kernels.items():
            attached: Sequence[int | None] = [None] * count
            if bias is not None and bias[0].size == count and bias[1][0] in single:
                attached = bias[1].tolist()
                single = [i for i in single if i not in attached]
            found += [Filter(layer, tuple(unit), b) for unit, b in zip(units, attached, strict=True)]
        found += [Filter(layer, (), i) for i in single]
    return tuple(found)


def _unit_count(kernel: Variable, bias: tuple[Variable, object] | None) -> int:
    """Return the number of units of a kernel: the size of its bias if that is the product of trailing axes."""
    products = [prod(kernel.shape[-k:]) for k in range(1, len(kernel.shape))]
    if bias is not None and bias[0].size in products:
        return bias[0].size
    return kernel.shape[-1]
