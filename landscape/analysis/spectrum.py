"""The spectrum of the Hessian without the Hessian: top eigenpairs, trace and density from its products with vectors.

References
----------
Hutchinson: A stochastic estimator of the trace of the influence matrix (1989).
Ubaru, Chen, Saad: Fast estimation of tr(f(A)) via stochastic Lanczos quadrature (2017), SIAM J. Matrix Anal. Appl. 38.
Ghorbani, Krishnan, Xiao: An investigation into neural net optimization via Hessian eigenvalue density (2019),
arXiv:1901.10159.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh_tridiagonal

from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.base.progress import Progress
from landscape.base.results import Result, Settings, array, member, settings_of
from landscape.networks.objective import Objective, description, require_objective
from landscape.planes.directions import seed_of

DENSE = 64
"""Parameters up to which the Hessian itself is formed."""

Product = Callable[[Array], Array]


class NoEigenvalueError(ValueError):
    """The Hessian is not finite, or Lanczos' method has not converged."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Eigenpairs(Result):
    """The largest eigenvalues of a Hessian, with their eigenvectors."""

    values: Array = array("pair", meaning="eigenvalues, largest first")
    vectors: Array = array("pair", "parameter", meaning="eigenvectors of length 1")
    residuals: Array = array(
        "pair", meaning="length of H v - value v: some eigenvalue of H is within this distance of the value"
    )
    theta: Array = array("parameter", meaning="the point")
    settings: Settings = settings_of("description of the objective")


@dataclass(frozen=True, eq=False, kw_only=True)
class Trace(Result):
    """An estimate of the trace of a Hessian."""

    samples: Array = array(
        "sample", meaning="v^T H v for random vectors v of entries 1 and -1; their mean is the trace"
    )
    settings: Settings = settings_of("description of the objective, seed")

    @property
    def value(self) -> float:
        """The estimate."""
        return float(self.samples.mean())

    @property
    def standard_error(self) -> float:
        """Standard deviation of the estimate."""
        return float(self.samples.std(ddof=1) / np.sqrt(self.samples.size))

    def _main_numbers(self) -> Iterator[str]:
        yield f"trace {self.value:.4g}, standard error {self.standard_error:.2g}"


@dataclass(frozen=True, eq=False, kw_only=True)
class SpectralDensity(Result):
    """An estimate of the density of a Hessian's eigenvalues, smoothed by a normal distribution."""

    grid: Array = array("point", meaning="eigenvalue", check=checks.axis)
    density: Array = array("point", meaning="share of eigenvalues per unit of eigenvalue")
    standard_error: Array = array("point", meaning="standard deviation of the density over the random vectors")
    nodes: Array = array("sample", "node", meaning="Ritz values of each random vector")
    weights: Array = array("sample", "node", meaning="share of the spectrum that each Ritz value stands for")
    width: float = member("standard deviation of that normal distribution")
    settings: Settings = settings_of("description of the objective, seed")


