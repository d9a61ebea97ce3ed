"""Evaluating an objective at the points of a line or a grid, piece by piece: here, or by the workers of an executor."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np

from landscape.base.arrays import Array
from landscape.base.progress import Progress
from landscape.base.versions import versions
from landscape.networks.objective import Objective, description
from landscape.networks.relu import ReluNetwork
from landscape.parallel.blocks import Finish, unfinished_blocks
from landscape.parallel.checkpoints import Checkpoint
from landscape.parallel.executors import require_executor
from landscape.parallel.shared_data import completed_with
from landscape.planes.plane import Plane

KERNEL_PAYS_FROM = 250_000
"""Number of grid points from which the compiled kernel is used instead of numpy.

Numpy takes about 0.15 us per point; loading the kernel takes about 0.3 s in a fresh process and 0.01 s in one that
has already trained. The choice depends on the size alone, so that equal calls give identical bytes.
"""
BLOCK = 8192
"""Points passed to ``net.loss`` at once: few enough for the temporaries to stay in the processor's cache."""
KERNEL_BLOCK = 2**20
"""Points that a worker evaluates with the compiled kernel at a time."""


class Points(Protocol):
    """Points in rows, along one or two directions from an origin."""

    @property
    def row(self) -> int:
        """Number of points in a row."""

    @property
    def size(self) -> int:
        """Number of points."""

    @property
    def vectors(self) -> Sequence[Array]:
        """Origin and directions."""

    @property
    def axes(self) -> Sequence[Array]:
        """What the coordinates follow from."""

    def coordinates(self, points: range) -> Array:
        """Return the coordinates of some points along the directions, shape (k, 1 or 2)."""

    def loss(self, net: Objective, rows: range) -> Array:
        """Return the loss at all points of some rows, as one array."""


class LinePoints(NamedTuple):
    """The points ``origin + alpha * direction``; each is a row."""

    origin: Array
    direction: Array
    alpha: Array

    @property
    def row(self) -> int:
        """Number of points in a row."""
        return 1

    @property
    def vectors(self) -> tuple[Array, ...]:
        """Origin and direction."""
        return self.origin, self.direction

    @property
    def size(self) -> int:
        """Number of points."""
        return self.alpha.size

    @property
    def axes(self) -> tuple[Array, ...]:
        """The coordinate."""
        return (self.alpha,)

    def coordinates(self, points: range) -> Array:
        """Return the coordinate of some points, shape (k, 1)."""
        return self.alpha[points.start : points.stop, None]

    def loss(self, net: Objective, rows: range) -> Array:
        """Return the loss at some points, shape (k,)."""
        return np.asarray(net.loss(self.origin + self.coordinates(rows) * self.direction), dtype=np.float64)


class GridPoints(NamedTuple):
    """The points ``plane.point(alpha, beta)``, row by row, each at one beta."""

    plane: Plane
    alpha: Array
    beta: Array

    @property
    def row(self) -> int:
        """Number of points in a row."""
        return self.alpha.size

    @property
    def vectors(self) -> tuple[Array, ...]:
        """Origin and directions."""
        return self.plane.origin, self.plane.d1, self.plane.d2

    @property
    def size(self) -> int:
        """Number of points."""
        return self.alpha.size * self.beta.size

    @property
    def axes(self) -> tuple[Array, ...]:
        """The coordinates."""
        return self.alpha, self.beta

    def coordinates(self, points: range) -> Array:
        """Return alpha and beta of some points, shape (k, 2)."""
        rows, columns = np.divmod(np.arange(points.start, points.stop), self.row)
        return np.stack([self.alpha[columns], self.beta[rows]], axis=1)

    def loss(self, net: Objective, rows: range) -> Array:
        """Return the loss at all points of some rows, shape (rows * n_alpha,)."""
        beta = self.beta[rows.start : rows.stop]
        if isinstance(net, ReluNetwork) and self.uses_kernel(net):
            from landscape.planes import compiled_grid

            return compiled_grid.plane_loss(net, self.plane, self.alpha, beta).ravel()
        return np.asarray(net.loss(self.plane.point(self.alpha, beta[:, None])), dtype=np.float64).ravel()

    def uses_kernel(self, net: Objective) -> bool:
        """Return whether the compiled kernel evaluates the loss."""
        return isinstance(net, ReluNetwork) and self.size >= KERNEL_PAYS_FROM


class _Rows(NamedTuple):
    """Evaluation by ``net.loss``; pieces are ranges of rows."""

    net: Objective
    where: Points
    names: tuple[str, ...] = ()

    def each(self, pieces: Sequence[range]) -> Iterator[Array]:
        """Yield the loss on each piece, as one array (points,)."""
        return (self.where.loss(self.net, piece) for piece in pieces)


class _Moved(NamedTuple):
    """Evaluation by ``net.moved``; pieces are ranges of points, of ``at_once`` each but the last."""

    net: Any
    where: Points
    metrics: tuple[Any, ...]
    names: tuple[str, ...]
    at_once: int

    def each(self, pieces: Sequence[range]) -> Iterator[Array]:
        """Yield loss and metrics of each point of each piece, as one array (points * (1 + metrics),)."""
        coordinates = np.concatenate([self.where.coordinates(piece) for piece in pieces])
        for loss, found in self.net.moved(self.where.vectors, coordinates, self.metrics, at_once=self.at_once):
            yield np.stack([loss, *(found[name] for name in self.names)], axis=1).ravel()


