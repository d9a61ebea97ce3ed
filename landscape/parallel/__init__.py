"""Sharing work out: threads of this process, other processes and clusters, checkpoints."""
