"""Panels that figures of runs draw."""
