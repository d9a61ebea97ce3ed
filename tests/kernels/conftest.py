"""The network of the exercise and starts that fill a block and more."""

import numpy as np
import pytest

import landscape as ls
from landscape import xor


@pytest.fixture
def net():
    return xor.network()


@pytest.fixture
def starts(net):
    return ls.glorot_starts(net, 70, rng=np.random.default_rng(1))  # a full block of lanes and a short one
