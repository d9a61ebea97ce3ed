"""The LaTeX deck: a frame for each figure that it can show, and it compiles."""

import re
import shutil
import subprocess

import pypdf
import pytest
from PIL import Image
from stub_slides import a_slide, render

from figures.output import latex_snippets
from figures.slides.lecture_tex import lecture_tex
from figures.slides.slide import PAGE_LINK, Frame

pytestmark = pytest.mark.slow

FITTED = r"width=\figurewidth,height=\figureheight,keepaspectratio"


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
    pictures = re.findall(r"\\includegraphics(<\d>)?\[(\S+?)\]\{(\S+?)\}", text)
    assert pictures == [
        ("", FITTED, "a.pdf"),
        ("", FITTED, "b.png"),
        ("<1>", FITTED, "d-step1.pdf"),
        ("<2>", FITTED, "d-step3.png"),
        ("<3>", FITTED, "d.pdf"),
        ("", "width=2.7in", "a-half.pdf"),
    ]
    assert text.count(r"\fitfigure{5.6}{3.2}") == 3
    assert "% c: no frame, since it was rendered neither as PDF nor as PNG" in text
    assert text.index(r"\appendix") > text.index("label=d")
    assert text.count(r"\figurenote{") == 4
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    for level in looks["lecture"].levels:
        assert rf"{{HTML}}{{{level.color.removeprefix('#').upper()}}}" in text


def test_tex_opens_an_animation_with_a_click(looks):
    both = a_slide("story", "pdf", movie=Frame(files={"gif": "story.gif", "mp4": "story.mp4"}, alt_text="Moving"))
    assert rf"\href{{run:story.mp4}}{{\includegraphics[{FITTED}]{{story.pdf}}}}" in lecture_tex(
        [both], looks["lecture"]
    )


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
    keys = {"formats": ["pdf", "png"], "builds": True, "half_slides": True, "page": True}
    render(tmp_path, only=["dots", "wave"], styles=[style], **keys)
    tex = (tmp_path / style / "lecture.tex").read_text()
    signs = " ".join(
        (
            "\\",
            r"\$",
            *'{}&%#_^~<>|"',
            *latex_snippets.SIGNS,
            *latex_snippets.PUNCTUATION,
            latex_snippets.RAISED,
            latex_snippets.LOWERED,
        )
    )
    shown = (
        "\\begin{frame}{Drawn by hand}\\tikz\\draw[stuckat1of6] (0,0) -- (1,0);"
        + latex_snippets.tex(signs)
        + "\\end{frame}"
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
    (link,) = pages[0]["/Annots"]
    assert link.get_object()["/A"]["/F"] == "../page.html"
    assert PAGE_LINK in pages[0].extract_text()


@pytest.mark.heavy
@pytest.mark.parametrize(("size", "inches"), [("full", (5.6, 3.2)), ("wide", (6.0, 2.9))])
def test_a_figure_fits_below_a_title_and_takeaway_of_any_length(looks, tmp_path, size, inches):
    if not has_latex("pdflatex"):
        pytest.skip("no pdflatex with beamer and TikZ on this machine")
    Image.new("RGB", (round(100 * inches[0]), round(100 * inches[1])), "gray").save(tmp_path / "a.png")
    long = "many words of a takeaway that goes on over the end of its first line and then " * 2
    slides = [
        a_slide("a", "png", size=size, width=inches[0], height=inches[1], question=q, takeaway=takeaway)
        for q in ("Short?", "Is this question so long that it must be written in smaller letters or breaks?")
        for takeaway in ("Short.", long)
    ]
    (tmp_path / "lecture.tex").write_text(lecture_tex(slides, looks["lecture"]))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "lecture.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=900)
    assert done.returncode == 0
    assert "Overfull" not in done.stdout.decode(errors="replace")
