"""Figures of what the surface looks like, and of how much depends on the slice."""
