"""The API pages: everything public that modules hold, without a list that somebody would have to keep up.

``public`` takes names of modules, one a line. Of a module it documents what its package exports; where that is nothing,
what its ``__all__`` or its public functions and classes are.
"""

import importlib
import inspect
from typing import ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import nested_parse_with_titles


class Public(SphinxDirective):
    """Documents modules: what each says of itself, then its public names."""

    has_content = True
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        holder = nodes.section()
        holder.document = self.state.document
        source = [line for module in self.content if module.strip() for line in page(module.strip())]
        nested_parse_with_titles(self.state, StringList(source, source="public"), holder)
        return list(holder.children)


def page(module: str) -> list[str]:
    """Return the reStructuredText of one module."""
    lines = [module, "-" * len(module), "", f".. automodule:: {module}", "   :no-members:", ""]
    for name in names(module):
        value = getattr(importlib.import_module(module), name)
        package = module.partition(".")[0]
        home = package if name in exported(module) else module  # as callers know it
        match value:
            case type():
                kind, options = "autoclass", ["   :members:", "   :inherited-members: object, tuple, Protocol, Mapping"]
            case _ if inspect.isroutine(value):
                kind, options = "autofunction", []
            case _:
                kind, options = "autodata", ["   :no-value:"]
                home = source_of(module)
        lines += [f".. {kind}:: {home}.{name}", *options, ""]
    return lines


def names(module: str) -> list[str]:
    """Return the public names that ``module`` defines, in the order of its source.

    They are those of its ``__all__``, or those that its package exports, or else all without an underscore.
    """
    inside = importlib.import_module(module)
    if hasattr(inside, "__all__"):
        return list(inside.__all__)
    own = [
        name
        for name, value in vars(inside).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module
    ]
    listed = [name for name in own if name in exported(module)]
    return listed or own


def source_of(module: str) -> str:
    """Return the module that the names of ``module`` are defined in; a door defines none itself."""
    values = (getattr(importlib.import_module(module), name) for name in names(module))
    return next((value.__module__ for value in values if hasattr(value, "__module__")), module)


def exported(module: str) -> list[str]:
    """Return what the package of a module exports."""
    return list(importlib.import_module(module.partition(".")[0]).__all__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directive known."""
    app.add_directive("public", Public)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
