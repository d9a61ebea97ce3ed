"""Imported by the fork server only: it warns of nothing, and ends without a traceback.

The main process reports that it cannot start workers.
"""

import sys

import figures.style.user_settings  # noqa: F401 - before matplotlib is imported

sys.excepthook = lambda *_: None
