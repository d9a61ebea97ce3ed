"""The commands about Keras models in files: surface, compare and spectrum.

Each writes a figure, its texts and its data, which are named after the figure.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from figures.cli.console import progress_bar, report_refusal
from figures.cli.options import split, with_options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from figures.render.batch import Progress
    from landscape import Bundle

NO_SETTINGS = {"out", "style", "workers", "checkpoint"}
"""Options that are no settings of the figure."""
OPTION_NAMES = {"model": "MODEL", "other": "OTHER", "data": "DATA", "metrics": "--metric", "points": "--points"}
"""Settings -> arguments and options whose names differ from those."""

Model = Annotated[str, typer.Argument(metavar="MODEL.keras", help="Model saved by Keras 3.")]
Data = Annotated[str, typer.Argument(metavar="DATA.npz", help="Arrays x and y (or x_0, x_1, ...), by numpy.savez.")]
Metrics = Annotated[list[str] | None, typer.Option("--metric", metavar="NAME ...", help="Metrics, such as accuracy.")]
Seed = Annotated[int, typer.Option(metavar="S", help="Seed of the random directions or vectors.")]
Workers = Annotated[
    int,
    typer.Option(metavar="N", help="Processes that evaluate points; each must load the model: for long tasks only."),
]
Range = Annotated[float | None, typer.Option("--range", metavar="R", help="Drawn from -R to R; default: automatic.")]
Scale = Annotated[str | None, typer.Option(metavar="NAME", help="root, log or linear scale of the loss.")]


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """Options of all commands about models."""

    loss: Annotated[
        str | None, typer.Option(metavar="NAME", help="Keras loss, such as mse; default: the model's own.")
    ] = None
    from_logits: Annotated[
        bool, typer.Option("--from-logits", help="The outputs are logits, for a cross-entropy given by --loss.")
    ] = False
    batch_size: Annotated[int | None, typer.Option(metavar="N", help="Samples evaluated together; default: 32.")] = None
    filters: Annotated[
        str | None, typer.Option(metavar="tensor", help="Make each variable one filter, also of unknown layers.")
    ] = None
    seed: Seed = 0
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Figure, .png, .pdf or .svg; without ending: all three. Existing files are replaced."
        ),
    ] = None
    style: Annotated[str, typer.Option(metavar="NAME", help="lecture, lecture-dark or ddasp.")] = "lecture"

    def table(self) -> dict[str, Any]:
        """Return the given options as settings of the figure."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in NO_SETTINGS}
        if "metrics" in values:
            values["metrics"] = split("--metric", values["metrics"])
        return {key: value for key, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class SurfaceOptions(ModelOptions):
    """Options of the command surface."""

    model: Model
    data: Data
    metrics: Metrics = None
    directions: Annotated[
        str,
        typer.Option(
            metavar="KIND", help="filter (random, filter-normalized), random, principal (of --path) or hessian."
        ),
    ] = "filter"
    path: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Run to draw: file of a TrajectoryRecorder, or Trajectories of ls.save."),
    ] = None
    points: Annotated[int, typer.Option("--resolution", metavar="N", help="Grid points per axis.")] = 51
    half_width: Range = None
    scale: Scale = None
    workers: Workers = 1
    checkpoint: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Folder for finished parts, from which an interrupted command goes on."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class CompareOptions(ModelOptions):
    """Options of the command compare."""

    model: Annotated[str, typer.Argument(metavar="A.keras", help="Model at the start of the path.")]
    other: Annotated[str, typer.Argument(metavar="B.keras", help="Model of the same architecture, at its end.")]
    data: Data
    metrics: Metrics = None
    points: Annotated[int, typer.Option(metavar="N", help="Points on each path, and in each direction.")] = 41
    directions: Annotated[int, typer.Option(metavar="K", help="Random directions around each model.")] = 5
    bend: Annotated[int, typer.Option(metavar="STEPS", help="Train a curved path, too, in so many steps.")] = 0
    learning_rate: Annotated[float, typer.Option(metavar="RATE", help="Of these steps, which are Adam's.")] = 0.03
    half_width: Range = None
    scale: Scale = None
    workers: Workers = 1


@dataclass(frozen=True, kw_only=True)
class SpectrumOptions(ModelOptions):
    """Options of the command spectrum."""

    model: Model
    data: Data
    k: Annotated[int, typer.Option("--k", metavar="K", help="Number of the largest eigenvalues.")] = 5
    samples: Annotated[int, typer.Option(metavar="N", help="Random vectors for trace and density.")] = 10


def surface(options: SurfaceOptions) -> int:
    """Draw the loss around a Keras model.

    Over a plane through the model's weights, with metrics beside it and the path of its training in it. The model's
    file cannot run code, and is not changed.
    """
    if options.checkpoint == "":
        return report_refusal(ValueError("--checkpoint: must name a folder; got ''"))
    return _make("surface", options, {"points": "--resolution"}, options.workers, checkpoint=options.checkpoint)


def compare(options: CompareOptions) -> int:
    """Draw what lies between two Keras models.

    The loss on the straight path between their weights, before and after the hidden units have been matched, and around
    both in the same random directions on one scale.
    """
    return _make("compare", options, {}, options.workers)


