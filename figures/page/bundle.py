"""Join the page's JavaScript modules into one program that needs no loader.

A page that is opened from disk cannot import modules, and neither can a worker that is made from text. So each module
becomes a function that returns its exports, called in the order of the imports, inside of one function
``xorscapeProgram``. The source of that function is what a worker is made from.

Only the forms that the modules use are understood: ``import { a, b as c } from "./path.js";`` on one line or several,
and ``export`` before ``function``, ``async function``, ``const`` or ``class``. All others are refused.
"""

from __future__ import annotations

import graphlib
import posixpath
import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

APP = resources.files("figures.page") / "app"

_NAME = r"[A-Za-z_$][\w$]*"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"\n]+\.js)";$', re.MULTILINE)
_IMPORTED = re.compile(rf"({_NAME})(?: as ({_NAME}))?")
_EXPORT = re.compile(rf"^export (?=(?:async function\*?|function\*?|const|class) ({_NAME}))", re.MULTILINE)
_NOT_UNDERSTOOD = re.compile(
    r"""^[ \t]*(?:import\s*['"\w{*]|export\s*(?:[{*]|(?:default|async|function|const|let|var|class)\b)).*$"""
    r"|\bimport\s*[(.]|</script|<!--|^\s*-->",
    re.MULTILINE | re.IGNORECASE,
)


class _Module(NamedTuple):
    """A module: its source without imports and exports, what it imports from where, and the names that it exports."""

    body: str
    imports: dict[str, tuple[str, ...]]  # path of another module -> the names, such as ``a`` or ``b as c``
    exports: tuple[str, ...]


def bundled_program(entry: str = "main.js", folder: Traversable = APP) -> str:
    """Return the source of ``function xorscapeProgram()``, which returns the exports of the module ``entry``.

    Parameters
    ----------
    entry : str
        Path of a module, relative to the folder of the page's modules.
    folder : Traversable, optional
        The folder of the modules.

    Raises
    ------
    ValueError
        A module imports or exports in a form that is not understood, imports what is not there, or modules import
        each other in a circle.
    """
    modules = {entry: _read(folder, entry, entry)}
    pending = [entry]
    while pending:
        importer = pending.pop()
        for name in modules[importer].imports:
            if name not in modules:
                modules[name] = _read(folder, name, importer)
                pending.append(name)
    try:
        order = list(graphlib.TopologicalSorter({name: one.imports for name, one in modules.items()}).static_order())
    except graphlib.CycleError as circle:
        raise ValueError(f"modules import each other in a circle: {' -> '.join(circle.args[1])}") from None
    parts = ["function xorscapeProgram() {", '"use strict";', "const modules = {};"]
    for name in order:
        parts += _as_function(name, modules)
    return "\n".join([*parts, f'return modules["{entry}"];', "}", ""])


def _read(folder: Traversable, name: str, importer: str) -> _Module:
    """Return the module with that path; raise ValueError if it has a form that is not understood."""
    file = folder / name
    if name.startswith("..") or not file.is_file():
        raise ValueError(f"{importer} imports {name}, which is not among the page's modules")
    source = file.read_text(encoding="utf-8")
    body = _EXPORT.sub("", _IMPORT.sub("", source))
    if unknown := _NOT_UNDERSTOOD.search(body):
        raise ValueError(f"{name} has a form that the bundle does not understand: {unknown.group(0).strip()!r}")
    imports: dict[str, tuple[str, ...]] = {}
    for names, path in _IMPORT.findall(source):
        place = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        listed = [" ".join(one.split()) for one in names.split(",") if one.strip()]
        if wrong := [one for one in listed if not _IMPORTED.fullmatch(one)]:
            raise ValueError(f"{name} has a form that the bundle does not understand: {wrong[0]!r}")
        imports[place] = (*imports.get(place, ()), *listed)
    return _Module(body.strip("\n"), imports, tuple(found.group(1) for found in _EXPORT.finditer(source)))


def _as_function(name: str, modules: dict[str, _Module]) -> Iterator[str]:
    """Yield the lines of a module as a function that is called and returns its exports."""
    module = modules[name]
    yield f'modules["{name}"] = (() => {{'
    for place, names in module.imports.items():
        for one in names:
            if one.partition(" ")[0] not in modules[place].exports:
                raise ValueError(f"{name} imports {one.partition(' ')[0]!r}, which {place} does not export")
        yield f'const {{ {", ".join(names).replace(" as ", ": ")} }} = modules["{place}"];'
    yield module.body
    yield f"return {{ {', '.join(module.exports)} }};\n}})();"
