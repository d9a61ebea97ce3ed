"""Ctrl-C: it ends the command wherever it comes, in one line, and is never lost.

Python raises an exception wherever the program is just then. In a callback of the interpreter, such as the one that
ends an import, no exception can go on: Python prints it, drops it, and the program runs on as if nothing had been.
So what was dropped is raised again a moment later. Other packages may catch it, or raise an error of their own in its
place: so it is raised again, too, if the command has not ended after a while.
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
"""Exit code after Ctrl-C, as shells have it."""
MOMENT = 0.02
"""Seconds after which Ctrl-C is raised again where Python has dropped it."""
PATIENCE = 3.0
"""Seconds that the command may take to end before Ctrl-C is raised again."""


class StoppedError(KeyboardInterrupt):
    """Ctrl-C.

    If a plain KeyboardInterrupt leaves code that was made from text, such as the methods of a dataclass, Python dies
    of the signal in the end, although the exception was caught, and never gives our exit code.
    """


def report_stopped() -> int:
    """Say that the command was stopped; return the exit code."""
    sys.stderr.write("xorscape: stopped; a render that is run again, without --force, goes on where it stopped\n")
    return STOPPED


@contextmanager
def ctrl_c_raises() -> Iterator[Callable[[], bool]]:
    """Have Ctrl-C raise :class:`StoppedError` in the block, and do nothing after it, while the process ends.

    A process that was started deaf to it, as a shell starts what runs in the background, stays so.

    Yields
    ------
    callable
        Tells whether Ctrl-C has come.
    """
    came = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        came.set()
        _later(PATIENCE)
        raise StoppedError

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield came.is_set
        return
    signal.signal(signal.SIGINT, stop)
    sys.unraisablehook = _raise_again
    try:
        yield came.is_set
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _raise_again(dropped: UnraisableHookArgs) -> None:
    """Raise Ctrl-C again that Python has dropped; of all else, say what Python says."""
    if isinstance(dropped.exc_value, StoppedError):
        _later(MOMENT)
    else:
        sys.__unraisablehook__(dropped)


def _later(seconds: float) -> None:
    """Raise Ctrl-C after a while, by another thread: in this one it would be raised here, and be dropped again."""
    again = threading.Timer(seconds, _interrupt, [threading.get_ident()])
    again.daemon = True
    again.start()


def _interrupt(thread: int) -> None:
    if hasattr(signal, "pthread_kill"):  # ends a sleep, too
        signal.pthread_kill(thread, signal.SIGINT)
    else:
        _thread.interrupt_main()
