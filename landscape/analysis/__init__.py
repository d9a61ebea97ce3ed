"""Analysis of points and runs: curvature, stability, outcomes of training, basin maps, remedies."""
