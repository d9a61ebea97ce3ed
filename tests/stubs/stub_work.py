"""Tasks that workers of every kind can import, among them some that kill their worker once."""

import os
import signal
import threading
from pathlib import Path

from landscape.analysis.basin_map import _train_block
from landscape.analysis.run_states import train_block


def where(task):
    """Return the task and the ids of the process and the thread that ran it."""
    return task, os.getpid(), threading.get_ident()


def half(task):
    """Return half of an even number."""
    if task % 2:
        raise ValueError(f"{task} is odd")
    return task // 2


def fatal_once(task):
    """Return the root of a number in hexadecimal; the first process that computes it for 5 is killed."""
    number, mark = task
    if number == 5:
        try:
            Path(mark).touch(exist_ok=False)
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return float(number**0.5).hex()


def train_fatal_once(mark, net, optimizer, counted, theta, **options):
    """Train from a block of starts; the first process that gets a block of 20 starts is killed."""
    if len(theta) == 20:
        fatal_once((5, mark))
    return train_block(net, optimizer, counted, theta, **options)


def train_points_fatal_once(mark, work, points):
    """Train from a block of a basin map; the first process that gets another block than the first one is killed."""
    if points.start:
        fatal_once((5, mark))
    return _train_block(work, points)


def call(arguments):
    """Run the command on the tiny lecture set."""
    import stub_lecture

    from figures.cli import main

    stub_lecture.install()
    main.main(arguments)
