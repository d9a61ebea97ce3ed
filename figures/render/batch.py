"""Rendering a recipe: each variant is computed once, saved, and drawn in every style, size and format.

A figure that fails does not stop the others. Files that are up to date are not rendered again, and no file
is ever half-written, so the next render completes one that was stopped. The files are identical for any
number of workers, since every drawing is made from the saved result.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from figures.recipes.recipe import Recipe
from figures.render import cache, decks
from figures.render.jobs import Compute, Draw, Failure
from figures.render.manifest import NUMBERS, Manifest, made_by, set_aside, write_numbers
from figures.render.merged_manifest import Whole, merged
from figures.render.variant_work import Outcome, Work
from figures.render.worker_processes import run_jobs
from figures.slides import deck_file

Progress = Callable[[float, int, str], None]
"""Called with (jobs done, including fractions of running ones; number of jobs; description of the current job)."""

DIED = Failure("the worker process died, perhaps out of memory; try --workers 1", "")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a render would do with one variant, or with the decks.

    name : name of the variant, or ``decks``
    is_computed : whether its result is computed again; its files are then redrawn if the result differs
    files : names of the files that would or might be written, relative to the output folder
    """

    name: str
    is_computed: bool
    files: tuple[str, ...]


def render(
    recipe: Recipe,
    progress: Progress | None = None,
    *,
    force: bool = False,
    is_part: bool = False,
    note: Callable[[str], None] | None = None,
) -> tuple[Outcome, ...]:
    """Render ``recipe`` into its output folder.

    The result of a variant is saved as ``data/<name>.nc``. In addition to the figure, ``<style>/<name>.pdf``
    and so on (``<name>-half.pdf`` in the half size), each style's folder gets ``<name>.nc``,
    ``<name>.caption.txt``, ``<name>.alt.txt`` and, with a PDF or PNG, a ``.tex`` snippet for each size.
    ``numbers.json`` records how every number in the captions was obtained. ``manifest.json``, the last file to
    be written, records the inputs and outputs of the render (:mod:`figures.render.manifest`).

    Parameters
    ----------
    recipe : Recipe
    progress : callable, optional
    force : render everything again, even files that are up to date
    is_part : the recipe covers only a part of what the folder contains: the manifest keeps the entries of the rest
        (:mod:`figures.render.merged_manifest`); otherwise the manifest lists this recipe only
    note : callable, optional
        Called with a line for each entry that the manifest no longer contains.

    Returns
    -------
    tuple of Outcome
        In the order of the recipe's variants, then ``decks`` if a deck failed, then the skipped figures.
        The traceback of a failure is in ``data/<name>.error.txt``.

    Raises
    ------
    OSError
        If the folder cannot be written to; nothing is computed in this case.
    """
    with cache.locked(recipe.out):
        for style in recipe.styles:
            _make_folder(recipe.out / style)
        old = Manifest.last(recipe.out, recipe.workers) if is_part else None
        versions, code = made_by(recipe.formats)
        works = _render(recipe, progress, force)
        made = tuple(work.outcome() for work in works)
        whole = Whole(recipe=recipe, works=works)
        files, errors = decks.write(recipe, whole.made, force=force)
        if errors:
            made += (Outcome(name="decks", status="failed", errors=errors),)
        whole = replace(whole, decks=files, failed={o.name: o.errors for o in made if o.errors})
        if old:
            whole = merged(whole, old)
            versions |= made_by(whole.recipe.formats)[0]
        _write_manifest(whole, versions, code)
        if note:
            for line in whole.notes:
                note(line)
    return made + tuple(Outcome(name=name, status="skipped") for name in recipe.skipped)


def plan(recipe: Recipe, *, force: bool = False) -> Iterator[Plan]:
    """Yield what :func:`render` would do with each variant and with the decks, without computing or writing."""
    keys = cache.Keys()
    made: dict[str, str] = {}
    has_new_files = force
    for variant in recipe.variants:
        work = Work(recipe, variant, keys, force)
        jobs = work.begin()
        is_computed = any(isinstance(job, Compute) for job in jobs)
        if is_computed:
            files = [file for *_, files in work.drawings for file in files]
        else:
            files = [file for job in jobs if isinstance(job, Draw) for file in job.files]
        yield Plan(name=variant.name, is_computed=is_computed, files=tuple(files))
        work.look()
        made |= {file: sha for file, (sha, _) in work.made.items()}
        has_new_files = has_new_files or bool(files)
    if recipe.decks:
        every = ((style, deck) for style in recipe.styles for deck in recipe.decks)
        stale = every if has_new_files else decks.stale(recipe, made)  # new figures require new slides
        yield Plan(name="decks", is_computed=False, files=tuple(deck_file(style, deck) for style, deck in stale))


def manifest_after(recipe: Recipe, plans: Iterable[Plan]) -> Whole:
    """Return what the manifest will list after a part of a folder's figures is rendered as planned."""
    part = Whole(recipe=recipe, works=())
    old = Manifest.last(recipe.out, recipe.workers)
    return merged(part, old, frozenset(file for one in plans for file in one.files)) if old else part


def _render(recipe: Recipe, progress: Progress | None, force: bool) -> tuple[Work, ...]:
    keys = cache.Keys()
    works = {variant.name: Work(recipe, variant, keys, force) for variant in recipe.variants}
    queue: deque[Compute | Draw] = deque(job for work in works.values() for job in work.begin())
    if queue:
        set_aside(recipe.out)
    done, left = 0, sum(work.left for work in works.values())
    fractions: dict[str, float] = {}

    def update(description: str) -> None:
        if progress:
            progress(done + sum(fractions.values()), done + left, description)

    def report(job: Compute | Draw, fraction: float) -> None:
        fractions[job.name] = fraction
        update(f"{job}, {100 * fraction:.0f} %")

    with closing(run_jobs(queue, recipe.workers, lambda job: update(str(job)), report)) as outcomes:
        for job, outcome in outcomes:
            fractions.pop(job.name, None)
            work = works[job.name]
            done, left = done + 1, left - work.left
            jobs = work.finish(job, DIED if outcome is None else outcome)
            left += work.left
            if work.variant.name == work.variant.figure:
                queue.extend(jobs)
            else:  # a variant is finished before the next one starts, so that results of a long batch appear early
                queue.extendleft(reversed(jobs))
    if progress and done:
        progress(done, done, "done")
    return tuple(works.values())


def _write_manifest(whole: Whole, versions: dict[str, str], code: str) -> None:
    """Write ``numbers.json``, and the manifest of all files that are up to date.

    versions, code : package versions and checksum of the code that made the files
    """
    recipe, works = whole.recipe, whole.works
    files = {name: entry for work in works for name, entry in work.made.items()}
    files |= whole.decks
    captions = ((work.variant, {size: recipe.out / file for size, file in work.numbers()}) for work in works)
    write_numbers(recipe, captions)
    files[NUMBERS] = cache.hash_and_size(recipe.out / NUMBERS)
    Manifest(recipe=recipe, files=files, failed=whole.failed, versions=versions, code=code).write(recipe.out)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise type(error)(f"cannot write to folder {folder}: {error.strerror}; choose another --out") from None
