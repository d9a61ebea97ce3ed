"""Tasks that workers of every kind can import, among them some that kill their worker once."""

import os
import signal
import threading
from pathlib import Path

from landscape.analysis.basin_map import _train
from landscape.analysis.outcomes import _train_task


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


def train_fatal_once(mark, work, tile):
    """Train a tile of a basin map; the first process that gets a tile other than the first one is killed."""
    if tile.start:
        fatal_once((5, mark))
    return _train(work, tile)


def walk_fatal_once(mark, task):
    """Train the starts of one task of outcomes; the first process that gets a task of 20 starts is killed."""
    if len(task.theta) == 20:
        fatal_once((5, mark))
    return _train_task(task)


def call(arguments):
    """Run the command on the tiny lecture set."""
    import stub_lecture

    from figures.cli import main

    stub_lecture.install()
    main.main(arguments)
