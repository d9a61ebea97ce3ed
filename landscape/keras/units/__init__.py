"""Which hidden units of a Keras model may trade places, and the order that is nearest to another model."""
