"""Rendering: jobs, worker processes, what is up to date, manifest, numbers of captions."""
