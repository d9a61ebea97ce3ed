"""Work that is divided between threads is completed, also where no thread can be started."""

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
