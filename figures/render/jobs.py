"""The two jobs that a batch is made of: compute a figure's result, and draw it in one style and size.

Jobs are plain values that can be sent to another process; running one never raises, so that a
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
from figures.render.caption_numbers import quoted
from figures.slides import SHOWS
from landscape.base.atomic_files import replacing, write_bytes
from landscape.base.versions import versions
from landscape.io.storage import load, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Report = Callable[[int, int], None]
"""Called with (done, total) now and then, by a figure that takes a while to compute."""
TEXTS = ("caption.txt", "alt.txt")
"""Endings of the texts beside a figure."""


@dataclass(frozen=True)
class Failure:
    """Why a job failed: one line for the reader, and the traceback for whoever mends it."""

    line: str
    traceback: str


@dataclass(frozen=True, kw_only=True)
class Compute:
    """Compute a figure's result and save it; gives the checksum of the file.

    name : of the variant
    module : name of the figure's module
    target : file of the result
    """

    name: str
    module: str
    settings: FigureSettings
    target: Path

    def run(self, report: Report | None = None) -> str | Failure:
        """Do the job."""
        try:
            save(_figure(self.module).compute(self.settings, report), self.target)
            return cache.file_digest(self.target) or ""
        except Exception as error:  # noqa: BLE001 - whatever a figure raises is reported with it
            return failure(error)

    def __str__(self) -> str:
        return f"computing {self.name}"


@dataclass(frozen=True, kw_only=True)
class Draw:
    """Draw a saved result in one style and size; gives the checksum of each file made.

    name, figure : of the variant and of the lecture figure
    module : name of the figure's module
    result : file of the result
    out, files : the output folder, and the names in it of the files to make
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
        """Do the job; only an animation takes long enough to report on."""
        try:
            result = load(self.result)
            self._draw(result)
            self._animate(result, report)
            self._write_texts(result)
            return {file: cache.file_digest(self.out / file) or "" for file in self.files}
        except Exception as error:  # noqa: BLE001 - whatever a figure raises is reported with it
            return failure(error)

    def __str__(self) -> str:
        return f"{'animating' if _ending(self.files[0]) in MOVING else 'drawing'} {self.name}"

    def _draw(self, result: Any) -> None:
        """Draw once, then save in every format that is asked for."""
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
                if (step := self._step(file)) is None:
                    write_bytes(self.out / file, figure_bytes(figure, ending, about))
                    continue
                so_far = step_builds.step_alt_text(
                    about.title, step_builds.steps(_figure(self.module), self.size), step
                )
                with step_builds.shown_until(figure, step):
                    write_bytes(self.out / file, figure_bytes(figure, ending, replace(about, alt_text=so_far)))

    def _animate(self, result: Any, report: Report | None) -> None:
        """Make the moving pictures that are asked for."""
        for file in (file for file in self.files if _ending(file) in MOVING):
            from figures.animation.animate import save_movie
            from figures.style.style_sheets import style_context

            with style_context(self.style):
                figure = self._canvas()
                movie = cast(MovingFigure, _figure(self.module)).movie(result, figure, self.size)
                freeze_layout(figure)
                save_movie(movie, self.out / file, self._about(result), progress=report)

    def _canvas(self) -> Figure:
        """Return an empty figure of the size, to be drawn under the current style."""
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
        """Return which step of the figure a file shows, None for the whole figure."""
        begin = f"{self.style}/{stem(self.name, self.size)}-step"
        return int(file.removeprefix(begin).partition(".")[0]) if file.startswith(begin) else None

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
                    write_bytes(target, f"{_line(module.caption(result, self.size))}\n".encode())
                case "numbers.json":
                    numbers = json.dumps(quoted(module, result, self.size), indent=1, ensure_ascii=False)
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
    """Return the name, without its ending, of a variant's files in one size."""
    return name if size == "full" else f"{name}-{size}"


def step_stem(name: str, size: str, step: int) -> str:
    """Return the name, without its ending, of the files of one step of a figure in one size."""
    return f"{stem(name, size)}-step{step}"


def files_of(
    name: str,
    styles: tuple[str, ...],
    sizes: tuple[str, ...],
    formats: tuple[str, ...],
    steps: Mapping[str, int] | None = None,
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (style, size, files) for each drawing and each animation of a variant.

    The data go with the first size, and what the captions quote, which no style changes, with the first style. A
    snippet for LaTeX is made only beside a file that it can include.

    steps : size -> the number of steps that the figure is built up in, where they are wanted
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
    """Return the file that tells what a variant's caption in that size quotes."""
    return f"data/{stem(name, size)}.numbers.json"


def _figure(module: str) -> LectureFigure:
    return cast(LectureFigure, importlib.import_module(module))


def _ending(file: str) -> str:
    return file.rpartition("/")[2].partition(".")[2]


def _line(text: str) -> str:
    return " ".join(text.split())


def failure(error: Exception) -> Failure:
    """Return why a job failed, with the traceback of what it raised."""
    line = _line(f"{type(error).__name__}: {error}")
    return Failure(line if len(line) <= 300 else f"{line[:297]}...", traceback.format_exc())
