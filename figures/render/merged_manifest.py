"""Re-rendering a part of a folder: the manifest keeps the entries of the rest.

With ``--only`` on the command line, a render covers only some of the figures in a folder. The other variants in the
manifest stay in it, and in ``numbers.json``, if they are up to date by the same test that a render applies. Since the
manifest must describe the output of a single recipe, this requires that the folder's formats, styles, sizes and builds
include those of the part, that the part is up to date in all of them, and that it writes no decks of its own.
Otherwise the new manifest lists only the part. Decks stay if they show the current figures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from figures import lecture
from figures.recipes.recipe import Recipe
from figures.render import cache, decks
from figures.render.manifest import MANIFEST, Manifest
from figures.render.variant_work import Work
from figures.slides import deck_file

MOST_NAMES = 3
"""Largest number of names in one line."""


@dataclass(frozen=True, kw_only=True)
class Whole:
    """The content of a manifest that is to be written.

    recipe : the recipe of all of it
    works : the state of every variant of the recipe
    failed : variant, or ``decks`` -> its errors, one line each
    decks : file of a deck -> (SHA-256, size in bytes)
    notes : a line for each entry of the old manifest that the new one does not have
    """

    recipe: Recipe
    works: tuple[Work, ...]
    failed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decks: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def made(self) -> dict[str, str]:
        """The SHA-256 of each file of a figure, by its name."""
        return {file: sha for work in self.works for file, (sha, _) in work.made.items()}


def merged(part: Whole, old: Manifest, ahead: Collection[str] = ()) -> Whole:
    """Return a rendered part, merged with the other entries of the folder's old manifest.

    ahead : files of the part that are yet to be written, and are treated as up to date
    """
    own = {variant.name: variant for variant in part.recipe.variants}
    known = {variant.name: variant for variant in old.recipe.variants}
    others = known.keys() - own.keys()
    part_alone = f"{MANIFEST} now lists only {some(own)}; render the whole recipe to list everything"
    notes = (part_alone,) if others else ()
    if not _includes(old.recipe, part.recipe):
        return replace(part, notes=notes)
    variants = sorted((known | own).values(), key=lambda variant: lecture.NAMES.index(variant.figure))
    recipe = replace(old.recipe, out=part.recipe.out, workers=part.recipe.workers, variants=tuple(variants))
    failed = {name: lines for name, lines in old.failed.items() if name in others} | {**part.failed}
    keys = cache.Keys()
    works = [Work(recipe, variant, keys, force=False) for variant in variants]
    stale = set[str]()
    for work in works:
        is_planned = bool(ahead) and work.name in own
        is_stale = work.lacks(ahead) if is_planned else bool(work.begin())
        if is_stale:
            stale.add(work.name)
    stale -= failed.keys()
    if stale & own.keys():
        return replace(part, notes=notes)
    kept = tuple(work for work in works if work.name not in stale)
    for work in kept:
        work.look(ahead)
    left_out = f"{MANIFEST} leaves out {some(sorted(stale))}, not up to date; render the whole recipe"
    whole = Whole(
        recipe=replace(recipe, variants=tuple(work.variant for work in kept)),
        works=kept,
        failed={variant.name: failed[variant.name] for variant in variants if variant.name in failed},
        notes=(left_out,) if stale else (),
    )
    return _with_decks(whole, own)


def _includes(whole: Recipe, part: Recipe) -> bool:
    """Return whether a recipe includes everything that a part requests; decks of a part are never included.

    A deck of the part would not show all figures of the recipe.
    """
    is_subset = all(set(getattr(part, key)) <= set(getattr(whole, key)) for key in ("formats", "styles", "sizes"))
    return is_subset and part.builds <= whole.builds and not part.decks


def _with_decks(whole: Whole, own: Iterable[str]) -> Whole:
    """Return the content of a manifest with those decks added that show its current figures."""
    recipe = whole.recipe
    stale = {deck for _, deck in decks.stale(recipe, whole.made)}
    fresh = tuple(deck for deck in recipe.decks if deck not in stale)
    files = [deck_file(style, deck) for style in recipe.styles for deck in fresh]
    note = f"decks are older than {some(own)}; render the whole recipe to update them"
    return replace(
        whole,
        recipe=replace(recipe, decks=fresh),
        decks={file: cache.hash_and_size(recipe.out / file) for file in files},
        notes=(*whole.notes, note) if stale else whole.notes,
    )


def some(names: Iterable[str]) -> str:
    """Return the first few names, and how many more there are.

    Examples
    --------
    >>> some(["a", "b"]), some("abcdef")
    ('a, b', 'a, b, c and 3 more')
    """
    listed = tuple(names)
    more = len(listed) - MOST_NAMES
    return ", ".join(listed[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
