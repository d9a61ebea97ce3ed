"""The commands about recipes: write one, check it, say what it would render, render it, verify what was rendered."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from figures.console import complain, complain_of, progress_bar, refused

if TYPE_CHECKING:
    from figures.batch import Plan
    from figures.recipe import Recipe
    from figures.work import Outcome

SCHEMA = "recipe.schema.json"
"""What a new recipe takes for the schema when it lies beside it."""

MOST_WORKERS = 256
"""Processes that may share the work."""

Recipes = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RECIPE.toml ...",
        help="Recipes, each laid over those before it; without one, the whole lecture set.",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME ...", help="Figures to render, or variants; see xorscape list."),
]


Verbose = Annotated[bool, typer.Option("--verbose", help="Tell of every variant and every file, where there are many.")]


Out = Annotated[str | None, typer.Option(metavar="DIR", help="Folder for all files; default: out.")]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", metavar="FORMAT", help="pdf, svg, png, gif, mp4 or several; default: all but mp4."),
]
Styles = Annotated[
    list[str] | None,
    typer.Option("--style", metavar="NAME", help="lecture, lecture-dark, ddasp, several or all; default: lecture."),
]
Sizes = Annotated[list[str] | None, typer.Option("--size", metavar="SIZE", help="full, half or both; default: both.")]
Decks = Annotated[
    list[str] | None,
    typer.Option(
        "--deck", metavar="KIND", help="tex, html, pptx, several or none; default: tex and html, none with --only."
    ),
]
Builds = Annotated[
    bool | None, typer.Option("--builds/--no-builds", help="Every step of figures that are built up, too.")
]


def render(  # noqa: PLR0917 - the parser calls it
    recipes: Recipes = None,
    out: Out = None,
    only: Only = None,
    formats: Formats = None,
    styles: Styles = None,
    sizes: Sizes = None,
    kinds: Decks = None,
    builds: Builds = None,
    workers: Annotated[str | None, typer.Option(metavar="N", help="Processes; default: one for each core.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Make everything anew, up to date or not.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    verbose: Verbose = False,
) -> int:
    """Render figures, with texts and data.

    Each has a caption, an alt text, its data and beamer snippets beside it.
    Options go before what the recipes say. What is up to date is not made again.
    """
    from figures.faults import RecipeError

    given = {"out": out, "formats": formats, "styles": styles, "sizes": sizes, "builds": builds, "workers": workers}
    try:
        whole = _recipe(recipes or [], given, only, kinds)
    except RecipeError as error:
        return refused(error)
    if dry_run:
        return _foretell(whole, force, is_part=only is not None, verbose=verbose)

    from figures.batch import render as render_batch

    began = time.monotonic()
    try:
        with progress_bar() as progress:
            outcomes = render_batch(whole, progress, force=force, is_part=only is not None, note=complain)
    except OSError as error:
        return refused(error)
    return _report(outcomes, whole, time.monotonic() - began, verbose=verbose)


def check(  # noqa: PLR0917 - the parser calls it
    recipes: Recipes = None,
    out: Out = None,
    only: Only = None,
    formats: Formats = None,
    styles: Styles = None,
    sizes: Sizes = None,
    kinds: Decks = None,
    builds: Builds = None,
) -> int:
    """Check recipes and say what they would render.

    All mistakes are told at once, one in a line. Options are those of render.
    """
    from figures.builds import counts
    from figures.faults import RecipeError
    from figures.jobs import files_of
    from figures.lecture import formats_of, lecture_figure

    given = {"out": out, "formats": formats, "styles": styles, "sizes": sizes, "builds": builds}
    try:
        whole = _recipe(recipes or [], given, only, kinds)
    except RecipeError as error:
        return refused(error)
    files = 0
    for figure, count in Counter(variant.figure for variant in whole.variants).items():
        module = lecture_figure(figure)
        made_in = tuple(size for size in whole.sizes if size in module.SIZES)
        made_as = tuple(ending for ending in whole.formats if ending in formats_of(module))
        steps = counts(module, made_in) if whole.builds else {}
        each = sum(len(names) for *_, names in files_of(figure, whole.styles, made_in, made_as, steps))
        files += count * each
        typer.echo(f"{figure:<14}{_counted(count, 'variant')}, {_counted(count * each, 'file')}")
    for figure, reason in _skipped(whole):
        typer.echo(f"{figure:<14}{reason}")
    if decks := len(whole.styles) * len(whole.decks):
        files += decks
        typer.echo(f"{'decks':<14}{', '.join(whole.decks)}, {_counted(decks, 'file')}")
    for deck, reason in _empty(whole):
        typer.echo(f"{deck:<14}{reason}")
    typer.echo(f"{_counted(len(whole.variants), 'variant')}, {_counted(files, 'file')} in {whole.out}{os.sep}")
    return 0


def init(
    file: Annotated[str, typer.Argument(metavar="FILE.toml", help="Recipe to write.")] = "lecture.toml",
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME ...", help="Figures in it; see xorscape list; default: all.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
) -> int:
    """Write a recipe to begin with.

    It sets everything to its default, with a comment for each setting.
    """
    from figures import lecture
    from figures.faults import RecipeError, choose
    from figures.recipe_text import commented
    from landscape.atomic import write_bytes

    try:
        names = _split("--only", only) or []
        if wrong := [f"--only: no figure {n!r}; {choose(n, lecture.NAMES)}" for n in names if n not in lecture.NAMES]:
            raise RecipeError(wrong)
        target = Path(file)
        if target.suffix.lower() != ".toml":
            raise RecipeError([f"a recipe's name must end in .toml; got {file!r}"])
        if target.exists() and not force:
            raise RecipeError([f"{file} exists; choose another name, or --force to replace it"])
        beside = target.parent / SCHEMA
        text = commented([n for n in lecture.NAMES if n in names], f"./{SCHEMA}" if beside.is_file() else None)
        write_bytes(target, text.encode())
    except (RecipeError, OSError) as error:
        return refused(error)
    typer.echo(f"wrote {file}; change what you like, then: xorscape render {file}")
    return 0


def schema() -> int:
    """Print the JSON schema of recipes.

    Kept as recipe.schema.json beside a recipe that xorscape init wrote, it has editors complete its keys.
    """
    from figures import recipe_schema

    typer.echo(json.dumps(recipe_schema.schema(), indent=1))
    return 0


def verify(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder that a render has made.")] = "out",
    workers: Annotated[str | None, typer.Option(metavar="N", help="Processes; default: one for each core.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Compare checksums only; render nothing.")] = False,
    verbose: Verbose = False,
) -> int:
    """Verify a folder against its manifest.

    Every file must be as the manifest says, and come out the same when all is rendered anew elsewhere.
    Other files in the folder do no harm.
    """
    from figures.faults import RecipeError
    from figures.merge import some
    from figures.verify import changes, other_versions, rendered_anew, strangers

    try:
        count = whole_number(workers)
        if isinstance(count, str) or (count is not None and not 1 <= count <= MOST_WORKERS):
            raise RecipeError([f"--workers: must be a whole number from 1 to {MOST_WORKERS}; got {workers}"])
        found = list(changes(Path(folder)))
        if others := strangers(Path(folder)):
            complain(f"{_counted(len(others), 'file')} in {folder} not of the manifest: {some(others)}")
        if note := other_versions(Path(folder)):
            complain(f"{folder} was {note}; the same bytes are promised for the same versions only")
        if not quick:
            with progress_bar() as progress:
                found += rendered_anew(Path(folder), count, progress)
    except (RecipeError, OSError) as error:
        return refused(error)
    complain_of(found, every=verbose)
    how = "by checksums" if quick else "by checksums and rendered anew"
    typer.echo(f"{folder}: {_counted(len(found), 'difference') if found else 'no difference'} ({how})")
    return 1 if found else 0


COMMANDS = (render, check, init, schema, verify)


def whole_number(text: str | None) -> int | str | None:
    """Return ``text`` as a whole number where it is one; the recipe says what is wrong with anything else."""
    try:
        return None if text is None else int(text)
    except ValueError:
        return text


def _recipe(arguments: list[str], given: dict[str, Any], only: list[str] | None, kinds: list[str] | None) -> Recipe:
    """Return the recipe of the files among the arguments, with what options give in the place of what they say.

    arguments : files, and names that follow the first one of ``--only``
    given : key of a recipe -> what its option gives, None if it is left out
    only, kinds : what ``--only`` and ``--deck`` give
    """
    from figures.faults import RecipeError
    from figures.recipe import recipe
    from figures.recipe_file import layered

    files = [a for a in arguments if a.lower().endswith(".toml") or os.sep in a]
    names = [a for a in arguments if a not in files]
    if names and only is None:
        raise RecipeError([f"{names[0]!r} is not a recipe (a .toml file); for single figures use --only NAME"])
    options = {"formats": "--format", "styles": "--style", "sizes": "--size", "decks": "--deck"}
    values = {
        **given,
        **{key: _split(options[key], given[key]) for key in ("formats", "styles", "sizes")},
        "workers": whole_number(given.get("workers")),
        "only": _split("--only", only),
        "decks": _decks(kinds),
    }
    chosen = {key: value for key, value in values.items() if value is not None}
    if names:
        chosen["only"] += names
    if "only" in chosen:  # or a look at one figure would leave a deck of that figure alone
        chosen.setdefault("decks", [])
    layers = layered(files)
    labels = {key: options.get(key, f"--{key}") for key in chosen}
    return recipe({**layers.table, **chosen}, labels, layers.origins)


def _decks(values: list[str] | None) -> list[str] | None:
    """Return the kinds of deck that are named; ``none`` stands for no deck at all."""
    kinds = _split("--deck", values)
    return [] if kinds == ["none"] else kinds


def _split(option: str, values: list[str] | None) -> list[str] | None:
    """Return the values of an option that may be repeated, and hold several with commas between them."""
    from figures.faults import RecipeError

    if not values:
        return None
    parts = [part.strip() for value in values for part in value.split(",") if part.strip()]
    if not parts:
        raise RecipeError([f"{option}: must name at least one, several with commas between them; got {values[0]!r}"])
    return parts


def _foretell(recipe: Recipe, force: bool, *, is_part: bool, verbose: bool) -> int:
    """Say what a render would do, and what the manifest would tell of after that of a part."""
    from figures.batch import outlook, plan
    from figures.manifest import MANIFEST
    from figures.merge import some

    counts, plans = Counter[str](), list(plan(recipe, force=force))
    alike: dict[tuple[str, str], list[Plan]] = {}
    for one in plans:
        to_make = "to write" if one.name == "decks" else "to draw"
        what = "to compute and draw" if one.is_computed else to_make if one.files else "up to date"
        counts[what] += one.name != "decks"
        alike.setdefault((one.name if verbose else one.name.partition("-")[0], what), []).append(one)
    for (name, what), group in alike.items():
        count = sum(len(one.files) for one in group)
        files = f", {_counted(count, 'file')}" if count else ""
        who = f"{group[0].name}:" if len(group) == 1 else f"{name}: {_counted(len(group), 'variant')}"
        typer.echo(f"{who} {what}{files}")
    for name, reason in _skipped(recipe):
        counts["skipped"] += 1
        typer.echo(f"{name}: {reason}")
    for deck, reason in _empty(recipe):
        typer.echo(f"{deck}: {reason}")
    if is_part:
        whole = outlook(recipe, plans)
        typer.echo(f"{MANIFEST}: to tell of {some(v.name for v in whole.recipe.variants)}")
        for note in whole.notes:
            typer.echo(f"then: {note}")
    told = ", ".join(f"{n} {what}" for what, n in counts.items() if n)
    typer.echo(f"{told}; nothing written to {recipe.out}{os.sep}")
    return 0


def _skipped(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield each figure that is skipped, and why."""
    from figures.lecture import misfit

    for name in recipe.skipped:
        which, _ = misfit(name, recipe.sizes, recipe.formats) or ("sizes", "")
        wanted = f"for {' or '.join(recipe.sizes)}" if which == "sizes" else f"as {' or '.join(recipe.formats)}"
        yield name, f"skipped, is not made {wanted}"


def _empty(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield each deck that is left out, and why."""
    from figures.slides import SHOWS

    for deck in recipe.empty:
        yield f"{deck} deck", f"skipped, shows {' or '.join(SHOWS[deck])}, not {' or '.join(recipe.formats)}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _report(outcomes: tuple[Outcome, ...], recipe: Recipe, seconds: float, *, verbose: bool) -> int:
    """Say what was done; return the exit code."""
    out = recipe.out
    counts = {
        status: sum(o.status == status for o in outcomes) for status in ("drawn", "unchanged", "skipped", "failed")
    }
    told = ", ".join(f"{n} {status}" for status, n in counts.items() if n)
    typer.echo(f"{told} in {seconds:.1f} s; see {out}{os.sep}")
    for name, reason in (*_skipped(recipe), *_empty(recipe)):
        typer.echo(f"{name}: {reason}")
    failures = [
        f"{outcome.name} failed: {line} (traceback: {out / 'data' / f'{outcome.name}.error.txt'})"
        for outcome in outcomes
        for line in outcome.errors
    ]
    complain_of(failures, every=verbose)
    return 1 if counts["failed"] else 0
