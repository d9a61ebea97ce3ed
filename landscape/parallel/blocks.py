"""Computing blocks of independent items on threads or by an executor, with progress reports and checkpoints."""

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
"""A generator function that computes a block step by step and returns an array with one entry per item."""


Finish = Callable[[int, NDArray[Any]], None]
"""Takes the number of a block and its results."""


def compute_blocks(
    job: Job[Block],
    blocks: Sequence[Block],
    dtype: np.dtype[Any],
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> NDArray[Any]:
    """Return the results of all items of all blocks, in the order of the items.

    Each block is computed by one thread: of a worker, or of this process, which uses all processors that it may use.

    job : workers must be able to import it; it can be interrupted only where it yields
    dtype : data type of the results
    executor : see :func:`landscape.map_tasks`; default: threads of this process
    progress, checkpoint : see :func:`unfinished_blocks`
    """

    def compute(unfinished: list[int], finish: Finish) -> None:
        if executor is None:
            _compute_on_threads(job, blocks, unfinished, finish)
            return
        tasks = [blocks[number] for number in unfinished]
        with closing(completed(partial(_run_to_end, job), tasks, executor=executor)) as computed:
            for number, result in zip(unfinished, computed, strict=True):
                finish(number, result)

    return unfinished_blocks(compute, [len(block) for block in blocks], dtype, progress=progress, checkpoint=checkpoint)


def unfinished_blocks(
    compute: Callable[[list[int], Finish], None],
    sizes: Sequence[int],
    dtype: np.dtype[Any],
    *,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> NDArray[Any]:
    """Return the results of all blocks, of which only those are computed that a checkpoint lacks.

    compute : takes the numbers of blocks and a function to be called with each of them and its results
    sizes : number of items of each block
    dtype : data type of the results of an item
    progress : called in this thread with (items done, number of items) after each block
    checkpoint : results stored in it are not computed again; new results are added to it
    """
    results: dict[int, NDArray[Any]] = {}
    for number in range(len(sizes)):
        stored = checkpoint.read(number) if checkpoint else None
        if stored is not None:
            results[number] = np.frombuffer(stored, dtype)
    done = sum(sizes[number] for number in results)
    if progress and done:
        progress(done, sum(sizes))

    def finish(number: int, result: NDArray[Any]) -> None:
        nonlocal done
        results[number] = result
        if checkpoint:
            checkpoint.write(number, result.tobytes())
        done += sizes[number]
        if progress:
            progress(done, sum(sizes))

    compute([number for number in range(len(sizes)) if number not in results], finish)
    return np.concatenate([results[number] for number in range(len(sizes))])


def _compute_on_threads(job: Job[Block], blocks: Sequence[Block], unfinished: list[int], finish: Finish) -> None:
    """Compute the unfinished blocks on all processors; call ``finish`` with each result, always in this thread."""
    computed: deque[tuple[int, NDArray[Any]]] = deque()

    def compute(number: int) -> Iterator[int]:
        result = yield from job(blocks[number])
        computed.append((number, result))

    def report(_: int) -> None:
        while computed:
            finish(*computed.popleft())

    run_on_threads([compute(number) for number in unfinished], report=report)


def _run_to_end(job: Job[Block], block: Block) -> NDArray[Any]:
    """Iterate over the job to its end on this thread, and return its result."""
    steps = job(block)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: NDArray[Any] = end.value
            return result
