"""Directions and planes in parameter space, and what is seen on them: surfaces, profiles, kink lines, paths."""
