"""Keras models as objectives, and Keras itself as the reference. The only subpackage that imports TensorFlow."""
