"""The atlas of a data set: levels, families, components and passes of the loss, and how often training succeeds."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.analysis.outcomes import outcomes
from landscape.base import checks
from landscape.base.intervals import Share
from landscape.base.progress import Progress
from landscape.exact.assign_levels import Kind, stationary_kinds
from landscape.exact.families import Family
from landscape.exact.local_minima import stationary_levels
from landscape.exact.merge_tree import MergeTree, merge_tree
from landscape.exact.saddles import stationary_values
from landscape.networks import xor
from landscape.networks.relu import ReluNetwork, require_relu_network
from landscape.training.optimizers import Adam
from landscape.training.starts import numbered_starts

FORMAT = "xorscape atlas 1"
"""Name and version of the JSON format."""


@dataclass(frozen=True, kw_only=True)
class AtlasLevel:
    """One level: a value of local minima.

    Parameters
    ----------
    value : Fraction
        The loss there.
    families : tuple of Family
        Sets of stationary points of this value, saddles included, that are not the boundary of larger ones.
    components : int
        Number of components of {loss <= value}.
    share : Share
        Runs that end on the level.
    kinds : tuple of Share
        For each ``landscape.exact.assign_levels.Kind``, the runs that it holds there.
    """

    value: Fraction
    families: tuple[Family, ...]
    components: int
    share: Share
    kinds: tuple[Share, ...]


@dataclass(frozen=True, kw_only=True)
class Pass:
    """A value at which components of {loss <= value} merge: how many there are just below it, and at it."""

    value: Fraction
    below: int
    components: int


@dataclass(frozen=True, kw_only=True)
class Atlas:
    """The landscape of one network on one data set, and where training ends in it.

    Parameters
    ----------
    name : str
        Name of the data set.
    hidden : int
        Number of hidden units.
    inputs, targets : tuple
        The samples.
    levels : tuple of AtlasLevel, ascending
    passes : tuple of Pass, ascending
    elsewhere : Share
        Runs that end on no level.
    settings : dict
        Optimizer, starts, steps, seed and data type of the runs.
    """

    name: str
    hidden: int
    inputs: tuple[tuple[float, ...], ...]
    targets: tuple[float, ...]
    levels: tuple[AtlasLevel, ...]
    passes: tuple[Pass, ...]
    elsewhere: Share
    settings: dict[str, Any]

    def __str__(self) -> str:
        units = f"{self.hidden} hidden unit{'s' * (self.hidden > 1)}"
        lines = [
            f"{self.name}, {units}; {self.settings['starts']} runs of {self.settings['steps']} steps",
            f"  {'level':<8}{'components':<12}{'runs that end there':<24}sets of local minima (saddles)",
        ]
        for level in self.levels:
            sets = ", ".join(map(str, level.families))
            lines.append(f"  {level.value!s:<8}{level.components:<12}{level.share!s:<24}{sets}")
        if self.elsewhere.count:
            lines.append(f"  {'none':<8}{'':<12}{self.elsewhere}")
        return "\n".join([*lines, f"  {self.merging}"])

    @property
    def merging(self) -> str:
        """Where components merge, in words."""
        passes = "; ".join(f"{p.below} to {p.components} at {p.value}" for p in self.passes)
        return f"components merge: {passes}" if passes else "one component at every level"


@checks.known_arguments
def atlas(
    net: ReluNetwork,
    name: str = "",
    *,
    starts: int = 20_000,
    steps: int = 10_000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Atlas:
    """Return the atlas of a network on its data; the runs are those of Adam with Keras' defaults, from Keras' starts.

    Parameters
    ----------
    net : ReluNetwork
    name : str
        Name of the data set.
    starts, steps, seed : int
        Number of runs, updates of each, and seed of the starts (:func:`landscape.numbered_starts`).
    progress : callable, optional
        Called repeatedly with (tasks of training done, total tasks).

    Raises
    ------
    ValueError
        If there are too many cells to enumerate (see :func:`landscape.stationary_levels`).

    Examples
    --------
    >>> found = atlas(xor.network(), "XOR", starts=400, steps=3000)
    >>> [(str(level.value), level.components, level.share.count) for level in found.levels]
    [('0', 12, 55), ('1/8', 6, 36), ('1/6', 1, 135), ('1/4', 1, 90)]
    >>> [(str(p.value), p.below, p.components) for p in found.passes]
    [('1/8', 12, 6), ('1/6', 6, 1)]
    """
    require_relu_network(net)
    starts, seed = checks.count("starts", starts, least=1), checks.count("seed", seed)
    steps = checks.n_steps(steps)
    drawn = numbered_starts(net, starts, seed=seed)
    levels, tree = stationary_levels(net), merge_tree(net)
    families = {found.value: found.families for found in stationary_values(net)}
    adam = Adam()
    runs = outcomes(net, drawn, adam, steps, progress=progress)
    kinds = stationary_kinds(net, runs.end, runs.level)

    def share(chosen: NDArray[np.bool_]) -> Share:
        return Share(int(chosen.sum()), starts)

    described = [
        AtlasLevel(
            value=level.value,
            families=families.get(level.value, level.families),
            components=tree.components(level.value),
            share=share(runs.level == k),
            kinds=tuple(share((runs.level == k) & (kinds == kind)) for kind in Kind),
        )
        for k, level in enumerate(levels)
    ]
    return Atlas(
        name=name,
        hidden=net.hidden,
        inputs=tuple(map(tuple, net.inputs.tolist())),
        targets=tuple(net.targets.tolist()),
        levels=tuple(described),
        passes=tuple(_passes(tree)),
        elsewhere=share(runs.level < 0),
        settings={"optimizer": adam.describe(), "starts": starts, "steps": steps, "seed": seed, "dtype": "float64"},
    )


def _passes(tree: MergeTree) -> Iterator[Pass]:
    """Yield the values at which components merge, ascending."""
    for value in sorted({merge.value for merge in tree.merges}):
        merged = sum(len(merge.parts) - 1 for merge in tree.merges if merge.value == value)
        components = tree.components(value)
        yield Pass(value=value, below=components + merged, components=components)


def standard_data(hidden: int) -> dict[str, ReluNetwork]:
    """Return the data sets of the published atlas, by name, as networks with this many hidden units."""
    targets = {"XOR": [0, 1, 1, 0], "AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "XNOR": [1, 0, 0, 1]}
    found = {name: xor.network(hidden=hidden, targets=wanted) for name, wanted in targets.items()}
    found["XOR with targets -1 and 1"] = xor.network(hidden=hidden, targets=[-1, 1, 1, -1])
    for i, sample in enumerate(xor.X.astype(int)):
        inputs, wanted = np.delete(xor.X, i, axis=0), np.delete(xor.Y, i)
        found[f"XOR without {sample[0]}{sample[1]}"] = xor.network(hidden=hidden, inputs=inputs, targets=wanted)
    return found


def as_json(atlases: list[Atlas]) -> str:
    """Return atlases as JSON; values are exact fractions such as "1/8"."""

    def plain(value: Any) -> Any:
        match value:
            case Share():
                return {"count": value.count, "fraction": value.fraction, "low": value.low, "high": value.high}
            case Fraction():
                return str(value)
            case Family():
                return {
                    "kind": value.kind,
                    "dimension": value.dimension,
                    "local minima": value.is_minimum,
                    "cells or faces": value.n_sets,
                }
        raise TypeError(f"an atlas must hold plain values; got {type(value).__name__}")

    described = [
        {
            "data": found.name,
            "hidden units": found.hidden,
            "inputs": found.inputs,
            "targets": found.targets,
            "levels": [
                {
                    "value": level.value,
                    "families": level.families,
                    "components": level.components,
                    "runs": level.share,
                    "runs by kind": dict(zip([kind.words for kind in Kind], level.kinds, strict=True)),
                }
                for level in found.levels
            ],
            "passes": [{"value": p.value, "below": p.below, "at": p.components} for p in found.passes],
            "runs on no level": found.elsewhere,
            "training": found.settings,
        }
        for found in atlases
    ]
    return json.dumps({"format": FORMAT, "atlas": described}, default=plain, indent=1, allow_nan=False) + "\n"


COLUMNS = (
    *("data", "hidden_units", "level", "components", "family", "dimension", "local_minima", "cells_or_faces"),
    *("runs", "share", "low", "high"),
)
"""Columns of the table; runs, share and interval are those of the level."""


def as_csv(atlases: list[Atlas]) -> str:
    """Return atlases as a table with one row per family."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for found in atlases:
        for level in found.levels:
            share = level.share
            for family in level.families:
                table.writerow([
                    *(found.name, found.hidden, level.value, level.components),
                    *(family.kind, family.dimension, family.is_minimum, family.n_sets),
                    *(share.count, share.fraction, share.low, share.high),
                ])  # fmt: skip
    return text.getvalue()
