"""Re-rendering a part of a folder: the manifest keeps the entries of the rest.

With ``--only`` on the command line, a render covers only some of the figures in a folder. The other variants in the
manifest stay in it, and in ``numbers.json``, if they are up to date by the same test that a render applies. Since the
manifest must describe the output of a single recipe, this requires that the folder's formats, styles, sizes and builds
include those of the part, that the part is up to date in all of them, and that it writes no decks of its own.
Otherwise the new manifest lists only the part. Decks stay if they show the current figures, and the live page if it
is up to date.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from figures import lecture
from figures.page.write_page import PAGE
from figures.recipes.recipe import Recipe
from figures.render import cache, decks
from figures.render.manifest import MANIFEST, Manifest
from figures.render.variant_work import Work
from figures.slides import deck_file

MOST_NAMES = 3
"""Largest number of names in one line."""


def merged(part: Manifest, old: Manifest | str, keys: cache.Keys, ahead: Collection[str] = ()) -> Manifest:
    """Return the manifest of a rendered part, merged with the other entries of the folder's old manifest.

    old : why there is no old manifest: an empty string if there was none, or one line if it cannot be read
    ahead : files of the part that are yet to be written, and are treated as up to date
    """
    own = {variant.name: variant for variant in part.recipe.variants}
    part_alone = f"{MANIFEST} now lists only {some(own)}; render the whole recipe to list everything"
    if isinstance(old, str):
        return replace(part, notes=(old, part_alone) if old else ())
    known = {variant.name: variant for variant in old.recipe.variants}
    others = known.keys() - own.keys()
    alone = replace(part, notes=(part_alone,) if others else ())
    if not _includes(old.recipe, part.recipe):
        return alone
    order = (*lecture.NAMES, *lecture.MODEL_NAMES)
    variants = sorted((known | own).values(), key=lambda variant: order.index(variant.figure))
    recipe = replace(old.recipe, out=part.recipe.out, workers=part.recipe.workers, variants=tuple(variants))
    failed = {name: lines for name, lines in old.failed.items() if name in others} | {**part.failed}
    files: dict[str, tuple[str, int]] = {}
    kept, stale = [], []
    for variant in variants:
        work = Work(recipe, variant, keys)
        made = work.up_to_date(ahead)
        if variant.name in failed or all(file in made for file in (work.result, *work.files)):
            kept.append(variant)
            files |= made
        else:
            stale.append(variant.name)
    if own.keys() & set(stale):
        return alone
    recipe = replace(recipe, variants=tuple(kept))
    made = decks.up_to_date(recipe, files, keys, ahead)
    has_old_page = recipe.page and PAGE not in made
    if has_old_page:  # decks with a link to it are out of date as well
        recipe = replace(recipe, page=False)
        made = decks.up_to_date(recipe, files, keys, ahead)
    files |= {PAGE: made[PAGE]} if recipe.page else {}
    fresh = tuple(deck for deck in recipe.decks if all(deck_file(style, deck) in made for style in recipe.styles))
    files |= {file: made[file] for deck in fresh for file in (deck_file(style, deck) for style in recipe.styles)}
    notes = [f"{PAGE} is not up to date; render the whole recipe"] if has_old_page else []
    if stale:
        notes.append(f"{MANIFEST} leaves out {some(sorted(stale))}, not up to date; render the whole recipe")
    if fresh != recipe.decks:
        notes.append(f"decks are older than {some(own)}; render the whole recipe to update them")
    return replace(
        part,
        recipe=replace(recipe, decks=fresh),
        files=files,
        failed={variant.name: failed[variant.name] for variant in kept if variant.name in failed},
        versions=cache.software(recipe.formats),
        notes=tuple(notes),
    )


def _includes(whole: Recipe, part: Recipe) -> bool:
    """Return whether a recipe includes everything that a part requests; decks of a part are never included.

    A deck of the part would not show all figures of the recipe.
    """
    is_subset = all(set(getattr(part, key)) <= set(getattr(whole, key)) for key in ("formats", "styles", "sizes"))
    return is_subset and part.builds <= whole.builds and part.page <= whole.page and not part.decks


def some(names: Iterable[str]) -> str:
    """Return the first few names, and how many more there are.

    >>> some(["a", "b"]), some("abcdef")
    ('a, b', 'a, b, c and 3 more')
    """
    listed = tuple(names)
    more = len(listed) - MOST_NAMES
    return ", ".join(listed[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
