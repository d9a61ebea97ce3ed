"""Removal of the files of variants, and of the page, that a folder's last manifest lists and its recipe lacks.

Only files that the manifest lists are removed, and only if they are still what the render wrote.
"""

from collections.abc import Mapping

from figures import lecture
from figures.output.plain_files import not_plain
from figures.page.write_page import PAGE
from figures.recipes.recipe import Recipe
from figures.render.cache import hash_and_size
from figures.render.jobs import files_of, result_file
from figures.render.manifest import Manifest, set_aside
from figures.render.variant_work import Outcome

Gone = Mapping[str, tuple[str, ...]]
"""Variant that a recipe no longer has, or ``page`` -> its files, relative to the output folder."""


def gone(recipe: Recipe, last: Manifest | str) -> Gone:
    """Return the variants of a folder's last manifest that a recipe lacks, with those of their files that exist.

    A figure that the recipe skips, because it supports none of the sizes or formats, still belongs to it.

    last : the manifest, or why there is none
    """
    if isinstance(last, str):
        return {}
    kept = {file for variant in recipe.variants for file in _files(variant.name, variant.figure, recipe)}
    names = {variant.name for variant in recipe.variants}
    found = {}
    for variant in last.recipe.variants:
        if variant.name not in names and variant.figure not in recipe.skipped:
            listed = [file for file in _files(variant.name, variant.figure, last.recipe) if file in last.files]
            found[variant.name] = tuple(file for file in listed if file not in kept and _is_there(recipe, file))
    if last.recipe.page and not recipe.page and PAGE in last.files and _is_there(recipe, PAGE):
        found["page"] = (PAGE,)
    return {name: files for name, files in found.items() if files}


def remove(recipe: Recipe, last: Manifest | str) -> tuple[list[Outcome], list[str]]:
    """Remove the files of :func:`gone`; return an outcome for each variant, and a line for each file that is kept."""
    outcomes, notes = [], list[str]()
    if isinstance(last, str):
        return [], [f"nothing is removed: {last}"] if last else []
    for name, files in gone(recipe, last).items():
        removed = []
        for file in files:
            if found := not_plain(recipe.out, file):
                notes.append(f"{file} of {name} is kept: {found}")
            elif hash_and_size(recipe.out, file) != last.files[file]:
                notes.append(f"{file} of {name} is kept: it has changed since it was rendered")
            else:
                set_aside(recipe.out)  # it lists files that are about to go
                (recipe.out / file).unlink()
                removed.append(recipe.out / file)
        outcomes.append(Outcome(name=name, status="removed", files=tuple(removed)))
    return outcomes, notes


def _files(name: str, figure: str, recipe: Recipe) -> tuple[str, ...]:
    """Return all files of a variant."""
    drawings = files_of(name, lecture.lecture_figure(figure), recipe)
    return (result_file(name), *(file for *_, files in drawings for file in files))


def _is_there(recipe: Recipe, file: str) -> bool:
    return (recipe.out / file).exists() or (recipe.out / file).is_symlink()
