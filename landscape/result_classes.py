"""The classes whose instances a file may hold, by name: no file can choose what is imported to load it."""

from __future__ import annotations

from collections.abc import Mapping

from landscape.basins import BasinMap
from landscape.connectivity import MergeTree
from landscape.curvature import Cone
from landscape.decision import DecisionSurface
from landscape.labels import Labelled
from landscape.minima import Level
from landscape.nearest import NearestZero
from landscape.optimizers import SGD, Adam, CosineDecay, RMSprop
from landscape.passes import Path
from landscape.plane import Plane
from landscape.plane_kinks import KinkLines
from landscape.point_report import PointReport
from landscape.projection import Projection
from landscape.remedies import Remedy, RemedyTrials
from landscape.run_outcomes import Outcomes
from landscape.saddles import StationaryValue
from landscape.sign_patterns import SignGroup, SignOutcomes
from landscape.stability import Stability
from landscape.surface import Profile, Surface
from landscape.trajectories import Trajectories

RESULT_CLASSES: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        *(Plane, Surface, Profile, Trajectories, Projection, KinkLines, DecisionSurface),
        *(Level, StationaryValue, NearestZero, MergeTree, Path),
        *(PointReport, Cone, Stability, BasinMap, Outcomes, SignGroup, SignOutcomes, Remedy, RemedyTrials),
        *(Adam, SGD, RMSprop, CosineDecay),
    )
}
"""Every public dataclass of this package; a merge tree is refused for the network that it holds."""

LABELLED: tuple[type[Labelled], ...] = tuple(kind for kind in RESULT_CLASSES.values() if issubclass(kind, Labelled))
"""Those whose axes have names and coordinates."""
