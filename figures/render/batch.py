"""Rendering a recipe: each variant is computed once, saved, and drawn in every style, size and format.

A figure that fails does not stop the others. Files that are up to date are not rendered again, and no file
is ever half-written, so the next render completes one that was stopped. The files are identical for any
number of workers, since every drawing is made from the saved result.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from figures.recipes.recipe import Recipe
from figures.render import cache, decks
from figures.render.jobs import Compute, Draw, Failure, Train, result_file
from figures.render.manifest import OWN_FILES, Manifest, keep_unreadable, set_aside, write_numbers
from figures.render.merged_manifest import merged
from figures.render.prune import remove
from figures.render.variant_work import Outcome, SharedRuns, Work
from figures.render.worker_processes import run_jobs

Progress = Callable[[float, int, str], None]
"""Called with (jobs done, including fractions of running ones; number of jobs; description of the current job)."""

DIED = Failure("the worker process died, perhaps out of memory; try --workers 1", "")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a render would do with one variant, with the decks, or with the live page."""

    name: str  # name of the variant, or ``decks`` or ``page``
    is_computed: bool  # whether its result is computed again; its files are then redrawn if the result differs
    files: tuple[str, ...]  # names of the files that would or might be written, relative to the output folder


def render(
    recipe: Recipe,
    progress: Progress | None = None,
    *,
    force: bool = False,
    is_part: bool = False,
    prune: bool = False,
    note: Callable[[str], None] | None = None,
) -> tuple[Outcome, ...]:
    """Render ``recipe`` into its output folder; nothing is computed if the folder cannot be written to.

    The result of a variant is saved as ``data/<name>.nc``. In addition to the figure, ``<style>/<name>.pdf``
    and so on (``<name>-half.pdf`` in the half size), each style's folder gets ``<name>.nc``,
    ``<name>.takeaway.txt``, ``<name>.caption.txt``, ``<name>.notes.txt``, ``<name>.alt.txt`` and, with a PDF or PNG,
    a ``.tex`` snippet for each size. ``numbers.json`` records how every number in the first three was obtained.
    ``manifest.json``, the last file to be written, records the inputs and outputs of the render
    (:mod:`figures.render.manifest`).

    The outcomes are in the order of the recipe's variants, then ``decks`` if a deck or the page failed, the variants
    of which files were removed, and the skipped figures.
    The traceback of a failure is in ``data/<name>.error.txt``.

    force : render everything again, even files that are up to date
    is_part : the recipe covers only a part of what the folder contains: the manifest keeps the entries of the rest
        (:mod:`figures.render.merged_manifest`); otherwise the manifest lists this recipe only
    prune : remove files of variants of the last manifest that the recipe no longer has (:mod:`figures.render.prune`)
    note : called with a line for each entry that the manifest no longer contains, and each file that is not removed
    """
    with cache.locked(recipe.out):
        keys, software = cache.Keys(), cache.software(recipe.formats)
        works = _works(recipe, keys, force)
        for style in recipe.styles:
            with cache.writable(recipe.out / style):
                (recipe.out / style).mkdir(exist_ok=True)
        old = Manifest.last(recipe.out, recipe.workers) if is_part or prune else ""
        if is_part and isinstance(old, str) and old:
            old = f"{old}; kept as {keep_unreadable(recipe.out)}"
        files: dict[str, tuple[str, int]] = {}
        outcomes = []
        for work in _render(recipe, works, progress):
            made = work.up_to_date()
            files |= made
            outcomes.append(work.outcome(made))
        made, errors = decks.write_decks(recipe, files, keys, force=force)
        if errors:
            outcomes.append(Outcome(name="decks", status="failed", errors=errors))
        removed, kept = remove(recipe, old) if prune else ([], [])
        manifest = Manifest(
            recipe=recipe,
            files=files | made,
            failed={outcome.name: outcome.errors for outcome in outcomes if outcome.errors},
            versions=software,
            code=keys.code,
        )
        if is_part:
            manifest = merged(manifest, old, keys)
        write_numbers(manifest).write(recipe.out)
        if note:
            for line in (*kept, *manifest.notes):
                note(line)
    return (*outcomes, *removed, *(Outcome(name=name, status="skipped") for name in recipe.skipped))