@checks.known_arguments
@norms.may_underflow
def top_eigenpairs(net: Objective, theta: ArrayLike, k: int, *, scale: ArrayLike | None = None) -> Eigenpairs:
    """Return the k largest eigenvalues of the Hessian at ``theta`` (n,) and their eigenvectors.

    They are computed by Lanczos' method (``scipy.sparse.linalg.eigsh``) from Hessian-vector products, in memory for
    max(2 k + 1, 20) vectors, always from the same start vector.

    Parameters
    ----------
    net : Objective
        With ``hessian_vector_product(theta, v)``, as a KerasObjective has it, or ``hessian(theta)``.
    theta : array_like of shape (n,)
    k : int, 1 to n
    scale : array_like of shape (n,), above 0, optional
        Diagonal of a matrix P: the eigenpairs are then those of P^-1/2 H P^-1/2, whose eigenvalues P^-1 H has, too.
        See :func:`landscape.preconditioned`.

    Raises
    ------
    ValueError
        If the Hessian is not finite, or Lanczos' method does not converge.

    Examples
    --------
    >>> from landscape import xor
    >>> found = top_eigenpairs(xor.network(), [1.1, 1, 1, 1, 0.1, -0.9, 1, -2, 0], 2)
    >>> found.values.round(3).tolist()
    [20.272, 2.503]
    """
    theta, product = _product(net, theta)
    n = theta.size
    if scale is not None:
        product = _preconditioned(product, checks.vector("scale", scale, n))
    if not 1 <= checks.count("k", k) <= n:
        raise ValueError(f"k must be 1 to {n}, the number of parameters; got {k}")
    if n <= DENSE or 2 * k >= n:
        checks.memory(f"all {n} eigenpairs would take", 16 * n * n, "ask for fewer")
        hessian = np.stack([product(unit) for unit in np.eye(n)])
        values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    else:
        from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

        ncv = min(n, max(2 * k + 1, 20))
        checks.memory(f"k={k} would take", 8 * n * ncv, "ask for fewer eigenpairs")
        start = np.random.default_rng(0).standard_normal(n)
        try:
            values, vectors = eigsh(LinearOperator((n, n), matvec=product), k, which="LA", v0=start, ncv=ncv)
        except ArpackNoConvergence as error:
            raise NoEigenvalueError(
                f"k={k} eigenpairs must converge; only {len(error.eigenvalues)} did, ask for fewer"
            ) from None
    order = np.argsort(values)[::-1][:k]
    values, vectors = values[order], np.ascontiguousarray(vectors[:, order].T)
    vectors *= np.sign(np.take_along_axis(vectors, np.abs(vectors).argmax(axis=1)[:, None], axis=1))
    residuals = np.array([np.linalg.norm(product(v) - value * v) for value, v in zip(values, vectors, strict=True)])
    settings = {"objective": description(net)}
    return Eigenpairs(values=values, vectors=vectors, residuals=residuals, theta=theta, settings=settings)


@checks.known_arguments
@norms.may_underflow
def hessian_trace(
    net: Objective, theta: ArrayLike, samples: int, *, rng: np.random.Generator, progress: Progress | None = None
) -> Trace:
    """Return Hutchinson's estimate of the trace of the Hessian at ``theta`` (n,), with its standard error.

    Parameters
    ----------
    net : Objective
        As in :func:`top_eigenpairs`.
    theta : array_like of shape (n,)
    samples : int, at least 2
        Number of random vectors of entries 1 and -1, each of which takes one Hessian-vector product.
    rng : numpy.random.Generator
    progress : callable, optional
        Called with (samples done, samples).

    Examples
    --------
    >>> from landscape import xor
    >>> theta = [1.1, 1, 1, 1, 0.1, -0.9, 1, -2, 0]
    >>> found = hessian_trace(xor.network(), theta, 100, rng=np.random.default_rng(0))
    >>> abs(found.value - float(np.trace(xor.network().hessian(theta)))) < 3 * found.standard_error
    True
    """
    theta, product = _product(net, theta)
    checks.generator(rng)
    found = np.empty(checks.count("samples", samples, least=2))
    for i in range(samples):
        v = rng.choice([-1.0, 1.0], size=theta.size)
        found[i] = v @ product(v)
        if progress:
            progress(i + 1, samples)
    return Trace(samples=found, settings={"objective": description(net), **seed_of(rng)})


