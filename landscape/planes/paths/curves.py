"""Paths between two points of parameter space, straight or bent, the loss along them and its barrier.

References
----------
Garipov, Izmailov, Podoprikhin, Vetrov, Wilson: Loss Surfaces, Mode Connectivity, and Fast Ensembling of DNNs (2018),
arXiv:1802.10026. Entezari, Sedghi, Saukh, Neyshabur: The Role of Permutation Invariance in Linear Mode Connectivity of
Neural Networks (2022), arXiv:2110.06296.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.base.norms import may_underflow
from landscape.base.progress import Progress
from landscape.base.results import Result, Settings, array, member, settings_of
from landscape.networks.objective import Objective, description, for_many_points
from landscape.networks.one_hidden_layer import may_overflow
from landscape.planes.directions import seed_of
from landscape.planes.evaluation import evaluate
from landscape.planes.surface import Evaluated
from landscape.training.optimizers import Adam, FloatArray

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)
"""Gauss-Legendre quadrature on [-1, 1]."""


@dataclass(frozen=True, eq=False)
class Bezier(Result):
    """A Bezier curve: straight with two control points, quadratic with three::

        (1 - t) a + t b    or    (1 - t)^2 a + 2 t (1 - t) c + t^2 b,    0 <= t <= 1

    It runs from a to b and is pulled towards c.
    """

    points: Array = array("control_point", "parameter", meaning="control points, of which the first and last are ends")
    settings: Settings = settings_of("how the curve was chosen")

    def __post_init__(self) -> None:
        given = checks.real_array("points", self.points)
        if given.ndim != 2 or len(given) not in {2, 3} or not given.size:
            raise ValueError(f"points must have shape (2, n) or (3, n), ends first and last; got {given.shape}")
        super().__post_init__()
        with np.errstate(over="ignore"):
            if not np.isfinite(4 * np.ptp(self.points, axis=0)).all():
                raise ValueError("points must differ by less than 4e307, a quarter of the largest float; rescale them")

    @may_underflow
    def point(self, t: ArrayLike) -> Array:
        """Return the points at t, from 0 to 1: (...) -> (..., n). The ends are the control points to the bit."""
        t = _inside(t)
        checks.memory(f"{t.size} points would take", 8 * t.size * self.points.shape[1], "pass them in parts")
        weights = [1 - t, t] if len(self.points) == 2 else [(1 - t) ** 2, 2 * t * (1 - t), t**2]
        return np.asarray(sum(w[..., None] * p for w, p in zip(weights, self.points, strict=True)))

    @may_underflow
    def length(self, t: ArrayLike) -> Array:
        """Return the length of the curve from its start to each t, to about 8 digits: (...) -> (...)."""
        t = _inside(t)
        start, *between, end = self.points
        velocity = np.stack([2 * (between[0] - start), 2 * (end - between[0])] if between else [end - start] * 2)
        size = norms.magnitude(velocity.ravel())
        # The velocity is affine in t. R of a QR decomposition has the same lengths and angles, in two dimensions.
        first, last = np.asarray(np.linalg.qr(velocity.T / size, mode="r")).T
        bend = last - first
        slowest = np.clip(-(first @ bend) / ((bend @ bend) or 1.0), 0.0, 1.0)  # where the curve may have a sharp turn
        edges = np.unique([0.0, slowest, *t.flat])
        half = np.diff(edges) / 2
        nodes = edges[:-1, None] + half[:, None] * (1 + NODES)
        pieces = half * (np.linalg.norm(first + nodes[..., None] * bend, axis=-1) @ WEIGHTS)
        return np.asarray(size * np.append(0.0, np.cumsum(pieces))[np.searchsorted(edges, t)])

    def _steps(self, t: Array) -> tuple[list[Array], Array]:
        """Return an origin with one or two directions, and coordinates (m, 1 or 2) along them, of the points at t."""
        start, *between, end = self.points
        if not between:
            return [start, end - start], t[:, None]
        return [start, between[0] - start, end - start], np.stack([2 * t * (1 - t), t**2], axis=1)


@dataclass(frozen=True, eq=False, kw_only=True)
class PathProfile(Evaluated):
    """Loss along a path."""

    ROWS: ClassVar = ("t",)

    t: Array = array("t", meaning="parameter of the path, from 0 to 1", check=checks.axis)
    length: Array = array("t", meaning="length of the path from its start")
    loss: Array = array("t", meaning="loss")
    path: Bezier = member("the path")
    settings: Settings = settings_of("description of the objective")
    metrics: Mapping[str, Array] = member("metrics by name, each in the shape of the loss", default_factory=dict)

    @property
    def barrier(self) -> float:
        """Largest excess of the loss over the straight line between its values at the ends; 0 if there is none::

            max over t of  L(t) - (1 - t) L(0) - t L(1)

        This is the loss barrier of Entezari et al. (2022). ``t`` must begin with 0 and end with 1.
        """
        return float(np.max(self._excess()))

    @property
    def barrier_at(self) -> float:
        """First t at which the loss exceeds that line by the barrier; that of the first NaN if there are any."""
        return float(self.t[np.argmax(self._excess())])

    def _excess(self) -> Array:
        if self.t[0] != 0 or self.t[-1] != 1:
            raise ValueError(f"t must run from 0 to 1 to give a barrier; got {self.t[0]:g} to {self.t[-1]:g}")
        with np.errstate(invalid="ignore"):
            return np.asarray(self.loss - (1 - self.t) * self.loss[0] - self.t * self.loss[-1])


def straight_path(a: ArrayLike, b: ArrayLike) -> Bezier:
    """Return the straight path from ``a`` to ``b``, both of shape (n,).

    Examples
    --------
    >>> straight_path([0, 0], [2, 4]).point([0, 0.5, 1]).tolist()
    [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]]
    """
    a = checks.vector("a", a)
    return Bezier(np.stack([a, checks.vector("b", b, a.size)]), {"curve": "straight"})


@checks.known_arguments
@may_overflow
def train_bezier(
    net: Objective,
    a: ArrayLike,
    b: ArrayLike,
    *,
    rng: np.random.Generator,
    steps: int,
    learning_rate: float,
    points_per_step: int = 1,
    progress: Progress | None = None,
) -> Bezier:
    """Return the quadratic Bezier curve from ``a`` to ``b`` whose control point is trained to lower the mean loss.

    The mean is over t, uniform in 0..1. From halfway between ``a`` and ``b``, the control point c takes Adam's steps
    along estimates of the gradient at random t: the mean of 2 t (1 - t) grad L(point(t)).

    Parameters
    ----------
    net : Objective
    a, b : array_like of shape (n,)
        The ends, which do not move.
    rng : numpy.random.Generator
        Draws t.
    steps : int
    learning_rate : float
        Of Adam, with Keras' other defaults.
    points_per_step : int
        Number of random t in each step.
    progress : callable, optional
        Called after each step with (steps done, all steps).

    Raises
    ------
    ValueError
        If the control point does not stay finite.

    References
    ----------
    arXiv:1802.10026, section 3.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape import xor
    >>> net, swapped = xor.network(), xor.TEXTBOOK[[1, 0, 3, 2, 5, 4, 7, 6, 8]]  # another order of the hidden units
    >>> straight = ls.straight_path(xor.TEXTBOOK, swapped)
    >>> bent = train_bezier(
    ...     net, xor.TEXTBOOK, swapped, rng=np.random.default_rng(0), steps=500, learning_rate=0.02, points_per_step=8
    ... )
    >>> [round(ls.evaluate_path(net, path, np.linspace(0, 1, 101)).barrier, 2) for path in (straight, bent)]
    [1.69, 0.19]
    """
    net = for_many_points(net)
    a, b = checks.vector("a", a, net.n_parameters), checks.vector("b", b, net.n_parameters)
    seed = seed_of(rng)
    steps, count = checks.n_steps(steps), checks.count("points_per_step", points_per_step, least=1)
    checks.memory(f"points_per_step={count} would take", 8 * count * a.size, "use fewer points")
    adam = Adam(learning_rate)
    control = a / 2 + b / 2
    state: list[FloatArray] = [np.zeros_like(a) for _ in range(adam.slots)]
    for i, rate in enumerate(adam.rates(steps)):
        t = rng.uniform(size=count)
        at_points = net.gradient(Bezier(np.stack([a, control, b])).point(t))
        gradient = 2 * t * (1 - t) @ at_points / count
        adam.update(control, gradient, state, rate)
        if not np.isfinite(control).all():
            raise ValueError(
                f"the control point must stay finite; got {control[~np.isfinite(control)][0]} in step {i + 1}, "
                "use a lower learning_rate, or ends with smaller gradients"
            )
        if progress:
            progress(i + 1, steps)
    settings: dict[str, str | int | float | bool] = {"curve": "quadratic, trained", **seed}
    settings |= {"optimizer": adam.describe(), "steps": steps, "points_per_step": count}
    return Bezier(np.stack([a, control, b]), settings | {"objective": description(net)})


@checks.known_arguments
def evaluate_path(
    net: Objective,
    path: Bezier,
    t: ArrayLike,
    *,
    metrics: Sequence[Any] = (),
    progress: Progress | None = None,
    executor: Executor | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> PathProfile:
    """Return the loss at ``path.point(t)``.

    A Keras model moves its own weights along one or two directions from ``path.points[0]``, without a matrix of all
    points. The start is then exact, and the end is ``path.points[-1]`` up to the rounding of one sum in float64.

    Parameters
    ----------
    net : Objective
    path : Bezier
    t : array_like of shape (m,), strictly increasing, from 0 to 1
    metrics : sequence of str or keras.metrics.Metric, optional
        Evaluated beside the loss, as in ``model.compile``; only for a KerasObjective.
    progress : callable, optional
        Called repeatedly with (points done, total points).
    executor : concurrent.futures.Executor, optional
    checkpoint : path, optional
        Both as for :func:`landscape.evaluate_line`.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape import xor
    >>> path = ls.straight_path(xor.TEXTBOOK, np.zeros(9))
    >>> profile = evaluate_path(xor.network(), path, [0, 0.5, 1])
    >>> profile.loss.tolist(), profile.barrier
    ([0.0, 0.28125, 0.5], 0.03125)
    """
    net = for_many_points(net)
    checks.instance("path", path, Bezier, "straight_path or train_bezier")
    checks.vector("path.points[0]", path.points[0], net.n_parameters)
    t = _inside(checks.axis("t", t))
    where = _PathPoints(path, t, *path._steps(t))
    loss, found = evaluate(net, where, metrics, progress=progress, executor=executor, checkpoint=checkpoint)
    settings = {"objective": description(net)}
    return PathProfile(t=t, length=path.length(t), loss=loss, path=path, settings=settings, metrics=found)


class _PathPoints(NamedTuple):
    """Points of a path; each is a row."""

    path: Bezier
    t: Array
    vectors: list[Array]
    steps: Array

    @property
    def row(self) -> int:
        return 1

    @property
    def size(self) -> int:
        return self.t.size

    @property
    def axes(self) -> tuple[Array, ...]:
        return (self.t,)

    def coordinates(self, points: range) -> Array:
        return self.steps[points.start : points.stop]

    def loss(self, net: Objective, rows: range) -> Array:
        return np.asarray(net.loss(self.path.point(self.t[rows.start : rows.stop])), dtype=np.float64)


def _inside(t: ArrayLike) -> Array:
    """Return ``t`` as an array of numbers from 0 to 1."""
    values = checks.real_array("t", t)
    outside = values[(values < 0) | (values > 1)]
    if outside.size:
        raise ValueError(f"t must be from 0 to 1; got {outside.flat[0]:g}")
    return values
