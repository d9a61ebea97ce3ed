"""The recipe commands: write a recipe, check it, print its schema, render it, verify a rendered folder."""

import os
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from figures.cli.console import duration, print_error, print_errors, progress_bar, report_refusal, report_unwritten
from figures.cli.options import Quiet, RecipeOptions, RenderOptions, Verbose, Workers, split, whole_number, with_options
from figures.cli.report import counted, left_out, print_dry_run, report, skipped
from figures.output.plain_files import NotPlainError

SCHEMA = "recipe.schema.json"
"""Name of a schema file that a new recipe refers to if the file is in the same folder."""


def render(options: RenderOptions) -> int:
    """Render figures, with texts and data.

    Each comes with a takeaway, a caption, notes, an alt text, its data and beamer snippets.
    Options override the recipes. Files that are up to date are not rendered again.
    """
    from figures.recipes.faults import RecipeError

    try:
        whole = options.recipe()
        if options.prune and options.only:
            raise RecipeError(["--prune goes by the whole recipe; leave out --only or --prune"])
    except RecipeError as error:
        return report_refusal(error)
    force, verbose, is_part = options.force, options.verbose, options.only is not None

    from figures.render.batch import render as render_batch

    if options.dry_run:
        try:
            return print_dry_run(whole, force, is_part=is_part, prune=options.prune, verbose=verbose)
        except NotPlainError as error:
            return report_unwritten(error)
    start = time.monotonic()
    try:
        with progress_bar(quiet=options.quiet) as progress:
            note = None if options.quiet else print_error
            outcomes = render_batch(whole, progress, force=force, is_part=is_part, prune=options.prune, note=note)
    except OSError as error:
        return report_unwritten(error)
    return report(outcomes, whole, time.monotonic() - start, verbose=verbose, quiet=options.quiet)


def check(options: RecipeOptions) -> int:
    """Check recipes and report what they would render.

    Also reports about how long that takes and how much disk space it needs. All mistakes are reported at once, one per
    line. The options are those of render.
    """
    from figures import lecture
    from figures.recipes.faults import RecipeError
    from figures.render.estimate import estimate
    from figures.render.jobs import files_of

    try:
        whole = options.recipe()
    except RecipeError as error:
        return report_refusal(error)
    files = 0
    for figure, count in Counter(variant.figure for variant in whole.variants).items():
        each = sum(len(names) for *_, names in files_of(figure, lecture.lecture_figure(figure), whole))
        files += count * each
        typer.echo(f"{figure:<14}{counted(count, 'variant')}, {counted(count * each, 'file')}")
    for figure, reason in skipped(whole):
        typer.echo(f"{figure:<14}{reason}")
    if decks := len(whole.styles) * len(whole.decks):
        files += decks
        typer.echo(f"{'decks':<14}{', '.join(whole.decks)}, {counted(decks, 'file')}")
    for deck, reason in left_out(whole):
        typer.echo(f"{deck:<14}{reason}")
    if whole.page:
        files += 1
        typer.echo(f"{'page':<14}live, {counted(1, 'file')}")
    if (expected := estimate(whole)).seconds:
        without = f", without {', '.join(expected.left_out)}" if expected.left_out else ""
        space = f"{expected.megabytes:.0f} MB" if expected.megabytes > 1 else "1 MB"
        typer.echo(f"about {duration(expected.seconds)} and {space} of disk space{without}, if nothing is up to date")
    typer.echo(f"{counted(len(whole.variants), 'variant')}, {counted(files, 'file')} in {whole.out}{os.sep}")
    return 0


def init(
    file: Annotated[str, typer.Argument(metavar="FILE.toml", help="Recipe to write.")] = "lecture.toml",
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME ...", help="Figures in it; see xorscape list; default: all.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> int:
    """Write a recipe to start from.

    It sets everything to its default, with a comment for each setting.
    """
    from figures import lecture
    from figures.recipes.faults import RecipeError, first_few, lines, no_such
    from figures.recipes.selection import matching
    from figures.recipes.template import recipe_template
    from landscape.base.atomic_files import write_bytes

    try:
        names = split("--only", only) or []
        names = [found for name in names for found in (matching([name], lecture.NAMES) or [name])]
        if wrong := [name for name in names if name not in lecture.NAMES]:
            faults = first_few(("only",), wrong, lambda name: no_such("only", "figure", name, lecture.NAMES))
            raise RecipeError(lines(faults, {"only": "--only"}, {}))
        target = Path(file)
        if target.suffix.lower() != ".toml":
            raise RecipeError([f"a recipe's name must end in .toml; got {file!r}"])
        if target.exists() and not force:
            raise RecipeError([f"{file} exists; choose another name, or --force to replace it"])
        beside = target.parent / SCHEMA
        text = recipe_template([n for n in lecture.NAMES if n in names], f"./{SCHEMA}" if beside.is_file() else None)
        write_bytes(target, text.encode())
    except (RecipeError, OSError) as error:
        return report_unwritten(error)
    typer.echo(f"wrote {file}; change what you like, then: xorscape render {file}")
    return 0


def schema() -> int:
    """Print the JSON schema of recipes.

    Saved as recipe.schema.json in a folder, it lets editors complete the keys of recipes that xorscape init
    then writes to that folder.
    """
    from figures.output.json_text import to_json
    from figures.recipes import json_schema

    typer.echo(to_json(json_schema.schema()))
    return 0


def verify(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Output folder of a render.")] = "out",
    workers: Workers = None,
    quick: Annotated[bool, typer.Option("--quick", help="Compare checksums only; render nothing.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Verify a folder against its manifest.

    Every file must match the manifest, and must be identical when everything is rendered again in a temporary folder.
    Other files in the folder are listed, but are not an error.
    """
    from figures.recipes.faults import RecipeError
    from figures.recipes.validation import MOST_WORKERS
    from figures.render.merged_manifest import some
    from figures.render.verify import changes, other_versions, rendered_anew, untracked_files
    from landscape.base.wording import truncated

    try:
        count = None if workers is None else whole_number(workers)
        if isinstance(count, str) or (count is not None and not 1 <= count <= MOST_WORKERS):
            raise RecipeError(
                [f"--workers: must be a whole number from 1 to {MOST_WORKERS}; got {truncated(workers or '', 80)}"]
            )
        found = list(changes(Path(folder)))
        if (others := untracked_files(Path(folder))) and not quiet:
            print_error(f"{counted(len(others), 'file')} in {folder} not in the manifest: {some(others)}")
        if (note := other_versions(Path(folder))) and not quiet:
            print_error(f"{folder} was {note}; files are guaranteed to be identical only with the same versions")
        if not quick:
            with progress_bar(quiet=quiet) as progress:
                found += rendered_anew(Path(folder), count, progress)
    except (RecipeError, OSError) as error:
        return report_refusal(error)
    print_errors(found, every=verbose)
    how = "by checksums" if quick else "by checksums and by rendering again"
    if not quiet:
        typer.echo(f"{folder}: {counted(len(found), 'difference') if found else 'no difference'} ({how})")
    return 1 if found else 0


COMMANDS = (with_options(RenderOptions, render), with_options(RecipeOptions, check), init, schema, verify)
