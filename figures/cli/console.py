"""Output of commands on standard error: errors, one line each, and a progress bar."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import typer

from figures.output.plain_files import NotPlainError
from landscape.base.atomic_files import error_text

if TYPE_CHECKING:
    from figures.render.batch import Progress

WRONG, UNWRITABLE, BUSY = 2, 3, 4
"""Exit codes: a wrong call or recipe; a folder that cannot be written to; a folder that another render uses."""
NO_PLACE = (PermissionError, NotADirectoryError, IsADirectoryError, FileExistsError, FileNotFoundError, NotPlainError)
"""Errors of writing that are due to the folder or to what is in it; others, such as a full disk, are the machine's."""
BETWEEN_LINES = 10.0
"""Shortest time between two lines about progress, in seconds."""
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
    return WRONG


def report_unwritten(error: Exception) -> int:
    """Print why files cannot be written, or all mistakes in a recipe; return the exit code."""
    code = report_refusal(error)
    if isinstance(error, BlockingIOError):
        return BUSY
    return UNWRITABLE if isinstance(error, NO_PLACE) else code


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress | None]:
    """Yield a callback that shows progress on standard error, or None if that is closed or ``quiet``.

    In a terminal it updates a bar; elsewhere, as in the log of a server, it prints a line from time to time. Another
    line says when kernels are compiled.
    """
    if sys.stderr is None or quiet:
        yield None
        return
    with compilation_reported():
        if sys.stderr.isatty():
            with _bar() as progress:
                yield progress
        else:
            yield progress_lines()


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("starting", total=None)
        yield lambda done, total, what: bars.update(task, completed=done, total=total, description=what)


@contextmanager
def compilation_reported() -> Iterator[None]:
    """Print once that kernels are being compiled, in this process or in its workers."""
    log, told, level = logging.getLogger("landscape.kernels"), set[str](), logging.INFO

    def tell(record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text not in told:
            print_error(text)
        told.add(text)

    handler = logging.Handler(level)
    handler.emit = tell  # type: ignore[method-assign]
    before = log.level
    log.addHandler(handler)
    log.setLevel(level)
    try:
        yield
    finally:
        log.setLevel(before)
        log.removeHandler(handler)


def progress_lines(clock: Callable[[], float] = time.monotonic) -> Progress:
    """Return a callback that prints how far a render is and how long the rest will take.

    It prints a line at most every ``BETWEEN_LINES`` seconds, so nothing of a short render.
    """
    start = last = clock()

    def report(done: float, total: int, what: str) -> None:
        nonlocal last
        now = clock()
        if now - last < BETWEEN_LINES:
            return
        last = now
        left = f"about {duration((now - start) * (total - done) / done)} left" if done > 0 else "time left unknown"
        print_error(f"{done:.0f} of {total} jobs done, {left}: {what}")

    return report


def duration(seconds: float) -> str:
    """Return a length of time as text for an estimate.

    >>> duration(3.2), duration(80), duration(7500)
    ('3 s', '1 min', '2 h 5 min')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
