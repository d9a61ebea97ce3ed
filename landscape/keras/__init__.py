"""Keras models: as objectives, and Keras itself as the referee. The only room that imports TensorFlow."""
