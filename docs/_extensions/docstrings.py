"""Convert the docstrings of this project to what Sphinx expects.

Class docstrings list fields as ``name : type    meaning`` without a section, and formulas are indented blocks. Sphinx
would merge both into running text. Therefore fields become a list, indented blocks become literal blocks, and a meaning
that follows the type after four spaces is moved to the next line, where numpydoc expects it.
"""

import re
from typing import Any

from sphinx.application import Sphinx

FIELD = re.compile(r"(?P<names>\w+(?:, \w+)*) : (?P<type>.+?)(?:(?: {3,})(?P<meaning>\S.*))?")
SHAPES = re.compile(r"(?P<names>\w+ \([^)]*\)(?:, \w+ \([^)]*\))*) {3,}(?P<meaning>\S.*)")
UNDERLINE = re.compile(r"-{3,}")
LISTS = re.compile(r"([-*+]|\d+\.|\.\.|>>>|\|) ?")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the conversion, which runs before the numpydoc sections are parsed."""
    app.connect("autodoc-process-docstring", _process, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _process(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:  # noqa: PLR0917
    if what in {"attribute", "property"}:  # otherwise text before a colon is parsed as a type
        lines[:] = [line.replace(": ", " -- ") if i == 0 else line for i, line in enumerate(lines)]
    first = next((i - 1 for i, line in enumerate(lines) if i and UNDERLINE.fullmatch(line.strip())), len(lines))
    examples = next((i for i, line in enumerate(lines) if line == "Examples"), len(lines))
    above = [line if line.startswith("    ") else prose(line) for line in lines[:first]]
    sections = [prose(line) for line in lines[first:examples]]
    lines[:] = [*literal(fields(above)), *parameters(sections), *lines[examples:]]


def prose(line: str) -> str:
    r"""Return ``line`` with vertical bars (as in absolute values) escaped; inline code is left unchanged.

    >>> prose("where |v| is 0, but ``|v|`` as it is")
    'where \\|v\\| is 0, but ``|v|`` as it is'
    """
    parts = line.split("``")
    parts[::2] = [part.replace("|", r"\|") for part in parts[::2]]
    return "``".join(parts)


def fields(lines: list[str]) -> list[str]:
    """Return ``lines`` with consecutive fields converted to a list.

    >>> fields(["alpha : array    units of d1", "loss : array"])
    ['', '* **alpha** -- *array*; units of d1', '* **loss** -- *array*', '']
    """
    found: list[str] = []
    inside = False
    for line in lines:
        field = FIELD.fullmatch(line)
        if field:
            meaning = f"; {field['meaning']}" if field["meaning"] else ""
            names = ", ".join(f"**{name}**" for name in field["names"].split(", "))
            found += [*([] if inside else [""]), f"* {names} -- *{_plain(field['type'])}*{meaning}"]
            inside = True
        elif shapes := SHAPES.fullmatch(line):
            found += [*([] if inside else [""]), f"* **{shapes['names']}** -- {shapes['meaning']}"]
            inside = True
        elif inside and line.startswith("    "):
            found.append(f"  {line.strip()}")
        else:
            found += [*([""] if inside else []), line]
            inside = False
    return found + ([""] if inside else [])


def literal(lines: list[str]) -> list[str]:
    """Return ``lines`` with indented blocks below a paragraph converted to literal blocks.

    >>> literal(["A formula", "", "    a = b", "", "and on"])
    ['A formula', '', '::', '', '    a = b', '', 'and on']
    """
    found: list[str] = []
    above = ""
    for i, line in enumerate(lines):
        begins = line.startswith("    ") and i > 0 and not lines[i - 1].strip()
        if begins and above and not above.startswith(" ") and not LISTS.match(above) and not above.endswith("::"):
            found += ["::", ""]
        found.append(line)
        above = line if line.strip() else above
    return found


def parameters(lines: list[str]) -> list[str]:
    """Return sections with each meaning moved to the line below its parameter.

    >>> parameters(["Parameters", "----------", "net : ReluNetwork    whose levels are known"])
    ['Parameters', '----------', 'net : ReluNetwork', '    whose levels are known']
    """
    found: list[str] = []
    for line in lines:
        field = FIELD.fullmatch(line)
        if field and field["meaning"]:
            found += [f"{field['names']} : {field['type']}", f"    {field['meaning']}"]
        else:
            found.append(line)
    return found


def _plain(text: str) -> str:
    """Return ``text`` without code markup, which is not allowed inside emphasis."""
    return text.replace("``", "").replace("*", r"\*")
