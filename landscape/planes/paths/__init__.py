"""Paths in parameter space: between models, and of training, projected onto planes."""
