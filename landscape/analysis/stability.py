"""How the stability of an optimizer changes along a run, and where the loss spikes.

Update t + 1 divides the averaged gradient by a P that the optimizer computes from the gradients so far::

    theta_{t+1} = theta_t - lr P_t^-1 m_{t+1}

    P_t = 1                                                                    SGD
    P_t = sqrt(v_{t+1} + epsilon)                                              RMSprop
    P_t = (sqrt(v_{t+1}) + epsilon) (1 - beta_1^{t+1}) / sqrt(1 - beta_2^{t+1})     Adam

While P changes slowly, the run is stable where the sharpness of P_t^-1 H(theta_t) is below the limit of
:func:`landscape.stability_limit`. Near a solution gradients vanish and P decays, until the limit is exceeded.

References
----------
Cohen, Ghorbani, Krishnan, Agarwal et al.: Adaptive Gradient Methods at the Edge of Stability (2022),
arXiv:2207.14484, section 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from landscape.analysis.curvature import preconditioned, stability_limit
from landscape.base import checks
from landscape.base.arrays import Array, IntArray
from landscape.base.norms import may_underflow
from landscape.base.progress import Progress
from landscape.base.results import Result, Settings, array, make_read_only, member, settings_of
from landscape.networks.float32_gradient import float32_gradient
from landscape.networks.objective import CurvedObjective, Objective, loss_scale
from landscape.networks.relu import ReluNetwork
from landscape.training.optimizers import SGD, Adam, Optimizer, RMSprop
from landscape.training.train import train
from landscape.training.trajectories import RECORD_LIMIT, recorded_steps

SPIKE_DECADES = 6.0
"""Orders of magnitude by which a spike of the loss rises above the values before and after it."""

FLAT = 1e-3
"""An eigenvalue of the Hessian counts as 0 below this fraction of the largest one."""

BLOCK = 1 << 22
"""Entries of Hessians that are computed at a time."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Stability(Result):
    """Curvature along one run, and the stability limit of its optimizer."""

    step: IntArray = array("step", meaning="number of updates", unit="updates", dtype=np.int64, check=checks.axis)
    loss: Array = array("step", meaning="loss")
    curvature: Array = array(
        "step", "eigenvalue", meaning="eigenvalues of the Hessian, ascending; NaN where it is not finite"
    )
    preconditioned: Array = array(
        "step", "eigenvalue", meaning="eigenvalues of P^-1 H, with the P of the next update, ascending"
    )
    limit: float = member("sharpness of P^-1 H below which the optimizer is stable, see ``landscape.stability_limit``")
    peak: IntArray = array(
        "spike",
        meaning="steps of all spikes, including steps that are not recorded, see ``landscape.spikes``",
        unit="updates",
        dtype=np.int64,
    )
    peak_loss: Array = array("spike", meaning="loss at the spikes")
    settings: Settings = settings_of("optimizer, data type, objective, rule of the spikes")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "limit", checks.positive("limit", self.limit))

    @property
    def sharpness(self) -> Array:
        """Largest eigenvalue of P^-1 H, shape (r,)."""
        return np.asarray(self.preconditioned[:, -1])

    @property
    def rank(self) -> int:
        """Number of directions that are not flat at the lowest loss (eigenvalues above FLAT times the largest one)."""
        lowest = self.curvature[int(np.nanargmin(self.loss))]
        return max(1, int(np.count_nonzero(lowest > FLAT * lowest[-1])))

    @property
    def crossing(self) -> IntArray:
        """Step at which the sharpness rises above the limit before each spike, shape (s,).

        The first such recorded step after the previous spike; -1 for a spike without one.
        """
        over = self.sharpness > self.limit
        rises = self.step[1:][over[1:] & ~over[:-1]]
        before = np.concatenate([[0], self.peak[:-1]])[: self.peak.size]
        found = [rises[(rises > low) & (rises < high)] for low, high in zip(before, self.peak, strict=True)]
        return np.array([steps[0] if steps.size else -1 for steps in found], dtype=np.int64)


@checks.known_arguments
@may_underflow
def track_stability(  # noqa: PLR0917 - as for train
    net: CurvedObjective,
    start: ArrayLike,
    optimizer: Optimizer,
    steps: int,
    record_every: int = 1,
    dtype: DTypeLike = "float64",
    *,
    progress: Progress | None = None,
) -> Stability:
    """Run ``optimizer`` from ``start`` and return curvature and stability at the recorded steps, and all spikes.

    The run is that of :func:`landscape.train`; P is recomputed from its gradients, in its data type. Curvature is that
    of the Hessian in float64, with relu'(0) = 0 at a kink.

    Parameters
    ----------
    net : CurvedObjective
        An objective with a Hessian, such as the ReLU network.
    start : array_like of shape (n,)
    optimizer : Adam, SGD or RMSprop
    steps, record_every, dtype, progress
        As for :func:`landscape.train`.

    Examples
    --------
    >>> from landscape import SGD, xor
    >>> run = track_stability(xor.network(), xor.offset_start(1e-2), SGD(0.02), 2000, record_every=100)
    >>> run.step.size, run.rank, run.peak.size, round(run.limit), round(float(run.sharpness[-1]), 1)
    (21, 4, 0, 100, 19.5)
    """
    if not isinstance(net, CurvedObjective):
        raise TypeError(f"net must have a Hessian, as the ReLU network has; got {type(net).__name__}")
    start = checks.vector("start", start, net.n_parameters)
    max_steps = RECORD_LIMIT // (8 * (start.size + 1)) - 1
    if checks.count("steps", steps) > max_steps:
        raise ValueError(f"steps must be at most {max_steps}, since every step is replayed; got {steps}")
    kept = recorded_steps(steps, checks.count("record_every", record_every, least=1))
    if isinstance(optimizer, Adam | SGD | RMSprop):
        stability_limit(optimizer)  # refuses learning rates that are too small for one
    run = train(net, start, optimizer, steps, dtype=dtype, progress=progress)
    path, loss = run.theta[0], run.loss[0].astype(np.float64)
    floor = rounding_floor(net, path.dtype)
    peak = spikes(loss, floor)
    curvature, scaled = _spectra(net, path.astype(np.float64)[kept], _scales(net, path, optimizer)[kept])
    return Stability(
        step=kept,
        loss=loss[kept],
        curvature=make_read_only(curvature),
        preconditioned=make_read_only(scaled),
        limit=stability_limit(optimizer),  # type: ignore[arg-type]  # _scales rejects all others
        peak=peak,
        peak_loss=loss[peak],
        settings={**run.settings, "spike_decades": SPIKE_DECADES, "spike_floor": floor},
    )


