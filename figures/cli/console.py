"""Output of commands on standard error: errors, one line each, and a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import typer

from landscape.base.atomic_files import error_text

if TYPE_CHECKING:
    from figures.render.batch import Progress

LONGEST_LINE = 2000
"""Largest number of characters of an error that are printed."""
MOST_LINES = 20
"""Largest number of lines about files or variants that are printed without ``--verbose``."""


def print_error(*lines: str) -> None:
    """Write each text to standard error, as one line of bounded length, without codes that control a terminal.

    What cannot be written, such as to a full disk, is dropped.
    """
    with suppress(OSError):
        for line in lines:
            text = " ".join(line[:LONGEST_LINE].split()) + "..." * (len(line) > LONGEST_LINE)
            typer.echo(f"xorscape: {''.join(sign if sign.isprintable() else '?' for sign in text)}", err=True)


def print_errors(lines: Sequence[str], *, every: bool) -> None:
    """Print all lines as errors, or the first ones and how many more there are."""
    shown = lines if every else lines[:MOST_LINES]
    print_error(*shown)
    if more := len(lines) - len(shown):
        print_error(f"and {more} more; --verbose lists all")


def report_refusal(error: Exception) -> int:
    """Print all mistakes in a recipe, or any other error; return the exit code for a wrong call."""
    print_error(*getattr(error, "faults", (error_text(error),)))
    return 2


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """Yield a callback that updates a progress bar on standard error, or None if that is not a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("starting", total=None)
        yield lambda done, total, what: bars.update(task, completed=done, total=total, description=what)
