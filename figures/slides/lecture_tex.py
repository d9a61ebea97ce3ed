r"""The lecture as one LaTeX file: a beamer frame for each figure, in the colours of the figures.

It compiles in its folder with pdflatex or lualatex and needs only beamer and TikZ. The steps of a figure
are overlays of one frame; captions and notes go to the speaker notes.
"""

from collections.abc import Iterator, Sequence

from figures.output.latex_snippets import FIT, tex, tex_lines
from figures.slides.deck_style import DeckStyle, bare
from figures.slides.slide import DECK_SUBTITLE, DECK_TITLE, PAGE_LINK, WIDE_FRAME, Frame, Slide, frame_of
from figures.style.palette import LevelStyle

LONG, LONGER = 54, 76
"""Characters of a heading that fit on one line at normal size and at ``\\small``."""

_DASHES = {"-": "solid", "--": "dashed", "-.": "dash dot", ":": "dotted"}

_PREAMBLE = r"""\usepackage{iftex}
\ifpdftex
  \IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{}
\fi
\usepackage{tikz}
% \setbeameroption{show notes}  % notes on pages of their own; "show notes on second screen" for a presenter
"""

_THEME = r"""
\setbeamercolor{background canvas}{bg=ground}
\setbeamercolor{normal text}{fg=ink,bg=ground}
\setbeamercolor{structure}{fg=ink}
\setbeamercolor{title}{fg=ink}
\setbeamercolor{frametitle}{fg=ink}
\setbeamercolor{footline}{fg=ink!60!ground}
\setbeamerfont{frametitle}{size=\normalsize,series=\bfseries}
\setbeamerfont{framesubtitle}{size=\scriptsize,series=\mdseries}
\setbeamerfont{title}{size=\LARGE,series=\bfseries}
\setbeamerfont{subtitle}{size=\normalsize,series=\mdseries}
\setbeamersize{text margin left=8mm,text margin right=8mm}
\setbeamertemplate{navigation symbols}{}
\setbeamertemplate{note page}{\vspace*{5mm}\color{black}\raggedright\insertnote}  % on white paper
\setbeamertemplate{frametitle}{\vskip0.2mm\insertframetitle\par{\usebeamerfont{framesubtitle}\vskip-0.3mm\insertframesubtitle\par}}
\setbeamertemplate{footline}{\hfill\usebeamercolor[fg]{footline}\tiny\insertframenumber\hspace*{2mm}\vskip1mm}
\newcommand\figurenote[1]{\note{\footnotesize #1\par}}

% \fitfigure{W}{H}: a figure made for W x H inches is scaled down to what the title leaves of the frame, never up.
\newdimen\figurewidth \newdimen\figureheight
\newcommand\xorscapeleave{0pt}
\makeatletter
\newcommand\fitfigure[2]{%
@FIT@  \figurewidth=\dimen4 \figureheight=\dimen6
}
\makeatother
""".replace("@FIT@", FIT.replace("WIDTH", "#1").replace("HEIGHT", "#2"))


def lecture_tex(slides: Sequence[Slide], look: DeckStyle, page: str = "") -> str:
    """Return the contents of ``lecture.tex``: a frame for each slide that has a PDF, or else a PNG.

    page : relative address of the live page, for a link on the first slide
    """
    lines = ["% The lecture, to be compiled in this folder: pdflatex lecture.tex, or lualatex lecture.tex"]
    shape = "169" if frame_of(slides) == WIDE_FRAME else "1610"
    lines += [
        rf"\documentclass[aspectratio={shape}]{{beamer}}",
        _PREAMBLE,
        "% The colours of the figures, for what you draw beside them.",
    ]
    lines += [*_colors(look), _THEME, rf"\title{{{tex(DECK_TITLE)}}}", rf"\subtitle{{{tex(DECK_SUBTITLE)}}}"]
    lines += [r"\date{}", "", r"\begin{document}", "", *_title(look, page)]
    extras = False
    for slide in slides:
        if slide.is_extra and not extras:
            lines += ["", r"\appendix", "% Half-size figures with words beside them."]
            extras = True
        lines += [""]
        if not slide.is_extra:  # for the outline in PDF viewers
            lines += [rf"\section{{{tex(_outline_entry(slide))}}}"]
        lines += _frame(slide)
    return "\n".join([*lines, "", r"\end{document}", ""])


