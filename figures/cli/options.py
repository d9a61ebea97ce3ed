"""Options of the commands that take recipes.

typer has no groups of options that commands could share. Here a group is a dataclass, whose fields become the
parameters of the command.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from figures.recipes.recipe import Recipe

Workers = Annotated[str | None, typer.Option(metavar="N", help="Worker processes; default: one per core.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="List every variant and every file, however many there are.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors only.")]
Group = TypeVar("Group")

LIST_OPTIONS = {"only": "--only", "formats": "--format", "styles": "--style", "sizes": "--size", "decks": "--deck"}
"""Keys of a recipe that are lists -> the options that set them."""


def with_options(group: type[Group], command: Callable[[Group], int]) -> Callable[..., int]:
    """Return ``command`` in the form that typer needs: with one parameter for each field of ``group``."""

    @functools.wraps(command)
    def call(**values: Any) -> int:
        return command(group(**values))

    call.__signature__ = inspect.signature(group, eval_str=True)  # type: ignore[attr-defined]
    return call


@dataclass(frozen=True, kw_only=True)
class RecipeOptions:
    """Recipes and the options that override them."""

    recipes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RECIPE.toml ...",
            help="Recipes; later ones override earlier ones; default: the whole lecture set.",
        ),
    ] = None
    out: Annotated[
        str | None, typer.Option(metavar="DIR", help="Folder for all files; default: the recipe's, or out.")
    ] = None
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME ...", help="Figures to render, variants, or patterns such as 'leaving-*'."),
    ] = None
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="FORMAT", help="pdf, svg, png, gif, mp4 or several; default: all but mp4."),
    ] = None
    styles: Annotated[
        list[str] | None,
        typer.Option("--style", metavar="NAME", help="lecture, lecture-dark, ddasp, several or all; default: lecture."),
    ] = None
    sizes: Annotated[
        list[str] | None,
        typer.Option("--size", metavar="SIZE", help="full, half, wide (for 16:9) or several; default: full,half."),
    ] = None
    decks: Annotated[
        list[str] | None,
        typer.Option(
            "--deck", metavar="KIND", help="tex, html, pptx, several or none; default: tex and html, none with --only."
        ),
    ] = None
    builds: Annotated[
        bool | None,
        typer.Option("--builds/--no-builds", help="Also render each step of figures that are built up step by step."),
    ] = None
    half_slides: Annotated[
        bool | None,
        typer.Option("--half-slides/--no-half-slides", help="Decks also show the half sizes, with words beside them."),
    ] = None

    page: Annotated[
        bool | None,
        typer.Option(
            "--page/--no-page", help="Also write page.html, the live page; default: yes, but not with --only."
        ),
    ] = None

    def keys(self) -> dict[str, Any]:
        """Return the keys of a recipe that are given as options."""
        values: dict[str, Any] = {key: getattr(self, key) for key in ("out", "builds", "half_slides", "page")}
        for key, option in LIST_OPTIONS.items():
            values[key] = split(option, getattr(self, key))
        values["decks"] = _decks(values["decks"])
        return {key: value for key, value in values.items() if value is not None}

    def recipe(self) -> Recipe:
        """Return the recipe that the files describe, with keys that are given as options replaced."""
        from figures.recipes.faults import RecipeError
        from figures.recipes.toml_files import layered
        from figures.recipes.validation import recipe
        from landscape.base.wording import short_repr

        arguments = self.recipes or []
        files = [a for a in arguments if a.lower().endswith(".toml") or os.sep in a]
        names = [a for a in arguments if a not in files]
        if names and self.only is None:
            raise RecipeError(
                [f"{short_repr(names[0])} is not a recipe (a .toml file); for single figures use --only NAME"]
            )
        keys = self.keys()
        if "only" in keys:
            keys["only"] += names  # the parser takes one name after --only; further ones arrive as arguments
            keys.setdefault("decks", [])  # otherwise a deck of these figures alone would replace that of all figures
        layers = layered(files)
        labels = {key: LIST_OPTIONS.get(key, f"--{key.replace('_', '-')}") for key in keys}
        return recipe({**layers.table, **keys}, labels, layers.origins)


@dataclass(frozen=True, kw_only=True)
class RenderOptions(RecipeOptions):
    """Options of the command that renders."""

    workers: Workers = None
    force: Annotated[bool, typer.Option("--force", help="Render everything again, even files that are up to date.")] = (
        False
    )
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove files of variants that the recipe no longer has, if unchanged.")
    ] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report what would be done.")] = False
    quiet: Quiet = False
    verbose: Verbose = False

    def keys(self) -> dict[str, Any]:
        """Return the keys of a recipe that are given as options."""
        keys = super().keys()
        if self.workers is not None:
            keys["workers"] = whole_number(self.workers)
        return keys


def _decks(kinds: list[str] | None) -> list[str] | None:
    """Return the requested kinds of deck, none for ``["none"]``; None if the option is not given."""
    from figures.recipes.faults import RecipeError

    if kinds and "none" in kinds and len(kinds) > 1:
        raise RecipeError(["--deck: 'none' must be the only kind; leave out the others or 'none'"])
    return [] if kinds == ["none"] else kinds


def split(option: str, values: list[str] | None) -> list[str] | None:
    """Return the values of an option, which may be repeated and may have several values separated by commas."""
    from figures.recipes.faults import RecipeError

    if not values:
        return None
    parts = [part for value in values for part in value.replace(",", " ").split()]
    if not parts:
        raise RecipeError([f"{option}: must have at least one value, several separated by commas; got {values[0]!r}"])
    return parts


def whole_number(text: str) -> int | str:
    """Return ``text``, such as 4 or 1e1, as an integer, or unchanged if it is none: validation then reports it."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else text
