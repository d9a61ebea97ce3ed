"""Figures that move, as GIF and MP4."""
