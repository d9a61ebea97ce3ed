"""Kink lines: the lines on a plane at which one activation region ends and the next begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks
from landscape.base.arrays import Array, IntArray
from landscape.base.results import Result, array, member
from landscape.exact.activation_regions import KINK_TOLERANCE, signs
from landscape.networks.relu import ReluNetwork, require_relu_network
from landscape.planes.plane import Plane, require_plane

SAME_LINE = 1e-9
"""Lines through the origin count as one if the angle between them is at most this, in radians."""


@dataclass(frozen=True, eq=False, kw_only=True)
class KinkLines(Result):
    """The straight segments of a plane, within a view, on which a pre-activation is 0."""

    segments: Array = array("line", 2, 2, meaning="(alpha, beta) of both end points, on the border of the view")
    unit: IntArray = array("line", meaning="unit whose pre-activation is 0", dtype=np.int64)
    sample: IntArray = array("line", meaning="sample on which it is 0", dtype=np.int64)
    everywhere: IntArray = array(
        "pair", 2, meaning="(unit, sample) pairs whose pre-activation is 0 on the whole plane", dtype=np.int64
    )
    inputs: Array = array("sample_number", "input", meaning="inputs of the samples")
    alpha: Array = array(2, meaning="lower and upper end of the view along d1", unit="d1")
    beta: Array = array(2, meaning="lower and upper end of the view along d2", unit="d2")
    plane: Plane = member("the plane")


@checks.known_arguments
def kink_lines(net: ReluNetwork, plane: Plane, alpha_range: ArrayLike, beta_range: ArrayLike) -> KinkLines:
    """Return the kink lines of ``plane`` within a view.

    On a plane every pre-activation is affine, z = z_0 + alpha z_1 + beta z_2, where z_0 is the pre-activation at the
    origin, and z_1 and z_2 are those of the two directions, taken as parameter vectors. Its zeros in the view
    therefore form one segment that ends on the border; both end points are computed in closed form.

    Parameters
    ----------
    net : ReluNetwork
    plane : Plane
    alpha_range, beta_range : array_like of shape (m,), m >= 2, strictly increasing
        Only the first and last entries are used, so the axes of a surface can be passed.

    Returns
    -------
    KinkLines
        Sorted by unit and sample. A pre-activation whose z_1 and z_2 are 0 is constant on the plane and has no
        line; if its z_0 is 0 as well, it is listed in ``everywhere``. z_0 counts as 0 if the origin is at this kink;
        z_1 and z_2 count as 0 if ``|z_k| <= KINK_TOLERANCE ||d_k|| ||(x, 1)||``, so that rounding errors in a
        direction create no line.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape import xor
    >>> net = xor.network()
    >>> lines = kink_lines(net, ls.coordinate_plane(net, xor.TEXTBOOK, "b1[0]", "b2[0]"), [-1.5, 1.5], [-1, 1])
    >>> list(zip(lines.unit.tolist(), lines.sample.tolist(), lines.segments[:, 0, 0].tolist()))
    [(0, 0, 0.0), (0, 1, -1.0), (0, 2, -1.0)]
    >>> lines.everywhere.tolist()  # unit 2 does not move
    [[1, 1], [1, 2]]
    """
    require_relu_network(net)
    require_plane(plane, net.n_parameters)
    ends = []
    for name, given in (("alpha_range", alpha_range), ("beta_range", beta_range)):
        axis = checks.axis(name, given)
        if axis.size < 2:
            raise ValueError(f"{name} must have two ends; got {axis.tolist()} only, give a lower and an upper one")
        ends.append(axis[[0, -1]])
    z = _affine(net, plane)
    found, everywhere = [], []
    for u in range(net.hidden):
        for i in range(net.n_samples):
            z0, z1, z2 = z[:, i, u].tolist()
            is_constant = z1 == 0 and z2 == 0
            if is_constant:
                if z0 == 0:
                    everywhere.append((u, i))
                continue
            segment = _segment(z0, z1, z2, *ends)
            if segment is not None:
                found.append((u, i, segment))
    return KinkLines(
        segments=np.array([segment for *_, segment in found]).reshape(-1, 2, 2),
        unit=np.array([u for u, _, _ in found], dtype=np.int64),
        sample=np.array([i for _, i, _ in found], dtype=np.int64),
        everywhere=np.array(everywhere, dtype=np.int64).reshape(-1, 2),
        inputs=net.inputs,
        alpha=ends[0],
        beta=ends[1],
        plane=plane,
    )


def pattern_towards(net: ReluNetwork, theta: ArrayLike, direction: ArrayLike) -> NDArray[np.bool_]:
    """Return the activation pattern just beyond ``theta`` (n,) in a direction: (..., n) -> (..., m, h), bool.

    Where z = 0 at ``theta``, the unit becomes active iff z increases along the direction; where z is not 0, it stays
    active or inactive. :func:`landscape.one_sided_hessians` has a Hessian with this pattern, unless a z stays 0 along
    the direction; there the unit counts as inactive, as relu'(0) = 0.

    Examples
    --------
    >>> from landscape import xor
    >>> net = xor.network()
    >>> pattern_towards(net, xor.TEXTBOOK, xor.TEXTBOOK).astype(int).tolist()  # kinks stay kinks
    [[0, 0], [1, 0], [1, 0], [1, 1]]
    >>> pattern_towards(net, xor.TEXTBOOK, [0, 0, 0, 0, 1, 1, 0, 0, 0]).astype(int).tolist()  # both biases rise
    [[1, 0], [1, 1], [1, 1], [1, 1]]
    """
    require_relu_network(net)
    here = signs(net, checks.vector("theta", theta, net.n_parameters))
    ahead = signs(net, checks.parameters("direction", direction, net.n_parameters))
    return np.asarray(np.where(here == 0, ahead, here) > 0)


def sectors(net: ReluNetwork, plane: Plane) -> tuple[Array, NDArray[np.bool_]]:
    """Return the sectors into which a plane is divided by the kink lines through its origin.

    Returns
    -------
    middle : ndarray of shape (k,)
        Angle of each sector's middle, atan2(beta, alpha) in radians, ascending. Without kink lines through the
        origin there is one sector, with middle 0.
    active : ndarray of shape (k, m, h), bool
        The activation pattern of each sector near the origin, as :func:`pattern_towards` returns it.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape import xor
    >>> net = xor.network()
    >>> middle, active = sectors(net, ls.coordinate_plane(net, xor.TEXTBOOK, "b1[0]", "b2[0]"))
    >>> np.degrees(middle).tolist(), active[:, 0, 0].tolist()  # left, then right of the line alpha = 0
    ([180.0, 360.0], [False, True])
    """
    require_relu_network(net)
    require_plane(plane, net.n_parameters)
    z0, z1, z2 = _affine(net, plane)
    passes_origin = (z0 == 0) & ((z1 != 0) | (z2 != 0))
    line_angle = np.arctan2(-z1[passes_origin], z2[passes_origin])
    begin = np.unique(np.mod([line_angle, line_angle + np.pi], 2 * np.pi))
    if not begin.size:
        begin = np.array([-np.pi])
    end = np.append(begin[1:], begin[0] + 2 * np.pi)
    is_sector = end - begin > SAME_LINE
    middle = (0.5 * (begin + end))[is_sector]
    directions = np.cos(middle)[:, None] * plane.d1 + np.sin(middle)[:, None] * plane.d2
    return middle, pattern_towards(net, plane.origin, directions)


def _affine(net: ReluNetwork, plane: Plane) -> Array:
    """Return z_0, z_1 and z_2 of every pre-activation z_0 + alpha z_1 + beta z_2 on a plane, shape (3, m, h).

    Values that are 0 within ``KINK_TOLERANCE`` are returned as exactly 0.
    """
    z = net.preactivations(np.stack([plane.origin, plane.d1, plane.d2]))
    threshold = KINK_TOLERANCE * np.multiply.outer(plane.norms, np.sqrt(np.square(net.inputs).sum(axis=1) + 1.0))
    z[0][signs(net, plane.origin) == 0] = 0.0
    z[1:][np.abs(z[1:]) <= threshold[..., None]] = 0.0
    return z


def _segment(z0: float, z1: float, z2: float, alpha: Array, beta: Array) -> list[tuple[float, float]] | None:
    """Return both end points of the line z0 + alpha z1 + beta z2 = 0 within the view.

    None if the line misses the view or only touches a corner.
    """
    (a0, a1), (b0, b1) = alpha.tolist(), beta.tolist()
    corners = [(a0, b0), (a1, b0), (a1, b1), (a0, b1)]
    height = [z0 + a * z1 + b * z2 for a, b in corners]
    ends: list[tuple[float, float]] = []
    for k, (corner, at_corner) in enumerate(zip(corners, height, strict=True)):
        previous, at_previous = corners[k - 1], height[k - 1]
        if at_corner * at_previous < 0:
            # Solving for the coordinate that changes along this edge is more accurate than interpolation.
            # 0.0 - x instead of -x: the result is never -0.0.
            a, b = corner
            if previous[1] == b:
                ends.append((0.0 - (z0 + b * z2) / z1, b))
            else:
                ends.append((a, 0.0 - (z0 + a * z1) / z2))
        elif at_corner == 0:
            ends.append(corner)
    return sorted(ends) if len(ends) == 2 else None
