"""Where a single point lies: its level, configuration, leaf of the merge tree or saddle; and the roles of its units."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from landscape.analysis.ends.configurations import configuration_in_words, configurations, nearest_configurations
from landscape.base import norms
from landscape.base.arrays import Array
from landscape.exact.activation_regions import signs_of
from landscape.exact.assign_levels import attained_levels, level_value, minimum_levels, target_scale
from landscape.exact.local_minima import stationary_levels
from landscape.exact.merge_tree import merge_tree
from landscape.exact.saddles import stationary_values
from landscape.networks.relu import ForwardPass, ReluNetwork


def level_of(net: ReluNetwork, forward: ForwardPass, sines: Array, tolerance: float) -> tuple[Fraction | None, bool]:
    """Return the value of the level that theta lies on, None for none, and whether it is a local minimum."""
    attained = int(attained_levels(net, forward, tolerance))
    minimum = int(minimum_levels(net, forward, signs_of(sines, tolerance), tolerance))
    return level_value(net, minimum if attained < 0 else attained), minimum >= 0


def configuration_of(net: ReluNetwork, theta: Array, level: Fraction) -> str:
    """Return in words which configuration of its level theta is nearest to."""
    index = [one.value for one in stationary_levels(net)].index(level)
    nearest = int(nearest_configurations(net, theta[None], [index])[0])
    return configuration_in_words(net.inputs, net.targets, configurations(net)[nearest])


def leaf_of(net: ReluNetwork, sines: Array, v: Array, level: Fraction, tolerance: float) -> tuple[int, str] | None:
    """Return the index of the leaf that theta lies on and its family; None if it lies on none."""
    tree = merge_tree(net)
    leaf = tree.leaf_near(sines, v, level, tolerance)
    return None if leaf is None else (leaf, tree.leaves[leaf].family)


def saddle_of(net: ReluNetwork, outputs: Array, tolerance: float) -> Fraction | None:
    """Return the value of the stationary points with these outputs (m,), up to the tolerance; None if there is none."""
    value_by_distance = {
        norms.norm(np.array(row, dtype=np.float64) - outputs): found.value
        for found in stationary_values(net)
        for row in found.outputs
    }
    shortest = min(value_by_distance)
    is_near = shortest <= tolerance * target_scale(net) * np.sqrt(net.n_samples)
    return value_by_distance[shortest] if is_near else None


def roles_of(v: Array, sign: NDArray[np.int8]) -> str:
    """Return sign of the output weight and number of active samples per unit, independent of the order of the units."""
    active = (sign > 0).sum(axis=0)
    ranked = sorted(zip(np.sign(v).tolist(), active.tolist(), strict=True), reverse=True)
    named = {1.0: "+", 0.0: "0", -1.0: "-"}
    units = [f"{named[output]} on {count} of {len(sign)}" for output, count in ranked if count]
    return ", ".join(units + ["off"] * (len(active) - len(units)))
