"""Optimizers, starts and training runs, with every step recorded or from many starts at once."""
