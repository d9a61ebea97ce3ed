"""Rendering a recipe: each variant is computed once, drawn in every style, size and format, and kept.

A figure that fails does not stop the others. Nothing that is up to date is made again, and nothing
is ever half-written, so a render that was stopped is completed by the next one. The bytes do not
depend on the number of workers, since every drawing is made from the saved result.
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
"""Called with (jobs done and the shares of those at work, jobs in all, what begins or goes on now)."""

DIED = Failure("the worker process died, perhaps for want of memory; try --workers 1", "")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a render would do with one variant, or with the decks.

    name : of the variant, or ``decks``
    is_computed : whether its result is computed anew; the files are then drawn if it comes out different
    files : names of the files that are or may be made, relative to the output folder
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
    """Render ``recipe`` into its folder.

    The result of a variant is kept as ``data/<name>.nc``. Beside the figure, ``<style>/<name>.pdf``
    and so on (``<name>-half.pdf`` in the half size), each style's folder gets ``<name>.nc``,
    ``<name>.caption.txt``, ``<name>.alt.txt`` and, beside a PDF or PNG, a ``.tex`` snippet for each size.
    ``numbers.json`` says how every number in the captions was obtained, and ``manifest.json``, the last file to
    be written, what went into the render and what came out (:mod:`figures.render.manifest`).

    Parameters
    ----------
    recipe : Recipe
    progress : callable, optional
    force : make everything anew, up to date or not
    is_part : the recipe is a part of what the folder holds: the manifest keeps telling of the rest
        (:mod:`figures.render.merged_manifest`); otherwise the manifest tells of this recipe alone
    note : callable, optional
        Called with a line for each thing that the manifest does not tell of any more, though it did.

    Returns
    -------
    tuple of Outcome
        In the order of the recipe's variants, then ``decks`` if one of them failed, and then the figures
        that it skips. The traceback of a failure is in ``data/<name>.error.txt``.

    Raises
    ------
    OSError
        If the folder cannot be written to; nothing is computed then.
    """
    with cache.locked(recipe.out):
        for style in recipe.styles:
            _make_folder(recipe.out / style)
        old = Manifest.last(recipe.out, recipe.workers) if is_part else None
        by = made_by(recipe.formats)
        works = _render(recipe, progress, force)
        made = tuple(work.outcome() for work in works)
        whole = Whole(recipe=recipe, works=works)
        files, errors = decks.write(recipe, whole.made, force=force)
        if errors:
            made += (Outcome(name="decks", status="failed", errors=errors),)
        whole = replace(whole, decks=files, failed={o.name: o.errors for o in made if o.errors})
        if old:
            whole = merged(whole, old)
            by = (by[0] | made_by(whole.recipe.formats)[0], by[1])
        _tell(whole, by)
        if note:
            for line in whole.notes:
                note(line)
    return made + tuple(Outcome(name=name, status="skipped") for name in recipe.skipped)


def plan(recipe: Recipe, *, force: bool = False) -> Iterator[Plan]:
    """Yield what :func:`render` would do with each variant, and with the decks; nothing is computed or written."""
    keys = cache.Keys()
    made: dict[str, str] = {}
    is_made = force
    for variant in recipe.variants:
        work = Work(recipe, variant, keys, force)
        jobs = work.begin()
        if computed := any(isinstance(job, Compute) for job in jobs):
            files = [file for *_, files in work.drawings for file in files]
        else:
            files = [file for job in jobs if isinstance(job, Draw) for file in job.files]
        yield Plan(name=variant.name, is_computed=computed, files=tuple(files))
        work.look()
        made |= {file: sha for file, (sha, _) in work.made.items()}
        is_made = is_made or bool(files)
    if recipe.decks:
        every = ((style, deck) for style in recipe.styles for deck in recipe.decks)
        stale = every if is_made else decks.stale(recipe, made)  # new figures, new slides
        yield Plan(name="decks", is_computed=False, files=tuple(deck_file(style, deck) for style, deck in stale))


def manifest_after(recipe: Recipe, plans: Iterable[Plan]) -> Whole:
    """Return what the manifest will tell of when a part of what a folder holds is rendered as planned."""
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
    shares: dict[str, float] = {}

    def say(what: str) -> None:
        if progress:
            progress(done + sum(shares.values()), done + left, what)

    def report(job: Compute | Draw, share: float) -> None:
        shares[job.name] = share
        say(f"{job}, {100 * share:.0f} %")

    with closing(run_jobs(queue, recipe.workers, lambda job: say(str(job)), report)) as outcomes:
        for job, outcome in outcomes:
            shares.pop(job.name, None)
            work = works[job.name]
            done, left = done + 1, left - work.left
            jobs = work.finish(job, DIED if outcome is None else outcome)
            left += work.left
            if work.variant.name == work.variant.figure:
                queue.extend(jobs)
            else:  # a variant is finished before the next is begun: a long batch can be looked at while it goes on
                queue.extendleft(reversed(jobs))
    if progress and done:
        progress(done, done, "done")
    return tuple(works.values())


def _tell(whole: Whole, by: tuple[dict[str, str], str]) -> None:
    """Write what the captions quote, and the manifest of all files that are up to date.

    by : versions and checksum of the code that the files were made by
    """
    recipe, works = whole.recipe, whole.works
    files = {name: told for work in works for name, told in work.made.items()}
    files |= whole.decks
    captions = ((work.variant, {size: recipe.out / file for size, file in work.numbers()}) for work in works)
    write_numbers(recipe, captions)
    files[NUMBERS] = cache.hash_and_size(recipe.out / NUMBERS)
    versions, code = by
    Manifest(recipe=recipe, files=files, failed=whole.failed, versions=versions, code=code).write(recipe.out)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise type(error)(f"cannot write to folder {folder}: {error.strerror}; choose another --out") from None
