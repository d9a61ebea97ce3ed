"""The live page as one HTML file: program, style and data inline, under a policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from string import Template
from typing import Any

from figures.page.bundle import APP, bundled_program

_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; worker-src blob:; img-src data: blob:; "
    "connect-src 'none'; base-uri 'none'; form-action 'none'"
)


def page_html(data: dict[str, Any]) -> str:
    """Return the page with these data, see :func:`figures.page.page_data.page_data`.

    Scripts and styles run only if their hash is in the page's policy, so no text of the data can become code.
    """
    program = bundled_program() + "xorscapeProgram().startPage(document, xorscapeProgram);\n"
    style = page_style()
    page = Template((APP / "page.html").read_text(encoding="utf-8"))
    return page.substitute(
        policy=_POLICY.format(script=_hash(program), style=_hash(style)),
        style=style,
        data=data_json(data),
        program=program,
    )


def page_style() -> str:
    """Return the page's style sheet; raise ValueError if it cannot stand inside of an HTML file or needs another."""
    style = (APP / "page.css").read_text(encoding="utf-8")
    if found := re.search(r"</style|<!--|@import|url\((?!data:)", style, re.IGNORECASE):
        raise ValueError(f"page.css has what cannot stand in the page: {found.group(0)!r}")
    return style


def data_json(data: dict[str, Any]) -> str:
    """Return data as JSON that neither ends a script element nor begins a comment in it, whatever texts it has."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
