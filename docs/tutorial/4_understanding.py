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
# # 4 Understanding: levels, traps, cones, basins
#
# A ReLU network is piecewise smooth: as long as no unit switches on any sample, its outputs are simple functions of the
# weights. There are finitely many pieces, so all of them can be enumerated in rational arithmetic. This notebook shows
# the result.

# %%
import matplotlib.pyplot as plt
import numpy as np

import figures
import landscape as ls
from landscape import xor

plt.style.use("figures.style.ddasp")
net = xor.network()
theta = xor.TEXTBOOK

# %% [markdown]
# ## Levels
#
# **Question.** At which values of $\mathcal{R}$ does the landscape have local minima?

# %%
levels = ls.stationary_levels(net)
for level in levels:
    print(f"{level.value!s:>4}  dimension of the minima {sorted(level.dimensions)}")

assert [str(level.value) for level in levels] == ["0", "1/8", "1/6", "1/4"]
assert min(levels[0].dimensions) == 5
assert set().union(*(level.dimensions for level in levels[1:])) == {6, 7, 8}

# %% [markdown]
# There are four values and no others. None of the minima is an isolated point: they form sets of 5 to 8 of the nine
# dimensions, and the sets of the worst minima have the highest dimension. They are easy to hit.
#
# ## Traps
#
# What does a network compute at such a minimum? We take one run for each level, from starts as in notebook 3:

# %%
fresh = ls.glorot_starts(net, 300, rng=np.random.default_rng(1))
found = ls.outcomes(net, fresh, ls.Adam(1e-2), 5000)
ends = [found.end[np.flatnonzero(found.level == k)[0]] for k in range(len(levels))]
figure, axes = plt.subplots(1, 4, figsize=(8, 2.4), sharey=True)
for ax, level, end in zip(axes, levels, ends, strict=True):
    decision = ls.decision_surface(net, end)
    figures.plot_decision(decision, ax=ax)
    figures.plot_hinges(decision, ax=ax)
    ax.set(title=rf"$\mathcal{{R}} = {level.value}$", ylabel="")

# %% [markdown]
# At 1/4 it outputs 1/2 everywhere. At 1/6 one sample is right and the outputs of the other three are the mean of their
# targets, 2/3 or 1/3. At 1/8 two neighbouring samples are right and the outputs of the other two are 1/2.

# %%
for level, end in zip(levels, ends, strict=True):
    print(f"{level.value!s:>4}  outputs {net.predict(end).round(3)}  gradient {np.linalg.norm(net.gradient(end)):.0e}")

residual = np.sort(np.abs([net.predict(end) - xor.Y for end in ends]), axis=1)
wanted = [[0, 0, 0, 0], [0, 0, 1 / 2, 1 / 2], [0, 1 / 3, 1 / 3, 2 / 3], [1 / 2, 1 / 2, 1 / 2, 1 / 2]]
assert np.allclose(residual, wanted, atol=1e-3)

# %% [markdown]
# `describe` reports what kind of point a given theta is. Is there a way out of a trap?

# %%
report = ls.describe(net, ends[2])
print(report.verdict)
way = ls.exit_path(net, ends[2])
print(f"on the way out the risk goes from {way.loss[0]:.4f} to {way.loss[-1]:.0e}, up by {np.diff(way.loss).max():.0e}")

assert report.level == levels[2].value
assert report.is_trapped
assert np.diff(way.loss).max() < 1e-9
assert way.loss[-1] < 1e-12

# %% [markdown]
# There always is: a path leads to a solution without ever rising. But it crosses a plateau where the gradient is
# exactly 0, so no gradient method takes it.
#
# ## Cones
#
# **Question.** What is the Hessian at the textbook's solution?
#
# Three pre-activations are exactly 0 there, so the risk has three kinks, and $2^3 = 8$ smooth pieces meet, like cones
# with a common apex. Each has a Hessian of its own; automatic differentiation returns only one of them.

