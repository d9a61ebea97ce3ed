"""The loss of a Keras model, and its metrics, over a plane through its weights."""

from concurrent.futures import Executor
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption
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
from figures.plots.contour import plot_contour
from figures.plots.trajectories import mark_point, plot_trajectories
from figures.style.quantities import loss_label, metric_label
from landscape import Bundle, Plane, Trajectories
from landscape.base.arrays import Array

TITLE = "Loss around a model"
QUESTION = "What does the loss look like around a Keras model?"
SIZES = ("full", "half")
MARGIN = 0.15
"""Share of its extent by which the drawn range goes beyond a run."""
SMALLEST = 12
"""The range along eigenvectors is at least the length of theta divided by two to this power."""


class Settings(ModelSettings):
    """What a recipe can set: model, data, directions, grid."""

    model: File = Field("", description="Keras model, .keras")
    metrics: Annotated[tuple[str, ...], Field(max_length=3), Once] = Field((), description="drawn beside the loss")
    directions: Literal["filter", "random", "principal", "hessian"] = Field(
        "filter", description="filter-normalized, random, principal components of the run, or eigenvectors"
    )
    path: File | None = Field(None, description="run to be drawn: a recording, or Trajectories that ls.save wrote")
    points: int = Field(51, ge=5, le=1001, description="grid points per axis")
    half_width: float | None = Field(None, gt=0, le=1e38, description="of the range; 1, or what shows run or curvature")
    scale: Scale | None = Field(None, description="root, log or linear; log, unless some losses are 0 or below")


def compute(
    settings: Settings, progress: Step = None, *, executor: Executor | None = None, checkpoint: str | None = None
) -> Bundle:
    """Return the surface, the run in its plane, and what the caption says of both.

    executor, checkpoint : as for :func:`landscape.evaluate_plane`
    """
    from landscape.keras.files.saved_model import require_metrics, tensorflow_errors

    if settings.directions == "principal" and settings.path is None:
        raise ValueError("directions principal are those of a run; name its file with path")
    data = data_of(settings)
    objective = objective_of(settings.model, data, settings)
    run = None if settings.path is None else _run(settings.path, objective.n_parameters)
    require_metrics(objective, settings.metrics)
    with tensorflow_errors():
        plane, members = _plane(settings, objective, run)
        alpha, beta = _axes(settings, objective, plane, run)
        how: dict[str, Any] = {"progress": progress, "executor": executor, "checkpoint": checkpoint}
        surface = ls.evaluate_plane(objective, plane, alpha, beta, metrics=settings.metrics, **how)
        projection = None if run is None else ls.project(objective, run, plane)
        at_model = float(objective.loss(objective.theta))
    if projection is not None and run is not None:
        outside = (np.abs(projection.alpha - np.clip(projection.alpha, alpha[0], alpha[-1])) > 0) | (
            np.abs(projection.beta - np.clip(projection.beta, beta[0], beta[-1])) > 0
        )
        members |= {
            "run": Path(str(settings.path)).name,
            "records": run.step.size,
            "share": float(projection.share[0]),
            "farthest": float(np.nanmax(projection.distance)),
            "outside": int(outside.sum()),
        }
    return Bundle(
        surface=surface,
        projection=projection,
        model=Path(settings.model).name,
        directions=settings.directions,
        scale=settings.scale or _scale(surface.loss),
        at_model=at_model,
        lowest=float(np.nanmin(surface.loss, initial=np.inf)),
        n_frozen=int(plane.frozen.sum()),
        others=objective.n_parameters - 2,
        metric_names=tuple(metric_label(name) for name in surface.metrics),
        **facts(settings, data, objective, loss_label(surface.settings)),
        **special_counts(surface.loss),
        **members,
    )


def _run(path: str, n: int) -> Trajectories:
    """Return the run in a file, which must be one of the model."""
    run = ls.load(path)
    if not isinstance(run, Trajectories) or run.theta.shape[-1] != n or len(run.theta) != 1:
        found = type(run).__name__
        if isinstance(run, Trajectories):
            found = f"{len(run.theta)} with {run.theta.shape[-1]}"
        raise ValueError(f"{path} must hold one run of the model, with its {n} trainable weights; got {found}")
    return run


