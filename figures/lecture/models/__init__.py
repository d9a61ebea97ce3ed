"""Figures of Keras models in files: a surface, two models compared, the spectrum of the Hessian."""
