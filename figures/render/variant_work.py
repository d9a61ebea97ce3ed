"""The state of one variant during a render: the jobs that bring its files up to date, and their results."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from figures import lecture
from figures.output import step_builds
from figures.recipes.recipe import Recipe
from figures.recipes.variants import Variant
from figures.render import cache
from figures.render.jobs import Compute, Draw, Failure, files_of, numbers_file
from landscape.base.atomic_files import write_bytes


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of rendering one variant.

    status : ``drawn``, ``unchanged``, ``failed`` or ``skipped`` (its figure supports none of the sizes or formats)
    files : the variant's files that are up to date after the render
    errors : one line for each job that failed
    """

    name: str
    status: str
    files: tuple[Path, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass
class Work:
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
        self.module = getattr(module, "__name__")  # noqa: B009 - the protocol has no __name__, but the module has
        self.name, self.settings = self.variant.name, self.variant.settings
        sizes = tuple(size for size in self.recipe.sizes if size in module.SIZES)
        formats = tuple(ending for ending in self.recipe.formats if ending in lecture.formats_of(module))
        steps = step_builds.counts(module, sizes) if self.recipe.builds else {}
        self.drawings = tuple(files_of(self.name, self.recipe.styles, sizes, formats, steps))
        self.record = cache.Record() if self.force else cache.Record.read(self._data_file("json"))

    def begin(self) -> list[Compute | Draw]:
        """Return the first jobs: to compute the figure, or to draw it from the saved result if that is up to date."""
        if self._is_current and self.record.result == cache.file_digest(self._data_file("nc")):
            return self._draw()
        self.left = 1 + len(self.drawings)
        return [Compute(name=self.name, module=self.module, settings=self.settings, target=self._data_file("nc"))]

    def finish(self, job: Compute | Draw, outcome: str | dict[str, str] | Failure) -> list[Compute | Draw]:
        """Record the outcome of a job and return the jobs that can now be run."""
        self.left -= 1
        if isinstance(outcome, Failure):
            self.failures.append(outcome)
            self.left = 0 if isinstance(job, Compute) else self.left
            return []
        if isinstance(outcome, str):
            self.record.key, self.record.result = self._result_key, outcome
            self.record.write(self._data_file("json"))
            return self._draw()
        self.drawn = True
        self.record.files |= {file: (self._key(file), sha) for file, sha in outcome.items()}
        self.record.write(self._data_file("json"))
        return []

    def outcome(self) -> Outcome:
        """Return the outcome of the variant, and write the tracebacks of its failures to a file."""
        report = self._data_file("error.txt")
        if self.failures:
            write_bytes(report, "\n".join(f"{f.line}\n{f.traceback}" for f in self.failures).encode())
        else:
            report.unlink(missing_ok=True)
        fresh = self.look()
        status = "drawn" if self.drawn else "unchanged"
        return Outcome(
            name=self.name,
            status="failed" if self.failures else status,
            files=tuple(self.recipe.out / file for file in fresh),
            errors=tuple(dict.fromkeys(failure.line for failure in self.failures)),
        )

    def lacks(self, ahead: Collection[str]) -> bool:
        """Return whether any file will still be out of date after the files in ``ahead`` are written."""
        return any(file not in ahead and not self._is_fresh(file) for *_, files in self.drawings for file in files)

    def look(self, ahead: Collection[str] = ()) -> tuple[str, ...]:
        """Set ``made`` to the files that are up to date, including the result; return their names except the result's.

        ahead : files that are yet to be written, and are treated as up to date
        """
        all_files = (file for *_, files in self.drawings for file in files)
        fresh = tuple(file for file in all_files if file in ahead or self._is_fresh(file))
        self.made = {
            file: self._expected(file) if file in ahead else cache.hash_and_size(self.recipe.out / file)
            for file in fresh
        }
        if self._is_current:
            result = cache.hash_and_size(self._data_file("nc"))
            if result[0] == self.record.result:
                self.made[f"data/{self.name}.nc"] = result
        return fresh

    def numbers(self) -> Iterator[tuple[str, str]]:
        """Yield each size for which the caption's numbers are up to date, and the file that contains them."""
        for size in dict.fromkeys(size for _, size, _ in self.drawings):
            file = numbers_file(self.name, size)
            if file in self.made:
                yield size, file

    def _expected(self, file: str) -> tuple[str, int]:
        """Return the SHA-256 of a file that is yet to be written, if the record has one for the same key; size 0."""
        key, sha = self.record.files.get(file, ("", ""))
        return (sha if self._is_current and key == self._key(file) else "", 0)

    @property
    def _is_current(self) -> bool:
        """Whether the saved result was computed with the current settings, code and package versions."""
        return self.record.key == self._result_key

    @property
    def _result_key(self) -> str:
        return self.keys.result(self.variant.figure, self.settings)

    def _key(self, file: str) -> str:
        return self.keys.drawing(self.record.result, cache.recipe_hash(self.variant.figure, self.settings), file)

    def _draw(self) -> list[Compute | Draw]:
        jobs: list[Compute | Draw] = []
        for style, size, files in self.drawings:
            stale = tuple(file for file in files if not self._is_fresh(file))
            if not stale:
                continue
            job = Draw(
                name=self.name,
                figure=self.variant.figure,
                module=self.module,
                settings=self.settings,
                result=self._data_file("nc"),
                style=style,
                size=size,
                out=self.recipe.out,
                files=stale,
            )
            jobs.append(job)
        self.left = len(jobs)
        return jobs

    def _is_fresh(self, file: str) -> bool:
        return self._is_current and self.record.is_fresh(self.recipe.out, file, self._key(file))

    def _data_file(self, ending: str) -> Path:
        return self.recipe.out / "data" / f"{self.name}.{ending}"
