"""The closest parameters with zero loss, over the whole zero set, with a proof that none is closer.

Every zero lies in a closed cell. With p_u = |v_u| held fixed, outputs = targets is linear in the weights and b2, so
the closest zero of the cell is a convex quadratic programme; F(p), half the squared distance it leaves, is a
function of as many variables as there are hidden units. Local minima of F, by Newton's method, give candidates.

The proof that none is closer bounds the distance from below by Lagrangian duality, over boxes of p:

    1/2 |w - w0|^2 + 1/2 (p - p0)^2 + 1/2 (b2 - b2_0)^2 + sum_i lam_i (outputs_i - targets_i),

minimized exactly over the cones of the weights and the box, is a lower bound whatever the multipliers lam are
(:mod:`landscape.kernels.nearest_dual`). A box whose bound does not reach the best distance is halved (branch and
bound); the bound gets exact as boxes get small, and most cells are closed by their first box. Cells further away than
the best zero are never opened.

The proof is in floating point: bounds hold up to rounding, about 1e-14 of the numbers involved.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape import guards
from landscape.exact import Place
from landscape.frozen import read_only
from landscape.minima import cell_fits
from landscape.network import ReluNetwork
from landscape.regions import Arrangement, Signs, arrangement, is_face

Array = NDArray[np.float64]

GAP = 1e-8
"""Relative gap of the squared distance at which a search may stop."""

MAX_BOXES = 300_000
"""Boxes after which a search gives up; a few thousand are usual for two hidden units, far from the zero set."""


@dataclass(frozen=True, eq=False, kw_only=True)
class NearestZero:
    """The closest zeros of k thetas, and how well this is proved.

    theta : ndarray of shape (k, n)    parameters of zero loss
    distance : ndarray of shape (k,)    from the given theta, Euclidean
    lower_bound : ndarray of shape (k,)    no zero is closer than this; 0 when no guarantee was asked for
    boxes : ndarray of shape (k,), int    boxes opened by the search
    """

    theta: Array
    distance: Array
    lower_bound: Array
    boxes: NDArray[np.int64]

    def __post_init__(self) -> None:
        for name in ("theta", "distance", "lower_bound"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        object.__setattr__(self, "boxes", read_only(self.boxes, np.int64))


class _ZeroCells(NamedTuple):
    """The closed cells that contain zeros, as arrays for the compiled search.

    active (t, m, k): samples (x, 1) a pattern is active on, else 0; faces (t, f, k, k): projectors onto the spans of
    the faces of its cone, of which n_faces (t,) are used; heights (t, f, m, k): +-(x, 1) after these, at least 0
    inside; rays (t, r, k): weights that span the cone; cells (c, h): patterns; signs (c, h): output signs.
    """

    active: Array
    faces: Array
    heights: Array
    n_faces: NDArray[np.int64]
    rays: Array
    cells: NDArray[np.int64]
    signs: NDArray[np.int64]


@lru_cache(maxsize=16)
def _zero_cells(net: ReluNetwork) -> _ZeroCells:
    plane = arrangement(net.inputs)
    patterns = plane.patterns()
    number = {pattern: t for t, pattern in enumerate(patterns)}
    samples = np.c_[net.inputs, np.ones(net.n_samples)]
    signs = np.array(patterns, dtype=np.float64)
    spans = []
    for pattern in patterns:
        zeros = {tuple(s == 0 for s in face) for face in plane.faces if is_face(face, pattern)}
        ordered = sorted(zeros, key=sum)
        spans.append([_null_projector(samples[np.array(zero)]) for zero in ordered])
    most = max(map(len, spans))
    k = samples.shape[1]
    faces = np.array([span + [np.zeros((k, k))] * (most - len(span)) for span in spans])
    solving = [c for c, fit in cell_fits(net).items() if fit.value == 0 and fit.place >= Place.BOUNDARY]
    if not solving:
        raise ValueError(f"net must be able to reach loss 0; with {net.hidden} hidden units on this data it cannot")
    return _ZeroCells(
        active=(signs > 0)[..., None] * samples,
        faces=faces,
        heights=np.einsum("tm,mk,tfkj->tfmj", signs, samples, faces),
        n_faces=np.array([len(span) for span in spans]),
        rays=_cone_rays(plane, patterns, samples),
        cells=np.array([[number[side.signs] for side in cell] for cell in solving]),
        signs=np.array([[side.output for side in cell] for cell in solving]),
    )


def _cone_rays(plane: Arrangement, patterns: list[Signs], samples: Array) -> Array:
    """Return weights (t, r, k) that span each pattern's cone, padded with zeros."""
    back = np.linalg.pinv(samples)
    values, vectors = np.linalg.eigh(samples.T @ samples)
    idle = vectors[:, values <= 1e-12 * values[-1]].T  # change no pre-activation at all
    spans = []
    for pattern in patterns:
        rays = [back @ np.array(ray, dtype=np.float64) for ray in plane.rays_of(pattern)]
        spans.append([*(ray / np.linalg.norm(ray) for ray in rays), *idle, *-idle])
    most = max(map(len, spans))
    return np.array([span + [np.zeros(samples.shape[1])] * (most - len(span)) for span in spans])


