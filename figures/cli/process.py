"""Prepare the process of a command, so that its results do not depend on how it is started."""

import io
import os
import sys

import figures.style.user_settings  # noqa: F401 - before matplotlib is imported


def prepare() -> None:
    """Open the standard streams that are closed, and ignore settings of other programs that concern matplotlib."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")  # paths may hold characters that the terminal has not
    os.environ["MPLBACKEND"] = "agg"  # nothing is shown; matplotlib refuses to start with a name that it does not know
    os.environ.pop("SOURCE_DATE_EPOCH", None)  # no file contains a date, but matplotlib would fail on nonsense


def _open_closed_streams() -> None:
    """Open closed descriptors 0 to 2 on the null device.

    Otherwise the next file to be opened takes the place of standard error, and is damaged by the messages of libraries.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
            os.set_inheritable(null, True)


def discard_unwritten() -> None:
    """Discard output that could not be written; Python would try again when it ends, and change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
