"""From TOML files to figures: validation of recipes, sweeps, and one line for each mistake in a recipe."""
