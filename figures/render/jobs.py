"""The two kinds of job in a batch: compute a figure's result, and draw it in one style and size.

Jobs are picklable values that can be sent to another process. Running one never raises, so that a
figure that fails cannot stop the others.
"""

from __future__ import annotations

import importlib
import json
import shutil
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from figures.lecture import LectureFigure, MovingFigure
from figures.lecture.settings import FigureSettings
from figures.output import latex_snippets, step_builds
from figures.output.formats import FORMATS, MOVING
from figures.output.saving import About, figure_bytes, freeze_layout
from figures.render import cache
from figures.slides import SHOWS
from landscape.base.atomic_files import replacing, write_bytes
from landscape.base.versions import versions
from landscape.io.storage import load, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Report = Callable[[int, int], None]
"""Called with (done, total) from time to time, by a figure that takes long to compute."""
TEXTS = ("caption.txt", "alt.txt")
"""Endings of the text files of a figure."""


@dataclass(frozen=True)
class Failure:
    """Why a job failed: one line for the user, and the traceback for debugging."""

    line: str
    traceback: str


@dataclass(frozen=True, kw_only=True)
class Compute:
    """Compute a figure's result and save it; running the job returns the checksum of the file.

    name : name of the variant
    module : name of the figure's module
    target : file of the result
    """

    name: str
    module: str
    settings: FigureSettings
    target: Path

    def run(self, report: Report | None = None) -> str | Failure:
        """Run the job."""
        try:
            save(_figure(self.module).compute(self.settings, report), self.target)
            return cache.file_digest(self.target) or ""
        except Exception as error:  # noqa: BLE001 - any exception of a figure is reported as its failure
            return failure(error)

    def __str__(self) -> str:
        return f"computing {self.name}"


