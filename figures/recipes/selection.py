"""Which variants ``only`` names: by their own name, by that of their figure, or by a pattern such as ``leaving-*``."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import translate

from figures import lecture
from figures.recipes.faults import Fault, first_few, no_such
from figures.recipes.recipe import LONGEST_NAME, Variant

MOST_PATTERNS = 100
"""Largest number of patterns in ``only``."""
_SIGNS = re.compile(r"[*?[]")


def is_pattern(name: str) -> bool:
    """Return whether a name is a pattern: ``*`` is any text, ``?`` any character, ``[ab]`` one of these.

    >>> is_pattern("leaving-*"), is_pattern("leaving")
    (True, False)
    """
    return bool(_SIGNS.search(name)) and len(name) <= LONGEST_NAME


def matching(patterns: Iterable[str], names: Iterable[str]) -> set[str]:
    """Return the names that match one of the patterns.

    >>> sorted(matching(["t*", "*ee"], ["tree", "traps", "sheet"]))
    ['traps', 'tree']
    """
    either = re.compile("|".join(map(translate, patterns)) or r"\Z.")
    return {name for name in names if either.match(name)}


def figures_of(name: str, figures: Collection[str]) -> set[str]:
    """Return the figures that a name, or a pattern, can refer to, themselves or by their variants.

    >>> sorted(figures_of("t*-seed-1", ["tree", "traps", "sheet"])), figures_of("tree-seed-1", [])
    (['traps', 'tree'], {'tree'})
    """
    if not is_pattern(name):
        return {name.partition("-")[0]}
    begin = _SIGNS.split(name, maxsplit=1)[0]
    return {figure for figure in figures if figure.startswith(begin) or begin.startswith(f"{figure}-")}


def selected(
    only: list[str] | None, figures: Collection[str], candidates: list[Variant], faults: list[Fault]
) -> list[Variant]:
    """Return the variants that ``only`` names; append a mistake to ``faults`` for each name that fits none.

    figures : the figures that the recipe may render
    candidates : the variants of these; a figure with mistakes in its settings has none
    """
    if only is None:
        return candidates
    known: dict[str, dict[str, None]] = {}  # figure -> the names of its variants
    for variant in candidates:
        known.setdefault(variant.figure, {})[variant.name] = None
    requested = dict.fromkeys(only)
    patterns = [name for name in requested if is_pattern(name)]
    faults += _unknown([name for name in requested if name not in patterns], figures, known)
    if len(patterns) > MOST_PATTERNS:
        faults.append(Fault(("only",), f"must have at most {MOST_PATTERNS} patterns; got {len(patterns)}"))
        return []
    names = {*known, *(name for variants in known.values() for name in variants)}
    meant = matching(patterns, names)
    faults += _unmatched(patterns, names, figures, known)
    return [v for v in candidates if {v.name, v.figure} & requested.keys() or {v.name, v.figure} & meant]


def _unknown(names: list[str], figures: Collection[str], known: Mapping[str, Mapping[str, None]]) -> Iterator[Fault]:
    """Yield a mistake for each name of no figure and no variant."""

    def is_unknown(name: str) -> bool:
        figure = name.partition("-")[0]
        if figure not in figures:
            return True
        return figure in known and name != figure and name not in known[figure]

    def fault(name: str) -> Fault:
        figure = name.partition("-")[0]
        if figure in known:
            return no_such("only", "variant", name, tuple(known[figure]))
        return no_such("only", "figure", name, lecture.NAMES)

    yield from first_few(("only",), [name for name in names if is_unknown(name)], fault)


def _unmatched(
    patterns: list[str], names: Collection[str], figures: Collection[str], known: Mapping[str, Mapping[str, None]]
) -> Iterator[Fault]:
    """Yield a mistake for each pattern that matches nothing, unless it may refer to a figure that has mistakes."""

    def is_unmatched(pattern: str) -> bool:
        return figures_of(pattern, figures) <= known.keys() and not matching([pattern], names)

    def fault(pattern: str) -> Fault:
        near = [name for figure in sorted(figures_of(pattern, known)) for name in known[figure]]
        return no_such("only", "figure or variant", pattern, tuple(near) or lecture.NAMES)

    yield from first_few(("only",), [pattern for pattern in patterns if is_unmatched(pattern)], fault)
