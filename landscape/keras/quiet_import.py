"""Importing a library that talks on stderr while it loads, without the talk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


@contextmanager
def quiet_import() -> Iterator[None]:
    """Hold back what TensorFlow writes to stderr while it is imported within this context.

    Its first lines come before it looks at its log level, so the file descriptor itself is turned away
    for these seconds; the log level, which it reads once, keeps it quiet afterwards. A level that the
    user has set is respected. When the import fails, what was held back is written out.
    """
    chosen = os.environ.get(LOG_LEVEL)
    with tempfile.TemporaryFile() as held:
        stderr = os.dup(2)
        os.dup2(held.fileno(), 2)
        os.environ[LOG_LEVEL] = chosen or "3"
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            if chosen is None:
                del os.environ[LOG_LEVEL]
