"""What every room needs and what needs none: results, checks of arguments, names of axes, files that are whole."""
