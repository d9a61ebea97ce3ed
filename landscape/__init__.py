"""Loss landscapes, computed: objectives, planes, trajectories and exact minima.

Start with :mod:`landscape.xor`, the textbook's XOR network, or with
:class:`landscape.keras_objective.KerasObjective` for a model of your own. This package draws
nothing; :mod:`figures` does. Names are imported on first use, so ``import landscape`` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from landscape.version_info import __version__

if TYPE_CHECKING:
    from landscape import xor as xor
    from landscape.basins import BasinMap as BasinMap
    from landscape.basins import basin_map as basin_map
    from landscape.bundle import Bundle as Bundle
    from landscape.connectivity import MergeTree as MergeTree
    from landscape.connectivity import merge_tree as merge_tree
    from landscape.curvature import Cone as Cone
    from landscape.curvature import growth_factor as growth_factor
    from landscape.curvature import one_sided_hessians as one_sided_hessians
    from landscape.curvature import preconditioned as preconditioned
    from landscape.curvature import sharpness as sharpness
    from landscape.curvature import stability_limit as stability_limit
    from landscape.decision import DecisionSurface as DecisionSurface
    from landscape.decision import decision_surface as decision_surface
    from landscape.directions import coordinate_direction as coordinate_direction
    from landscape.directions import coordinate_plane as coordinate_plane
    from landscape.directions import direction_between as direction_between
    from landscape.directions import filter_normalize as filter_normalize
    from landscape.directions import orthogonalize as orthogonalize
    from landscape.directions import principal_plane as principal_plane
    from landscape.directions import random_direction as random_direction
    from landscape.directions import random_plane as random_plane
    from landscape.inner_points import minimum_in_cell as minimum_in_cell
    from landscape.intervals import wilson as wilson
    from landscape.levels import assign_levels as assign_levels
    from landscape.minima import Level as Level
    from landscape.minima import stationary_levels as stationary_levels
    from landscape.nearest import NearestZero as NearestZero
    from landscape.nearest import nearest_zero as nearest_zero
    from landscape.nearest import search_nearest_zero as search_nearest_zero
    from landscape.network import ReluNetwork as ReluNetwork
    from landscape.objective import Objective as Objective
    from landscape.optimizers import SGD as SGD
    from landscape.optimizers import Adam as Adam
    from landscape.optimizers import CosineDecay as CosineDecay
    from landscape.optimizers import RMSprop as RMSprop
    from landscape.paraview import to_vtp as to_vtp
    from landscape.paraview import to_vts as to_vts
    from landscape.passes import Path as Path
    from landscape.passes import exit_path as exit_path
    from landscape.passes import lowest_pass as lowest_pass
    from landscape.passes import scaling_orbit as scaling_orbit
    from landscape.plane import Plane as Plane
    from landscape.plane_kinks import KinkLines as KinkLines
    from landscape.plane_kinks import kink_lines as kink_lines
    from landscape.plane_zeros import zeros_in_plane as zeros_in_plane
    from landscape.point_report import PointReport as PointReport
    from landscape.point_report import describe as describe
    from landscape.projection import Projection as Projection
    from landscape.projection import project as project
    from landscape.regions import kinks as kinks
    from landscape.regions import pattern as pattern
    from landscape.regions import unit_patterns as unit_patterns
    from landscape.remedies import Remedy as Remedy
    from landscape.remedies import RemedyTrials as RemedyTrials
    from landscape.remedies import standard_remedies as standard_remedies
    from landscape.remedies import try_remedies as try_remedies
    from landscape.run_outcomes import Outcomes as Outcomes
    from landscape.run_outcomes import outcomes as outcomes
    from landscape.saddles import StationaryValue as StationaryValue
    from landscape.saddles import stationary_values as stationary_values
    from landscape.sharing import share_out as share_out
    from landscape.sign_patterns import SignGroup as SignGroup
    from landscape.sign_patterns import SignOutcomes as SignOutcomes
    from landscape.sign_patterns import outcomes_by_signs as outcomes_by_signs
    from landscape.sign_patterns import sign_groups as sign_groups
    from landscape.stability import Stability as Stability
    from landscape.stability import spikes as spikes
    from landscape.stability import track_stability as track_stability
    from landscape.starts import glorot_starts as glorot_starts
    from landscape.starts import perturbed_starts as perturbed_starts
    from landscape.storage import load as load
    from landscape.storage import save as save
    from landscape.straight import straight_barrier as straight_barrier
    from landscape.surface import Profile as Profile
    from landscape.surface import Surface as Surface
    from landscape.surface import automatic_range as automatic_range
    from landscape.surface import evaluate_line as evaluate_line
    from landscape.surface import evaluate_plane as evaluate_plane
    from landscape.tables import to_csv as to_csv
    from landscape.training import train as train
    from landscape.trajectories import Trajectories as Trajectories
    from landscape.variants import VariantNetwork as VariantNetwork
    from landscape.version_info import versions as versions
    from landscape.zero_set import SolvedCell as SolvedCell
    from landscape.zero_set import solved_cells as solved_cells

_ROOMS = {
    "basins": ("BasinMap", "basin_map"),
    "bundle": ("Bundle",),
    "curvature": ("Cone", "growth_factor", "one_sided_hessians", "preconditioned", "sharpness", "stability_limit"),
    "connectivity": ("MergeTree", "merge_tree"),
    "decision": ("DecisionSurface", "decision_surface"),
    "directions": (
        "coordinate_direction",
        "coordinate_plane",
        "direction_between",
        "filter_normalize",
        "orthogonalize",
        "principal_plane",
        "random_direction",
        "random_plane",
    ),
    "inner_points": ("minimum_in_cell",),
    "intervals": ("wilson",),
    "levels": ("assign_levels",),
    "minima": ("Level", "stationary_levels"),
    "nearest": ("NearestZero", "nearest_zero", "search_nearest_zero"),
    "network": ("ReluNetwork",),
    "objective": ("Objective",),
    "optimizers": ("Adam", "CosineDecay", "RMSprop", "SGD"),
    "paraview": ("to_vtp", "to_vts"),
    "passes": ("Path", "exit_path", "lowest_pass", "scaling_orbit"),
    "plane": ("Plane",),
    "plane_kinks": ("KinkLines", "kink_lines"),
    "plane_zeros": ("zeros_in_plane",),
    "point_report": ("PointReport", "describe"),
    "projection": ("Projection", "project"),
    "regions": ("kinks", "pattern", "unit_patterns"),
    "remedies": ("Remedy", "RemedyTrials", "standard_remedies", "try_remedies"),
    "run_outcomes": ("Outcomes", "outcomes"),
    "saddles": ("StationaryValue", "stationary_values"),
    "sharing": ("share_out",),
    "sign_patterns": ("SignGroup", "SignOutcomes", "outcomes_by_signs", "sign_groups"),
    "stability": ("Stability", "spikes", "track_stability"),
    "starts": ("glorot_starts", "perturbed_starts"),
    "storage": ("load", "save"),
    "straight": ("straight_barrier",),
    "surface": ("Profile", "Surface", "automatic_range", "evaluate_line", "evaluate_plane"),
    "tables": ("to_csv",),
    "training": ("train",),
    "trajectories": ("Trajectories",),
    "variants": ("VariantNetwork",),
    "version_info": ("versions",),
    "zero_set": ("SolvedCell", "solved_cells"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = ["__version__", "xor", *sorted(_ROOM_OF)]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name == "xor":
        return importlib.import_module("landscape.xor")
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'landscape' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"landscape.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
