"""Writing of decks: the slides of a render, and which decks are out of date."""

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
"""File with the tracebacks of decks that failed."""


def write(
    recipe: Recipe, made: Mapping[str, str], *, force: bool = False
) -> tuple[dict[str, tuple[str, int]], tuple[str, ...]]:
    """Write the decks of ``recipe`` that are not up to date; one that fails does not stop the others.

    Parameters
    ----------
    recipe : Recipe
    made : mapping
        File of a figure, relative to the output folder -> its SHA-256. A figure that has failed has no
        files and is on no slide.
    force : write all of them again, even if they are up to date

    Returns
    -------
    tuple
        SHA-256 and size of each deck, by its file, and a line for each that failed.
    """
    record_file = recipe.out / "data" / "decks.json"
    record = cache.Record.read(record_file)
    files, failures = {}, {}
    for one in _requested_decks(recipe, made):
        if force or not record.is_fresh(recipe.out, one.file, one.key):
            set_aside(recipe.out)
            try:
                with replacing(recipe.out / one.file) as new:
                    _write(one.deck, one.slides, one.style, recipe.out / one.style, new)
            except Exception as error:  # noqa: BLE001 - the figures are still reported if a deck fails
                failures[one.file] = failure(error)
                continue
            record.files[one.file] = (one.key, cache.file_digest(recipe.out / one.file) or "")
            record.write(record_file)
        files[one.file] = cache.hash_and_size(recipe.out / one.file)
    lines = {file: f"{file}: {failed.line}" for file, failed in failures.items()}
    if failures:
        report = "\n".join(f"{lines[file]}\n{failed.traceback}" for file, failed in failures.items())
        write_bytes(recipe.out / REPORT, report.encode())
    else:
        (recipe.out / REPORT).unlink(missing_ok=True)
    return files, tuple(lines.values())


def stale(recipe: Recipe, made: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the style and the kind of each deck that :func:`write` would write."""
    record = cache.Record.read(recipe.out / "data" / "decks.json")
    for one in _requested_decks(recipe, made):
        if not record.is_fresh(recipe.out, one.file, one.key):
            yield one.style, one.deck


@dataclass(frozen=True)
class _RequestedDeck:
    """A deck that a recipe requests, and its key: a hash of everything that it depends on."""

    style: str
    deck: str
    file: str
    slides: tuple[Slide, ...]
    key: str


def _requested_decks(recipe: Recipe, made: Mapping[str, str]) -> Iterator[_RequestedDeck]:
    if not recipe.decks:
        return
    keys = cache.Keys()
    for style in recipe.styles:
        slides = tuple(slides_of(recipe, style, made))
        used = [(name, made[name]) for slide in slides for name in _files(slide, style) if name in made]
        texts = [(s.name, s.title, s.heading, s.caption, [f.alt_text for f in s.frames]) for s in slides]
        for deck in recipe.decks:
            packages = versions(*cache.WRITE) if deck == "pptx" else {}
            key = keys.drawing(cache.digest(used), cache.digest(texts, packages))
            yield _RequestedDeck(style, deck, deck_file(style, deck), slides, key)


def slides_of(recipe: Recipe, style: str, made: Mapping[str, str]) -> Iterator[Slide]:
    """Yield the slides of a style: each figure in its largest size, then all figures in their other sizes."""
    from figures.style.style_sheets import SIZES

    extras, differs = [], differences(recipe.variants)
    for variant in recipe.variants:
        name, module = variant.name, lecture.lecture_figure(variant.figure)
        largest_first = sorted(SIZES, key=lambda size: -SIZES[size][0])
        sizes = [size for size in largest_first if size in recipe.sizes and size in module.SIZES]
        for place, size in enumerate(sizes):
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
    """Return, by name, the settings in which each variant differs from the other variants of its figure, as text."""
    texts = {}
    for _, group in groupby(variants, key=lambda variant: variant.figure):
        settings = {variant.name: variant.settings.model_dump(mode="json") for variant in group}
        first = next(iter(settings.values()))
        swept = [key for key, value in first.items() if any(own[key] != value for own in settings.values())]
        for name, own in settings.items():
            texts[name] = ", ".join(f"{key.replace('_', ' ')} {_as_text(own[key])}" for key in swept)
    return texts


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return " and ".join(map(_as_text, value))
    return "default" if value is None else str(value)


def _frames(recipe: Recipe, style: str, variant: Variant, size: str, made: Mapping[str, str]) -> Iterator[Frame]:
    """Yield the frames of a slide: the steps of a figure before the last, if they were made, and the whole figure."""
    name, module = variant.name, lecture.lecture_figure(variant.figure)
    added = step_builds.steps(module, size)
    for step in range(1, len(added)):
        files = _pictures(style, step_stem(name, size, step), made)
        if files:
            yield Frame(files=files, alt_text=step_builds.step_alt_text(module.TITLE, added, step))
    whole = stem(name, size)
    yield Frame(files=_pictures(style, whole, made), alt_text=_text(recipe.out, f"{style}/{whole}.alt.txt", made))


def _movie(recipe: Recipe, style: str, name: str, made: Mapping[str, str]) -> Frame | None:
    """Return the animation of a figure, or None if none was made."""
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
    exists = file in made and (out / file).is_file()  # in a dry run, files in ``made`` may not exist yet
    return (out / file).read_text(encoding="utf-8").strip() if exists else ""


def _write(deck: str, slides: Sequence[Slide], style: str, folder: Path, target: Path) -> None:
    from figures.slides.deck_style import style_of_deck

    deck_style = style_of_deck(style)
    if deck == "tex":
        from figures.slides.lecture_tex import lecture_tex

        target.write_text(lecture_tex(slides, deck_style), encoding="utf-8", newline="\n")
    elif deck == "html":
        from figures.slides.html_deck import html_deck

        with target.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(html_deck(slides, deck_style, folder))
    else:
        from figures.slides.pptx_deck import pptx_deck

        pptx_deck(slides, deck_style, folder, target)
