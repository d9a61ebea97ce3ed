"""Sharing out: order, errors, interruption, and workers of all kinds that die in the middle."""

import multiprocessing
import os
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest

from landscape.parallel import executors
from landscape.parallel.executors import completed, map_tasks

pytestmark = pytest.mark.slow


class Lazy(Executor):
    """An executor that does a task when its result is waited for, the latest first, and counts."""

    def __init__(self, lose=lambda i: None):
        self.lose, self.submitted, self.most, self.open = lose, 0, 0, []
        self.lock = threading.Lock()

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        with self.lock:
            self.open.append(future)
            self.most = max(self.most, sum(not f.done() for f in self.open))
            error = self.lose(self.submitted)
            self.submitted += 1
        if isinstance(error, RuntimeError) and str(error) == "at submit":
            raise error
        threading.Timer(0.001, self._finish, (future, error, fn, args)).start()
        return future

    def _finish(self, future, error, fn, args):
        if not future.set_running_or_notify_cancel():
            return
        try:
            if error:
                raise error
            future.set_result(fn(*args))
        except Exception as raised:  # noqa: BLE001 - handed on, as executors do
            future.set_exception(raised)


def spawned(workers=2):
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


def test_results_come_in_the_order_of_tasks_and_progress_in_this_thread():
    seen = []

    def progress(done, total):
        seen.append((done, total, threading.get_ident()))

    def slow_first(task):
        time.sleep(0.02 if task == 0 else 0)
        return -task

    with ThreadPoolExecutor(3) as pool:
        assert map_tasks(slow_first, range(7), executor=pool, progress=progress) == [0, -1, -2, -3, -4, -5, -6]
    assert seen == [(i, 7, threading.get_ident()) for i in range(1, 8)]
    seen.clear()
    assert map_tasks(abs, iter([-1, 2]), progress=progress) == [1, 2]
    assert seen == [(1, 2, threading.get_ident()), (2, 2, threading.get_ident())]
    assert map_tasks(abs, []) == []
    with ThreadPoolExecutor(1) as pool:
        assert map_tasks(abs, (), executor=pool, progress=progress) == []


def test_without_an_executor_all_is_done_in_this_thread(work):
    assert set(map_tasks(work.where, [1, 2])) == {(t, os.getpid(), threading.get_ident()) for t in (1, 2)}


def test_processes_do_the_work(work):
    with spawned() as pool:
        done = map_tasks(work.where, range(20), executor=pool)
    assert [task for task, *_ in done] == list(range(20))
    assert os.getpid() not in {process for _, process, _ in done}


def test_a_bounded_number_of_tasks_is_in_flight(monkeypatch):
    monkeypatch.setattr(executors, "IN_FLIGHT", 4)
    lazy = Lazy()
    assert map_tasks(abs, range(-50, 0), executor=lazy) == list(range(50, 0, -1))
    assert lazy.submitted == 50
    assert lazy.most <= 4


def test_workers_are_kept_busy_up_to_that_number(monkeypatch):
    monkeypatch.setattr(executors, "IN_FLIGHT", 4)
    together = threading.Barrier(4)
    with ThreadPoolExecutor(8) as pool:
        assert map_tasks(lambda task: together.wait(20) >= task, [0] * 16, executor=pool) == [True] * 16


@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor, spawned])
def test_an_error_of_the_function_is_raised_at_once(work, executor):
    seen = []

    def run(pool=None):
        with pytest.raises(ValueError, match="1 is odd"):
            map_tasks(work.half, [0, 2, 1, *[4] * 5000], executor=pool, progress=lambda *now: seen.append(now))

    if executor is None:
        run()
        assert seen == [(1, 5003), (2, 5003)]
    else:
        with executor(1) as pool:
            run(pool)
            assert map_tasks(work.half, [8], executor=pool) == [4]
        assert len(seen) < 2 * executors.IN_FLIGHT


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_what_stops_the_caller_cancels_what_has_not_begun(error):
    begun, gate = [], threading.Event()

    def wait(task):
        begun.append(task)
        assert task == 0 or gate.wait(10)

    def progress(done, total):
        raise error

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(error):
            map_tasks(wait, range(100), executor=pool, progress=progress)
        gate.set()
    assert begun in ([0], [0, 1])


