"""Worker processes for jobs that must not affect each other or outlive the main process.

A fork server starts the workers: it has matplotlib loaded, so a worker starts quickly, and it has
no threads, so forking it is safe even if TensorFlow or numba run in the main process. Workers ignore
Ctrl-C, which the main process handles, and exit when the main process ends, even if it is killed.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, TypeVar, cast

from landscape.base.atomic_files import error_text
from landscape.base.progress import Progress
from landscape.parallel.threads import processors

PRELOADED = [
    "figures.render.fork_server",
    "figures.render.jobs",
    "figures.style.style_sheets",
    "h5netcdf",
    "matplotlib.backends.backend_pdf",
]

SAFE_PATH = "PYTHONSAFEPATH"

TICK = 0.2
"""Shortest time between two progress reports of a job, in seconds."""


class Job(Protocol):
    """A value that can be sent to another process and run there."""

    def run(self, report: Progress | None = None) -> Any:
        """Run the job, report (done, total) from time to time, and return the outcome; never raises.

        The outcome is an OSError if the reason for which the job has failed stops all others, too.
        """


J = TypeVar("J", bound=Job)


def run_jobs(
    queue: deque[J], workers: int, on_progress: Callable[[J, float], None]
) -> Generator[tuple[J, Any], None, None]:
    """Run the jobs in ``queue``, including those added meanwhile; yield (job, outcome).

    ``on_progress`` is called with a job and the fraction of it that is done; the fraction is 0 when the job starts.

    A job whose worker dies while others are running, perhaps because memory is short, is run again when they are done.
    If its worker dies while no other job is running, the outcome is None. An outcome that is an OSError is raised.
    """
    outcomes = _run_here(queue, on_progress) if workers == 1 else _run_in_workers(queue, workers, on_progress)
    with contextlib.closing(outcomes):
        for job, outcome in outcomes:
            if isinstance(outcome, OSError):
                raise outcome
            yield job, outcome


def _run_here(queue: deque[J], on_progress: Callable[[J, float], None]) -> Generator[tuple[J, Any], None, None]:
    while queue:
        job = queue.popleft()
        on_progress(job, 0.0)
        yield job, job.run(_at_intervals(partial(on_progress, job)))


def _run_in_workers(
    queue: deque[J], workers: int, on_progress: Callable[[J, float], None]
) -> Generator[tuple[J, Any], None, None]:
    processes: list[BaseProcess] = []
    idle: list[Connection] = []
    running: dict[Connection, J] = {}
    again: deque[J] = deque()
    try:
        while queue or running or again:
            if not queue and not running:
                queue.append(again.popleft())
            while queue and len(running) < workers:
                job = queue.popleft()
                on_progress(job, 0.0)
                if not idle:
                    process, connection = _start_worker(threads=max(1, processors() // workers))
                    processes.append(process)
                    idle.append(connection)
                connection = idle.pop()
                running[connection] = job
                with contextlib.suppress(OSError):  # if the worker has died, its connection can be read at once
                    connection.send(job)
            for connection in cast("list[Connection]", wait(list(running))):
                job = running[connection]
                try:
                    is_done, value = connection.recv()
                except (EOFError, OSError):
                    del running[connection]
                    if running:
                        again.append(job)
                    else:
                        yield job, None
                    continue
                if is_done:
                    del running[connection]
                    idle.append(connection)
                    yield job, value
                else:
                    on_progress(job, value)
    finally:
        for process in processes:
            process.kill()
            process.join()


class _SpawnedWorker(SpawnProcess):
    """A worker that starts with a safe path, and never gets Ctrl-C."""

    def start(self) -> None:
        """Start the process."""
        with _ctrl_c_blocked(), _safe_path():
            super().start()


class _SpawnContext(SpawnContext):
    """What starts such workers."""

    Process = _SpawnedWorker


@contextlib.contextmanager
def worker_pool(workers: int) -> Iterator[Executor | None]:
    """Yield an executor with worker processes, which are killed at the end; None if one worker, this process, is asked.

    They are spawned, each with a Python of its own, as TensorFlow needs.
    """
    if workers == 1:
        yield None
        return
    others = multiprocessing.active_children()
    with _safe_path():
        resource_tracker.ensure_running()
    pool = ProcessPoolExecutor(workers, mp_context=_SpawnContext(), initializer=_watch_main_process)
    try:
        yield pool
    finally:
        for process in multiprocessing.active_children():
            if process not in others:
                process.kill()
        pool.shutdown(cancel_futures=True)


def _start_worker(threads: int) -> tuple[BaseProcess, Connection]:
    """Start a worker and return the process and the connection to it, or say what the machine lacks for that."""
    try:
        return _started(threads)
    except EOFError:  # the fork server has ended
        reason = "too little memory, or too few processes or files"
    except OSError as error:  # it may name a file of Python's, which does not matter
        reason = error_text(OSError(error.errno, error.strerror)) if error.strerror else str(error)
        if "AF_UNIX" in reason:  # a socket of the fork server is in the folder for temporary files
            reason = "the path of the folder for temporary files is too long; set TMPDIR to a shorter one"
    raise OSError(f"worker processes cannot be started; try --workers 1: {reason}")


def _started(threads: int) -> tuple[BaseProcess, Connection]:
    """Start a worker, and the fork server if it is not running; return the process and the connection to it."""
    methods = multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        context.set_forkserver_preload(PRELOADED)
        with _safe_path():
            resource_tracker.ensure_running()  # started below, with the fork server, it would unblock Ctrl-C
    connection, end = context.Pipe()
    process = context.Process(target=_work, args=(end, threads))
    with _ctrl_c_blocked(), _safe_path():
        process.start()
    end.close()
    return process, connection


def _work(connection: Connection, threads: int) -> None:
    """Run the jobs that are sent to this worker, with its part of the cores; send (is done, outcome or fraction)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["NUMBA_NUM_THREADS"] = str(threads)
    _watch_main_process()
    with contextlib.suppress(EOFError, OSError):  # the main process has ended
        while True:
            job: Job = connection.recv()
            outcome = job.run(_at_intervals(lambda fraction: connection.send((False, fraction))))
            connection.send((True, outcome))


def _watch_main_process() -> None:
    threading.Thread(target=_exit_with_main_process, daemon=True).start()


def _exit_with_main_process() -> None:
    main_process = multiprocessing.parent_process()
    if main_process:
        main_process.join()
        os._exit(1)


def _at_intervals(send: Callable[[float], None]) -> Progress:
    """Return a callback that passes the fraction that is done to ``send``, at most once per ``TICK``."""
    last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if total > 0 and now - last >= TICK:
            last = now
            send(done / total)

    return report


@contextlib.contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """Block Ctrl-C in this thread, and so in processes that are started in the block, from their first line on."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
