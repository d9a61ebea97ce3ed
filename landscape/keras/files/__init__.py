"""Keras models and data in files and pickles: what is read from outside, and what is sent to workers."""
