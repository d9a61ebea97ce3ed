"""What kind of point a theta is: ``describe`` collects the results of the exact analysis for it.

All tolerances are relative, so that positive rescaling of a hidden unit, (w, b, v) -> (a w, a b, v / a), does not
change the report:

- *on a level*: the root mean square distance of the outputs to those of the level is at most ``tolerance`` standard
  deviations of the targets, and theta lies in a cell that attains the level's outputs or at a kink that no unit can
  descend from (see :mod:`landscape.exact.assign_levels`). The residuals are then orthogonal, up to the tolerance, to
  all changes of the outputs that are possible in the cell, which bounds the gradient; the loss alone is never used.
- *gradient 0*: entry j of the gradient is (2/m) r . J_j, where r are the residuals and J_j is the derivative of the
  outputs with respect to parameter j. The gradient counts as 0 if r = 0 or ``|cos(r, J_j)| <= tolerance`` for all j.
- *kink*: the sine of the angle between (w, b) and the kink is at most
  :data:`~landscape.exact.activation_regions.KINK_TOLERANCE`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.analysis.curvature import gradients_in
from landscape.analysis.ends.configurations import dead_units, reachable_levels, sample_names
from landscape.analysis.ends.points import configuration_of, leaf_of, level_of, roles_of, saddle_of
from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.base.limits import if_possible, reasons
from landscape.base.results import Result, array, member
from landscape.base.wording import alternatives, number, numbers
from landscape.exact.activation_regions import KINK_TOLERANCE, kink_sines, kinks_in, patterns_beside, signs_of
from landscape.exact.local_minima import stationary_levels
from landscape.exact.rational import as_text
from landscape.networks import xor
from landscape.networks.extreme_sizes import too_large
from landscape.networks.one_hidden_layer import may_overflow
from landscape.networks.relu import ReluNetwork, require_relu_network
from landscape.training.trapped import POINT_TOLERANCE, traps

PROOF_BOXES = 40
"""Boxes that the proof of the distance to the zero set may use, a few ms; ``nearest_zero`` itself may use more."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PointReport(Result):
    """Classification and properties of one theta."""

    theta: Array = array("parameter", meaning="the point")
    loss: float = member("mean squared error")
    inputs: Array = array("sample", "input", meaning="inputs of the samples")
    targets: Array = array("sample", meaning="targets of the samples")
    outputs: Array = array("sample", meaning="outputs of the network")
    classes: NDArray[np.int64] = array("sample", meaning="predicted classes, with threshold 1/2", dtype=None)
    correct: NDArray[np.bool_] = array(
        "sample", meaning="whether the predicted class is that of the target", dtype=None
    )
    pattern: NDArray[np.bool_] = array(
        "sample", "unit", meaning="activation pattern: which unit is active on which sample, z > 0", dtype=None
    )
    gradient: Array = array("parameter", meaning="gradient with relu'(0) = 0, as TensorFlow computes it")
    kinks: list[tuple[int, int]] = member("(unit, sample) pairs whose pre-activation is 0")
    cones: NDArray[np.bool_] = array(
        "cone",
        "sample",
        "unit",
        meaning="activation patterns of the open activation regions that meet at theta",
        dtype=None,
    )
    one_sided_gradients: Array = array(
        "cone", "parameter", meaning="gradient in each cone; a single row, ``gradient``, away from kinks"
    )
    level: Fraction | None = member("value of the stationary level that theta lies on; None if on none")
    is_local_minimum: bool | None = member("whether no nearby point has a lower loss; None if that is not known")
    is_trapped: bool = member(
        "whether the loss is above 0 and ``gradient`` is 0, so that no gradient method leaves theta: local minima, but "
        "also saddles, and kinks whose descent directions are hidden by relu'(0) = 0"
    )
    saddle: Fraction | None = member("stationary value at theta, if it is trapped but no local minimum")
    roles: str | None = member(
        "for each unit, sign of the output weight and number of active samples; None on no level"
    )
    leaf: int | None = member(
        "index into ``merge_tree(net).leaves`` of the connected set of minima that theta lies on, if no point near "
        "that set is lower; for solutions, the component of the zero set"
    )
    family: str | None = member("signs of the output weights on that set, in any order of the units")
    nearest_zero: Array | None = array("parameter", meaning="closest parameters with zero loss; None if there are none")
    distance_to_zero: float | None = member("Euclidean distance to ``nearest_zero``")
    distance_lower_bound: float | None = member(
        "proven lower bound of the distance to any zero; equal to ``distance_to_zero`` up to a relative 1e-8, unless "
        "the proof was cut short (see ``PROOF_BOXES``); 0 if nothing is known of the zeros"
    )
    unknown: str | None = member(
        "what is not known, and why: the network or a size in it exceeds a limit; None if all is known",
        default=None,
    )
    configuration: str | None = member(
        "which samples are right on the level, and where the others are; None on no level", default=None
    )
    reachable: tuple[Fraction, ...] | None = member(
        "levels that training from theta without momentum can end on, as far as is proven: with a gradient of exactly "
        "0 its own, else those of the network without its dead units; None if that is not known",
        default=None,
    )

    @property
    def dead_units(self) -> list[int]:
        """Units that are inactive on all samples; their gradient is 0, so only momentum can change them."""
        return dead_units(self.pattern)

    @property
    def certain_level(self) -> Fraction | None:
        """The only level that training from theta without momentum can end on; None if there are several."""
        return self.reachable[0] if self.reachable is not None and len(self.reachable) == 1 else None

    @property
    def verdict(self) -> str:
        """What kind of point this is, in a few words."""
        if self.level == 0:
            return self._nearness()
        if self.is_local_minimum is None:
            if self.loss == 0:
                return "a solution: zero loss"
            at_rest = "trapped: the gradient is 0; whether at a local minimum is not known"
            return at_rest if self.is_trapped else "not trapped; whether on a level is not known"
        at = "on no level" if self.level is None else f"level {as_text(self.level)}"
        if self.is_local_minimum:
            kind = f"a local minimum, {at}"
            return f"trapped: {kind}" if self.is_trapped else f"{kind}, at a kink with slopes on its sides"
        if self.is_trapped:
            name = at if self.saddle is None else f"a saddle of value {as_text(self.saddle)}"
            return f"trapped: the gradient is 0, yet there is a way down ({name})"
        return "on a slope" if self.level is None else f"{at}, with a way down"

    def __str__(self) -> str:
        names = sample_names(self.inputs)
        lines = [("theta", numbers(self.theta)), ("loss", f"{self.loss:.6g}")]
        outputs = ", ".join(f"{name}: {number(o)}" for name, o in zip(names, self.outputs.tolist(), strict=True))
        lines.append(("outputs", f"{outputs}  ({int(self.correct.sum())} of {self.correct.size} classified right)"))
        at_kink: dict[int, list[str]] = {}
        for unit, i in self.kinks:
            at_kink.setdefault(unit, []).append(names[i])
        for u, active in enumerate(self.pattern.T.tolist()):
            on = ", ".join(name for name, a in zip(names, active, strict=True) if a)
            said = f"active on {on}" if on else "active on no sample: dead, only momentum can move it"
            lines.append((f"unit {u + 1}", said + (f"; kink on {', '.join(at_kink[u])}" if u in at_kink else "")))
        slope = f"length {norms.norm(self.gradient):.3g}"
        if len(self.cones) > 1:
            sides = [norms.norm(g) for g in self.one_sided_gradients]
            slope += f"; in the {len(sides)} cones that meet here {min(sides):.3g} to {max(sides):.3g}"
        lines.append(("gradient", slope))
        if self.configuration is not None:
            lines.append(("samples", self.configuration))
        if self.certain_level is not None:
            lines.append(("fate", f"training without momentum ends on {as_text(self.certain_level)} for certain"))
        elif self.dead_units and self.reachable:
            lines.append(
                ("fate", f"training without momentum can only end on {alternatives([*map(as_text, self.reachable)])}")
            )
        if self.roles is not None:
            lines.append(("roles", self.roles))
        if self.leaf is not None:
            lines.append(("family", f"output signs {self.family}; leaf {self.leaf} of the merge tree"))
        if self.nearest_zero is not None:
            lines.append(("zero loss", f"{self._distance()} away, at {numbers(_rounded(self.nearest_zero), 1e-8)}"))
        elif self.distance_lower_bound is None:
            lines.append(("zero loss", "out of reach of this network"))
        if self.unknown is not None:
            lines.append(("not known", self.unknown))
        return "\n".join([self.verdict, *(f"  {name:<10}{text}" for name, text in lines)])

    def to_json(self) -> str:
        """Return the report as one JSON object; level and saddle are strings such as "1/8"."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("level", "saddle"):
            values[name] = None if values[name] is None else str(values[name])
        values["reachable"] = None if self.reachable is None else [str(one) for one in self.reachable]
        values["dead_units"] = self.dead_units
        plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in values.items()}
        return json.dumps({"verdict": self.verdict, **plain}, allow_nan=False)

    @may_overflow
    def _nearness(self) -> str:
        """Return how near a solution this is."""
        if self.loss == 0:
            return "a solution: zero loss"
        if self.distance_to_zero is None:
            return "near a solution"
        is_rounding = self.distance_to_zero <= 1e-12 * np.abs(self.theta).max()
        return "a solution within rounding" if is_rounding else f"near a solution, {self._distance()} away"

    @may_overflow
    def _distance(self) -> str:
        found, least = self.distance_to_zero or 0.0, self.distance_lower_bound or 0.0
        if found - least <= 1e-6 * found + 1e-13 * np.abs(self.theta).max():
            return f"{found:.4g}"
        return f"at most {found:.4g} (at least {least:.4g})"


@checks.known_arguments
@may_overflow
def describe(net: ReluNetwork, theta: ArrayLike, *, tolerance: float = POINT_TOLERANCE) -> PointReport:
    """Report what kind of point ``theta`` is.

    Parameters
    ----------
    net : ReluNetwork
    theta : array_like of shape (n,)
    tolerance : float
        Relative, for levels and gradients; see :mod:`landscape.analysis.point_report`. Use a larger one, such as 1e-2,
        for the end of a run that still oscillates.

    Raises
    ------
    ValueError
        If theta has the wrong length or an infinite loss or gradient. What an exact enumeration would take too long
        for, or a search cannot compute in floats, is None or empty in the report, whose ``unknown`` says why.

    Examples
    --------
    >>> report = describe(xor.network(), [-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5])
    >>> report.level, report.is_local_minimum, report.is_trapped
    (Fraction(1, 4), True, True)
    >>> report.verdict
    'trapped: a local minimum, level 1/4'
    """
    require_relu_network(net)
    theta = checks.vector("theta", theta, net.n_parameters)
    tolerance = checks.positive("tolerance", tolerance)
    forward = net.forward(theta)
    loss, outputs, v = float(net.loss_of(forward)), forward.outputs, forward.weights.W2
    if not np.isfinite(loss):
        raise too_large(net, theta, "a finite loss", net.loss)
    jacobian = net.jacobian_of(forward)
    gradient = net.gradient_of(forward, jacobian)
    sines = kink_sines(net, forward)
    sign = signs_of(sines, KINK_TOLERANCE)
    refused: dict[str, str] = {}
    found = if_possible(refused, "level, local minimum", lambda: level_of(net, forward, sines, tolerance))
    level, is_minimum = found or (None, None)
    no_cones = np.zeros((0, *sign.shape), dtype=bool)
    cones = if_possible(refused, "cones", lambda: patterns_beside(net.inputs, sign), no_cones)
    one_sided = gradients_in(net, forward, cones)
    if not (np.isfinite(gradient).all() and np.isfinite(one_sided).all()):
        raise too_large(net, theta, "finite gradients", net.gradient)
    n_dead = len(dead_units(forward.preactivations > 0))
    stays = level if not gradient.any() else None
    reach = ((stays,) if stays is not None else reachable_levels(net, net.hidden - n_dead)) if found else None
    trapped = traps(net, forward.residuals, jacobian, tolerance)
    classes = xor.classify(outputs)
    is_saddle = trapped and is_minimum is False
    saddle = if_possible(refused, "saddle", lambda: saddle_of(net, outputs, tolerance)) if is_saddle else None
    leaf, family = None, None
    if level is not None:
        leaf, family = if_possible(refused, "leaf", lambda: leaf_of(net, sines, v, level, tolerance)) or (None, None)
    nothing = {"nearest_zero": None, "distance_to_zero": None, "distance_lower_bound": 0.0}
    nearest = if_possible(refused, "nearest solution", lambda: _nearest(net, theta), nothing)
    return PointReport(
        theta=theta,
        loss=loss,
        inputs=net.inputs,
        targets=net.targets,
        outputs=outputs,
        classes=classes,
        correct=classes == xor.classify(net.targets),
        pattern=forward.preactivations > 0,
        gradient=gradient,
        kinks=kinks_in(sign),
        cones=cones,
        one_sided_gradients=one_sided,
        level=level,
        is_local_minimum=is_minimum,
        is_trapped=trapped,
        saddle=saddle,
        roles=None if level is None else roles_of(v, sign),
        leaf=leaf,
        family=family,
        **nearest,
        unknown=reasons(refused),
        configuration=None if level is None else configuration_of(net, theta, level),
        reachable=reach,
    )


def _nearest(net: ReluNetwork, theta: Array) -> dict[str, Any]:
    if stationary_levels(net)[0].value > 0:
        return dict.fromkeys(("nearest_zero", "distance_to_zero", "distance_lower_bound"))
    from landscape.exact.nearest_zero import search_nearest_zero

    found = search_nearest_zero(net, theta, max_boxes=PROOF_BOXES)
    return {
        "nearest_zero": found.theta[0],
        "distance_to_zero": float(found.distance[0]),
        "distance_lower_bound": float(found.lower_bound[0]),
    }


@may_overflow
def _rounded(theta: Array) -> Array:
    """Return ``theta`` with entries that differ from 0 only by rounding errors set to 0."""
    return np.where(np.abs(theta) > 1e-12 * np.abs(theta).max(), theta, 0.0)