@dataclass(frozen=True, kw_only=True)
class Draw:
    """Draw a saved result in one style and size; running the job returns the checksum of each file written.

    name, figure : names of the variant and of the lecture figure
    module : name of the figure's module
    result : file of the result
    out, files : the output folder, and the names of the files to write, relative to it
    """

    name: str
    figure: str
    module: str
    settings: FigureSettings
    result: Path
    style: str
    size: str
    out: Path
    files: tuple[str, ...]

    def run(self, report: Report | None = None) -> dict[str, str] | Failure:
        """Run the job; only an animation takes long enough to report progress."""
        try:
            result = load(self.result)
            self._draw(result)
            self._animate(result, report)
            self._write_texts(result)
            return {file: cache.file_digest(self.out / file) or "" for file in self.files}
        except Exception as error:  # noqa: BLE001 - any exception of a figure is reported as its failure
            return failure(error)

    def __str__(self) -> str:
        return f"{'animating' if _ending(self.files[0]) in MOVING else 'drawing'} {self.name}"

    def _draw(self, result: Any) -> None:
        """Draw once, then save in every requested format."""
        files = {file: _ending(file) for file in self.files if _ending(file) in FORMATS}
        if not files:
            return
        from figures.style.style_sheets import style_context

        with style_context(self.style):
            figure = self._canvas()
            _figure(self.module).draw(result, figure, self.size)
            freeze_layout(figure)
            about = self._about(result)
            for file, ending in files.items():
                step = self._step(file)
                if step is None:
                    write_bytes(self.out / file, figure_bytes(figure, ending, about))
                    continue
                steps = step_builds.steps(_figure(self.module), self.size)
                alt_text = step_builds.step_alt_text(about.title, steps, step)
                with step_builds.shown_until(figure, step):
                    write_bytes(self.out / file, figure_bytes(figure, ending, replace(about, alt_text=alt_text)))

    def _animate(self, result: Any, report: Report | None) -> None:
        """Render the requested animations."""
        for file in (file for file in self.files if _ending(file) in MOVING):
            from figures.animation.animate import save_movie
            from figures.style.style_sheets import style_context

            with style_context(self.style):
                figure = self._canvas()
                movie = cast(MovingFigure, _figure(self.module)).movie(result, figure, self.size)
                freeze_layout(figure)
                save_movie(movie, self.out / file, self._about(result), progress=report)

    def _canvas(self) -> Figure:
        """Return an empty figure of this size; must be called within the style context."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        from figures.style.style_sheets import SIZES

        figure = Figure(figsize=SIZES[self.size])
        FigureCanvasAgg(figure)
        return figure

    def _about(self, result: Any) -> About:
        module = _figure(self.module)
        return About(title=module.TITLE, alt_text=_line(module.alt_text(result, self.size)), facts=self._facts())

    def _step(self, file: str) -> int | None:
        """Return the step of the figure that a file shows, or None for the whole figure."""
        prefix = f"{self.style}/{stem(self.name, self.size)}-step"
        return int(file.removeprefix(prefix).partition(".")[0]) if file.startswith(prefix) else None

    def _write_texts(self, result: Any) -> None:
        from figures.style.style_sheets import SIZES

        module = _figure(self.module)
        for file in self.files:
            target = self.out / file
            match _ending(file):
                case "nc":
                    with replacing(target) as new:
                        shutil.copyfile(self.result, new)
                case "caption.txt":
                    write_bytes(target, f"{module.caption(result, self.size)}\n".encode())
                case "numbers.json":
                    caption = module.caption(result, self.size)
                    told = {"caption": caption, "numbers": caption.numbers()}
                    numbers = json.dumps(told, indent=1, ensure_ascii=False)
                    write_bytes(target, f"{numbers}\n".encode())
                case "alt.txt":
                    write_bytes(target, f"{_line(module.alt_text(result, self.size))}\n".encode())
                case "tex":
                    width, caption = SIZES[self.size][0], module.caption(result, self.size)
                    text = latex_snippets.snippet(stem(self.name, self.size), width, module.TITLE, caption)
                    write_bytes(target, text.encode())

    def _facts(self) -> dict[str, str]:
        seeds = getattr(self.settings, "seeds", (getattr(self.settings, "seed", None),))
        return {
            **({} if None in seeds else {"seed": ", ".join(map(str, seeds))}),
            **({"run seed": str(self.settings.run_seed)} if hasattr(self.settings, "run_seed") else {}),
            "recipe": cache.recipe_hash(self.figure, self.settings),
            **{k: v for k, v in versions("numpy", "matplotlib").items() if k != "python"},
        }


def stem(name: str, size: str) -> str:
    """Return the file name, without its ending, of a variant in one size."""
    return name if size == "full" else f"{name}-{size}"


def step_stem(name: str, size: str, step: int) -> str:
    """Return the file name, without its ending, of one step of a variant in one size."""
    return f"{stem(name, size)}-step{step}"


def files_of(
    name: str,
    styles: tuple[str, ...],
    sizes: tuple[str, ...],
    formats: tuple[str, ...],
    steps: Mapping[str, int] | None = None,
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (style, size, files) for each drawing and each animation of a variant.

    The data file belongs to the first size. The numbers of the captions, which do not depend on the style, belong to
    the first style. A LaTeX snippet is written only together with a file that it can include.

    steps : size -> the number of steps that the figure is built up in, if they are requested
    """
    still = [ending for ending in formats if ending not in MOVING]
    snippet = ("tex",) if set(SHOWS["tex"]) & set(formats) else ()
    for style in styles:
        for size in sizes:
            drawn = tuple(f"{style}/{stem(name, size)}.{ending}" for ending in (*still, *snippet, *TEXTS))
            built = tuple(
                f"{style}/{step_stem(name, size, k + 1)}.{ending}"
                for k in range((steps or {}).get(size, 0))
                for ending in still
            )
            data = (f"{style}/{name}.nc",) if size == sizes[0] else ()
            numbers = (numbers_file(name, size),) if style == styles[0] else ()
            yield style, size, drawn + built + data + numbers
            for ending in formats:
                if ending in MOVING:
                    yield style, size, (f"{style}/{stem(name, size)}.{ending}",)


def numbers_file(name: str, size: str) -> str:
    """Return the file with the numbers of a variant's caption in one size, and how each was obtained."""
    return f"data/{stem(name, size)}.numbers.json"


def _figure(module: str) -> LectureFigure:
    return cast(LectureFigure, importlib.import_module(module))


def _ending(file: str) -> str:
    return file.rpartition("/")[2].partition(".")[2]


def _line(text: str) -> str:
    return " ".join(text.split())


def failure(error: Exception) -> Failure:
    """Return an exception as a :class:`Failure`; must be called while the exception is being handled."""
    line = _line(f"{type(error).__name__}: {error}")
    return Failure(line if len(line) <= 300 else f"{line[:297]}...", traceback.format_exc())
