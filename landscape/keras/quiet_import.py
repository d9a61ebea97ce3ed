"""Importing Keras and TensorFlow, which write to stderr while they load, without that output."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

BACKEND = "KERAS_BACKEND"
LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


@contextmanager
def quiet_import() -> Iterator[None]:
    """Suppress what TensorFlow writes to stderr while it is imported within this context.

    Its first lines are written before it reads its log level, so the file descriptor itself is redirected
    during the import; the log level, which is read once, suppresses later output. A level that the
    user has set is respected. If the import fails, the suppressed output is written to stderr.

    Raises
    ------
    ImportError
        If ``KERAS_BACKEND`` names another backend.
    """
    backend = os.environ.get(BACKEND) or "tensorflow"
    if backend != "tensorflow":
        raise ImportError(f"keras must run on tensorflow; got {BACKEND}={backend}, set it to tensorflow or unset it")
    try:
        stderr = os.dup(2)
    except OSError:  # it is closed
        yield
        return
    chosen = os.environ.get(LOG_LEVEL)
    with _temporary_file() as captured:
        os.dup2(captured.fileno(), 2)
        os.environ[LOG_LEVEL] = chosen or "3"
        try:
            yield
        except Exception:  # not when Ctrl-C ends the import
            captured.seek(0)
            os.write(stderr, captured.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            if chosen is None:
                del os.environ[LOG_LEVEL]


def _temporary_file() -> IO[bytes]:
    """Open a temporary file, or the null device if there is no folder for such files."""
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return Path(os.devnull).open("r+b")
