"""Worker processes for jobs that must not hurt each other, nor outlive the program.

A fork server starts the workers: it has matplotlib loaded, so a worker starts at once, and it has
no threads, so forking it is safe even when TensorFlow or numba run in the program. Workers leave
Ctrl-C to the program and end when it ends, however it ends.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from functools import partial
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from typing import Any, ClassVar, Protocol, TypeVar

from landscape.parallel.threads import processors

PRELOADED = ["figures.render.jobs", "figures.style.style_sheets", "h5netcdf", "matplotlib.backends.backend_pdf"]

SAFE_PATH = "PYTHONSAFEPATH"

TICK = 0.2
"""Seconds between two reports of a job."""


class Job(Protocol):
    """A value that can be sent to another process and run there."""

    def run(self, report: Callable[[int, int], None] | None = None) -> Any:
        """Do the job, report (done, total) now and then, and return what came of it; never raises."""


J = TypeVar("J", bound=Job)


def run_jobs(
    queue: deque[J], workers: int, on_start: Callable[[J], None], on_progress: Callable[[J, float], None] | None = None
) -> Generator[tuple[J, Any], None, None]:
    """Run the jobs in ``queue`` and those that are put there meanwhile; yield (job, what came of it).

    ``on_start`` is called with each job that begins, ``on_progress`` with a job and the share of it that is done.

    When a worker dies, what it was doing is not known if several were at work. They are then run one
    at a time; the one that kills its worker again gives None, and the others go on.
    """
    if workers == 1:
        while queue:
            on_start(queue[0])
            job = queue.popleft()
            yield job, job.run(_at_intervals(partial(on_progress, job)) if on_progress else None)
        return
    at_once = workers
    while queue:
        running: dict[Future[Any], J] = {}
        numbers: dict[int, J] = {}
        with _pool(at_once) as (pool, reports), contextlib.suppress(BrokenExecutor):
            while queue or running:
                while queue and len(running) < at_once:
                    on_start(queue[0])
                    number = len(numbers)
                    numbers[number] = queue[0]
                    with _ctrl_c_deferred():
                        running[pool.submit(_run, queue[0], number)] = queue[0]
                        queue.popleft()
                done = wait(running, timeout=TICK, return_when=FIRST_COMPLETED).done
                while reports.poll():
                    number, share = reports.recv()
                    if on_progress and numbers[number] in running.values():
                        on_progress(numbers[number], share)
                for future in done:
                    came = future.result()
                    yield running.pop(future), came
        if len(running) == 1:
            yield next(iter(running.values())), None
            at_once = workers
        elif running:
            queue.extendleft(running.values())
            at_once = 1


@contextlib.contextmanager
def _pool(workers: int) -> Iterator[tuple[ProcessPoolExecutor, Connection]]:
    """Yield a pool whose workers end at once when the block fails or this process ends, and what they report by."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        context.set_forkserver_preload(PRELOADED)
        resource_tracker.ensure_running()  # deaf by itself; begun with the server, it would let Ctrl-C through again
        with _ctrl_c_deferred(), _safe_path():
            forkserver.ensure_running()
    reader, writer = context.Pipe(duplex=False)
    reports, report_end = context.Pipe(duplex=False)
    threads = max(1, processors() // workers)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(reader, threads, report_end))
    try:
        yield pool, reports
    except BaseException:
        writer.close()
        pool.shutdown(cancel_futures=True)
        raise
    else:
        pool.shutdown()
        writer.close()
    finally:
        for end in (reader, reports, report_end):
            end.close()


@contextlib.contextmanager
def _ctrl_c_deferred() -> Iterator[None]:
    """Hold Ctrl-C back for a moment, in which processes begin.

    One that has half begun would be waited for in vain; and those that begin here are deaf from their first line on.
    """
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears it
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda signum, _: came.append(signum))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # others inherit this, and no handler
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, before)
        if came and callable(before):
            before(signal.SIGINT, None)


@contextlib.contextmanager
def _safe_path() -> Iterator[None]:
    """Have a Python that begins here leave the working directory off its path, whatever lies there.

    Its workers are given this process's own path before they import anything more.
    """
    before = os.environ.get(SAFE_PATH)
    os.environ[SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SAFE_PATH]
        else:
            os.environ[SAFE_PATH] = before


class _WorkerState:
    """What a worker knows of the program that it works for."""

    report_end: ClassVar[Connection]


def _run(job: Job, number: int) -> Any:
    """Run a job in a worker; its reports carry ``number``."""
    return job.run(_at_intervals(lambda share: _WorkerState.report_end.send((number, share))))


def _at_intervals(tell: Callable[[float], None]) -> Callable[[int, int], None]:
    """Return a callback that passes on the share that is done, but not more often than every ``TICK``.

    So the few bytes of a report are always taken before the next one comes, and no worker has to wait.
    """
    last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if total > 0 and now - last >= TICK:
            last = now
            tell(done / total)

    return report


def _begin(end: Connection, threads: int, report_end: Connection) -> None:
    """Begin a worker: it shares the cores with the others and ends when the program lets go of ``end``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["NUMBA_NUM_THREADS"] = str(threads)
    _WorkerState.report_end = report_end
    threading.Thread(target=_end_with, args=(end,), daemon=True).start()


def _end_with(end: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        end.recv()
    os._exit(1)