def color_name(level: LevelStyle) -> str:
    """Return the name of a level's colour in LaTeX.

    >>> color_name(LevelStyle("#F0B93C", "--", "s", "stuck at 1/8"))
    'stuckat1of8'
    """
    words = level.label.replace("/", "of").replace(".", "point")
    return "".join(c for c in words if c.isascii() and c.isalnum())


def _colors(look: DeckStyle) -> Iterator[str]:
    named = {"ground": look.ground, "ink": look.ink, **look.units}
    named |= {color_name(level): bare(level.color) for level in look.levels}
    for name, color in named.items():
        yield rf"\definecolor{{{name}}}{{HTML}}{{{color}}}"
    yield "% Lines as in the figures: never colour alone. \\draw[stuckat1of6] (0,0) -- (1,0);"
    for level in look.levels:
        name = color_name(level)
        yield rf"\tikzset{{{name}/.style={{draw={name},line width=1.2pt,{_DASHES[level.linestyle]}}}}}"


def _title(look: DeckStyle, page: str) -> Iterator[str]:
    yield from (r"\begin{frame}[plain]", r"  \titlepage", r"  \centering\scriptsize")
    for level in look.levels:
        line = rf"\tikz[baseline=-0.6ex]\draw[{color_name(level)}] (0,0) -- (0.7,0);"
        yield rf"  {line}~{tex(level.label)}\quad"
    yield r"  \par"
    if page:
        yield rf"  \medskip\href{{run:{page}}}{{\underline{{{tex(PAGE_LINK)}}}}}\par"
    yield r"\end{frame}"


def _frame(slide: Slide) -> Iterator[str]:
    pictures, movie = slide.built_from("pdf", "png"), slide.animation("mp4", "gif")
    if not pictures:
        yield f"% {slide.name}: no frame, since it was rendered neither as PDF nor as PNG"
        return
    yield rf"\begin{{frame}}[label={slide.name}]{{{_heading_size(slide.heading)}{tex(slide.heading)}}}"
    yield rf"  \framesubtitle{{{tex(slide.takeaway)}}}"
    if slide.beside_words:
        yield from (r"  \begin{columns}[c,onlytextwidth]", rf"    \begin{{column}}{{{slide.width:g}in}}")
        yield from (f"      {line}" for line in _pictures(f"width={slide.width:g}in", pictures, movie))
        yield from (r"    \end{column}", r"    \begin{column}{\dimexpr\textwidth-" rf"{slide.width:g}in-4mm\relax}}")
        yield rf"      \footnotesize\raggedright {tex(slide.caption)}"
        yield from (r"    \end{column}", r"  \end{columns}")
    else:
        yield from (
            r"  \centering",
            rf"  \fitfigure{{{slide.width:g}}}{{{slide.height:g}}}%",
            r"  \makebox[\linewidth]{%",
        )
        size = r"width=\figurewidth,height=\figureheight,keepaspectratio"
        yield from (f"    {line}" for line in _pictures(size, pictures, movie))
        yield r"  }\par"
    yield from (rf"  \figurenote{{{tex_lines(chr(10).join(slide.spoken))}}}", r"\end{frame}")


def _heading_size(heading: str) -> str:
    """Return the LaTeX size command with which a heading fits on one line, empty for normal size."""
    if len(heading) <= LONG:
        return ""
    return r"\small " if len(heading) <= LONGER else r"\scriptsize "


def _outline_entry(slide: Slide) -> str:
    title = " ".join(slide.title.split())
    return f"{title} ({slide.variant})" if slide.variant else title


def _pictures(size: str, pictures: list[tuple[Frame, str]], movie: str | None) -> Iterator[str]:
    """Yield the picture in this size, or its steps as overlays, linked to the animation if there is one."""
    for k, (_, file) in enumerate(pictures, start=1):
        overlay = f"<{k}>" if len(pictures) > 1 else ""
        picture = rf"\includegraphics{overlay}[{size}]{{{file}}}"
        yield (rf"\href{{run:{movie}}}{{{picture}}}" if movie else picture) + "%"
