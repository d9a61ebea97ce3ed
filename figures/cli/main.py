"""The command ``xorscape``: recipes and rendering, figures of models, reports on points, the atlas, the page, export.

Exit codes: 0 success; 1 a figure failed and the others were rendered, or a folder does not match its
manifest; 2 the call or the recipe is wrong, or the machine lacks something, such as disk space; 3 a folder cannot be
written to; 4 another render is using it; 130 stopped with Ctrl-C, 143 with SIGTERM; 141 if standard output is
closed, as by head. Every error is one line on standard error.
"""

import errno
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from figures.cli import model_commands, recipe_commands
from figures.cli.atlas_command import atlas
from figures.cli.console import compilation_reported, print_error, report_refusal
from figures.cli.page_command import page
from figures.style.user_settings import require_readable
from landscape.base.atomic_files import error_text

UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""Error numbers of writing to standard output, which do not name it."""
CLOSED_PIPE = 141
"""Exit code when the reader of standard output has closed it: 128 plus the number of SIGPIPE, as in shells."""
DRAWING = ("render", "verify", "page", "surface", "compare", "spectrum")
"""Commands that draw."""
UsageError: Any = typer.BadParameter.__bases__[0]
"""Base class of the parser's errors, from click or from typer's copy of click, depending on typer's version."""

app = typer.Typer(
    help="The loss landscape of the textbook XOR network, as slide-ready figures.",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command: Any = typer.main.get_command(app)
    if given and not given[0].startswith("-") and given[0] not in command.commands:
        print_error(_no_command(given[0], tuple(command.commands)))
        return 2
    try:
        if given and given[0] in DRAWING:
            require_readable()
        code = command.main(given, prog_name="xorscape", standalone_mode=False)
    except UsageError as error:
        print_error(f"{error.format_message().rstrip('.')}; {_hint(error)}")
        return 2
    except SystemExit as error:  # typer's way to end when standard output is closed, as by head
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        code = CLOSED_PIPE
    except OSError as error:  # commands report those of the files that they read and write
        print_error(error_text(error, "standard output" if error.errno in UNWRITABLE else ""))
        return 2
    except (MemoryError, ImportError) as error:
        print_error(f"{type(error).__name__}: {error_text(error)}")
        return 2
    except UnicodeDecodeError as error:
        if "matplotlib" in sys.modules:  # which is there once it has been imported
            raise
        print_error(f"matplotlib cannot read its settings, {error}; save the file matplotlibrc as UTF-8 or remove it")
        return 2
    return code if isinstance(code, int) else 0


def _no_command(name: str, commands: tuple[str, ...]) -> str:
    from figures import lecture
    from figures.recipes.faults import choose

    if name in lecture.NAMES:
        return f"no command {name!r}; for the figure: xorscape render --only {name}"
    return f"no command {name!r}; {choose(name, commands)}"


def _hint(error: Any) -> str:
    if getattr(error, "option_name", "")[1:2].isdigit():  # the -1 of --theta 1 -1
        return "numbers go in quotes, with commas between them"
    return f"try {error.ctx.command_path if error.ctx else 'xorscape'} --help"


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        from landscape import __version__

        typer.echo(f"xorscape {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


for _command in recipe_commands.COMMANDS:
    app.command()(_command)
app.command()(atlas)
app.command()(page)
for _command in model_commands.COMMANDS:
    app.command()(_command)


@app.command("list")
def list_figures() -> None:
    """List the figures, their sizes and questions."""
    from figures import lecture

    for name, listed in lecture.FIGURES.items():
        typer.echo(f"{name:<14}{', '.join(listed.sizes):<18}{listed.question}")


@app.command("describe")
def describe_point(
    theta: Annotated[
        str | None,
        typer.Option(metavar="NUMBERS", help='Parameters in Keras order, such as "1,1,1,1,0,-1,1,-2,0".'),
    ] = None,
    offset: Annotated[
        str | None,
        typer.Option(metavar="NUMBER", help="Start of the exercise: offset added to W1, b1 and W2, not to b2."),
    ] = None,
    textbook: Annotated[
        bool, typer.Option("--textbook", help="The textbook optimum, which is also the default.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> int:
    """Report what kind of point theta is.

    Prints its loss, its level, whether it is a trap, its kinks, and the nearest solution.
    """
    from landscape import describe, xor

    if (theta is not None) + (offset is not None) + textbook > 1:
        print_error("one point at a time; choose from --theta, --offset, --textbook")
        return 2
    try:
        point: Any = xor.TEXTBOOK
        if theta is not None:
            point = _real_numbers(theta, "--theta")
        elif offset is not None:
            point = xor.offset_start(*_real_numbers(offset, "--offset", 1))
        with compilation_reported():
            report = describe(xor.network(), point)
    except ValueError as error:
        print_error(str(error))
        return 2
    typer.echo(report.to_json() if as_json else str(report))
    return 0


@app.command()
def export(
    result: Annotated[str, typer.Argument(metavar="RESULT.nc", help="Data of a figure, or a file written by ls.save.")],
    to: Annotated[str, typer.Option(metavar="KIND", help="csv, or vts for ParaView (paths become .vtp files).")],
    out: Annotated[
        str | None, typer.Option(metavar="FILE", help="Name of the new file; default: as RESULT.nc.")
    ] = None,
    member: Annotated[
        str | None, typer.Option(metavar="NAME", help="The result to export; default: all that can be exported.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> int:
    """Convert results to tables, or to files for ParaView.

    If RESULT.nc contains several results, the files are called FILE-NAME.csv and so on. FILE.csv holds all values that
    are in no table of their own.
    """
    from landscape.base.checks import choice
    from landscape.io.convert import KINDS, convert

    try:
        choice("--to", to, tuple(KINDS))
        made = convert(result, to, out, member, replace=force)
    except FileExistsError as error:
        print_error(f"{error.filename} exists; choose another name with --out, or --force to replace it")
        return 2
    except (ValueError, OSError) as error:
        return report_refusal(error)
    for file in made:
        typer.echo(str(file))
    return 0


def _real_numbers(text: str, option: str, count: int | None = None) -> list[float]:
    """Return the numbers in ``text``, which are separated by commas or spaces."""
    inside = text.strip().removeprefix("[").removesuffix("]")  # a Python list is accepted
    if inside.strip() and not all(between.strip() for between in inside.split(",")):
        raise ValueError(f"{option}: a number is missing between commas; got {text!r}")
    parts = inside.replace(",", " ").split()
    numbers = []
    for part in parts:
        try:
            numbers.append(float(part))
        except ValueError:
            raise ValueError(f"{option}: {part!r} is not a number") from None
    if not parts or (count and len(parts) != count):
        raise ValueError(f"{option}: must be {count or 'at least one'} number{'s' * ((count or 1) > 1)}; got {text!r}")
    return numbers
