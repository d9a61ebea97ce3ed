"""Work that is divided between threads is completed, also where no thread can be started, and an error ends it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from landscape.parallel import threads


@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_the_work_is_completed_however_few_threads_can_be_started(allowed, monkeypatch):
    started = []

    def submit(pool, *work):
        if len(started) == allowed:
            raise RuntimeError("can't start new thread")
        started.append(work)
        return plain(pool, *work)

    plain = ThreadPoolExecutor.submit
    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit)
    done, reported = [], []

    def job(number):
        done.append(number)
        yield 1

    threads.run_on_threads((job(number) for number in range(9)), 4, reported.append)
    assert sorted(done) == list(range(9))
    assert reported[-1] == 9
    assert len(started) == allowed


def test_share_runs_every_job_once_and_reports_the_sum():
    done, seen = [], []

    def job(i):
        for part in range(3):
            done.append((i, part))
            yield 2

    threads.run_on_threads((job(i) for i in range(10)), threads=4, report=seen.append)
    assert sorted(done) == [(i, part) for i in range(10) for part in range(3)]
    assert seen == sorted(seen)
    assert seen[-1] == 60


@pytest.mark.parametrize("count", [1, 3])
def test_share_raises_what_a_job_raised(count):
    def job(i):
        yield 1
        if i == 7:
            raise ZeroDivisionError("job 7")

    with pytest.raises(ZeroDivisionError, match="job 7"):
        threads.run_on_threads((job(i) for i in range(10)), threads=count)


def test_an_error_on_a_helper_stops_the_calling_thread():
    """Its own job would take long; the error comes from a job that only a helper takes."""
    caller, begun, ended = threading.current_thread(), threading.Event(), []

    def job(i):
        if threading.current_thread() is not caller:
            begun.wait(900)
            raise ZeroDivisionError("on a helper")
        for _ in range(200_000_000):
            begun.set()
            yield 1
        ended.append(i)

    with pytest.raises(ZeroDivisionError, match="on a helper"):
        threads.run_on_threads((job(i) for i in range(2)), threads=2)
    assert not ended


def test_an_interrupt_while_helpers_are_asked_leaves_none_at_work(monkeypatch):
    asked = []

    class Pool:
        def __init__(self, process, count):
            self.pool = ThreadPoolExecutor(1)

        def submit(self, function):
            asked.append(self.pool.submit(function))
            raise KeyboardInterrupt

    def job():
        while True:
            yield 1

    monkeypatch.setattr(threads, "_helpers", Pool)
    with pytest.raises(KeyboardInterrupt):
        threads.run_on_threads((job() for _ in range(2)), threads=2)
    assert asked[0].result(timeout=900) is None  # it has stopped


def test_share_of_nothing_does_nothing():
    threads.run_on_threads(iter(()), threads=3)
