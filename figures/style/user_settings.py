"""Silence matplotlib's warnings about the user's settings, which do not affect figures.

Importing this module, before matplotlib, drops warnings about unknown keys in matplotlibrc and about a configuration
folder that cannot be written to. Those of matplotlib's modules, such as a missing font, are still printed.
"""

import logging


def _is_error(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR


logging.getLogger("matplotlib").addFilter(_is_error)  # a filter does not apply to loggers further down
