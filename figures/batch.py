"""Rendering a recipe: each variant is computed once, drawn in every style, size and format, and kept.

A figure that fails does not stop the others. Nothing that is up to date is made again, and nothing
is ever half-written, so a render that was stopped is completed by the next one. The bytes do not
depend on the number of workers, since every drawing is made from the saved result.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from figures import builds, cache, lecture
from figures.jobs import Compute, Draw, Failure, files_of, numbers_file
from figures.manifest import MANIFEST, NUMBERS, Manifest, made_by, write_numbers
from figures.recipe import Recipe
from figures.slides import decks
from figures.variant import Variant
from figures.workers import carry_out
from landscape.atomic import write_bytes

Progress = Callable[[float, int, str], None]
"""Called with (jobs done and the shares of those at work, jobs in all, what begins or goes on now)."""

DIED = Failure("the worker process died, perhaps for want of memory; try --workers 1", "")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one variant.

    status : ``drawn``, ``unchanged``, ``failed`` or ``skipped`` (its figure is made for none of the sizes, or formats)
    files : the variant's files that are up to date now
    errors : one line for each job that failed
    """

    name: str
    status: str
    files: tuple[Path, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a render would do with one variant.

    is_computed : whether its result is computed anew; the files are then drawn if it comes out different
    files : names of the files that are or may be made, relative to the output folder
    """

    name: str
    is_computed: bool
    files: tuple[str, ...]


def render(recipe: Recipe, progress: Progress | None = None, *, force: bool = False) -> tuple[Outcome, ...]:
    """Render ``recipe`` into its folder.

    The result of a variant is kept as ``data/<name>.nc``. Beside the figure, ``<style>/<name>.pdf``
    and so on (``<name>-half.pdf`` in the half size), each style's folder gets ``<name>.nc``,
    ``<name>.caption.txt``, ``<name>.alt.txt`` and a ``.tex`` snippet for each size. ``numbers.json`` says
    how every number in the captions was obtained, and ``manifest.json``, the last file to be written, what
    went into the render and what came out (:mod:`figures.manifest`).

    Parameters
    ----------
    recipe : Recipe
    progress : callable, optional
    force : make everything anew, up to date or not

    Returns
    -------
    tuple of Outcome
        In the order of the recipe's variants, and then the figures that it skips. The traceback of a
        failure is in ``data/<name>.error.txt``.

    Raises
    ------
    OSError
        If the folder cannot be written to; nothing is computed then.
    """
    with cache.locked(recipe.out):
        for style in recipe.styles:
            _make_folder(recipe.out / style)
        by = made_by()
        works = _render(recipe, progress, force)
        made = tuple(work.outcome() for work in works)
        _tell(recipe, works, made, by, force=force)
    return made + tuple(Outcome(name=name, status="skipped") for name in recipe.skipped)


def plan(recipe: Recipe, *, force: bool = False) -> Iterator[Plan]:
    """Yield what :func:`render` would do with each variant; nothing is computed or written."""
    keys = cache.Keys()
    for variant in recipe.variants:
        work = _Work(recipe, variant, keys, force)
        jobs = work.begin()
        if computed := any(isinstance(job, Compute) for job in jobs):
            files = [file for *_, files in work.drawings for file in files]
        else:
            files = [file for job in jobs if isinstance(job, Draw) for file in job.files]
        yield Plan(name=variant.name, is_computed=computed, files=tuple(files))


def _render(recipe: Recipe, progress: Progress | None, force: bool) -> tuple[_Work, ...]:
    keys = cache.Keys()
    works = {variant.name: _Work(recipe, variant, keys, force) for variant in recipe.variants}
    queue: deque[Compute | Draw] = deque(job for work in works.values() for job in work.begin())
    if queue:
        (recipe.out / MANIFEST).unlink(missing_ok=True)  # it would tell of files that are no longer there
    done, left = 0, sum(work.left for work in works.values())
    shares: dict[str, float] = {}

    def say(what: str) -> None:
        if progress:
            progress(done + sum(shares.values()), done + left, what)

    def told(job: Compute | Draw, share: float) -> None:
        shares[job.name] = share
        say(f"{job}, {100 * share:.0f} %")

    with closing(carry_out(queue, recipe.workers, lambda job: say(str(job)), told)) as outcomes:
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


def _tell(
    recipe: Recipe,
    works: tuple[_Work, ...],
    outcomes: tuple[Outcome, ...],
    by: tuple[dict[str, str], str],
    *,
    force: bool,
) -> None:
    """Write the decks, what the captions quote, and the manifest of all files that are up to date.

    by : versions and checksum of the code that the files were made by
    """
    files = {name: told for work in works for name, told in work.made.items()}
    files |= decks.write(recipe, {name: sha for name, (sha, _) in files.items()}, force=force)
    captions = ((work.variant, {size: recipe.out / file for size, file in work.numbers()}) for work in works)
    write_numbers(recipe, captions)
    files[NUMBERS] = cache.told(recipe.out / NUMBERS)
    versions, code = by
    failed = {o.name: o.errors for o in outcomes if o.errors}
    Manifest(recipe=recipe, files=files, failed=failed, versions=versions, code=code).write(recipe.out)


@dataclass
class _Work:
    """The state of one variant while a recipe is rendered."""

    recipe: Recipe
    variant: Variant
    keys: cache.Keys
    force: bool
    left: int = 0
    drawn: bool = False
    failures: list[Failure] = field(default_factory=list)
    made: dict[str, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        module = lecture.lecture_figure(self.variant.figure)
        self.module = getattr(module, "__name__")  # noqa: B009 - a module, whatever the protocol says
        self.name, self.settings = self.variant.name, self.variant.settings
        sizes = tuple(size for size in self.recipe.sizes if size in module.SIZES)
        formats = tuple(ending for ending in self.recipe.formats if ending in lecture.formats_of(module))
        steps = builds.counts(module, sizes) if self.recipe.builds else {}
        self.drawings = tuple(files_of(self.name, self.recipe.styles, sizes, formats, steps))
        self.record = cache.Record() if self.force else cache.Record.read(self._kept("json"))

    def begin(self) -> list[Compute | Draw]:
        """Return the first jobs: to compute the figure, or to draw it from the result that is there."""
        if self.record.key == self._result_key and self.record.result == cache.file_digest(self._kept("nc")):
            return self._draw()
        self.left = 1 + len(self.drawings)
        return [Compute(name=self.name, module=self.module, settings=self.settings, target=self._kept("nc"))]

    def finish(self, job: Compute | Draw, outcome: str | dict[str, str] | Failure) -> list[Compute | Draw]:
        """Note what came of a job and return the jobs that can be done now."""
        self.left -= 1
        if isinstance(outcome, Failure):
            self.failures.append(outcome)
            self.left = 0 if isinstance(job, Compute) else self.left
            return []
        if isinstance(outcome, str):
            self.record.key, self.record.result = self._result_key, outcome
            self.record.write(self._kept("json"))
            return self._draw()
        self.drawn = True
        self.record.files |= {file: (self._key, sha) for file, sha in outcome.items()}
        self.record.write(self._kept("json"))
        return []

    def outcome(self) -> Outcome:
        """Return what became of the variant, and keep the tracebacks of its failures."""
        report = self._kept("error.txt")
        if self.failures:
            write_bytes(report, "\n".join(f"{f.line}\n{f.traceback}" for f in self.failures).encode())
        else:
            report.unlink(missing_ok=True)
        fresh = [file for *_, files in self.drawings for file in files if self._is_fresh(file)]
        self.made = {file: cache.told(self.recipe.out / file) for file in fresh}
        if self.record.result and self.record.result == (result := cache.told(self._kept("nc")))[0]:
            self.made[f"data/{self.name}.nc"] = result
        return Outcome(
            name=self.name,
            status="failed" if self.failures else "drawn" if self.drawn else "unchanged",
            files=tuple(self.recipe.out / file for file in fresh),
            errors=tuple(dict.fromkeys(failure.line for failure in self.failures)),
        )

    def numbers(self) -> Iterator[tuple[str, str]]:
        """Yield each size whose caption is told of, and the file that tells."""
        for size in dict.fromkeys(size for _, size, _ in self.drawings):
            if (file := numbers_file(self.name, size)) in self.made:
                yield size, file

    @property
    def _result_key(self) -> str:
        return self.keys.result(self.variant.figure, self.settings)

    @property
    def _key(self) -> str:
        return self.keys.drawing(self.record.result, cache.recipe_hash(self.variant.figure, self.settings))

    def _draw(self) -> list[Compute | Draw]:
        jobs = [
            Draw(
                name=self.name,
                figure=self.variant.figure,
                module=self.module,
                settings=self.settings,
                result=self._kept("nc"),
                style=style,
                size=size,
                out=self.recipe.out,
                files=stale,
            )
            for style, size, files in self.drawings
            if (stale := tuple(file for file in files if not self._is_fresh(file)))
        ]
        self.left = len(jobs)
        return list(jobs)

    def _is_fresh(self, file: str) -> bool:
        return self.record.is_fresh(self.recipe.out, file, self._key)

    def _kept(self, ending: str) -> Path:
        return self.recipe.out / "data" / f"{self.name}.{ending}"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise type(error)(f"cannot write to folder {folder}: {error.strerror}; choose another --out") from None
