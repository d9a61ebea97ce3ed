"""Pages about the lecture figures and the atlas, generated from the figure modules, a rendered set and runs.

Each page in ``GENERATED`` is a Jinja template. Its values come from modules, settings, results, texts and the
command; none is typed by hand. A page for each figure is written to ``figures/`` before the build.

Config values: ``lecture_out``, the output folder of ``xorscape render``, and ``lecture_figures``, the figures to show
(all of them, unless a test needs fewer); ``atlas_starts`` and ``atlas_data``, runs and data sets of the atlas.
"""

import json
import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from keras_rules import keras_values
from licences import dependencies
from saying import FILTERS
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from figures import lecture
from figures.lecture.captions import TEXTS
from figures.lecture.settings import FreshStarts
from figures.recipes.validation import Keys
from landscape import atlas, load
from landscape.analysis.atlas import standard_data

GENERATED = ("index", "gallery", "may_say", "command", "recipes", "atlas", "licences", "keras")
FOLDER = "figures"
STYLE = "lecture"
PAGE = "page.html"
"""The live page in the rendered set, and in the built pages."""
HERO = "basins"
"""The figure at the top of the first page."""


def figure_values(name: str, pages: Path, out: Path) -> dict[str, Any]:
    """Return what the templates say of a figure; ``pages`` is the folder of the sources, ``out`` the rendered set."""
    module, result = lecture.lecture_figure(name), load(out / "data" / f"{name}.nc")
    size = shown_size(module)
    may_say = (pages / "may_say" / f"{name}.md").read_text(encoding="utf-8")
    return {
        "name": name,
        "module": module,
        "sizes": lecture.sizes_in_words(module),
        "folder": lecture.FIGURES[name].folder,
        "picture": Path(os.path.relpath(picture_of(name, out), pages / FOLDER)).as_posix(),
        **{text: markdown(getattr(module, text)(result, size)) for text in TEXTS},
        "alt": module.alt_text(result, size).replace('"', "'"),  # so that it fits into an attribute
        "settings": settings_table(module.Settings),
        "may_say": environment().from_string(may_say).render(r=result),
    }


def shown_size(module: lecture.LectureFigure) -> str:
    """Return the size that is shown: full if the figure is rendered in it, else its first size."""
    return "full" if "full" in module.SIZES else module.SIZES[0]


def picture_of(name: str, out: Path) -> Path:
    """Return the file of a figure's picture."""
    size = shown_size(lecture.lecture_figure(name))
    return out / STYLE / (f"{name}.png" if size == "full" else f"{name}-{size}.png")


def settings_table(model: Any) -> list[tuple[str, str, str, str]]:
    """Return (name, default, allowed values, meaning) of every setting of a pydantic model."""
    properties = model.model_json_schema()["properties"]
    defaults = model().model_dump(mode="json")
    return [
        (name, shown(defaults[name]), allowed(properties[name]), field.description or "")
        for name, field in model.model_fields.items()
    ]


def allowed(schema: dict[str, Any]) -> str:
    """Return a description of the values that a JSON schema allows.

    >>> allowed({"type": "integer", "minimum": 1, "maximum": 9})
    'whole number, 1 to 9'
    >>> allowed({"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]})
    'nothing, or a, b'
    """
    if "anyOf" in schema:
        return ", or ".join(sorted((allowed(part) for part in schema["anyOf"]), key=lambda text: text != "nothing"))
    if "enum" in schema or "const" in schema:
        return ", ".join(map(str, schema.get("enum", [schema.get("const")])))
    kinds = {"integer": "whole number", "number": "number", "boolean": "true or false", "string": "text"}
    kinds |= {"null": "nothing", "array": "list", "object": "table"}
    limit = {key: shown(value) for key, value in schema.items() if "inimum" in key or "aximum" in key}
    limits = [
        f"above {limit['exclusiveMinimum']}" if "exclusiveMinimum" in limit else "",
        f"{limit['minimum']} to {limit['maximum']}" if "minimum" in limit and "maximum" in limit else
        f"at least {limit['minimum']}" if "minimum" in limit else
        f"at most {limit['maximum']}" if "maximum" in limit else "",
        f"below {limit['exclusiveMaximum']}" if "exclusiveMaximum" in limit else "",
    ]  # fmt: skip
    inside = schema.get("items") or next(iter(schema.get("prefixItems", [])), None)
    of = f" of {allowed(inside)}" if inside else ""
    return ", ".join([kinds.get(schema.get("type", ""), "value") + of, *filter(None, limits)])


