"""Figures that move: GIF and MP4."""
