"""Beamer snippets fit into the frames of common themes and shapes: nothing overflows, nothing is enlarged."""

import re
import shutil
import subprocess
from itertools import pairwise

import pypdf
import pytest
from matplotlib.figure import Figure

from figures.output.latex_snippets import snippet
from figures.style.style_sheets import SIZES

pytestmark = [pytest.mark.slow, pytest.mark.heavy]

THEMES = ("default", "Madrid", "metropolis")
SHAPES = {"169": (160, 90), "1610": (160, 100), "43": (128, 96)}
"""Aspect ratio -> width and height of a frame in mm."""
POINTS_PER_MM = 72 / 25.4
FRAMES = r"""
\begin{frame}{How often does a fresh start succeed?}\input{full-snippet}\end{frame}
\begin{frame}{How often does a fresh start succeed?}\input{wide-snippet}\end{frame}
\begin{frame}{What does the surface look like, and how much of that depends on how I slice it, and where?}{A subtitle}
  \input{full-snippet}
\end{frame}
\begin{frame}[t]\input{full-snippet}\end{frame}
\begin{frame}[plain]{Plain}\input{wide-snippet}\end{frame}
\begin{frame}{Two halves}
  \begin{columns}
    \begin{column}{0.49\textwidth}\input{half-snippet}\end{column}
    \begin{column}{0.49\textwidth}\input{full-snippet}\end{column}
  \end{columns}
\end{frame}
\begin{frame}{With words}
  \begin{itemize}\item One line above.\item And another one.\end{itemize}
  \newcommand\xorscapeleave{4\baselineskip}
  \input{full-snippet}
  \centering And one below.
\end{frame}
"""
PICTURES = ("full", "wide", "full", "full", "wide", "half", "full", "full")
"""Sizes of the pictures in the order of the frames."""


def is_there(*files):
    """Return whether this machine has pdflatex and all these files of it."""
    if not (shutil.which("pdflatex") and shutil.which("kpsewhich")):
        return False
    return subprocess.run(["kpsewhich", *files], capture_output=True, check=False).returncode == 0


def placed(pdf):
    """Return the number of the page, and the box in points, of each picture in a PDF."""
    found = []
    for number, page in enumerate(pypdf.PdfReader(pdf).pages):
        resources = page["/Resources"].get("/XObject", {})

        def note(operator, operands, matrix, _, number=number, resources=resources):
            if operator == b"Do" and resources[operands[0]].get("/PTEX.FileName"):
                _, _, width, height = map(float, resources[operands[0]]["/BBox"])
                scale, x, y = float(matrix[0]), float(matrix[4]), float(matrix[5])
                found.append((number, (x, y, x + scale * width, y + scale * height)))

        page.extract_text(visitor_operand_before=note)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with an empty picture of each size and its snippet."""
    folder = tmp_path_factory.mktemp("snippets")
    for name, size in SIZES.items():
        Figure(figsize=size).savefig(folder / f"{name}.pdf")
        (folder / f"{name}-snippet.tex").write_text(
            snippet(name, size, name, f"Takeaway of {name}.", f"Caption of {name}.")
        )
    return folder


@pytest.mark.skipif(
    not is_there("beamer.cls", "beamerthemeMadrid.sty", "beamerthememetropolis.sty"), reason="no LaTeX with metropolis"
)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_overflows_and_every_picture_is_on_its_page(folder, theme, shape):
    name = f"{theme}-{shape}"
    head = rf"\documentclass[aspectratio={shape}]{{beamer}}\usetheme{{{theme}}}\title{{T}}\author{{A}}"
    (folder / f"{name}.tex").write_text(rf"{head}\begin{{document}}{FRAMES}\end{{document}}")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=900, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert re.findall(r"Overfull .*", done.stdout) == []
    width, height = (POINTS_PER_MM * mm for mm in SHAPES[shape])
    boxes = placed(folder / f"{name}.pdf")
    assert len(boxes) == len(PICTURES)
    for (_, (left, bottom, right, top)), size in zip(boxes, PICTURES, strict=True):
        assert left >= 0
        assert bottom >= 0
        assert right <= width
        assert top <= height
        native = 72 * SIZES[size][0]
        assert right - left <= native + 0.1, "never enlarged"
        assert (top - bottom) / (right - left) == pytest.approx(SIZES[size][1] / SIZES[size][0], rel=1e-3)
    assert all(a[2] <= b[0] for (page, a), (same, b) in pairwise(boxes) if page == same), "side by side"
    wide = boxes[1][1]
    if shape == "169":
        assert wide[2] - wide[0] >= (0.9 if theme == "metropolis" else 0.99) * 72 * SIZES["wide"][0]
    full = boxes[0][1]
    if shape == "1610" and theme != "metropolis":
        assert full[2] - full[0] == pytest.approx(72 * SIZES["full"][0], abs=0.1), "native where there is room"
