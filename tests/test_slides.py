"""Decks: what is on which slide, text that every format can take, the same bytes every time, nothing from outside."""

# ruff: noqa: RUF001 - the signs themselves are meant

import io
import json
import re
import shutil
import subprocess
import tracemalloc
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pypdf
import pytest
from PIL import Image

from figures import batch, beamer, cache, slides
from figures.faults import RecipeError
from figures.look import SIZES, STYLES
from figures.recipe import recipe
from figures.slides.html_deck import html_deck
from figures.slides.lecture_tex import lecture_tex
from figures.slides.look import deck_look
from figures.slides.plain import gist, plain
from figures.slides.slide import FRAME, Frame, Slide

NASTY = r'50 % of <b> & "θ" $\mathcal{R}_1 \leq 10^{-3}$ #1 {x}_y~^\ – “a” </script>'


def a_slide(name, *endings, steps=(), **changed):
    """Return a slide with a picture in some formats, and steps before it in others."""
    frames = [
        Frame(files={e: f"{name}-step{k}.{e}" for e in some}, alt_text=f"Step {k}") for k, some in enumerate(steps, 1)
    ]
    whole = Frame(files={e: f"{name}.{e}" for e in endings}, alt_text=f"Alt {NASTY}")
    width, height = SIZES["half" if changed.get("beside_words") else "full"]
    words = {"title": NASTY, "question": f"What is {name}?", "caption": f"First. {NASTY} Last."}
    return Slide(name=name, width=width, height=height, frames=(*frames, whole), **words | changed)


def written(folder, *shown):
    """Write the files of slides into a folder."""
    for slide in shown:
        for frame in (*slide.frames, *filter(None, [slide.movie])):
            for ending, file in frame.files.items():
                if ending in {"png", "gif"}:
                    Image.new("L", (4, 3)).save(folder / file)
                elif ending == "svg":
                    (folder / file).write_text(f'<svg xmlns="http://www.w3.org/2000/svg" id="same">{file}</svg>')
                else:
                    (folder / file).write_bytes(b"%PDF")
    return shown


@pytest.fixture(scope="module")
def looks():
    return {style: deck_look(style) for style in STYLES}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"loss $\mathcal{R}$ at $\theta^*$", "loss ℛ at θ*"),
        (r"$10^{-34}$ and $w_{12}$, $x^2$", "10⁻³⁴ and w₁₂, x²"),
        (r"$W_2^{\mathsf{T}} \cdot x$", "W₂T · x"),
        (r"\$ 5, 50 %, a_b ^", "$ 5, 50 %, a_b ^"),
        (r"$\alpha \leq 3\,\varepsilon$", "α ≤ 3ε"),
    ],
)
def test_formulas_as_plain_text(text, expected):
    assert plain(text) == expected


def test_every_sign_of_a_formula_comes_back_from_its_command():
    for sign, command in beamer.SIGNS.items():
        if command.startswith("\\") and len(command.split("{")) == 1:
            assert plain(f"${command}$") == sign


@pytest.mark.parametrize(
    ("room", "expected"),
    [(0, "One: two."), (39, "One: two. Three (3.5) four."), (999, "One: two. Three (3.5) four. At 0.5: five")],
)
def test_first_sentences(room, expected):
    assert gist("One: two. Three (3.5)\nfour. At 0.5: five", room) == expected


def test_a_half_sentence_ends_with_a_full_stop():
    assert gist("Bottom: Left side; Right side.", 20) == "Bottom: Left side."


def test_colours_are_those_of_the_figures(looks):
    for style, look in looks.items():
        assert look.is_dark == (style == "lecture-dark")
        assert [level.label for level in look.levels] == [
            "solved",
            "stuck at 1/8",
            "stuck at 1/6",
            "stuck at 1/4",
            "on no level",
        ]
        assert len({level.linestyle for level in look.levels[:4]}) == 4
        assert all(re.fullmatch("[0-9A-F]{6}", c) for c in (look.ground, look.ink, *look.units.values()))
    assert looks["ddasp"].units == {"unit1": "1F77B4", "unit2": "D62728", "output": "FF7F0E"}


