"""Saved figures: the same bytes every time, and each file says what it shows."""

import xml.etree.ElementTree as ET

import numpy as np
import pypdf
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from figures.lecture.surface import network
from figures.output.saving import FORMATS, About, figure_bytes, freeze_layout, save_figure
from figures.style.style_sheets import SIZES, STYLES, style_context

pytestmark = pytest.mark.slow

ABOUT = About(title="A <b> & c", alt_text='Says "θ ≤ 1/8" & more', facts={"seed": "3", "recipe": "00ff"})
SVG = "{http://www.w3.org/2000/svg}"


def a_figure(size="full"):
    figure = Figure(figsize=SIZES[size])
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    x = np.linspace(-1, 1, 21)
    filled = left.contourf(x, x, np.hypot(x, x[:, None]))
    filled.set_rasterized(True)
    figure.colorbar(filled)
    right.plot(x, x**2, label=r"$\mathcal{R}(\theta)$")
    right.fill_between(x, 0, x**2, hatch="//", alpha=0.3)
    right.legend(title="a long title of a legend")
    return figure


def test_the_same_figure_gives_the_same_bytes_in_any_order():
    with style_context("lecture"):
        first, second = a_figure(), a_figure()
        freeze_layout(first)
        freeze_layout(second)
        one = {f: figure_bytes(first, f, ABOUT) for f in FORMATS}
        two = {f: figure_bytes(second, f, ABOUT) for f in reversed(FORMATS)}
        again = {f: figure_bytes(first, f, ABOUT) for f in FORMATS}
    assert one == two == again


def test_the_bytes_do_not_depend_on_where_objects_lie_in_memory():
    result = network.compute(network.Settings(points=11))
    rng, kept, made = np.random.default_rng(0), [], set()
    with style_context("lecture"):
        for _ in range(15):
            kept.append([bytearray(size) for size in rng.integers(16, 4096, size=rng.integers(500)).tolist()])
            figure = Figure(figsize=SIZES["full"])
            FigureCanvasAgg(figure)
            network.draw(result, figure, "full")
            freeze_layout(figure)
            made.add(figure_bytes(figure, "svg", ABOUT))
    assert len(made) == 1


def test_a_frozen_layout_is_that_of_drawing():
    with style_context("lecture"):
        frozen, drawn = a_figure(), a_figure()
        before = [axes.get_position().bounds for axes in frozen.axes]
        freeze_layout(frozen)
        for figure in (frozen, drawn):
            figure.canvas.draw()
    for old, one, other in zip(before, frozen.axes, drawn.axes, strict=True):
        np.testing.assert_allclose(one.get_position().bounds, other.get_position().bounds, rtol=0, atol=1e-6)
        assert one.get_position().bounds != old


def test_dates_are_in_no_file(monkeypatch):
    with style_context("lecture"):
        figure = a_figure()
        freeze_layout(figure)
        files = {f: figure_bytes(figure, f, ABOUT) for f in FORMATS}
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
        assert files == {f: figure_bytes(figure, f, ABOUT) for f in FORMATS}
    for data in files.values():
        for mark in (b"CreationDate", b"ModDate", b"<dc:date>", b"tIME", b"2001"):
            assert mark not in data


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", SIZES)
def test_files_have_the_native_size(tmp_path, style, size):
    width, height = SIZES[size]
    with style_context(style):
        figure = a_figure(size)
        freeze_layout(figure)
        for kind in FORMATS:
            save_figure(figure, tmp_path / f"a.{kind}", ABOUT)
        dpi = 300
    box = pypdf.PdfReader(tmp_path / "a.pdf").pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx((72 * width, 72 * height), abs=0.01)
    root = ET.parse(tmp_path / "a.svg").getroot()
    assert float(root.get("width").removesuffix("pt")) == pytest.approx(72 * width, abs=0.01)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (round(dpi * width), round(dpi * height))


def test_each_file_carries_title_alt_text_and_facts(tmp_path):
    with style_context("lecture"):
        figure = a_figure()
        for kind in FORMATS:
            save_figure(figure, tmp_path / f"a.{kind}", ABOUT)
    pdf = pypdf.PdfReader(tmp_path / "a.pdf").metadata
    assert (pdf.title, pdf.subject) == (ABOUT.title, ABOUT.alt_text)
    assert pdf["/Keywords"] == "seed 3; recipe 00ff"
    with Image.open(tmp_path / "a.png") as image:
        assert image.text["Title"] == ABOUT.title
        assert image.text["Description"] == ABOUT.alt_text
        assert image.text["Keywords"] == "seed 3; recipe 00ff"
    root = ET.parse(tmp_path / "a.svg").getroot()
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert (title.text, desc.text) == (ABOUT.title, ABOUT.alt_text)
    assert root.get("aria-labelledby").split() == [title.get("id"), desc.get("id")]
    assert [e.tag for e in root][:2] == [f"{SVG}title", f"{SVG}desc"]


def test_pdf_fonts_are_truetype_and_embedded(tmp_path):
    with style_context("lecture"):
        save_figure(a_figure(), tmp_path / "a.pdf", ABOUT)
    page = pypdf.PdfReader(tmp_path / "a.pdf").pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        inner = font["/DescendantFonts"][0].get_object() if font["/Subtype"] == "/Type0" else font
        assert inner["/Subtype"] in {"/TrueType", "/CIDFontType2"}
        assert "/FontFile2" in inner["/FontDescriptor"]


def test_saving_says_nothing(caplog):
    with style_context("lecture"):
        figure_bytes(a_figure(), "pdf", ABOUT)
    assert caplog.records == []


def test_unknown_format_is_refused_and_nothing_is_left(tmp_path):
    with style_context("lecture"):
        figure = a_figure()
        for name in ("a.jpg", "a"):
            with pytest.raises(ValueError, match="format must be one of pdf, svg, png; got"):
                save_figure(figure, tmp_path / name, ABOUT)
    assert list(tmp_path.iterdir()) == []
