"""The public names of the package and where each is defined: what ``__init__.py`` imports on first use."""

from . import xor as xor
from .analysis.atlas import Atlas as Atlas, AtlasLevel as AtlasLevel, Pass as Pass, atlas as atlas
from .analysis.basin_map import BasinMap as BasinMap, basin_map as basin_map
from .analysis.components import ends_by_component as ends_by_component, minima_by_component as minima_by_component
from .analysis.curvature import (
    Cone as Cone,
    growth_factor as growth_factor,
    one_sided_curvatures as one_sided_curvatures,
    one_sided_hessians as one_sided_hessians,
    preconditioned as preconditioned,
    sharpness as sharpness,
    stability_limit as stability_limit,
)
from .analysis.outcomes import Outcomes as Outcomes, outcomes as outcomes
from .analysis.pace import (
    constant_from as constant_from,
    mean_curvature as mean_curvature,
    region_changes as region_changes,
    steps_per_decade as steps_per_decade,
)
from .analysis.point_report import PointReport as PointReport, describe as describe
from .analysis.remedies import (
    Remedy as Remedy,
    RemedyTrials as RemedyTrials,
    standard_remedies as standard_remedies,
    try_remedies as try_remedies,
)
from .analysis.run_sharpness import Sharpness as Sharpness, track_sharpness as track_sharpness
from .analysis.run_states import levels_with_slope_at_zero as levels_with_slope_at_zero
from .analysis.sign_patterns import SignOutcomes as SignOutcomes, outcomes_by_signs as outcomes_by_signs
from .analysis.spectrum import (
    Eigenpairs as Eigenpairs,
    SpectralDensity as SpectralDensity,
    Trace as Trace,
    hessian_trace as hessian_trace,
    spectral_density as spectral_density,
    top_eigenpairs as top_eigenpairs,
)
from .analysis.stability import Stability as Stability, spikes as spikes, track_stability as track_stability
from .base.bundle import Bundle as Bundle
from .base.intervals import Paired as Paired, Share as Share, wilson as wilson
from .base.versions import __version__ as __version__, versions as versions
from .exact.activation_regions import kinks as kinks, pattern as pattern, unit_patterns as unit_patterns
from .exact.assign_levels import assign_levels as assign_levels, stationary_kinds as stationary_kinds
from .exact.families import Family as Family
from .exact.local_minima import Level as Level, stationary_levels as stationary_levels
from .exact.low_paths import (
    Path as Path,
    exit_path as exit_path,
    lowest_pass as lowest_pass,
    scaling_orbit as scaling_orbit,
)
from .exact.merge_tree import MergeTree as MergeTree, merge_tree as merge_tree
from .exact.minimum_in_cell import minimum_in_cell as minimum_in_cell
from .exact.nearest_zero import (
    NearestZero as NearestZero,
    nearest_zero as nearest_zero,
    search_nearest_zero as search_nearest_zero,
)
from .exact.saddles import StationaryValue as StationaryValue, stationary_values as stationary_values
from .exact.solved_cells import SolvedCell as SolvedCell, solved_cells as solved_cells
from .exact.straight_barrier import never_falls as never_falls, straight_barrier as straight_barrier
from .io.csv_tables import to_csv as to_csv
from .io.storage import load as load, save as save
from .io.vtk import to_vtp as to_vtp, to_vts as to_vts
from .networks.alternative_network import AlternativeNetwork as AlternativeNetwork
from .networks.decision_surface import DecisionSurface as DecisionSurface, decision_surface as decision_surface
from .networks.objective import Objective as Objective
from .networks.relu import ReluNetwork as ReluNetwork
from .parallel.executors import map_tasks as map_tasks
from .planes.directions import (
    coordinate_direction as coordinate_direction,
    coordinate_plane as coordinate_plane,
    direction_between as direction_between,
    orthogonalize as orthogonalize,
    plane_through as plane_through,
    principal_plane as principal_plane,
    random_direction as random_direction,
    random_plane as random_plane,
    scaling_direction as scaling_direction,
    scaling_plane as scaling_plane,
)
from .planes.filter_normalization import filter_normalize as filter_normalize
from .planes.kink_lines import (
    KinkLines as KinkLines,
    kink_lines as kink_lines,
    pattern_towards as pattern_towards,
    sectors as sectors,
)
from .planes.paths.curves import (
    Bezier as Bezier,
    PathProfile as PathProfile,
    evaluate_path as evaluate_path,
    straight_path as straight_path,
    train_bezier as train_bezier,
)
from .planes.paths.projection import (
    Projection as Projection,
    project as project,
    project_on_own_plane as project_on_own_plane,
)
from .planes.paths.runs_on_plane import RunsOnPlane as RunsOnPlane, runs_on_plane as runs_on_plane
from .planes.plane import Plane as Plane
from .planes.quadratic_model import quadratic_model as quadratic_model
from .planes.surface import (
    Profile as Profile,
    Surface as Surface,
    evaluate_line as evaluate_line,
    evaluate_plane as evaluate_plane,
)
from .planes.surface_shape import (
    automatic_range as automatic_range,
    is_bowl as is_bowl,
    low_regions as low_regions,
    nonconvex_share as nonconvex_share,
    rising_rays as rising_rays,
)
from .planes.zeros_in_plane import zeros_in_plane as zeros_in_plane
from .training.optimizers import SGD as SGD, Adam as Adam, CosineDecay as CosineDecay, RMSprop as RMSprop
from .training.recording import RecordedRun as RecordedRun
from .training.sign_groups import SignGroup as SignGroup, sign_groups as sign_groups
from .training.starts import (
    glorot_starts as glorot_starts,
    numbered_starts as numbered_starts,
    perturbed_starts as perturbed_starts,
)
from .training.train import train as train
from .training.trajectories import Trajectories as Trajectories
from .training.trapped import is_trapped as is_trapped
