"""Starts that are walked side by side by one thread, and what about them can no longer matter.

A hidden unit that is off on every sample has gradient 0, and no other parameter feels it. Once it is off so far that
what its momentum still moves cannot switch it on again, it is off for ever: the rest of the network is walked on as a
smaller one, and the unit's own parameters are let coast to rest by themselves. When the gradient is 0 altogether and
momentum too weak to move a parameter by half a unit in its last place, the start is at rest. So runs that are stuck
cost little, and every number stays what it would have been, to the last bit. (Only where a run leaves the range of
floats, NaN does not spread into units that are off.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.kernels.jit import aligned_zeros
from landscape.kernels.step_emitter import ADAM, RMSPROP, SGD, input_bits
from landscape.kernels.training_loop import coasting_block, training_block
from landscape.networks.relu import ReluNetwork
from landscape.training import optimizers
from landscape.training.optimizers import Optimizer

FIRST_INTERVAL = 250
"""Steps to the first look at units, progress and interruption. Units go off early, so each look is twice as late."""

LONGEST_INTERVAL = 4000
"""Steps between two looks at the most: some 100 ms for a crowd."""

SHRINKS_TO = 3
"""Hidden units up to which networks without some of their units are compiled, too."""

SLACK = 1e4
"""Units in the last place that rounding may shift a pre-activation by on the way to rest."""

FloatArray = NDArray[Any]
Indices = NDArray[np.int64]


class TrainedBatch(NamedTuple):
    """Where k starts went.

    path : ndarray of shape (k, r, n)
    loss : ndarray of shape (k, r)
    proven : ndarray of shape (k,), int64
        Step by which it was proven that nothing can happen any more but for the output's bias, which finds the best
        constant: all units are off for ever, or the start is at rest. -1 where it was not.
    """

    path: FloatArray
    loss: FloatArray
    proven: Indices


class Plan:
    """What all starts of a walk have in common: network, optimizer, data type, and the steps that are kept."""

    def __init__(
        self, net: ReluNetwork, kind: np.dtype[Any], optimizer: Optimizer, kept: Indices, *, early_stop: bool
    ) -> None:
        self.net, self.kind, self.optimizer, self.kept, self.early_stop = net, kind, optimizer, kept, early_stop
        self.method, rule = method_of(optimizer)
        self.steps = int(kept[-1])
        self.inputs, self.targets, self.bits = net.inputs.astype(kind), net.targets.astype(kind), input_bits(net.inputs)
        self.flat_inputs = self.inputs.ravel()
        self.rates, self.rule = optimizer.rates(self.steps, kind), np.array(rule, dtype=kind)
        self.ceiling = np.maximum.accumulate(np.append(self.rates, 0.0)[::-1])[::-1]  # of the rates from a step on
        self.rounding = float(np.finfo(kind).eps)

    @property
    def is_single(self) -> bool:
        """Whether this is float32."""
        return bool(self.kind == np.float32)

    def remaining_drift(self, first: FloatArray, second: FloatArray, step: int) -> tuple[FloatArray, float]:
        """Return how far parameters with these state values still move while their gradient stays 0; see optimizers."""
        slots = {ADAM: [first, second], SGD: [first], RMSPROP: [second, first]}[self.method]
        bound, ratio = self.optimizer.remaining_drift(slots, self.ceiling[step])
        return bound * (1.0 + 1e-6), ratio


class _Group(NamedTuple):
    """Starts with equally many live units.

    kernel : walks them, for so many units
    starts : (c,) their numbers in the crowd
    place : (c, rows) where in theta the parameters of their live units are
    """

    kernel: Any
    starts: Indices
    place: Indices


class StartBatch:
    """Starts (k, n) from number ``first`` of ``result`` on, which is written to.

    values : (3, n, k) theta and the two state values
    live : (k, h) units that are not off for ever
    moving : (k,) starts that are not at rest
    """

    def __init__(self, plan: Plan, starts: FloatArray, first: int, result: TrainedBatch) -> None:
        self.plan, self.first, self.result = plan, first, result
        self.values = np.zeros((3, *starts.T.shape), dtype=plan.kind)
        self.values[0] = starts.T
        self.live = np.ones((len(starts), plan.net.hidden), dtype=bool)
        self.moving = np.ones(len(starts), dtype=bool)
        self.groups: list[_Group] = []
        self.scratch = aligned_zeros(self._kernel(plan.net.hidden)[1], plan.kind)

    def walk(self) -> Iterator[int]:
        """Go to the last step; yield now and then how many steps have been done, of all starts together."""
        plan, step, record, count = self.plan, 0, 0, len(self.moving)
        if plan.early_stop:
            self._remove_inactive_units(step, record)
        self.groups = self._groups(self.moving)
        while True:
            end, before = min(step + self._interval(step), plan.steps), self.values[0].copy()
            span = np.array([step, end, record])
            for group in self.groups:
                self._advance(group, span)
            yield (end - step) * count
            if end == plan.steps:
                return
            step, record = end, int(np.searchsorted(plan.kept, end, side="right"))
            if plan.early_stop and (
                self._remove_inactive_units(step, record) | self._retire_resting_starts(step, record, before)
            ):
                self.groups = self._groups(self.moving)
                if not self.groups:
                    yield (plan.steps - step) * count
                    return

    def _interval(self, step: int) -> int:
        return min(max(FIRST_INTERVAL, step), LONGEST_INTERVAL) if self.plan.early_stop else LONGEST_INTERVAL

    def _groups(self, chosen: NDArray[np.bool_]) -> list[_Group]:
        """Return the chosen starts in groups of equally many live units."""
        net = self.plan.net
        units = np.where(chosen, self.live.sum(axis=1), -1)
        found = []
        for live in range(net.hidden + 1):
            starts = np.flatnonzero(units == live)
            if not starts.size:
                continue
            unit = np.nonzero(self.live[starts])[1].reshape(starts.size, 1, live)
            rows = net.hidden * np.arange(net.n_inputs + 2)[:, None] + unit  # of theta, but for the output's bias
            last = np.full((starts.size, 1), net.n_parameters - 1)
            place = np.concatenate([rows.reshape(starts.size, -1), last], axis=1)
            found.append(_Group(self._kernel(live)[0], starts, place))
        return found

    def _kernel(self, units: int) -> tuple[Any, int]:
        """Return the walk of a network with so many units, and the length of its scratch."""
        plan = self.plan
        return training_block(plan.net.n_inputs, units, plan.net.n_samples, plan.method, plan.is_single, plan.bits)

    def _advance(self, group: _Group, span: Indices) -> None:
        """Walk a group from step ``span[0]`` to ``span[1]``, with ``span[2]`` the next record."""
        plan, out = self.plan, self.result
        data = plan.flat_inputs, plan.targets, plan.rates, plan.rule, plan.kept
        group.kernel(*data, self.scratch, self.values, group.starts, self.first, group.place, out.path, out.loss, span)

    def _at(self, group: _Group) -> tuple[FloatArray, FloatArray]:
        """Return loss (c,) and gradient (rows, c), exactly 0 where it is so small that the kernel flushes it.

        One step from a state of 0 shows the gradient in the first state value.
        """
        plan, count = self.plan, group.starts.size
        values = np.zeros((3, plan.net.n_parameters, count), plan.kind)
        values[0] = self.values[0, :, group.starts].T
        path, loss = np.empty((count, 1, plan.net.n_parameters), plan.kind), np.empty((count, 1), plan.kind)
        data = plan.flat_inputs, plan.targets, np.ones(1, plan.kind), plan.rule, np.zeros(1, np.int64)
        starts = np.arange(count)
        group.kernel(*data, self.scratch, values, starts, 0, group.place, path, loss, np.array((0, 1, 0)))
        return loss[:, 0], values[1, group.place.T, starts]

    def _remove_inactive_units(self, step: int, record: int) -> bool:
        """Find units that are off for ever, and let their parameters coast to rest; return whether there are any."""
        plan, (d, h) = self.plan, (self.plan.net.n_inputs, self.plan.net.hidden)
        if h > SHRINKS_TO:
            return False
        inputs = plan.inputs[:, :, None, None]
        W1, b1 = self.values[0, : d * h].reshape(d, h, -1), self.values[0, d * h : (d + 1) * h]
        with np.errstate(over="ignore", invalid="ignore"):
            z = inputs[:, 0] * W1[0]
            for k in range(1, d):  # in the kernel's order, so that 0 is 0
                z += inputs[:, k] * W1[k]
            z += b1  # (m, h, k)
            off = (z <= 0).all(axis=0) & self.live.T & self.moving
            units, starts = np.nonzero(off)
            if not starts.size:
                return False
            place = h * np.arange(d + 2)[:, None] + units
            first, second = self.values[1:, place, starts]  # (d + 2, q)
            bound, ratio = plan.remaining_drift(first, second, step)
            size = np.abs(plan.inputs) @ np.abs(W1[:, units, starts]) + np.abs(b1[units, starts])
            reach = np.abs(plan.inputs) @ bound[:d] + bound[d]
            stays = z[:, units, starts] + reach + SLACK * plan.rounding * size <= 0
        for_ever = stays.all(axis=0) | (reach == 0).all(axis=0)
        starts, units = starts[for_ever], units[for_ever]
        self._coast(starts, place[:, for_ever], step, record, bound[:, for_ever], ratio)
        self.live[starts, units] = False
        self._record_proof(np.unique(starts[~self.live[starts].any(axis=1)]), step)
        return bool(starts.size)

    def _coast(  # noqa: PLR0917
        self, starts: Indices, place: Indices, step: int, record: int, bound: FloatArray, ratio: float
    ) -> None:
        """Let the parameters ``place`` (p, q) of units that are off for ever move until none can change any more."""
        plan, last = self.plan, self.plan.steps - step
        values = np.ascontiguousarray(self.values[:, place, starts].transpose(0, 2, 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            much = bound / (np.abs(values[0].T) * (plan.rounding / 8))
            most = np.nan_to_num(much, nan=0.0, posinf=np.inf).max(axis=0, initial=0.0)  # 0 / 0: does not move
            needed = np.where(most > 1, np.log(most) / -np.log(ratio) + 1, 0.0)
        steps = np.minimum(np.nan_to_num(needed, nan=np.inf), last).astype(np.int64)
        fade = coasting_block(plan.method, plan.is_single)
        where, span = np.ascontiguousarray(place.T), np.array([step, record])
        fade(plan.rates, plan.rule, plan.kept, values, starts + self.first, where, steps, self.result.path, span)
        self.values[:, place, starts] = values.transpose(0, 2, 1)

    def _retire_resting_starts(self, step: int, record: int, before: FloatArray) -> bool:
        """Find starts that nothing moves any more, and fill in their records; return whether there are any."""
        plan, calm = self.plan, np.flatnonzero(self.moving & (self.values[0] == before).all(axis=0))
        if not calm.size:
            return False
        theta, first, second = self.values[:, :, calm]
        bound, _ = plan.remaining_drift(first, second, step)
        weak = np.zeros(len(self.moving), dtype=bool)
        weak[calm[(bound <= np.abs(theta) * (plan.rounding / 8)).all(axis=0)]] = True
        found = False
        for group in self._groups(weak):
            loss, gradient = self._at(group)
            rests = (gradient == 0).all(axis=0)
            starts, place = group.starts[rests], group.place[rests]
            rows, records = starts[:, None, None] + self.first, np.arange(record, plan.kept.size)[:, None]
            self.result.path[rows, records, place[:, None]] = self.values[0, place.T, starts].T[:, None]
            self.result.loss[starts + self.first, record:] = loss[rests, None]
            self.moving[starts] = False
            self._record_proof(starts, step)
            found |= bool(starts.size)
        return found

    def _record_proof(self, starts: Indices, step: int) -> None:
        proven = self.result.proven
        new = starts[proven[starts + self.first] < 0] + self.first
        proven[new] = step


def method_of(optimizer: Optimizer) -> tuple[int, tuple[float, ...]]:
    """Return the kernel's number of a gradient method and its constants."""
    match optimizer:
        case optimizers.Adam():
            return ADAM, (1 - optimizer.beta_1, 1 - optimizer.beta_2, optimizer.epsilon, 0.0)
        case optimizers.SGD():
            return SGD, (float(np.float32(optimizer.momentum)), 0.0, 0.0, 0.0)
        case optimizers.RMSprop():
            return RMSPROP, (optimizer.rho, 1 - optimizer.rho, optimizer.momentum, optimizer.epsilon)
        case optimizers.CosineDecay():
            return method_of(optimizer.optimizer)
    raise TypeError(f"optimizer must be Adam, SGD or RMSprop; got {optimizer!r}")
