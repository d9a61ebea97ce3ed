"""The API pages: all public names of modules, collected automatically instead of from a hand-kept list.

The directive ``public`` takes names of modules, one per line. It documents the names in a module's ``__all__``; without
``__all__``, the names that its package exports; and if there are none, its public functions and classes.
"""

import importlib
import inspect

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Public(SphinxDirective):
    """Document modules: the docstring of each, then its public names."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        source = [line for module in self.content if module.strip() for line in page(module.strip())]
        return self.parse_text_to_nodes("\n".join(source), allow_section_headings=True)


def page(module: str) -> list[str]:
    """Return the reStructuredText of one module."""
    lines = [module, "-" * len(module), "", f".. automodule:: {module}", "   :no-members:", ""]
    for name in names(module):
        value = getattr(importlib.import_module(module), name)
        package = module.partition(".")[0]
        home = package if name in exported(module) else module  # the name under which callers import it
        match value:
            case type():
                left_out = (
                    "object, tuple, Protocol, Mapping, Callback"  # classes whose members are documented elsewhere
                )
                kind, options = "autoclass", ["   :members:", f"   :inherited-members: {left_out}"]
            case _ if inspect.isroutine(value):
                kind, options = "autofunction", []
            case _:
                kind, options = "autodata", ["   :no-value:"]
                home = source_of(module)
        lines += [f".. {kind}:: {home}.{name}", *options, ""]
    return lines


def names(module: str) -> list[str]:
    """Return the public names that ``module`` defines, in the order of its source.

    These are the names in its ``__all__``, or else those that its package exports, or else all without an underscore.
    """
    inside = importlib.import_module(module)
    if hasattr(inside, "__all__"):
        return list(inside.__all__)
    own = [name for name, value in vars(inside).items() if getattr(value, "__module__", None) == module]
    public = [name for name in own if not name.startswith("_")]
    return [name for name in public if name in exported(module)] or public


def source_of(module: str) -> str:
    """Return the module that defines the names of ``module``; a public entry point only re-exports names."""
    values = (getattr(importlib.import_module(module), name) for name in names(module))
    return next((value.__module__ for value in values if hasattr(value, "__module__")), module)


def exported(module: str) -> list[str]:
    """Return the names that the package of a module exports."""
    return list(importlib.import_module(module.partition(".")[0]).__all__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("public", Public)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
