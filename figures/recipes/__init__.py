"""From TOML to figures: recipes checked, sweeps, every fault in one line."""
