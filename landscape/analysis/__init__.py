"""What points and runs are: curvature, stability, levels that runs end on, basins, what would help."""
