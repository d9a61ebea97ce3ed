"""Keras objectives as plain data, to be made anew in other processes."""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.keras.quiet_import import quiet_import
from landscape.keras.refusals import reason

with quiet_import():
    import keras

_PROCESS = os.getpid()


class PackedObjective(NamedTuple):
    """A KerasObjective in a form that can be pickled; ``make`` takes what follows it, unpacked."""

    fingerprint: str
    make: Callable[[Any, Any, Any, Any], Any]
    model: PackedModel
    data: Any
    loss: Any
    filters: Any

    def unpacked(self) -> Any:
        """Return the objective."""
        return self.make(self.model.unpacked(), self.data, unpacked_loss(self.loss), self.filters)


class PackedModel(NamedTuple):
    """A Keras model and what it was compiled with, in a form that can be pickled.

    archive : the bytes of a ``.keras`` file
    classes : the classes of its layers that are not from Keras, by name
    trainable : whether each layer is
    values : those of all variables; loading the archive changes some (low-rank additions)
    loss, weights : the loss that it was compiled with, and the weights of its parts
    """

    archive: bytes
    classes: Mapping[str, type]
    trainable: tuple[bool, ...]
    values: tuple[NDArray[Any], ...]
    loss: Any
    weights: Any

    def unpacked(self) -> Any:
        """Return the model.

        Raises
        ------
        ValueError
            If Keras cannot load it, or not as it was.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            path.write_bytes(self.archive)
            try:  # the archive comes from the process that sent it, as the rest of the pickle does
                model = keras.saving.load_model(path, custom_objects=self.classes, compile=False, safe_mode=False)
            except Exception as error:  # own classes may raise anything
                raise _not_loaded(reason(error)) from error
        if [v.shape for v in model.variables] != [v.shape for v in self.values]:
            raise _not_loaded("its variables have other shapes then")
        for v, value in zip(model.variables, self.values, strict=True):
            v.assign(value)
        for layer, trainable in zip(_layers(model), self.trainable, strict=True):
            if layer.trainable != trainable:
                layer.trainable = trainable
        if self.loss is not None:
            model.compile(loss=unpacked_loss(self.loss), loss_weights=self.weights)
        return model


@dataclass(frozen=True)
class _Loss:
    """A Keras loss; its own way of being pickled leaves out some settings."""

    kind: type
    settings: dict[str, Any]

    def unpacked(self) -> Any:
        loss: Any = object.__new__(self.kind)
        loss.__dict__.update(self.settings)
        return loss


def packed_model(model: Any) -> PackedModel:
    """Return a model in a form that can be pickled.

    Raises
    ------
    ValueError
        If Keras cannot save it.
    """
    own = {type(layer).__name__: type(layer) for layer in _layers(model)}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras' own, about numpy
        path = Path(folder) / "model.keras"
        try:
            model.save(path)
            archive = path.read_bytes()
        except Exception as error:  # custom layers may raise anything
            raise _not_loaded(reason(error)) from error
    compiled = getattr(model, "compiled", False) and model.loss is not None
    return PackedModel(
        archive,
        {name: kind for name, kind in own.items() if not kind.__module__.startswith("keras.")},
        tuple(layer.trainable for layer in _layers(model)),
        tuple(np.asarray(v) for v in model.variables),
        packed_loss(model.loss) if compiled else None,
        model._compile_loss._user_loss_weights if compiled else None,
    )


def _not_loaded(reason: str) -> ValueError:
    return ValueError(
        f"model must be one that Keras can save and load, with get_config, to be sent to workers: {reason}"
    )


def packed_loss(loss: Any) -> Any:
    """Return a loss, or a structure of losses, in a form that can be pickled."""
    if loss is None:
        return None
    return keras.tree.map_structure(
        lambda part: _Loss(type(part), dict(part.__dict__)) if isinstance(part, keras.losses.Loss) else part, loss
    )


def unpacked_loss(loss: Any) -> Any:
    """Return a loss, or a structure of losses, from such a form."""
    if loss is None:
        return None
    return keras.tree.map_structure(lambda part: part.unpacked() if isinstance(part, _Loss) else part, loss)


def digest_of_held(model: Any) -> str:
    """Return a digest of the variables that are not trained, and of the shapes of all."""
    trainable = {id(v) for v in model.trainable_variables}
    found = hashlib.sha256()
    for v in model.variables:
        values = b"" if id(v) in trainable else np.asarray(v).tobytes()
        found.update(f"{v.shape} {v.dtype}\n".encode() + values)
    return found.hexdigest()


def require_no_fork() -> None:
    """Refuse to go on in a process that was forked from one with TensorFlow: it would hang."""
    if os.getpid() != _PROCESS:
        raise RuntimeError(
            "TensorFlow does not run in a forked process; start workers with "
            "ProcessPoolExecutor(mp_context=multiprocessing.get_context('spawn'))"
        )


def _layers(model: Any) -> list[Any]:
    """Return the model and all layers in it."""
    return list(model._flatten_layers())
