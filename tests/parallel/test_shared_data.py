"""Data that tasks share: who gets them, how often, and what happens when workers are slow, gone, or not there."""

import itertools
import multiprocessing
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from unittest import mock

import pytest

from landscape.parallel import shared_data
from landscape.parallel.shared_data import completed_with
from landscape.parallel.threads import processors


def power(base, exponent):
    return base**exponent


class Elsewhere(Executor):
    """Workers that hold what they were sent, as processes do, each in a dictionary; they take turns."""

    def __init__(self, workers, fails=lambda task: None):
        self.held = [{} for _ in range(workers)]
        self.turn, self.fails, self.tasks = itertools.cycle(range(workers)), fails, []

    def submit(self, fn, number, task, *again):
        future = Future()
        if error := self.fails(len(self.tasks)):
            raise error
        self.tasks.append(task)
        worker = next(self.turn)
        with (
            mock.patch.object(shared_data, "_held", self.held[worker]),
            mock.patch.object(shared_data.os, "getpid", return_value=worker),
        ):
            future.set_result(fn(number, task, *again))
        return future

    @property
    def sent(self):
        """The number of tasks that were sent with the data."""
        return sum(make is not None for _, make in self.tasks)


class Held(dict):
    """A dictionary with the one method of an OrderedDict that is used."""

    def popitem(self, last=True):
        key = list(self)[-1 if last else 0]
        return key, self.pop(key)


@pytest.mark.slow
def test_processes_get_the_data_a_few_times_not_with_each_task():
    packed = []

    def pack():
        packed.append(1)
        return partial(int, "3")

    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = dict(completed_with(power, 3, range(200), executor=pool, pack=pack))
    assert found == {i: 3**i for i in range(200)}
    # Two, but for each time that the other worker takes the task with the data: as processes are scheduled.
    assert 1 <= len(packed) <= 20


@pytest.mark.parametrize("workers", [1, 3, 2 * processors() + 1])
def test_few_tasks_carry_the_data_even_if_a_worker_never_gets_those_sent_because_of_it(workers):
    pool = Elsewhere(workers)
    pool.held = [Held() for _ in range(workers)]
    with closing(completed_with(power, 3, range(60), executor=pool)) as found:
        results = list(found)
    assert sorted(results) == [(i, 3**i) for i in range(60)]
    assert 1 <= pool.sent <= 3 * workers


def test_a_worker_keeps_the_data_of_two_calls():
    pool = Elsewhere(1)
    pool.held = [Held()]
    for base in (2, 3, 5):
        assert dict(completed_with(power, base, [1, 2], executor=pool)) == {0: base, 1: base**2}
    assert sorted(pool.held[0].values()) == [3, 5]


def test_threads_of_this_process_have_the_data():
    lock = threading.Lock()  # cannot be pickled, and nobody tries
    with ThreadPoolExecutor(3) as pool:
        found = dict(completed_with(lambda held, task: (held is lock, task), lock, range(9), executor=pool))
    assert found == {i: (True, i) for i in range(9)}


def test_data_are_packed_only_for_workers_that_lack_them():
    packed = []

    def pack():
        packed.append(1)
        return partial(int, "7")

    with ThreadPoolExecutor(2) as pool:
        assert dict(completed_with(power, 7, [2], executor=pool, pack=pack)) == {0: 49}
    assert not packed
    pool = Elsewhere(1)
    pool.held = [Held()]
    assert dict(completed_with(power, 7, [2], executor=pool, pack=pack)) == {0: 49}
    assert packed == [1]


@pytest.mark.parametrize("after", range(1, 8))
def test_without_workers_this_process_does_the_rest(after):
    pool = Elsewhere(2, lambda submitted: RuntimeError("shut down") if submitted >= after else None)
    pool.held = [Held(), Held()]
    assert sorted(completed_with(power, 3, range(9), executor=pool)) == [(i, 3**i) for i in range(9)]


def test_an_executor_that_never_worked_is_the_callers_mistake():
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        list(completed_with(power, 3, range(9), executor=pool))


def test_an_error_of_a_task_is_raised_and_the_rest_is_cancelled():
    def refuse(base, task):
        if task == 3:
            raise ValueError("3 is odd")
        return task

    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="3 is odd"):
        list(completed_with(refuse, 1, range(1000), executor=pool))
    assert not shared_data._held
