"""Worker processes for jobs that must not affect each other or outlive the main process.

A fork server starts the workers: it has matplotlib loaded, so a worker starts quickly, and it has
no threads, so forking it is safe even if TensorFlow or numba run in the main process. Workers ignore
Ctrl-C, which the main process handles, and exit when the main process ends, even if it is killed.
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
"""Shortest time between two progress reports of a job, in seconds."""


class Job(Protocol):
    """A value that can be sent to another process and run there."""

    def run(self, report: Callable[[int, int], None] | None = None) -> Any:
        """Run the job, report (done, total) from time to time, and return the outcome; never raises."""


J = TypeVar("J", bound=Job)


def run_jobs(
    queue: deque[J], workers: int, on_start: Callable[[J], None], on_progress: Callable[[J, float], None] | None = None
) -> Generator[tuple[J, Any], None, None]:
    """Run the jobs in ``queue``, including those added meanwhile; yield (job, outcome).

    ``on_start`` is called with each job that starts, ``on_progress`` with a job and the fraction of it that is done.

    If a worker dies while several jobs are running, the job that killed it is unknown. These jobs are then run one
    at a time; the job that kills its worker again yields None, and the others continue.
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
                    number, fraction = reports.recv()
                    if on_progress and numbers[number] in running.values():
                        on_progress(numbers[number], fraction)
                for future in done:
                    outcome = future.result()
                    yield running.pop(future), outcome
        if len(running) == 1:
            yield next(iter(running.values())), None
            at_once = workers
        elif running:
            queue.extendleft(running.values())
            at_once = 1


@contextlib.contextmanager
def _pool(workers: int) -> Iterator[tuple[ProcessPoolExecutor, Connection]]:
    """Yield a pool and the connection that its workers report to.

    The workers exit immediately if the block raises or this process ends.
    """
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        context.set_forkserver_preload(PRELOADED)
        # The tracker ignores Ctrl-C by itself; started below, with the fork server, it would unblock Ctrl-C here.
        resource_tracker.ensure_running()
        with _ctrl_c_deferred(), _safe_path():
            forkserver.ensure_running()
    reader, writer = context.Pipe(duplex=False)
    reports, report_end = context.Pipe(duplex=False)
    threads = max(1, processors() // workers)
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start_worker, initargs=(reader, threads, report_end)
    )
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
    """Defer Ctrl-C in the block while processes are started.

    If their start were interrupted, this process would wait for them forever. Processes that are started in the block
    have Ctrl-C blocked from their first line on.
    """
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield  # only the main thread handles Ctrl-C
        return
    received: list[int] = []
    before = signal.signal(signal.SIGINT, lambda signum, _: received.append(signum))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # child processes inherit this, but no handler
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, before)
        if received and callable(before):
            before(signal.SIGINT, None)


@contextlib.contextmanager
def _safe_path() -> Iterator[None]:
    """Make a Python process that is started in the block leave the working directory out of its ``sys.path``.

    So modules in the working directory cannot shadow others. Its workers receive this process's ``sys.path`` before
    they import anything else.
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
    """State of a worker process: the connection that its progress reports are sent to."""

    report_end: ClassVar[Connection]


def _run(job: Job, number: int) -> Any:
    """Run a job in a worker; its reports are labelled with ``number``."""
    return job.run(_at_intervals(lambda fraction: _WorkerState.report_end.send((number, fraction))))


def _at_intervals(send: Callable[[float], None]) -> Callable[[int, int], None]:
    """Return a callback that passes the fraction that is done to ``send``, at most once per ``TICK``.

    So each report, of a few bytes, is read before the next one is sent, and no worker blocks on a full pipe.
    """
    last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if total > 0 and now - last >= TICK:
            last = now
            send(done / total)

    return report


def _start_worker(end: Connection, threads: int, report_end: Connection) -> None:
    """Initialize a worker: limit its threads to its part of the cores, and exit when the peer of ``end`` is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["NUMBA_NUM_THREADS"] = str(threads)
    _WorkerState.report_end = report_end
    threading.Thread(target=_exit_when_closed, args=(end,), daemon=True).start()


def _exit_when_closed(end: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        end.recv()
    os._exit(1)