def evaluate(
    net: Objective,
    where: Points,
    metrics: Sequence[Any],
    *,
    progress: Progress | None,
    executor: Executor | None,
    checkpoint: str | os.PathLike[str] | None,
) -> tuple[Array, dict[str, Array]]:
    """Return loss and metrics at all points, each of shape (points,)."""
    require_executor(executor)
    uses_kernel = isinstance(where, GridPoints) and where.uses_kernel(net)
    if uses_kernel and executor is None and checkpoint is None:
        loss = where.loss(net, range(where.size // where.row))
        if progress:
            progress(where.size // where.row, where.size // where.row)
        return loss, {}
    work: _Rows | _Moved
    pack: Callable[[], Callable[[], Any]] | None = None
    if _moves_weights(net, metrics):
        moving: Any = net
        first = where.coordinates(range(1))
        at_first, metrics_there = next(iter(moving.moved(where.vectors, first, metrics)))
        work = _Moved(net, where, tuple(metrics), tuple(metrics_there), moving.points_at_once(metrics))
        size, count = work.at_once, where.size
        pack = partial(_packed, work, [float(value[0]) for value in (at_first, *metrics_there.values())])
    else:
        work = _Rows(net, where)
        count = where.size // where.row
        size = max(1, (KERNEL_BLOCK if uses_kernel else BLOCK) // where.row)
    pieces = [range(start, min(start + size, count)) for start in range(0, count, size)]

    def compute(unfinished: list[int], finish: Finish) -> None:
        mine = [pieces[number] for number in unfinished]
        if executor is None:
            for number, values in zip(unfinished, work.each(mine) if mine else (), strict=True):
                finish(number, values)
            return
        with closing(completed_with(_piece, work, mine, executor=executor, pack=pack)) as computed:
            for index, values in computed:
                finish(unfinished[index], values)

    found = unfinished_blocks(
        compute,
        [len(piece) for piece in pieces],
        np.dtype(np.float64),
        progress=progress,
        checkpoint=None if checkpoint is None else Checkpoint(checkpoint, _key(work, size)),
    ).reshape(where.size, -1)
    loss, *values = found.T if work.names else (found.ravel(),)
    return loss, dict(zip(work.names, values, strict=True))


def loss_at(net: Objective, plane: Plane, alpha: Array, beta: Array) -> Array:
    """Return the loss at single points of a plane: (k,), (k,) -> (k,)."""
    if not hasattr(net, "moved"):
        return np.asarray(net.loss(plane.point(alpha, beta)))
    found = net.moved((plane.origin, plane.d1, plane.d2), np.stack([alpha, beta], axis=1), ())
    return np.concatenate([loss for loss, _ in found])


def _moves_weights(net: Objective, metrics: Sequence[Any]) -> bool:
    """Return whether an objective moves its own weights along vectors, and knows metrics."""
    if isinstance(metrics, str):
        raise TypeError(f"metrics must be a sequence, such as ({metrics!r},); got {metrics!r}")
    moves = hasattr(net, "moved")
    if metrics and not moves:
        raise ValueError(
            f"metrics must be empty, but for a KerasObjective; got {metrics!r} with a {type(net).__name__}"
        )
    return moves


_last: dict[str, Any] = {}
"""The last objective that was made anew in this process: several lines and planes may be of one."""


def _piece(work: _Rows | _Moved, piece: range) -> Array:
    """Evaluate one piece, in a worker."""
    return next(iter(work.each([piece])))


def _packed(work: _Moved, at_first: list[float]) -> Callable[[], _Moved]:
    """Return a function that makes the same on a worker."""
    return partial(_unpacked, work.net.packed(), work._replace(net=None), at_first)


def _unpacked(packed: Any, work: _Moved, at_first: list[float]) -> _Moved:
    """Make an objective anew, unless it was the last one, and compare its values at the first point."""
    for net in (_last.get(packed.fingerprint), None):
        made = work._replace(net=net or packed.unpacked())
        found = _piece(made, range(1))
        if np.allclose(found, at_first, rtol=1e-4, atol=1e-7, equal_nan=True):
            _last.clear()
            _last[packed.fingerprint] = made.net
            return made
    raise ValueError(
        f"model must be the same when Keras saves and loads it, to be sent to workers; its loss is {at_first[0]:g} "
        f"here and {found[0]:g} there, pass executor=None"
    )


def _key(work: _Rows | _Moved, size: int) -> str:
    """Return a text that is unique to values at these points, to their division into pieces, and to versions.

    An objective need not tell all that its loss depends on; so the loss at three points is a part of it.
    """
    net, where = work.net, work.where
    origin, *directions = where.vectors
    last = where.size - 1
    trial = [where.coordinates(range(i, i + 1))[0] for i in (0, last // 2, last)]
    loss = [float(net.loss(origin + sum(c * d for c, d in zip(at, directions, strict=True)))) for at in trial]
    fingerprint = getattr(net, "fingerprint", None)
    who = fingerprint() if fingerprint else description(net) if hasattr(net, "describe") else type(net).__qualname__
    arrays = [*where.vectors, *where.axes]
    digests = [hashlib.sha256(np.ascontiguousarray(part).tobytes()).hexdigest() for part in arrays]
    metrics = [getattr(metric, "name", str(metric)) for metric in getattr(work, "metrics", ())]
    return json.dumps([who, digests, [value.hex() for value in loss], metrics, work.names, size, versions("numpy")])