def shown(value: Any, most: int = 60) -> str:
    """Return a default as written in a recipe, truncated to the width of a table cell.

    >>> shown(None), shown([1, 2])
    ('not set', '[1, 2]')
    """
    text = "not set" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[: most - 4]} ..."


def markdown(text: str) -> str:
    """Return plain text with Markdown's special characters escaped; formulas are left unchanged."""
    parts = text.split("$")
    for i in range(0, len(parts), 2):
        for mark in "\\`*_[]<>#|":
            parts[i] = parts[i].replace(mark, f"\\{mark}")
    return "$".join(parts)


def command_help() -> Iterator[tuple[str, str]]:
    """Yield the call and the help text of the command and of each of its subcommands."""
    from typer.main import get_command
    from typer.testing import CliRunner

    from figures.cli.main import app

    for words in ((), *((name,) for name in get_command(app).commands)):
        said = CliRunner(env={"COLUMNS": "88", "TERMINAL_WIDTH": "88", "NO_COLOR": "1"}).invoke(
            app, [*words, "--help"], prog_name="xorscape"
        )
        yield " ".join(("xorscape", *words)), said.output.strip()


def atlas_values(starts: int, names: list[str]) -> dict[str, Any]:
    """Return the values of the page on the atlas."""
    data = standard_data(hidden=2)
    atlases = [atlas(data[name], name, starts=starts) for name in names or data]
    return {"atlases": atlases, **atlases[0].settings}


def environment() -> jinja2.Environment:
    """Return the environment of the templates, in which an undefined name is an error."""
    found = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, autoescape=False)
    found.filters |= FILTERS
    return found


@cache
def rendered(pages: Path, out: Path, names: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    """Return the values of the figures to show, all of which must have been rendered; each result is loaded once."""
    missing = [name for name in names if not picture_of(name, out).is_file()]
    if missing:
        raise ExtensionError(f"no picture of {', '.join(missing)} below {out.name}/{STYLE}; run make lecture first")
    return tuple(figure_values(name, pages, out) for name in names)


def figures_of(app: Sphinx) -> tuple[dict[str, Any], ...]:
    """Return the figures to show in this build."""
    pages = Path(app.srcdir)
    names = tuple(app.config.lecture_figures or lecture.NAMES)
    return rendered(pages, (pages / app.config.lecture_out).resolve(), names)


def write_pages(app: Sphinx) -> None:
    """Write the page of each figure, and delete the pages of an earlier build."""
    folder = Path(app.srcdir) / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    template = (Path(app.srcdir) / "_templates" / "figure.md").read_text(encoding="utf-8")
    for figure in figures_of(app):
        text = environment().from_string(template).render(figure=figure)
        (folder / f"{figure['name']}.md").write_text(text, encoding="utf-8")


def copy_live_page(app: Sphinx, error: Exception | None) -> None:
    """Copy the live page beside the built pages, one of which shows it, if these have been built."""
    if error is not None or app.builder.format != "html":
        return
    page = (Path(app.srcdir) / app.config.lecture_out / PAGE).resolve()
    if not page.is_file():
        raise ExtensionError(f"no {PAGE} in {page.parent.name}; run make lecture first")
    shutil.copyfile(page, Path(app.outdir) / PAGE)


def fill_in(app: Sphinx, name: str, source: list[str]) -> None:
    """Render the source of a page if it is a template."""
    if name in GENERATED:
        figures = figures_of(app)
        hero = next((figure for figure in figures if figure["name"] == HERO), figures[-1])
        calls = list(command_help()) if name == "command" else []
        values = atlas_values(app.config.atlas_starts, app.config.atlas_data) if name == "atlas" else {}
        if name == "licences":
            values = {"dependencies": dependencies()}
        if name == "keras":
            values = keras_values()
        if name == "recipes":
            values = {
                "counting": [n for n in lecture.NAMES if issubclass(lecture.lecture_figure(n).Settings, FreshStarts)]
            }
        template = environment().from_string(source[0])
        source[0] = template.render(figures=figures, hero=hero, help=calls, keys=settings_table(Keys), **values)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect both steps: writing pages before the sources are collected, and rendering those that are templates."""
    app.add_config_value("lecture_out", "../out", "env")
    app.add_config_value("lecture_figures", [], "env")
    app.add_config_value("atlas_starts", 20_000, "env")
    app.add_config_value("atlas_data", [], "env")
    app.connect("builder-inited", write_pages)
    app.connect("source-read", fill_in, priority=100)
    app.connect("build-finished", copy_live_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
