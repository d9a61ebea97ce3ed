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
# # 3 Training: where do runs end?
#
# Adam moves through nine dimensions and tries to decrease the empirical risk $\mathcal{R}$. Here we start it at many
# points, record its steps, and ask where the runs end: first from starts around the solution, then from fresh weights
# as initialized by Keras.

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
# ## From around the solution
#
# We take 20 starts at a distance of about 0.9: a normal random number of standard deviation $\sigma = 0.3$ is added to
# each of the textbook's parameters.
#
# **Question.** How many come back?

# %%
rng = np.random.default_rng(0)
starts = ls.perturbed_starts(theta, 0.3, 20, rng=rng)
runs = ls.train(net, starts, ls.Adam(1e-2), 3000, record_every=10)
solved = runs.loss[:, -1] < 1e-10
home = np.linalg.norm(runs.end - theta, axis=1)
print(f"{solved.sum()} of {solved.size} runs reach risk 0")
print(f"distance of their ends to the textbook's weights: {home[solved].min():.2f} to {home[solved].max():.2f}")

assert solved.sum() > 15
assert home.min() > 0.1

# %% [markdown]
# Most runs find *a* solution, but none returns to *the* solution of the textbook. This is the sheet of notebook 2:
# there are solutions in many places, and each run ends at the one that it reaches.
#
# ## A path in a picture
#
# A path has to be projected onto a plane. **Question.** What does the projection lose? Take one run and two planes: a
# random plane through the textbook's solution, and the run's own plane, along the two principal components of its path.

# %%
one = ls.train(net, starts[:1], ls.Adam(1e-2), 3000, record_every=10)
end = one.end[0]
planes = {
    "random plane": ls.random_plane(net, theta, rng=np.random.default_rng(5)),
    "its own plane": ls.principal_plane(one.theta, origin=end),
}
views = {name: ls.project(net, one, plane) for name, plane in planes.items()}
for name, view in views.items():
    print(f"{name:<14} holds {100 * view.share[0]:.0f} % of the path; distance to it up to {view.distance.max():.2f}")

assert views["random plane"].share[0] < 0.8
assert views["its own plane"].share[0] > 0.9

# %%
figure, axes = plt.subplots(1, 2, figsize=(7, 3))
for ax, (name, view) in zip(axes, views.items(), strict=True):
    ranges = [np.linspace(x.min() - 0.3 * np.ptp(x), x.max() + 0.3 * np.ptp(x), 161) for x in (view.alpha, view.beta)]
    figures.plot_contour(ls.evaluate_plane(net, view.plane, *ranges), ax=ax)
    figures.plot_trajectories(view, ax=ax)
    ax.set_title(name)

# %% [markdown]
# Both pictures show the same run. On the left it seems to end on a slope. It does not: it ends at risk 0, but off the
# plane, and the colour under the path is the risk at its *projection*. On the right the two hardly differ.

# %%
for name, view in views.items():
    print(f"{name:<14} risk at the end: true {view.loss[0, -1]:.1e}, drawn {view.loss_in_plane[0, -1]:.1e}")

assert views["random plane"].loss_in_plane[0, -1] > 1e6 * views["random plane"].loss[0, -1]
assert views["its own plane"].loss_in_plane[0, -1] < 1e-10

# %% [markdown]
# So a figure of a path has to state three more things: the share of the path's variance that the plane holds, the
# distance of the path from the plane, and the true risk. The lecture figures do.
#
# ## From fresh weights
#
# Keras draws $\mathbf{W}_1$ and $\mathbf{W}_2$ uniformly (Glorot) and sets the biases to 0. **Question.** What share of
# such starts ends up solving XOR?

# %%
fresh = ls.glorot_starts(net, 1000, rng=np.random.default_rng(1))
found = ls.outcomes(net, fresh, ls.Adam(1e-2), 5000)
print(found)

assert found.levels[0] == 0
assert found.interval[0, 0] < 1 / 5 < found.interval[0, 1]

# %% [markdown]
# About one in five. The interval in brackets is for the share among *all* starts, of which we sampled 1000 (Wilson,
# 95 %). Nearly all others are stuck at one of three values. The loss curves bundle there:

# %%
some = ls.train(net, fresh[:60], ls.Adam(1e-2), 2000, record_every=10)
figure, ax = plt.subplots(figsize=(5, 2.8))
ax.plot(some.step, some.loss.T, "C0", linewidth=0.5, alpha=0.6)
ax.set(xlabel="epoch", ylabel=r"MSE  $\mathcal{R}$", xlim=(0, 2000), ylim=(-0.02, 0.5))
for level in found.levels[:-1]:
    ax.axhline(float(level), color="k", linewidth=0.5)
    ax.text(2010, float(level), str(level), va="center")
# %% [markdown]
# ## Is it decided at the start?
#
# With zero biases a hidden unit is inactive on all four samples if both of its weights are negative: it is *dead*.
# TensorFlow takes relu'(0) = 0, so the unit's gradient is 0, and it stays inactive. **Question.** How likely is that?
#
# A weight is negative with probability 1/2. So a unit is dead with probability 1/4, and at least one of two is dead
# with probability $1 - (3/4)^2 = 7/16$. With only one unit left XOR cannot be solved: at most 9/16 of all starts can
# succeed.

# %%
dead = (net.preactivations(fresh) <= 0).all(axis=1).any(axis=1)
low, high = ls.wilson(int(dead.sum()), dead.size)
print(f"a dead unit in {dead.mean():.3f} of the starts, [{float(low):.3f}, {float(high):.3f}]; expected {7 / 16:.4f}")
by_signs = ls.outcomes_by_signs(net, fresh, found)
print("at most", by_signs.ceiling, "can be solved")

assert low < 7 / 16 < high
assert by_signs.ceiling == 9 / 16
assert not (found.level[dead] == 0).any()

# %% [markdown]
# This explains many of the failures, but not all. What are the values at which the others get stuck, and why does no
# gradient lead away from there? Notebook 4 answers this.
