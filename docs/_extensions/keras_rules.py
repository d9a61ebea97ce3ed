"""The table of filters by class of Keras layer, made from the rules themselves."""

import inspect
import re
from typing import Any, NamedTuple


class Row(NamedTuple):
    """Classes that share rules, what their filters are, and which biases belong to them."""

    classes: str
    filters: str
    biases: str


def filter_rows() -> list[Row]:
    """Return a row for every rule of every class of layers, in the order of the rules; equal ones share a row."""
    from landscape.keras.filter_rules import RULES, of_heads

    classes: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for kind, rules in RULES.items():
        classes.setdefault(cells(rules), []).append(f"`{kind.__name__}`")
    classes[cells(of_heads)] = ["`query`, `key` and `value` in attention layers"]
    return [Row(", ".join(names), *pair) for pairs, names in classes.items() for pair in pairs]


def cells(rules: Any) -> tuple[tuple[str, str], ...]:
    """Return (filters, biases) of each rule; a function of the layer says in its docstring what they are."""
    if callable(rules):
        meaning = re.split("[:;] ", inspect.getdoc(rules).partition("\n")[0])[-1]
        return ((meaning.replace("``", "`").rstrip("."), "by the layer's arguments"),)
    return tuple((weights(rule), biases(rule)) for rule in rules)


def weights(rule: Any) -> str:
    """Return which weights a rule takes, and which axes number its filters.

    >>> from types import SimpleNamespace
    >>> weights(SimpleNamespace(kernels={"kernel": (-2, -1)}, bias="bias"))
    '`kernel`: one for each index of axes -2 and -1'
    >>> weights(SimpleNamespace(kernels={}, bias="gamma"))
    'each entry of `gamma`'
    """
    if not rule.kernels:
        return f"each entry of `{rule.bias}`"
    parts: dict[Any, list[str]] = {}
    for name, axes in rule.kernels.items():
        parts.setdefault(axes if isinstance(axes, tuple) else (axes,), []).append(f"`{name}`")
    return "; ".join(
        f"{' and '.join(names)}: one for each index of {'axis' if len(axes) == 1 else 'axes'} "
        + " and ".join(map(str, axes))
        for axes, names in parts.items()
    )


def biases(rule: Any) -> str:
    """Return which biases belong to the filters of a rule.

    >>> from types import SimpleNamespace
    >>> biases(SimpleNamespace(kernels={"kernel": -1}, bias="bias"))
    'one entry of `bias` each, in the same order'
    >>> biases(SimpleNamespace(kernels={"kernel": 0}, bias=None))
    'none'
    >>> biases(SimpleNamespace(kernels={}, bias="gamma"))
    'these entries count as biases'
    """
    if rule.bias is None:
        return "none"
    return f"one entry of `{rule.bias}` each, in the same order" if rule.kernels else "these entries count as biases"


def keras_values() -> dict[str, Any]:
    """Return the values of the page on Keras models."""
    from landscape.keras.many_points import AT_ONCE, SMALL_MODEL

    return {"filter_rows": filter_rows(), "at_once": AT_ONCE // 2**20, "small_model": f"{SMALL_MODEL:,}"}