# %%
kinks = ls.kinks(net, theta)
cones = ls.one_sided_hessians(net, theta)
largest = [float(cone.eigenvalues[-1]) for cone in cones]
print("kinks (unit, sample):", kinks)
print("largest curvature in each cone:", np.round(largest, 1))
print("what automatic differentiation sees:", round(float(np.linalg.eigvalsh(net.hessian(theta))[-1]), 1))

assert len(cones) == 2 ** len(kinks) == 8
assert np.isclose(np.linalg.eigvalsh(net.hessian(theta))[-1], min(largest))

# %%
plane = ls.random_plane(net, theta, rng=np.random.default_rng(5))
grid = 0.5 * np.linspace(-1, 1, 161)
figure, ax = plt.subplots(figsize=(4, 3))
figures.plot_contour(ls.evaluate_plane(net, plane, grid, grid), ax=ax)
ax = figures.plot_kinks(ls.kink_lines(net, plane, grid, grid), ax=ax)
# %% [markdown]
# The contours bend exactly on the lines where a unit switches on a sample.
#
# ## The merge tree
#
# Take all points with $\mathcal{R} \leq \ell$, as if the landscape were flooded up to the height $\ell$. **Question.**
# In how many separate lakes do the solutions lie, and at which height do the lakes merge?

# %%
tree = ls.merge_tree(net)
for level in levels:
    print(f"{level.value!s:>4}  {tree.components(level.value)} components")

assert tree.components(0) > tree.components(levels[1].value) > tree.components(levels[2].value) == 1

# %% [markdown]
# Swapping the hidden units of the textbook's solution gives the same function at another point. **Question.** How high
# must a path between the two rise?

# %%
twin = theta[[1, 0, 3, 2, 5, 4, 7, 6, 8]]
straight = ls.straight_barrier(net, theta, twin)
print(f"straight ahead {straight.value}, by the best way {tree.barrier(theta, twin)}")

assert np.array_equal(net.predict(twin), net.predict(theta))
assert tree.barrier(theta, twin) == levels[2].value < straight.value

# %% [markdown]
# ## The nearest solution
#
# **Question.** From the exercise's start with a large offset, how far is the nearest point with risk 0?

# %%
start = xor.offset_start(0.1)
zero, distance = ls.nearest_zero(net, start)
print(f"nearest solution {distance:.3f} away, the textbook's {np.linalg.norm(start - theta):.3f}")

assert net.loss(zero) < 1e-20
assert distance < np.linalg.norm(start - theta)

# %% [markdown]
# The nearest solution is not that of the textbook.
#
# ## Basins
#
# The basin map combines all this. Left: the risk on a plane through the textbook's solution, a single bowl. Right: for
# every point of the same plane, the level on which Adam ends when it starts there.

# %%
axis = 1.5 * np.linspace(-1, 1, 61)
wide = ls.random_plane(net, theta, rng=np.random.default_rng(0))
basins = ls.basin_map(net, wide, axis, axis, ls.Adam(1e-2), 2000)
figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3.4))
figures.plot_contour(ls.evaluate_plane(net, wide, axis, axis), ax=left)
figures.plot_basins(basins, ax=right)
figure.legend(handles=figures.basin_handles(basins), loc="outside lower center", ncols=5)
for value, share in zip(basins.levels, basins.fractions, strict=True):
    print(f"{value!s:>5}: {100 * share:4.1f} % of the plane")

assert basins.fractions[0] < 0.5

# %% [markdown]
# According to the bowl, the solution is downhill from everywhere. According to the map, Adam does not reach a solution
# from most of the plane. A contour plot shows the risk, but not where the gradient leads in the other seven dimensions.
#
# **So why is it tricky?** Near the solution the descent is easy. Three things are hard: to avoid flat traps of 6, 7 and
# 8 dimensions on the way there; to reach one particular point on a sheet of solutions of 5 dimensions; and, with steps
# of constant size, to get closer to it than a few learning rates. [Where am I?](where_am_i) shows how to ask such
# questions about any point. The figure `remedies` in the [gallery](../gallery) shows what would help.
