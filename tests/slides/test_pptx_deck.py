"""The PowerPoint deck, read back."""

import tracemalloc

import numpy as np
import pytest
from PIL import Image
from stub_slides import NASTY, a_slide, written

from figures.slides.plain_text import plain
from figures.slides.slide import FRAME, PAGE_LINK, Frame
from figures.style.style_sheets import SIZES

pytestmark = pytest.mark.slow


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
    assert {page.notes_slide.notes_text_frame.text for page in pages} == {
        f"First. {plain(NASTY)} Last.\nSettings {plain(NASTY)}\nrow | 1"
    }
    for page in pages:
        assert f"Point {plain(NASTY)}." in [s.text_frame.text for s in page.shapes if s.has_text_frame]
    for page in deck.slides:
        for shape in page.shapes:
            assert 0 <= shape.left <= shape.left + shape.width <= deck.slide_width
            assert 0 <= shape.top <= shape.top + shape.height <= deck.slide_height
    assert deck.core_properties.created.year == deck.core_properties.modified.year == 1980


@pytest.mark.parametrize("page", ["", "../page.html"])
def test_the_first_slide_links_to_the_live_page(looks, tmp_path, page):
    pptx = pytest.importorskip("pptx")
    from figures.slides.pptx_deck import pptx_deck

    pptx_deck(written(tmp_path, a_slide("a", "png")), looks["lecture"], tmp_path, tmp_path / "lecture.pptx", page)
    deck = pptx.Presentation(tmp_path / "lecture.pptx")
    texts = [shape.text_frame for slide in deck.slides for shape in slide.shapes if shape.has_text_frame]
    runs = [run for text in texts for line in text.paragraphs for run in line.runs]
    links = [(run.text, run.hyperlink.address) for run in runs if run.hyperlink.address]
    assert links == ([(PAGE_LINK, page)] if page else [])


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
