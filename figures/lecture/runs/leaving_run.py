"""What the figure leaving measures along a run, and between runs from starts that differ in the last bit."""

import numpy as np

import landscape as ls
from figures.lecture.phrases import extremes
from figures.lecture.runs.panels.leaving_panels import percent, times
from figures.plots.envelope import envelope
from landscape import Bundle, ReluNetwork, Trajectories, xor
from landscape.analysis.stability import rounding_floor
from landscape.base.arrays import Array

DTYPES = ("float64", "float32")
SETTLED = {"float64": 1e-20, "float32": 1e-12}
"""Spikes are looked for once the loss has fallen below this value: its climb at the start is none."""


def measured(net: ReluNetwork, run: Trajectories, *, steps: int, drawn: int, rate: float) -> Bundle:
    """Return what is drawn and quoted of a run."""
    theta, loss = run.theta[0].astype(np.float64), run.loss[0].astype(np.float64)
    to_textbook = np.linalg.norm(theta - xor.TEXTBOOK, axis=1)
    kept = envelope(loss, np.geomspace(1, loss.size, drawn + 1))
    to_zero = np.asarray(ls.nearest_zero(net, theta[kept])[1])
    nearest = int(to_zero.argmin())
    early = slice(0, steps // 20)
    peak = int(to_textbook[early].argmax())
    loss_factor, first_factor, peak_factor = (
        _ratio(values[at], values[0]) for values, at in ((loss, 1), (to_textbook, 1), (to_textbook, peak))
    )
    first_move = float(np.abs(np.diff(theta[:2], axis=0)).max())
    late = ls.spikes(loss, rounding_floor(net, run.theta.dtype))
    settled = SETTLED[run.theta.dtype.name]
    late = late[late > _settled_from(loss, early, settled)]
    spike = int(late[loss[late].argmax()]) if late.size else None
    return Bundle(
        step=run.step[kept],
        loss=loss[kept],
        to_textbook=to_textbook[kept],
        to_zero=to_zero,
        first_loss=float(loss[1]),
        first_distance=float(to_textbook[1]),
        loss_factor=loss_factor,
        loss_times=times(loss_factor),
        first_factor=first_factor,
        first_times=times(first_factor),
        peak_factor=peak_factor,
        peak_times=times(peak_factor),
        loss_percent=percent(loss_factor),
        first_percent=percent(first_factor),
        peak_percent=percent(peak_factor).removeprefix("+"),
        peak_step=peak,
        peak_distance=float(to_textbook[peak]),
        settled=settled,
        end_distance=float(to_textbook[-1]),
        end_rates=float(to_textbook[-1] / rate),
        first_move=first_move,
        first_rates=first_move / rate,
        nearest_zero=float(to_zero[nearest]),
        nearest_step=int(run.step[kept][nearest]),
        textbook_then=float(to_textbook[kept][nearest]),
        zero_from=ls.constant_from(loss) if loss[-1] == 0 else None,
        spacing=float(np.finfo(run.theta.dtype).eps),
        spike=None if spike is None else float(loss[spike]),
        spike_step=spike,
    )


def spread(net: ReluNetwork, start: Array, adam: ls.Adam, *, steps: int, drawn: int, variants: int) -> Bundle:
    """Return between which values runs lie whose starts differ by at most one unit in the last place, by step."""
    towards = np.random.default_rng(0).choice([-np.inf, np.inf], size=(variants, start.size))
    runs = ls.train(net, np.nextafter(start, towards), adam, steps)
    to_textbook = np.linalg.norm(runs.theta - xor.TEXTBOOK, axis=2)
    late = runs.loss[:, steps // 20 :]
    settled = np.minimum.accumulate(late, axis=1) < SETTLED["float64"]
    first = np.unique(np.geomspace(1, steps, drawn // 2).astype(np.int64))
    return Bundle(
        step=first,
        loss_low=np.minimum.reduceat(runs.loss.min(axis=0), first),
        loss_high=np.maximum.reduceat(runs.loss.max(axis=0), first),
        distance_low=np.minimum.reduceat(to_textbook.min(axis=0), first),
        distance_high=np.maximum.reduceat(to_textbook.max(axis=0), first),
        end_distance=extremes(to_textbook[:, -1]),
        left=int((to_textbook.max(axis=1) > adam.learning_rate).sum()),
        highest=extremes(np.where(settled, late, 0.0).max(axis=1)),
    )


def _ratio(value: float, start: float) -> float:
    """Return by which factor a value differs from that at the start: 1 if both are 0, infinity if only the start is."""
    if start == 0:
        return 1.0 if value == 0 else float("inf")
    return float(value / start)


def _settled_from(loss: Array, early: slice, settled: float) -> int:
    """Return the first step after the early peak with a loss below ``settled``, or the last step if there is none."""
    peak = int(loss[early].argmax())
    below = peak + np.flatnonzero(loss[peak:] < settled)
    return int(below[0]) if below.size else loss.size - 1
