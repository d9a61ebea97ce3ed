"""The command ``xorscape``."""
