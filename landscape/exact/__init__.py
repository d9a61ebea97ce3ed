"""Exact analysis of the ReLU network in rational arithmetic: levels, minima, saddles, zeros and the merge tree."""
