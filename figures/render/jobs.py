"""The kinds of job in a batch: train runs that figures share, compute a figure's result, draw it in a style and size.

Jobs are picklable, so they can be sent to another process. Running one never raises, so a figure that fails
cannot stop the others.
"""

import importlib
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from figures.lecture import LectureFigure, MovingFigure, formats_of, fresh_runs, layout, sizes_of
from figures.lecture.captions import TEXTS
from figures.lecture.fresh_runs import FreshRuns
from figures.output import latex_snippets, step_builds
from figures.output.formats import FORMATS, MOVING
from figures.output.json_text import to_json
from figures.output.saving import About, figure_bytes, freeze_layout
from figures.recipes.recipe import Recipe, Variant
from figures.render import cache
from figures.slides import SHOWS
from landscape.base.atomic_files import error_text, is_system_limit, write_bytes
from landscape.base.progress import Progress
from landscape.base.versions import versions
from landscape.io.storage import load, save

TEXT_FILES = (*(f"{text}.txt" for text in TEXTS), "alt.txt")
"""Endings of the text files of a figure."""


@dataclass(frozen=True)
class Failure:
    """Why a job failed: one line for the user, and the traceback for debugging."""

    line: str
    traceback: str


@dataclass(frozen=True, kw_only=True)
class Train:
    """Train runs that figures share and save them; running the job returns the checksum of the file."""

    runs: FreshRuns
    name: str  # of the runs
    out: Path  # the output folder

    def run(self, report: Progress | None = None) -> str | Failure | OSError:
        """Train and save the runs; return the file's checksum, or why the job failed."""
        try:
            save(fresh_runs.train(self.runs, report), self.out / result_file(self.name))
            return cache.hash_and_size(self.out, result_file(self.name))[0]
        except Exception as error:  # noqa: BLE001 - any exception is reported as the failure of the figures
            return _failure_or_limit(error)

    def __str__(self) -> str:
        return f"training from {self.runs.starts} starts"


@dataclass(frozen=True, kw_only=True)
class Compute:
    """Compute a figure's result and save it; running the job returns the checksum of the file."""

    variant: Variant
    module: str  # name of the figure's module
    out: Path  # the output folder
    shared: str = ""  # name of saved runs that the figure shares with others, if any

    @property
    def name(self) -> str:
        """The name of the variant."""
        return self.variant.name

    def run(self, report: Progress | None = None) -> str | Failure | OSError:
        """Compute and save the result; return the file's checksum, or why the job failed."""
        try:
            known = {"fresh": load(self.out / result_file(self.shared))} if self.shared else {}
            result = _lecture_figure(self.module).compute(self.variant.settings, report, **known)
            save(result, self.out / result_file(self.name))
            return cache.hash_and_size(self.out, result_file(self.name))[0]
        except Exception as error:  # noqa: BLE001 - any exception of a figure is reported as its failure
            return _failure_or_limit(error)

    def __str__(self) -> str:
        return f"computing {self.name}"


@dataclass(frozen=True, kw_only=True)
class Draw:
    """Draw a saved result in one style and size; running the job returns the checksum of each file written."""

    variant: Variant
    module: str  # name of the figure's module
    style: str
    size: str
    out: Path  # the output folder
    files: tuple[str, ...]  # names of the files to write, relative to it

    @property
    def name(self) -> str:
        """The name of the variant."""
        return self.variant.name

    def run(self, report: Progress | None = None) -> dict[str, str] | Failure | OSError:
        """Draw and save the files; return their checksums, or why the job failed.

        Only animations report progress.
        """
        try:
            module, result = _lecture_figure(self.module), load(self.out / result_file(self.variant.name))
            alt_text = _one_line(module.alt_text(result, layout(self.size)))
            about = About(title=module.TITLE, alt_text=alt_text, facts=self._facts())
            self._draw(result, about, report)
            if not self._is_animation:
                self._write_texts(result, alt_text)
            return {file: cache.hash_and_size(self.out, file)[0] for file in self.files}
        except Exception as error:  # noqa: BLE001 - any exception of a figure is reported as its failure
            return _failure_or_limit(error)

    def __str__(self) -> str:
        return f"{'animating' if self._is_animation else 'drawing'} {self.variant.name}"

    @property
    def _is_animation(self) -> bool:
        return _ending(self.files[0]) in MOVING

    def _draw(self, result: Any, about: About, report: Progress | None) -> None:
        """Draw once, then save the animation, or the whole figure and its steps in all requested formats."""
        pictures = [file for file in self.files if _ending(file) in {*FORMATS, *MOVING}]
        if not pictures:
            return
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        from figures.style.style_sheets import SIZES, style_context

        module = _lecture_figure(self.module)
        steps = step_builds.steps(module, layout(self.size))
        with style_context(self.style):
            figure = Figure(figsize=SIZES[self.size])
            FigureCanvasAgg(figure)
            if self._is_animation:
                from figures.animation.animate import save_movie

                movie = cast(MovingFigure, module).movie(result, figure, layout(self.size))
                freeze_layout(figure)
                save_movie(movie, self.out / pictures[0], about, progress=report)
                return
            module.draw(result, figure, layout(self.size))
            freeze_layout(figure)
            for file in pictures:
                step = self._step(file)
                if step is None:
                    write_bytes(self.out / file, figure_bytes(figure, _ending(file), about))
                    continue
                about_step = replace(about, alt_text=step_builds.step_alt_text(about.title, steps, step))
                with step_builds.shown_until(figure, step):
                    write_bytes(self.out / file, figure_bytes(figure, _ending(file), about_step))

    def _step(self, file: str) -> int | None:
        """Return the step of the figure that a file shows, or None for the whole figure."""
        prefix = f"{self.style}/{stem(self.variant.name, self.size)}-step"
        if not file.startswith(prefix):
            return None
        number, _, _ = file.removeprefix(prefix).partition(".")
        return int(number)

    def _write_texts(self, result: Any, alt_text: str) -> None:
        """Write the requested text files and the data file."""
        from figures.style.style_sheets import SIZES

        module = _lecture_figure(self.module)
        said = {text: getattr(module, text)(result, layout(self.size)) for text in TEXTS}
        numbers = {name: {"text": text, "numbers": text.numbers()} for name, text in said.items()}
        texts = {
            **{f"{name}.txt": f"{text}\n" for name, text in said.items()},
            "alt.txt": f"{alt_text}\n",
            "numbers.json": f"{to_json(numbers)}\n",
            "tex": latex_snippets.snippet(
                stem(self.variant.name, self.size),
                SIZES[self.size],
                module.TITLE,
                said["takeaway"],
                f"{said['caption']}\n{said['notes']}",
            ),
        }
        for file in self.files:
            ending = _ending(file)
            if ending == "nc":
                write_bytes(self.out / file, (self.out / result_file(self.variant.name)).read_bytes())
            elif ending in texts:
                write_bytes(self.out / file, texts[ending].encode())

    def _facts(self) -> dict[str, str]:
        """Return seeds, recipe hash and versions, which are written into the files as metadata."""
        settings = self.variant.settings
        facts: dict[str, str] = {}
        if hasattr(settings, "seeds"):
            facts["seed"] = ", ".join(map(str, settings.seeds))
        elif hasattr(settings, "seed"):
            facts["seed"] = str(settings.seed)
        if hasattr(settings, "run_seed"):
            facts["run seed"] = str(settings.run_seed)
        facts["recipe"] = cache.recipe_hash(self.variant.figure, settings)
        packages = versions("numpy", "matplotlib")
        del packages["python"]
        return facts | packages


