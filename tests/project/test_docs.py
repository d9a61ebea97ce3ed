"""The documentation: complete, with numbers from results only, built without a warning, and whole when it is read."""

import doctest
import html.parser
import importlib
import re
import shutil
import subprocess
import sys
from importlib.metadata import requires
from types import SimpleNamespace
from urllib.parse import unquote

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from places import ROOT
from quoting import quotes

import landscape as ls
from figures.lecture import NAMES, lecture_figure
from landscape import xor

pytestmark = pytest.mark.slow

DOCS = ROOT / "docs"
EXTENSIONS = sorted(path.stem for path in (DOCS / "_extensions").glob("*.py"))
SHOWN = ("network", "barrier")


@pytest.fixture
def extension(monkeypatch):
    """A function that imports a module of the documentation's own extensions."""
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(str(DOCS / "_extensions"))
    return importlib.import_module


def api_modules():
    """Return every module that an API page documents."""
    pages = [path.read_text() for path in (DOCS / "api").glob("*.rst")]
    return [line.strip() for page in pages for line in page.partition(".. public::")[2].splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("error", "form", "is_needed"),
    [(None, "html", True), (None, "latex", False), (RuntimeError("failed"), "html", False)],
)
def test_only_built_pages_need_the_live_page(extension, tmp_path, error, form, is_needed):
    (tmp_path / "docs").mkdir()
    app = SimpleNamespace(
        srcdir=tmp_path / "docs",
        outdir=tmp_path / "docs",
        config=SimpleNamespace(lecture_out="../out"),
        builder=SimpleNamespace(format=form),
    )
    module = extension("lecture_pages")
    if is_needed:
        with pytest.raises(module.ExtensionError, match=r"^no page.html in out; run make lecture first$"):
            module.copy_live_page(app, error)
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "page.html").write_text("page")
    module.copy_live_page(app, error)
    assert (tmp_path / "docs" / "page.html").exists() == is_needed


def test_every_public_name_is_on_an_api_page(extension):
    names = extension("public_names").names
    modules = api_modules()
    assert len(modules) == len(set(modules)), "documented twice"
    there = {name for module in modules if "keras" not in module for name in names(module)}
    assert set(ls.__all__) - there == {"__version__", "xor"}
    assert {"landscape.xor", "landscape.keras_objective", "landscape.keras.reference_training"} <= set(modules)


def test_every_plot_function_is_on_an_api_page(extension):
    names = extension("public_names").names
    there = {name for module in api_modules() if module.startswith("figures.") for name in names(module)}
    sources = (ROOT / "figures" / "plots").glob("*.py")
    plots = {name for path in sources for name in re.findall(r"^def (plot_\w+)", path.read_text(), re.MULTILINE)}
    assert plots <= there


def test_every_page_is_in_the_table_of_contents():
    listed = set(re.findall(r"^(\w+/\w+|\w+)$", (DOCS / "index.md").read_text(), re.MULTILINE))
    pages = [p for p in DOCS.rglob("*") if p.suffix in {".md", ".rst", ".py"} and p.name != "conf.py"]
    own = {p.relative_to(DOCS).with_suffix("").as_posix() for p in pages if p.relative_to(DOCS).parts[0][0] != "_"}
    assert {name for name in own if not name.startswith(("figures/", "may_say/", "templates/"))} - {"index"} == listed


def test_every_dependency_has_a_licence_that_lets_one_use_it_freely(extension):
    found = {needed.name: needed for needed in extension("licences").dependencies()}
    wanted = {canonicalize_name(Requirement(text).name) for text in requires("xorscape") if "extra ==" not in text}
    assert {name for name, needed in found.items() if not needed.extra} >= wanted
    assert found["python-pptx"].extra == "slides"
    assert found["numpy"].version == np.__version__
    assert found["matplotlib"].licence == "Python Software Foundation License"
    free = re.compile(r"MIT|BSD|Apache|PSF|Python Software Foundation|ISC|MPL|see its licence file")
    assert [needed for needed in found.values() if not free.search(needed.licence) or "GPL" in needed.licence] == []


