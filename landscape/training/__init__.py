"""Optimizers, starts, training with every step kept, and training of many starts at once."""
