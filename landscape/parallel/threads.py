"""Distributing work between this thread and a few helper threads, for kernels that release the interpreter lock.

numba's own threads must not be used from two Python threads at once or after a fork; these can be.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import cache
from threading import Event, Lock


def run_on_threads(
    jobs: Iterable[Iterator[int]], threads: int | None = None, report: Callable[[int], None] | None = None
) -> None:
    """Run every job to completion on ``threads`` threads, by default one per processor that this process may use.

    The calling thread takes part, so the work is completed even if every helper is busy elsewhere. If it
    is interrupted, or a job fails on any thread, all jobs stop at their next yield and the error is raised.

    jobs : each does its work as it is iterated over, and yields the amount done since its last yield
    report : called in the calling thread with the sum of what all jobs have yielded
    """
    waiting, stop, lock = deque(jobs), Event(), Lock()
    done = 0

    def take_part(report: Callable[[int], None] | None = None) -> None:
        nonlocal done
        try:
            while not stop.is_set():
                try:
                    job = waiting.popleft()
                except IndexError:
                    return
                for part in job:
                    with lock:
                        done += part
                    if report:
                        report(done)
                    if stop.is_set():
                        return
        except BaseException:
            stop.set()
            raise

    count = min(len(waiting), threads or processors()) - 1
    helpers: list[Future[None]] = []
    try:
        with suppress(RuntimeError):  # no more threads can be started; those that there are do the work
            for _ in range(count):
                helpers.append(_helpers(os.getpid(), count).submit(take_part))
        take_part(report)
        for helper in helpers:
            if not helper.cancel():
                helper.result()
    finally:
        stop.set()
        wait([helper for helper in helpers if not helper.cancel()])
    if report:
        report(done)


def processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _helpers(process: int, count: int) -> ThreadPoolExecutor:
    """Return a pool of ``count`` threads; ``process`` is in the cache key, since threads do not survive a fork."""
    return ThreadPoolExecutor(count, thread_name_prefix="landscape-kernel")
