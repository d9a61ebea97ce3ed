"""The sharpness along a recorded run of any model, beside the stability limit of its optimizer.

P of the next update is that of :mod:`landscape.analysis.stability`. It is computed from the second moments v_t that
were recorded, and from the gradient g of the objective, as if the next update were made with it::

    v_{t+1} = beta_2 v_t + (1 - beta_2) g^2        (rho for beta_2 in RMSprop)

References
----------
Cohen, Kaur, Li, Kolter, Talwalkar: Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability
(2021), arXiv:2103.00065.
Cohen, Ghorbani, Krishnan, Agarwal et al.: Adaptive Gradient Methods at the Edge of Stability (2022),
arXiv:2207.14484, section 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np

from landscape.analysis.curvature import stability_limit
from landscape.analysis.spectrum import NoEigenvalueError, top_eigenpairs
from landscape.base import checks, norms
from landscape.base.arrays import Array, IntArray
from landscape.base.labels import Labelled
from landscape.base.progress import Progress
from landscape.base.results import Settings, array, make_read_only, member, settings_of
from landscape.networks.objective import Objective, description, require_objective
from landscape.training.optimizers import SGD, Adam, CosineDecay, RMSprop
from landscape.training.recording import RecordedRun
from landscape.training.trajectories import Trajectories

KINDS = {"SGD": SGD, "Adam": Adam, "RMSprop": RMSprop}
UNLIKE = ("nesterov", "amsgrad", "centered", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema")
"""Settings of Keras' optimizers that change the stability limit, unless they are off."""