def _plane(settings: Settings, net: Any, run: Trajectories | None) -> tuple[Plane, dict[str, Any]]:
    """Return the plane through the model, and the members of the result that tell how it was chosen."""
    theta = net.theta
    if settings.directions == "hessian":
        pairs = ls.top_eigenpairs(net, theta, 2)
        made: dict[str, str | int | float | bool] = {"directions": "eigenvectors of the Hessian"}
        return Plane(theta, pairs.vectors[0], pairs.vectors[1], made), {
            "curvature": pairs.values,
            "residuals": pairs.residuals,
        }
    if settings.directions == "principal" and run is not None:
        finite = run.theta[0][np.isfinite(run.theta[0]).all(axis=-1)]
        plane = ls.principal_plane(finite, origin=theta)
        return plane, {"shares": np.array([plane.settings["share_1"], plane.settings["share_2"]])}
    rng = np.random.default_rng(settings.seed)
    return ls.random_plane(net, theta, rng=rng, normalize=settings.directions == "filter"), {}


def _axes(settings: Settings, net: Any, plane: Plane, run: Trajectories | None) -> tuple[Array, Array]:
    """Return the grid: around the model, or around a run for whose components the plane was chosen."""
    if settings.half_width is None and settings.directions == "principal" and run is not None:
        finite = run.theta[0][np.isfinite(run.theta[0]).all(axis=-1)].astype(np.float64)
        return _around(np.stack(plane.coordinates(finite)), settings.points)
    half = settings.half_width or (_curved_range(net, plane) if settings.directions == "hessian" else 1.0)
    axis = half * np.linspace(-1.0, 1.0, settings.points)
    return axis, axis


def _around(path: Array, points: int) -> tuple[Array, Array]:
    """Return a square of coordinates around those of a path (2, r) and the model, at 0."""
    low, high = np.minimum(path.min(axis=1), 0.0), np.maximum(path.max(axis=1), 0.0)
    half = (0.5 + MARGIN) * float((high - low).max())
    along, across = (centre + half * np.linspace(-1.0, 1.0, points) for centre in (low + high) / 2)
    return along, across


def _scale(loss: Array) -> str:
    """Return the scale on which all losses have a place."""
    if (loss < 0).any():
        return "linear"
    return "root" if (loss == 0).any() else "log"


