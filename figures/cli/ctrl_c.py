"""Handling of Ctrl-C: it ends the command at any point, with one line of output, and is never dropped.

Python raises an exception at whatever point the program has reached. In a callback of the interpreter, such as the
one at the end of an import, an exception cannot propagate: Python prints it, drops it, and the program continues.
A dropped exception is therefore raised again a moment later. Other packages may catch it, or replace it by an error
of their own, so it is also raised again if the command has not ended after a few seconds.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

STOPPED = 130
"""Exit code after Ctrl-C, by the convention of shells."""
MOMENT = 0.02
"""Seconds after which Ctrl-C is raised again if Python has dropped it."""
PATIENCE = 3.0
"""Seconds that the command may take to end before Ctrl-C is raised again."""


class StoppedError(KeyboardInterrupt):
    """Raised on Ctrl-C instead of a plain KeyboardInterrupt.

    If a plain KeyboardInterrupt propagates out of code that was executed from a string, such as the methods of a
    dataclass, Python kills itself with SIGINT at exit, although the exception was caught, and the exit code is lost.
    """


def report_stopped() -> int:
    """Report that the command was stopped; return the exit code."""
    sys.stderr.write("xorscape: stopped; to continue a render, run it again without --force\n")
    return STOPPED


@contextmanager
def ctrl_c_raises() -> Iterator[Callable[[], bool]]:
    """Make Ctrl-C raise :class:`StoppedError` in the block; after the block, while the process ends, ignore it.

    A process that was started with Ctrl-C ignored, as shells start background jobs, keeps ignoring it.

    Yields
    ------
    callable
        Returns whether Ctrl-C was received.
    """
    received = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        received.set()
        _raise_later(PATIENCE)
        raise StoppedError

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield received.is_set
        return
    signal.signal(signal.SIGINT, stop)
    sys.unraisablehook = _on_unraisable
    try:
        yield received.is_set
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _on_unraisable(dropped: UnraisableHookArgs) -> None:
    """Raise Ctrl-C again if Python has dropped it; report other dropped exceptions as Python does."""
    if isinstance(dropped.exc_value, StoppedError):
        _raise_later(MOMENT)
    else:
        sys.__unraisablehook__(dropped)


def _raise_later(seconds: float) -> None:
    """Raise Ctrl-C in this thread after a delay, from another thread: raised here, it would be dropped again."""
    timer = threading.Timer(seconds, _interrupt, [threading.get_ident()])
    timer.daemon = True
    timer.start()


def _interrupt(thread: int) -> None:
    if hasattr(signal, "pthread_kill"):  # also interrupts a sleep
        signal.pthread_kill(thread, signal.SIGINT)
    else:
        _thread.interrupt_main()
