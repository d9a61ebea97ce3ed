"""Names of the style sheets for ``matplotlib.pyplot.style.use``: "xorscape", "xorscape-dark" and "xorscape-ddasp".

Matplotlib has no entry point for style sheets, and importing it takes most of the time of a short command. So
``import figures`` adds the names to its library at once if it has been imported, otherwise as soon as it is.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

SHORT_NAMES = {"xorscape": "lecture", "xorscape-dark": "lecture-dark", "xorscape-ddasp": "ddasp"}
"""Names for matplotlib -> style sheets."""
LIBRARY = "matplotlib.style"


class _Finder(MetaPathFinder):
    """Adds the names once, after matplotlib's library of styles has been loaded."""

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != LIBRARY:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_add(module: ModuleType) -> None:
                load(module)
                _add(module)

            spec.loader.exec_module = load_and_add  # type: ignore[method-assign]
        return spec


def add_short_names() -> None:
    """Add the names to matplotlib's styles, now or when matplotlib is imported."""
    if LIBRARY in sys.modules:
        _add(sys.modules[LIBRARY])
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _add(style: Any) -> None:
    from importlib.resources import files

    from matplotlib import rc_params_from_file

    for name, sheet in SHORT_NAMES.items():
        path = str(files(__package__) / f"{sheet}.mplstyle")
        style.library[name] = rc_params_from_file(path, use_default_template=False)
    style.available[:] = sorted({*style.available, *SHORT_NAMES})
