"""What the textbook solution computes."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.settings import FigureSettings, GridPoints, Margin, Theta
from figures.output.step_builds import appearing, appears
from figures.plots.decision import THRESHOLD, decision_cmap, decision_norm, plot_decision, plot_hinges, plot_samples
from figures.plots.network import plot_network
from figures.style.loss_scales import LOSS_LABEL
from figures.style.style_sheets import text_color
from landscape import Bundle, DecisionSurface, xor
from landscape.base.arrays import Array

TITLE = "The textbook solution"
QUESTION = "What does the textbook solution compute?"
SIZES = ("full", "half")
BUILD = {"full": ("the weights", "what the network computes", "hidden space")}


class Settings(FigureSettings):
    theta: Theta = Field(tuple(xor.TEXTBOOK.tolist()), description="the nine parameters, in Keras order")
    margin: Margin = 0.35
    points: GridPoints = 181


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return the decision surface, the output over hidden space, and the truth table."""
    net, theta = xor.network(), np.array(settings.theta)
    surface = ls.decision_surface(net, theta, margin=settings.margin, points=settings.points)
    table = xor.truth_table(theta)
    reach = max(1.0, float(surface.activations.max()))
    axis = np.linspace(-0.2 * reach, 1.2 * reach, settings.points)
    weights = net.unpack(theta)
    places = _samples_by_place(surface)
    return Bundle(
        surface=surface,
        hidden_axis=axis,
        hidden_output=axis * weights.W2[0] + axis[:, None] * weights.W2[1] + weights.b2,
        loss=float(net.loss(theta)),
        outputs=table.outputs,
        correct=table.correct,
        right=int(np.count_nonzero(table.correct)),
        threshold=THRESHOLD,
        places=tuple(places),
        samples_at=tuple(map(tuple, places.values())),
    )


