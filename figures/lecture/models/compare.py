"""Two Keras models of one architecture: the loss on paths between them, and in random directions around each."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
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
from landscape import Bezier, Bundle
from landscape.base import wording
from landscape.base.arrays import Array

TITLE = "Two models compared"
QUESTION = "What lies between two Keras models, and how sharp is the loss around each?"
SIZES = ("full",)
EQUAL = 1e-4
"""Relative difference up to which two losses of one model count as equal, in single precision."""
LINE_STYLES = {"straight": "-", "matched": "--", "bent": "-."}
WORDS = {"straight": "straight", "matched": "units matched", "bent": "bent"}


class Settings(ModelSettings):
    """What a recipe can set: models, data, points, random directions."""

    model: File = Field("", description="Keras model, .keras, at the start of the path")
    other: File = Field("", description="Keras model of the same architecture, at its end")
    metrics: Annotated[tuple[str, ...], Field(max_length=2), Once] = Field((), description="a row of the figure each")
    points: int = Field(41, ge=5, le=10_001, description="points on each path, and in each direction")
    bend: int = Field(0, ge=0, le=10**7, description="steps of training for a bent path, a Bezier curve; 0 for none")
    learning_rate: float = Field(0.03, gt=0, le=1e38, description="of these steps, which are Adam's")
    directions: int = Field(5, ge=1, le=20, description="random filter-normalized directions, the same for both")
    half_width: float = Field(1.0, gt=0, le=1e38, description="range in each direction, in units of the filters' norms")
    scale: Scale | None = Field(None, description="root, log or linear; root, or linear if some losses are below 0")


def compute(settings: Settings, progress: Step = None, *, executor: Executor | None = None) -> Bundle:
    """Return the paths, the profiles around both models, and what the caption says of them.

    executor : as for :func:`landscape.evaluate_plane`
    """
    from landscape.keras.files.saved_model import require_metrics, tensorflow_errors

    data = data_of(settings)
    nets = [objective_of(model, data, settings) for model in (settings.model, settings.other)]
    _require_same_architecture(nets[0], nets[1], settings)
    require_metrics(nets[0], settings.metrics)
    with tensorflow_errors():
        paths, unmatched = _paths(nets[0], nets[0].theta, nets[1].theta, settings, progress)
        lines = len(paths) + 2 * settings.directions

        def tell(number: int, done: int, total: int) -> None:
            if progress:
                progress(number * total + done, lines * total)

        found: list[Any] = []
        for evaluate, net, *where in (*_on_paths(nets[0], paths, settings), *_around(nets, settings)):
            given: dict[str, Any] = {"metrics": settings.metrics, "executor": executor}
            found.append(evaluate(net, *where, progress=partial(tell, len(found)), **given))
        own = float(nets[1].loss(nets[1].theta))
    profiles, around = found[: len(paths)], found[len(paths) :]
    named = dict(zip(paths, profiles, strict=True))
    straight = named["straight"]
    is_negative = any((profile.loss < 0).any() for profile in found)
    return Bundle(
        straight=straight,
        matched=named.get("matched"),
        unmatched=unmatched,
        bent=named.get("bent"),
        bend=settings.bend,
        learning_rate=settings.learning_rate,
        around=(tuple(around[: settings.directions]), tuple(around[settings.directions :])),
        models=tuple(Path(name).name for name in (settings.model, settings.other)),
        scale=settings.scale or ("linear" if is_negative else "root"),
        half_width=settings.half_width,
        last_seed=settings.seed + settings.directions - 1,
        own=own,
        is_same_function=bool(np.isclose(own, straight.loss[-1], rtol=EQUAL, atol=1e-8)),
        metric_names=tuple(metric_label(name) for name in straight.metrics),
        metric_ends=tuple(
            (float(v[0]), float(v[-1]), float(v.min()), float(v.max())) for v in straight.metrics.values()
        ),
        **facts(settings, data, nets[0], loss_label(straight.settings)),
        **special_counts(*(profile.loss for profile in found)),
    )


def _paths(net: Any, start: Array, end: Array, settings: Settings, progress: Step) -> tuple[dict[str, Bezier], str]:
    """Return the paths from the first model to the second by name, and why there is none of matched units."""
    paths, unmatched = {"straight": ls.straight_path(start, end)}, ""
    try:
        matched = net.match_units(end, start)
    except ValueError as error:
        unmatched = str(error).partition(";")[0]
    else:
        if np.array_equal(matched, end):
            unmatched = "weight matching leaves every unit where it is"
        else:
            paths["matched"] = ls.straight_path(start, matched)
    if settings.bend:
        paths["bent"] = ls.train_bezier(
            net,
            start,
            end,
            rng=np.random.default_rng(settings.seed),
            steps=settings.bend,
            learning_rate=settings.learning_rate,
            progress=progress,
        )
    return paths, unmatched


def _on_paths(net: Any, paths: dict[str, Bezier], settings: Settings) -> Iterator[tuple[Any, ...]]:
    """Yield for each path what evaluates it, with arguments."""
    for path in paths.values():
        yield ls.evaluate_path, net, path, np.linspace(0.0, 1.0, settings.points)


def _around(nets: Sequence[Any], settings: Settings) -> Iterator[tuple[Any, ...]]:
    """Yield for each direction around each model what evaluates the line, with arguments."""
    axis = settings.half_width * np.linspace(-1.0, 1.0, settings.points)
    for net in nets:
        theta = net.theta
        for seed in range(settings.seed, settings.seed + settings.directions):
            drawn = ls.random_direction(net, rng=np.random.default_rng(seed))
            yield ls.evaluate_line, net, theta, ls.filter_normalize(drawn, theta, net), axis


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
    shown = [None, *result.straight.metrics]
    if len(shown) > 1:
        figure.set_size_inches(figure.get_figwidth(), (0.4 + 0.6 * len(shown)) * figure.get_figheight())
    grid = figure.subplots(len(shown), 3, squeeze=False, width_ratios=(1.2, 1, 1))
    names = [wording.truncated(name, 24).replace("$", r"\$") for name in result.models]
    paths = [(name, result[name], dashes) for name, dashes in LINE_STYLES.items() if result[name] is not None]
    for (between, *sides), metric in zip(grid, shown, strict=True):
        scale = result.scale if metric is None else None
        for name, path, dashes in paths:
            marker = {"marker": ".", "markersize": 3} if name == "straight" else {}
            look: dict[str, Any] = {"linestyle": dashes, "clip_on": False, **marker}
            plot_profile(path, ax=between, metric=metric, scale=scale, label=WORDS[name], **look)
        if metric is None:
            t, ends = result.straight.t, result.straight.loss[[0, -1]]
            between.plot(t, ends[0] + t * (ends[1] - ends[0]), ":", color=text_color(), linewidth=0.8)
        common = shared([p for profiles in result.around for p in profiles], metric, scale)
        for axes, profiles in zip(sides, result.around, strict=True):
            for k, profile in enumerate(profiles):
                plot_profile(profile, ax=axes, metric=metric, scale=scale, color=f"C{k}", linewidth=0.8)
            value_axis(axes, common)
        sides[1].set_ylabel("")
        sides[1].tick_params(labelleft=False)
        between.set_xlabel("")
    if len(paths) > 1:
        grid[0, 0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, columnspacing=1.0)
    else:
        grid[0, 0].set_title("straight path")
    for axes, name in zip(grid[0, 1:], names, strict=True):
        axes.set_title(f"around {name}")
    for axes in grid[:-1].flat:
        axes.set_xlabel("")
        axes.tick_params(labelbottom=False)
    grid[-1, 0].set(xlabel="$t$", xticks=[0, 0.5, 1])
    for axes in grid[:, 0]:
        axes.set_xlim(0, 1)


_METRIC = (
    "{metric_names[#]} {metric_ends[#][0]:.4g} at its start, {metric_ends[#][1]:.4g} at its end, between "
    "{metric_ends[#][2]:.4g} and {metric_ends[#][3]:.4g} on it"
)
_MATCHED = (
    "Dashed: the straight path to the second model after weight matching has permuted its hidden units, which does not "
    "change its outputs, over a distance of {matched.length[-1]:.4g}; barrier {matched.barrier:.4g} at t = "
    "{matched.barrier_at:.3g}."
)
_UNMATCHED = "There is no path with matched hidden units: {unmatched}."
_BENT = (
    "Dash-dotted: a quadratic Bezier curve between the two models, of length {bent.length[-1]:.4g}, whose control "
    "point was trained to lower the mean loss on it, in {bend} steps of Adam with learning rate {learning_rate:g}, "
    "seed {seed}; barrier {bent.barrier:.4g} at t = {bent.barrier_at:.3g}."
)
_OTHER_STATE = (
    "With the weights of {models[1]} but all else of {models[0]}, as at the end of the path, the loss is "
    "{straight.loss[-1]:.4g} instead of {own:.4g}: the models also differ in what is not trained, such as statistics "
    "of batch normalization, and the barrier may be due to that."
)


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    del size
    if not result.straight.barrier > 0:
        return Caption("The {loss_name} meets no barrier on the straight path between the models.", result)
    return Caption(
        "Straight between the models the {loss_name} rises over a barrier of height {straight.barrier:.3g}.", result
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    del size
    return Caption(
        "Left: {loss_name} on the straight path from {models[0]} to {models[1]}{other_paths}; the barrier is the most "
        "by which it exceeds the dotted line between its ends. Right: around each model along the same {n_directions} "
        "random directions, in which each filter has its length in the model; both on one scale. {samples} samples.",
        result,
        other_paths=_other_paths(result),
        n_directions=str(len(result.around[0])),
    )


def _other_paths(result: Bundle) -> str:
    """Return which paths are drawn beside the straight one."""
    others = [
        "dashed: once the hidden units are matched" if result.matched is not None else "",
        "dash-dotted: on a curve" if result.bent is not None else "",
    ]
    return "".join(f"; {other}" for other in others if other)


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the numbers along the paths, the settings, and what is left out."""
    del size
    return Caption(
        "{loss_name} of {models[0]} and {models[1]} ({parameters} trainable parameters each) on {on}.\nStraight path: "
        "from the first (t = 0, loss {straight.loss[0]:.4g}) to the second (t = 1, loss {straight.loss[-1]:.4g}), "
        "{straight.t.size} points over a distance of {straight.length[-1]:.4g}; barrier {straight.barrier:.4g} at t = "
        "{straight.barrier_at:.3g}.{metrics} {matched_words} {bent_words}\nAround the models: {n_directions} "
        "directions, seeds {seed} to {last_seed}, the same draws for both, each filter rescaled to its norm in that "
        "model ({rule}), alpha from -{half_width:g} to {half_width:g}; {scale} scale.\n{state} {special}\nNot shown: "
        "other paths, which may have no barrier, and other directions.",
        result,
        on=DATA,
        weighted_words=weighted_words(result.weighted),
        metrics=f" {listed(_METRIC, range(len(result.metric_names)), '; ')}." if result.metric_names else "",
        matched_words=_UNMATCHED if result.matched is None else _MATCHED,
        bent_words="" if result.bent is None else _BENT,
        n_directions=str(len(result.around[0])),
        rule=bias_rule("joint"),
        state="" if result.is_same_function else _OTHER_STATE,
        special=SPECIAL,
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the figure for readers who cannot see it."""
    del size
    highest = [max(float(np.nanmax(p.loss)) for p in profiles) for profiles in result.around]
    others = [
        f"{result[name].barrier:.3g} {words}"
        for name, words in (("matched", "with matched units"), ("bent", "on a bent path"))
        if result[name] is not None
    ]
    return (
        f"Curves of the {result.loss_name} on the straight path from {result.models[0]} to {result.models[1]}, with a "
        f"barrier of {result.straight.barrier:.3g} at t = {result.straight.barrier_at:.2g}"
        f"{''.join(f', {other}' for other in others)}, and along {len(result.around[0])} random directions around each "
        f"model, up to {highest[0]:.3g} and {highest[1]:.3g}."
    )
