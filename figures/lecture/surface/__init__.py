"""Figures about the shape of the loss surface, and how much of it depends on the slice."""
