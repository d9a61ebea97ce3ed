"""What commands say on standard error: errors, one line each, and a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from figures.render.batch import Progress


MOST_LINES = 20
"""Lines about files or variants that are told unless one asks for all."""


def print_error(*lines: str) -> None:
    """Write each of the lines, as one line, to standard error."""
    for line in lines:
        typer.echo(f"xorscape: {' '.join(line.split())}", err=True)


def print_errors(lines: Sequence[str], *, every: bool) -> None:
    """Complain of each of the lines, or of the first of them and how many more there are."""
    told = lines if every else lines[:MOST_LINES]
    print_error(*told)
    if more := len(lines) - len(told):
        print_error(f"and {more} more; --verbose tells of all")


def report_refusal(error: Exception) -> int:
    """Complain of all faults of a recipe, or of what else went wrong; return the exit code of a wrong call."""
    print_error(*getattr(error, "faults", (str(error),)))
    return 2


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
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
