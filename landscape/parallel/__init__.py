"""Distributing work over threads of this process, other processes and clusters; checkpoints."""
