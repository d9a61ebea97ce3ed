"""Tasks that share data too large to be sent with each of them: a worker gets the data when it lacks them.

An executor does not tell its workers apart, so the data cannot be sent to each of them beforehand. A worker that lacks
them says so at once, and its task is sent again, with the data. Workers keep the data of the last calls.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

from landscape.parallel.executors import submit_task, task_numbers, task_result
from landscape.parallel.threads import processors

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

HELD = 2
"""Calls whose data a worker keeps."""

_held: OrderedDict[str, Any] = OrderedDict()
_lock = threading.Lock()


def completed_with(
    function: Callable[[S, T], R],
    shared: S,
    tasks: Sequence[T],
    *,
    executor: Executor,
    pack: Callable[[], Callable[[], S]] | None = None,
) -> Generator[tuple[int, R], None, None]:
    """Yield each task's index and ``function(shared, task)``, in the order in which they are completed.

    Close the generator (``contextlib.closing``) to cancel tasks that no worker has started. Errors are those of
    :func:`landscape.map_tasks`, but that the first one of a task in time is raised.

    pack : returns a function that makes ``shared`` on a worker; default: ``shared`` itself is sent
    """
    key = secrets.token_hex(8)
    _hold(key, shared)  # threads of this process have it
    left = list(range(len(tasks)))[::-1]
    running: dict[Future[Any], _Sent[T]] = {}
    known: set[Future[Any]] = set()
    data_for: dict[str, int] = {}
    """Number of the last task that was sent with the data because this worker lacked them, or -1."""

    def submit(index: int, make: Callable[[], S] | None = None) -> int:
        number, task = next(task_numbers), (tasks[index], make)
        future = submit_task(executor, partial(_run, function, key), number, task, known=known)
        known.add(future)
        running[future] = _Sent(index, number, task)
        return number

    try:
        while left or running:
            while left and len(running) < 2 * max(processors(), len(data_for)):
                try:
                    submit(left[-1])
                except RuntimeError:  # broken or shut down
                    if not known:  # it never worked: the caller's mistake
                        raise
                    break
                left.pop()
            if not running:
                yield from ((index, function(shared, tasks[index])) for index in reversed(left))
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda each: running[each].number):
                sent = running[future]
                answer = task_result(executor, partial(_run, function, key), (sent.number, sent.task), future)
                del running[future]
                if not isinstance(answer, _Lacking):
                    data_for.setdefault(answer.worker, -1)
                    yield sent.place, answer.result
                    continue
                try:
                    if sent.number < data_for.get(answer.worker, -1):  # the data have been sent since then
                        submit(sent.place)
                    else:
                        data_for[answer.worker] = submit(sent.place, pack() if pack else partial(_same, shared))
                except RuntimeError:
                    yield sent.place, function(shared, tasks[sent.place])
    finally:
        for future in running:
            future.cancel()
        with _lock:
            _held.pop(key, None)


class _Sent(NamedTuple, Generic[T]):
    """A task that was submitted: its place among all, its number among those of this process, and what was sent."""

    place: int
    number: int
    task: tuple[T, Callable[[], Any] | None]


class _Lacking(NamedTuple):
    """The answer of a worker that lacks the data."""

    worker: str


class _Result(NamedTuple):
    """The answer of a worker that has them."""

    worker: str
    result: Any


def _run(function: Callable[[S, T], R], key: str, sent: tuple[T, Callable[[], S] | None]) -> _Lacking | _Result:
    """Run a task in a worker."""
    worker = f"{socket.gethostname()} {os.getpid()} {threading.get_ident()}"
    task, make = sent
    with _lock:
        held = _held.get(key)
    if held is None:
        if make is None:
            return _Lacking(worker)
        held = make()
        _hold(key, held)
    return _Result(worker, function(held, task))


def _hold(key: str, shared: Any) -> None:
    with _lock:
        _held[key] = shared
        while len(_held) > HELD:
            _held.popitem(last=False)


def _same(shared: S) -> S:
    """Return what is sent as it is."""
    return shared
