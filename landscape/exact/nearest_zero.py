"""The closest parameters with zero loss, over the whole zero set, with a proof that none is closer.

Every zero lies in a closed cell, or has units of output weight 0 (:mod:`landscape.exact.solved_cells` finds the cells
that are needed). With ``p_u = |v_u|`` held fixed, outputs = targets is linear in the weights and b2, so the closest
zero of the cell is the solution of a convex quadratic programme. Half the squared distance to it, F(p), is a function
of as many variables as there are hidden units. The local minima of F, found by Newton's method, are candidates. A
candidate is accepted only after the network, evaluated by its definition, has been found to have residuals 0 there
within rounding, and the distance of that point has been computed.

The proof that no zero is closer bounds the distance from below over boxes of p, by Lagrangian duality. The minimum
of this function::

    1/2 |w - w0|^2 + 1/2 (p - p0)^2 + 1/2 (b2 - b2_0)^2 + sum_i lam_i (outputs_i - targets_i),

over the cones of the weights and the box, computed exactly, is a lower bound for any multipliers lam
(:mod:`landscape.kernels.nearest_zero_dual`). A box whose bound is below the best distance is halved (branch and
bound). The bound becomes exact as boxes get small, and most cells are excluded by their first box. Cells further away
than the best zero are never opened.

The proof uses floating point. Each bound is lowered by the largest rounding error that it may contain. So for a badly
scaled network a proof may remain incomplete, but no proof is wrong. Distances below :func:`rounding` count as 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.base.limits import OutOfRangeError, require_affordable
from landscape.base.results import Result, array
from landscape.exact import rational
from landscape.exact.activation_regions import Signs, arrangement, is_face
from landscape.exact.solved_cells import zero_faces
from landscape.kernels.nearest_zero_arrays import Axis, Cones, Sizes, Task, work_arrays
from landscape.networks.extreme_sizes import most_extreme
from landscape.networks.one_hidden_layer import may_overflow
from landscape.networks.relu import ReluNetwork, require_relu_network
from landscape.parallel.threads import run_on_threads

GAP = 1e-8
"""Relative gap of the squared distance at which a search may stop."""

STARTS = 4
"""Number of local searches in a cell that its first bound does not exclude.

They start from theta, from the point where the bound is attained, and from both ends of the range.
"""

CELLS = 10
"""Number of cells, those with the lowest bounds, with more than one local search. The proof covers all cells."""

WRITTEN_OUT = (2, 3, 4)
"""Number of units, of weights per unit (with its bias) and of samples for which the search is compiled at fixed sizes.

