"""Optimizers, starts, runs: every step kept, or many starts at once."""
