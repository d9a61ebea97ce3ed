"""Paths of files that tests read, and the exact values that results are compared with."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
VECTORS = {check["id"]: check for check in json.loads((DATA / "vectors.json").read_text())["checks"]}
"""Exact values, by the id of the check."""
