"""Training of a batch of starts on one thread, skipping computations that can no longer change anything.

A hidden unit that is inactive on every sample has gradient 0 and does not affect any other parameter. Once its
pre-activations are so far below 0 that its remaining momentum cannot activate it again, it is permanently inactive: the
rest of the network is trained as a smaller one, and the unit's own parameters coast to rest separately. When the whole
gradient is 0 and momentum is too weak to move any parameter by half a unit in its last place, the start is at rest.
Stuck runs therefore cost little, and every number is the same to the last bit as without these shortcuts. (There is one
exception: where a run leaves the range of floats, NaN does not spread to inactive units.)
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.kernels import ADAM, RMSPROP, SGD
from landscape.kernels.jit import aligned_zeros
from landscape.kernels.training_loop import coasting_block, input_bits, training_block
from landscape.networks.relu import ReluNetwork
from landscape.training import optimizers
from landscape.training.optimizers import Optimizer

FIRST_INTERVAL = 250
"""Number of steps to the first checkpoint step.

At a checkpoint step inactive units are removed, progress is reported, and the computation can be interrupted. Units
become inactive early, so each checkpoint step is twice as late as the one before.
"""

LONGEST_INTERVAL = 4000
"""Largest number of steps between two checkpoint steps: about 100 ms for a batch of starts."""

LARGEST_SHRINKABLE = 3
"""Largest number of hidden units for which inactive units are removed: each smaller network is compiled, too."""

SLACK = 1e4
"""Units in the last place by which rounding may shift a pre-activation until its parameters are at rest."""

FloatArray = NDArray[Any]
Indices = NDArray[np.int64]


class TrainedBatch(NamedTuple):
    """Paths and losses of k starts, and the steps by which their outcomes were proven.

    From then on nothing can change any more, except that the output's bias converges to the best constant: all units
    are permanently inactive, or the start is at rest.
    """

    path: FloatArray  # (k, r, n)
    loss: FloatArray  # (k, r)
    proven: Indices  # (k,) step by which this was proven, -1 where it was not
    inactive: Indices  # (k, h) step by which a unit was proven permanently inactive, -1 where it was not


class Plan:
    """What all starts have in common: network, optimizer, data type, and the steps that are recorded."""

    def __init__(
        self, net: ReluNetwork, kind: np.dtype[Any], optimizer: Optimizer, kept: Indices, *, early_stop: bool
    ) -> None:
        self.net, self.kind, self.optimizer, self.kept, self.early_stop = net, kind, optimizer, kept, early_stop
        self.method, rule = method_of(optimizer)
        self.steps = int(kept[-1])
        self.inputs, self.targets, self.bits = net.inputs.astype(kind), net.targets.astype(kind), input_bits(net.inputs)
        self.flat_inputs = self.inputs.ravel()
        rates, self.rule = optimizer.rates(self.steps + 1, kind), np.array(rule, dtype=kind)
        self.rates = rates[:-1]
        rates[-1] /= optimizers.later_growth(optimizer, self.steps + 1)  # the largest of all later ones
        self.largest_rate_from = np.maximum.accumulate(rates[::-1])[::-1]  # [t]: the largest from step t on, for ever
        self.rounding = float(np.finfo(kind).eps)
        # A drift of at most this fraction of a parameter is less than half a unit in its last place: no change.
        self.negligible_drift = self.rounding / 8

    @property
    def is_single(self) -> bool:
        """Whether the data type is float32."""
        return bool(self.kind == np.float32)

    def remaining_drift(self, first: FloatArray, second: FloatArray, step: int) -> tuple[FloatArray, float]:
        """Return how far parameters with these state values can move after ``step`` while their gradient stays 0.

        This is ``remaining_drift`` of the optimizer, whose state has its own order and number of arrays.
        """
        state = {ADAM: [first, second], SGD: [first], RMSPROP: [second, first]}[self.method]
        bound, ratio = self.optimizer.remaining_drift(state, self.largest_rate_from[step])
        return bound * (1.0 + 1e-6), ratio


class _Group(NamedTuple):
    """Starts with the same number of live units, that is, units that are not permanently inactive."""

    kernel: Any  # compiled training for that number of units
    starts: Indices  # (c,) their indices in the batch
    place: Indices  # (c, rows) indices in theta of the parameters of their live units


class _Drift(NamedTuple):
    """How far the parameters of q permanently inactive units can still move."""

    place: Indices  # (p, q) their indices in theta
    bound: FloatArray  # (p, q)
    ratio: float  # by which each step multiplies the bound


class StartBatch:
    """The training of starts (k, n); their results are written to ``result`` from index ``first`` on.

    values : (3, n, k) theta and the two state values
    live : (k, h) whether a unit is not permanently inactive
    moving : (k,) whether a start is not at rest
    """

    def __init__(self, plan: Plan, starts: FloatArray, first: int, result: TrainedBatch) -> None:
        self.plan, self.first, self.result = plan, first, result
        self.values = np.zeros((3, *starts.T.shape), dtype=plan.kind)
        self.values[0] = starts.T
        self.live = np.ones((len(starts), plan.net.hidden), dtype=bool)
        self.moving = np.ones(len(starts), dtype=bool)
        self.groups: list[_Group] = []
        self.scratch = aligned_zeros(self._kernel(plan.net.hidden)[1], plan.kind)

    def train(self) -> Iterator[int]:
        """Train to the last step; at checkpoint steps, yield the steps done since the last yield, over all starts."""
        plan, count = self.plan, len(self.moving)
        step = record = 0
        if plan.early_stop:
            self._remove_inactive_units(step, record)
        self.groups = self._groups(self.moving)
        while True:
            end = min(step + self._interval(step), plan.steps)
            theta_before = self.values[0].copy()
            span = np.array([step, end, record])
            for group in self.groups:
                self._advance(group, span)
            yield (end - step) * count
            if end == plan.steps:
                if plan.early_stop:
                    units, starts, _ = self._permanently_inactive(end)
                    self._record_inactive(starts, units, end)
                return
            step, record = end, int(np.searchsorted(plan.kept, end, side="right"))
            if not plan.early_stop:
                continue
            units_removed = self._remove_inactive_units(step, record)
            starts_retired = self._retire_resting_starts(step, record, theta_before)
            if units_removed or starts_retired:
                self.groups = self._groups(self.moving)
                if not self.groups:
                    yield (plan.steps - step) * count
                    return

    def _interval(self, step: int) -> int:
        """Return the number of steps from checkpoint step ``step`` to the next one."""
        if not self.plan.early_stop:
            return LONGEST_INTERVAL
        return min(max(FIRST_INTERVAL, step), LONGEST_INTERVAL)

    def _groups(self, chosen: NDArray[np.bool_]) -> list[_Group]:
        """Group the chosen starts by their number of live units."""
        net = self.plan.net
        live_counts = np.where(chosen, self.live.sum(axis=1), -1)
        groups = []
        for count in range(net.hidden + 1):
            starts = np.flatnonzero(live_counts == count)
            if not starts.size:
                continue
            units = np.nonzero(self.live[starts])[1].reshape(starts.size, 1, count)
            rows = net.hidden * np.arange(net.n_inputs + 2)[:, None] + units  # of theta, except the output's bias
            output_bias = np.full((starts.size, 1), net.n_parameters - 1)
            place = np.concatenate([rows.reshape(starts.size, -1), output_bias], axis=1)
            groups.append(_Group(self._kernel(count)[0], starts, place))
        return groups

    def _kernel(self, units: int) -> tuple[Any, int]:
        """Return the compiled training of a network with this many units, and the length of its scratch array."""
        plan = self.plan
        return training_block(plan.net.n_inputs, units, plan.net.n_samples, plan.method, plan.is_single, plan.bits)

    def _advance(self, group: _Group, span: Indices) -> None:
        """Train a group from step ``span[0]`` to ``span[1]``; ``span[2]`` is the index of the next record."""
        plan, out = self.plan, self.result
        data = plan.flat_inputs, plan.targets, plan.rates, plan.rule, plan.kept
        group.kernel(*data, self.scratch, self.values, group.starts, self.first, group.place, out.path, out.loss, span)

    def _loss_and_is_stationary(self, group: _Group) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return the loss of each start (c,), and whether its gradient is 0 or flushed to 0 by the kernel (c,).

        The kernel returns no gradient, but its first state value after one step from state 0 is 0 iff the gradient is.
        """
        plan, count = self.plan, group.starts.size
        values = np.zeros((3, plan.net.n_parameters, count), plan.kind)
        values[0] = self.values[0, :, group.starts].T
        path, loss = np.empty((count, 1, plan.net.n_parameters), plan.kind), np.empty((count, 1), plan.kind)
        data = plan.flat_inputs, plan.targets, np.ones(1, plan.kind), plan.rule, np.zeros(1, np.int64)
        starts = np.arange(count)
        group.kernel(*data, self.scratch, values, starts, 0, group.place, path, loss, np.array((0, 1, 0)))
        first_state = values[1, group.place.T, starts]
        return loss[:, 0], (first_state == 0).all(axis=0)

    def _remove_inactive_units(self, step: int, record: int) -> bool:
        """Remove permanently inactive units and let their parameters coast to rest; return whether there are any."""
        if self.plan.net.hidden > LARGEST_SHRINKABLE:
            return False
        units, starts, drift = self._permanently_inactive(step)
        if not starts.size:
            return False
        self._coast(starts, drift.place, step, record, drift.bound, drift.ratio)
        self.live[starts, units] = False
        self._record_inactive(starts, units, step)
        without_live_units = ~self.live[starts].any(axis=1)
        self._record_proof(np.unique(starts[without_live_units]), step)
        return True

    def _permanently_inactive(self, step: int) -> tuple[Indices, Indices, _Drift]:
        """Return the live units that can never be active again (q,), their starts (q,), and how far they can drift."""
        plan = self.plan
        d, h = plan.net.n_inputs, plan.net.hidden
        W1, b1 = self.values[0, : d * h].reshape(d, h, -1), self.values[0, d * h : (d + 1) * h]
        with np.errstate(over="ignore", invalid="ignore"):
            z = preactivations(plan.inputs, W1, b1)
            inactive = (z <= 0).all(axis=0) & self.live.T & self.moving
            units, starts = np.nonzero(inactive)
            place = h * np.arange(d + 2)[:, None] + units
            first, second = self.values[1:, place, starts]  # (d + 2, q)
            bound, ratio = plan.remaining_drift(first, second, step)
            size = np.abs(plan.inputs) @ np.abs(W1[:, units, starts]) + np.abs(b1[units, starts])
            reach = np.abs(plan.inputs) @ bound[:d] + bound[d]
            stays_inactive = z[:, units, starts] + reach + SLACK * plan.rounding * size <= 0
        permanent = stays_inactive.all(axis=0) | (reach == 0).all(axis=0)
        return units[permanent], starts[permanent], _Drift(place[:, permanent], bound[:, permanent], ratio)

    def _coast(  # noqa: PLR0917
        self, starts: Indices, place: Indices, step: int, record: int, bound: FloatArray, ratio: float
    ) -> None:
        """Update the parameters ``place`` (p, q) of permanently inactive units until none can change any more."""
        plan = self.plan
        values = np.ascontiguousarray(self.values[:, place, starts].transpose(0, 2, 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            drift = bound / (np.abs(values[0].T) * plan.negligible_drift)  # at most 1: the parameter does not change
            largest = np.nan_to_num(drift, nan=0.0, posinf=np.inf).max(axis=0, initial=0.0)  # 0 / 0: it does not move
            # Each step multiplies the bound by ``ratio``.
            needed = np.where(largest > 1, np.log(largest) / -np.log(ratio) + 1, 0.0)
        steps = np.minimum(np.nan_to_num(needed, nan=np.inf), plan.steps - step).astype(np.int64)
        coast = coasting_block(plan.method, plan.is_single)
        indices, span = np.ascontiguousarray(place.T), np.array([step, record])
        coast(plan.rates, plan.rule, plan.kept, values, starts + self.first, indices, steps, self.result.path, span)
        self.values[:, place, starts] = values.transpose(0, 2, 1)

    def _retire_resting_starts(self, step: int, record: int, theta_before: FloatArray) -> bool:
        """Mark starts at rest as finished and fill in their remaining records; return whether there are any."""
        plan = self.plan
        unchanged = np.flatnonzero(self.moving & (self.values[0] == theta_before).all(axis=0))
        if not unchanged.size:
            return False
        theta, first, second = self.values[:, :, unchanged]
        bound, _ = plan.remaining_drift(first, second, step)
        too_weak = (bound <= np.abs(theta) * plan.negligible_drift).all(axis=0)
        without_momentum = np.zeros(len(self.moving), dtype=bool)
        without_momentum[unchanged[too_weak]] = True
        found = False
        records = np.arange(record, plan.kept.size)
        for group in self._groups(without_momentum):
            loss, is_stationary = self._loss_and_is_stationary(group)
            starts, place = group.starts[is_stationary], group.place[is_stationary]
            rows, final_theta = starts + self.first, self.values[0, place.T, starts].T
            self.result.path[rows[:, None, None], records[:, None], place[:, None]] = final_theta[:, None]
            self.result.loss[rows, record:] = loss[is_stationary, None]
            self.moving[starts] = False
            self._record_proof(starts, step)
            self._record_inactive_at_rest(starts, step)
            found |= bool(starts.size)
        return found

    def _record_proof(self, starts: Indices, step: int) -> None:
        """Note ``step`` for those of the starts whose outcome was not proven before."""
        proven, rows = self.result.proven, starts + self.first
        proven[rows[proven[rows] < 0]] = step

    def _record_inactive(self, starts: Indices, units: Indices, step: int) -> None:
        """Note that these units of these starts are permanently inactive."""
        self.result.inactive[starts + self.first, units] = step

    def _record_inactive_at_rest(self, starts: Indices, step: int) -> None:
        """Note the inactive units of starts at rest, in which nothing changes any more."""
        d, h = self.plan.net.n_inputs, self.plan.net.hidden
        theta = self.values[0][:, starts]
        z = preactivations(self.plan.inputs, theta[: d * h].reshape(d, h, -1), theta[d * h : (d + 1) * h])
        units, rows = np.nonzero((z <= 0).all(axis=0) & self.live[starts].T)
        self._record_inactive(starts[rows], units, step)


def preactivations(inputs: FloatArray, W1: FloatArray, b1: FloatArray) -> FloatArray:
    """Return the pre-activations of many thetas: (m, d), (d, h, k), (h, k) -> (m, h, k).

    The order of operations is that of the kernel, so that each is exactly 0 where it is in the kernel.
    """
    columns = inputs[:, :, None, None]
    z = columns[:, 0] * W1[0]
    for k in range(1, inputs.shape[1]):
        z += columns[:, k] * W1[k]
    return np.asarray(z + b1)


def method_of(optimizer: Optimizer) -> tuple[int, tuple[float, ...]]:
    """Return the number by which kernels identify a gradient method, and the method's constants."""
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
