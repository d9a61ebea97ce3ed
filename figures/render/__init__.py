"""Rendering: jobs, worker processes, tracking of up-to-date files, the manifest, origins of the numbers in texts."""
