"""How much work is done, as the number of functions called: the same on every machine, unlike seconds."""

import sys
from contextlib import contextmanager


class TooManyCallsError(AssertionError):
    """More functions were called than are allowed."""


@contextmanager
def at_most(calls):
    """Fail as soon as this thread has called more functions, of Python or of C, than that."""
    count = 0

    def counted(_frame, event, _argument):
        nonlocal count
        count += event in {"call", "c_call"}
        if count > calls:
            raise TooManyCallsError(f"more than {calls} functions called")

    sys.setprofile(counted)
    try:
        yield
    finally:
        sys.setprofile(None)
    assert count <= calls, f"{count} functions called; at most {calls} are allowed"
