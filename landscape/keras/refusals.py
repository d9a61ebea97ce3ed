"""What Keras and TensorFlow refuse, in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from landscape.base.wording import truncated
from landscape.keras.quiet_import import quiet_import

with quiet_import():
    import tensorflow as tf

WHERE = ("Graph execution error", "Detected at", "File ", "Exception encountered")
"""Beginnings of lines that do not say what is wrong."""


def reason(error: Exception) -> str:
    """Return the first line of an error that says what is wrong, or its type if none does."""
    text = re.sub(r"\x1b\[[0-9;]*m|\{\{[^}]*\}\}|\[Op:.*|Label values:.*", "", str(error))
    lines = (line.strip() for line in text.splitlines())
    return truncated(next((line for line in lines if line and not line.startswith(WHERE)), type(error).__name__), 300)


@contextmanager
def tensorflow_errors() -> Iterator[None]:
    """Let what TensorFlow refuses while it computes, such as a class that does not exist, be a ValueError."""
    try:
        yield
    except tf.errors.OpError as error:
        raise ValueError(f"the loss cannot be computed: {reason(error)}") from None