Known = Adam | SGD | RMSprop
Scales = Callable[[int], Array]
"""The diagonal of P (n,) of the update after a record."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Sharpness(Labelled):
    """The largest eigenvalue of the Hessian along a run, and the stability limit of its optimizer."""

    ROWS: ClassVar = ("step",)

    step: IntArray = array("step", meaning="number of updates", unit="updates", dtype=np.int64, check=checks.axis)
    sharpness: Array = array("step", meaning="largest eigenvalue of the Hessian; NaN where it is not finite")
    residual: Array = array("step", meaning="some eigenvalue is within this distance of ``sharpness``")
    limit: Array = array(
        "step",
        meaning="sharpness of P^-1 H (P = 1 for SGD) below which the optimizer is stable, with the learning rate of "
        "the next update; NaN where it is unknown",
    )
    preconditioned: Array | None = array(
        "step",
        meaning="largest eigenvalue of P^-1 H, with the P of the next update; None if P is unknown",
        default=None,
    )
    preconditioned_residual: Array | None = array(
        "step", meaning="some eigenvalue is within this distance of ``preconditioned``", default=None
    )
    unknown: str = member("why limit or P are unknown, or empty", default="")
    settings: Settings = settings_of("those of the trajectories, description of the objective")


@checks.known_arguments
@norms.may_underflow
def track_sharpness(
    net: Objective,
    trajectories: Trajectories,
    optimizer: Adam | SGD | RMSprop | CosineDecay | None = None,
    *,
    run: int = 0,
    every: int = 1,
    progress: Progress | None = None,
) -> Sharpness:
    """Return the sharpness at the records of a run, beside the limit above which its optimizer is unstable.

    Eigenvalues are those of :func:`landscape.top_eigenpairs`. A run of SGD is stable where the sharpness is below
    2 (1 + momentum) / lr; for Adam and RMSprop it is that of P^-1 H that counts, see :func:`landscape.stability_limit`.

    Parameters
    ----------
    net : Objective
        With ``hessian_vector_product(theta, v)`` or ``hessian(theta)``; otherwise products are central differences of
        its gradient.
    trajectories : Trajectories
        Made by ``train``, or a recording of a Keras model. For Adam and RMSprop P is computed from the second moments
        of a recording with ``moments=True``, or from the gradients if all steps are recorded.
    optimizer : Adam, SGD, RMSprop or CosineDecay, optional
        That of the run. Default: that of the recording, with the learning rate of each record.
    run : int
        Index of the run among ``trajectories``.
    every : int, at least 1
        Every how many records; the last one is always included.
    progress : callable, optional
        Called with (records done, records).

    Returns
    -------
    Sharpness
        ``limit`` is NaN and ``preconditioned`` None where they cannot be known; ``unknown`` then says why.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape import xor
    >>> net, optimizer = xor.network(), ls.SGD(0.1, momentum=0.5)
    >>> found = track_sharpness(net, ls.train(net, xor.offset_start(0.3), optimizer, 100), optimizer, every=50)
    >>> found.step.tolist(), found.limit.tolist(), found.sharpness.round(1).tolist()
    ([0, 50, 100], [30.0, 30.0, 30.0], [24.0, 22.8, 22.8])
    """
    require_objective(net)
    checks.instance("trajectories", trajectories, Trajectories, "train")
    count, n = len(trajectories.theta), trajectories.theta.shape[-1]
    if not 0 <= checks.count("run", run) < count:
        raise ValueError(f"run must be below {count}, the number of runs; got {run}")
    if n != net.n_parameters:
        raise ValueError(f"trajectories must have {net.n_parameters} parameters, as net has; got {n}")
    if not isinstance(optimizer, Adam | SGD | RMSprop | CosineDecay | None):
        raise TypeError(f"optimizer must be Adam, SGD, RMSprop or CosineDecay; got {optimizer!r}")
    records = np.arange(0, trajectories.step.size, checks.count("every", every, least=1))
    if records[-1] != trajectories.step.size - 1:
        records = np.append(records, trajectories.step.size - 1)
    path, step = trajectories.theta[run], trajectories.step[records]
    own, unknown = _recorded_optimizer(trajectories.settings) if optimizer is None else (_plain(optimizer), "")
    limit = _limits(own, _rates(trajectories, optimizer)[records])
    multiplied = net if hasattr(net, "hessian_vector_product") or hasattr(net, "hessian") else _Differences(net)
    scale = _scales(net, trajectories, run, own) if isinstance(own, Adam | RMSprop) else None
    plain, scaled = np.full((2, step.size), np.nan), np.full((2, step.size), np.nan)
    for i, record in enumerate(records.tolist()):
        theta = path[record].astype(np.float64)
        plain[:, i] = _largest(multiplied, theta, None)
        if scale is not None:
            scaled[:, i] = _largest(multiplied, theta, scale(record))
        if progress:
            progress(i + 1, records.size)
    if isinstance(own, SGD):
        scaled = plain
    elif own is not None and scale is None:
        unknown = "P is unknown: record second moments, by TrajectoryRecorder(..., moments=True), or every step"
    has_scale = isinstance(own, SGD) or scale is not None
    return Sharpness(
        step=step,
        sharpness=plain[0],
        residual=plain[1],
        limit=make_read_only(limit),
        preconditioned=scaled[0] if has_scale else None,
        preconditioned_residual=scaled[1] if has_scale else None,
        unknown=unknown,
        settings={**trajectories.settings, "objective": description(net)},
    )


def _largest(net: Any, theta: Array, scale: Array | None) -> tuple[float, float]:
    """Return the largest eigenvalue and its residual, NaN where there is none."""
    if not np.isfinite(theta).all() or (scale is not None and not np.isfinite(scale).all()):
        return np.nan, np.nan
    try:
        found = top_eigenpairs(net, theta, 1, scale=scale)
    except NoEigenvalueError:
        return np.nan, np.nan
    return float(found.values[0]), float(found.residuals[0])


def _plain(optimizer: Known | CosineDecay) -> Known:
    return optimizer.optimizer if isinstance(optimizer, CosineDecay) else optimizer


def _recorded_optimizer(settings: Settings) -> tuple[Known | None, str]:
    """Return the optimizer of a recording, up to its learning rate, or None and why it is unknown."""
    name = str(settings.get("optimizer", "")).partition(",")[0]
    numbers = [f.name for f in fields(KINDS[name]) if f.name != "learning_rate"] if name in KINDS else []
    different = [key for key in UNLIKE if settings.get(key)]
    if name not in KINDS:
        return None, f"no limit is known for {name or 'an optimizer that was not recorded'}"
    if different:
        return None, f"no limit is known for {name} with {different[0]}"
    if missing := [key for key in numbers if key not in settings]:
        return None, f"{missing[0]} of {name} was not recorded; pass optimizer"
    return KINDS[name](1.0, **{key: settings[key] for key in numbers}), ""


def _rates(trajectories: Trajectories, optimizer: Known | CosineDecay | None) -> Array:
    """Return the learning rate of the update after each record, NaN where it is unknown."""
    if optimizer is None:
        recorded = trajectories.learning_rate if isinstance(trajectories, RecordedRun) else np.nan
        return np.broadcast_to(recorded, trajectories.step.shape)
    rate = _plain(optimizer).learning_rate
    if isinstance(optimizer, CosineDecay):
        return np.asarray(
            CosineDecay(SGD(rate), optimizer.steps).rates(int(trajectories.step[-1]) + 1)[trajectories.step]
        )
    return np.full(trajectories.step.shape, rate)


def _limits(optimizer: Known | None, rates: Array) -> Array:
    limit = np.full(rates.shape, np.nan)
    if optimizer is not None:
        known = np.isfinite(rates) & (rates > 0)
        limit[known] = [stability_limit(replace(optimizer, learning_rate=float(rate))) for rate in rates[known]]
    return make_read_only(limit)


def _scales(net: Objective, runs: Trajectories, run: int, optimizer: Adam | RMSprop) -> Scales | None:
    """Return the function that gives P of the update after a record; None if the second moments are unknown."""
    decay = optimizer.beta_2 if isinstance(optimizer, Adam) else optimizer.rho

    def next_moment(record: int, moment: Array) -> Array:
        theta = runs.theta[run, record].astype(np.float64)
        gradient = net.gradient(theta) if np.isfinite(theta).all() else np.full(theta.shape, np.nan)
        with np.errstate(over="ignore"):
            return np.asarray(decay * moment + (1.0 - decay) * gradient**2)

    def scale(record: int, moment: Array) -> Array:
        if isinstance(optimizer, RMSprop):
            return np.asarray(np.sqrt(moment + optimizer.epsilon))
        update = int(runs.step[record]) + 1
        beta_1, beta_2 = (float(np.float32(beta)) for beta in (optimizer.beta_1, optimizer.beta_2))  # as Keras does
        correction = (1.0 - beta_1**update) / np.sqrt(1.0 - beta_2**update)
        return np.asarray((np.sqrt(moment) + optimizer.epsilon) * correction)

    recorded = runs.second_moment if isinstance(runs, RecordedRun) else None
    if recorded is not None:
        return lambda record: scale(record, next_moment(record, recorded[run, record].astype(np.float64)))
    if not np.array_equal(runs.step, np.arange(runs.step.size)):
        return None
    replayed, moment = 0, np.zeros(runs.theta.shape[-1])

    def replay(record: int) -> Array:
        nonlocal replayed, moment
        while replayed <= record:
            moment = next_moment(replayed, moment)
            replayed += 1
        return scale(record, moment)

    return replay


class _Differences:
    """Products with the Hessian from central differences of the gradient."""

    def __init__(self, net: Objective) -> None:
        self._gradient, self.n_parameters = net.gradient, net.n_parameters

    def hessian_vector_product(self, theta: Array, v: Array) -> Array:
        """Return H v, (n,)."""
        length = float(np.linalg.norm(v))
        if length == 0:
            return np.zeros_like(v)
        step = np.cbrt(np.finfo(np.float64).eps) * max(1.0, float(np.linalg.norm(theta))) / length
        return np.asarray((self._gradient(theta + step * v) - self._gradient(theta - step * v)) / (2 * step))
