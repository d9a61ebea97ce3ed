"""The classes whose instances a file may contain, by name: a file cannot choose what is imported to load it."""

from collections.abc import Mapping

from landscape.analysis.atlas import Atlas, AtlasLevel, Pass
from landscape.analysis.basin_map import BasinMap
from landscape.analysis.curvature import Cone
from landscape.analysis.ends.decisions import Decisions
from landscape.analysis.ends.fates import Fates
from landscape.analysis.outcomes import Outcomes
from landscape.analysis.point_report import PointReport
from landscape.analysis.remedies import Remedy, RemedyTrials
from landscape.analysis.run_sharpness import Sharpness
from landscape.analysis.sign_patterns import SignOutcomes
from landscape.analysis.spectrum import Eigenpairs, SpectralDensity, Trace
from landscape.analysis.stability import Stability
from landscape.base.intervals import Paired, Share
from landscape.base.labels import Labelled
from landscape.exact.families import Family
from landscape.exact.local_minima import Level
from landscape.exact.low_paths import Path
from landscape.exact.merge_tree import MergeTree
from landscape.exact.nearest_zero import NearestZero
from landscape.exact.saddles import StationaryValue
from landscape.networks.decision_surface import DecisionSurface
from landscape.planes.kink_lines import KinkLines
from landscape.planes.paths.curves import Bezier, PathProfile
from landscape.planes.paths.projection import Projection
from landscape.planes.paths.runs_on_plane import RunsOnPlane
from landscape.planes.plane import Plane
from landscape.planes.surface import Profile, Surface
from landscape.training.optimizers import SGD, Adam, CosineDecay, RMSprop
from landscape.training.recording import RecordedRun
from landscape.training.sign_groups import SignGroup
from landscape.training.trajectories import Trajectories

RESULT_CLASSES: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        *(Plane, Surface, Profile, Trajectories, RecordedRun, Projection, KinkLines, DecisionSurface),
        *(Level, Family, StationaryValue, NearestZero, MergeTree, Path),
        *(PointReport, Cone, Stability, BasinMap, Outcomes, SignGroup, SignOutcomes, Remedy, RemedyTrials),
        *(Adam, SGD, RMSprop, CosineDecay, Share, Paired, Atlas, AtlasLevel, Pass),
        *(Eigenpairs, Trace, SpectralDensity, Bezier, PathProfile, RunsOnPlane, Sharpness, Fates, Decisions),
    )
}
"""Every public dataclass of this package; saving a merge tree is refused because it contains a network."""

LABELLED: tuple[type[Labelled], ...] = tuple(kind for kind in RESULT_CLASSES.values() if issubclass(kind, Labelled))
"""The classes whose axes have names and coordinates."""
