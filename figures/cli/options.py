"""Options of the commands that take recipes. The parser has no groups of options: here, a group is a dataclass."""

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
Group = TypeVar("Group")

LISTS = {"only": "--only", "formats": "--format", "styles": "--style", "sizes": "--size", "decks": "--deck"}
"""The keys of a recipe that are lists, and the options for them."""


def with_options(group: type[Group], command: Callable[[Group], int]) -> Callable[..., int]:
    """Return a command for the parser that takes each field of a dataclass as an option of its own."""

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
    out: Annotated[str | None, typer.Option(metavar="DIR", help="Folder for all files; default: out.")] = None
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME ...", help="Figures to render, or variants; see xorscape list."),
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
        list[str] | None, typer.Option("--size", metavar="SIZE", help="full, half or full,half; default: both.")
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

    def keys(self) -> dict[str, Any]:
        """Return the keys of a recipe that are given as options."""
        lists = {key: split(option, getattr(self, key)) for key, option in LISTS.items()}
        values = {"out": self.out, "builds": self.builds, **lists, "decks": _without_none(lists["decks"])}
        return {key: value for key, value in values.items() if value is not None}

    def recipe(self) -> Recipe:
        """Return the recipe of the files, with the keys that are given as options."""
        from figures.recipes.faults import RecipeError
        from figures.recipes.toml_files import layered
        from figures.recipes.validation import recipe

        arguments = self.recipes or []
        files = [a for a in arguments if a.lower().endswith(".toml") or os.sep in a]
        names = [a for a in arguments if a not in files]
        if names and self.only is None:
            raise RecipeError([f"{names[0]!r} is not a recipe (a .toml file); for single figures use --only NAME"])
        keys = self.keys()
        if "only" in keys:
            keys["only"] += names  # that follow the first name of --only
            keys.setdefault("decks", [])  # otherwise one figure would replace the deck by one of this figure alone
        layers = layered(files)
        labels = {key: LISTS.get(key, f"--{key}") for key in keys}
        return recipe({**layers.table, **keys}, labels, layers.origins)


@dataclass(frozen=True, kw_only=True)
class RenderOptions(RecipeOptions):
    """Options of the command that renders."""

    workers: Workers = None
    force: Annotated[bool, typer.Option("--force", help="Render everything again, even files that are up to date.")] = (
        False
    )
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report what would be done.")] = False
    verbose: Verbose = False

    def keys(self) -> dict[str, Any]:
        """Return the keys of a recipe that are given as options."""
        workers = {} if self.workers is None else {"workers": whole_number(self.workers)}
        return {**super().keys(), **workers}


def _without_none(kinds: list[str] | None) -> list[str] | None:
    """Return the requested kinds of deck; ``none`` means no deck."""
    from figures.recipes.faults import RecipeError

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


def whole_number(text: str) -> int | str:
    """Return ``text`` as an integer if it is one; validation of the recipe reports anything else."""
    try:
        return int(text)
    except ValueError:
        return text
