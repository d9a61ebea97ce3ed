"""What may be in place of a file."""

import contextlib
import socket


def unix_socket(path):
    """Bind a socket to a path, in its folder, since the path of a socket is limited to about 100 characters."""
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