def stem(name: str, size: str) -> str:
    """Return the file name, without its ending, of a variant in one size."""
    return name if size == "full" else f"{name}-{size}"


def step_stem(name: str, size: str, step: int) -> str:
    """Return the file name, without its ending, of one step of a variant in one size."""
    return f"{stem(name, size)}-step{step}"


def files_of(name: str, figure: LectureFigure, recipe: Recipe) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (style, size, files) for each drawing and each animation of a variant with this name.

    The data file is listed with the first size, and the numbers of the texts, which do not depend on the style, with
    the first style. A LaTeX snippet is written only together with a file that it can include.
    """
    sizes = [size for size in recipe.sizes if size in sizes_of(figure)]
    formats = [ending for ending in recipe.formats if ending in formats_of(figure)]
    still = [ending for ending in formats if ending not in MOVING]
    snippet = ("tex",) if set(SHOWS["tex"]) & set(formats) else ()
    for style in recipe.styles:
        for size in sizes:
            drawn = tuple(f"{style}/{stem(name, size)}.{ending}" for ending in (*still, *snippet, *TEXT_FILES))
            steps = len(step_builds.steps(figure, layout(size))) if recipe.builds else 0
            built = tuple(f"{style}/{step_stem(name, size, k + 1)}.{ending}" for k in range(steps) for ending in still)
            data = (f"{style}/{name}.nc",) if size == sizes[0] else ()
            numbers = (numbers_file(name, size),) if style == recipe.styles[0] else ()
            yield style, size, drawn + built + data + numbers
            for ending in formats:
                if ending in MOVING:
                    yield style, size, (f"{style}/{stem(name, size)}.{ending}",)


def result_file(name: str) -> str:
    """Return the file with the result of a variant."""
    return f"data/{name}.nc"


def numbers_file(name: str, size: str) -> str:
    """Return the file that lists the numbers in a variant's texts in one size, and how each was obtained."""
    return f"data/{stem(name, size)}.numbers.json"


def _lecture_figure(module: str) -> LectureFigure:
    return cast(LectureFigure, importlib.import_module(module))


def _ending(file: str) -> str:
    return file.rpartition("/")[2].partition(".")[2]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _failure_or_limit(error: Exception) -> Failure | OSError:
    """Return the outcome of a job that has failed: an OSError if all others would fail, too, such as on a full disk."""
    return OSError(error_text(error)) if is_system_limit(error) else failure(error)


def failure(error: Exception) -> Failure:
    """Return an exception as a :class:`Failure`; must be called while the exception is being handled."""
    text = error_text(error) if isinstance(error, MemoryError) else str(error)  # the former may have none
    line = _one_line(f"{type(error).__name__}: {text}")
    if len(line) > 300:
        line = f"{line[:297]}..."
    return Failure(line, traceback.format_exc())


def report_failures(failures: Sequence[Failure], file: Path) -> None:
    """Write the failures with their tracebacks to a file; if there are none, delete the file."""
    if failures:
        write_bytes(file, "\n".join(f"{failed.line}\n{failed.traceback}" for failed in failures).encode())
    else:
        file.unlink(missing_ok=True)
