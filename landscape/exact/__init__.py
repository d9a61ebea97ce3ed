"""The exact core: levels, minima, saddles, zeros and the merge tree, in rational arithmetic."""