def test_closing_the_iterator_cancels_too():
    lazy = Lazy()
    results = completed(abs, range(-300, 0), executor=lazy)
    next(results)
    results.close()
    assert lazy.submitted < 300
    assert all(f.running() or f.done() for f in lazy.open)


class KilledWorker(Exception):  # noqa: N818
    """As dask.distributed names a task whose workers all died."""


@pytest.mark.parametrize(
    "error", [KilledWorker("gone"), BrokenProcessPool("gone"), RuntimeError("at submit")], ids=repr
)
def test_lost_tasks_are_done_here(error):
    lazy = Lazy(lose=lambda i: error if i in {3, 11} else None)
    seen = []
    assert map_tasks(abs, range(-20, 0), executor=lazy, progress=lambda *now: seen.append(now)) == list(
        range(20, 0, -1)
    )
    assert seen == [(i, 20) for i in range(1, 21)]


def test_tasks_that_somebody_else_cancelled_are_done_here(monkeypatch):
    monkeypatch.setattr(executors, "PATIENCE", 0.05)
    gate = threading.Event()

    def wait(task):
        assert task == 0 or gate.wait(10)
        return task * 2

    def cancel_all(done, total):
        pool.shutdown(wait=False, cancel_futures=True)  # which tells no waiter
        gate.set()

    with ThreadPoolExecutor(1) as pool:
        assert map_tasks(wait, range(600), executor=pool, progress=cancel_all) == list(range(0, 1200, 2))


def test_slow_tasks_are_waited_for(monkeypatch):
    monkeypatch.setattr(executors, "PATIENCE", 0.01)
    with ThreadPoolExecutor(2) as pool:
        assert map_tasks(lambda task: time.sleep(0.05) or task, range(5), executor=pool) == [0, 1, 2, 3, 4]


def test_a_function_may_raise_what_waiting_raises():
    def late(task):
        raise TimeoutError("of the function")

    with ThreadPoolExecutor(1) as pool, pytest.raises(TimeoutError, match="of the function"):
        map_tasks(late, [1], executor=pool)


def test_an_executor_that_never_worked_is_the_callers_mistake():
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        map_tasks(abs, [1], executor=pool)


@pytest.mark.parametrize("given", [2, ThreadPoolExecutor, "threads"])
def test_no_executor(given):
    with pytest.raises(TypeError, match=r"executor must be a concurrent.futures.Executor, .* client.get_executor\(\)"):
        map_tasks(abs, [1], executor=given)


@pytest.mark.heavy
def test_a_killed_process_loses_nothing(work, tmp_path):
    tasks = [(i, str(tmp_path / "killed")) for i in range(400)]
    with spawned() as pool:
        done = map_tasks(work.fatal_once, tasks, executor=pool)
        with pytest.raises(BrokenProcessPool):
            pool.submit(abs, 1)
    assert (tmp_path / "killed").exists()
    assert done == map_tasks(work.fatal_once, tasks)


@pytest.mark.heavy
@pytest.mark.parametrize("failures", [0, 3], ids=["given up at once", "retried by the cluster"])
def test_a_killed_worker_of_a_cluster_loses_nothing(work, tmp_path, cluster, failures):
    tasks = [(i, str(tmp_path / "killed")) for i in range(40)]
    with cluster(failures) as executor:
        done = map_tasks(work.fatal_once, tasks, executor=executor)
        assert map_tasks(work.where, [1], executor=executor)[0][1] != os.getpid()
        with pytest.raises(ValueError, match="3 is odd"):
            map_tasks(work.half, [2, 3, 4], executor=executor)
    assert (tmp_path / "killed").exists()
    assert done == map_tasks(work.fatal_once, tasks)
