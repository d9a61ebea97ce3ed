"""The beamer snippet: text that TeX takes, and slides that compile where there is a TeX."""

# ruff: noqa: RUF001 - the signs themselves are meant

import re
import shutil
import subprocess

import pypdf
import pytest
from hypothesis import given, strategies as st

from figures.output import latex_snippets
from figures.recipes.validation import recipe
from figures.render import batch

TEX = [
    ("a_b & 50 % #1 {x} ~ ^ \\", r"a\_b \& 50 \% \#1 \{x\} \textasciitilde{} \textasciicircum{} \textbackslash{}"),
    (r"loss $\mathcal{R}_1$ & $x^2$", r"loss $\mathcal{R}_1$ \& $x^2$"),
    (r"5 \$ and $a$", r"5 \$ and $a$"),
    ("one $ alone", r"one \$ alone"),
    ("θ ≤ 1e−3", r"$\theta$ $\leq$ 1e$-$3"),
    ("$θ ≤ 1$", r"$\theta  \leq  1$"),
    ("a–b ‘c’ “d”…", r"a--b `c' ``d''\dots{}"),
    ("W1[0,1]", "W1[0,1]"),
    ("10⁻³ w₁", "10$^{-3}$ w$_{1}$"),
    ("$x²y₁₂$", "$x^{2} y_{12} $"),
]


@pytest.mark.parametrize(("text", "expected"), TEX)
def test_text_as_tex(text, expected):
    assert latex_snippets.tex(text) == expected


@given(st.text(alphabet="ab \\{}$&%#_^~<>|\"'θ≤⁻"))
def test_nothing_special_is_left_outside_formulas(text):
    outside = re.sub(r"\$(?:[^$\\]|\\.)*\$", "", latex_snippets.tex(text).replace(r"\$", ""))
    commands = r"\\(?:[{}&%#_]|(?:text(?:backslash|asciitilde|asciicircum|less|greater|bar)|char34)\{\})"
    assert not set("\\{}$&%#_^~") & set(re.sub(commands, "", outside))


def test_snippet_is_one_figure_of_at_most_its_native_size_with_its_texts():
    text = latex_snippets.snippet("relief-half", (2.7, 2.6), "A\ntitle", "The point.", "100 % of\n$\\theta$")
    assert text.count("{relief-half}") == 1
    assert r"\ifdim\dimen4>2.7in \dimen4=2.7in \fi" in text
    assert r"\ifdim\dimen6>2.6in \dimen6=2.6in \fi" in text
    assert text.endswith("\\xorscapecaption{The point.\\newline 100 \\% of\\newline $\\theta$}\n")
    assert "\\xorscapetakeaway{The point.}%\n" in text
    assert text.startswith("% A title\n")
    assert text.count("{") == text.count("}")
    assert "\n\n" not in text


LECTURE = r"""
\documentclass[aspectratio=1610]{beamer}
\setbeameroption{show notes}
\graphicspath{{out/lecture/}}
\begin{document}
\begin{frame}{Full}\input{out/lecture/dots}\end{frame}
\begin{frame}{Half}
  \begin{columns}
    \begin{column}{0.49\textwidth}\input{out/lecture/dots-half}\end{column}
    \begin{column}{0.49\textwidth}\input{out/lecture/tall-half}\end{column}
  \end{columns}
\end{frame}
\newcommand\xorscapecaption[1]{#1}
\begin{frame}{All signs}\input{signs}\end{frame}
\end{document}
"""


def has_beamer():
    """Whether this machine has LaTeX with beamer and what beamer needs."""
    if not (shutil.which("pdflatex") and shutil.which("kpsewhich")):
        return False
    return subprocess.run(["kpsewhich", "beamer.cls", "pgfmath.sty"], capture_output=True, check=False).returncode == 0


@pytest.mark.heavy
@pytest.mark.skipif(not has_beamer(), reason="no LaTeX with beamer on this machine")
def test_snippets_compile_as_they_are(stubs, tmp_path):
    batch.render(recipe({"out": str(tmp_path / "out"), "formats": ["pdf"], "workers": 1}))
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
    every = f"{signs} $x^2 {''.join(latex_snippets.SIGNS)} x{latex_snippets.RAISED} x{latex_snippets.LOWERED}$ end"
    (tmp_path / "signs.tex").write_text(
        latex_snippets.snippet("dots-half", (2.7, 2.6), "All signs", "The point.", every)
    )
    (tmp_path / "lecture.tex").write_text(LECTURE)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "lecture.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    pages = [page.extract_text() for page in pypdf.PdfReader(tmp_path / "lecture.pdf").pages]
    assert len(pages) == 5
    assert "5 dots at 100 % of" in pages[1], "the caption is in the notes"
    assert "Tall." in pages[3]
    assert pages[4].rstrip().endswith("end")
    assert "Overfull \\hbox" not in done.stdout.partition("signs.tex")[0]
