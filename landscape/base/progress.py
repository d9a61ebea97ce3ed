"""The type of progress callbacks."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with (done, total) from time to time."""
