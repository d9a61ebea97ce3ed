"""The shape of a surface: lines on which the loss never falls, separate low regions, and a range that shows it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.base.wording import short_repr
from landscape.exact.straight_barrier import never_falls
from landscape.networks.objective import Objective, for_many_points, loss_scale
from landscape.networks.relu import ReluNetwork, require_relu_network
from landscape.planes.evaluation import loss_at
from landscape.planes.plane import Plane, require_plane
from landscape.planes.surface import Surface

AROUND = (slice(0, -2), slice(1, -1), slice(2, None))
"""Along an axis, the points before the inner ones, these themselves, and the points after them."""


def rising_rays(net: ReluNetwork, plane: Plane, half_width: float, rays: int = 360) -> int:
    """Return on how many straight lines from the origin to the border of a square the loss nowhere decreases.

    A decrease that a grid of points shows is one; lines without are decided exactly, by :func:`landscape.never_falls`.

    Parameters
    ----------
    net : ReluNetwork
    plane : Plane
    half_width : float
        The square is -half_width <= alpha, beta <= half_width.
    rays : int
        Number of lines, at equal angles in the coordinates alpha and beta.

    Examples
    --------
    >>> from landscape import coordinate_plane, xor
    >>> plane = coordinate_plane(xor.network(), xor.TEXTBOOK, "b1[0]", "b1[1]")
    >>> [rising_rays(xor.network(), plane, half_width, 8) for half_width in (1, 2)]
    [8, 6]
    """
    return sum(never_falls(net, plane.origin, end) for end in _ends_of_rays(net, plane, half_width, rays))


def is_bowl(net: ReluNetwork, plane: Plane, half_width: float, rays: int = 360) -> bool:
    """Return whether the loss decreases on none of these lines: whether :func:`rising_rays` is ``rays``.

    Examples
    --------
    >>> from landscape import coordinate_plane, xor
    >>> plane = coordinate_plane(xor.network(), xor.TEXTBOOK, "b1[0]", "b1[1]")
    >>> [is_bowl(xor.network(), plane, half_width, 8) for half_width in (1, 2)]
    [True, False]
    """
    ends = _ends_of_rays(net, plane, half_width, rays)
    return len(ends) == rays and all(never_falls(net, plane.origin, end) for end in ends)


def _ends_of_rays(net: ReluNetwork, plane: Plane, half_width: float, rays: int) -> Array:
    """Return the ends (k, n) of the lines on which the loss does not decrease from point to point of a grid."""
    require_relu_network(net)
    checks.instance("plane", plane, Plane, "Plane(origin, d1, d2)")
    half_width, rays = checks.positive("half_width", half_width), checks.count("rays", rays, least=1)
    checks.memory(f"rays={rays} would take", 8 * 101 * rays * net.n_parameters, "use fewer rays")
    angle = np.linspace(0.0, 2.0 * np.pi, rays, endpoint=False)
    border = np.stack([np.cos(angle), np.sin(angle)])
    border *= half_width / np.abs(border).max(axis=0)
    alpha, beta = np.linspace(0.0, 1.0, 101)[:, None] * border[:, None]
    loss = net.loss(plane.point(alpha, beta))
    if not np.isfinite(loss).all():
        raise ValueError(f"half_width must be small enough for a finite loss; got {half_width:g}")
    may_rise = (np.diff(loss, axis=0) >= -1e-12 * loss.max()).all(axis=0)
    return plane.point(*border[:, may_rise])


@checks.known_arguments
def automatic_range(net: Objective, plane: Plane, ceiling: float | None = None) -> float:
    """Return the half-width at which the loss has typically risen to ``ceiling``.

    The median of the loss over directions in the plane, ``alpha = r cos t, beta = r sin t``, is evaluated at radii
    that double from a tiny value until it reaches the ceiling; the radius is then refined by bisection. No relative
    increase is used, so this also works when the loss at the origin is exactly 0.

    Parameters
    ----------
    ceiling : float, optional
        Must be above the loss at the origin. Default: the loss at the origin plus the loss at theta = 0, where the
        output is constant, so that nothing is classified any more.

    Returns
    -------
    float
        In units of d1 and d2.
    """
    net = for_many_points(net)
    require_plane(plane, net.n_parameters)
    at_origin = float(net.loss(plane.origin))
    if ceiling is None:
        ceiling = at_origin + (loss_scale(net) or 1.0)
    elif not checks.scalar("ceiling", ceiling) > at_origin:
        raise ValueError(f"ceiling must be above the loss at the origin, {at_origin:g}; got {ceiling:g}")
    t = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)
    ring = np.cos(t), np.sin(t)

    def median(radius: float) -> float:
        return float(np.median(loss_at(net, plane, radius * ring[0], radius * ring[1])))

    tiny = 1e-12 / max(plane.norms)
    high = 2.0 * tiny
    if not median(tiny) < ceiling:
        raise ValueError(
            f"ceiling {ceiling:g} is passed within 1e-12 of the origin; choose a higher one, or an origin of size 1"
        )
    while median(high) < ceiling:
        high *= 2.0
        if high > 1e24 * tiny:
            raise ValueError(f"ceiling {ceiling:g} is not reached in this plane; choose a lower one")
    low = high / 2.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        if median(middle) < ceiling:
            low = middle
        else:
            high = middle
    return high


@norms.may_underflow
def nonconvex_share(surface: Surface) -> float:
    """Return the share of inner grid points at which a surface is not convex: in some direction it curves downwards.

    That is where the 2 x 2 matrix of second differences has a negative eigenvalue. The mixed one is that of the four
    diagonal neighbours. A finer grid sees narrower dents, and where the surface is straight, rounding decides.

    Grid points that are not finite or have a neighbour that is not do not count; the share of none is NaN.

    Raises
    ------
    ValueError
        If an axis has fewer than three points, or they are not equidistant.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape import xor
    >>> plane = ls.coordinate_plane(xor.network(), xor.TEXTBOOK, "W1[0,0]", "W2[0,0]")
    >>> [nonconvex_share(ls.evaluate_plane(xor.network(), plane, [-h, 0, h], [-h, 0, h])) for h in (1, 2)]
    [0.0, 1.0]
    """
    checks.instance("surface", surface, Surface, "evaluate_plane")
    for name, axis in (("alpha", surface.alpha), ("beta", surface.beta)):
        steps = np.diff(axis)
        if steps.size < 2 or np.ptp(steps) > 1e-6 * steps.max():
            raise ValueError(f"surface.{name} must be 3 or more equidistant points; got {short_repr(axis.tolist())}")
    finite = np.isfinite(surface.loss)
    z = np.where(finite, surface.loss, 0.0)
    z /= norms.magnitude(z.ravel())  # a power of two, so that products are finite
    counts = np.logical_and.reduce([finite[rows, columns] for rows in AROUND for columns in AROUND])
    middle = z[1:-1, 1:-1]
    along = z[1:-1, 2:] - 2 * middle + z[1:-1, :-2]
    across = z[2:, 1:-1] - 2 * middle + z[:-2, 1:-1]
    mixed = (z[2:, 2:] - z[2:, :-2] - z[:-2, 2:] + z[:-2, :-2]) / 4
    curves_downwards = (along * across < mixed**2) | (along + across < 0)
    return float(np.mean(curves_downwards[counts])) if counts.any() else float("nan")


def low_regions(surface: Surface, levels: ArrayLike) -> NDArray[np.int64]:
    """Return how many separate regions of a surface have a loss below each level: (...) -> (...).

    Grid points belong to one region if a chain of neighbours with low loss connects them along the grid's lines.
    Regions merge as the level rises. Within the plane, that is: two of them may be connected outside it.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape import xor
    >>> swapped = ls.Plane(xor.TEXTBOOK, xor.TEXTBOOK[[1, 0, 3, 2, 5, 4, 7, 6, 8]] - xor.TEXTBOOK, np.eye(9)[8])
    >>> surface = ls.evaluate_plane(xor.network(), swapped, np.linspace(-0.5, 1.5, 41), np.linspace(-1, 1, 41))
    >>> low_regions(surface, [0.0, 0.1, 0.5]).tolist()  # around two solutions, until they merge
    [0, 2, 1]
    """
    from scipy.ndimage import label  # takes 0.2 s to import

    checks.instance("surface", surface, Surface, "evaluate_plane")
    levels = checks.real_array("levels", levels)
    counts = [label(surface.loss < level)[1] for level in levels.flat]
    return np.array(counts, dtype=np.int64).reshape(levels.shape)
