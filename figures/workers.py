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
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from multiprocessing.connection import Connection
from typing import Any, Protocol, TypeVar

from figures.recipe import usable_cores

PRELOADED = ["figures.jobs", "figures.look", "h5netcdf", "matplotlib.backends.backend_pdf"]


class Job(Protocol):
    """A value that can be sent to another process and run there."""

    def run(self) -> Any:
        """Do the job and return what came of it; never raises."""


J = TypeVar("J", bound=Job)


def carry_out(queue: deque[J], workers: int, began: Callable[[J], None]) -> Generator[tuple[J, Any], None, None]:
    """Run the jobs in ``queue`` and those that are put there meanwhile; yield (job, what came of it).

    When a worker dies, what it was doing is not known if several were at work. They are then run one
    at a time; the one that kills its worker again gives None, and the others go on.
    """
    if workers == 1:
        while queue:
            began(queue[0])
            job = queue.popleft()
            yield job, job.run()
        return
    at_once = workers
    while queue:
        running: dict[Future[Any], J] = {}
        with _pool(at_once) as pool, contextlib.suppress(BrokenExecutor):
            while queue or running:
                while queue and len(running) < at_once:
                    began(queue[0])
                    running[pool.submit(queue[0].run)] = queue[0]
                    queue.popleft()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    came = future.result()
                    yield running.pop(future), came
        if len(running) == 1:
            yield next(iter(running.values())), None
            at_once = workers
        elif running:
            queue.extendleft(running.values())
            at_once = 1


@contextlib.contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool whose workers end at once when the block fails or this process ends."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        context.set_forkserver_preload(PRELOADED)
    reader, writer = context.Pipe(duplex=False)
    threads = max(1, usable_cores() // workers)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(reader, threads))
    try:
        yield pool
    except BaseException:
        writer.close()
        pool.shutdown(cancel_futures=True)
        raise
    else:
        pool.shutdown()
        writer.close()
    finally:
        reader.close()


def _begin(end: Connection, threads: int) -> None:
    """Begin a worker: it shares the cores with the others and ends when the program lets go of ``end``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["NUMBA_NUM_THREADS"] = str(threads)
    threading.Thread(target=_end_with, args=(end,), daemon=True).start()


def _end_with(end: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        end.recv()
    os._exit(1)
