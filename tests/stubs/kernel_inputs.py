"""Networks, planes and an axis on which the compiled kernels are tried, and compiled training."""

import numpy as np

import landscape as ls
from landscape.networks.relu import ReluNetwork
from landscape.training import compiled_training

AXIS = np.linspace(-1.0, 1.0, 37)


def train(*args, **how):
    return compiled_training.train_batches(*args, **how)[:2]


def some_net(d, h, m, seed=0):
    rng = np.random.default_rng(seed)
    return ReluNetwork(rng.normal(size=(m, d)), rng.normal(size=m), hidden=h)


def some_plane(net, seed=0):
    rng = np.random.default_rng(seed)
    return ls.random_plane(net, rng.normal(size=net.n_parameters), rng=rng)
