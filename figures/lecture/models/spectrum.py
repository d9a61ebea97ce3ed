"""The Hessian of a Keras model's loss: its largest eigenvalues, its trace and the density of its eigenvalues."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.models.inputs import DATA, File, ModelSettings, Step, data_of, facts, objective_of, weighted_words
from figures.plots.spectrum import plot_spectrum
from figures.style.quantities import loss_label
from landscape import Bundle

TITLE = "Spectrum of the Hessian"
QUESTION = "How curved is the loss at a Keras model?"
SIZES = ("full", "half")
STEPS = 80
"""Steps of Lanczos' method for each random vector."""


class Settings(ModelSettings):
    """What a recipe can set: model, data, number of eigenvalues and of random vectors."""

    model: File = Field("", description="Keras model, .keras")
    k: int = Field(5, ge=1, le=1000, description="largest eigenvalues")
    samples: int = Field(10, ge=2, le=10_000, description="random vectors for the density, and as many for the trace")


def compute(settings: Settings, progress: Step = None) -> Bundle:
    """Return eigenpairs, trace and density at the model."""
    from landscape.keras.files.saved_model import tensorflow_errors

    data = data_of(settings)
    net = objective_of(settings.model, data, settings)
    theta, rng = net.theta, np.random.default_rng(settings.seed)
    total = settings.samples * (1 + min(STEPS, theta.size))
    with tensorflow_errors():
        gradient = float(np.linalg.norm(net.gradient(theta)))
        pairs = ls.top_eigenpairs(net, theta, settings.k)

        def tell(done: int, _: int) -> None:
            if progress:
                progress(done, total)

        trace = ls.hessian_trace(net, theta, settings.samples, rng=rng, progress=tell)
        density = ls.spectral_density(
            net,
            theta,
            rng=rng,
            samples=settings.samples,
            steps=STEPS,
            progress=lambda done, all_: tell(done + settings.samples, all_),
        )
        at_model = float(net.loss(theta))
    return Bundle(
        pairs=pairs,
        trace=trace,
        density=density,
        trace_value=trace.value,
        trace_error=trace.standard_error,
        mean_curvature=trace.value / theta.size,
        largest_count=len(pairs.values),
        n_samples=settings.samples,
        steps=density.nodes.shape[1],
        largest_residual=float(pairs.residuals.max()),
        smallest_node=float(density.nodes.min()),
        at_model=at_model,
        gradient=gradient,
        model=Path(settings.model).name,
        **facts(settings, data, net, loss_label(density.settings)),
    )


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the density, and the largest eigenvalues as lines at the top."""
    axes = figure.subplots()
    plot_spectrum(result.density, ax=axes)
    plot_spectrum(result.pairs, ax=axes)
    if size == "full":
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    del size
    return Caption(
        "The steepest direction has curvature {pairs.values[0]:.3g}, the average one {mean_curvature:.2g}.", result
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    del size
    return Caption(
        "Curvatures of the {loss_name} at {model}: the eigenvalues of its Hessian on {samples} samples. Lines: the "
        "{largest_count} largest. Curve: the density of all {parameters}, smoothed, with its standard error from "
        "{n_samples} random vectors.",
        result,
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the eigenvalues, how they were computed, and what is left out."""
    del size
    return Caption(
        "Hessian of the {loss_name} of {model} ({parameters} trainable parameters) on {on}, at the model, where the "
        "loss is {at_model:.4g} and the gradient has length {gradient:.3g}.\nLargest eigenvalues found by Lanczos' "
        "method, lines at the top: {values}, with residuals up to {largest_residual:.1e}: within that of each value "
        "lies an eigenvalue.\nTrace {trace_value:.4g} with standard error {trace_error:.2g}, by Hutchinson's "
        "estimate from {n_samples} random vectors; the average curvature is the trace over the number of "
        "parameters.\nCurve: density of all eigenvalues by stochastic Lanczos quadrature, {n_samples} random vectors "
        "(seed {seed}) and {steps} steps, smoothed by a normal distribution of standard deviation {density.width:.3g}; "
        "smallest Ritz value {smallest_node:.4g}.\nNot shown: eigenvectors, and how the Hessian changes away from the "
        "model.",
        result,
        on=DATA,
        weighted_words=weighted_words(result.weighted),
        values=listed("{pairs.values[#]:.4g}", range(len(result.pairs.values))),
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the figure for readers who cannot see it."""
    del size
    grid, density = result.density.grid, result.density.density
    return (
        f"Density of the eigenvalues of the Hessian of {result.model} on a logarithmic axis, from {grid[0]:.3g} to "
        f"{grid[-1]:.3g}, highest at {grid[int(np.argmax(density))]:.3g}; lines mark the largest eigenvalues, up to "
        f"{result.pairs.values[0]:.4g}. The trace is {result.trace_value:.4g}."
    )
