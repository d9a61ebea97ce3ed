"""Figures about where training ends: levels, basins, and how the minima are connected."""
