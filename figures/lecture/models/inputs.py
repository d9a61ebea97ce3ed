"""What the figures of Keras models have in common: their settings, and the objective that these describe."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import AfterValidator, Field, model_validator

from figures.lecture.settings import FigureSettings, Seed
from landscape.keras.files.data_file import DataSet, open_file, read_data

if TYPE_CHECKING:
    from landscape.keras.model_objective import KerasObjective

Step = Callable[[int, int], None] | None
"""Callback for progress, with (done, total)."""


def _existing(name: str) -> str:
    """Return the name of a file if it can be opened, raise ValueError otherwise."""
    try:
        open_file(name).close()
    except (OSError, ValueError) as error:
        raise ValueError(str(error)) from None
    return name


File = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_existing)]
"""Name of a file that exists."""
Scale = Annotated[
    Literal["root", "log", "linear"], Field(description="scale of the loss; its square root, logarithm or itself")
]
"""Scale on which a loss is drawn."""


class ModelSettings(FigureSettings):
    """Settings of every figure of a Keras model; the contents of its files belong to them, by their checksums."""

    FILES: ClassVar = ("model", "other", "data", "path")

    checksums: dict[str, str] = Field({}, description="SHA-256 of the files; filled in, and compared if given")
    data: File = Field("", description="file .npz with arrays x and y, and optionally sample_weight")
    loss: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="name of a Keras loss; by default that of the model"
    )
    from_logits: bool = Field(False, description="the outputs are logits, for a cross-entropy named as loss")
    batch_size: int | None = Field(None, ge=1, le=2**31, description="samples that are evaluated together; 32")
    filters: Literal["tensor"] | None = Field(None, description="tensor: each variable is one filter")
    seed: Seed = Field(0, description="of random directions or vectors")

    @model_validator(mode="after")
    def _identify_files(self) -> Self:
        """Require all files, add their checksums, and refuse files that do not have the given ones."""
        named = {key: getattr(self, key) for key in self.FILES if getattr(self, key, None) is not None}
        for key, name in named.items():
            if not name:
                raise ValueError(f"must name a file as {key}; got none")
        found = {key: _checksum(name) for key, name in named.items()}
        for key, known in self.checksums.items():
            if key in found and found[key] != known:
                raise ValueError(f"{named[key]} has changed, by its checksum; render the recipe again")
        object.__setattr__(self, "checksums", found)  # the settings are frozen for others
        return self


def _checksum(name: str) -> str:
    with Path(name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def objective_of(model: str, data: DataSet, settings: ModelSettings) -> KerasObjective:
    """Return the objective of a model in a file on data."""
    from landscape.keras.files.saved_model import saved_objective

    return saved_objective(
        model,
        data,
        settings.loss,
        from_logits=settings.from_logits,
        batch_size=settings.batch_size,
        filters=settings.filters,
    )


def data_of(settings: ModelSettings) -> DataSet:
    """Return the data that the settings name."""
    return read_data(settings.data)


def facts(settings: ModelSettings, data: DataSet, objective: KerasObjective, loss_name: str) -> dict[str, Any]:
    """Return what captions say of data and objective, as members of a result."""
    return {
        "data": Path(settings.data).name,
        "samples": data.samples,
        "weighted": data.sample_weight is not None,
        "parameters": objective.n_parameters,
        "loss_name": loss_name.replace(r"\$", "$"),
        "seed": settings.seed,
    }


def special_counts(*values: ArrayLike) -> dict[str, int]:
    """Return how many values are not a number, how many are infinite, and how many there are, as members."""
    every = np.concatenate([np.ravel(one) for one in values])
    return {"n_nan": int(np.isnan(every).sum()), "n_infinite": int(np.isinf(every).sum()), "n_values": every.size}


SPECIAL = "Of {n_values} losses, {n_nan} are not a number and {n_infinite} are infinite."
"""Sentence on what :func:`special_counts` has counted."""
DATA = "{samples} {weighted_words}samples of {data}"
"""Phrase for the data; ``weighted_words`` is a part."""


def weighted_words(weighted: bool) -> str:
    """Return the word for samples with weights, or nothing."""
    return "weighted " if weighted else ""
