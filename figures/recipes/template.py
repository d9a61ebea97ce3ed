"""A recipe to start from: everything that can be set, at its default, with a comment for each key."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from figures import lecture
from figures.recipes.validation import Keys

HEAD = """\
# Everything that a recipe can set, at its default. Change what you like, and run: xorscape render RECIPE.toml
# A list where a setting takes a single value, such as seed = [0, 1, 2], makes a figure for each entry;
# where it takes a list, a list of lists does. Several such lists make all combinations.
"""
DEFAULTS = """\

# Settings of every figure that has them and does not set them itself: comment them out there, and set them here.
[defaults]
"""


def recipe_template(names: Sequence[str] = (), schema: str | None = None) -> str:
    """Return a recipe that sets everything to its default, with a comment for each key.

    names : figures that it renders; all if empty
    schema : address of the JSON schema, relative to the recipe, for editors
    """
    lines = [f"#:schema {schema}"] if schema else []
    lines += [HEAD + "\n".join(_commented(Keys, {"only": list(names)} if names else {})), DEFAULTS.rstrip("\n")]
    for name in names or lecture.NAMES:
        figure = lecture.lecture_figure(name)
        lines += [
            "",
            f"# {figure.QUESTION}",
            f"# Made for {lecture.sizes_in_words(figure)}.",
            f"[figures.{name}]",
        ]
        lines += _commented(figure.Settings, {})
    return "\n".join(lines) + "\n"


def _commented(model: type[BaseModel], given: dict[str, Any]) -> Iterator[str]:
    values = {**model().model_dump(mode="json"), **given}
    for key, field in model.model_fields.items():
        value = values[key]
        if value == {}:  # written as separate tables
            continue
        yield from [f"# {line}" for line in (field.description or "").split("\n") if line]
        yield f"# {key} =" if value is None else f"{key} = {_toml(value)}"


def _toml(value: Any) -> str:
    """Return a value as TOML; JSON booleans, numbers, strings and arrays are valid TOML."""
    return json.dumps(value, ensure_ascii=False)