def spectrum(options: SpectrumOptions) -> int:
    """Draw the curvature at a Keras model.

    The largest eigenvalues of the Hessian of the loss, its trace, and the density of its eigenvalues.
    """
    return _make("spectrum", options, {})


def _make(name: str, options: Any, labels: dict[str, str], workers: int = 1, **how: Any) -> int:
    """Compute and draw a figure of a model, and write all its files; return the exit code.

    labels : options that are not called as the settings are
    how : arguments of the computation that change no result
    """
    from figures.lecture.models import compare as comparison, spectrum as spectra, surface as surfaces
    from figures.recipes.faults import RecipeError
    from figures.render.worker_processes import worker_pool

    figure: Any = {"surface": surfaces, "compare": comparison, "spectrum": spectra}[name]
    try:
        settings = _settings(figure, options.table(), {**OPTION_NAMES, "half_width": "--range", **labels})
        files = _files(options.out or f"{Path(settings.model).stem}-{name}.png", options, settings)
        with progress_bar() as bar, worker_pool(_checked_workers(workers)) as pool:
            if pool:
                how["executor"] = pool
            result = figure.compute(settings, bar and partial(_tell, bar, name), **how)
        _write(figure, result, files, options.style, settings.seed)
    except (RecipeError, ValueError, TypeError, OSError) as error:
        return report_refusal(error)
    for file in files:
        typer.echo(file)
    return 0


def _checked_workers(workers: int) -> int:
    from figures.recipes.validation import MOST_WORKERS

    if not 1 <= workers <= MOST_WORKERS:
        raise ValueError(f"--workers: must be 1 to {MOST_WORKERS}; got {workers}")
    return workers


def _tell(bar: Progress, name: str, done: int, total: int) -> None:
    """Report progress as the bar takes it."""
    bar(done, total, name)


def _settings(figure: Any, table: dict[str, Any], labels: dict[str, str]) -> Any:
    """Return the settings of a figure; all mistakes are raised together, with the names of the options."""
    from pydantic import ValidationError

    from figures.recipes.faults import RecipeError, explain, lines

    try:
        return figure.Settings.model_validate(table)
    except ValidationError as error:
        options = {key: labels.get(key, f"--{key.replace('_', '-')}") for key in figure.Settings.model_fields}
        raise RecipeError(lines(explain(error, figure.Settings, ()), options, {})) from None


def _files(out: str, options: Any, settings: Any) -> list[Path]:
    """Return the files to write, pictures, texts and data; refuse what would replace an input."""
    from figures.lecture.captions import TEXTS
    from figures.output.formats import FORMATS
    from figures.style.style_sheets import STYLES
    from landscape.base import checks

    checks.choice("--style", options.style, STYLES)
    given = Path(out).expanduser()
    ending = given.suffix.removeprefix(".").lower()
    if given.name in {"", "..", "."} or out.endswith(os.sep):
        raise ValueError(f"--out: must be the name of a file; got {out!r}")
    stem = given.with_suffix("") if ending in FORMATS else given
    pictures = [given] if ending in FORMATS else [given.with_name(f"{given.name}.{one}") for one in FORMATS]
    files = [*pictures, *(stem.with_name(f"{stem.name}.{one}") for one in (*(f"{text}.txt" for text in TEXTS), "nc"))]
    inputs = [getattr(settings, key, None) for key in ("model", "other", "data", "path")]
    _refuse_inputs(files, [Path(one) for one in inputs if one])
    if not given.parent.is_dir():
        raise FileNotFoundError(f"folder {given.parent} does not exist; create it, or choose another --out")
    return files


def _refuse_inputs(files: Iterable[Path], inputs: list[Path]) -> None:
    for file in files:
        for one in inputs:
            if file.exists() and one.exists() and file.samefile(one):
                raise ValueError(f"--out: would replace the input {one}; choose another name")


def _write(figure: Any, result: Bundle, files: list[Path], style: str, seed: int) -> None:
    """Draw the figure and write all files, each atomically, after the last of them has been made."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from figures.lecture.captions import TEXTS
    from figures.output.saving import About, figure_bytes, freeze_layout
    from figures.style.style_sheets import SIZES, style_context
    from landscape import save, versions
    from landscape.base.atomic_files import write_bytes

    pictures, texts, data = files[: -len(TEXTS) - 1], files[-len(TEXTS) - 1 : -1], files[-1]
    shown = versions("numpy", "matplotlib", "keras", "tensorflow")
    about = About(title=figure.TITLE, alt_text=figure.alt_text(result, "full"), facts={"seed": str(seed), **shown})
    with style_context(style):
        drawing = Figure(figsize=SIZES["full"])
        FigureCanvasAgg(drawing)
        figure.draw(result, drawing, "full")
        freeze_layout(drawing)
        made = [figure_bytes(drawing, file.suffix.removeprefix(".").lower(), about) for file in pictures]
    for file, content in zip(pictures, made, strict=True):
        write_bytes(file, content)
    for file, text in zip(texts, TEXTS, strict=True):
        write_bytes(file, f"{getattr(figure, text)(result, 'full')}\n".encode())
    save(result, data)


COMMANDS = (
    with_options(SurfaceOptions, surface),
    with_options(CompareOptions, compare),
    with_options(SpectrumOptions, spectrum),
)
