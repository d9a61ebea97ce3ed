"""Directions and planes: surfaces, profiles, kink lines and paths that are seen on them."""