def plan(recipe: Recipe, *, force: bool = False) -> Iterator[Plan]:
    """Yield what :func:`render` would do with each variant and with the decks, without computing or writing."""
    cache.refuse_not_plain(recipe.out, cache.LOCK)
    keys = cache.Keys()
    files: dict[str, tuple[str, int]] = {}
    has_new_files = force
    for work in _works(recipe, keys, force).values():
        made = work.up_to_date()
        files |= made
        is_computed = work.result not in made
        stale = tuple(file for file in work.files if is_computed or file not in made)
        has_new_files = has_new_files or bool(stale)
        yield Plan(name=work.name, is_computed=is_computed, files=stale)
    made = {} if force else decks.up_to_date(recipe, files, keys)
    for name, shown in decks.requested(recipe):
        is_stale = has_new_files and name == "decks"  # new figures require new slides
        stale = tuple(file for file in shown if is_stale or file not in made)
        yield Plan(name=name, is_computed=False, files=stale)


def manifest_after(recipe: Recipe, plans: Iterable[Plan]) -> Manifest:
    """Return what the manifest will list after a part of a folder's figures is rendered as planned."""
    part = Manifest(recipe=recipe, files={}, failed={}, versions={}, code="")
    old = Manifest.last(recipe.out, recipe.workers)
    ahead = set[str]()
    for one in plans:
        ahead.update(one.files)
        if one.is_computed:
            ahead.add(result_file(one.name))
    return merged(part, old, cache.Keys(), ahead)


def _works(recipe: Recipe, keys: cache.Keys, force: bool) -> dict[str, Work]:
    """Return the work on each variant; raise OSError if anything but a plain file is where a render has a file."""
    works = {variant.name: Work(recipe, variant, keys, force) for variant in recipe.variants}
    own = (file for work in works.values() for file in work.touched)
    shown = (file for _, files in decks.requested(recipe) for file in files)
    for file in (*OWN_FILES, decks.RECORD, decks.REPORT, *shown, *own):
        cache.refuse_not_plain(recipe.out, file)
    return works


def _first_jobs(works: dict[str, Work]) -> tuple[deque[Train | Compute | Draw], dict[str, SharedRuns]]:
    """Return the jobs to begin with, and the shared runs among them, by name, with the figures that wait for each."""
    queue: deque[Train | Compute | Draw] = deque()
    shared: dict[str, SharedRuns] = {}
    for work in works.values():
        for job in work.begin():
            if isinstance(job, Compute) and job.shared not in shared and (runs := work.shared_runs()):
                shared[job.shared] = runs
                queue.append(runs.job)
            if isinstance(job, Compute) and job.shared in shared:
                shared[job.shared].waiting.append(job)
            else:
                queue.append(job)
    return queue, shared


def _render(recipe: Recipe, works: dict[str, Work], progress: Progress | None) -> Iterable[Work]:
    """Run the jobs of all variants; return the variants with what became of them."""
    queue, shared = _first_jobs(works)
    if queue:
        set_aside(recipe.out)
    computed = [job for job in queue if isinstance(job, Compute)] + [
        c for runs in shared.values() for c in runs.waiting
    ]
    done, total = 0, len(queue) + sum(len(runs.waiting) for runs in shared.values())
    total += sum(len(works[job.name].drawings) for job in computed)
    fractions: dict[str, float] = {}

    def report(job: Train | Compute | Draw, fraction: float) -> None:
        if fraction:
            fractions[job.name] = fraction
        if progress:
            percent = f", {100 * fraction:.0f} %" if fraction else ""
            progress(done + sum(fractions.values()), total, f"{job}{percent}")

    with closing(run_jobs(queue, recipe.workers, report)) as outcomes:
        for job, outcome in outcomes:
            fractions.pop(job.name, None)
            done += 1
            if isinstance(job, Train):
                waiting = shared[job.name].waiting
                if isinstance(outcome, str):
                    shared[job.name].finish(outcome)
                    queue.extendleft(reversed(waiting))
                    continue
                for figure in waiting:
                    works[figure.name].finish(figure, outcome or DIED)
                    total -= 1 + len(works[figure.name].drawings)
                continue
            work = works[job.name]
            jobs = work.finish(job, DIED if outcome is None else outcome)
            if isinstance(job, Compute):  # now it is known which drawings are to be made again
                total += len(jobs) - len(work.drawings)
            if work.variant.name == work.variant.figure:
                queue.extend(jobs)
            else:  # a variant is finished before the next one starts, so that results of a long batch appear early
                queue.extendleft(reversed(jobs))
    if progress and done:
        progress(done, done, "done")
    return works.values()
