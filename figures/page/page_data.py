"""What the page knows from Python: the exact results, the directions and the starts it offers."""

from __future__ import annotations

from typing import Any

from landscape import xor
from landscape.base.versions import __version__


def page_data() -> dict[str, Any]:
    """Return the data of the page, as plain lists, numbers and texts for JSON."""
    return {"version": __version__, "textbook": list(xor.TEXTBOOK)}
