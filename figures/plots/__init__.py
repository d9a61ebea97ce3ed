"""Plot functions, one per file: each takes a result and optional Axes and returns the Axes."""
