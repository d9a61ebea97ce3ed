"""The JSON schema of recipes, which lets editors complete keys and mark mistakes during typing.

It covers the types and ranges of all values. Rules that involve several settings are checked by
:func:`figures.recipes.validation.recipe` only. So whatever the schema rejects is an invalid recipe, but the schema
also accepts some invalid recipes.
"""

from __future__ import annotations

from typing import Any

from figures import lecture
from figures.output.formats import FORMATS, MOVING
from figures.recipes.validation import Keys
from figures.slides import DECKS

Schema = dict[str, Any]


def schema() -> Schema:
    """Return the schema as a value that can be serialized to JSON."""
    from figures.style.style_sheets import SIZES, STYLES

    keys = _simplified(Keys.model_json_schema())["properties"]
    choices = {"formats": (*FORMATS, *MOVING), "styles": (*STYLES, "all"), "sizes": tuple(SIZES), "decks": DECKS}
    for key, allowed in choices.items():
        keys[key]["items"] = {"enum": list(allowed)}
    figures = {name: _figure(name) for name in lecture.NAMES}
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
    own = _simplified(figure.Settings.model_json_schema())["properties"]
    return {
        "description": figure.QUESTION,
        "type": "object",
        "properties": {key: _value_or_sweep(value) for key, value in own.items()},
        "additionalProperties": False,
    }


def _value_or_sweep(setting: Schema) -> Schema:
    """Return the schema of a setting's value or of a list of such values."""
    annotations: Schema = {key: setting[key] for key in ("description", "default") if key in setting}
    kinds = setting.get("anyOf", [{key: value for key, value in setting.items() if key not in annotations}])
    return {**annotations, "anyOf": [*kinds, {"type": "array", "items": {"anyOf": kinds}, "minItems": 1}]}


def _simplified(value: Any) -> Any:
    """Return a schema without null, which TOML lacks, and without the titles that pydantic generates.

    An optional setting is left out of the recipe instead of being null. An ``anyOf`` that is left with one
    alternative is replaced by that alternative.
    """
    if isinstance(value, list):
        return [_simplified(v) for v in value if v != {"type": "null"}]
    if not isinstance(value, dict):
        return value
    kept = {
        key: {k: _simplified(v) for k, v in inside.items()} if key == "properties" else _simplified(inside)
        for key, inside in value.items()
        if not (key == "title" and isinstance(inside, str)) and not (key == "default" and inside is None)
    }
    kinds = kept.get("anyOf", [])
    if len(kinds) != 1:
        return kept
    return {**{k: v for k, v in kept.items() if k != "anyOf"}, **kinds[0]}