def _curved_range(net: Any, plane: Plane) -> float:
    """Return the half-width, of those halved from the length of theta on, at which the loss still rises visibly.

    That is the smallest one at whose ends the loss along the first eigenvector has risen by as much as from the model
    to theta = 0, where the output is constant.
    """
    length = float(np.linalg.norm(plane.origin)) or 1.0
    half = length * 0.5 ** np.arange(SMALLEST + 1)[::-1]
    loss = np.median([net.loss(plane.point(sign * half, 0.0 * half)) for sign in (1, -1)], axis=0)
    at_model, at_zero = net.loss(np.stack([plane.origin, 0.0 * plane.origin]))
    risen = np.flatnonzero(loss >= at_model + abs(at_zero - at_model))
    return float(half[risen[0]] if risen.size else half[-1])


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw loss and metrics side by side, in two rows if there are more than two; the half size has the loss alone."""
    shown = [None, *result.surface.metrics] if size == "full" else [None]
    rows = 1 if len(shown) < 3 else 2
    if rows == 2:
        figure.set_size_inches(figure.get_figwidth(), 1.6 * figure.get_figheight())
    grid = figure.subplots(rows, -(-len(shown) // rows), squeeze=False)
    for axes, metric in zip(grid.flat, shown, strict=False):
        _label_axes(axes, result)
        scale = result.scale if metric is None else None
        plot_contour(result.surface, ax=axes, metric=metric, scale=scale, colorbar=True)
        if result.projection is not None:
            plot_trajectories(result.projection, ax=axes, color="C3")
        mark_point(axes, 0.0, 0.0, "")
        axes.set(xlim=result.surface.alpha[[0, -1]], ylim=result.surface.beta[[0, -1]], box_aspect=1)
    for axes in grid.flat[len(shown) :]:
        axes.remove()


def _label_axes(axes: Axes, result: Bundle) -> None:
    """Label the axes along components and eigenvectors; others have their unit step as label."""
    if result.directions == "principal":
        labels = [f"component {i + 1}  ({100 * share:.0f} % of variance)" for i, share in enumerate(result.shares)]
    elif result.directions == "hessian":
        labels = [f"eigenvector {i + 1}  (curvature {value:.3g})" for i, value in enumerate(result.curvature)]
    else:
        return
    axes.set(xlabel=labels[0], ylabel=labels[1])


_DIRECTIONS = {
    "filter": "two random directions, seed {seed}, each filter rescaled to its norm in the model ({rule}), at "
    "an angle of {surface.plane.angle:.0f} degrees; {n_frozen} parameters do not move.",
    "random": "two random directions, seed {seed}, with standard normal entries, not normalized.",
    "principal": "the principal components of the run, which hold {shares[0]:.1%} and {shares[1]:.1%} of its variance.",
    "hessian": "the eigenvectors of the two largest eigenvalues of the Hessian found, {curvature[0]:.4g} and "
    "{curvature[1]:.4g} (residuals {residuals[0]:.1e} and {residuals[1]:.1e}).",
}
_RUN = (
    "Line: the run {run}, {records} records, from its start (dot) to its end (disc), projected onto the plane, which "
    "holds {share:.1%} of the run's variance; the run is up to {farthest:.3g} away from the plane, and {outside} "
    "records lie outside of the drawn range."
)


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    if result.lowest < result.at_model:
        return Caption("On this plane the {loss_name} falls to {lowest:.3g}, below the model's {at_model:.3g}.", result)
    return Caption("No point drawn on this plane has a lower {loss_name} than the model.", result)


_PLANE = {
    "filter": "two random directions, in which each filter has the length that it has in the model",
    "random": "two random directions",
    "principal": "the two directions along which the run varies most",
    "hessian": "the two directions in which the loss curves most",
}


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    return Caption(
        "{names} on {samples} samples, around the model (cross), along {plane}. {run_words} One plane shows two of "
        "{parameters} dimensions; others may look different.",
        result,
        names=_names(result, size),
        plane=_PLANE[result.directions],
        run_words="" if result.projection is None else "Line: the run from its start (dot) to its end (disc).",
    )


def _names(result: Bundle, size: str) -> str:
    """Return the template that names what is drawn."""
    metrics = range(len(result.metric_names) if size == "full" else 0)
    return "; ".join(["{loss_name}", *(f"{{metric_names[{k}]}}" for k in metrics)])


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return how the plane was chosen, the range of values, and what is left out."""
    return Caption(
        "{names} of {model} ({parameters} trainable parameters) on {on}. At the model the loss is {at_model:.4g}; the "
        "lowest loss on the grid is {lowest:.4g}. {special}\nDirections: {how}\nRange: alpha {surface.alpha[0]:.4g} to "
        "{surface.alpha[-1]:.4g}, beta {surface.beta[0]:.4g} to {surface.beta[-1]:.4g}, {surface.alpha.size} x "
        "{surface.beta.size} points; {scale} scale.\n{run_words}\nNot shown: the {others} dimensions outside of this "
        "plane.",
        result,
        names=_names(result, size),
        on=DATA,
        weighted_words=weighted_words(result.weighted),
        how=_DIRECTIONS[result.directions],
        rule=bias_rule("joint"),
        run_words="" if result.projection is None else _RUN,
        special=SPECIAL,
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the figure for readers who cannot see it."""
    shown = [result.loss_name, *(result.metric_names if size == "full" else ())]
    loss = result.surface.loss
    finite = loss[np.isfinite(loss)]
    ends = f"{finite.min():.3g} to {finite.max():.3g}" if finite.size else "no finite value"
    run = "" if result.projection is None else f" A line shows the run {result.run}."
    return (
        f"Contour plots in one plane through {result.model}, at the centre cross: {', '.join(shown)}. "
        f"The {result.loss_name} is {result.at_model:.3g} at the model and ranges over {ends}.{run}"
    )
