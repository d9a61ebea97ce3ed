"""The command ``xorscape``: render a recipe, list the figures, describe a point.

Exit codes: 0 all is well, 1 a figure failed and the others were rendered, 2 the call or the recipe
is wrong, 130 stopped with Ctrl-C. Every error is one line on standard error.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from figures.batch import Outcome, Progress

STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""
PATIENCE = 3.0
"""Seconds of silence after which a command says what it is doing."""
UsageError: Any = typer.BadParameter.__bases__[0]
"""What the parser raises; typer has it from click or from a copy of click, depending on its version."""

app = typer.Typer(
    help="The loss landscape of the textbook XOR network, as slide-ready figures.",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        code = typer.main.get_command(app).main(arguments, prog_name="xorscape", standalone_mode=False)
    except UsageError as error:
        _complain(f"{error.format_message().rstrip('.')}; try xorscape --help")
        return 2
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    if code == STOPPED:  # recent parsers turn Ctrl-C into this code themselves
        _complain("stopped; run the same command again to go on where it stopped")
    return code if isinstance(code, int) else 0


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        from landscape import __version__

        typer.echo(f"xorscape {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command("list")
def list_figures() -> None:
    """List the figures, their sizes and questions."""
    from figures import lecture

    for name in lecture.NAMES:
        sizes, question = lecture.sizes_and_question(name)
        typer.echo(f"{name:<14}{', '.join(sizes):<12}{question}")


@app.command()
def render(  # noqa: PLR0917 - the parser calls it
    recipe: Annotated[
        list[str] | None, typer.Argument(metavar="RECIPE.toml", help="Recipe; without one, the whole lecture set.")
    ] = None,
    out: Annotated[str | None, typer.Option(metavar="DIR", help="Folder for all files; default: out.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME ...", help="Figures to render; see xorscape list.")
    ] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", metavar="FORMAT", help="pdf, svg, png or several; default: all.")
    ] = None,
    styles: Annotated[
        list[str] | None,
        typer.Option("--style", metavar="NAME", help="lecture, lecture-dark, ddasp, several or all; default: lecture."),
    ] = None,
    sizes: Annotated[
        list[str] | None, typer.Option("--size", metavar="SIZE", help="full, half or both; default: both.")
    ] = None,
    workers: Annotated[str | None, typer.Option(metavar="N", help="Processes; default: one for each core.")] = None,
) -> int:
    """Render figures, with texts and data.

    Each has a caption, an alt text, its data and beamer snippets beside it.
    Options go before what the recipe says. What is up to date is not made again.
    """
    from figures.faults import RecipeError
    from figures.recipe import read
    from figures.recipe import recipe as checked

    options = {"formats": "--format", "styles": "--style", "sizes": "--size"}
    try:
        given: dict[str, Any] = {
            "out": out,
            "only": _split("--only", only),
            "formats": _split("--format", formats),
            "styles": _split("--style", styles),
            "sizes": _split("--size", sizes),
            "workers": _whole_number(workers),
        }
        chosen = {key: value for key, value in given.items() if value is not None}
        file = _recipe_file(recipe or [], chosen)
        table = {**(read(file) if file else {}), **chosen}
        whole = checked(table, {key: options.get(key, f"--{key}") for key in chosen}, file)
    except RecipeError as error:
        _complain(*error.faults)
        return 2

    from figures.batch import render as render_batch

    began = time.monotonic()
    try:
        with _progress() as progress:
            outcomes = render_batch(whole, progress)
    except OSError as error:
        _complain(str(error))
        return 2
    return _report(outcomes, whole.out, time.monotonic() - began)


@app.command("describe")
def describe_point(
    theta: Annotated[
        str | None,
        typer.Option(metavar="NUMBERS", help='Parameters in Keras order, such as "1,1,1,1,0,-1,1,-2,0".'),
    ] = None,
    offset: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="The exercise's start: offset on W1, b1 and W2, not on b2.")
    ] = None,
    textbook: Annotated[bool, typer.Option("--textbook", help="The textbook optimum; so without options.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> int:
    """Say what kind of point theta is.

    Its loss, its level, whether it is a trap, its kinks, and the nearest solution.
    """
    from landscape import describe, xor

    if (theta is not None) + (offset is not None) + textbook > 1:
        _complain("one point at a time; choose from --theta, --offset, --textbook")
        return 2
    try:
        point: Any = xor.TEXTBOOK
        if theta is not None:
            point = _real_numbers(theta, "--theta")
        elif offset is not None:
            point = xor.offset_start(*_real_numbers(offset, "--offset", 1))
        with _patience("the search for the nearest solution is compiled on first use, which can take a minute"):
            report = describe(xor.network(), point)
    except ValueError as error:
        _complain(str(error))
        return 2
    typer.echo(report.to_json() if as_json else str(report))
    return 0


def _real_numbers(text: str, option: str, count: int | None = None) -> list[float]:
    """Return the numbers in ``text``, with commas or blanks between them."""
    parts = text.replace(",", " ").split()
    numbers = []
    for part in parts:
        try:
            numbers.append(float(part))
        except ValueError:
            raise ValueError(f"{option}: {part!r} is not a number") from None
    if not parts or (count and len(parts) != count):
        raise ValueError(f"{option}: must be {count or 'at least one'} number{'s' * ((count or 1) > 1)}; got {text!r}")
    return numbers


def _whole_number(text: str | None) -> int | str | None:
    """Return ``text`` as a whole number where it is one; the recipe says what is wrong with anything else."""
    try:
        return None if text is None else int(text)
    except ValueError:
        return text


def _recipe_file(arguments: list[str], chosen: dict[str, Any]) -> str | None:
    """Return the recipe among the arguments; the rest are names that follow the first of ``--only``."""
    from figures.faults import RecipeError

    files = [a for a in arguments if a.lower().endswith(".toml") or os.sep in a]
    names = [a for a in arguments if a not in files]
    if len(files) > 1:
        raise RecipeError([f"one recipe at a time; got {', '.join(files)}"])
    if names and "only" not in chosen:
        raise RecipeError([f"{names[0]!r} is not a recipe (a .toml file); for single figures use --only NAME"])
    if names:
        chosen["only"] += names
    return files[0] if files else None


def _split(option: str, values: list[str] | None) -> list[str] | None:
    """Return the values of an option that may be repeated, and hold several with commas between them."""
    from figures.faults import RecipeError

    if not values:
        return None
    parts = [part.strip() for value in values for part in value.split(",") if part.strip()]
    if not parts:
        raise RecipeError([f"{option}: must name at least one, several with commas between them; got {values[0]!r}"])
    return parts


def _report(outcomes: tuple[Outcome, ...], out: Path, seconds: float) -> int:
    """Say what was done; return the exit code."""
    counts = {
        status: sum(o.status == status for o in outcomes) for status in ("drawn", "unchanged", "skipped", "failed")
    }
    told = ", ".join(f"{n} {status}" for status, n in counts.items() if n)
    typer.echo(f"{told} in {seconds:.1f} s; see {out}{os.sep}")
    for outcome in outcomes:
        for line in outcome.errors:
            _complain(f"{outcome.name} failed: {line} (traceback: {out / 'data' / f'{outcome.name}.error.txt'})")
    return 1 if counts["failed"] else 0


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Yield a callback that keeps a progress bar on standard error, None where that is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("starting", total=None)
        yield lambda done, total, what: bars.update(task, completed=done, total=total, description=what)


@contextmanager
def _patience(why: str) -> Iterator[None]:
    """Say on standard error why it takes so long, if it does."""
    notice = threading.Timer(PATIENCE, _complain, [why])
    notice.start()
    try:
        yield
    finally:
        notice.cancel()


def _complain(*lines: str) -> None:
    for line in lines:
        typer.echo(f"xorscape: {' '.join(line.split())}", err=True)
