"""What a plot shows of a result: its loss or one of its metrics, with a label and a scale that fit."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import LogNorm, Normalize

from figures.style.loss_scales import LOSS_LABEL, ceiling_of, root_levels, root_norm
from figures.style.special_values import LARGEST
from landscape.base import checks
from landscape.base.arrays import Array
from landscape.base.results import Settings
from landscape.planes.surface import Evaluated

SCALES = ("root", "log", "linear")
"""Scales are linear in the square root of the value, in its logarithm, or in the value itself."""
DECADES = 6
"""Most powers of 10 that a logarithmic scale shows below its upper end."""

_WORDS = {
    "mean_squared_error": "MSE",
    "mean_absolute_error": "MAE",
    "mean_absolute_percentage_error": "MAPE",
    "mean_squared_logarithmic_error": "MSLE",
    "root_mean_squared_error": "RMSE",
    "binary_crossentropy": "binary cross-entropy",
    "categorical_crossentropy": "cross-entropy",
    "sparse_categorical_crossentropy": "cross-entropy",
    "binary_focal_crossentropy": "binary focal cross-entropy",
    "categorical_focal_crossentropy": "focal cross-entropy",
    "categorical_generalized_cross_entropy": "generalized cross-entropy",
    "kl_divergence": "KL divergence",
    "huber": "Huber loss",
    "huber_loss": "Huber loss",
    "log_cosh": "log-cosh loss",
    "hinge": "hinge loss",
    "squared_hinge": "squared hinge loss",
    "categorical_hinge": "categorical hinge loss",
    "cosine_similarity": "negative cosine similarity",
    "poisson": "Poisson loss",
    "ctc": "CTC loss",
    "dice": "Dice loss",
    "tversky": "Tversky loss",
    "circle": "circle loss",
    "<lambda>": "loss",
}
"""Keras' names of losses, of which the last is that of a function without a name -> what they are called."""
_METRIC_WORDS = {"cosine_similarity": "cosine similarity", "auc": "AUC", "mse": "MSE", "mae": "MAE"}
_SHARE = re.compile(r"accuracy|\bacc\b|precision|recall|auc|f1|iou", re.IGNORECASE)
"""Metrics between 0 and 1, whose scale is that whole range."""


_PARAMETERS = {
    r"W1\[(?P<k>\d+),(?P<u>\d+)\]": "weight from x{k} to unit {u}",
    r"b1\[(?P<u>\d+)\]": "bias of unit {u}",
    r"W2\[(?P<u>\d+),0\]": "output weight of unit {u}",
    r"b2\[0\]": "output bias",
}
"""Names of parameters in code, with indices from 0 -> what they are called, with inputs and units counted from 1."""


def parameter_words(name: str) -> str:
    """Return what a parameter of a network with one hidden layer is called; other names stay as they are.

    >>> parameter_words("W1[0,1]"), parameter_words("b2[0]"), parameter_words("kernel")
    ('weight from x1 to unit 2', 'output bias', 'kernel')
    """
    for pattern, words in _PARAMETERS.items():
        if found := re.fullmatch(pattern, name):
            return words.format(**{key: int(index) + 1 for key, index in found.groupdict().items()})
    return name.replace("$", r"\$")


def loss_label(settings: Settings) -> str:
    """Return what the loss of a result is called, by what its settings say of the objective; "loss" if nothing.

    >>> loss_label({"objective": '{"model": "Keras net", "loss": "huber"}'}), loss_label({})
    ('Huber loss', 'loss')
    """
    try:
        about = json.loads(str(settings.get("objective", "")))
    except ValueError:
        return "loss"
    if not isinstance(about, dict):
        return "loss"
    if isinstance(name := about.get("loss"), str):
        return _sum([_WORDS.get(part, part) for part in name.split(" + ")], has_penalty=bool(about.get("penalties")))
    model = str(about.get("model", ""))
    if model.endswith("linear output, MSE"):
        return LOSS_LABEL
    return "binary cross-entropy" if model.endswith("binary cross-entropy") else "loss"


