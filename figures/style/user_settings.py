"""Silence matplotlib's warnings about the user's settings, which do not affect figures.

Importing this module, before matplotlib, drops warnings about unknown keys in matplotlibrc and about a configuration
folder that cannot be written to. Those of matplotlib's modules, such as a missing font, are still printed.
"""

import contextlib
import logging
import os
import stat

from landscape.base.atomic_files import kind_of


def _is_error(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR


logging.getLogger("matplotlib").addFilter(_is_error)  # a filter does not apply to loggers further down


def require_readable() -> None:
    """Refuse settings of matplotlib that are no file: it would wait for a FIFO for ever.

    Raises
    ------
    OSError
    """
    named = os.environ.get("MATPLOTLIBRC", "")
    folders = [os.environ.get("MPLCONFIGDIR"), os.environ.get("XDG_CONFIG_HOME"), "~/.config", "~/.matplotlib"]
    of_user = [os.path.expanduser(folder) for folder in folders if folder]
    of_user += [os.path.join(folder, "matplotlib") for folder in of_user]
    for place in ("matplotlibrc", named, *(os.path.join(folder, "matplotlibrc") for folder in (named, *of_user))):
        with contextlib.suppress(OSError, ValueError):  # what cannot be looked at, matplotlib does not read
            status = os.stat(place)
            if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
                break
    else:
        return
    raise OSError(f"{place} is {kind_of(status)}, and matplotlib would read it as its settings; move it away")
