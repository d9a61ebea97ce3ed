"""Calling the command, in the process of the tests or in one of its own."""

import os
import subprocess
import sys

from places import ROOT

from figures.cli.main import main


def call(*arguments):
    """Run the command in this process; return its exit code."""
    return main([str(a) for a in arguments])


def fresh(code, *arguments):
    """Run code in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