def test_tex_has_a_frame_for_what_was_rendered_and_a_comment_for_what_was_not(looks):
    text = lecture_tex(
        [
            a_slide("a", "pdf", "png", "svg"),
            a_slide("b", "png"),
            a_slide("c", "svg"),
            a_slide("d", "pdf", steps=[("pdf",), ("svg",), ("png",)]),
            a_slide("a-half", "pdf", beside_words=True, is_extra=True),
        ],
        looks["lecture"],
    )
    assert re.findall(r"\\begin\{frame\}\[label=(\S+?)\]", text) == ["a", "b", "d", "a-half"]
    pictures = re.findall(r"\\includegraphics(<\d>)?\[width=(\S+?)in\]\{(\S+?)\}", text)
    assert pictures == [
        ("", "5.6", "a.pdf"),
        ("", "5.6", "b.png"),
        ("<1>", "5.6", "d-step1.pdf"),
        ("<2>", "5.6", "d-step3.png"),
        ("<3>", "5.6", "d.pdf"),
        ("", "2.7", "a-half.pdf"),
    ]
    assert "% c: no frame, since it was rendered neither as PDF nor as PNG" in text
    assert text.index(r"\appendix") > text.index("label=d")
    assert text.count(r"\figurenote{") == 4
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    for level in looks["lecture"].levels:
        assert rf"{{HTML}}{{{level.color.removeprefix('#').upper()}}}" in text


def test_tex_opens_an_animation_with_a_click(looks):
    both = a_slide("story", "pdf", movie=Frame(files={"gif": "story.gif", "mp4": "story.mp4"}, alt_text="Moving"))
    assert r"\href{run:story.mp4}{\includegraphics[width=5.6in]{story.pdf}}" in lecture_tex([both], looks["lecture"])


