"""What all rooms share: results, checks of arguments, names of axes, files that are written whole."""
