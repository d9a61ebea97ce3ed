"""Curves are thinned without losing what sticks out."""

import numpy as np
import pytest

from figures.plots.envelope import envelope


@pytest.mark.parametrize("edges", [np.geomspace(1, 5001, 61), np.linspace(0, 5001, 61)])
def test_spikes_survive_thinning(edges):
    loss = np.full(5001, 1e-20)
    loss[3210], loss[4321] = 1.0, 1e-30
    kept = envelope(loss, edges)
    assert {0, 3210, 4321, 5000} <= set(kept.tolist())
    assert kept.size <= 4 * 60
    assert (np.diff(kept) > 0).all()


def test_every_interval_shows_its_range():
    values = np.random.default_rng(0).standard_normal(1000)
    edges = np.arange(0, 1001, 50)
    kept = envelope(values, edges)
    for low in edges[:-1]:
        inside, drawn = values[low : low + 50], values[kept[(kept >= low) & (kept < low + 50)]]
        assert (drawn.min(), drawn.max()) == (inside.min(), inside.max())


def test_nan_is_left_out():
    values = np.array([1.0, np.nan, 3.0, 2.0, np.nan, np.nan])
    assert envelope(values, [0, 3, 4, 6]).tolist() == [0, 2, 3, 5]
