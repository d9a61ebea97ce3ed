"""Appearance of all figures: style sheets and sizes, palette, loss scales, wording."""
