"""The work on one variant during a render: which of its files are up to date, and the jobs that make the others."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from figures import lecture
from figures.lecture.fresh_runs import FreshRuns
from figures.recipes.recipe import Recipe, Variant
from figures.render import cache
from figures.render.jobs import Compute, Draw, Failure, Train, files_of, report_failures, result_file


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of rendering one variant."""

    name: str
    status: str  # drawn, unchanged, failed or skipped (its figure supports none of the sizes or formats)
    files: tuple[Path, ...] = ()  # the variant's files that are up to date after the render
    errors: tuple[str, ...] = ()  # one line for each job that failed


@dataclass
class SharedRuns:
    """Runs that figures share while a recipe is rendered, and the figures that wait until they are trained."""

    job: Train
    key: str
    waiting: list[Compute] = field(default_factory=list)

    def finish(self, sha: str) -> None:
        """Record that the runs were trained."""
        cache.Record(key=self.key, result=sha).write(self.job.out / record_file(self.job.name))


@dataclass
class Work:
    """One variant while a recipe is rendered."""

    recipe: Recipe
    variant: Variant
    keys: cache.Keys
    force: bool = False  # make everything again, whatever the record says
    drawn: bool = False  # whether a drawing was made
    failures: list[Failure] = field(default_factory=list)  # of the jobs so far

    def __post_init__(self) -> None:
        module = lecture.lecture_figure(self.variant.figure)
        self.module = getattr(module, "__name__")  # noqa: B009 - the protocol has no __name__, but the module has
        self.name = self.variant.name
        self.drawings = tuple(files_of(self.name, module, self.recipe))
        self.files = tuple(file for *_, files in self.drawings for file in files)
        self.result = result_file(self.name)
        self.record = cache.Record() if self.force else cache.Record.read(self._data_file("json"))
        fresh_runs = getattr(module, "fresh_runs", None)
        self.runs: FreshRuns | None = fresh_runs and fresh_runs(self.variant.settings)
        self.shared = cache.shared_name(self.runs) if self.runs else ""

    @property
    def touched(self) -> Iterator[str]:
        """The names of all files that a render may read, replace or delete for the variant."""
        yield from (self.result, *self.files, *(f"data/{self.name}.{ending}" for ending in ("json", "error.txt")))
        if self.shared:
            yield from (result_file(self.shared), record_file(self.shared))

    def up_to_date(self, ahead: Collection[str] = ()) -> dict[str, tuple[str, int]]:
        """Return SHA-256 and size of the files that are up to date, the result among them.

        ahead : files that are yet to be written (:func:`figures.render.cache.up_to_date`)
        """
        recorded = {**self.record.files, self.result: (self.record.key, self.record.result)}
        return cache.up_to_date(self.recipe.out, recorded, self._keys(), ahead)

    def begin(self) -> list[Compute | Draw]:
        """Return the first jobs: to compute the figure, or to draw it from the saved result if that is up to date."""
        if self.result in self.up_to_date():
            return self._draw()
        return [Compute(variant=self.variant, module=self.module, out=self.recipe.out, shared=self.shared)]

    def shared_runs(self) -> SharedRuns | None:
        """Return the runs that the figure shares with others if they are yet to be trained."""
        if self.runs is None:
            return None
        key, out, file = self.keys.result(self.shared, self.runs), self.recipe.out, result_file(self.shared)
        record = cache.Record() if self.force else cache.Record.read(out / record_file(self.shared))
        if cache.up_to_date(out, {file: (record.key, record.result)}, {file: key}):
            return None
        return SharedRuns(Train(runs=self.runs, name=self.shared, out=out), key)

    def finish(self, job: Compute | Draw, outcome: str | dict[str, str] | Failure) -> list[Compute | Draw]:
        """Record the outcome of a job and return the jobs that can now be run."""
        if isinstance(outcome, Failure):
            self.failures.append(outcome)
            return []
        keys = self._keys()
        if isinstance(outcome, str):
            self.record.key, self.record.result = keys[self.result], outcome
        else:
            self.drawn = True
            self.record.files |= {file: (keys[file], sha) for file, sha in outcome.items()}
        self.record.write(self._data_file("json"))
        return self._draw() if isinstance(job, Compute) else []

    def outcome(self, made: Mapping[str, tuple[str, int]]) -> Outcome:
        """Return the outcome of the variant, and write the tracebacks of its failures to a file.

        made : the files that are up to date
        """
        report_failures(self.failures, self._data_file("error.txt"))
        status = "drawn" if self.drawn else "unchanged"
        return Outcome(
            name=self.name,
            status="failed" if self.failures else status,
            files=tuple(self.recipe.out / file for file in self.files if file in made),
            errors=tuple(dict.fromkeys(failure.line for failure in self.failures)),
        )

    def _draw(self) -> list[Compute | Draw]:
        made = self.up_to_date()
        jobs: list[Compute | Draw] = []
        for style, size, files in self.drawings:
            stale = tuple(file for file in files if file not in made)
            if stale:
                out = self.recipe.out
                jobs.append(
                    Draw(variant=self.variant, module=self.module, style=style, size=size, out=out, files=stale)
                )
        return jobs

    def _keys(self) -> dict[str, str]:
        """Return the current key of each file; no record has the drawings' if the result is yet to be computed."""
        result_key = self.keys.result(self.variant.figure, self.variant.settings)
        result = self.record.result if self.record.key == result_key else ""
        recipe = cache.recipe_hash(self.variant.figure, self.variant.settings)
        return {self.result: result_key} | {file: self.keys.drawing(result, recipe, file) for file in self.files}

    def _data_file(self, ending: str) -> Path:
        return self.recipe.out / "data" / f"{self.name}.{ending}"


def record_file(name: str) -> str:
    """Return the file that records what was written for a variant, or for runs that figures share."""
    return f"data/{name}.json"