class Page(HTMLParser):
    """What is in a page: its tags with their attributes, and its text by tag."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in {"meta", "img", "source"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.text.setdefault(self.open[-1], []).append(data.strip())

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def test_html_is_whole_well_formed_and_needs_nothing_else(looks, tmp_path):
    shown = written(
        tmp_path,
        a_slide("a", "pdf", "png", "svg", steps=[("svg",), ("png",)]),
        a_slide("b", "png"),
        a_slide("c", "pdf"),
        a_slide("story", "svg", movie=Frame(files={"gif": "story.gif", "mp4": "story.mp4"}, alt_text="Moving")),
        a_slide("a-half", "svg", beside_words=True, is_extra=True),
    )
    text = "".join(html_deck(shown, looks["lecture-dark"], tmp_path))
    page = Page(text)
    assert page.open == []
    assert page.all("html") == [{"lang": "en"}]
    assert [s["id"] for s in page.all("section")] == ["lecture", "a", "b", "story", "a-half"]
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    images = page.all("img")
    assert [re.split("[:;]", i["src"])[1] for i in images] == [
        *("image/svg+xml", "image/png", "image/svg+xml"),
        "image/png",
        *("image/svg+xml", "image/gif"),
        "image/svg+xml",
    ]
    assert [i["alt"] for i in images[:3]] == ["Step 1", "Step 2", "Alt " + plain(NASTY)]
    assert all(i["alt"] for i in images)
    (still,) = page.all("source")
    assert "reduced-motion" in still["media"]
    assert still["srcset"].startswith("data:image/svg+xml;base64,")
    addresses = [v for _, a in page.tags for k, v in a.items() if k in {"src", "href", "srcset", "data", "action"}]
    assert all(address.startswith("data:") for address in addresses)
    assert not re.search(r"https?:|@import|url\(", text.replace("data:image", ""))
    assert page.text["h2"] == ["What is a?", "What is b?", "What is story?", "What is a-half?"]
    assert f"First. {plain(NASTY)} Last." in page.text["p"]
    assert len(page.all("script")) == 1


def test_html_shows_a_heavy_svg_as_png_where_there_is_one(looks, tmp_path, monkeypatch):
    monkeypatch.setattr("figures.slides.html_deck.HEAVY", 10)
    shown = written(tmp_path, a_slide("a", "svg", "png"), a_slide("b", "svg"))
    images = Page("".join(html_deck(shown, looks["lecture"], tmp_path))).all("img")
    assert [re.split("[:;]", i["src"])[1] for i in images] == ["image/png", "image/svg+xml"]


def test_pptx_read_back(looks, tmp_path):
    pptx = pytest.importorskip("pptx")
    from figures.slides.pptx_deck import pptx_deck

    half = a_slide("a-half", "png", beside_words=True, is_extra=True)
    movie = Frame(files={"gif": "a.gif"}, alt_text="Moving")
    shown = written(tmp_path, a_slide("a", "png", steps=[("png",)], movie=movie), a_slide("b", "svg", "pdf"), half)
    pptx_deck(shown, looks["lecture-dark"], tmp_path, tmp_path / "lecture.pptx")
    deck = pptx.Presentation(tmp_path / "lecture.pptx")
    inch = 914400
    assert (deck.slide_width / inch, deck.slide_height / inch) == pytest.approx(FRAME, abs=1e-4)
    assert deck.slide_width / deck.slide_height == pytest.approx(1.6, abs=1e-5)
    _, *pages = deck.slides
    assert [page.shapes.title.text for page in pages] == ["What is a?"] * 3 + ["What is a-half?"]
    pictures = [next(s for s in page.shapes if s.shape_type == 13) for page in pages]
    assert [(p.width / inch, p.height / inch) for p in pictures] == [
        pytest.approx(SIZES[s]) for s in ("full",) * 3 + ("half",)
    ]
    alts = [p._element.nvPicPr.cNvPr.get("descr") for p in pictures]
    assert alts == ["Step 1", f"Alt {plain(NASTY)}", "Moving", f"Alt {plain(NASTY)}"]
    assert {page.notes_slide.notes_text_frame.text for page in pages} == {f"First. {plain(NASTY)} Last."}
    for page in deck.slides:
        for shape in page.shapes:
            assert 0 <= shape.left <= shape.left + shape.width <= deck.slide_width
            assert 0 <= shape.top <= shape.top + shape.height <= deck.slide_height
    assert deck.core_properties.created.year == deck.core_properties.modified.year == 1980


def test_decks_are_the_same_bytes_whenever_and_wherever_they_are_made(looks, tmp_path, monkeypatch):
    pytest.importorskip("pptx")
    from figures.slides import pptx_deck

    made = []
    for folder, year in (("one", 2001), ("two", 2031)):
        (tmp_path / folder).mkdir()
        shown = written(tmp_path / folder, a_slide("a", "pdf", "svg", "png"), a_slide("b", "png", beside_words=True))
        monkeypatch.setattr("time.localtime", lambda *when, year=year: (year, 1, 1, 0, 0, 0, 0, 1, 0))
        look = looks["lecture"]
        parts = "".join(html_deck(shown, look, tmp_path / folder))
        pptx_deck.pptx_deck(shown, look, tmp_path / folder, tmp_path / folder / "lecture.pptx")
        made.append((lecture_tex(shown, look), parts, (tmp_path / folder / "lecture.pptx").read_bytes()))
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0][2])) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None


def test_a_pptx_is_not_in_memory_twice(looks, tmp_path):
    pytest.importorskip("pptx")
    from figures.slides.pptx_deck import pptx_deck

    noise = np.random.default_rng(0).integers(0, 256, (12, 500, 500, 3), dtype=np.uint8)
    shown = [a_slide(f"n{k}", "png") for k in range(len(noise))]
    for slide, pixels in zip(shown, noise, strict=True):
        Image.fromarray(pixels).save(tmp_path / f"{slide.name}.png")
    pptx_deck(shown[:1], looks["lecture"], tmp_path, tmp_path / "lecture.pptx")
    tracemalloc.start()
    pptx_deck(shown, looks["lecture"], tmp_path, tmp_path / "lecture.pptx")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.6 * (tmp_path / "lecture.pptx").stat().st_size  # python-pptx holds the pictures


def render(out, **keys):
    return batch.render(recipe({"out": str(out), "workers": 1, "only": ["dots"], "formats": ["png"], **keys}))


def texts(folder):
    return {p.name: p.read_bytes() for p in folder.glob("lecture.*")}


@pytest.mark.slow
def test_a_render_makes_the_decks_of_what_is_in_the_recipe(stubs, tmp_path):
    keys = {"builds": True, "formats": ["png"], "only": ["dots", "tall"], "decks": ["tex", "html", "pptx"]}
    folder = tmp_path / "lecture"
    render(tmp_path, **keys)
    page = Page((folder / "lecture.html").read_text())
    assert [s["id"] for s in page.all("section")] == ["lecture", "dots", "tall-half", "dots-half"]
    shown = re.findall(r"\{(\S+?)\.png\}", (folder / "lecture.tex").read_text())
    assert shown == ["dots-step1", "dots-step2", "dots", "tall-half", "dots-half"], "the last step is the figure itself"
    before, record = texts(folder), cache.Record.read(tmp_path / "data" / "decks.json")
    assert before.keys() == {"lecture.tex", "lecture.html", "lecture.pptx"}
    assert record.files.keys() == {f"lecture/{name}" for name in before}
    stamps = {p: p.stat().st_mtime_ns for p in folder.glob("lecture.*")}
    render(tmp_path, **keys)
    assert {p: p.stat().st_mtime_ns for p in folder.glob("lecture.*")} == stamps
    (folder / "lecture.tex").write_text("damaged")
    (folder / "lecture.html").unlink()
    render(tmp_path, **keys)
    assert texts(folder) == before
    render(tmp_path, **keys, figures={"dots": {"points": 6}})
    assert all(data != before[name] for name, data in texts(folder).items())


def test_a_figure_that_fails_is_on_no_slide_and_said_to_be_missing(stubs, tmp_path, monkeypatch):
    monkeypatch.setattr("figures.lecture.NAMES", ("trouble", "dots"))
    render(tmp_path, only=["trouble", "dots"], sizes=["full"], formats=["png"], figures={"trouble": {"where": "draw"}})
    page = Page((tmp_path / "lecture" / "lecture.html").read_text())
    assert [s["id"] for s in page.all("section")] == ["lecture", "dots"]
    assert "% trouble: no frame" in (tmp_path / "lecture" / "lecture.tex").read_text()


def test_a_deck_that_fails_stops_neither_the_other_decks_nor_the_manifest(stubs, tmp_path, monkeypatch):
    def broken(*_):
        raise ValueError("no such luck")

    with monkeypatch.context() as changed:
        changed.setattr("figures.slides.html_deck.html_deck", broken)
        outcomes = render(tmp_path)
    assert [(o.name, o.status) for o in outcomes] == [("dots", "drawn"), ("decks", "failed")]
    assert outcomes[1].errors == ("lecture/lecture.html: ValueError: no such luck",)
    assert "Traceback" in (tmp_path / "data" / "decks.error.txt").read_text()
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert manifest["failed"] == {"decks": ["lecture/lecture.html: ValueError: no such luck"]}
    assert {"lecture/lecture.tex", "lecture/dots.png"} < manifest["files"].keys()
    assert "lecture/lecture.html" not in manifest["files"]
    assert [(o.name, o.status) for o in render(tmp_path)] == [("dots", "unchanged")]
    assert json.loads((tmp_path / "manifest.json").read_bytes())["complete"]
    assert not (tmp_path / "data" / "decks.error.txt").exists()


def test_decks_show_what_the_recipe_makes_and_not_what_lies_about(stubs, tmp_path):
    render(tmp_path / "once")
    render(tmp_path / "twice", builds=True, formats=["svg", "png"])
    render(tmp_path / "twice")
    assert texts(tmp_path / "once" / "lecture") == texts(tmp_path / "twice" / "lecture")


@pytest.mark.slow
def test_variants_have_slides_that_say_how_they_differ(stubs, tmp_path):
    render(tmp_path, sizes=["full"], figures={"dots": {"seed": [0, 1], "points": 4}})
    page = Page((tmp_path / "lecture" / "lecture.html").read_text())
    assert [s["id"] for s in page.all("section")] == ["lecture", "dots-seed-0", "dots-seed-1"]
    assert page.text["h2"] == ["Where are the dots? (seed 0)", "Where are the dots? (seed 1)"]
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert {"lecture/lecture.tex", "lecture/lecture.html"} < manifest["files"].keys()


def test_no_decks_where_none_are_asked_for(stubs, tmp_path):
    render(tmp_path, decks=[])
    assert texts(tmp_path / "lecture") == {}


def test_decks_by_default_need_nothing_installed(stubs, monkeypatch):
    monkeypatch.setattr(slides, "find_spec", lambda name: None)
    assert recipe().decks == ("tex", "html")
    with pytest.raises(RecipeError) as caught:
        recipe({"decks": ["pptx", "odp"]}, {"decks": "--deck"})
    assert caught.value.faults == (
        "--deck: no kind of deck 'odp'; choose from tex, html, pptx",
        "--deck: 'pptx' needs the package python-pptx; pip install \"xorscape[slides]\", or leave it out",
    )


@pytest.mark.parametrize(
    ("formats", "decks"),
    [(["pdf"], ("tex",)), (["svg"], ("html",)), (["png"], ("tex", "html")), (["gif"], ())],
)
def test_a_deck_that_would_be_empty_is_left_out_or_a_fault(stubs, formats, decks):
    for spelt_out in ({}, {"decks": ["tex", "html"]}, {"decks": ["html", "tex"]}):  # as xorscape init does
        made = recipe({"formats": formats, **spelt_out})
        assert (made.decks, made.empty) == (decks, tuple(deck for deck in ("tex", "html") if deck not in decks))
    assert recipe({"formats": formats, "decks": ["html", "tex"]}, {"formats": "--format"}).decks == decks
    for deck, shows in (("tex", "pdf or png"), ("html", "svg or png"), ("pptx", "png")):
        for labels in ({}, {"decks": "decks", "formats": "--format"}):
            if deck in decks or formats == ["png"]:
                assert recipe({"formats": formats, "decks": [deck]}, labels).decks == (deck,)
                continue
            with pytest.raises(RecipeError) as caught:
                recipe({"formats": formats, "decks": [deck]}, labels)
            assert caught.value.faults == (
                f"decks: {deck!r} shows {shows}, and none of them is made; add a format or leave out the deck",
            )


CALLS = [
    (["--deck", "none"], set()),
    (["--deck", "html"], {"lecture.html"}),
    (["--only", "tall", "--deck", "html"], {"lecture.html"}),
    (["--only", "tall"], set()),  # the deck of a whole lecture stays as it is while one figure is tried out
]


@pytest.mark.parametrize(("options", "expected"), CALLS)
def test_decks_from_the_command_line(stubs, tmp_path, capsys, options, expected):
    from figures.cli import main

    file = tmp_path / "my.toml"
    file.write_text('only = ["tall", "dots"]')
    call = ["render", str(file), "--out", str(tmp_path / "out"), "--format", "svg", "--workers", "1", *options]
    assert main(call) == 0
    assert texts(tmp_path / "out" / "lecture").keys() == expected


def has_latex(program):
    """Whether this machine has a LaTeX with beamer and TikZ."""
    if not (shutil.which(program) and shutil.which("kpsewhich")):
        return False
    return subprocess.run(["kpsewhich", "beamer.cls", "tikz.sty"], capture_output=True, check=False).returncode == 0


@pytest.mark.heavy
@pytest.mark.parametrize(("program", "style"), [("pdflatex", "lecture"), ("lualatex", "lecture-dark")])
def test_the_lecture_compiles(stubs, tmp_path, program, style):
    if not has_latex(program):
        pytest.skip(f"no {program} with beamer and TikZ on this machine")
    render(tmp_path, only=["dots", "wave"], formats=["pdf", "png"], styles=[style], builds=True)
    tex = (tmp_path / style / "lecture.tex").read_text()
    signs = " ".join(("\\", r"\$", *'{}&%#_^~<>|"', *beamer.SIGNS, *beamer.PUNCTUATION, beamer.RAISED, beamer.LOWERED))
    shown = (
        "\\begin{frame}{Drawn by hand}\\tikz\\draw[stuckat1of6] (0,0) -- (1,0);" + beamer.tex(signs) + "\\end{frame}"
    )
    tex = tex.replace("wave.pdf", "wave.png").replace(r"\end{document}", shown + r"\end{document}")
    (tmp_path / style / "lecture.tex").write_text(tex)
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "lecture.tex"]
    done = subprocess.run(command, cwd=tmp_path / style, capture_output=True, check=False)
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, said[-2000:]
    assert "Overfull" not in said.partition("signs")[0]
    pages = pypdf.PdfReader(tmp_path / style / "lecture.pdf").pages
    assert len(pages) == 7, "title, three steps, a PNG, a half figure, and one by hand"
    assert float(pages[0].mediabox.width) / float(pages[0].mediabox.height) == pytest.approx(1.6, abs=1e-3)
    assert "Where are the dots?" in pages[1].extract_text()


def browser():
    """Return a browser that can be run without a window, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def headless(folder):
    """Return a call of the browser that keeps what it keeps in a folder."""
    return [browser(), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]


