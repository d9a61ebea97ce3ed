"""The problem of the exercise: XOR, the textbook's solution, and conversion from and to Keras weights."""

from __future__ import annotations

from landscape.networks.xor import (
    TEXTBOOK,
    TruthTable,
    X,
    Y,
    classify,
    network,
    offset_start,
    theta_from_keras,
    theta_to_keras,
    truth_table,
)

__all__ = [
    "TEXTBOOK",
    "TruthTable",
    "X",
    "Y",
    "classify",
    "network",
    "offset_start",
    "theta_from_keras",
    "theta_to_keras",
    "truth_table",
]
