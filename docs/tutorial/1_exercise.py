# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1 The exercise and its question
#
# Two hidden ReLU units solve XOR with weights that are printed in a textbook (Goodfellow, Bengio and Courville, *Deep
# Learning*, 2016, section 6.1). The exercise builds this network in Keras and trains it, and the lecture asks: *why is
# it tricky to solve this problem numerically by gradient descent?* Four notebooks answer this. Each asks questions;
# find your own answer before you run the next cell. Where the text claims something, a cell checks it: `assert` stops
# the notebook if the claim does not hold.

# %%
import matplotlib.pyplot as plt
import numpy as np

import figures
import landscape as ls
from landscape import xor

plt.style.use("figures.style.ddasp")  # the style of the course

# %% [markdown]
# ## The data
#
# $N = 4$ samples with 2 features each, in the rows of $\mathbf{X}$, and their targets $\mathbf{y}$, the exclusive or.

# %%
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([0, 1, 1, 0], dtype=float)

assert np.array_equal(X, xor.X)  # landscape has the same samples in the same order
assert np.array_equal(y, xor.Y)

# %% [markdown]
# ## The network
#
# A hidden layer of two units with ReLU, then a linear output:
#
# $$\mathbf{H} = \max(0,\; \mathbf{X}\,\mathbf{W}_1 + \mathbf{b}_1), \qquad
#   \hat{\mathbf{y}} = \mathbf{H}\,\mathbf{W}_2 + b_2 .$$
#
# **Question.** How many parameters are there to learn? What does the network output for each sample with the textbook's
# weights below? Compute it by hand first.

# %%
W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
b1 = np.array([0.0, -1.0])
W2 = np.array([[1.0], [-2.0]])
b2 = np.array([0.0])

H = np.maximum(0, X @ W1 + b1)
prediction = (H @ W2 + b2).ravel()
print("hidden units\n", H)
print("outputs", prediction)

assert W1.size + b1.size + W2.size + b2.size == 9
assert np.array_equal(prediction, y)

# %% [markdown]
# It solves XOR exactly. The picture shows how: each unit is inactive on one side of a line (the arrow points to the
# side where it is active). Unit 1 counts the ones, and unit 2 subtracts the excess when both inputs are one.

# %%
# All parameters in one vector, in the order of Keras:
theta = np.concatenate([W1.ravel(), b1, W2.ravel(), b2])
net = xor.network()
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3))
figures.plot_network(theta, 2, ax=left)
decision = ls.decision_surface(net, theta)
figures.plot_decision(decision, ax=right)
figures.plot_hinges(decision, ax=right)

assert np.array_equal(theta, xor.TEXTBOOK)

# %% [markdown]
# ## The empirical risk
#
# Training minimizes the mean squared error over the four samples, as a function of all nine parameters $\theta$:
#
# $$\mathcal{R}(\theta) = \frac{1}{N} \sum_{n=1}^{N} \left({\hat{y}}_n(\theta) - y_n\right)^2 .$$
#
# **Question.** What is $\mathcal{R}$ for the textbook's weights? And for a network that always outputs 1/2?

# %%
always_half = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0.5])
print("textbook   ", float(net.loss(theta)))
print("always 1/2 ", float(net.loss(always_half)))

assert net.loss(theta) == 0
assert net.loss(always_half) == 1 / 4

# %% [markdown]
# The decision threshold is 0.5. So outputs of 0.4 and 0.6 would classify just as well, but MSE is 0 only at exactly 0
# and 1.
#
# ## Keras
#
# This is the model of the exercise, in float64, trained with Adam on all four samples at once. It starts close to the
# textbook's weights: an *offset* of $10^{-5}$ is added to $\mathbf{W}_1$, $\mathbf{b}_1$ and $\mathbf{W}_2$.
#
# **Question.** The start is almost a solution. What will the risk do in 100 epochs?

# %%
import landscape.keras.reference_training  # first: it suppresses start-up messages
import keras

keras.config.set_floatx("float64")
model = keras.Sequential(
    [
        keras.layers.Input((2,)),
        keras.layers.Dense(2, activation="relu"),
        keras.layers.Dense(1, activation="linear"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(), loss=keras.losses.MeanSquaredError())
start = xor.offset_start(1e-5)
xor.theta_to_keras(start, model)

EPOCHS = 100
history = model.fit(X, y[:, None], batch_size=4, epochs=EPOCHS, shuffle=False, verbose=0).history["loss"]
trained = xor.theta_from_keras(model)
print(f"risk at the start {net.loss(start):.1e}, highest {max(history):.1e}, at the end {history[-1]:.1e}")

# %% [markdown]
# It goes *up*, by orders of magnitude: Adam first leaves the optimum.
#
# ## The same without Keras
#
# `landscape` has its own network, gradient and Adam. They agree with Keras up to rounding and take microseconds per
# step instead of milliseconds, so we can follow thousands of runs and record every step of each.

# %%
run = ls.train(net, start, ls.Adam(), EPOCHS)
difference = np.abs(run.end[0] - trained).max()
print(f"largest difference of a weight after {EPOCHS} epochs: {difference:.1e}")

assert difference < 1e-12
assert run.loss.max() > 1e4 * run.loss[0, 0]

# %%
distance = np.linalg.norm(run.theta[0] - theta, axis=1)
figure, axes = plt.subplots(1, 2, figsize=(7, 2.8))
names = (r"MSE  $\mathcal{R}$", "distance to the textbook's weights")
for ax, values, name in zip(axes, (run.loss[0], distance), names, strict=True):
    ax.semilogy(run.step, values, "C0.-")
    ax.set(xlabel="epoch", ylabel=name)

# %% [markdown]
# **Question.** The first step alone multiplies the distance. By what factor, and why?
#
# Adam divides the gradient $g$ by a running estimate of its size. At the first step this estimate is $|g|$ itself, so
# that
#
# $$\Delta\theta = -\eta\, \frac{g}{|g| + \epsilon / \sqrt{1 - \beta_2}}$$
#
# with $\eta = 10^{-3}$, $\epsilon = 10^{-7}$ and $\beta_2 = 0.999$: nearly the sign of the gradient times the learning
# rate, however small the gradient is.

# %%
adam = ls.Adam()
first = run.theta[0, 1] - run.theta[0, 0]
g = net.gradient(start)
formula = -adam.learning_rate * g / (np.abs(g) + adam.epsilon / np.sqrt(1 - adam.beta_2))
print("first step, in learning rates:", (first / adam.learning_rate).round(2))
print(f"distance to the textbook's weights: {distance[0]:.1e}, then {distance[1]:.1e}")

assert np.allclose(first, formula, rtol=1e-5, atol=1e-12)
assert distance[1] > 10 * distance[0]

# %% [markdown]
# So the exercise is hard even from a start next to its solution. Does the run come back? Where does training go from
# other starts? To answer this we need the landscape: continue with notebook 2.