def loaded(page, folder):
    """Return what a browser makes of an address, after its scripts have run."""
    command = [*headless(folder), "--dump-dom", page]
    return Page(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)


def at(page):
    """Return the slides that a page shows."""
    return [a["id"] for tag, a in page.tags if tag == "section" and "now" in a["class"].split()]


@pytest.mark.heavy
@pytest.mark.skipif(browser() is None, reason="no chromium on this machine")
def test_a_browser_shows_one_slide_and_prints_all(stubs, tmp_path):
    render(tmp_path, builds=True)
    page = tmp_path / "lecture" / "lecture.html"
    shown = loaded(f"{page.as_uri()}#dots/2", tmp_path)
    assert at(shown) == ["dots"]
    assert [a["alt"] for a in shown.all("img") if a.get("class") == "now"] == [
        "Step 2 of 3 of the figure Dots & <dashes>. Shown: axes, the dots."
    ]
    assert "Slide 2 of 3, step 2 of 3" in shown.text["p"]
    paper = tmp_path / "print.pdf"
    command = [*headless(tmp_path), "--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri()]
    subprocess.run(command, capture_output=True, timeout=60, check=True)
    printed = pypdf.PdfReader(paper).pages
    assert len(printed) == 3
    assert float(printed[0].mediabox.width) == pytest.approx(160 / 25.4 * 72, abs=1)


@pytest.mark.heavy
@pytest.mark.skipif(browser() is None, reason="no chromium on this machine")
@pytest.mark.parametrize("place", ["#%", "#nothing", "#a/9"])
def test_an_address_that_leads_nowhere_shows_a_slide_all_the_same(looks, tmp_path, place):
    shown = written(tmp_path, a_slide("a", "png"))
    (tmp_path / "lecture.html").write_text("".join(html_deck(shown, looks["lecture"], tmp_path)))
    page = loaded((tmp_path / "lecture.html").as_uri() + place, tmp_path)
    assert at(page) == [place[1] if place.startswith("#a") else "lecture"]


KEYS = [("p", "", True), ("pp", "", False), ("P", ", shiftKey: true", False)]


@pytest.mark.heavy
@pytest.mark.skipif(browser() is None, reason="no chromium on this machine")
@pytest.mark.parametrize(("keys", "held", "is_paused"), KEYS)
def test_a_key_pauses_animations(looks, tmp_path, keys, held, is_paused):
    shown = written(tmp_path, a_slide("a", "png", movie=Frame(files={"gif": "a.gif"}, alt_text="Moving")))
    press = f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{key, bubbles: true{held}}}))"
    script = f"<script>for (const key of '{keys}') {press};</script></body>"
    text = "".join(html_deck(shown, looks["lecture"], tmp_path)).replace("</body>", script)
    (tmp_path / "lecture.html").write_text(text)
    page = loaded((tmp_path / "lecture.html").as_uri(), tmp_path)
    *_, image = page.all("img")
    assert image["alt"].startswith("Alt" if is_paused else "Moving")
    assert image["src"].startswith("data:image/png" if is_paused else "data:image/gif")
    assert [b["aria-pressed"] for b in page.all("button") if "aria-pressed" in b] == [str(is_paused).lower()]


def test_controls_can_be_seen_at_rest():
    style = (Path(slides.__file__).parent / "deck.css").read_text()
    rest = re.search(r"\.controls button \{.*?opacity: ([\d.]+)", style, re.DOTALL)[1]
    assert float(rest) >= 0.75


def test_styles_and_scripts_are_files_of_the_package():
    folder = Path(slides.__file__).parent
    assert {p.suffix for p in folder.iterdir() if p.is_file()} == {".py", ".css", ".js"}
