"""Two Keras models of one architecture: the loss on the straight path between them, and in random directions."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from matplotlib.figure import Figure
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.models.inputs import (
    DATA,
    SPECIAL,
    File,
    ModelSettings,
    Scale,
    Step,
    data_of,
    facts,
    objective_of,
    special_counts,
    weighted_words,
)
from figures.lecture.phrases import bias_rule
from figures.lecture.settings import Once
from figures.plots.profile import plot_profile, value_axis
from figures.style.quantities import loss_label, metric_label, shared
from figures.style.style_sheets import text_color
from landscape import Bundle, Profile
from landscape.base import wording

TITLE = "Two models compared"
QUESTION = "What lies between two Keras models, and how sharp is the loss around each?"
SIZES = ("full",)
EQUAL = 1e-4
"""Relative difference up to which two losses of one model count as equal, in single precision."""


class Settings(ModelSettings):
    """What a recipe can set: models, data, points, random directions."""

    model: File = Field("", description="Keras model, .keras, at the start of the path")
    other: File = Field("", description="Keras model of the same architecture, at its end")
    metrics: Annotated[tuple[str, ...], Field(max_length=2), Once] = Field((), description="a row of the figure each")
    points: int = Field(41, ge=5, le=10_001, description="points on the path, and in each direction")
    directions: int = Field(5, ge=1, le=20, description="random filter-normalized directions, the same for both")
    half_width: float = Field(1.0, gt=0, le=1e38, description="range in each direction, in units of the filters' norms")
    scale: Scale | None = Field(None, description="root, log or linear; root, or linear if some losses are below 0")


def compute(settings: Settings, progress: Step = None) -> Bundle:
    """Return the path, the profiles around both models, and what the caption says of them."""
    from landscape.keras.files.saved_model import require_metrics, tensorflow_errors

    data = data_of(settings)
    nets = [objective_of(model, data, settings) for model in (settings.model, settings.other)]
    _require_same_architecture(nets[0], nets[1], settings)
    require_metrics(nets[0], settings.metrics)
    total = 2 * settings.directions + 1

    def tell(done: int) -> None:
        if progress:
            progress(done, total)

    with tensorflow_errors():
        tell(0)
        thetas = [net.theta for net in nets]
        path = straight_path(nets[0], thetas[0], thetas[1], settings)
        around: list[list[Profile]] = []
        for net, theta in zip(nets, thetas, strict=True):
            around.append([])
            for k in range(settings.directions):
                tell(len(around) * settings.directions - settings.directions + k + 1)
                drawn = ls.random_direction(net, rng=np.random.default_rng(settings.seed + k))
                direction = ls.filter_normalize(drawn, theta, net)
                axis = settings.half_width * np.linspace(-1.0, 1.0, settings.points)
                around[-1].append(ls.evaluate_line(net, theta, direction, axis, metrics=settings.metrics))
        own = float(nets[1].loss(thetas[1]))
    losses = [path.loss, *(p.loss for profiles in around for p in profiles)]
    is_negative = any((loss < 0).any() for loss in losses)
    return Bundle(
        path=path,
        around=tuple(map(tuple, around)),
        models=tuple(Path(name).name for name in (settings.model, settings.other)),
        scale=settings.scale or ("linear" if is_negative else "root"),
        half_width=settings.half_width,
        last_seed=settings.seed + settings.directions - 1,
        distance=float(np.linalg.norm(thetas[1] - thetas[0])),
        own=own,
        is_same_function=bool(np.isclose(own, path.loss[-1], rtol=EQUAL, atol=1e-8)),
        metric_names=tuple(metric_label(name) for name in path.metrics),
        metric_ends=tuple((float(v[0]), float(v[-1]), float(v.min()), float(v.max())) for v in path.metrics.values()),
        **_barrier(path),
        **facts(settings, data, nets[0], loss_label(path.settings)),
        **special_counts(*losses),
    )


def straight_path(net: Any, start: Any, end: Any, settings: Settings) -> Profile:
    """Return the loss on the straight line from one model to the other, which it reaches at alpha = 1."""
    alpha = np.linspace(0.0, 1.0, settings.points)
    return ls.evaluate_line(net, start, ls.direction_between(start, end), alpha, metrics=settings.metrics)


def _barrier(path: Profile) -> dict[str, float]:
    """Return the height of the barrier: by how much the loss exceeds the straight line between its ends, and where."""
    excess = path.loss - ((1.0 - path.alpha) * path.loss[0] + path.alpha * path.loss[-1])
    if np.isnan(excess).all():
        return {"barrier": float("nan"), "barrier_at": float("nan")}
    highest = int(np.nanargmax(excess))
    return {"barrier": float(excess[highest]), "barrier_at": float(path.alpha[highest])}


def _require_same_architecture(first: Any, second: Any, settings: Settings) -> None:
    """Refuse models whose trainable weights are not of the same shapes in the same order, or are equal."""
    shapes = [[tuple(v.shape) for v in net.model.trainable_variables] for net in (first, second)]
    if shapes[0] != shapes[1]:
        different = [f"{a} and {b}" for a, b in zip(*shapes, strict=False) if a != b]
        counts = f"{len(shapes[0])} and {len(shapes[1])} trainable variables"
        got = f"weights of shapes {different[0]}" if different else counts
        raise ValueError(f"{settings.model} and {settings.other} must be of one architecture; got {got}")
    if np.array_equal(first.theta, second.theta):
        raise ValueError(f"{settings.model} and {settings.other} must differ; got the same weights")


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw for the loss, and for each metric, the path and the profiles around both models, these on one scale."""
    del size
    shown = [None, *result.path.metrics]
    if len(shown) > 1:
        figure.set_size_inches(figure.get_figwidth(), (0.4 + 0.6 * len(shown)) * figure.get_figheight())
    grid = figure.subplots(len(shown), 3, squeeze=False, width_ratios=(1.2, 1, 1))
    names = [wording.truncated(name, 24).replace("$", r"\$") for name in result.models]
    for (path, *sides), metric in zip(grid, shown, strict=True):
        scale = result.scale if metric is None else None
        plot_profile(result.path, ax=path, metric=metric, scale=scale, marker=".", markersize=3, clip_on=False)
        if metric is None:
            alpha, ends = result.path.alpha, result.path.loss[[0, -1]]
            path.plot(alpha, ends[0] + alpha * (ends[1] - ends[0]), ":", color=text_color(), linewidth=0.8)
        common = shared([p for profiles in result.around for p in profiles], metric, scale)
        for axes, profiles in zip(sides, result.around, strict=True):
            for k, profile in enumerate(profiles):
                plot_profile(profile, ax=axes, metric=metric, scale=scale, color=f"C{k}", linewidth=0.8)
            value_axis(axes, common)
        sides[1].set_ylabel("")
        sides[1].tick_params(labelleft=False)
        path.set_xlabel("")
    grid[0, 0].set_title("straight path")
    for axes, name in zip(grid[0, 1:], names, strict=True):
        axes.set_title(f"around {name}")
    for axes in grid[:-1].flat:
        axes.set_xlabel("")
        axes.tick_params(labelbottom=False)
    grid[-1, 0].set(xlabel=r"$\alpha$", xticks=[0, 0.5, 1])
    for axes in grid[:, 0]:
        axes.set_xlim(0, 1)


