"""What a network computes: its output over the input plane, the kinks of its units, and its hidden space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.base.results import Result, array
from landscape.networks.one_hidden_layer import may_overflow
from landscape.networks.relu import ReluNetwork, require_relu_network


@dataclass(frozen=True, eq=False, kw_only=True)
class DecisionSurface(Result):
    """Output of a 2-h-1 network over a square of inputs."""

    axis: Array = array("axis", meaning="values of either input")
    output: Array = array("axis", "axis", meaning="outputs: row = second input, column = first")
    hidden: Array = array("axis", "axis", "hidden", meaning="activations of the hidden units; empty if not kept")
    hinges: Array = array("unit", 2, 2, meaning="ends of each unit's line z = 0 in the square, NaN if it has none")
    normals: Array = array(
        "unit", 2, meaning="unit normal pointing to each unit's active side, 0 if it has no line in the square"
    )
    inputs: Array = array("sample", 2, meaning="the samples")
    targets: Array = array("sample", meaning="targets of the samples")
    outputs: Array = array("sample", meaning="outputs of the network on the samples")
    activations: Array = array("sample", "hidden", meaning="activations of the hidden units on the samples")
    theta: Array = array("parameter", meaning="parameters")


def decision_surface(net: ReluNetwork, theta: ArrayLike, *, margin: float = 0.35, points: int = 121) -> DecisionSurface:
    """Return what the network with parameters ``theta`` (n,) computes in a square around its samples.

    Parameters
    ----------
    net : ReluNetwork with two inputs
    theta : array_like of shape (n,)
    margin : float, above 0
        Distance by which the square extends beyond the samples.
    points : int, at least 2
        Grid points per axis.
    """
    require_relu_network(net)
    if net.n_inputs != 2:
        raise ValueError(f"net must have two inputs to be drawn over a plane; got {net.n_inputs}")
    theta = checks.vector("theta", theta, net.n_parameters)
    margin = checks.positive("margin", margin)
    low, high = net.inputs.min() - margin, net.inputs.max() + margin
    points = checks.count("points", points, least=2)
    checks.memory(f"points={points} would take", 8 * points**2 * (2 + net.hidden), "use fewer points")
    axis = np.linspace(low, high, points)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    on_grid = ReluNetwork(grid, np.zeros(len(grid)), hidden=net.hidden)
    weights = net.unpack(theta)
    lines = [_kink_segment(weights.W1[:, u], float(weights.b1[u]), low, high) for u in range(net.hidden)]
    return DecisionSurface(
        axis=axis,
        output=on_grid.predict(theta).reshape(points, points),
        hidden=np.maximum(on_grid.preactivations(theta), 0.0).reshape(points, points, net.hidden),
        hinges=np.array([ends for ends, _ in lines]),
        normals=np.array([normal for _, normal in lines]),
        inputs=net.inputs,
        targets=net.targets,
        outputs=net.predict(theta),
        activations=np.maximum(net.preactivations(theta), 0.0),
        theta=theta,
    )


@may_overflow
def _kink_segment(w: Array, b: float, low: float, high: float) -> tuple[Array, Array]:
    """Return the segment of w x + b = 0 in the square [low, high]^2 and the unit normal pointing to z > 0."""
    no_line = np.full((2, 2), np.nan), np.zeros(2)
    length = np.hypot(*w)
    if length == 0:
        return no_line
    normal = w / length
    foot, along = -b / length * normal, np.array([-normal[1], normal[0]])
    # Each axis restricts the t for which foot + t along is in the square.
    first, last = -np.inf, np.inf
    for k in range(2):
        if along[k] == 0:
            if not low <= foot[k] <= high:
                return no_line
            continue
        ends = sorted(((low - foot[k]) / along[k], (high - foot[k]) / along[k]))
        first, last = max(first, ends[0]), min(last, ends[1])
    if not last - first > 1e-12 * (high - low):  # touches only a corner
        return no_line
    return foot + np.array([[first], [last]]) * along, normal
