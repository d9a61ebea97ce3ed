"""Importing a library that writes to stderr while it loads, without that output."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


@contextmanager
def quiet_import() -> Iterator[None]:
    """Suppress what TensorFlow writes to stderr while it is imported within this context.

    Its first lines are written before it reads its log level, so the file descriptor itself is redirected
    during the import; the log level, which is read once, suppresses later output. A level that the
    user has set is respected. If the import fails, the suppressed output is written to stderr.
    """
    chosen = os.environ.get(LOG_LEVEL)
    with tempfile.TemporaryFile() as captured:
        stderr = os.dup(2)
        os.dup2(captured.fileno(), 2)
        os.environ[LOG_LEVEL] = chosen or "3"
        try:
            yield
        except BaseException:
            captured.seek(0)
            os.write(stderr, captured.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            if chosen is None:
                del os.environ[LOG_LEVEL]
