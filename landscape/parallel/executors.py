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
    if not isinstance(executor, Executor):
        raise TypeError(
            f"executor must be a concurrent.futures.Executor, such as ThreadPoolExecutor() or, for a dask cluster, "
            f"client.get_executor(); got {executor!r}"
        )
    run = partial(_answer, function)
    numbered = [(next(_numbers), task) for task in tasks]
    futures: deque[Future[Any]] = deque()
    try:
        _submit_all(executor, run, numbered, futures)
        for number, task in numbered:
            answer = _wait(executor, run, (number, task), futures[0]) if futures else run(number, task)
            if not (isinstance(answer, _Answer) and answer.number == number):
                said = short_repr(answer)
                raise TypeError(f"executor must return the result of each task that it is given; got {said}")
            if futures:
                futures.popleft()
            if answer.error is not None:
                raise answer.error
            yield answer.result
    finally:
        for future in futures:
            future.cancel()


class _Answer(NamedTuple):
    """What a worker returns: the number that tells a task from all others, and a result or an error.

    Executors raise errors of their own, not to be confused with those of a task.
    """

    number: int
    result: Any
    error: Exception | None


_numbers = count()
"""Numbers of the tasks of this process."""


def _answer(function: Callable[[T], R], number: int, task: T, _: str = "") -> _Answer:
    try:
        return _Answer(number, function(task), None)
    except Exception as error:  # noqa: BLE001 - raised where the result is taken
        error.add_note(f"In a worker:\n{traceback.format_exc()}")  # pickling drops the traceback
        return _Answer(number, None, error)


def _submit_all(
    executor: Executor, run: Callable[..., Any], numbered: Sequence[tuple[int, T]], futures: deque[Future[Any]]
) -> None:
    """Submit every task and append its future, until the executor takes no more because it broke or was shut down."""
    known: set[Future[Any]] = set()
    for arguments in numbered:
        try:
            future = _submit(executor, run, *arguments, known=known)
        except RuntimeError:
            if not futures:  # it never worked: the caller's mistake
                raise
            return
        known.add(future)
        futures.append(future)


def _submit(
    executor: Executor, run: Callable[..., Any], *arguments: Any, known: Collection[Future[Any]] = ()
) -> Future[Any]:
    """Submit one task and return its future, which must not be among those ``known``."""
    future: Any = executor.submit(run, *arguments)
    if not isinstance(future, Future) or future in known:
        said = short_repr(future)
        raise TypeError(f"executor must return a new Future for each task that it is given; got {said}")
    return future


def _wait(executor: Executor, run: Callable[..., Any], numbered: tuple[int, T], future: Future[Any]) -> Any:
    """Return the answer for a task; if its worker failed, run the task once more, here if there is no worker."""
    try:
        return future.result()
    except Exception:  # noqa: BLE001 - ``run`` raises nothing, so this is about a worker, or about transporting data
        try:
            again = _submit(executor, run, *numbered, "again")  # dask stores the error of a call with equal arguments
            return again.result()
        except CancelledError:  # its text is empty
            said = f"{short_repr(again)} from {short_repr(executor)}"
            raise TypeError(f"executor must return the result of each task that it is given; got {said}") from None
        except RuntimeError:  # broken or shut down
            return run(*numbered)
