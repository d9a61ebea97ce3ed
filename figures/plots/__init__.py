"""The plot functions: a result and Axes in, Axes out; one a file."""
