"""Objectives: the protocol for functions of theta, the networks with one hidden layer, and the XOR problem."""