@pytest.mark.parametrize("name", EXTENSIONS)
def test_the_extensions_examples_hold(name, extension):
    failed, _ = doctest.testmod(extension(name))
    assert not failed


# ---- What the figures may say

TYPED = {"0", "1", "2", "20", "32", "64", "95", "1e-24"}
"""Numbers that stand in prose: of levels, data types, dimensions of a picture and intervals."""
WORDS = re.compile(r"\b((?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty)\s+\S*\w)")
COUNTED = {
    *("four samples", "four outputs", "two relu"),  # of the exercise
    *(
        "two runs",
        "two ways",
        "two planes",
        "three planes",
        "two measures",
        "two solutions",
    ),  # of what the figure draws
}
"""What number words may count: what no setting and no result changes."""


def test_every_figure_has_its_page_of_what_it_may_say():
    assert {path.stem for path in (DOCS / "may_say").glob("*.md")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_figure_may_say_has_no_number_that_was_typed(name):
    text = (DOCS / "may_say" / f"{name}.md").read_text()
    assert "**Not shown.**" in text or "**Does not hold in general.**" in text
    prose = re.sub(r"\{\{.*?\}\}|`[^`]*`", "", text)
    assert set(re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", prose)) <= TYPED
    assert set(WORDS.findall(prose.lower())) <= COUNTED


# ---- Tables of settings


@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_settings_holds_every_key(name, extension):
    model = lecture_figure(name).Settings
    rows = extension("lecture_pages").settings_table(model)
    assert [row[0] for row in rows] == list(model.model_fields)
    for key, default, allowed, meaning in rows:
        assert default, key
        assert meaning, key
        assert "value" not in allowed, f"{key}: no words for what is allowed"


def test_the_help_of_every_command_is_shown(extension):
    calls = dict(extension("lecture_pages").command_help())
    assert {
        "xorscape",
        "xorscape render",
        "xorscape list",
        "xorscape describe",
        "xorscape export",
        "xorscape verify",
    } <= set(calls)
    for call, text in calls.items():
        assert text.startswith("Usage: " + call)


FORMULAS = [r"{\hat{y}}_n", r"\frac{1}{N}\sum_{n=1}^{N}", r"\mathbf{W}_1", r"\lVert\theta_f\rVert", r"\sqrt{1-\beta_2}"]


@pytest.mark.parametrize("tex", FORMULAS)
def test_formulas_become_mathml(tex, extension):
    from docutils import nodes

    page = SimpleNamespace(body=[])
    with pytest.raises(nodes.SkipNode):
        extension("mathml").append_mathml(page, nodes.math(tex, tex))
    (found,) = page.body
    assert found.startswith("<math ")
    assert "\\" not in found


# ---- The built site


class Links(html.parser.HTMLParser):
    """Collects what a page shows or loads, and where it links to."""

    def __init__(self):
        super().__init__()
        self.loaded, self.links, self.ids, self.alts = set(), set(), set(), []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids.add(given.get("id"))
        if tag in {"img", "script", "iframe"} and "src" in given:
            self.loaded.add(given["src"])
        if tag == "link" and given.get("rel") in {"stylesheet", "icon", "preload"}:
            self.loaded.add(given["href"])
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if tag == "img":
            self.alts.append(given.get("alt"))


def test_the_table_of_filters_is_that_of_the_rules(extension, monkeypatch):
    from landscape.keras import filter_rules

    found = {(row.classes, row.filters): row.biases for row in extension("keras_rules").filter_rows()}
    listed = [name for classes, _ in found for name in classes.split(", ")]
    assert {f"`{kind.__name__}`" for kind in filter_rules.RULES} <= set(listed)
    dense, index = "`Dense`, `Conv1D`, `Conv2D`, `Conv3D`", "one for each index of axis -1"
    assert found[dense, f"`kernel`: {index}"] == "one entry of `bias` each, in the same order"
    assert found["`PReLU`", "each entry of `alpha`"] == "these entries count as biases"
    assert found["`EinsumDense`", "a filter for each index of the axes that kernel and output share"]
    assert found["`SimpleRNNCell`, `LSTMCell`, `ConvLSTMCell`", f"`kernel` and `recurrent_kernel`: {index}"]
    monkeypatch.setitem(filter_rules.RULES, str, (filter_rules.Rule({"letters": 0}),))
    assert ("`str`", "`letters`: one for each index of axis 0", "none") in extension("keras_rules").filter_rows()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The documentation, built from two rendered figures and with one notebook executed; any warning is an error."""
    pytest.importorskip("myst_nb")
    out = tmp_path_factory.mktemp("docs")
    source = out / "source" / "docs"  # a copy, since the build writes a page for each figure among the sources
    shutil.copytree(DOCS, source, ignore=shutil.ignore_patterns("figures", "_build"))
    shutil.copytree(ROOT / "figures", out / "source" / "figures", ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted(DOCS.rglob("*"))
    render = ["figures", "render", "--only", *SHOWN, "--format", "png", "--size", "full", "--page", "--out", str(out)]
    pages = ["sphinx", "-E", "-q", "-W", "--keep-going", "-d", str(out / "trees")]
    options = ["-t", "one_notebook", "-D", f"lecture_out={out}", "-D", f"lecture_figures={','.join(SHOWN)}"]
    options += ["-D", "atlas_starts=500", "-D", "atlas_data=XOR"]
    for module in (render, [*pages, *options, str(source), str(out / "docs")]):
        done = subprocess.run([sys.executable, "-m", *module], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
    assert sorted(DOCS.rglob("*")) == before, "the checkout is left alone"
    return out / "docs"


@pytest.mark.heavy
def test_the_site_is_built_and_every_link_in_it_leads_somewhere(site):
    pages = {}
    for path in site.rglob("*.html"):
        pages[path.resolve()] = Links()
        pages[path.resolve()].feed(path.read_text())
    assert len(pages) > 20
    for path, page in pages.items():
        for link in page.loaded | page.links:
            file, _, part = link.partition("#")
            if re.match(r"https?:", link):
                assert link not in page.loaded, f"{path.name} fetches {link}"
                continue
            target = (path.parent / unquote(file.partition("?")[0])).resolve() if file else path
            assert target.is_file(), f"{path.name} links to {link}"
            if part and target in pages and "_modules" not in str(target):
                assert unquote(part) in pages[target].ids, f"{path.name} links to {link}"


@pytest.mark.heavy
def test_the_pages_say_what_they_should(site):
    def words(page):
        return (site / page).read_text()

    for name in SHOWN:
        module = lecture_figure(name)
        assert module.QUESTION in words("gallery.html")
        page = words(f"figures/{name}.html")
        assert f"xorscape render --only {name}" in re.sub(r"<[^>]+>", "", page)
        assert "def compute" in re.sub(r"<[^>]+>", "", page)
    assert "27/16" in words("may_say.html"), "computed: the top of the straight line"
    assert quotes(words("tutorial/2_looking.html"), "risk 0", "1 of 40401"), "the notebook was executed"
    assert words("tutorial/2_looking.html").count("<math ") > 3
    assert "xorscape export" in words("command.html")
    assert all(found in words("keras.html") for found in ("ConvLSTMCell", "64 MiB of temporaries"))
    found = ls.atlas(xor.network(), "XOR", starts=500)
    for level in found.levels:
        assert str(level.share) in words("atlas.html")
        assert ", ".join(map(str, level.families)) in words("atlas.html")
    assert found.merging in words("atlas.html")
    assert 'src="page.html"' in words("live_page.html")
    assert "xorscapeProgram" in words("page.html")
    for page in ("gallery.html", "figures/barrier.html"):
        found = Links()
        found.feed(words(page))
        assert all(found.alts), "every picture has a text"
    for page in site.rglob("*.html"):
        assert str(ROOT) not in page.read_text(), "no path of this machine"
