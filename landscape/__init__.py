"""Loss landscapes, computed: objectives, planes, trajectories and exact minima.

Start with :mod:`landscape.xor`, the textbook's XOR network, or with
:class:`landscape.keras_objective.KerasObjective` for a model of your own. This package draws
nothing; :mod:`figures` does. Names are imported on first use, so ``import landscape`` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from landscape.base.versions import __version__

if TYPE_CHECKING:
    from landscape import xor as xor
    from landscape.analysis.basin_map import BasinMap as BasinMap
    from landscape.analysis.basin_map import basin_map as basin_map
    from landscape.analysis.curvature import Cone as Cone
    from landscape.analysis.curvature import growth_factor as growth_factor
    from landscape.analysis.curvature import one_sided_hessians as one_sided_hessians
    from landscape.analysis.curvature import preconditioned as preconditioned
    from landscape.analysis.curvature import sharpness as sharpness
    from landscape.analysis.curvature import stability_limit as stability_limit
    from landscape.analysis.outcomes import Outcomes as Outcomes
    from landscape.analysis.outcomes import outcomes as outcomes
    from landscape.analysis.point_report import PointReport as PointReport
    from landscape.analysis.point_report import describe as describe
    from landscape.analysis.remedies import Remedy as Remedy
    from landscape.analysis.remedies import RemedyTrials as RemedyTrials
    from landscape.analysis.remedies import standard_remedies as standard_remedies
    from landscape.analysis.remedies import try_remedies as try_remedies
    from landscape.analysis.sign_patterns import SignGroup as SignGroup
    from landscape.analysis.sign_patterns import SignOutcomes as SignOutcomes
    from landscape.analysis.sign_patterns import outcomes_by_signs as outcomes_by_signs
    from landscape.analysis.sign_patterns import sign_groups as sign_groups
    from landscape.analysis.stability import Stability as Stability
    from landscape.analysis.stability import spikes as spikes
    from landscape.analysis.stability import track_stability as track_stability
    from landscape.base.bundle import Bundle as Bundle
    from landscape.base.intervals import wilson as wilson
    from landscape.base.versions import versions as versions
    from landscape.exact.activation_regions import kinks as kinks
    from landscape.exact.activation_regions import pattern as pattern
    from landscape.exact.activation_regions import unit_patterns as unit_patterns
    from landscape.exact.assign_levels import assign_levels as assign_levels
    from landscape.exact.local_minima import Level as Level
    from landscape.exact.local_minima import stationary_levels as stationary_levels
    from landscape.exact.low_paths import Path as Path
    from landscape.exact.low_paths import exit_path as exit_path
    from landscape.exact.low_paths import lowest_pass as lowest_pass
    from landscape.exact.low_paths import scaling_orbit as scaling_orbit
    from landscape.exact.merge_tree import MergeTree as MergeTree
    from landscape.exact.merge_tree import merge_tree as merge_tree
    from landscape.exact.minimum_in_cell import minimum_in_cell as minimum_in_cell
    from landscape.exact.nearest_zero import NearestZero as NearestZero
    from landscape.exact.nearest_zero import nearest_zero as nearest_zero
    from landscape.exact.nearest_zero import search_nearest_zero as search_nearest_zero
    from landscape.exact.saddles import StationaryValue as StationaryValue
    from landscape.exact.saddles import stationary_values as stationary_values
    from landscape.exact.solved_cells import SolvedCell as SolvedCell
    from landscape.exact.solved_cells import solved_cells as solved_cells
    from landscape.exact.straight_barrier import straight_barrier as straight_barrier
    from landscape.io.csv_tables import to_csv as to_csv
    from landscape.io.storage import load as load
    from landscape.io.storage import save as save
    from landscape.io.vtk import to_vtp as to_vtp
    from landscape.io.vtk import to_vts as to_vts
    from landscape.networks.decision_surface import DecisionSurface as DecisionSurface
    from landscape.networks.decision_surface import decision_surface as decision_surface
    from landscape.networks.objective import Objective as Objective
    from landscape.networks.relu import ReluNetwork as ReluNetwork
    from landscape.networks.variants import VariantNetwork as VariantNetwork
    from landscape.parallel.executors import share_out as share_out
    from landscape.planes.directions import coordinate_direction as coordinate_direction
    from landscape.planes.directions import coordinate_plane as coordinate_plane
    from landscape.planes.directions import direction_between as direction_between
    from landscape.planes.directions import filter_normalize as filter_normalize
    from landscape.planes.directions import orthogonalize as orthogonalize
    from landscape.planes.directions import principal_plane as principal_plane
    from landscape.planes.directions import random_direction as random_direction
    from landscape.planes.directions import random_plane as random_plane
    from landscape.planes.kink_lines import KinkLines as KinkLines
    from landscape.planes.kink_lines import kink_lines as kink_lines
    from landscape.planes.plane import Plane as Plane
    from landscape.planes.projection import Projection as Projection
    from landscape.planes.projection import project as project
    from landscape.planes.surface import Profile as Profile
    from landscape.planes.surface import Surface as Surface
    from landscape.planes.surface import automatic_range as automatic_range
    from landscape.planes.surface import evaluate_line as evaluate_line
    from landscape.planes.surface import evaluate_plane as evaluate_plane
    from landscape.planes.zeros_in_plane import zeros_in_plane as zeros_in_plane
    from landscape.training.optimizers import SGD as SGD
    from landscape.training.optimizers import Adam as Adam
    from landscape.training.optimizers import CosineDecay as CosineDecay
    from landscape.training.optimizers import RMSprop as RMSprop
    from landscape.training.starts import glorot_starts as glorot_starts
    from landscape.training.starts import perturbed_starts as perturbed_starts
    from landscape.training.train import train as train
    from landscape.training.trajectories import Trajectories as Trajectories

_MODULES = {
    "base.bundle": ("Bundle",),
    "base.intervals": ("wilson",),
    "base.versions": ("versions",),
    "networks.decision_surface": ("DecisionSurface", "decision_surface"),
    "networks.objective": ("Objective",),
    "networks.relu": ("ReluNetwork",),
    "networks.variants": ("VariantNetwork",),
    "parallel.executors": ("share_out",),
    "exact.activation_regions": ("kinks", "pattern", "unit_patterns"),
    "exact.assign_levels": ("assign_levels",),
    "exact.local_minima": ("Level", "stationary_levels"),
    "exact.low_paths": ("Path", "exit_path", "lowest_pass", "scaling_orbit"),
    "exact.merge_tree": ("MergeTree", "merge_tree"),
    "exact.minimum_in_cell": ("minimum_in_cell",),
    "exact.nearest_zero": ("NearestZero", "nearest_zero", "search_nearest_zero"),
    "exact.saddles": ("StationaryValue", "stationary_values"),
    "exact.solved_cells": ("SolvedCell", "solved_cells"),
    "exact.straight_barrier": ("straight_barrier",),
    "training.optimizers": ("Adam", "CosineDecay", "RMSprop", "SGD"),
    "training.starts": ("glorot_starts", "perturbed_starts"),
    "training.train": ("train",),
    "training.trajectories": ("Trajectories",),
    "planes.directions": (
        "coordinate_direction",
        "coordinate_plane",
        "direction_between",
        "filter_normalize",
        "orthogonalize",
        "principal_plane",
        "random_direction",
        "random_plane",
    ),
    "planes.kink_lines": ("KinkLines", "kink_lines"),
    "planes.plane": ("Plane",),
    "planes.projection": ("Projection", "project"),
    "planes.surface": ("Profile", "Surface", "automatic_range", "evaluate_line", "evaluate_plane"),
    "planes.zeros_in_plane": ("zeros_in_plane",),
    "analysis.basin_map": ("BasinMap", "basin_map"),
    "analysis.curvature": (
        "Cone",
        "growth_factor",
        "one_sided_hessians",
        "preconditioned",
        "sharpness",
        "stability_limit",
    ),
    "analysis.outcomes": ("Outcomes", "outcomes"),
    "analysis.point_report": ("PointReport", "describe"),
    "analysis.remedies": ("Remedy", "RemedyTrials", "standard_remedies", "try_remedies"),
    "analysis.sign_patterns": ("SignGroup", "SignOutcomes", "outcomes_by_signs", "sign_groups"),
    "analysis.stability": ("Stability", "spikes", "track_stability"),
    "io.csv_tables": ("to_csv",),
    "io.storage": ("load", "save"),
    "io.vtk": ("to_vtp", "to_vts"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = ["__version__", "xor", *sorted(_MODULE_OF)]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name == "xor":
        return importlib.import_module("landscape.xor")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'landscape' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"landscape.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
