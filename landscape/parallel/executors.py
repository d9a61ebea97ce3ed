"""Distributing independent tasks over the workers of any executor: threads, processes or a cluster.

Only ``submit`` and ``as_completed`` of :mod:`concurrent.futures` are used, so any executor that supports them works,
such as ``client.get_executor()`` of dask.distributed. If a worker dies, its tasks are run again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, as_completed
from contextlib import closing
from itertools import islice
from typing import TypeVar

from landscape.base.progress import Progress

T = TypeVar("T")
R = TypeVar("R")

IN_FLIGHT = 256
"""Maximum number of submitted tasks at a time: enough for as many workers, few enough for any memory."""

PATIENCE = 5.0
"""Seconds to wait for results before checking for tasks that were cancelled elsewhere."""


def map_tasks(
    function: Callable[[T], R],
    tasks: Iterable[T],
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[R]:
    """Return ``[function(task) for task in tasks]``, computed by the workers of ``executor``.

    Parameters
    ----------
    function : callable
        Takes one task. Processes and clusters must be able to import it, so it cannot be a lambda. A task whose
        worker dies is run again, so running a task twice must be harmless.
    tasks : iterable
    executor : concurrent.futures.Executor, optional
        It is not shut down. Default: this thread runs the tasks one after another.
    progress : callable, optional
        Called in this thread with (tasks done, number of tasks) after each task.

    Raises
    ------
    Exception
        The first one that ``function`` raises, immediately; tasks that no worker has started are then cancelled, as
        they are on Ctrl-C.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool:
    ...     map_tasks(abs, [-3, 2, -1], executor=pool)
    [3, 2, 1]
    """
    tasks = list(tasks)
    results: dict[int, R] = {}
    with closing(completed(function, tasks, executor=executor)) as found:
        for i, result in found:
            results[i] = result
            if progress:
                progress(len(results), len(tasks))
    return [results[i] for i in range(len(tasks))]


def completed(
    function: Callable[[T], R], tasks: Sequence[T], *, executor: Executor | None = None
) -> Generator[tuple[int, R], None, None]:
    """Yield (index of a task, its result) as tasks are completed; see :func:`map_tasks`.

    Results are not kept. Close the generator (``contextlib.closing``) to cancel tasks that no worker has started.

    Raises
    ------
    TypeError
        If ``executor`` is not an executor.
    """
    if executor is not None and not isinstance(executor, Executor):
        raise TypeError(
            f"executor must be a concurrent.futures.Executor, such as ThreadPoolExecutor() or, for a dask cluster, "
            f"client.get_executor(); got {executor!r}"
        )
    remaining = set(range(len(tasks)))
    if executor:
        with closing(_completed_by(executor, function, tasks)) as found:
            for i, result in found:
                remaining.discard(i)
                yield i, result
    for i in sorted(remaining):
        yield i, function(tasks[i])


def _completed_by(
    executor: Executor, function: Callable[[T], R], tasks: Sequence[T]
) -> Generator[tuple[int, R], None, None]:
    """Yield (index, result) of all tasks except those whose worker fails; stop early if the executor is broken."""
    running: dict[Future[R], int] = {}
    waiting, accepts_tasks = iter(range(len(tasks))), True

    def submit_next() -> None:
        nonlocal accepts_tasks
        i = next(waiting, None) if accepts_tasks else None
        if i is None:
            return
        try:
            running[executor.submit(function, tasks[i])] = i
        except RuntimeError:  # broken or shut down: the caller's mistake if it happens on the first task
            if i == 0:
                raise
            accepts_tasks = False

    try:
        for _ in range(IN_FLIGHT):
            submit_next()
        while running:
            for future in _some_completed(running):
                i = running.pop(future)
                try:
                    result = future.result()
                except Exception as error:
                    if not _is_worker_failure(error):
                        raise
                else:
                    yield i, result
                submit_next()
    finally:
        for future in running:
            future.cancel()


def _some_completed(running: Collection[Future[R]]) -> Iterator[Future[R]]:
    """Yield about half of the futures as they complete, fewer if that takes longer than ``PATIENCE``.

    Setting up ``as_completed`` takes time proportional to the number of running tasks, so taking one future at a time
    is too slow; waiting for all of them would leave workers idle until the last one is done.
    """
    try:
        yield from islice(as_completed(running, PATIENCE), len(running) // 2 + 1)
    except TimeoutError:
        # An executor that is shut down may cancel tasks that have not started; as_completed is not notified of that.
        yield from [future for future in running if future.cancelled()]


def _is_worker_failure(error: Exception) -> bool:
    """Return whether a task failed because of its worker; dask.distributed has its own exception for that."""
    return isinstance(error, BrokenExecutor | CancelledError) or type(error).__name__ == "KilledWorker"
