"""A Keras model in a file, and its objective on a data set in a file: neither may run code that it brings.

Keras reads the file in its safe mode. Before that, whatever in the configuration names code, of a Lambda layer or of a
class or function outside of Keras, is refused: it would have to be unpickled or imported.
"""

from __future__ import annotations

import json
import os
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from landscape.base import checks
from landscape.base.wording import short_repr, truncated
from landscape.keras import refusals
from landscape.keras.files.data_file import DataSet, open_file
from landscape.keras.model_objective import KerasObjective
from landscape.keras.quiet_import import quiet_import
from landscape.keras.refusals import reason

with quiet_import():
    import keras

LONGEST_CONFIG = 2**26
"""Most bytes of the description of a model."""
WITH_LOGITS = {
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
    "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy,
}
"""Losses that take logits, outputs before the softmax or sigmoid, if they are told so."""
IN_PYTHON = "load it in Python, from a source that you trust, and use KerasObjective(model, x, y)"


def saved_objective(
    path: str | os.PathLike[str],
    data: DataSet,
    loss: str | None = None,
    *,
    from_logits: bool = False,
    batch_size: int | None = None,
    filters: str | None = None,
) -> KerasObjective:
    """Return the objective of a saved model on data.

    Parameters
    ----------
    path : of a model in Keras' format, ``.keras``
    data : DataSet
    loss : name of a Keras loss; by default the one that the model was compiled with
    from_logits : whether the model's outputs are logits; only for the cross-entropies
    batch_size, filters : as for KerasObjective

    Raises
    ------
    OSError
        If the file is missing, unreadable or damaged.
    ValueError
        If it is no Keras model, needs code, was saved without a loss and none is given, or does not fit the data.
    """
    if from_logits and loss not in WITH_LOGITS:
        raise ValueError(f"from_logits is for the losses {', '.join(WITH_LOGITS)}; got {loss or 'none'}")
    model = _load(path, with_loss=loss is None)
    if loss is None and getattr(model, "loss", None) is None:
        raise ValueError(
            f"{path} was saved without a loss; name one with loss, such as sparse_categorical_crossentropy"
        )
    if not model.trainable_variables:
        raise ValueError(f"{path} has no trainable weights; set trainable = True on some layers, and save it again")
    chosen = WITH_LOGITS[loss](from_logits=True) if loss and from_logits else loss
    with tensorflow_errors():
        return KerasObjective(
            model,
            data.x,
            data.y,
            chosen,
            sample_weight=data.sample_weight,
            batch_size=batch_size,
            filters=filters,
        )


def require_metrics(objective: KerasObjective, metrics: Sequence[str]) -> None:
    """Refuse a metric that Keras does not know, or that cannot be computed from the data."""
    if metrics:
        objective.loss(objective.theta)  # whatever goes wrong here is not about metrics
    for name in metrics:
        try:
            objective.metrics(objective.theta, (name,))
        except Exception as error:  # noqa: BLE001 - metrics may raise anything
            raise ValueError(
                f"metric {short_repr(name)} cannot be computed: {reason(error)}; choose another, such as accuracy"
            ) from None


@contextmanager
def tensorflow_errors() -> Iterator[None]:
    """Let what TensorFlow refuses be a ValueError of one line, and suppress warnings of Keras."""
    with refusals.tensorflow_errors(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _load(path: str | os.PathLike[str], *, with_loss: bool) -> Any:
    with open_file(path) as file:
        start = file.read(8)
        if start.startswith(b"\x89HDF"):
            raise ValueError(f"{path} is an HDF5 file; save the model in Keras' own format: model.save('name.keras')")
        if not str(path).endswith(".keras"):
            raise ValueError(f"{path} must be a model saved by Keras 3, with a name that ends in .keras")
        try:
            with zipfile.ZipFile(file) as archive:
                config = _config(archive)
                size = sum(member.file_size for member in archive.infolist())
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
            raise OSError(f"{path} is damaged or not a Keras model; save it again with model.save") from None
    if config is None:
        raise ValueError(f"{path} holds no Keras model, but other files; give a file that model.save wrote")
    checks.memory(f"{path} would take", size, "use a smaller model")
    if not with_loss:
        config.pop("compile_config", None)
    _refuse_code(config, path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of variables of the optimizer that were not saved, and the like
            return keras.saving.load_model(path, compile=with_loss, safe_mode=True)
    except Exception as error:  # noqa: BLE001 - layers may raise anything
        raise ValueError(f"{path} cannot be loaded by Keras {keras.__version__}: {reason(error)}") from None


def _config(archive: zipfile.ZipFile) -> dict[str, Any] | None:
    """Return the description of a model in an archive, or None if there is none."""
    if "config.json" not in archive.namelist() or archive.getinfo("config.json").file_size > LONGEST_CONFIG:
        return None
    try:
        config = json.loads(archive.read("config.json"))
    except (ValueError, RecursionError):
        return None
    return config if isinstance(config, dict) and "class_name" in config else None


def _refuse_code(config: dict[str, Any], path: str | os.PathLike[str]) -> None:
    """Refuse a model that needs code which is not part of Keras, or has Python code in the file."""
    for part, layer in _parts(config):
        kind, module = part.get("class_name"), part.get("module")
        if kind == "__lambda__":
            raise ValueError(
                f"{path}: layer {layer!r} is a Lambda with Python code in the file, which is never run; {IN_PYTHON}"
            )
        is_foreign = isinstance(module, str) and module.split(".")[0] not in {"keras", "builtins"}
        if kind == "function" and module == "builtins":
            is_foreign, kind = True, part.get("config")
        if is_foreign or (isinstance(part.get("registered_name"), str) and ">" in part["registered_name"]):
            raise ValueError(f"{path} needs {short_repr(kind)}, which is not part of Keras; {IN_PYTHON}")


def _parts(config: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield all objects in a description of a model, each with the name of its innermost layer."""
    stack: list[tuple[Any, str]] = [(config, "")]
    while stack:
        part, layer = stack.pop()
        if isinstance(part, dict):
            inner = part.get("config")
            if isinstance(inner, dict) and isinstance(inner.get("name"), str):
                layer = truncated(inner["name"], 80)
            yield part, layer
            stack += [(value, layer) for value in reversed(part.values())]
        elif isinstance(part, list):
            stack += [(value, layer) for value in reversed(part)]