_METRIC = (
    "{metric_names[#]} {metric_ends[#][0]:.4g} at its start, {metric_ends[#][1]:.4g} at its end, between "
    "{metric_ends[#][2]:.4g} and {metric_ends[#][3]:.4g} on it"
)
_OTHER_STATE = (
    "With the weights of {models[1]} but all else of {models[0]}, as at the end of the path, the loss is "
    "{path.loss[-1]:.4g} instead of {own:.4g}: the models also differ in what is not trained, such as statistics of "
    "batch normalization, and the barrier may be due to that."
)


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    del size
    if not result.barrier > 0:
        return Caption("The {loss_name} meets no barrier on the straight path between the models.", result)
    return Caption("Between the models the {loss_name} rises over a barrier of height {barrier:.3g}.", result)


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    del size
    return Caption(
        "Left: {loss_name} on the straight path from {models[0]} to {models[1]}; the barrier is the most by which it "
        "exceeds the dotted line between its ends. Right: around each model along the same {n_directions} random "
        "directions, in which each filter has its length in the model; both on one scale. {samples} samples.",
        result,
        n_directions=str(len(result.around[0])),
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the numbers along the path, the settings, and what is left out."""
    del size
    return Caption(
        "{loss_name} of {models[0]} and {models[1]} ({parameters} trainable parameters each) on {on}.\nPath: from the "
        "first (alpha = 0, loss {path.loss[0]:.4g}) to the second (alpha = 1, loss {path.loss[-1]:.4g}), "
        "{path.alpha.size} points over a distance of {distance:.4g}; barrier {barrier:.4g} at alpha = "
        "{barrier_at:.3g}.{metrics}\nAround the models: {n_directions} directions, seeds {seed} to {last_seed}, the "
        "same draws for both, each filter rescaled to its norm in that model ({rule}), alpha from -{half_width:g} to "
        "{half_width:g}; {scale} scale.\n{state} {special}\nNot shown: curved paths, which may have no barrier, "
        "permutations of units, and other directions.",
        result,
        on=DATA,
        weighted_words=weighted_words(result.weighted),
        metrics=f" {listed(_METRIC, range(len(result.metric_names)), '; ')}." if result.metric_names else "",
        n_directions=str(len(result.around[0])),
        rule=bias_rule("joint"),
        state="" if result.is_same_function else _OTHER_STATE,
        special=SPECIAL,
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the figure for readers who cannot see it."""
    del size
    highest = [max(float(np.nanmax(p.loss)) for p in profiles) for profiles in result.around]
    return (
        f"Curves of the {result.loss_name} on the straight path from {result.models[0]} to {result.models[1]}, with a "
        f"barrier of {result.barrier:.3g} at alpha = {result.barrier_at:.2g}, and along {len(result.around[0])} random "
        f"directions around each model, up to {highest[0]:.3g} and {highest[1]:.3g}."
    )
