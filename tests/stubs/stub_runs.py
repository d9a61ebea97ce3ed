"""Rendering the tiny lecture set, and inspecting the result."""

import contextlib
from pathlib import Path

from figures.recipes.validation import recipe
from figures.render import batch

EVERY = {"styles": ["all"], "formats": ["pdf", "svg", "png", "gif"]}
TWO_FIGURES = {"workers": 1, "formats": ["png"], "only": ["dots", "wave"], "figures": {"dots": {"seed": [1, 2]}}}
"""Keys of a recipe of two figures, one of them in two variants."""
WAVE = {"workers": 1, "formats": ["png"], "only": ["wave"], "sizes": ["full"], "decks": ["tex"]}
"""Keys of a recipe of one figure and a deck."""
RENDER_WAVE = ["render", "--only", "wave", "--format", "png", "--size", "full", "--deck", "tex", "--workers", 1]
"""The command for the same."""


def render(out, **keys):
    return batch.render(recipe({"out": str(out), "workers": 1, **keys}))


def statuses(outcomes):
    return {o.name: o.status for o in outcomes}


def contents(out):
    """Return all files below a folder and their bytes."""
    found = {}
    for path in Path(out).rglob("*"):
        with contextlib.suppress(FileNotFoundError, IsADirectoryError):  # a file being written may be renamed meanwhile
            found[str(path.relative_to(out))] = path.read_bytes()
    return found


def times(out):
    return {name: (Path(out) / name).stat().st_mtime_ns for name in contents(out)}


COMMAND = (
    "import stub_lecture, sys; stub_lecture.install(); from figures.cli.main import main; sys.exit(main(sys.argv[1:]))"
)


def finished(out):
    """Return the files of an output folder that already have their final names."""
    return {} if not out.exists() else {k: v for k, v in contents(out).items() if not k.endswith(".partial")}
