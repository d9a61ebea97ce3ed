"""Animated figures: GIF and MP4."""
