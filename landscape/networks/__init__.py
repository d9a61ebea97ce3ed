"""The objectives: what a function of theta must offer, the networks with one hidden layer, and the XOR problem."""
