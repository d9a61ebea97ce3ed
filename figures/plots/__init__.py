"""The plot functions, one a file: a result and Axes in, Axes out."""
