"""Options of the recipe commands, and the recipe that results from files and options."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from figures.recipes.recipe import Recipe

Recipes = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RECIPE.toml ...",
        help="Recipes; later ones override earlier ones; default: the whole lecture set.",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME ...", help="Figures to render, or variants; see xorscape list."),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="List every variant and every file, however many there are.")]


Out = Annotated[str | None, typer.Option(metavar="DIR", help="Folder for all files; default: out.")]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", metavar="FORMAT", help="pdf, svg, png, gif, mp4 or several; default: all but mp4."),
]
Styles = Annotated[
    list[str] | None,
    typer.Option("--style", metavar="NAME", help="lecture, lecture-dark, ddasp, several or all; default: lecture."),
]
Sizes = Annotated[
    list[str] | None, typer.Option("--size", metavar="SIZE", help="full, half or full,half; default: both.")
]
Decks = Annotated[
    list[str] | None,
    typer.Option(
        "--deck", metavar="KIND", help="tex, html, pptx, several or none; default: tex and html, none with --only."
    ),
]
Builds = Annotated[
    bool | None,
    typer.Option("--builds/--no-builds", help="Also render each step of figures that are built up step by step."),
]


def recipe_of(arguments: list[str], given: dict[str, Any], only: list[str] | None, kinds: list[str] | None) -> Recipe:
    """Return the recipe of the files among the arguments; options override the files.

    arguments : files, and names that follow the first name of ``--only``
    given : key of a recipe -> value of its option, None if the option is not given
    only, kinds : values of ``--only`` and ``--deck``
    """
    from figures.recipes.faults import RecipeError
    from figures.recipes.toml_files import layered
    from figures.recipes.validation import recipe

    files = [a for a in arguments if a.lower().endswith(".toml") or os.sep in a]
    names = [a for a in arguments if a not in files]
    if names and only is None:
        raise RecipeError([f"{names[0]!r} is not a recipe (a .toml file); for single figures use --only NAME"])
    options = {"formats": "--format", "styles": "--style", "sizes": "--size", "decks": "--deck"}
    values = {
        **given,
        **{key: split(options[key], given[key]) for key in ("formats", "styles", "sizes")},
        "workers": whole_number(given.get("workers")),
        "only": split("--only", only),
        "decks": _decks(kinds),
    }
    chosen = {key: value for key, value in values.items() if value is not None}
    if names:
        chosen["only"] += names
    if "only" in chosen:  # otherwise rendering one figure would replace the deck by one of this figure alone
        chosen.setdefault("decks", [])
    layers = layered(files)
    labels = {key: options.get(key, f"--{key}") for key in chosen}
    return recipe({**layers.table, **chosen}, labels, layers.origins)


def _decks(values: list[str] | None) -> list[str] | None:
    """Return the requested kinds of deck; ``none`` means no deck."""
    from figures.recipes.faults import RecipeError

    kinds = split("--deck", values)
    if kinds and "none" in kinds and len(kinds) > 1:
        raise RecipeError(["--deck: 'none' must be the only kind; leave out the others or 'none'"])
    return [] if kinds == ["none"] else kinds


def split(option: str, values: list[str] | None) -> list[str] | None:
    """Return the values of an option that may be repeated, each time with several values separated by commas."""
    from figures.recipes.faults import RecipeError

    if not values:
        return None
    parts = [part for value in values for part in value.replace(",", " ").split()]
    if not parts:
        raise RecipeError([f"{option}: must name at least one, several with commas between them; got {values[0]!r}"])
    return parts


def whole_number(text: str | None) -> int | str | None:
    """Return ``text`` as an integer if it is one; validation of the recipe reports anything else."""
    try:
        return None if text is None else int(text)
    except ValueError:
        return text
