"""Directions and planes in parameter space, and what is computed on them: surfaces, profiles, kink lines, paths."""
