"""Executors that break their contract are told so, by every function that takes one, instead of giving wrong counts."""

from concurrent.futures import Executor, Future

import numpy as np
import pytest

import landscape as ls
from landscape import xor

NET = xor.network()
STARTS = ls.glorot_starts(NET, 600, rng=np.random.default_rng(0))  # three blocks
PLANE = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b1[1]")
CALLS = {
    "outcomes": lambda executor: ls.outcomes(NET, STARTS, ls.SGD(), 3, executor=executor),
    "basin_map": lambda executor: ls.basin_map(
        NET, PLANE, np.arange(30.0), np.arange(20.0), ls.SGD(), 3, executor=executor
    ),
    "map_tasks": lambda executor: ls.map_tasks(abs, [-1, 2, -3], executor=executor),
}
NO_FUTURE = "executor must return a new Future for each task that it is given; got "
NO_RESULT = "executor must return the result of each task that it is given; got "


def finished(result):
    future = Future()
    future.set_result(result)
    return future


class Broken(Executor):
    """An executor whose n-th answer is what ``answer`` makes of the list of all functions submitted so far."""

    def __init__(self, answer):
        self.answer, self.given = answer, []

    def submit(self, fn, /, *args, **kwargs):
        self.given.append(lambda: fn(*args))
        return self.answer(self.given)


def first_again(given):
    """Return the result of the first task for each task."""
    return finished(given[0]())


def without_its_number(given):
    """Return the result without what it came with."""
    return finished(given[-1]().result)


def cancelled(_):
    future = Future()
    future.cancel()
    return future


SAME = finished(None)
FAULTS = {
    "nothing": (lambda given: None, NO_FUTURE + "None"),
    "no future": (lambda given: given[-1](), NO_FUTURE),
    "one future for all": (lambda given: SAME, NO_FUTURE + "<Future at"),
    "a future of None": (lambda given: finished(None), NO_RESULT + "None"),
    "a future of an array": (lambda given: finished(np.zeros((3, 100))), NO_RESULT + "array([[0., 0.,"),
    "the first result again": (first_again, NO_RESULT),
    "a future that is cancelled": (cancelled, NO_RESULT + "<Future at"),
    "the bare result": (without_its_number, NO_RESULT),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", FAULTS)
def test_an_executor_that_breaks_its_contract_is_told_so(call, fault):
    answer, said = FAULTS[fault]
    with pytest.raises(TypeError) as caught:
        CALLS[call](Broken(answer))
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_a_future_of_another_call_is_not_taken_for_ones_own():
    earlier = Broken(lambda given: finished(given[-1]()))
    assert ls.map_tasks(abs, [-1, 2], executor=earlier) == [1, 2]
    replayed = iter(list(earlier.given))
    with pytest.raises(TypeError, match=NO_RESULT):
        ls.map_tasks(abs, [-1, 2], executor=Broken(lambda given: finished(next(replayed)())))


def test_a_future_that_is_cancelled_names_the_executor():
    with pytest.raises(TypeError, match=r"got <Future at \w+ state=cancelled> from <[\w.]+Broken object"):
        ls.map_tasks(abs, [-1], executor=Broken(cancelled))


def test_what_is_submitted_again_must_be_a_future_too():
    lost = Future()
    lost.set_exception(OSError("lost"))
    answers = iter([lost, None])
    with pytest.raises(TypeError, match=NO_FUTURE + "None"):
        ls.map_tasks(abs, [-1], executor=Broken(lambda given: next(answers)))


@pytest.mark.parametrize("call", CALLS)
def test_one_that_keeps_it_gives_the_result(call):
    for mine, its in zip(
        *map(np.ravel, _values(CALLS[call], Broken(lambda given: finished(given[-1]())))), strict=True
    ):
        assert mine == its


def _values(call, executor):
    results = call(None), call(executor)
    return [result if isinstance(result, list) else result.state for result in results]
