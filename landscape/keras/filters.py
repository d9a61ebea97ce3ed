"""The filters of a Keras model: which entries of theta belong to which output, as blocks of indices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.keras.filter_rules import Axes, LayerRules, Rule, of_heads, projections, rules_of

Indices = NDArray[np.int64]

PIECE = 2**16
"""Entries of the filters whose indices are in memory together."""


@dataclass(frozen=True)
class Variable:
    """One trainable variable: its path as in Keras, such as ``dense/kernel``, shape, and first index in theta."""

    path: str
    shape: tuple[int, ...]
    start: int = 0

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

    def entry(self, index: int) -> str:
        """Return the name of the entry at an index of theta, such as ``dense/kernel[0,1]``."""
        place = np.unravel_index(index - self.start, self.shape)
        return f"{self.path}[{','.join(map(str, place))}]" if self.shape else self.path


def path_in(model: Any, variable: Any) -> str:
    """Return the path of a variable without the model's name: Keras numbers unnamed models, anew in each run."""
    return str(variable.path.removeprefix(f"{model.name}/"))


def variables_of(model: Any) -> tuple[Variable, ...]:
    """Return the variables of theta, in its order."""
    found, start = [], 0
    for v in model.trainable_variables:
        found.append(Variable(path_in(model, v), tuple(v.shape), start))
        start += found[-1].size
    return tuple(found)