def _sum(names: list[str], *, has_penalty: bool) -> str:
    """Return what a loss of these parts is called."""
    *others, last = (name.replace("$", r"\$") for name in names)
    found = f"weighted sum of {', '.join(others)} and {last}" if others else last or "loss"
    return f"{found}, with penalties" if has_penalty else found


def metric_label(name: str) -> str:
    """Return what a metric is called.

    >>> metric_label("sparse_categorical_accuracy"), metric_label("mean_absolute_error")
    ('sparse categorical accuracy', 'MAE')
    """
    return (_METRIC_WORDS.get(name) or _WORDS.get(name) or name.replace("_", " ")).replace("$", r"\$")


@dataclass(frozen=True, eq=False)
class Quantity:
    """Values to draw, and how.

    values : the loss or the metric at each point
    label : of its axis or colour bar
    scale : one of :data:`SCALES`
    low, high : ends of the scale; higher values are clipped, lower ones too if the scale is logarithmic
    """

    values: Array
    label: str
    scale: str
    low: float
    high: float

    @property
    def may_be_negative(self) -> bool:
        """Whether negative values have a place on the scale."""
        return self.scale == "linear"

    def norm(self) -> Normalize:
        """Return the norm of its colours."""
        if self.scale == "root":
            return root_norm(self.high)
        return (LogNorm if self.scale == "log" else Normalize)(self.low, self.high)

    def levels(self, bands: int) -> Array:
        """Return ``bands + 1`` levels from end to end, at equal distances on the scale."""
        if self.scale == "root":
            return root_levels(self.high, bands)
        if self.scale == "log":
            return np.geomspace(self.low, self.high, bands + 1)
        return np.linspace(self.low, self.high, bands + 1)

    def ticks(self, count: int = 5) -> dict[float, str]:
        """Return positions and labels of ticks of a colour bar, the ends among them."""
        return {float(value): f"{value:.3g}" for value in self.levels(count - 1)}


def quantity(
    result: Evaluated, metric: str | None = None, scale: str | None = None, ceiling: float | None = None
) -> Quantity:
    """Return what is to be drawn of a surface or a profile.

    Parameters
    ----------
    result : Surface, Profile or PathProfile
    metric : name of one of its metrics; None for the loss
    scale : one of :data:`SCALES`; by default "root" for the loss and "linear" for a metric
    ceiling : upper end of the scale; by default the highest finite value, or 1 for shares such as an accuracy
    """
    scale = checks.choice("scale", scale or ("root" if metric is None else "linear"), SCALES)
    if metric is None:
        values, label = result.loss, loss_label(result.settings)
    elif metric in result.metrics:
        values, label = result.metrics[metric], metric_label(metric)
    else:
        known = ", ".join(result.metrics) or "none, evaluate it with metrics=(...)"
        raise ValueError(f"metric must be one that was evaluated; got {metric!r}, the result has {known}")
    if scale != "linear":
        high = ceiling_of(values, ceiling)
        positive = values[(values > 0) & (values < high)]
        lowest = float(positive.min()) if positive.size else high / 10
        return Quantity(values, label, scale, 0.0 if scale == "root" else max(lowest, high * 10.0**-DECADES), high)
    finite = values[np.abs(values) <= LARGEST]
    low, high = (0.0, 1.0) if finite.size == 0 else (float(finite.min()), float(finite.max()))
    if metric and _SHARE.search(metric) and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    high = high if ceiling is None else float(checks.scalar("ceiling", ceiling))
    if not low < high:  # a constant, or a ceiling below all values
        low = high - max(abs(high), 1.0) / 2
        high = high if ceiling is not None else 2 * high - low
    return Quantity(values, label, scale, low, high)


def shared(results: Sequence[Evaluated], metric: str | None = None, scale: str | None = None) -> Quantity:
    """Return a quantity on a scale that several results share."""
    parts = [quantity(one, metric, scale) for one in results]
    return Quantity(
        parts[0].values, parts[0].label, parts[0].scale, min(p.low for p in parts), max(p.high for p in parts)
    )