These are the sizes of the exercise, for which ``describe`` has to be quick. All other networks share one search, which
takes longer.
"""

MAX_BOXES = 20_000
"""Number of boxes after which a search gives up, about a second; for two hidden units some hundreds are usual."""


@dataclass(frozen=True, eq=False, kw_only=True)
class NearestZero(Result):
    """The closest zero of each theta, with a lower bound of the distance that is proved."""

    theta: Array = array("start", "parameter", meaning="parameters of zero loss")
    distance: Array = array("start", meaning="Euclidean distance from the given theta")
    lower_bound: Array = array("start", meaning="no zero is closer than this; 0 when no guarantee was asked for")
    boxes: NDArray[np.int64] = array("start", meaning="boxes opened by the search", dtype=np.int64)


class _ZeroCells(NamedTuple):
    """The closed cells that contain zeros, as arrays for the compiled search.

    samples (m, k): (x, 1); active (t, m, k): the samples on which the weights of a cone are active, else 0;
    cells (c, h): indices of cones; signs (c, h): output signs, 0 for a muted unit.
    """

    sizes: Sizes
    samples: Array
    active: Array
    cones: Cones
    cells: NDArray[np.int64]
    signs: Array


@lru_cache(maxsize=16)
def _zero_cells(net: ReluNetwork) -> _ZeroCells:
    with_zeros = zero_faces(net)
    if not with_zeros:
        raise ValueError(f"net must be able to reach loss 0; with {net.hidden} hidden units on this data it cannot")
    patterns = sorted({side.signs for cell in with_zeros for side in cell if side.output})
    number = {pattern: t for t, pattern in enumerate(patterns)}
    samples = np.c_[net.inputs, np.ones(net.n_samples)]
    signs = np.array([*patterns, (0,) * net.n_samples], dtype=np.float64)
    sizes = _sizes(net)
    return _ZeroCells(
        sizes=sizes,
        samples=samples,
        active=(signs > 0)[..., None] * samples,
        cones=_cones(net, patterns, sizes.weights),
        cells=np.array([[number.get(side.signs, len(patterns)) for side in cell] for cell in with_zeros]),
        signs=np.array([[side.output for side in cell] for cell in with_zeros], dtype=np.float64),
    )


def _sizes(net: ReluNetwork) -> Sizes:
    h, k, m = net.hidden, net.n_inputs + 1, net.n_samples
    lengths = (h, k, m, h * k + 1, h * (k + 1) + 1)
    if (h, k, m) == WRITTEN_OUT:
        return Sizes(*((0,) * n for n in lengths))  # as the length of a tuple, a size is part of the machine code
    return Sizes(*lengths)


def _cones(net: ReluNetwork, patterns: list[Signs], axis: Axis) -> Cones:
    plane, k, m = arrangement(net.inputs), net.n_inputs + 1, net.n_samples
    samples = np.c_[net.inputs, np.ones(m)]
    by_values = np.linalg.pinv(samples)  # maps values on the samples to weights
    projectors = {zeros: _null_projector(net, zeros) for zeros in _zero_sets(plane.faces)}
    spans = [_zero_sets(face for face in plane.faces if is_face(face, pattern)) for pattern in patterns]
    most, rays = max(map(len, spans)), max(len(plane.rays_of(pattern)) for pattern in patterns)
    size = 8.0 * most * (m + rays) * k
    require_affordable("cones", len(spans) + 1, 20.0 * most * (m + rays), size)
    faces, walls = np.zeros((len(spans) + 1, most, k, k)), np.zeros((len(spans) + 1, most, m + rays, k))
    n_walls = np.zeros((len(spans) + 1, most, 2), dtype=np.int64)
    faces[-1, 0] = np.eye(k)
    for t, pattern in enumerate(patterns):
        kinks = np.array(pattern)[:, None] * samples / np.abs(samples).max(axis=1, keepdims=True)
        spanning = [by_values @ values for values in plane.rays_of(pattern)]
        spanning = [ray / norms.magnitude(ray) for ray in spanning]  # so that no square underflows
        for f, zeros in enumerate(spans[t]):
            # Samples on which the face is 0 are left out: rounding must not make them positive or negative.
            inside = [kink @ projectors[zeros] for kink, zero in zip(kinks, zeros, strict=True) if not zero]
            beyond = [
                projectors[zeros] @ ray / np.linalg.norm(ray) - ray / np.linalg.norm(ray)
                for ray, values in zip(spanning, plane.rays_of(pattern), strict=True)
                if np.any(np.array(values)[list(zeros)])
            ]
            faces[t, f] = projectors[zeros]
            walls[t, f, : len(inside) + len(beyond)] = np.reshape(inside + beyond, (-1, k))
            n_walls[t, f] = len(inside), len(inside) + len(beyond)
    return Cones(axis=axis, faces=faces, walls=walls, n_walls=n_walls, n_faces=np.array([*map(len, spans), 1]))


def _zero_sets(faces: Iterable[Signs]) -> list[tuple[bool, ...]]:
    """Return the sets of samples on which faces vanish, the smallest first."""
    return sorted({tuple(s == 0 for s in face) for face in faces}, key=lambda zeros: (sum(zeros), zeros))


def _null_projector(net: ReluNetwork, zeros: tuple[bool, ...]) -> Array:
    """Return the projector onto the weights whose pre-activations vanish on some samples, exact up to rounding."""
    rows = [(*row, Fraction(1)) for row, zero in zip(rational.rational(net.inputs), zeros, strict=True) if zero]
    k = net.n_inputs + 1
    projector, basis = np.zeros((k, k)), rational.null_space(rows, k)
    for i, vector in enumerate(basis):
        direction = np.array(rational.remainder(vector, basis[:i]), dtype=np.float64)
        direction /= np.linalg.norm(direction)
        projector += np.outer(direction, direction)
    return projector


@may_overflow
def search_nearest_zero(
    net: ReluNetwork, theta: ArrayLike, guarantee: str = "global", *, max_boxes: int | None = None
) -> NearestZero:
    """Return the closest zero of each theta (k, n) or (n,), with the lower bounds that prove this.

    Arguments and errors are those of :func:`nearest_zero`, except that a proof cut short after ``max_boxes`` boxes
    (``MAX_BOXES`` when not given) is not an error: then ``lower_bound`` stays below ``distance``.
    """
    require_relu_network(net)
    from landscape.kernels import nearest_zero_search

    theta = checks.starts("theta", theta, net.n_parameters)
    if not len(theta):
        raise ValueError(f"theta must hold at least one point; got shape {theta.shape}")
    checks.choice("guarantee", guarantee, ("global", "local"))
    sizes, samples, active, cones, cells, signs = _zero_cells(net)
    if max_boxes is None:
        max_boxes = MAX_BOXES
    limit = 0 if guarantee == "local" else max_boxes
    d, h = net.n_inputs, net.hidden
    w = net.unpack(theta)
    units = np.ascontiguousarray(np.concatenate([w.W1, w.b1[:, None]], axis=1).transpose(0, 2, 1))
    output = w.W2.copy()  # always writable: numba compiles separately for read-only arrays
    out = np.empty_like(theta)
    floor, starts = rounding(net, theta), STARTS

    found = np.empty((len(theta), 3))  # half squared distance, lower bound, boxes

    def search(i: int) -> Iterator[int]:
        factors = work_arrays(h, d + 1, net.n_samples)
        task = Task(sizes, samples, active, cones, net.targets, units[i], w.b2[i], factors)
        precision = 0.5 * GAP, 0.5 * floor[i]
        found[i] = nearest_zero_search.search(task, cells, signs, output[i], *precision, starts, CELLS, limit, out[i])
        yield 1

    run_on_threads([search(0)])  # compiles the search, if it has to be
    run_on_threads(search(i) for i in range(1, len(theta)))
    if np.isinf(found[:, 0]).any():
        i = int(np.argmax(found[:, 0]))
        name, entry = most_extreme(net, theta[i])
        way_out = "rescale its hidden units" if name == "theta" else "measure them in another unit"
        raise OutOfRangeError(
            f"{name} must have a size at which zeros can be computed to rounding; got an entry of {entry:g}"
            f"{f' in theta number {i}' if name == 'theta' and len(theta) > 1 else ''}, {way_out}"
        )
    by_unit = out[:, : (d + 1) * h].reshape(-1, h, d + 1).transpose(0, 2, 1)
    zeros = np.concatenate([by_unit.reshape(len(theta), -1), out[:, (d + 1) * h :]], axis=1)
    distance = norms.norm(zeros - theta)
    lower = np.minimum(np.sqrt(2.0 * np.maximum(found[:, 1], 0.0)), distance)
    return NearestZero(theta=zeros, distance=distance, lower_bound=lower, boxes=found[:, 2].astype(np.int64))


@may_overflow
def rounding(net: ReluNetwork, theta: Array) -> Array:
    """Return the distance below which a theta (k, n) cannot be distinguished from a zero: (k,).

    2e-13 times its norm (or the largest |target|, if that is larger), times the largest |(x, 1)|, the factor by which
    residuals can exceed the weights that they come from.
    """
    reach = np.sqrt(1.0 + np.square(net.inputs).sum(axis=1).max())
    return np.asarray(2e-13 * reach * np.maximum(norms.norm(theta), np.abs(net.targets).max()))


@checks.known_arguments
@may_overflow
def nearest_zero(
    net: ReluNetwork, theta: ArrayLike, guarantee: str = "global"
) -> tuple[Array, np.float64] | tuple[Array, Array]:
    """Return the closest zero-loss parameters and their Euclidean distance.

    Parameters
    ----------
    net : ReluNetwork
    theta : array_like of shape (n,) or (k, n)
    guarantee : {"global", "local"}
        *global*: no zero anywhere is closer by more than a relative 1e-8 (or :func:`rounding`); this is proved
        by branch and bound. *local*: the best of a few local searches per cell, which is nearly always the same
        point, without the proof.

    Returns
    -------
    theta_zero : ndarray of shape (n,) or (k, n)
    distance : float64, or ndarray of shape (k,)

    Raises
    ------
    ValueError
        If the network cannot fit its data, or if a proof would take more than ``MAX_BOXES`` boxes, which happens far
        from the zero set and at very uneven scales. In the latter case the search of all thetas is finished first.

    Examples
    --------
    >>> from landscape import xor
    >>> net = xor.network()
    >>> zero, distance = nearest_zero(net, 1.01 * xor.TEXTBOOK)
    >>> bool(net.loss(zero) < 1e-28), round(float(distance), 4)
    (True, 0.0153)
    """
    result = search_nearest_zero(net, theta, guarantee)
    if guarantee == "global":
        allowed = GAP * result.distance + rounding(net, np.atleast_2d(np.asarray(theta, dtype=np.float64)))
        open_gap = np.flatnonzero(result.distance - result.lower_bound > allowed)
        if open_gap.size:
            i = open_gap[0]
            more = f" (and {open_gap.size - 1} more)" if open_gap.size > 1 else ""
            raise ValueError(
                f"the search must end within {MAX_BOXES} boxes; at theta number {i}{more} the distance is only known "
                f"to be between {result.lower_bound[i]:g} and {result.distance[i]:g}, take search_nearest_zero, "
                "which returns both, or guarantee='local'"
            )
    if np.ndim(theta) == 1:
        return np.array(result.theta[0]), np.float64(result.distance[0])
    return np.array(result.theta), np.array(result.distance)
