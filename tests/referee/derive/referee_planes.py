"""Random directions, filter normalization, principal planes and lines in planes, derived anew.

A filter is what feeds one unit. At the textbook optimum there are three: (w, b) of each hidden unit and of the output.
"""

import numpy as np
from referee_training import X, Y, outputs, preactivations

KERNELS = ((0, 2), (1, 3), (6, 7))
"""Indices of the weights that feed hidden unit 1, hidden unit 2 and the output."""
BIASES = (4, 5, 8)


def drawn(seed):
    """Return the two standard normal directions of a seed, one drawn after the other."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal(9), rng.standard_normal(9)


def filters(rule):
    """Return the index lists that are rescaled on their own under a bias rule."""
    if rule == "joint":
        return [[*kernel, bias] for kernel, bias in zip(KERNELS, BIASES, strict=True)]
    return [list(kernel) for kernel in KERNELS]


def normalized(direction, reference, rule):
    """Return the direction with every filter rescaled to the norm that it has in ``reference``."""
    result = np.zeros(9)
    for part in filters(rule):
        result[part] = direction[part] * np.linalg.norm(reference[part]) / np.linalg.norm(direction[part])
    return result


def orthogonal(second, first):
    """Return the second direction without its part along the first, at its old length."""
    rest = second - first * (second @ first) / (first @ first)
    return rest * np.linalg.norm(second) / np.linalg.norm(rest)


def angle(first, second):
    """Return the angle between two directions in degrees."""
    return np.degrees(np.arccos(first @ second / (np.linalg.norm(first) * np.linalg.norm(second))))


def quartics(origin, directions, reach):
    """Return the loss along many lines as polynomials: ends (lines, 9, 2) and coefficients of t^k (lines, 9, 5).

    Between two zeros of pre-activations the outputs are quadratic in t, so the loss has degree 4. Pieces beyond the
    last zero have length 0.
    """
    directions = np.asarray(directions, dtype=float)
    reach = np.broadcast_to(reach, len(directions))[:, None]
    origin = np.broadcast_to(origin, directions.shape)
    z = preactivations(origin)
    dz = preactivations(np.concatenate([directions[:, :6], np.zeros((len(directions), 3))], axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        at = (-z / dz).reshape(len(directions), 8)
    at = np.where((at > 0) & (at < reach), at, reach)
    corners = np.sort(np.concatenate([np.zeros_like(reach), at, reach], axis=1), axis=1)
    ends = np.stack([corners[:, :-1], corners[:, 1:]], axis=-1)
    middle = ends.mean(-1)[:, :, None, None]
    is_on = z[:, None] + middle * dz[:, None] > 0
    v, dv = origin[:, None, None, 6:8], directions[:, None, None, 6:8]
    parts = [v * z[:, None], v * dz[:, None] + dv * z[:, None], dv * dz[:, None]]
    c0, c1, c2 = ((part * is_on).sum(-1) for part in parts)
    c0 = c0 + origin[:, None, 8:] - Y
    c1 = c1 + directions[:, None, 8:]
    powers = [c0**2, 2 * c0 * c1, c1**2 + 2 * c0 * c2, 2 * c1 * c2, c2**2]
    return ends, np.stack([power.mean(-1) for power in powers], axis=-1)


def steepest_fall(origin, directions, reach):
    """Return, for every line, how far the loss falls from an extreme value to the next, and the highest loss."""
    ends, c = quartics(origin, directions, reach)
    places = _extremes(ends, c)
    losses = sum(c[..., k, None] * places**k for k in range(5))
    order = np.argsort(places, axis=-1)
    along = np.take_along_axis(losses, order, axis=-1).reshape(len(losses), -1)
    return (np.maximum.accumulate(along, axis=1) - along).max(axis=1), along.max(axis=1)


def _extremes(ends, c):
    """Return the ends of each piece and the places between them where the derivative is 0, shape (..., 5)."""
    low, high = ends[..., 0], ends[..., 1]
    a0, a1, a2, a3 = (k * c[..., k] for k in range(1, 5))
    top = np.abs(np.stack([a0, a1, a2, a3])).max(axis=0)
    size = np.where(top > 0, top, 1.0)
    tiny = 1e-14 * size
    leading = np.where(np.abs(a3) < tiny, tiny, a3)
    companion = np.zeros((*low.shape, 3, 3))
    companion[..., 1, 0] = companion[..., 2, 1] = 1.0
    for row, value in enumerate((a0, a1, a2)):
        companion[..., row, 2] = -value / leading
    roots = np.linalg.eigvals(companion)
    real = np.where(np.abs(roots.imag) < 1e-6 * (1.0 + np.abs(roots.real)), roots.real, low[..., None])
    inside = np.clip(real, low[..., None], high[..., None])
    return np.concatenate([low[..., None], inside, high[..., None]], axis=-1)


def loss_on(plane_origin, first, second, alpha, beta):
    """Return the loss at ``origin + alpha first + beta second``, for arrays of equal shape."""
    theta = plane_origin + alpha[..., None] * first + beta[..., None] * second
    return np.mean((outputs(theta) - Y) ** 2, axis=-1)


def to_border(angles, half):
    """Return the points (alpha, beta) in which rays from the middle meet the border of a square."""
    ray = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return ray * half / np.abs(ray).max(axis=-1, keepdims=True)


def sectors(origin, first, second, count=20_000):
    """Return the distinct patterns of active units that a small circle in the plane passes through, as bytes."""
    t = (np.arange(count) + 0.5) * 2 * np.pi / count
    small = 1e-3
    theta = origin + small * (np.cos(t)[:, None] * first + np.sin(t)[:, None] * second)
    active = (preactivations(theta) > 0).reshape(count, -1)
    return {row.tobytes() for row in active}, active.reshape(count, len(X), 2), t


def principal_plane(path):
    """Return the two principal components (2, n) of a path (r, n), the share of variance, and the distances from it.

    The plane goes through the end of the path; eigenvectors of the covariance, not a singular value decomposition.
    """
    values, vectors = np.linalg.eigh(np.cov(path.T))
    axes = vectors[:, -2:].T
    return axes, float(values[-2:].sum() / values.sum())


def distance_to_plane(path, origin, axes):
    """Return the distances (r,) of points from a plane, and the nearest points in it (r, n)."""
    offset = path - origin
    coefficients = np.linalg.solve(axes @ axes.T, axes @ offset.T)
    foot = origin + coefficients.T @ axes
    return np.linalg.norm(path - foot, axis=1), foot