@checks.known_arguments
@norms.may_underflow
def spectral_density(
    net: Objective,
    theta: ArrayLike,
    *,
    rng: np.random.Generator,
    samples: int = 10,
    steps: int = 80,
    points: int = 400,
    progress: Progress | None = None,
) -> SpectralDensity:
    """Return the density of the Hessian's eigenvalues at ``theta`` (n,), by stochastic Lanczos quadrature.

    Parameters
    ----------
    net : Objective
        As in :func:`top_eigenpairs`.
    theta : array_like of shape (n,)
    rng : numpy.random.Generator
    samples : int, at least 2
        Random start vectors.
    steps : int, at least 2
        Lanczos steps, each of which takes one Hessian-vector product and memory for one vector; n at most are made.
    points : int, at least 2
        Points of the grid, which reaches from below the smallest Ritz value to above the largest.
    progress : callable, optional
        Called with (products done, products).

    Returns
    -------
    SpectralDensity
        Smoothed by a normal distribution whose standard deviation, ``width``, is 1 % of the range of Ritz values.

    Examples
    --------
    >>> from landscape import xor
    >>> theta = [1.1, 1, 1, 1, 0.1, -0.9, 1, -2, 0]
    >>> found = spectral_density(xor.network(), theta, rng=np.random.default_rng(0))
    >>> round(float(np.trapezoid(found.density, found.grid)), 3)
    1.0
    """
    theta, product = _product(net, theta)
    checks.generator(rng)
    samples, steps = checks.count("samples", samples, least=2), min(checks.count("steps", steps, least=2), theta.size)
    checks.memory(f"steps={steps} would take", 8 * theta.size * steps, "make fewer steps")
    nodes, weights = np.zeros((samples, steps)), np.zeros((samples, steps))
    for i in range(samples):
        found, shares = _ritz(product, rng.choice([-1.0, 1.0], size=theta.size), steps)
        nodes[i, : found.size], weights[i, : found.size] = found, shares
        nodes[i, found.size :] = found[-1]  # of weight 0
        if progress:
            progress((i + 1) * steps, samples * steps)
    low, high = float(nodes.min()), float(nodes.max())
    size = max(abs(low), abs(high))
    width = 0.01 * (high - low if high - low > 1e-9 * size else size or 1.0)
    grid = np.linspace(low - 5 * width, high + 5 * width, checks.count("points", points, least=2))
    bells = np.exp(-0.5 * ((grid[:, None, None] - nodes) / width) ** 2) / (width * np.sqrt(2 * np.pi))
    by_sample = (bells * weights).sum(axis=-1)
    return SpectralDensity(
        grid=grid,
        density=by_sample.mean(axis=1),
        standard_error=by_sample.std(axis=1, ddof=1) / np.sqrt(samples),
        nodes=nodes,
        weights=weights,
        width=width,
        settings={"objective": description(net), **seed_of(rng)},
    )


def _ritz(product: Product, start: Array, steps: int) -> tuple[Array, Array]:
    """Return the Ritz values of a matrix after some Lanczos steps, ascending, and their weights, whose sum is 1.

    Vectors are orthogonalized against all earlier ones, twice, so that no eigenvalue is found more than once.
    """
    basis = np.empty((steps, start.size))
    basis[0] = start / np.linalg.norm(start)
    diagonal, beside = np.zeros(steps), np.zeros(steps)
    for j in range(steps):
        rest = product(basis[j])
        diagonal[j] = basis[j] @ rest
        for _ in range(2):
            rest = rest - basis[: j + 1].T @ (basis[: j + 1] @ rest)
        beside[j] = np.linalg.norm(rest)
        if j + 1 == steps or beside[j] <= 1e-10 * np.abs(diagonal[: j + 1]).max(initial=1e-300):
            break
        basis[j + 1] = rest / beside[j]
    values, vectors = eigh_tridiagonal(diagonal[: j + 1], beside[:j])
    return values, vectors[0] ** 2


def _product(net: Objective, theta: ArrayLike) -> tuple[Array, Product]:
    """Return theta as an array, and the function that multiplies a vector with the Hessian there."""
    theta = checks.vector("theta", theta, require_objective(net).n_parameters)
    if multiply := getattr(net, "hessian_vector_product", None):

        def product(v: Array) -> Array:
            return _finite(multiply(theta, np.ravel(v)))

    elif hessian := getattr(net, "hessian", None):
        matrix = _finite(hessian(theta))

        def product(v: Array) -> Array:
            return np.asarray(matrix @ np.ravel(v))

    else:
        raise TypeError(f"net must have hessian_vector_product(theta, v) or hessian(theta); got {type(net).__name__}")
    return theta, product


def _preconditioned(product: Product, scale: Array) -> Product:
    """Return the function that multiplies with P^-1/2 H P^-1/2."""
    if not (scale > 0).all():
        raise ValueError(f"scale must be above 0; got {scale.min():g}, add the optimizer's epsilon")
    root = np.sqrt(scale)
    return lambda v: product(np.ravel(v) / root) / root


def _finite(values: Array) -> Array:
    if not np.isfinite(values).all():
        raise NoEigenvalueError("theta must have a finite Hessian; got an entry that is infinite or not a number")
    return values
