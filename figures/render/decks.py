"""Writing of decks and of the live page: the slides of a render, and which of these files are out of date."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby, product
from pathlib import Path
from typing import Any

from figures import lecture
from figures.lecture.captions import TEXTS
from figures.output import step_builds
from figures.output.formats import FORMATS, MOVING
from figures.page.write_page import PAGE, write_page
from figures.recipes.recipe import Recipe, Variant
from figures.render import cache
from figures.render.jobs import failure, report_failures, stem, step_stem
from figures.render.manifest import set_aside
from figures.slides import deck_file, write_deck
from figures.slides.slide import FRAME, Frame, Slide
from landscape.base.atomic_files import is_system_limit, replacing
from landscape.base.versions import versions

RECORD, REPORT = "data/decks.json", "data/decks.error.txt"
"""Files with the record of the decks and the page, and with the tracebacks of those that failed."""

Made = Mapping[str, tuple[str, int]]
"""Files of figures that are up to date, relative to the output folder -> SHA-256 and size.

A figure that has failed has no files and is on no slide.
"""


def up_to_date(recipe: Recipe, made: Made, keys: cache.Keys, ahead: Collection[str] = ()) -> dict[str, tuple[str, int]]:
    """Return SHA-256 and size of the page, and of the decks of ``recipe`` that show the figures ``made``.

    ahead : files that are yet to be written and count as up to date
    """
    current = _current_keys(recipe, _slides_by_style(recipe, made), made, keys)
    return cache.up_to_date(recipe.out, cache.Record.read(recipe.out / RECORD).files, current, ahead)


def requested(recipe: Recipe) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield ``decks`` and ``page``, each with its files, if the recipe has them."""
    if recipe.decks:
        yield "decks", tuple(deck_file(style, deck) for style in recipe.styles for deck in recipe.decks)
    if recipe.page:
        yield "page", (PAGE,)


def write_decks(
    recipe: Recipe, made: Made, keys: cache.Keys, *, force: bool = False
) -> tuple[dict[str, tuple[str, int]], tuple[str, ...]]:
    """Write the page and the decks that are not up to date, or all by ``force``; one that fails stops no other.

    Return SHA-256 and size of each of these files, and a line for each that failed.
    """
    slides = _slides_by_style(recipe, made)
    current = _current_keys(recipe, slides, made, keys)
    record = cache.Record.read(recipe.out / RECORD)
    files = {} if force else cache.up_to_date(recipe.out, record.files, current)
    failures = []
    for file, write in _writers(recipe, slides):
        if file in files:
            continue
        set_aside(recipe.out)
        try:
            with replacing(recipe.out / file) as new:
                write(new)
        except Exception as error:
            if is_system_limit(error):
                raise
            # the figures are still reported if a deck fails
            failed = failure(error)
            failures.append(replace(failed, line=f"{file}: {failed.line}"))
            continue
        files[file] = cache.hash_and_size(recipe.out, file)
        record.files[file] = (current[file], files[file][0])
        record.write(recipe.out / RECORD)
    report_failures(failures, recipe.out / REPORT)
    return files, tuple(failed.line for failed in failures)


def _writers(recipe: Recipe, slides: Mapping[str, tuple[Slide, ...]]) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Yield each file with the function that writes it to a path."""
    if recipe.page:
        yield PAGE, write_page
    page = f"../{PAGE}" if recipe.page else ""
    for style, deck in product(recipe.styles, recipe.decks):
        yield deck_file(style, deck), partial(write_deck, deck, slides[style], style, recipe.out / style, page=page)


def _slides_by_style(recipe: Recipe, made: Made) -> dict[str, tuple[Slide, ...]]:
    """Return the slides of each style of a recipe; empty if it has no decks."""
    return {style: tuple(slides_of(recipe, style, made)) for style in recipe.styles if recipe.decks}


def _current_keys(
    recipe: Recipe, slides: Mapping[str, tuple[Slide, ...]], made: Made, keys: cache.Keys
) -> dict[str, str]:
    """Return the key of the page and of each deck of a recipe: a hash of everything that it depends on."""
    current = {PAGE: keys.drawing(cache.digest(versions(*cache.COMPUTE)), "")} if recipe.page else {}
    for style, shown in slides.items():
        used = [(file, made[file][0]) for slide in shown for file in _files(slide, style)]
        texts = [(s.name, s.title, s.heading, s.takeaway, s.spoken, [f.alt_text for f in s.frames]) for s in shown]
        for deck in recipe.decks:
            packages = versions(*cache.WRITE) if deck == "pptx" else {}
            current[deck_file(style, deck)] = keys.drawing(
                cache.digest(used), cache.digest(texts, packages, recipe.page)
            )
    return current


def slides_of(recipe: Recipe, style: str, made: Made) -> Iterator[Slide]:
    """Yield the slides of a style: each figure in its largest size, then, if requested, all figures in half size."""
    from figures.style.style_sheets import SIZES

    extras, differs = [], differences(recipe.variants)
    for variant in recipe.variants:
        module = lecture.lecture_figure(variant.figure)
        largest_first = sorted(SIZES, key=lambda size: -SIZES[size][0])
        sizes = [size for size in largest_first if size in recipe.sizes and size in lecture.sizes_of(module)]
        shown = [size for size in sizes if size == sizes[0] or (recipe.half_slides and size == "half")]
        for place, size in enumerate(shown):
            width, height = SIZES[size]
            name = stem(variant.name, size)
            alt_text = _text(recipe.out, f"{style}/{name}.alt.txt", made)
            moving = _pictures(style, name, made, MOVING)
            slide = Slide(
                name=name,
                size=size,
                width=width,
                height=height,
                title=module.TITLE,
                question=module.QUESTION,
                variant=differs[variant.name],
                **{text: _text(recipe.out, f"{style}/{name}.{text}.txt", made) for text in TEXTS},
                frames=(
                    *_steps(module, style, variant, size, made),
                    Frame(files=_pictures(style, name, made), alt_text=alt_text),
                ),
                movie=Frame(files=moving, alt_text=f"Animation: {alt_text}") if moving else None,
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


def _steps(module: lecture.LectureFigure, style: str, variant: Variant, size: str, made: Made) -> Iterator[Frame]:
    """Yield a frame for each step of a figure before the last that was made."""
    added = step_builds.steps(module, lecture.layout(size))
    for step in range(1, len(added)):
        files = _pictures(style, step_stem(variant.name, size, step), made)
        if files:
            yield Frame(files=files, alt_text=step_builds.step_alt_text(module.TITLE, added, step))


def _pictures(style: str, name: str, made: Made, endings: tuple[str, ...] = FORMATS) -> dict[str, str]:
    return {ending: f"{name}.{ending}" for ending in endings if f"{style}/{name}.{ending}" in made}


def _files(slide: Slide, style: str) -> Iterator[str]:
    for frame in (*slide.frames, *filter(None, [slide.movie])):
        for file in frame.files.values():
            yield f"{style}/{file}"


def _text(out: Path, file: str, made: Made) -> str:
    exists = file in made and (out / file).is_file()  # in a dry run, files in ``made`` may not exist yet
    return (out / file).read_text(encoding="utf-8", errors="replace").strip() if exists else ""