def _null_projector(rows: Array) -> Array:
    """Return the orthogonal projector onto the vectors that all rows vanish on."""
    return np.asarray(np.eye(rows.shape[1]) - np.linalg.pinv(rows) @ rows)


def search_nearest_zero(
    net: ReluNetwork, theta: ArrayLike, guarantee: str = "global", *, max_boxes: int | None = None
) -> NearestZero:
    """Return the closest zeros of each theta (k, n) or (n,), with the lower bounds that prove them.

    Arguments and errors as for :func:`nearest_zero`, but a proof that is cut short after ``max_boxes`` boxes
    (``MAX_BOXES`` when not given) is no error: then ``lower_bound`` stays below ``distance``.
    """
    guards.network(net)
    from landscape.kernels import nearest_search

    theta = guards.starts("theta", theta, net.n_parameters)
    guards.choice("guarantee", guarantee, ("global", "local"))
    zero_cells = _zero_cells(net)
    limit = 0 if guarantee == "local" else MAX_BOXES if max_boxes is None else max_boxes
    d, h = net.n_inputs, net.hidden
    w = net.unpack(theta)
    units = np.ascontiguousarray(np.concatenate([w.W1, w.b1[:, None]], axis=1).transpose(0, 2, 1))
    output = np.ascontiguousarray(w.W2)
    out = np.empty_like(theta)

    def search(i: int) -> tuple[float, float, int]:
        found: tuple[float, float, int] = nearest_search.search(
            *zero_cells, net.targets, units[i], output[i], w.b2[i], GAP, limit, out[i]
        )
        return found

    with ThreadPoolExecutor(os.cpu_count()) as threads:  # the search releases the lock
        found = np.array([*map(search, range(1)), *threads.map(search, range(1, len(theta)))]).reshape(-1, 3)
    by_unit = out[:, : (d + 1) * h].reshape(-1, h, d + 1).transpose(0, 2, 1)
    zeros = np.concatenate([by_unit.reshape(len(theta), -1), out[:, (d + 1) * h :]], axis=1)
    distance = np.linalg.norm(zeros - theta, axis=1)
    lower = np.minimum(np.sqrt(2.0 * np.maximum(found[:, 1], 0.0)), distance)
    return NearestZero(theta=zeros, distance=distance, lower_bound=lower, boxes=found[:, 2].astype(np.int64))


def nearest_zero(
    net: ReluNetwork, theta: ArrayLike, guarantee: str = "global"
) -> tuple[Array, np.float64] | tuple[Array, Array]:
    """Return the closest zero-loss parameters and their Euclidean distance.

    Parameters
    ----------
    net : ReluNetwork
    theta : array_like of shape (n,) or (k, n)
    guarantee : {"global", "local"}
        *global*: no zero anywhere is closer by more than a relative 1e-8, which is proved by branch and
        bound. *local*: the best of one local search per cell; nearly always the same point, without the proof.

    Returns
    -------
    theta_zero : ndarray of shape (n,) or (k, n)
    distance : float64, or ndarray of shape (k,)

    Raises
    ------
    ValueError
        When the network cannot fit its data, or when the proof would take more than ``MAX_BOXES`` boxes.

    Examples
    --------
    >>> from landscape import xor
    >>> net = xor.network()
    >>> zero, distance = nearest_zero(net, 1.01 * xor.TEXTBOOK)
    >>> bool(net.loss(zero) < 1e-28), round(float(distance), 4)
    (True, 0.0153)
    """
    result = search_nearest_zero(net, theta, guarantee)
    if guarantee == "global" and (result.boxes >= MAX_BOXES).any():
        i = int(np.argmax(result.boxes))
        raise ValueError(
            f"the search must end within {MAX_BOXES} boxes; at theta number {i} the distance is only known to be "
            f"between {result.lower_bound[i]:g} and {result.distance[i]:g}, use guarantee='local'"
        )
    if np.ndim(theta) == 1:
        return np.array(result.theta[0]), np.float64(result.distance[0])
    return np.array(result.theta), np.array(result.distance)