def _samples_by_place(surface: DecisionSurface) -> dict[tuple[float, ...], list[str]]:
    """Return the points of hidden space that samples are mapped to, each with the names of these samples."""
    places: dict[tuple[float, ...], list[str]] = {}
    for point, x in zip(surface.activations, surface.inputs, strict=True):
        places.setdefault(tuple(point.tolist()), []).append("".join(f"{v:g}" for v in x))
    return places


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw network, input square and hidden space; at half size only the input square."""
    if size == "half":
        axes = figure.subplots()
        _input_square(result, axes)
        _bar(figure, [axes])
        return
    net, square, hidden = figure.subplots(1, 3)
    formula = r"$\hat y = W_2^{\mathsf{T}}\,\max(0,\; W_1^{\mathsf{T}} x + b_1) + b_2$"
    outputs = ",  ".join(f"{o:.3g}" for o in result.outputs).replace("-", "\N{MINUS SIGN}")
    figure.suptitle(
        f"{formula}\non 00,  01,  10,  11:    {outputs}      {LOSS_LABEL} $= {result.loss:.3g}$", linespacing=1.5
    )
    plot_network(result.surface.theta, result.surface.activations.shape[1], ax=net)
    net.set_title("weights and biases")
    _input_square(result, square)
    _hidden_space(result, hidden)
    appears(square, 2)
    appears(hidden, 3)
    with appearing(figure, 2):
        _bar(figure, [net, square, hidden])


def _input_square(result: Bundle, axes: Axes) -> None:
    plot_decision(result.surface, ax=axes)
    plot_hinges(result.surface, ax=axes)
    axes.set_title("input space")
    axes.set(xticks=[0, 1], yticks=[0, 1])


def _hidden_space(result: Bundle, axes: Axes) -> None:
    a = result.hidden_axis
    half = (a[1] - a[0]) / 2
    edge = (a[0] - half, a[-1] + half)
    axes.imshow(
        result.hidden_output,
        origin="lower",
        extent=(*edge, *edge),
        cmap=decision_cmap(),
        norm=decision_norm(),
    )
    if result.hidden_output.min() < THRESHOLD < result.hidden_output.max():
        axes.contour(a, a, result.hidden_output, levels=[THRESHOLD], colors=[text_color()], linewidths=0.8)
    points = result.surface.activations
    plot_samples(axes, points, result.surface.targets)
    for point, names in zip(result.places, result.samples_at, strict=True):
        side = -1 if point[1] <= 0 < point[0] else 1
        align = "bottom" if side > 0 else "top"
        inward = "left" if point[0] < a.mean() else "right"
        axes.annotate(
            ", ".join(names),
            point,
            (0, 6 * side),
            textcoords="offset points",
            ha="center" if len(names) < 3 else inward,
            va=align,
        )
    axes.set(
        xlabel=r"$h_1$", ylabel=r"$h_2$", title="hidden space", aspect="equal", xlim=(a[0], a[-1]), ylim=(a[0], a[-1])
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    axes.xaxis.label.set_color("C0")
    axes.yaxis.label.set_color("C3")


def _bar(figure: Figure, axes: list[Axes]) -> None:
    mappable = ScalarMappable(norm=decision_norm(), cmap=decision_cmap())
    bar = figure.colorbar(
        mappable, ax=axes, orientation="horizontal", extend="both", aspect=32, fraction=0.06, pad=0.04
    )
    bar.set_ticks([0.0, THRESHOLD, 1.0], labels=["0", f"{THRESHOLD:g}", "1"])
    bar.set_label(r"output $\hat y$")


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    if not _is_textbook(result):
        return Caption("This network classifies {right} of {correct.size} samples correctly.", result)
    if size == "half":
        return Caption("The output is a ridge: 1 on the diagonal through 01 and 10, and 0 at 00 and 11.", result)
    return Caption("The hidden layer puts 01 and 10 on one point; there a straight line separates the classes.", result)


def _is_textbook(result: Bundle) -> bool:
    return np.array_equal(result.surface.theta, xor.TEXTBOOK)


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    has_lines = np.isfinite(result.surface.hinges).all(axis=(1, 2)).any()
    lines = (
        "; each hidden unit is 0 on one side of its line (unit 1 solid, unit 2 dashed; arrows: its active side)"
        if has_lines
        else ""
    )
    square = f"the output over the inputs{lines}."
    return Caption(
        "{panels} Samples: filled for target 1, hollow for target 0.{thin}",
        result,
        panels="Left: weights and biases. Middle: {square} Right: the output over those of the hidden units."
        if size == "full"
        else "Shown: {square}",
        square=square,
        thin=" Thin line: output {threshold:g}." if _is_cut(result.surface.output) else "",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the outputs, the weights, and where the samples lie in hidden space."""
    return Caption(
        "{network}: outputs {computed} on 00, 01, 10, 11, MSE {loss:g}; {right} of {correct.size} samples are "
        "classified correctly at threshold {threshold:g}.\nWeights W1, b1, W2, b2 in Keras order: {values}.\n{hidden}",
        result,
        network="The textbook network" if _is_textbook(result) else "A 2-2-1 network",
        computed=listed("{outputs[#]:g}", range(result.outputs.size)),
        values=listed("{surface.theta[#]:g}", range(result.surface.theta.size)),
        hidden="In hidden space, with {points}, the output is affine{boundary}." if size == "full" else "",
        boundary=", so the decision boundary is a straight line" if _is_cut(result.hidden_output) else "",
        points=_places_listed(result),
    )


def _places_listed(result: Bundle) -> str:
    """Return the template that lists which samples lie where in hidden space."""
    places = []
    for i, samples in enumerate(result.samples_at):
        names = listed(f"{{samples_at[{i}][#]}}", range(len(samples)), " and ")
        places.append(f"{names} at ({{places[{i}][0]:g}}, {{places[{i}][1]:g}})")
    return ", ".join(places)


def _is_cut(output: Array) -> bool:
    """Return whether outputs lie on both sides of the threshold, so that a decision line is drawn."""
    return bool(output.min() < THRESHOLD < output.max())


def alt_text(result: Bundle, size: str = "full") -> str:
    cut = "cut by one straight decision line" if _is_cut(result.hidden_output) else "all on one side of the decision"
    lines = int(np.isfinite(result.surface.hinges).all(axis=(1, 2)).sum())
    points = Caption(_places_listed(result), result)
    decision = "the decision line" if _is_cut(result.surface.output) else "no decision line"
    square = f"the square of inputs with the four XOR samples, {lines} hinge lines of hidden units and {decision}. "
    outputs = f"Outputs on 00, 01, 10, 11: {', '.join(f'{o:g}' for o in result.outputs)}."
    if size == "half":
        return f"The network's output over {square}{outputs}"
    return (
        "Left: a network with two inputs, two hidden units and one output, its weights on the arrows. "
        f"Middle: {square}Right: hidden space with the samples {points}, {cut}. {outputs}"
    )
