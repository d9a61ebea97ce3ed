"""``python -m figures`` is the command ``xorscape``; so is :func:`run`, from the first import on."""

from __future__ import annotations

import sys

from figures.cli.ctrl_c import ctrl_c_raises, report_stopped


def run() -> int:
    """Run the command as a process of its own, and return its exit code."""
    with ctrl_c_raises() as is_stopped:
        try:
            from figures.cli.main import main

            return main()
        except KeyboardInterrupt:  # before the command itself can hear it, or while it ends
            return report_stopped()
        except Exception:
            if is_stopped():  # what another package has made of it
                return report_stopped()
            raise


if __name__ == "__main__":
    sys.exit(run())
