"""Recipes: from TOML files to the variants of figures, with every fault in one line."""