@dataclass(frozen=True)
class Part:
    """Weights of one variable, or of one row of it, and the axes that number their filters."""

    variable: Variable
    axes: tuple[int, ...]
    row: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of these weights."""
        return self.variable.shape if self.row is None else self.variable.shape[1:]

    @property
    def count(self) -> int:
        """Number of filters."""
        return prod(self.shape[axis] for axis in self.axes)

    def indices(self, filters: slice = slice(None)) -> Indices:
        """Return the indices into theta of some filters, shape (filters, entries of each)."""
        start = self.variable.start + (self.row or 0) * prod(self.shape)
        steps = np.cumprod([1, *self.shape[:0:-1]])[::-1]
        others = [axis for axis in range(len(self.shape)) if axis not in self.axes]
        first, within = (_offsets([self.shape[a] for a in axes], steps[[*axes]]) for axes in (self.axes, others))
        return start + first[filters, None] + within


@dataclass(frozen=True)
class FiltersOfLayer:
    """Filters of one layer that have the same weights; its indices are computed when they are asked for."""

    layer: str
    kind: str
    kernels: tuple[Part, ...]
    biases: Part | None
    identity: int = field(repr=False)

    @property
    def count(self) -> int:
        """Number of filters."""
        return (self.kernels[0] if self.kernels else self.biases).count  # type: ignore[union-attr]

    def kernel(self, filters: slice = slice(None)) -> Indices:
        """Return the indices of the incoming weights of some filters, shape (filters, entries)."""
        none = np.empty((len(range(self.count)[filters]), 0), np.int64)
        return np.concatenate([none, *(part.indices(filters) for part in self.kernels)], axis=1)

    def bias(self, filters: slice = slice(None)) -> Indices:
        """Return the indices of the biases of some filters, shape (filters, biases of each)."""
        none = np.empty((len(range(self.count)[filters]), 0), np.int64)
        return self.biases.indices(filters) if self.biases else none

    def pieces(self) -> Iterator[tuple[Indices, Indices]]:
        """Yield the indices of weights and of biases of a few filters after another, to need little memory."""
        size = sum(prod(part.shape) for part in _parts(self)) // self.count
        few = max(1, PIECE // size)
        for start in range(0, self.count, few):
            filters = slice(start, start + few)
            yield self.kernel(filters), self.bias(filters)


def _offsets(sizes: Sequence[int], steps: Indices) -> Indices:
    """Return the distances in memory of all entries along some axes from the first one, the last axis fastest."""
    found = np.zeros(1, np.int64)
    for size, step in zip(sizes, steps, strict=True):
        found = (found[:, None] + step * np.arange(size)).ravel()
    return found


def filters_of(
    model: Any, variables: Sequence[Variable], chosen: str | Mapping[type, LayerRules] | None
) -> tuple[FiltersOfLayer, ...]:
    """Return the filters of a model by the class of each layer; every entry of theta is in exactly one.

    Parameters
    ----------
    model : keras.Model
    variables : those of theta, in its order
    chosen : "tensor" for one filter for each variable, or rules of further classes of layers, or None

    Raises
    ------
    ValueError
        For a layer whose class has no rule, or whose rule leaves out a variable or gives it different filters twice.
    """
    place = {id(v): own for v, own in zip(model.trainable_variables, variables, strict=True)}
    found: list[FiltersOfLayer] = []
    heads = projections(model)
    for layer in reversed(model._flatten_layers()):  # inner layers first: a wrapper may hold their variables, too
        own = {v.name: place.pop(id(v)) for v in layer._trainable_variables if id(v) in place}
        if chosen == "tensor":
            kind = type(layer).__name__
            found += [FiltersOfLayer(v.layer, kind, (Part(v, ()),), None, v.start) for v in own.values()]
        elif own:
            rules = of_heads(layer) if id(layer) in heads else rules_of(layer, chosen or {})  # type: ignore[arg-type]
            found += _blocks(layer, own, rules)
    return tuple(sorted(found, key=lambda block: min(part.variable.start for part in _parts(block))))


def _blocks(layer: Any, own: Mapping[str, Variable], rules: Any) -> Iterator[FiltersOfLayer]:
    """Yield the filters of one layer whose trainable variables are ``own``, by name."""
    kind, path = type(layer).__name__, next(iter(own.values())).layer or layer.name
    way_out = f'pass filters={{{kind}: [Rule({{"NAME": AXIS}}, "BIAS")]}} or filters="tensor"'
    if rules is None:
        raise ValueError(f"filters must be known for every layer; {kind} {path!r} has no rule, {way_out}")
    left = set(own)
    for rule in rules:
        kernels = tuple(
            Part(own[name], _axes(axes, own[name].shape)) for name, axes in rule.kernels.items() if name in own
        )
        bias = _bias(rule, own) if kernels or not rule.kernels else None
        if not kernels and bias is None:
            continue
        parts = (*kernels, *([bias] if bias else []))
        if len({part.count for part in parts}) > 1:
            shapes = ", ".join(f"{part.variable.name} {part.shape}" for part in parts)
            raise ValueError(f"filters of {kind} {path!r} must agree in number; got {shapes}, {way_out}")
        left -= {part.variable.name for part in parts}
        yield FiltersOfLayer(path, kind, kernels, bias, id(layer))
    if "bias" in left and rules:  # its kernel is frozen
        left.discard("bias")
        yield FiltersOfLayer(path, kind, (), Part(own["bias"], tuple(range(len(own["bias"].shape)))), id(layer))
    if left:
        raise ValueError(f"filters must hold every weight; the rule of {kind} {path!r} lacks {sorted(left)}, {way_out}")


def _bias(rule: Rule, own: Mapping[str, Variable]) -> Part | None:
    """Return the part that a rule calls bias, or None if the layer has none."""
    if rule.bias is None or rule.bias not in own:
        return None
    variable = own[rule.bias]
    row = rule.bias_row
    shape = variable.shape if row is None else variable.shape[1:]
    axes = tuple(range(len(shape))) if rule.bias_axes is None else _axes(rule.bias_axes, shape)
    return Part(variable, axes, row)


def _axes(axes: Axes, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return axes as a tuple of numbers from 0."""
    return tuple(axis % len(shape) for axis in ((axes,) if isinstance(axes, int) else axes))


def _parts(block: FiltersOfLayer) -> tuple[Part, ...]:
    """Return all parts of a block."""
    return (*block.kernels, *([block.biases] if block.biases else []))


def table(blocks: Sequence[FiltersOfLayer], model: Any) -> str:
    """Return the filters of a model as text: a line for each block, then the variables that are not in theta."""
    trainable = {id(v) for v in model.trainable_variables}
    others = [path_in(model, v) for v in model.variables if id(v) not in trainable]
    rows: list[tuple[str, ...]] = [("layer", "class", "weights", "filters", "weights each", "biases each")]
    for block in blocks:
        weights = ", ".join(f"{part.variable.name}{_shown(part)}" for part in _parts(block))
        sizes = (block.kernel().shape[1], block.bias().shape[1])
        rows.append((block.layer, block.kind, weights, str(block.count), *map(str, sizes)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *([f"not in theta: {', '.join(others)}"] if others else [])])


def _shown(part: Part) -> str:
    """Return the shape of a part, with the axes that number its filters in brackets."""
    sizes = [f"[{size}]" if axis in part.axes else str(size) for axis, size in enumerate(part.shape)]
    return (" " if part.row is None else f"[{part.row}] ") + " x ".join(sizes or ["1"])
