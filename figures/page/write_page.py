"""Write the live page to a file."""

from __future__ import annotations

import os

from landscape.base.atomic_files import write_bytes
from landscape.base.checks import choice

PAGE = "page.html"
"""Name of the page in an output folder."""
LANGUAGES = ("en", "de")
"""Languages of the page."""


def write_page(path: str | os.PathLike[str], *, language: str | None = None) -> None:
    """Write the live page: one HTML file in which one drags a start and watches training run.

    It computes with the same numbers as this package, needs no network and no other file, and opens from disk.

    Parameters
    ----------
    path : str or path-like
        File to write, in a folder that exists. An existing file is replaced, or kept if writing fails.
    language : {"en", "de"}, optional
        Language that the page begins with; readers can switch. Default: that of the reader's browser.

    Raises
    ------
    ValueError
        For another language.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib, figures
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     figures.write_page(pathlib.Path(folder) / "page.html")
    ...     (pathlib.Path(folder) / "page.html").read_text()[:15]
    '<!DOCTYPE html>'
    """
    from figures.page.html import page_html
    from figures.page.page_data import page_data

    given = {} if language is None else {"language": choice("language", language, LANGUAGES)}
    write_bytes(path, page_html(page_data() | given).encode())
