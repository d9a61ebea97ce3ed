"""What ``benchmark.py --keras`` times: surfaces of Keras models, the loops people write instead, and the torch peers.

The peers, `loss-landscapes` and `loss-landscape-3d`, get the same architecture and data in one batch, weights without
gradients, and all cores. They are timed if they are installed; nothing here needs them.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from competitors import Call, Size

import landscape as ls
from landscape import xor

Competitor = Callable[[Size], tuple[Call, int]]
SIDE, CLASSES = 28, 10
"""Pixels of an image along each side, and classes."""


def _images(size: Size) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.random((size.images, SIDE, SIDE, 1), dtype=np.float32), rng.integers(0, CLASSES, size.images)


def _conv_model(hidden: int = 0) -> Any:
    """Return a compiled convolutional net of 20 490 parameters, or of about a million with ``hidden=620`` units."""
    from landscape.keras.reference_training import keras

    layers = keras.layers
    keras.utils.set_random_seed(0)
    convolutions = [
        part
        for channels in (16, 32)
        for part in (layers.Conv2D(channels, 3, padding="same", activation="relu"), layers.MaxPooling2D())
    ]
    dense = [layers.Dense(hidden, activation="relu")] if hidden else []
    inputs = layers.Input((SIDE, SIDE, 1))
    model = keras.Sequential([inputs, *convolutions, layers.Flatten(), *dense, layers.Dense(CLASSES)])
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def _xor_model() -> Any:
    from landscape.keras.reference_training import exercise_model, keras

    keras.utils.set_random_seed(0)
    model = exercise_model("float32")
    model.compile(loss="mse")
    return model


def _xor_data() -> tuple[np.ndarray, np.ndarray]:
    return xor.X.astype(np.float32), xor.Y.astype(np.float32)[:, None]


def _surface(model: Any, x: np.ndarray, y: np.ndarray, side: int) -> tuple[Call, int]:
    from landscape.keras_objective import KerasObjective

    objective = KerasObjective(model, x, y, batch_size=len(x))
    plane = ls.random_plane(objective, objective.theta, rng=np.random.default_rng(0))
    axis = np.linspace(-1.0, 1.0, side)
    return lambda: ls.evaluate_plane(objective, plane, axis, axis), side * side


def _loop(model: Any, x: np.ndarray, y: np.ndarray, points: int) -> tuple[Call, int]:
    """Return a loop of ``set_weights`` and ``evaluate`` over points of a line."""
    origin = model.get_weights()
    rng = np.random.default_rng(0)
    direction = [rng.standard_normal(weight.shape, dtype=np.float32) for weight in origin]

    def run() -> list[float]:
        losses = []
        for alpha in np.linspace(-1.0, 1.0, points, dtype=np.float32):
            model.set_weights([w + alpha * d for w, d in zip(origin, direction, strict=True)])
            losses.append(model.evaluate(x, y, batch_size=len(x), verbose=0))
        return losses

    return run, points


def conv_surface(size: Size) -> tuple[Call, int]:
    """evaluate_plane of the convolutional net, end to end."""
    return _surface(_conv_model(), *_images(size), size.conv_side)


def conv_loop(size: Size) -> tuple[Call, int]:
    """set_weights and evaluate, point by point."""
    return _loop(_conv_model(), *_images(size), size.evaluations)


def xor_surface(size: Size) -> tuple[Call, int]:
    """evaluate_plane of the exercise's model in float32."""
    return _surface(_xor_model(), *_xor_data(), size.xor_side)


def xor_loop(size: Size) -> tuple[Call, int]:
    """set_weights and evaluate, point by point."""
    return _loop(_xor_model(), *_xor_data(), size.evaluations)


def million_surface(size: Size) -> tuple[Call, int]:
    """evaluate_plane of a net of a million parameters."""
    return _surface(_conv_model(hidden=620), *_images(size), size.slow_side)


def million_forward(size: Size) -> tuple[Call, int]:
    """A compiled forward pass with the loss, as often; the weights stay where they are."""
    return _forward(size, jit_compile=False)