def spikes(loss: ArrayLike, floor: float, decades: float = SPIKE_DECADES) -> IntArray:
    """Return the steps at which ``loss`` (r,) has a spike, ascending.

    A spike is a local maximum of log10 max(loss, floor) with a prominence of at least ``decades``: on either side the
    loss falls by that many orders of magnitude before it is higher than at the spike. So the loss had settled before.

    Parameters
    ----------
    loss : array_like of shape (r,), at least 0
        After every step. Values that are not finite count as the largest float.
    floor : float, at least 0
        Loss that consists of rounding errors, such as the square of the machine epsilon; changes below it are ignored.
    decades : float

    Examples
    --------
    >>> spikes([1, 1e-3, 1e-9, 1e-2, 1e-9, 1e-8, 1e-9, 0, 1e-30, 0], floor=1e-32).tolist()
    [3]
    """
    from scipy.signal import find_peaks

    floor = max(checks.positive("floor", floor, zero=True), float(np.finfo(np.float64).tiny))
    decades = checks.positive("decades", decades)
    values = np.asarray(loss, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"loss must have one axis, one entry per step; got shape {values.shape}")
    finite = np.nan_to_num(values, nan=np.finfo(np.float64).max)
    peaks, _ = find_peaks(np.log10(np.clip(finite, floor, None)), prominence=decades)
    return np.asarray(peaks, dtype=np.int64)


def rounding_floor(net: Objective, dtype: DTypeLike) -> float:
    """Return the loss below which only rounding errors remain: that of theta = 0 times the machine epsilon squared."""
    return float(np.finfo(dtype).eps) ** 2 * loss_scale(net)


def _scales(net: Objective, path: NDArray[Any], optimizer: Optimizer) -> Array:
    """Return the diagonal of P at every step of a run (r, n), recomputed in the data type of the run."""
    kind = path.dtype
    gradient_of: Callable[[ArrayLike], NDArray[Any]] = net.gradient
    if kind == np.float32 and isinstance(net, ReluNetwork):
        gradient_of = partial(float32_gradient, net)
    is_finite = np.isfinite(path).all(axis=1)
    gradient = np.full(path.shape, np.nan, dtype=kind)
    gradient[is_finite] = gradient_of(path[is_finite])
    rates = optimizer.rates(len(path), kind)
    match optimizer:
        case Adam():
            root = np.sqrt(_replayed(optimizer, gradient, rates, 1))
            return np.asarray(
                (root + optimizer.epsilon) * (optimizer.learning_rate / rates.astype(np.float64)[:, None])
            )
        case RMSprop():
            return np.asarray(np.sqrt(_replayed(optimizer, gradient, rates, 0) + optimizer.epsilon))
        case SGD():
            return np.ones(path.shape)
    raise TypeError(f"optimizer must be Adam, SGD or RMSprop; got {optimizer!r}")


def _replayed(optimizer: Optimizer, gradient: NDArray[Any], rates: NDArray[Any], slot: int) -> Array:
    """Return the state array ``slot`` after each update with the gradients (r, n) of a run."""
    state: list[NDArray[Any]] = [np.zeros_like(gradient[0]) for _ in range(optimizer.slots)]
    values, scratch = np.empty_like(gradient), np.zeros_like(gradient[0])
    with np.errstate(over="ignore", invalid="ignore"):
        for g, rate, value in zip(gradient, rates, values, strict=True):
            optimizer.update(scratch, g, state, rate)  # updates the state as in the run
            value[:] = state[slot]
    return values.astype(np.float64)


def _spectra(net: CurvedObjective, theta: Array, scale: Array) -> tuple[Array, Array]:
    """Return the eigenvalues of H and of P^-1 H at every theta (r, n), NaN where they are not finite."""
    plain, scaled = np.full(theta.shape, np.nan), np.full(theta.shape, np.nan)
    finite_steps = np.flatnonzero(np.isfinite(theta).all(axis=1) & np.isfinite(scale).all(axis=1))
    rows_at_once = max(1, BLOCK // theta.shape[1] ** 2)
    for part in np.split(finite_steps, range(rows_at_once, finite_steps.size, rows_at_once)):
        hessian = net.hessian(theta[part])
        finite = np.isfinite(hessian).all(axis=(1, 2))
        rows, hessian = part[finite], hessian[finite]
        plain[rows] = np.linalg.eigvalsh(hessian)
        scaled[rows] = np.linalg.eigvalsh(preconditioned(hessian, scale[rows]))
    return plain, scaled
