"""The rule of the spikes of a loss: what is one, and how far it stands out."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from landscape.analysis.stability import spikes

pytestmark = pytest.mark.slow


RISE = [1.0, 1e-8, 1e-12]


@pytest.mark.parametrize(
    ("loss", "found"),
    [
        ([*RISE, 1e-5, 1e-12], [3]),
        ([*RISE, 1e-7, 1e-12], []),  # five decades
        ([*RISE, 1e-5, 1e-9, 1e-12], [3]),
        ([*RISE, 1e-5, 1e-10, 1e-6, 1e-12], [3]),  # the second has not settled before
        ([*RISE, 1e-5, 1e-12, 1e-4, 1e-11], [3, 5]),
        ([*RISE, 1e-5], []),  # not seen to come down
        ([0.5, 0.9, 1e-12], []),  # a bump on the way down
        ([1.0, 1e-40, 1e-33, 1e-60, 0.0, 1e-31, 0.0], []),  # rounding
        ([*RISE, 0.0, 1e-5, 1e-5, 1e-5, 0.0], [5]),
        ([*RISE, np.inf, 1e-12], [3]),
        ([*RISE, np.nan, 1e-12], [3]),
        ([*RISE, 1.0, np.nan, np.nan], []),
        ([1.0], []),
        ([0.0, 0.0, 0.0], []),
    ],
)
def test_what_is_a_spike(loss, found):
    assert spikes(loss, 1e-32).tolist() == found


@given(st.lists(st.floats(-30, 0), min_size=3, max_size=30), st.floats(1, 8))
def test_spikes_stand_out_on_both_sides(exponents, decades):
    loss = 10.0 ** np.array(exponents)
    for peak in spikes(loss, 0.0, decades):
        for side in (loss[:peak][::-1], loss[peak + 1 :]):
            higher = np.flatnonzero(side > loss[peak])
            reach = side[: higher[0]] if higher.size else side
            assert np.log10(loss[peak] / reach.min()) >= decades - 1e-9
