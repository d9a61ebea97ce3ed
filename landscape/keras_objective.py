"""A built Keras 3 model, with its data and loss, as an objective; and a recorder of its training.

Importing this module imports TensorFlow, which takes a few seconds.
"""

from __future__ import annotations

from landscape.keras.filter_rules import Rule
from landscape.keras.model_objective import KerasObjective
from landscape.keras.recorder import TrajectoryRecorder

__all__ = ["KerasObjective", "Rule", "TrajectoryRecorder"]
