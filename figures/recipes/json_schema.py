"""The JSON schema of recipes, which lets editors complete keys and mark mistakes during typing.

It covers the types and ranges of all values. Rules that involve several settings are checked by
:func:`figures.recipes.validation.recipe` only. So whatever the schema rejects is an invalid recipe, but the schema
also accepts some invalid recipes.
"""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from figures import lecture
from figures.output.formats import FORMATS, MOVING
from figures.recipes.validation import Keys
from figures.slides import DECKS

Schema = dict[str, Any]


def schema() -> Schema:
    """Return the schema as a value that can be serialized to JSON."""
    from figures.style.style_sheets import SIZES, STYLES

    keys = _properties(Keys)
    choices = {"formats": (*FORMATS, *MOVING), "styles": (*STYLES, "all"), "sizes": tuple(SIZES), "decks": DECKS}
    for key, allowed in choices.items():
        keys[key]["items"] = {"enum": list(allowed)}
    figures = {name: _figure(name) for name in (*lecture.NAMES, *lecture.MODEL_NAMES)}
    shared: dict[str, list[Schema]] = {}
    for figure in figures.values():
        for key, values in figure["properties"].items():
            alternatives = shared.setdefault(key, [])
            alternatives += [one for one in values["anyOf"] if one not in alternatives]
    keys["defaults"] |= {
        "properties": {key: {"anyOf": values} for key, values in shared.items()},
        "additionalProperties": False,
    }
    keys["figures"] |= {"properties": figures, "additionalProperties": False}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Recipe of xorscape",
        "type": "object",
        "properties": keys,
        "additionalProperties": False,
    }


def _figure(name: str) -> Schema:
    """Return the schema of a figure's table: every setting is a single value or a sweep."""
    figure = lecture.lecture_figure(name)
    own = _properties(figure.Settings)
    return {
        "description": figure.QUESTION,
        "type": "object",
        "properties": {key: _value_or_sweep(value) for key, value in own.items()},
        "additionalProperties": False,
    }


def _value_or_sweep(setting: Schema) -> Schema:
    annotations: Schema = {key: setting[key] for key in ("description", "default") if key in setting}
    value = {key: rule for key, rule in setting.items() if key not in annotations}
    return {**annotations, "anyOf": [value, {"type": "array", "items": {"anyOf": [value]}, "minItems": 1}]}


def _properties(model: type[BaseModel]) -> dict[str, Schema]:
    properties: dict[str, Schema] = model.model_json_schema(schema_generator=_Generator)["properties"]
    return properties


class _Generator(GenerateJsonSchema):
    """Generates schemas without titles, and without null, which TOML lacks: an optional setting is left out instead."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return that no key has a title."""
        return False

    def nullable_schema(self, schema: Any) -> Schema:
        """Return the schema of the values other than null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> Schema:
        """Return a schema with its default, unless that is null."""
        if schema.get("default") is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)
