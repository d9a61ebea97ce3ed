"""What lies on the components of the sublevel sets: exact minima, and ends of runs counted one by one."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

import landscape as ls
from landscape import xor

NET = xor.network()


def test_minima_lie_on_the_leaves_and_on_three_joints_above():
    minima = ls.minima_by_component(NET)
    tree = ls.merge_tree(NET)
    for value in {value for value, _ in minima}:
        level = next(level for level in ls.stationary_levels(NET) if level.value == value)
        on_level = [dimensions for (other, _), dimensions in minima.items() if other == value]
        assert frozenset().union(*on_level) <= level.dimensions
    solutions = {leaves for value, leaves in minima if value == 0}
    assert solutions == {frozenset([k]) for k in range(tree.components(0))}
    for k, leaf in enumerate(tree.leaves):
        assert minima[Fraction(0), frozenset([k])] == set(leaf.dimensions)


def test_ends_are_counted_as_if_each_were_looked_up():
    starts = ls.glorot_starts(NET, 60, rng=np.random.default_rng(1))
    ends = ls.train(NET, starts, ls.Adam(1e-2), 3000, record_every=3000).end
    tree, levels = ls.merge_tree(NET), ls.stationary_levels(NET)
    expected = Counter(
        (levels[i].value, tree.component(theta, levels[i].value))
        for theta, i in zip(ends, ls.assign_levels(NET, ends).tolist(), strict=True)
        if i >= 0
    )
    counts, on_no_level = ls.ends_by_component(NET, ends)
    assert counts == expected
    assert len(counts) > 3
    assert counts.total() + on_no_level == 60


def test_one_end_or_none():
    assert ls.ends_by_component(NET, xor.TEXTBOOK)[0].total() == 1
    assert ls.ends_by_component(NET, np.empty((0, 9))) == (Counter(), 0)
    with pytest.raises(ValueError, match=r"ends must have shape \(\.\.\., 9\)"):
        ls.ends_by_component(NET, np.zeros(8))
