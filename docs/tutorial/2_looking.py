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
# # 2 Slices: directions, planes, profiles
#
# The risk $\mathcal{R}(\theta)$ is a surface over nine dimensions, and a picture has two. So we take slices: along a
# line or a plane through the point of interest. This notebook computes such slices and asks what they show and what
# they hide.

# %%
from math import gamma, pi, sqrt

import matplotlib.pyplot as plt
import numpy as np

import figures
import landscape as ls
from landscape import xor

plt.style.use("figures.style.ddasp")
net = xor.network()
theta = xor.TEXTBOOK

# %% [markdown]
# ## A line: the profile
#
# A direction is a vector with nine entries, like $\theta$ itself. Along it we plot $\mathcal{R}(\theta + \alpha\,
# \mathbf{d})$. The entries of a random direction are drawn from a normal distribution; the random generator is passed
# as an argument, so that the picture is reproducible.

# %%
rng = np.random.default_rng(5)
d1 = ls.random_direction(net, rng=rng)
d2 = ls.random_direction(net, rng=rng)
alpha = np.linspace(-1, 1, 401)
profile = ls.evaluate_line(net, theta, d1, alpha)
levels = [level.value for level in ls.stationary_levels(net)]
figure, ax = plt.subplots(figsize=(5, 2.6))
ax = figures.plot_profile(profile, ax=ax, marks=levels)

# %% [markdown]
# The height follows the square root of the risk: otherwise everything near 0 would be a flat line. The ticks at 1/8,
# 1/6 and 1/4 mark the values at which training gets stuck; notebook 4 explains why.
#
# **Question.** Is $\mathcal{R}$ smooth along this line? It is 0 at $\alpha = 0$: is it a parabola there?

# %%
tiny = 1e-4
right = net.loss(theta + tiny * d1) / tiny**2
left = net.loss(theta - tiny * d1) / tiny**2
print(f"risk over alpha squared, to the right {right:.3f}, to the left {left:.3f}")

assert abs(right - left) > 0.01 * right

# %% [markdown]
# It is half a parabola on each side, but not the same one: in the textbook's solution three pre-activations are exactly
# at the kink of the ReLU. Notebook 4 returns to this.
#
# ## Are random directions orthogonal?
#
# In high dimensions they nearly are. **Question.** And in nine?

# %%
pairs = np.stack([ls.random_direction(net, rng=rng) for _ in range(4000)]).reshape(2, 2000, 9)
a, b = pairs / np.linalg.norm(pairs, axis=-1, keepdims=True)
cosines = np.abs(np.sum(a * b, axis=1))
n = net.n_parameters
exact = gamma(n / 2) / (sqrt(pi) * gamma((n + 1) / 2))
error = cosines.std() / sqrt(cosines.size)
print(f"mean |cos| of 2000 pairs {cosines.mean():.3f} +- {2 * error:.3f}, exactly {exact:.3f}")
print(f"that of d1 and d2 above: {d1 @ d2 / np.linalg.norm(d1) / np.linalg.norm(d2):+.2f}")

assert abs(cosines.mean() - exact) < 4 * error
assert exact > 0.2

# %% [markdown]
# They are not. So the angle between the axes of a plane must be reported, and a point must be projected onto the plane
# by least squares, not by dot products. `Plane` does both.
#
# ## How long is a step? Filter normalization
#
# **Question.** One unit of $\alpha$ moves all nine parameters by about 1. Is that much or little?
#
# It depends on how large the weights are: with ReLU, the incoming weights of a hidden unit can be made ten times larger
# and its output weight ten times smaller, and the network computes the same function. So each *filter*, the incoming
# weights of one unit, is scaled to the norm of that filter in $\theta$ (Li et al. 2018):
#
# $$\mathbf{d}_f \leftarrow \mathbf{d}_f \, \frac{\lVert\theta_f\rVert}{\lVert\mathbf{d}_f\rVert} .$$

# %%
normalized = ls.filter_normalize(d1, theta, net)
for f in net.filters:
    entries = [*f.kernel, f.bias]
    names = ", ".join(net.parameter_names[i] for i in entries)
    lengths = [np.linalg.norm(v[entries]) for v in (d1, normalized, theta)]
    print(f"{names:<26} random {lengths[0]:.2f}, normalized {lengths[1]:.2f}, theta {lengths[2]:.2f}")

    assert np.isclose(lengths[1], lengths[2])

