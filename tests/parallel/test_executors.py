"""Sharing out: order, errors, interruption, and workers of all kinds that die in the middle."""

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pickle import PicklingError

import pytest

from landscape.parallel.executors import completed, map_tasks

pytestmark = pytest.mark.slow


class Lazy(Executor):
    """An executor that does each task a millisecond later, or loses it with the error that ``lose`` returns."""

    def __init__(self, lose=lambda i: None):
        self.lose, self.open = lose, []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        error = self.lose(len(self.open))
        self.open.append(future)
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
        assert seen == [(1, 5003), (2, 5003)]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_what_stops_the_caller_cancels_what_has_not_begun(error):
    begun, gate = [], threading.Event()

    def wait(task):
        begun.append(task)
        assert task == 0 or gate.wait(900)

    def progress(done, total):
        raise error

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(error):
            map_tasks(wait, range(100), executor=pool, progress=progress)
        gate.set()
    assert begun in ([0], [0, 1])


class DoesOnlyTheFirst(Executor):
    """An executor that does its first task at once, and no other ever."""

    def __init__(self):
        self.futures = []

    def submit(self, fn, /, *args, **kwargs):
        self.futures.append(Future())
        if len(self.futures) == 1:
            self.futures[0].set_result(fn(*args))
        return self.futures[-1]


def test_closing_the_iterator_cancels_too():
    executor = DoesOnlyTheFirst()
    results = completed(abs, range(-300, 0), executor=executor)
    assert next(results) == 300
    results.close()
    _, *others = executor.futures
    assert others
    assert all(future.cancelled() for future in others)


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


def test_tasks_that_somebody_else_cancelled_are_done_here():
    gate = threading.Event()

    def wait(task):
        assert task == 0 or gate.wait(900)
        return task * 2

    def cancel_all(done, total):
        pool.shutdown(wait=False, cancel_futures=True)  # which tells no waiter
        gate.set()

    with ThreadPoolExecutor(1) as pool:
        assert map_tasks(wait, range(600), executor=pool, progress=cancel_all) == list(range(0, 1200, 2))


@pytest.mark.parametrize("error", [TimeoutError, CancelledError, BrokenProcessPool, RuntimeError])
def test_a_function_may_raise_what_executors_raise(error):
    tried = []

    def fail(task):
        tried.append(task)
        raise error("of the function")

    with ThreadPoolExecutor(1) as pool, pytest.raises(error, match="of the function"):
        map_tasks(fail, [1], executor=pool)
    assert tried == [1]


def test_an_error_in_a_worker_shows_where_it_was_raised(work):
    with spawned(1) as pool, pytest.raises(ValueError, match="3 is odd") as raised:
        map_tasks(work.half, [3], executor=pool)
    assert "in half" in raised.value.__notes__[0]


def test_what_an_executor_raises_twice_is_raised():
    with spawned(1) as pool, pytest.raises((AttributeError, PicklingError), match="lambda"):
        map_tasks(lambda task: task, [1, 2], executor=pool)


class Answering(Executor):
    """An executor whose ``submit`` returns always the same object."""

    def __init__(self, answer):
        self.answer = answer

    def submit(self, fn, /, *args, **kwargs):
        return self.answer


def test_an_executor_that_returns_no_new_future_is_told_so():
    finished = Future()
    finished.set_result((1, None))
    for answer in (None, 7, finished):
        with pytest.raises(TypeError, match="executor must return a new Future for each task that it is given; got"):
            map_tasks(abs, [1, 2], executor=Answering(answer))


@pytest.fixture
def ctrl_c_works():
    """Let SIGINT raise KeyboardInterrupt, whatever it did before."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_executor_that_never_finishes_can_be_interrupted(ctrl_c_works):
    never = Future()
    main = threading.main_thread().ident
    ctrl_c = threading.Timer(0.2, signal.pthread_kill, [main, signal.SIGINT])
    too_late = threading.Timer(20, never.set_exception, [TimeoutError("not interrupted")])
    ctrl_c.start()
    too_late.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            map_tasks(abs, [1], executor=Answering(never))
    finally:
        too_late.cancel()
    assert never.cancelled()


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
