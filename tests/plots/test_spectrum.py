"""The spectrum as drawn: the density with its error, and lines at the largest eigenvalues."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import figures
import landscape as ls
from landscape import xor

THETA = np.array([1.1, 1, 1, 1, 0.1, -0.9, 1, -2, 0])


def test_density_and_eigenvalues():
    net = xor.network()
    density = ls.spectral_density(net, THETA, rng=np.random.default_rng(0))
    pairs = ls.top_eigenpairs(net, THETA, 2)
    ax = figures.plot_spectrum(density, ax=Figure().add_subplot())
    assert figures.plot_spectrum(pairs, ax=ax) is ax
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), density.grid)
    peak = density.density.max()
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), np.maximum(density.density, peak * 1e-8))
    assert ax.get_ylim()[0] == peak * 1e-7
    (lines,) = [c for c in ax.collections if c.get_label() == "largest eigenvalues"]
    assert [segment[0, 0] for segment in lines.get_segments()] == pairs.values.tolist()
    (bars,) = [c for c in ax.collections if c.get_gid() == "residuals"]
    ends = [(segment[0, 0], segment[1, 0]) for segment in bars.get_segments()]
    np.testing.assert_array_equal(ends, np.stack([pairs.values - pairs.residuals, pairs.values + pairs.residuals], 1))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("eigenvalue of the Hessian", "density of eigenvalues")


def test_eigenvalues_alone_have_no_heights():
    ax = figures.plot_spectrum(ls.top_eigenpairs(xor.network(), THETA, 3), ax=Figure().add_subplot())
    assert ax.get_yticks().size == 0
    with pytest.raises(TypeError, match=r"spectrum must be a SpectralDensity or Eigenpairs, made by .*; got ndarray"):
        figures.plot_spectrum(THETA)
