"""The exercise's problem: XOR, the textbook's solution, and the way from and to Keras weights."""

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
