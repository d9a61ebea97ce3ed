"""Distributing independent tasks over the workers of any executor: threads, processes or a cluster.

Only ``submit`` of :mod:`concurrent.futures` is used, so any executor works, such as ``client.get_executor()`` of
dask.distributed. A task whose worker dies is run again.
"""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import closing
from functools import partial
from itertools import count
from typing import Any, NamedTuple, TypeVar

from landscape.base.progress import Progress
from landscape.base.wording import short_repr

T = TypeVar("T")
R = TypeVar("R")


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
        It is not shut down. If its workers are gone, the remaining tasks run in this thread. Default: this thread
        runs all tasks, one after another.
    progress : callable, optional
        Called in this thread with (tasks done, number of tasks) after each task.

    Raises
    ------
    Exception
        The first one that ``function`` raises, in the order of tasks; tasks that no worker has started are then
        cancelled, as they are on Ctrl-C.
    TypeError
        If ``executor`` is not an executor, if its ``submit`` does not return a new future for each task, or if that
        future's result is not that of the task.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool:
    ...     map_tasks(abs, [-3, 2, -1], executor=pool)
    [3, 2, 1]
    """
    tasks = list(tasks)
    results = []
    with closing(completed(function, tasks, executor=executor)) as found:
        for result in found:
            results.append(result)
            if progress:
                progress(len(results), len(tasks))
    return results


def completed(
    function: Callable[[T], R], tasks: Sequence[T], *, executor: Executor | None = None
) -> Generator[R, None, None]:
    """Yield the result of each task, in the order of tasks, as soon as it is known; see :func:`map_tasks`.

    Close the generator (``contextlib.closing``) to cancel tasks that no worker has started.
    """
    if executor is None:
        yield from map(function, tasks)
        return
    require_executor(executor)
    numbered = [(next(task_numbers), task) for task in tasks]
    futures: deque[Future[Any]] = deque()
    try:
        _submit_all(executor, function, numbered, futures)
        for each in numbered:
            result = task_result(executor, function, each, futures[0]) if futures else function(each[1])
            if futures:
                futures.popleft()
            yield result
    finally:
        for future in futures:
            future.cancel()


def require_executor(executor: Executor | None) -> None:
    """Refuse what is neither an executor nor None."""
    if executor is not None and not isinstance(executor, Executor):
        raise TypeError(
            f"executor must be a concurrent.futures.Executor, such as ThreadPoolExecutor() or, for a dask cluster, "
            f"client.get_executor(); got {executor!r}"
        )


class _Answer(NamedTuple):
    """What a worker returns: the number that tells a task from all others, and a result or an error.

    Executors raise errors of their own, not to be confused with those of a task.
    """

    number: int
    result: Any
    error: Exception | None


task_numbers = count()
"""Numbers of the tasks of this process."""


def _answer(function: Callable[[T], R], number: int, task: T, _: str = "") -> _Answer:
    try:
        return _Answer(number, function(task), None)
    except Exception as error:  # noqa: BLE001 - raised where the result is taken
        error.add_note(f"In a worker:\n{traceback.format_exc()}")  # pickling drops the traceback
        return _Answer(number, None, error)


def _submit_all(
    executor: Executor, function: Callable[[T], R], numbered: Sequence[tuple[int, T]], futures: deque[Future[Any]]
) -> None:
    """Submit every task and append its future, until the executor takes no more because it broke or was shut down."""
    known: set[Future[Any]] = set()
    for each in numbered:
        try:
            future = submit_task(executor, function, *each, known=known)
        except RuntimeError:
            if not futures:  # it never worked: the caller's mistake
                raise
            return
        known.add(future)
        futures.append(future)


def submit_task(
    executor: Executor,
    function: Callable[[T], R],
    number: int,
    task: T,
    *rest: str,
    known: Collection[Future[Any]] = (),
) -> Future[Any]:
    """Submit one task and return its future, which must not be among those ``known``; see :func:`task_result`."""
    future: Any = executor.submit(partial(_answer, function), number, task, *rest)
    if not isinstance(future, Future) or future in known:
        said = short_repr(future)
        raise TypeError(f"executor must return a new Future for each task that it is given; got {said}")
    return future


def task_result(executor: Executor, function: Callable[[T], R], numbered: tuple[int, T], future: Future[Any]) -> R:
    """Return the result of a task, or raise its error.

    numbered : the task's number, one of ``task_numbers``, and the task
    """
    answer = _wait(executor, function, numbered, future)
    if not (isinstance(answer, _Answer) and answer.number == numbered[0]):
        said = short_repr(answer)
        raise TypeError(f"executor must return the result of each task that it is given; got {said}")
    if answer.error is not None:
        raise answer.error
    result: R = answer.result
    return result


def _wait(executor: Executor, function: Callable[[T], R], numbered: tuple[int, T], future: Future[Any]) -> Any:
    """Return the answer for a task; if its worker failed, run the task once more, here if there is no worker."""
    try:
        return future.result()
    except Exception:  # noqa: BLE001 - a task raises nothing, so this is about a worker, or about transporting data
        try:
            again = submit_task(executor, function, *numbered, "again")  # dask stores errors of calls by arguments
            return again.result()
        except CancelledError:  # its text is empty
            said = f"{short_repr(again)} from {short_repr(executor)}"
            raise TypeError(f"executor must return the result of each task that it is given; got {said}") from None
        except RuntimeError:  # broken or shut down
            return _answer(function, *numbered)
