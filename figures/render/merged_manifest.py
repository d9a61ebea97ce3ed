"""A part of a folder rendered anew: the manifest goes on telling of the rest.

With ``--only`` on the command line a render makes some of what a folder holds. The variants that the manifest
told of before stay in it, and so in ``numbers.json``, if they are up to date, as a render of them would find. The
manifest must say what one recipe makes, so this holds only if the folder's own formats, styles, sizes and builds
include those of the part, if the part is up to date in all of them, and if it writes no decks of its own.
Otherwise the manifest is that of the part. Decks stay if they show the figures as they are now.
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
"""Names that a line tells."""


@dataclass(frozen=True, kw_only=True)
class Whole:
    """What a manifest is to tell of.

    recipe : what makes all of it
    works : the state of every variant of the recipe
    failed : variant, or ``decks`` -> its errors, one line each
    decks : file of a deck -> (SHA-256, size in bytes)
    notes : a line for each thing that the manifest told of before and does not any more
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
    """Return a part that was rendered together with the rest of what the folder held before.

    ahead : files of the part that are yet to be made, and count as if they were
    """
    own = {variant.name: variant for variant in part.recipe.variants}
    known = {variant.name: variant for variant in old.recipe.variants}
    others = known.keys() - own.keys()
    alone = f"{MANIFEST} tells of {some(own)} only now; render the whole recipe to have it tell of all"
    if not _includes(old.recipe, part.recipe):
        return replace(part, notes=(alone,) if others else ())
    variants = sorted((known | own).values(), key=lambda variant: lecture.NAMES.index(variant.figure))
    recipe = replace(old.recipe, out=part.recipe.out, workers=part.recipe.workers, variants=tuple(variants))
    failed = {name: lines for name, lines in old.failed.items() if name in others} | {**part.failed}
    keys = cache.Keys()
    works = [Work(recipe, variant, keys, force=False) for variant in variants]
    stale = {work.name for work in works if (work.lacks(ahead) if work.name in own and ahead else work.begin())}
    stale -= failed.keys()
    if stale & own.keys():
        return replace(part, notes=(alone,) if others else ())
    kept = tuple(work for work in works if work.name not in stale)
    for work in kept:
        work.look(ahead)
    whole = Whole(
        recipe=replace(recipe, variants=tuple(work.variant for work in kept)),
        works=kept,
        failed={variant.name: failed[variant.name] for variant in variants if variant.name in failed},
        notes=(f"{MANIFEST} leaves out {some(sorted(stale))}, not up to date; render the whole recipe",) * bool(stale),
    )
    return _with_decks(whole, own)


def _includes(whole: Recipe, part: Recipe) -> bool:
    """Tell whether all that a part asks for is asked for by a whole; a deck of a part is no deck of the whole."""
    made = all(set(getattr(part, key)) <= set(getattr(whole, key)) for key in ("formats", "styles", "sizes"))
    return made and part.builds <= whole.builds and not part.decks


def _with_decks(whole: Whole, own: Iterable[str]) -> Whole:
    """Return what a manifest is to tell of with those decks that show its figures as they are now."""
    recipe = whole.recipe
    old = {deck for _, deck in decks.stale(recipe, whole.made)}
    fresh = tuple(deck for deck in recipe.decks if deck not in old)
    files = [deck_file(style, deck) for style in recipe.styles for deck in fresh]
    note = f"decks are older than {some(own)}; render the whole recipe to renew them"
    return replace(
        whole,
        recipe=replace(recipe, decks=fresh),
        decks={file: cache.hash_and_size(recipe.out / file) for file in files},
        notes=(*whole.notes, note) if old else whole.notes,
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
