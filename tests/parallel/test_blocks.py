"""Blocks: the same results in the same order, on threads, by any executor, after an interruption."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from landscape.parallel.blocks import compute_blocks
from landscape.parallel.checkpoints import Checkpoint

BLOCKS = [range(3), range(3, 4), range(4, 9)]
SQUARES = [k * k for k in range(9)]
KIND = np.dtype(np.int64)


class Job:
    """Squares the numbers of a block, one at a step; ``begun`` lists the blocks in the order in which they began."""

    def __init__(self):
        self.begun = []

    def __call__(self, block):
        self.begun.append(block)
        for _ in block:
            yield 1
        return np.array(block, dtype=KIND) ** 2


@pytest.mark.parametrize("workers", [None, 1, 3])
def test_results_come_in_order_and_progress_in_this_thread(workers):
    seen = []

    def progress(done, total):
        seen.append((done, total, threading.current_thread()))

    if workers is None:
        found = compute_blocks(Job(), BLOCKS, KIND, progress=progress)
    else:
        with ThreadPoolExecutor(workers) as pool:
            found = compute_blocks(Job(), BLOCKS, KIND, progress=progress, executor=pool)
    assert found.tolist() == SQUARES
    assert found.dtype == KIND
    assert {where for _, _, where in seen} == {threading.current_thread()}
    assert sorted(np.diff([0, *(done for done, _, _ in seen)]).tolist()) == [1, 3, 5]
    assert {total for _, total, _ in seen} == {9}


def test_what_a_checkpoint_has_is_not_computed_again(tmp_path):
    checkpoint, seen = Checkpoint(tmp_path, "squares"), []
    checkpoint.write(1, np.array([9], dtype=KIND).tobytes())
    first, again = Job(), Job()
    found = compute_blocks(first, BLOCKS, KIND, checkpoint=checkpoint, progress=lambda *now: seen.append(now))
    assert found.tolist() == SQUARES
    assert sorted(first.begun, key=min) == [BLOCKS[0], BLOCKS[2]]
    assert (seen[0], seen[-1]) == ((1, 9), (9, 9))
    assert compute_blocks(again, BLOCKS, KIND, checkpoint=checkpoint).tolist() == SQUARES
    assert not again.begun


@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor])
def test_an_error_of_the_job_is_raised_and_finished_blocks_are_kept(tmp_path, executor):
    def job(block):
        if len(block) == 5:
            raise ZeroDivisionError
        return (yield from Job()(block))

    checkpoint = Checkpoint(tmp_path, "squares")
    with pytest.raises(ZeroDivisionError):
        compute_blocks(job, BLOCKS, KIND, executor=executor and executor(1), checkpoint=checkpoint)
    if executor:
        assert checkpoint.read(1) == np.array([9], dtype=KIND).tobytes()
