"""``python -m figures`` is the command ``xorscape``."""

from __future__ import annotations

import sys

from figures.cli import main

if __name__ == "__main__":
    sys.exit(main())
