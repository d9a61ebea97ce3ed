"""Sharing out independent tasks among the workers of any executor: threads, processes or a cluster.

Only ``submit`` and ``as_completed`` of :mod:`concurrent.futures` are used, so whatever offers them will do, such as
``client.get_executor()`` of dask.distributed. A worker that dies loses nothing: what it was doing is done again.
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
"""Tasks that an executor holds at a time: enough for as many workers, few enough for any memory."""

PATIENCE = 5.0
"""Seconds until one looks for tasks that were cancelled by somebody else."""


def map_tasks(
    function: Callable[[T], R],
    tasks: Iterable[T],
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[R]:
    """Return ``[function(task) for task in tasks]``, worked out by the workers of ``executor``.

    Parameters
    ----------
    function : callable
        Of one task. Processes and clusters must be able to import it, so it is no lambda, and a task that is lost
        with its worker is done again, so doing one twice must do no harm.
    tasks : iterable
    executor : concurrent.futures.Executor, optional
        It is not shut down. Default: this thread does one task after the other.
    progress : callable, optional
        Called in this thread with (tasks done, tasks) whenever one is done.

    Raises
    ------
    Exception
        The first one that ``function`` raises, at once; tasks that no worker has begun are then cancelled, as they
        are by Ctrl-C.

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

    Results are not kept. Close the generator (``contextlib.closing``) to cancel what no worker has begun.

    Raises
    ------
    TypeError
        If ``executor`` is none.
    """
    if executor is not None and not isinstance(executor, Executor):
        raise TypeError(
            f"executor must be a concurrent.futures.Executor, such as ThreadPoolExecutor() or, of a dask cluster, "
            f"client.get_executor(); got {executor!r}"
        )
    left = set(range(len(tasks)))
    if executor:
        with closing(_by(executor, function, tasks)) as found:
            for i, result in found:
                left.discard(i)
                yield i, result
    for i in sorted(left):
        yield i, function(tasks[i])


def _by(executor: Executor, function: Callable[[T], R], tasks: Sequence[T]) -> Generator[tuple[int, R], None, None]:
    """Yield (index, result) of all tasks that the executor does not lose; stop early when it is broken."""
    running: dict[Future[R], int] = {}
    waiting, works = iter(range(len(tasks))), True

    def submit_next() -> None:
        nonlocal works
        for i in islice(waiting, 1) if works else ():
            try:
                running[executor.submit(function, tasks[i])] = i
            except RuntimeError:  # broken or shut down: a mistake of the caller's when it is so from the beginning
                if i == 0:
                    raise
                works = False

    try:
        for _ in range(IN_FLIGHT):
            submit_next()
        while running:
            for future in _some_completed(running):
                i = running.pop(future)
                try:
                    result = future.result()
                except Exception as error:
                    if not _is_lost(error):
                        raise
                else:
                    yield i, result
                submit_next()
    finally:
        for future in running:
            future.cancel()


def _some_completed(running: Collection[Future[R]]) -> Iterator[Future[R]]:
    """Yield about half of the futures as they are completed, fewer when that takes longer than ``PATIENCE``.

    Setting up ``as_completed`` takes time in proportion to what is running, so one at a time is too few; to wait for
    all would keep workers waiting for the last one.
    """
    try:
        yield from islice(as_completed(running, PATIENCE), len(running) // 2 + 1)
    except TimeoutError:
        # An executor that is shut down may cancel what it has not begun; as_completed does not hear of that.
        yield from [future for future in running if future.cancelled()]


def _is_lost(error: Exception) -> bool:
    """Tell whether a task failed because of its worker; dask.distributed has its own name for that."""
    return isinstance(error, BrokenExecutor | CancelledError) or type(error).__name__ == "KilledWorker"
