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
# # 5 A Keras model: do skip connections make the landscape smoother?
#
# Everything so far was about nine parameters. The same functions take any built Keras model. This notebook puts a
# well-known picture to the test: Li et al., *Visualizing the Loss Landscape of Neural Nets* (2018, arXiv:1712.09913),
# show a deep convolutional network whose surface is chaotic without skip connections and a smooth bowl with them.
#
# The data are scikit-learn's digits, 8 x 8 pixels in ten classes. The loss $\mathcal{R}(\theta)$ is now the mean cross
# entropy, and who guesses among ten classes has $\ln 10 \approx 2.3$.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import figures
import landscape as ls
from landscape.keras_objective import KerasObjective, TrajectoryRecorder  # imports TensorFlow, without its messages

import keras

plt.style.use("figures.style.ddasp")
digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.target))
images, labels = digits.images[order, :, :, None].astype("float32") / 16, digits.target[order]
x, x_test = images[:1200], images[1200:]
y, y_test = labels[:1200], labels[1200:]

# %% [markdown]
# Two networks with the same 15 convolutions and the same weights at the start. In one of them, each pair of
# convolutions adds to what it receives.

# %%
PAIRS, CHANNELS, EPOCHS = 7, 8, 10


def network(skip, seed):
    """Return a compiled convolutional network; the seed decides its first weights and the order of the samples."""
    keras.utils.set_random_seed(seed)
    convolution = {"filters": CHANNELS, "kernel_size": 3, "padding": "same", "kernel_initializer": "he_normal"}
    inputs = keras.layers.Input((8, 8, 1))
    hidden = keras.layers.Conv2D(strides=2, activation="relu", **convolution)(inputs)
    for _ in range(PAIRS):
        added = keras.layers.Conv2D(activation="relu", **convolution)(hidden)
        added = keras.layers.Conv2D(**convolution)(added)
        if skip:
            added = keras.layers.Add()([hidden, added])
        hidden = keras.layers.Activation("relu")(added)
    outputs = keras.layers.Dense(10)(keras.layers.Flatten()(hidden))
    model = keras.Model(inputs, outputs)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * -(-len(x) // 64))
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"], jit_compile=False)
    return model


def train(skip, seed):
    """Return a trained network and the record of its weights at the start and after every epoch."""
    model = network(skip, seed)
    with TemporaryDirectory() as folder:
        recorder = TrajectoryRecorder(Path(folder) / "run.rec")
        model.fit(x, y, batch_size=64, epochs=EPOCHS, verbose=0, callbacks=[recorder])
        return model, ls.load(recorder.path)


model, run = train(skip=True, seed=0)

# %% [markdown]
# ## Five lines after `model.fit`
#
# A `KerasObjective` is the model with its data and its loss, as a function of one flat vector $\theta$ of all trainable
# weights. From here on nothing is different from the nine parameters of XOR. The surface takes 128 of the training
# samples, which is what makes it quick.

# %%
objective = KerasObjective(model, x[:128], y[:128], batch_size=128)
plane = ls.random_plane(objective, objective.theta, rng=np.random.default_rng(0))
alpha = np.linspace(-0.25, 0.25, 15)
surface = ls.evaluate_plane(objective, plane, alpha, alpha, metrics=["accuracy"])
ax = figures.plot_contour(surface, colorbar=True)

# %% [markdown]
# At $\alpha = \beta = 0$ the model is as it was trained. **Question.** Is the loss there the one that Keras reports?

# %%
reported = model.evaluate(x[:128], y[:128], batch_size=128, verbose=0, return_dict=True)
print(f"model.evaluate {reported['loss']:.6f}, at the centre of the surface {surface.loss[7, 7]:.6f}")
accuracy = surface.metrics["accuracy"]
print(f"accuracy there {accuracy[7, 7]:.3f}, lowest on the plane {accuracy.min():.3f}")

assert abs(surface.loss[7, 7] - reported["loss"]) < 1e-4 * (1 + reported["loss"])
assert abs(accuracy[7, 7] - reported["accuracy"]) < 1e-6

# %% [markdown]
# The directions are filter-normalized, as in Li et al.: each filter of a direction is as long as the same filter of
# the model. What a filter is depends on the class of the layer. Here are the first and the last layers:

# %%
lines = objective.filters_table().splitlines()
print("\n".join([*lines[:3], "...", lines[-1]]))

assert len(lines) == 1 + 2 * PAIRS + 2  # a title, the convolutions and the last layer

# %% [markdown]
# ## Six runs
#
# One run each would prove nothing. So both networks are trained from three seeds, and each run is recorded. For each
# model we look at three planes; the random numbers that a plane is made of are the same for both networks.

# %%
runs = {(skip, seed): train(skip, seed) for seed in range(3) for skip in (True, False) if (skip, seed) != (True, 0)}
runs = {(True, 0): (model, run), **runs}
objectives = {key: KerasObjective(trained, x[:128], y[:128], batch_size=128) for key, (trained, _) in runs.items()}


def name(skip, seed):
    """Return a name of fixed width."""
    return f"{'skip' if skip else 'plain'}, seed {seed}".ljust(15)


print(f"{'':<15}{'train loss':>12}{'accuracy':>10}{'test loss':>12}{'accuracy':>10}")
ends = {}
for key, (trained, _) in runs.items():
    ends[key] = [*trained.evaluate(x, y, verbose=0), *trained.evaluate(x_test, y_test, verbose=0)]
    values = "".join(f"{value:>{width}.3f}" for value, width in zip(ends[key], (12, 10, 12, 10), strict=True))
    print(f"{name(*key)}{values}")

assert np.array_equal(runs[True, 0][1].theta[0, 0], runs[False, 0][1].theta[0, 0])  # the same weights at the start
assert min(end[1] for end in ends.values()) > 0.5  # all of them have learned something

# %% [markdown]
# **Question.** Are the two networks comparable at all? If one fits the data less well, every later comparison is also
# one between a better and a worse fit.


# %%
def sentence(what, values):
    """Return whether a difference survives planes and seeds, when the networks are compared pair by pair."""
    pairs = [(values[key], values[False, *key[1:]]) for key in values if key[0]]
    lower = sum(a < b for a, b in pairs)
    skip, plain = zip(*pairs, strict=True)
    spans = f"{min(skip):.3g} to {max(skip):.3g} with skip connections, {min(plain):.3g} to {max(plain):.3g} without"
    apart = max(skip) < min(plain) or max(plain) < min(skip)
    if lower in (0, len(pairs)):
        verdict = f"{'lower' if lower else 'higher'} with them in each of {len(pairs)} pairs: the difference survives"
        verdict += "" if apart else ", though the ranges overlap"
    else:
        verdict = f"lower with them in {lower} of {len(pairs)} pairs: the difference does not survive"
    return f"{what}:\n  {spans};\n  {verdict}."


print(sentence("Train loss", {key: end[0] for key, end in ends.items()}))
print(sentence("Test loss", {key: end[2] for key, end in ends.items()}))

# %% [markdown]
# ## Surfaces, in several planes

# %%
PLANES, surfaces = range(3), {}
for key, objective in objectives.items():
    for number in PLANES:
        plane = ls.random_plane(objective, objective.theta, rng=np.random.default_rng(number))
        surfaces[*key, number] = ls.evaluate_plane(objective, plane, alpha, alpha)

figure, axes = plt.subplots(2, 3, figsize=(7.5, 4.6), layout="constrained")
for row, skip in zip(axes, (True, False), strict=True):
    for ax, number in zip(row, PLANES, strict=True):
        figures.plot_contour(surfaces[skip, 0, number], ax=ax, ceiling=6.0)
        ax.set_title(f"{'skip' if skip else 'plain'}, seed 0, plane {number}")

assert all(np.isfinite(found.loss).all() for found in surfaces.values())

# %% [markdown]
# The colours mean the same in all six, and what is hatched lies above 6. One could choose the two that please.
#
# **Question.** Which number would show that one surface is more chaotic than another, and is it the same in every
# plane?
#
# Two numbers for each surface. *Not convex*: the share of inner grid points at which the surface curves downwards in
# some direction of the plane (`ls.nonconvex_share`). *Largest loss*: the highest point of the square, which says how
# fast the loss rises around the model.

# %%
shares = {key: ls.nonconvex_share(found) for key, found in surfaces.items()}
highest = {key: float(found.loss.max()) for key, found in surfaces.items()}
print("not convex".ljust(15) + "".join(f"{f'plane {number}':>10}" for number in PLANES))
for key in runs:
    print(name(*key) + "".join(f"{shares[*key, number]:>10.2f}" for number in PLANES))
print()
print(sentence("Share that is not convex", shares))
print(sentence("Largest loss", highest))

assert len(shares) == 18
assert all(0 <= share <= 1 for share in shares.values())

# %% [markdown]
# The sentences are computed: they say what these runs show, whatever that is. A difference that depends on the plane
# is a property of the plane.
#
# ## The spectrum: all directions, close by
#
# A plane holds two of many thousand directions, and reaches far. The Hessian $\mathbf{H}$ of $\mathcal{R}$ knows all
# of them, but only close by. It is never formed: its products with vectors are enough for its largest eigenvalue, its
# trace and the density of its eigenvalues.

# %%
sharpest, traces = {}, {}
for key, objective in objectives.items():
    sharpest[key] = float(ls.top_eigenpairs(objective, objective.theta, 1).values[0])
    traces[key] = ls.hessian_trace(objective, objective.theta, 20, rng=np.random.default_rng(0))
    trace = f"{traces[key].value:>7.0f} +- {traces[key].standard_error:.0f}"
    print(f"{name(*key)}largest eigenvalue {sharpest[key]:>7.1f}, trace {trace}")
print()
print(sentence("Largest eigenvalue", sharpest))
print(sentence("Trace", {key: trace.value for key, trace in traces.items()}))

assert all(value > 0 for value in sharpest.values())

# %%
figure, ax = plt.subplots(figsize=(5.5, 2.8), layout="constrained")
for skip in (True, False):
    objective = objectives[skip, 0]
    density = ls.spectral_density(objective, objective.theta, rng=np.random.default_rng(0), samples=2, steps=40)
    ax.semilogy(density.grid, density.density, label="skip" if skip else "plain")
    print(f"{name(skip, 0)}eigenvalues from {density.nodes.min():.1f} to {density.nodes.max():.1f}")

    assert abs(np.trapezoid(density.density, density.grid) - 1) < 0.01
ax.set(ylim=(1e-6, 10), xlabel="eigenvalue of $\\mathbf{H}$", ylabel="density")
legend = ax.legend(frameon=False)

# %% [markdown]
# Nearly all eigenvalues lie around 0, and a few far to the right: most directions hardly matter. With cross entropy the
# Hessian shrinks as the fit gets better, so that a lower loss alone makes it smaller. Compare with the table of the
# runs before you say that a network is flatter because of how it is built.
#
# ## The path
#
# Each run was recorded: all weights at the start and after every epoch. The two principal components of the path span
# the plane in which most of it lies.

# %%
figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.2), layout="constrained")
for ax, skip in zip(axes, (True, False), strict=True):
    objective = objectives[skip, 0]
    view = ls.runs_on_plane(objective, {f"{'skip' if skip else 'plain'}, seed 0": runs[skip, 0][1]}, resolution=15)
    figures.plot_runs(view, ax=ax)
    path = view.projections[0]

    assert np.allclose(path.plane.point(path.alpha[0, -1], path.beta[0, -1]), objective.theta)  # it ends at the model
    assert path.loss[0, -1] < path.loss[0, 0]

