"""Where things are that tests read, and the exact values that they are held against."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
VECTORS = {check["id"]: check for check in json.loads((DATA / "vectors.json").read_text())["checks"]}
"""Exact values, by the name of the check."""
