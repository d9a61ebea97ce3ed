"""Entry point of ``python -m figures`` and of the command ``xorscape``; Ctrl-C is handled from the first import on."""

from __future__ import annotations

import sys

from figures.cli.ctrl_c import ctrl_c_raises, report_stopped


def run() -> int:
    """Run the command as the main program, with Ctrl-C handled, and return its exit code."""
    with ctrl_c_raises() as is_stopped:
        try:
            from figures.cli.main import main

            return main()
        except KeyboardInterrupt:  # before the command handles it itself, or while it exits
            return report_stopped()
        except Exception:
            if is_stopped():  # another package has replaced Ctrl-C by an error of its own
                return report_stopped()
            raise


if __name__ == "__main__":
    sys.exit(run())
