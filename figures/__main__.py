"""Entry point of ``python -m figures`` and of the command ``xorscape``; Ctrl-C is handled from the first import on."""

import sys

from figures.cli.ctrl_c import stoppable


def run() -> int:
    """Run the command as the main program and return its exit code."""
    try:
        return stoppable(_main)
    finally:
        from figures.cli.process import discard_unwritten

        discard_unwritten()


def _main() -> int:
    from figures.cli.process import prepare

    prepare()
    from figures.cli.main import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
