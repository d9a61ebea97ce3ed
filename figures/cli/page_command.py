"""The command that writes the live page."""

from pathlib import Path
from typing import Annotated

import typer

from figures.cli.console import report_refusal, report_unwritten
from figures.cli.options import Quiet


def page(
    out: Annotated[str, typer.Option(metavar="DIR", help="Folder for page.html.")] = "out",
    language: Annotated[
        str | None, typer.Option(metavar="en|de", help="Language that it begins with; default: the browser's.")
    ] = None,
    quiet: Quiet = False,
) -> int:
    """Write the live page: drag a start and watch Adam run.

    It is one file that opens from disk and needs no network: planes of the loss, runs of Adam, SGD and RMSprop with the
    same numbers as Python, the network, the outcomes of many starts, and a guided story.
    """
    from figures.page.write_page import LANGUAGES, PAGE, write_page
    from landscape.base.checks import choice

    file = Path(out) / PAGE
    try:
        if not out:
            raise ValueError("--out must not be empty; name a folder, such as out")
        if language is not None:
            choice("--language", language, LANGUAGES)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_page(file, language=language)
    except ValueError as error:
        return report_refusal(error)
    except OSError as error:
        return report_unwritten(error)
    if not quiet:
        typer.echo(f"wrote {file}; open it in a browser")
    return 0
