r"""Text as LaTeX, and LaTeX snippets that include a figure in a beamer slide.

``\input`` includes a snippet in a frame. The figure has its native size where the frame has room for it, and is scaled
down elsewhere. Takeaway, caption and notes go to the speaker notes unless ``\xorscapecaption`` is defined otherwise;
``\xorscapetakeaway`` can put the takeaway on the slide, too.
"""

# ruff: noqa: RUF001 - these characters are intended

import re

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#",
    "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\char34{}",
}  # fmt: skip
SIGNS = {
    "×": r"\times", "·": r"\cdot", "±": r"\pm", "−": "-", "≤": r"\leq", "≥": r"\geq", "≈": r"\approx", "≠": r"\neq",
    "→": r"\to", "∞": r"\infty", "∈": r"\in", "√": r"\surd", "∂": r"\partial", "∇": r"\nabla", "∝": r"\propto",
    "∼": r"\sim", "°": r"{}^\circ", "½": r"\tfrac{1}{2}", "¼": r"\tfrac{1}{4}",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "η": r"\eta",
    "θ": r"\theta", "λ": r"\lambda", "μ": r"\mu", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma", "φ": r"\varphi",
    "Δ": r"\Delta", "Σ": r"\Sigma", "‖": r"\Vert", "ℛ": r"\mathcal{R}",
}  # fmt: skip
PUNCTUATION = {"–": "--", "—": "---", "“": "``", "”": "''", "‘": "`", "’": "'", "…": r"\dots{}", "\u00a0": "~"}
RAISED, LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "₀₁₂₃₄₅₆₇₈₉₋"
"""Digits and minus sign as superscripts and subscripts."""

_PLAIN_DIGITS = str.maketrans(RAISED + LOWERED, "0123456789-" * 2)
_PIECE = re.compile(f"[{RAISED}]+|[{LOWERED}]+|.", re.DOTALL)
MATH = re.compile(r"(?<!\\)\$(?:[^$\\]|\\.)*\$", re.DOTALL)
"""A formula ``$...$`` within text."""


def tex(text: str) -> str:
    r"""Return ``text`` as LaTeX: special characters escaped, ``$...$`` kept as it is.

    >>> tex(r"50 % of $\mathcal{R}$, W1[0,1]_a")
    '50 \\% of $\\mathcal{R}$, W1[0,1]\\_a'
    """
    parts, at = [], 0
    for formula in MATH.finditer(text):
        parts += [_escape_text(text[at : formula.start()]), _escape_formula(formula.group())]
        at = formula.end()
    return "".join([*parts, _escape_text(text[at:])])


def tex_lines(text: str) -> str:
    r"""Return a text of several lines as LaTeX, on one line: an empty one in a command's argument would be an error.

    >>> tex_lines("100 %\nof all")
    '100 \\%\\newline of all'
    """
    return r"\newline ".join(tex(line) for line in text.splitlines())


def label_text(text: str) -> str:
    r"""Return plain text with formulas ``$...$`` as it must be written into a figure: as LaTeX if that sets its text.

    >>> import matplotlib as mpl
    >>> with mpl.rc_context({"text.usetex": True}):
    ...     print(label_text("≥ 50 %"))
    $\geq$ 50 \%
    >>> label_text("≥ 50 %")
    '≥ 50 %'
    """
    import matplotlib as mpl

    return tex(text) if mpl.rcParams["text.usetex"] else text


