"""Blocks of starts and checkpoint steps; the states themselves are tested with outcomes and basin maps."""

import numpy as np
import pytest

from landscape.analysis import run_states


def test_checkpoint_steps_come_before_the_end_and_start_with_the_start():
    assert run_states.checkpoint_steps(0).tolist() == [0]
    assert run_states.checkpoint_steps(1).tolist() == [0]
    long = run_states.checkpoint_steps(30_000)
    assert run_states.checkpoint_steps(1000).tolist() == [t for t in long.tolist() if t < 1000]
    assert (long[-1], np.diff(np.log2(long[20:])).max() < 0.26) == (27554, True)


@pytest.mark.parametrize(
    ("count", "steps", "sizes"),
    [
        (1, 1000, [1]),
        (1000, 1000, [256, 256, 256, 232]),
        (4000, 10_000, [1024, 1024, 1024, 928]),
        (10_000, 4000, [2048] * 4 + [1808]),
        (1600, 100_000, [512, 512, 512, 64]),
        (600, 10**9, [256, 256, 88]),
        (5000, 0, [1280, 1280, 1280, 1160]),
    ],
)
def test_blocks_suit_the_numbers_of_starts_and_steps(count, steps, sizes):
    blocks = run_states.start_blocks(count, steps)
    assert [len(block) for block in blocks] == sizes
    assert [k for block in blocks for k in block] == list(range(count))