# %% [markdown]
# To check that this works, make the incoming weights of both hidden units ten times larger and the output weights ten
# times smaller. The network computes the same function. The profile along the raw direction changes; the profile along
# the normalized direction does not (apart from biases).

# %%
scale = np.array([10.0] * 6 + [0.1] * 2 + [1.0])
same = scale * theta
assert np.allclose(net.predict(same), net.predict(theta))

profiles = {}
for name, point in (("theta", theta), ("rescaled", same)):
    raw = ls.evaluate_line(net, point, d1, alpha).loss
    fair = ls.evaluate_line(net, point, ls.filter_normalize(d1, point, net, bias="ignore"), alpha).loss
    profiles[name] = raw, fair
print("largest ratio, random    ", f"{np.nanmax(profiles['rescaled'][0][1:] / profiles['theta'][0].max()):.2f}")
print("largest difference, normalized", f"{np.abs(profiles['rescaled'][1] - profiles['theta'][1]).max():.1e}")

assert not np.allclose(profiles["rescaled"][0], profiles["theta"][0], rtol=0.1)
assert np.allclose(profiles["rescaled"][1], profiles["theta"][1])

# %% [markdown]
# ## A plane
#
# Two filter-normalized directions span a plane through $\theta$. How far should it extend? `automatic_range` finds the
# distance at which the risk has typically risen to that of a constant output.

# %%
plane = ls.random_plane(net, theta, rng=np.random.default_rng(5))
reach = ls.automatic_range(net, plane)
grid = reach * np.linspace(-1, 1, 201)
surface = ls.evaluate_plane(net, plane, grid, grid)
print(f"angle between the axes {plane.angle:.0f} degrees, half-width {reach:.2f}, frozen {plane.frozen.sum()}")

figure = plt.figure(figsize=(7, 3))
figures.plot_contour(surface, ax=figure.add_subplot(1, 2, 1))
ax = figures.plot_relief(surface, ax=figure.add_subplot(1, 2, 2, projection="3d"), view=(50, -60))
# %% [markdown]
# A bowl with one lowest point. It looks easy.
#
# **Question.** Is the textbook's solution an isolated minimum?

# %%
print("grid points with risk 0:", np.count_nonzero(surface.loss == 0), "of", surface.loss.size)
print("the second lowest:", np.sort(surface.loss.ravel())[1])

assert np.count_nonzero(surface.loss == 0) == 1

# %% [markdown]
# On this grid it is. But the plane was drawn at random. Here are two planes that are chosen deliberately: each moves
# only two biases. In such planes all zeros are known exactly, not only on a grid.

# %%
figure, axes = plt.subplots(1, 2, figsize=(7, 3))
found = {}
for ax, second in zip(axes, ("b1[1]", "b2[0]"), strict=True):
    cut = ls.coordinate_plane(net, theta, "b1[0]", second)
    look = np.linspace(-0.8, 0.8, 161)
    figures.plot_contour(ls.evaluate_plane(net, cut, look, look), ax=ax)
    found[second] = ls.zeros_in_plane(net, cut, look, look)
    for corners in found[second]:
        ax.plot(*corners.T, "kx-")
for second, zeros in found.items():
    print(f"b1[0] and {second}:", [corners.tolist() for corners in zeros])

assert [len(corners) for corners in found["b1[1]"]] == [1]  # a point
assert [len(corners) for corners in found["b2[0]"]] == [2]  # a segment, by its two ends

# %% [markdown]
# On the right there is a line of solutions, and it *starts* at the textbook's. So the minimum is not isolated: the
# solutions form a sheet, and a random plane meets it in a point, just as a random line meets a sheet of paper in a
# point.
#
# **Question.** What is the dimension of the sheet?

# %%
cells = ls.solved_cells(net, theta)
print("dimensions of the pieces of the zero set that meet here:", sorted({cell.dimension for cell in cells}))

assert max(cell.dimension for cell in cells) > 1

# %% [markdown]
# **What a plane does not show.** It holds two of nine dimensions. What it shows is exact, but it does not show that
# there is nothing else around it. Notebook 3 leaves the plane.
