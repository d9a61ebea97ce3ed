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
from importlib import resources

APP = resources.files("figures.page") / "app"

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function\*?|function\*?|const|class) ([A-Za-z_$][\w$]*))", re.MULTILINE)
_NOT_UNDERSTOOD = re.compile(r"^(import|export)\b.*$|\bimport\(|</script|<!--", re.MULTILINE | re.IGNORECASE)


def bundled_program(entry: str = "main.js") -> str:
    """Return the source of ``function xorscapeProgram()``, which returns the exports of the module ``entry``.

    Parameters
    ----------
    entry : str
        Path of a module, relative to the folder of the page's modules.

    Raises
    ------
    ValueError
        A module imports or exports in a form that is not understood, or modules import each other in a circle.
    """
    sources: dict[str, str] = {}
    imports: dict[str, list[str]] = {}
    pending = [entry]
    while pending:
        name = pending.pop()
        if name in sources:
            continue
        sources[name] = (APP / name).read_text(encoding="utf-8")
        imports[name] = [_resolved(name, path) for _, path in _IMPORT.findall(sources[name])]
        pending += imports[name]
    try:
        order = list(graphlib.TopologicalSorter(imports).static_order())
    except graphlib.CycleError as circle:
        raise ValueError(f"modules import each other in a circle: {' -> '.join(circle.args[1])}") from None
    parts = [_as_function(name, sources[name]) for name in order]
    return (
        'function xorscapeProgram() {\n"use strict";\nconst modules = {};\n'
        + "\n".join(parts)
        + f'\nreturn modules["{entry}"];\n}}\n'
    )


def _resolved(importer: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), path))


def _as_function(name: str, source: str) -> str:
    def constants(found: re.Match[str]) -> str:
        names = found.group(1).replace(" as ", ": ")
        return f'const {{{names}}} = modules["{_resolved(name, found.group(2))}"];'

    exports = [found.group(1) for found in _EXPORT.finditer(source)]
    body = _EXPORT.sub("", _IMPORT.sub(constants, source))
    if unknown := _NOT_UNDERSTOOD.search(body):
        raise ValueError(f"{name} has a form that the bundle does not understand: {unknown.group(0)!r}")
    return f'modules["{name}"] = (() => {{\n{body}\nreturn {{ {", ".join(exports)} }};\n}})();'
