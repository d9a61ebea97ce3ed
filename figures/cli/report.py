"""Reports of the recipe commands: what a render would do or has done, and what it leaves out and why."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from figures.cli.console import print_errors

if TYPE_CHECKING:
    from figures.recipes.recipe import Recipe
    from figures.render.batch import Plan
    from figures.render.variant_work import Outcome


NO_FIGURES = ("decks", "page")
"""Parts of a render that are written from no result of their own."""


def print_dry_run(recipe: Recipe, force: bool, *, is_part: bool, prune: bool, verbose: bool) -> int:
    """Report what a render would do and, for a part of a recipe, what the manifest would list afterwards."""
    from figures.render.batch import manifest_after, plan
    from figures.render.manifest import MANIFEST, Manifest
    from figures.render.merged_manifest import some
    from figures.render.prune import gone

    counts, plans = Counter[str](), list(plan(recipe, force=force))
    groups: dict[tuple[str, str], list[Plan]] = {}
    for one in plans:
        if one.is_computed:
            what = "to compute and draw"
        elif one.files:
            what = "to write" if one.name in NO_FIGURES else "to draw"
        else:
            what = "up to date"
        if one.name not in NO_FIGURES:
            counts[what] += 1
        name = one.name if verbose else one.name.partition("-")[0]
        groups.setdefault((name, what), []).append(one)
    for (name, what), group in groups.items():
        count = sum(len(one.files) for one in group)
        files = f", {counted(count, 'file')}" if count else ""
        subject = f"{group[0].name}:" if len(group) == 1 else f"{name}: {counted(len(group), 'variant')}"
        typer.echo(f"{subject} {what}{files}")
    for name, reason in skipped(recipe):
        counts["skipped"] += 1
        typer.echo(f"{name}: {reason}")
    for deck, reason in left_out(recipe):
        typer.echo(f"{deck}: {reason}")
    dropped = {} if is_part else gone(recipe, Manifest.last(recipe.out, recipe.workers))
    for name, unlisted in dropped.items():
        counts["to remove"] += prune
        what = "to remove" if prune else "no longer in the recipe, --prune would remove"
        typer.echo(f"{name}: {what} {counted(len(unlisted), 'file')}")
        if prune and verbose:
            typer.echo("\n".join(f"  {file}" for file in unlisted))
    if is_part:
        whole = manifest_after(recipe, plans)
        typer.echo(f"{MANIFEST}: to list {some(v.name for v in whole.recipe.variants)}")
        for note in whole.notes:
            typer.echo(f"then: {note}")
    summary = ", ".join(f"{n} {what}" for what, n in counts.items() if n)
    typer.echo(f"{summary}; nothing written to {recipe.out}{os.sep}")
    return 0


def skipped(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield each figure that is skipped, and why."""
    from figures.lecture import unsupported

    for name in recipe.skipped:
        which, _ = unsupported(name, recipe.sizes, recipe.formats) or ("sizes", "")
        wanted = f"for {' or '.join(recipe.sizes)}" if which == "sizes" else f"as {' or '.join(recipe.formats)}"
        yield name, f"skipped, is not made {wanted}"


def left_out(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield each deck that is left out, and why."""
    from figures.slides import SHOWS

    for deck in recipe.empty:
        yield f"{deck} deck", f"skipped, shows {' or '.join(SHOWS[deck])}, not {' or '.join(recipe.formats)}"


def counted(count: int, what: str) -> str:
    """Return a count with its noun, such as ``1 file`` or ``2 files``."""
    return f"{count} {what}{'s' * (count != 1)}"


def report(outcomes: tuple[Outcome, ...], recipe: Recipe, seconds: float, *, verbose: bool, quiet: bool) -> int:
    """Report what was done, or with ``quiet`` failures only; return the exit code."""
    out = recipe.out
    counts = {
        status: sum(o.status == status for o in outcomes)
        for status in ("drawn", "unchanged", "skipped", "failed", "removed")
    }
    summary = ", ".join(f"{n} {status}" for status, n in counts.items() if n)
    lines = [f"{summary} in {seconds:.1f} s; see {out}{os.sep}"]
    lines += [f"{name}: {reason}" for name, reason in (*skipped(recipe), *left_out(recipe))]
    if not quiet:
        typer.echo("\n".join(lines))
    failures = [
        f"{outcome.name} failed: {line} (traceback: {out / 'data' / f'{outcome.name}.error.txt'})"
        for outcome in outcomes
        for line in outcome.errors
    ]
    print_errors(failures, every=verbose)
    return 1 if counts["failed"] else 0
