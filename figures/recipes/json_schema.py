"""The JSON schema of recipes, by which editors complete keys and mark mistakes while one types.

It knows the kinds and ranges of all values; what concerns several settings together is found by
:func:`figures.recipes.validation.recipe` alone. So what the schema refuses is no recipe, but not the other way about.
"""

from __future__ import annotations

from typing import Any

from figures import lecture
from figures.output.formats import FORMATS, MOVING
from figures.recipes.validation import Keys
from figures.slides import DECKS

Schema = dict[str, Any]


def schema() -> Schema:
    """Return the schema, as a plain value to be written as JSON."""
    from figures.style.style_sheets import SIZES, STYLES

    whole = _plain(Keys.model_json_schema())
    keys = whole["properties"]
    named = {"formats": (*FORMATS, *MOVING), "styles": (*STYLES, "all"), "sizes": tuple(SIZES), "decks": DECKS}
    for key, allowed in named.items():
        keys[key]["items"] = {"enum": list(allowed)}
    figures = {name: _figure(name) for name in lecture.NAMES}
    shared: dict[str, list[Schema]] = {}
    for figure in figures.values():
        for key, values in figure["properties"].items():
            alike = shared.setdefault(key, [])
            alike += [one for one in values["anyOf"] if one not in alike]
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
    """Return the schema of a figure's table: every setting is a value or a sweep of several."""
    figure = lecture.lecture_figure(name)
    own = _plain(figure.Settings.model_json_schema())["properties"]
    return {
        "description": figure.QUESTION,
        "type": "object",
        "properties": {key: _swept(value) for key, value in own.items()},
        "additionalProperties": False,
    }


def _swept(setting: Schema) -> Schema:
    """Return the schema of a setting's value, or of a list of such values."""
    told: Schema = {key: setting[key] for key in ("description", "default") if key in setting}
    kinds = setting.get("anyOf", [{key: value for key, value in setting.items() if key not in told}])
    return {**told, "anyOf": [*kinds, {"type": "array", "items": {"anyOf": kinds}, "minItems": 1}]}


def _plain(value: Any) -> Any:
    """Return a schema without what TOML has no word for, and without the titles that pydantic makes up.

    TOML has no null: what may be left out may be left out. An option of one is that one.
    """
    if isinstance(value, list):
        return [_plain(v) for v in value if v != {"type": "null"}]
    if not isinstance(value, dict):
        return value
    kept = {
        key: {k: _plain(v) for k, v in inside.items()} if key == "properties" else _plain(inside)
        for key, inside in value.items()
        if not (key == "title" and isinstance(inside, str)) and not (key == "default" and inside is None)
    }
    kinds = kept.get("anyOf", [])
    return {**{k: v for k, v in kept.items() if k != "anyOf"}, **kinds[0]} if len(kinds) == 1 else kept
