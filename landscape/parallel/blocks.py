"""Blocks of independent work: computed on threads of this process or by an executor, reported, and kept if wanted."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence, Sized
from concurrent.futures import Executor
from contextlib import closing
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from landscape.base.progress import Progress
from landscape.parallel.checkpoints import Checkpoint
from landscape.parallel.executors import completed
from landscape.parallel.threads import run_on_threads

Block = TypeVar("Block", bound=Sized)
Job = Callable[[Block], Generator[int, None, NDArray[Any]]]
"""A function that works on a block as it is iterated over, and returns an array with an entry for each of its items."""


def compute_blocks(
    job: Job[Block],
    blocks: Sequence[Block],
    dtype: np.dtype[Any],
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> NDArray[Any]:
    """Return the results of all items of all blocks, in their order.

    Each block is computed by one thread: of this process, on all processors that it may use, or of a worker.

    job : workers must be able to import it; between two of its yields an interrupted computation cannot stop
    dtype : data type of the results
    executor : see :func:`landscape.map_tasks`; default: threads of this process
    progress : called in this thread with (items done, number of items) after each block
    checkpoint : results that it has are not computed again, and others are stored in it
    """
    total, done = sum(map(len, blocks)), 0
    results: dict[int, NDArray[Any]] = {}
    for number in range(len(blocks)):
        stored = checkpoint.read(number) if checkpoint else None
        if stored is not None:
            results[number] = np.frombuffer(stored, dtype)
            done += len(blocks[number])
    if progress and done:
        progress(done, total)

    def finish(number: int, result: NDArray[Any]) -> None:
        nonlocal done
        results[number] = result
        if checkpoint:
            checkpoint.write(number, result.tobytes())
        done += len(blocks[number])
        if progress:
            progress(done, total)

    unfinished = [number for number in range(len(blocks)) if number not in results]
    if executor is None:
        _compute_on_threads(job, blocks, unfinished, finish)
    else:
        tasks = [blocks[number] for number in unfinished]
        with closing(completed(partial(_compute, job), tasks, executor=executor)) as computed:
            for number, result in zip(unfinished, computed, strict=True):
                finish(number, result)
    return np.concatenate([results[number] for number in range(len(blocks))])


def _compute_on_threads(
    job: Job[Block], blocks: Sequence[Block], unfinished: list[int], finish: Callable[[int, NDArray[Any]], None]
) -> None:
    """Compute the unfinished blocks on all processors, and call ``finish`` in this thread with each result."""
    computed: deque[tuple[int, NDArray[Any]]] = deque()

    def compute(number: int) -> Iterator[int]:
        result = yield from job(blocks[number])
        computed.append((number, result))

    def report(_: int) -> None:
        while computed:
            finish(*computed.popleft())

    run_on_threads([compute(number) for number in unfinished], report=report)


def _compute(job: Job[Block], block: Block) -> NDArray[Any]:
    steps = job(block)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: NDArray[Any] = end.value
            return result