FIT = r"""  \dimen4=\linewidth \dimen6=\textheight
  \@ifundefined{beamer@frametitle}{}{% below the title, whose height beamer itself measures only at the end of the frame
    \ifbeamer@plainframe\dimen6=\paperheight\fi
    \dimen8=\dimexpr\paperwidth-\Gm@lmargin-\Gm@rmargin\relax
    \ifx\beamer@frametitle\@empty\else
      \setbox0=\vbox{\hsize=\dimen8 \textwidth=\hsize \linewidth=\hsize
        \vbox{}\usebeamertemplate***{frametitle}\vskip0.25em}%
      \advance\dimen6 by -\dimexpr\ht0+\dp0\relax
    \fi
    \ifdim\dimen4<\dimen8 \else % across the whole frame: up to 3 mm from the edges of the slide
      \dimen8=\ifdim\beamer@leftmargin<\beamer@rightmargin \beamer@leftmargin\else\beamer@rightmargin\fi
      \ifdim\dimen8>3mm \advance\dimen4 by \dimexpr2\dimen8-6mm\relax\fi
    \fi}%
  \advance\dimen6 by -\dimexpr4pt+\xorscapeleave\relax
  \ifdim\dimen4>WIDTHin \dimen4=WIDTHin \fi
  \ifdim\dimen6>HEIGHTin \dimen6=HEIGHTin \fi
"""
"""LaTeX that sets dimen 4 and 6 to the width and height of a figure of WIDTH x HEIGHT inches on its frame."""

_SNIPPET = r"""% TITLE
% In the preamble: \graphicspath{{path/to/this/folder/}}; in a frame: \input{path/to/this/folder/FILE}
% The figure has its native size, or is scaled down to what the frame and its column have room for. If the frame also
% has lines of text, \newcommand\xorscapeleave{3\baselineskip} before this leaves them that much of the height.
% Takeaway, caption and notes go to the speaker notes; \newcommand\xorscapecaption[1]{...} before this puts them
% elsewhere, and \newcommand\xorscapetakeaway{\framesubtitle} shows the takeaway on the slide.
\providecommand\xorscapetakeaway[1]{}
\providecommand\xorscapecaption{\note}
\providecommand\xorscapeleave{0pt}
\xorscapetakeaway{TAKEAWAY}%
\par
\begingroup\makeatletter\parskip=0pt
@FIT@  \centering
  \edef\xorscapebox{width=\the\dimen4,height=\the\dimen6,keepaspectratio}%
  \makebox[\linewidth]{\expandafter\includegraphics\expandafter[\xorscapebox]{FILE}}\par
\endgroup
\xorscapecaption{CAPTION}
""".replace("@FIT@", FIT)
"""A snippet, in which words in capitals stand for what differs between figures."""


def snippet(file: str, size: tuple[float, float], title: str, takeaway: str, caption: str) -> str:
    """Return the contents of the ``.tex`` file of a figure.

    file : file name of the figure without its extension; LaTeX finds the PDF
    size : native width and height in inches, which are never exceeded
    title, takeaway, caption : text with formulas as ``$...$``; the caption may have several lines
    """
    width, height = size
    values = {"TITLE": " ".join(title.split()), "FILE": file, "WIDTH": f"{width:g}", "HEIGHT": f"{height:g}"}
    values["TAKEAWAY"] = tex(" ".join(takeaway.split()))
    values["CAPTION"] = rf"{tex_lines(takeaway)}\newline {tex_lines(caption)}"
    return re.sub("|".join(values), lambda word: values[word[0]], _SNIPPET)


def _escape_text(text: str) -> str:
    text = text.replace(r"\$", "$")  # a literal dollar sign, which does not begin a formula
    return "".join(_escape_piece(piece) for piece in _PIECE.findall(text))


def _escape_piece(piece: str) -> str:
    """Escape one character, or a run of superscript or subscript digits, outside formulas."""
    escaped = SPECIAL.get(piece) or PUNCTUATION.get(piece)
    if escaped:
        return escaped
    command = _sign_command(piece)
    return f"${command}$" if command else piece


def _escape_formula(text: str) -> str:
    """Replace the Unicode signs of a formula by LaTeX commands."""
    pieces = _PIECE.findall(text)
    commands = [_sign_command(piece) for piece in pieces]
    return "".join(f"{command} " if command else piece for piece, command in zip(pieces, commands, strict=True))


def _sign_command(piece: str) -> str | None:
    """Return the LaTeX command for a sign, or for a run of superscript or subscript digits."""
    if piece[0] in RAISED + LOWERED:
        script = "^" if piece[0] in RAISED else "_"
        digits = piece.translate(_PLAIN_DIGITS)
        return f"{script}{{{digits}}}"
    return SIGNS.get(piece)