def million_forward_xla(size: Size) -> tuple[Call, int]:
    """The same, compiled by XLA."""
    return _forward(size, jit_compile=True)


def _forward(size: Size, jit_compile: bool) -> tuple[Call, int]:
    from landscape.keras.reference_training import tf

    model = _conv_model(hidden=620)
    x, y = map(tf.constant, _images(size))

    @tf.function(jit_compile=jit_compile)
    def loss() -> Any:
        return model.loss(y, model(x, training=False))

    points = size.slow_side**2
    return lambda: [loss().numpy() for _ in range(points)], points


def _torch_conv(size: Size) -> tuple[Any, Any, Any, Any]:
    """Return the convolutional net, its loss, inputs and targets in torch."""
    import torch
    from torch import nn

    convolutions = [
        part
        for channels, more in ((1, 16), (16, 32))
        for part in (nn.Conv2d(channels, more, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
    ]
    model = nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(32 * (SIDE // 4) ** 2, CLASSES))
    x, y = _images(size)
    inputs = torch.from_numpy(x.transpose(0, 3, 1, 2).copy())
    return model.requires_grad_(False).eval(), nn.CrossEntropyLoss(), inputs, torch.from_numpy(y)


def _torch_xor(size: Size) -> tuple[Any, Any, Any, Any]:
    import torch
    from torch import nn

    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    return model.requires_grad_(False).eval(), nn.MSELoss(), *map(torch.from_numpy, _xor_data())


def _loss_landscapes(model: Any, loss: Any, x: Any, y: Any, side: int) -> tuple[Call, int]:
    import loss_landscapes
    from loss_landscapes.metrics import Loss

    metric = Loss(loss, x, y)
    return lambda: loss_landscapes.random_plane(model, metric, steps=side, deepcopy_model=True), side * side


def _loss_landscape_3d(model: Any, loss: Any, x: Any, y: Any, side: int) -> tuple[Call, int]:
    from loss_landscape_3d import LossLandscapeCalculator, generate_random_directions

    calculator, axis = LossLandscapeCalculator(model, [(x, y)], loss), np.linspace(-1.0, 1.0, side)
    center = {name: value.clone() for name, value in model.state_dict().items()}
    d1, d2 = generate_random_directions(model)
    return lambda: calculator.calculate(axis, axis, d1, d2, center), side * side


def conv_loss_landscapes(size: Size) -> tuple[Call, int]:
    """random_plane of loss-landscapes."""
    return _loss_landscapes(*_torch_conv(size), size.slow_side)


def conv_loss_landscape_3d(size: Size) -> tuple[Call, int]:
    """The calculator of loss-landscape-3d."""
    return _loss_landscape_3d(*_torch_conv(size), size.slow_side)


def xor_loss_landscapes(size: Size) -> tuple[Call, int]:
    """random_plane of loss-landscapes."""
    return _loss_landscapes(*_torch_xor(size), size.xor_side)


def xor_loss_landscape_3d(size: Size) -> tuple[Call, int]:
    """The calculator of loss-landscape-3d."""
    return _loss_landscape_3d(*_torch_xor(size), size.xor_side)


PEERS = {"loss_landscapes": "loss-landscapes", "loss_landscape_3d": "loss-landscape-3d"}
"""Module of a peer -> the package that installs it."""
CONV = [conv_surface, conv_loop, conv_loss_landscapes, conv_loss_landscape_3d]
XOR = [xor_surface, xor_loop, xor_loss_landscapes, xor_loss_landscape_3d]
MILLION = [million_surface, million_forward, million_forward_xla]


def installed(competitors: list[Competitor]) -> list[Competitor]:
    """Return those that can run here, and say once which peer is missing."""
    missing = {module: package for module, package in PEERS.items() if not (find_spec(module) and find_spec("torch"))}
    for module, package in missing.items():
        if any(c.__name__.endswith(module) for c in competitors):
            print(f"not timed, since it is not installed: {package} (pip install torch {package})")
    return [c for c in competitors if not c.__name__.endswith(tuple(missing))]