# %% [markdown]
# **Question.** The loss under the path is that of a point of the plane. Is it the loss of the run?

# %%
print("record   loss of the run   loss below it in the plane   distance to the plane")
for row in zip(path.step, path.loss[0], path.loss_in_plane[0], path.distance[0], strict=True):
    print("{:>6}{:>18.2f}{:>29.2f}{:>24.2f}".format(*row))

assert path.distance[0, -1] < 1e-6 * np.linalg.norm(objective.theta)

# %% [markdown]
# ## What these pictures leave out
#
# - A plane has two of many thousand dimensions. That a plane shows no hill says little about the others, and a hill in
#   it can be walked around.
# - The unit of both axes is a filter-normalized direction. It makes networks comparable in which only the scale of the
#   filters differs; it does not make two architectures comparable.
# - 128 samples stand for the data, and a grid of 15 x 15 points sees nothing that is narrower than its spacing.
# - Li et al. find the chaos in networks of 56 layers and more; without skip connections, their network of 20 layers
#   has a benign surface, too. What 15 convolutions show neither repeats nor refutes the famous picture; the sentences
#   above say how much of a difference is left here.
# - Three seeds are few: three pairs all point the same way by chance in one case of four, and the nine pairs of planes
#   share three trainings. "Survives" means these planes and seeds, not all.
