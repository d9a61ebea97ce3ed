"""Blocks of starts and checkpoint steps; the states themselves are tested with outcomes and basin maps."""

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.analysis import run_states

NET = xor.network()


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


@pytest.mark.slow
def test_with_the_slope_of_tensorflow_at_zero_the_levels_are_those_of_outcomes():
    starts = ls.glorot_starts(NET, 500, rng=np.random.default_rng(3))
    level = ls.levels_with_slope_at_zero(NET, starts, ls.Adam(1e-2), 2000, 0)
    assert level.tolist() == ls.outcomes(NET, starts, ls.Adam(1e-2), 2000).level.tolist()
    other = ls.levels_with_slope_at_zero(NET, starts, ls.Adam(1e-2), 2000, 0.5)
    gained, lost = ((other == 0) & (level != 0)).sum(), ((other != 0) & (level == 0)).sum()
    assert gained > 10 > lost


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"net": "xor"}, TypeError, "net must be a ReluNetwork"),
        ({"starts": np.zeros((2, 8))}, ValueError, r"starts must have shape \(..., 9\)"),
        ({"optimizer": ls.Adam}, TypeError, "optimizer must be an instance"),
        ({"steps": -1}, ValueError, "steps must be at least 0; got -1"),
        ({"slope": 2}, ValueError, "slope_at_zero must be between 0 and 1; got 2"),
    ],
)
def test_bad_input(given, error, message):
    good = {"net": NET, "starts": np.zeros((2, 9)), "optimizer": ls.Adam(), "steps": 1, "slope": 0.5}
    with pytest.raises(error, match=f"^{message}"):
        ls.levels_with_slope_at_zero(**{**good, **given})
