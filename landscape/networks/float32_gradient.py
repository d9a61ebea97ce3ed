"""The gradient of the ReLU network in float32, operation by operation as in TensorFlow and the kernels.

Near a solution a residual consists of rounding errors only: in float32 it is exactly 0 for parameters whose
residual is 1e-8 in float64. The gradient that an optimizer used there can be reproduced only with the same operations.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks
from landscape.networks.one_hidden_layer import may_overflow
from landscape.networks.relu import ReluNetwork


@may_overflow
def float32_gradient(net: ReluNetwork, theta: ArrayLike) -> NDArray[np.float32]:
    """Return the gradient of the loss with relu'(0) = 0 in float32 arithmetic: (..., n) -> (..., n).

    Samples are added one after another; the gradient of W2 is accumulated with fused multiply-adds, as
    TensorFlow does with oneDNN. Without oneDNN, the default on some processors, products are rounded before they are
    added.

    >>> from landscape import xor
    >>> theta = xor.TEXTBOOK * (1 + 1e-9)  # a solution in float32
    >>> net = xor.network()
    >>> bool(net.gradient(theta).any()), bool(float32_gradient(net, theta).any())
    (True, False)
    """
    kind = np.float32
    theta = checks.parameters("theta", theta, net.n_parameters).astype(kind)
    inputs, targets = net.inputs.astype(kind), net.targets.astype(kind)
    d, h, m = net.n_inputs, net.hidden, net.n_samples
    biases, weights = slice(d * h, (d + 1) * h), slice((d + 1) * h, -1)
    z = inputs[:, 0, None] * theta[..., None, :h]
    for k in range(1, d):
        z += inputs[:, k, None] * theta[..., None, k * h : (k + 1) * h]
    z += theta[..., None, biases]
    active, a, v = z > 0, np.maximum(z, kind(0)), theta[..., None, weights]
    outputs = a[..., 0] * v[..., 0]
    for u in range(1, h):
        outputs += a[..., u] * v[..., u]
    r = ((outputs + theta[..., -1:]) - targets) * kind(2 / m)
    delta = np.where(active, r[..., None] * v, kind(0))
    g = np.zeros_like(theta)
    for i in range(m):
        for k in range(d):
            g[..., k * h : (k + 1) * h] += delta[..., i, :] * inputs[i, k]
        g[..., biases] += delta[..., i, :]
        # A product of two float32 is exact in float64; rounding only the sum gives that of a fused multiply-add.
        g[..., weights] += a[..., i, :].astype(np.float64) * r[..., i, None]
        g[..., -1] += r[..., i]
    return g
