"""Decks kept up to date: which slides a render makes, and what has to be written anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from figures import lecture
from figures.output import step_builds
from figures.output.formats import FORMATS, MOVING
from figures.recipes.recipe import Recipe
from figures.recipes.variants import Variant
from figures.render import cache
from figures.render.jobs import failure, stem, step_stem
from figures.render.manifest import set_aside
from figures.slides import deck_file
from figures.slides.slide import FRAME, Frame, Slide
from landscape.base.atomic_files import replacing, write_bytes
from landscape.base.versions import versions

REPORT = "data/decks.error.txt"
"""Where the tracebacks of decks that failed are."""


def write(
    recipe: Recipe, made: Mapping[str, str], *, force: bool = False
) -> tuple[dict[str, tuple[str, int]], tuple[str, ...]]:
    """Write the decks that ``recipe`` asks for and that are not up to date; one that fails does not stop the others.

    Parameters
    ----------
    recipe : Recipe
    made : mapping
        File of a figure, relative to the output folder -> its SHA-256. A figure that has failed has no
        files and is on no slide.
    force : write all of them anew

    Returns
    -------
    tuple
        SHA-256 and size of each deck, by its file, and a line for each that failed.
    """
    kept = recipe.out / "data" / "decks.json"
    record = cache.Record.read(kept)
    files, failures = {}, {}
    for due in _dues(recipe, made):
        if force or not record.is_fresh(recipe.out, due.file, due.key):
            set_aside(recipe.out)
            try:
                with replacing(recipe.out / due.file) as new:
                    _write(due.deck, due.slides, due.style, recipe.out / due.style, new)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with a deck, the figures are told of
                failures[due.file] = failure(error)
                continue
            record.files[due.file] = (due.key, cache.file_digest(recipe.out / due.file) or "")
            record.write(kept)
        files[due.file] = cache.hash_and_size(recipe.out / due.file)
    lines = {file: f"{file}: {one.line}" for file, one in failures.items()}
    if failures:
        report = "\n".join(f"{lines[file]}\n{one.traceback}" for file, one in failures.items())
        write_bytes(recipe.out / REPORT, report.encode())
    else:
        (recipe.out / REPORT).unlink(missing_ok=True)
    return files, tuple(lines.values())


def stale(recipe: Recipe, made: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield style and kind of each deck that :func:`write` would write."""
    record = cache.Record.read(recipe.out / "data" / "decks.json")
    for due in _dues(recipe, made):
        if not record.is_fresh(recipe.out, due.file, due.key):
            yield due.style, due.deck


@dataclass(frozen=True)
class _Due:
    """A deck that a recipe asks for, and the key of all that it depends on."""

    style: str
    deck: str
    file: str
    slides: tuple[Slide, ...]
    key: str


def _dues(recipe: Recipe, made: Mapping[str, str]) -> Iterator[_Due]:
    if not recipe.decks:
        return
    keys = cache.Keys()
    for style in recipe.styles:
        slides = tuple(slides_of(recipe, style, made))
        used = [(name, made[name]) for slide in slides for name in _files(slide, style) if name in made]
        words = [(s.name, s.title, s.heading, s.caption, [f.alt_text for f in s.frames]) for s in slides]
        for deck in recipe.decks:
            by = versions(*cache.WRITE) if deck == "pptx" else {}
            key = keys.drawing(cache.digest(used), cache.digest(words, by))
            yield _Due(style, deck, deck_file(style, deck), slides, key)


def slides_of(recipe: Recipe, style: str, made: Mapping[str, str]) -> Iterator[Slide]:
    """Yield the slides of a style: each figure in its largest size, and after them all in the others."""
    from figures.style.style_sheets import SIZES

    extras, differs = [], differences(recipe.variants)
    for variant in recipe.variants:
        name, module = variant.name, lecture.lecture_figure(variant.figure)
        sizes = [size for size in sorted(SIZES, key=lambda size: -SIZES[size][0]) if size in recipe.sizes]
        for place, size in enumerate(size for size in sizes if size in module.SIZES):
            width, height = SIZES[size]
            slide = Slide(
                name=stem(name, size),
                width=width,
                height=height,
                title=module.TITLE,
                question=module.QUESTION,
                variant=differs[name],
                caption=_text(recipe.out, f"{style}/{stem(name, size)}.caption.txt", made),
                frames=tuple(_frames(recipe, style, variant, size, made)),
                movie=_movie(recipe, style, stem(name, size), made),
                beside_words=width < FRAME[0] / 2,
                is_extra=place > 0,
            )
            if slide.is_extra:
                extras.append(slide)
            else:
                yield slide
    yield from extras


def differences(variants: Sequence[Variant]) -> dict[str, str]:
    """Return in which settings each variant differs from the others of its figure, by its name."""
    told = {}
    for _, group in groupby(variants, key=lambda variant: variant.figure):
        settings = {variant.name: variant.settings.model_dump(mode="json") for variant in group}
        first = next(iter(settings.values()))
        swept = [key for key, value in first.items() if any(own[key] != value for own in settings.values())]
        for name, own in settings.items():
            told[name] = ", ".join(f"{key.replace('_', ' ')} {_shown(own[key])}" for key in swept)
    return told


def _shown(value: Any) -> str:
    return " and ".join(map(_shown, value)) if isinstance(value, list) else "default" if value is None else str(value)


def _frames(recipe: Recipe, style: str, variant: Variant, size: str, made: Mapping[str, str]) -> Iterator[Frame]:
    """Yield the steps of a figure before the last, where they were made, and the figure itself."""
    name, module = variant.name, lecture.lecture_figure(variant.figure)
    added = step_builds.steps(module, size)
    for step in range(1, len(added)):
        files = _pictures(style, step_stem(name, size, step), made)
        if files:
            yield Frame(files=files, alt_text=step_builds.step_alt_text(module.TITLE, added, step))
    whole = stem(name, size)
    yield Frame(files=_pictures(style, whole, made), alt_text=_text(recipe.out, f"{style}/{whole}.alt.txt", made))


def _movie(recipe: Recipe, style: str, name: str, made: Mapping[str, str]) -> Frame | None:
    """Return the figure moving, or None where no animation of it was made."""
    files = _pictures(style, name, made, MOVING)
    alt_text = _text(recipe.out, f"{style}/{name}.alt.txt", made)
    return Frame(files=files, alt_text=f"Animation: {alt_text}") if files else None


def _pictures(style: str, name: str, made: Mapping[str, str], endings: tuple[str, ...] = FORMATS) -> dict[str, str]:
    return {ending: f"{name}.{ending}" for ending in endings if f"{style}/{name}.{ending}" in made}


def _files(slide: Slide, style: str) -> Iterator[str]:
    yield from (
        f"{style}/{file}" for frame in (*slide.frames, *filter(None, [slide.movie])) for file in frame.files.values()
    )


def _text(out: Path, file: str, made: Mapping[str, str]) -> str:
    is_there = file in made and (out / file).is_file()  # what is yet to be made is not
    return (out / file).read_text(encoding="utf-8").strip() if is_there else ""


def _write(deck: str, slides: Sequence[Slide], style: str, folder: Path, target: Path) -> None:
    from figures.slides.deck_style import style_of_deck

    look = style_of_deck(style)
    if deck == "tex":
        from figures.slides.lecture_tex import lecture_tex

        target.write_text(lecture_tex(slides, look), encoding="utf-8", newline="\n")
    elif deck == "html":
        from figures.slides.html_deck import html_deck

        with target.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(html_deck(slides, look, folder))
    else:
        from figures.slides.pptx_deck import pptx_deck

        pptx_deck(slides, look, folder, target)
