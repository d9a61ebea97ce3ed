/**
 * The weights nearest to given ones with which the network fits XOR, for given sizes p of its two output weights.
 *
 * In a cell, where each unit has one sign vector and one sign of its output weight, the outputs are then linear in the
 * weights: a convex quadratic programme over the cones of the units. Its dual has four multipliers, one for each
 * sample. It is maximized by Newton's method; its derivative is outputs minus targets.
 */

import { INPUTS, TARGETS } from "../network.js";

const SAMPLES = INPUTS.map(([x, y]) => [x, y, 1]);

/** Projectors onto the weights whose pre-activations vanish on a set of samples, by the set's bits. */
const PROJECTORS = Array.from({ length: 16 }, (_, mask) => projector(mask));

const MOST_STEPS = 40;

/** Into how many parts the range of p is divided for a lower bound. */
const INTERVALS = 3;

/** Residuals below these fractions of the outputs' size end the search, or still do for the distance. */
const EXACT = 1e-11, CLOSE = 1e-9;

function projector(mask) {
  const basis = [];
  SAMPLES.forEach((sample, i) => {
    if (!(mask & (1 << i))) return;
    let rest = sample;
    for (let pass = 0; pass < 2; pass++) {
      for (const q of basis) {
        const part = q[0] * rest[0] + q[1] * rest[1] + q[2] * rest[2];
        rest = rest.map((x, k) => x - part * q[k]);
      }
    }
    const length = Math.hypot(...rest);
    if (length > 1e-9) basis.push(rest.map((x) => x / length));
  });
  const found = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (const q of basis) for (let k = 0; k < 9; k++) found[k] -= q[Math.floor(k / 3)] * q[k % 3];
  return basis.length === 3 ? found.map(() => 0) : found;
}

/**
 * A cell from Python's list: for each unit the signs of its pre-activations and of its output weight.
 * @param {number[][]} sides two lists of five signs
 * @returns {{units: {signs: number[], sign: number, masks: number[]}[]}} masks: sets of samples on which faces of the
 *   unit's cone vanish, the largest faces first
 */
export function makeCell(sides) {
  return {
    units: sides.map((side) => {
      const signs = side.slice(0, 4), sign = side[4];
      const fixed = signs.reduce((mask, s, i) => (s === 0 ? mask | (1 << i) : mask), 0);
      const count = (mask) => SAMPLES.filter((_, i) => mask & (1 << i)).length;
      const masks = PROJECTORS.map((_, mask) => mask).filter((mask) => (mask & fixed) === fixed && count(mask) < 3);
      return { signs, sign, masks: [...masks.sort((one, other) => count(one) - count(other)), 15] };
    }),
  };
}

/**
 * The point of a unit's cone nearest to q: the longest of the projections onto its faces that lie in it.
 * @returns {number[]} (4) the point, and the samples on which its face vanishes, as bits
 */
export function toCone(q, { signs, masks }, out = [0, 0, 0, 0]) {
  const slack = -1e-14 * (Math.abs(q[0]) + Math.abs(q[1]) + Math.abs(q[2]));
  let longest = -1;
  for (const mask of masks) {
    const P = PROJECTORS[mask];
    const a = P[0] * q[0] + P[1] * q[1] + P[2] * q[2];
    const b = P[3] * q[0] + P[4] * q[1] + P[5] * q[2];
    const c = P[6] * q[0] + P[7] * q[1] + P[8] * q[2];
    const length = a * a + b * b + c * c;
    if (length <= longest) continue;
    const inside =
      (mask & 1 || signs[0] * c >= slack) && (mask & 2 || signs[1] * (b + c) >= slack) &&
      (mask & 4 || signs[2] * (a + c) >= slack) && (mask & 8 || signs[3] * (a + b + c) >= slack);
    if (!inside) continue;
    longest = length;
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = mask;
    if (mask === masks[0]) break;
  }
  return out;
}

/**
 * Maximize the dual.
 * @param {{cell: object, weights: number[][], bias: number}} task the cell, and weights (2, 3) and bias at theta
 * @param {number[]} p sizes of the two output weights, positive
 * @param {number[]} lambda (4) multipliers to begin with; overwritten
 * @returns {{value: number, slope: number[], curvature: () => number[][], isSolved: boolean}} half the squared distance
 *   of weights and bias, and its derivatives with respect to p
 */
export function nearestWeights(task, p, lambda) {
  let here = lagrangian(task, p, lambda);
  for (let turn = 0; turn < MOST_STEPS; turn++) {
    const length = Math.hypot(...here.residuals);
    if (length <= EXACT * here.size) break;
    const damping = turn % 2 === 0 ? 0 : 1e-4 * Math.min(1, length / here.size);
    const next = alongStep(task, p, here, solve(dualMatrix(task, p, here, damping), here.residuals));
    if (!(next.value > here.value - 1e-14 * (Math.abs(here.value) + here.size * length))) break;
    const gain = next.value - here.value;
    here = next;
    if (gain <= 1e-15 * here.value && Math.hypot(...here.residuals) > 0.1 * length) break;
  }
  for (let i = 0; i < 4; i++) lambda[i] = here.lambda[i];
  const pulls = task.cell.units.map((unit) => pullOn(unit, lambda));
  return {
    value: here.value,
    slope: pulls.map((l, u) => task.cell.units[u].sign * dot3(l, here.weights[u])),
    curvature: () => curvature(task, p, here, pulls),
    isSolved: Math.hypot(...here.residuals) <= CLOSE * here.size,
  };
}

/** The sum of multipliers times samples on which a unit is active. */
function pullOn({ signs }, lambda) {
  const l = [0, 0, 0];
  for (let i = 0; i < 4; i++) if (signs[i] > 0) for (let k = 0; k < 3; k++) l[k] += lambda[i] * SAMPLES[i][k];
  return l;
}

/** Second derivatives of the value with respect to p, with the faces held fixed: rows of a symmetric matrix. */
function curvature(task, p, here, pulls) {
  const kept = pulls.map((l, u) => onFace(PROJECTORS[here.weights[u][3]], l));
  const change = task.cell.units.map(({ sign, signs }, u) =>
    signs.map((s, i) => (s > 0 ? sign * preactivation(here.weights[u], i) - p[u] * preactivation(kept[u], i) : 0)),
  );
  const matrix = dualMatrix(task, p, here, 0);
  const solved = change.map((right) => solve(matrix, right));
  const product = (u, v) => change[u].reduce((sum, x, i) => sum + x * solved[v][i], 0);
  return [0, 1].map((u) => [0, 1].map((v) => product(u, v) - (u === v ? dot3(pulls[u], kept[u]) : 0)));
}

/**
 * A lower bound of half the squared distance to all zeros of the cell, for any multipliers, over ranges of p.
 *
 * The bound is a sum over the units. In each, the part that depends on the weights is concave in p, so between points
 * it lies above its chord.
 * @param {{p0: number[]}} task also the output weights at theta times the cell's signs
 * @param {number[]} low lowest p of each unit
 * @param {number[]} high highest p of each unit
 */
export function lowerBound(task, lambda, low, high) {
  const c = task.bias - lambda[0] - lambda[1] - lambda[2] - lambda[3];
  let bound = 0.5 * (c - task.bias) ** 2;
  for (let i = 0; i < 4; i++) bound += lambda[i] * (c - TARGETS[i]);
  const q = [0, 0, 0], nearest = [0, 0, 0, 0];
  task.cell.units.forEach((unit, u) => {
    const w0 = task.weights[u], l = pullOn(unit, lambda), p0 = task.p0[u];
    const part = (p) => {
      for (let k = 0; k < 3; k++) q[k] = w0[k] - p * unit.sign * l[k];
      toCone(q, unit, nearest);
      return 0.5 * (dot3(w0, w0) - dot3(nearest, nearest));
    };
    let least = Infinity, a = low[u], atA = part(a);
    for (let k = 1; k <= INTERVALS; k++) {
      const b = low[u] + ((high[u] - low[u]) * k) / INTERVALS, atB = part(b);
      const incline = b > a ? (atB - atA) / (b - a) : 0;
      const p = Math.min(Math.max(p0 - incline, a), b);
      least = Math.min(least, 0.5 * (p - p0) ** 2 + atA + incline * (p - a));
      a = b;
      atA = atB;
    }
    bound += least;
  });
  return bound;
}

function dot3(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function onFace(P, q) {
  return [
    P[0] * q[0] + P[1] * q[1] + P[2] * q[2],
    P[3] * q[0] + P[4] * q[1] + P[5] * q[2],
    P[6] * q[0] + P[7] * q[1] + P[8] * q[2],
  ];
}

/** Follow a step until the slope along it, which falls since the value is concave, has all but vanished. */
function alongStep(task, p, here, step) {
  const slopeOf = (point) => point.residuals.reduce((sum, r, i) => sum + r * step[i], 0);
  const slope = slopeOf(here);
  let t = 1, below = 0, above = Infinity, there = here;
  for (let trial = 0; trial < 30; trial++) {
    there = lagrangian(task, p, here.lambda.map((x, i) => x + t * step[i]));
    const now = slopeOf(there);
    if (Math.abs(now) <= 0.5 * slope && (now >= -0.01 * slope || there.value > here.value)) break;
    if (now > 0) below = t;
    else above = t;
    if (above === Infinity) t *= 4;
    else if (now > 0) t = 0.5 * (below + above);
    else t = Math.min(Math.max((t * slope) / (slope - now), 0.9 * below + 0.1 * above), 0.5 * (below + above));
  }
  return there;
}

function preactivation(w, i) {
  return SAMPLES[i][0] * w[0] + SAMPLES[i][1] * w[1] + w[2];
}

/** The Lagrangian's minimum over weights and bias for given multipliers. */
function lagrangian({ cell, weights, bias }, p, lambda) {
  const c = bias - lambda[0] - lambda[1] - lambda[2] - lambda[3];
  const residuals = TARGETS.map((target) => c - target);
  let value = 0.5 * (c - bias) ** 2, size = Math.max(1, Math.abs(c));
  const found = cell.units.map((unit, u) => {
    const factor = unit.sign * p[u], w0 = weights[u], q = [w0[0], w0[1], w0[2]];
    for (let i = 0; i < 4; i++) {
      if (unit.signs[i] <= 0) continue;
      const pull = factor * lambda[i];
      q[0] -= pull * SAMPLES[i][0];
      q[1] -= pull * SAMPLES[i][1];
      q[2] -= pull;
    }
    const w = toCone(q, unit);
    value += 0.5 * ((w[0] - w0[0]) ** 2 + (w[1] - w0[1]) ** 2 + (w[2] - w0[2]) ** 2);
    for (let i = 0; i < 4; i++) {
      if (unit.signs[i] <= 0) continue;
      const term = factor * preactivation(w, i);
      residuals[i] += term;
      size = Math.max(size, Math.abs(term));
    }
    return w;
  });
  for (let i = 0; i < 4; i++) value += lambda[i] * residuals[i];
  return { value, residuals, size, weights: found, lambda };
}

/** Minus the second derivative of the dual: G G', with the effect of weights on their faces and of the bias in G. */
function dualMatrix({ cell }, p, here, damping) {
  const matrix = Array.from({ length: 4 }, () => [1, 1, 1, 1]);
  cell.units.forEach(({ signs }, u) => {
    const P = PROJECTORS[here.weights[u][3]];
    for (let i = 0; i < 4; i++) {
      if (signs[i] <= 0) continue;
      const row = onFace(P, SAMPLES[i]);
      for (let j = 0; j < 4; j++) if (signs[j] > 0) matrix[i][j] += p[u] * p[u] * preactivation(row, j);
    }
  });
  for (let i = 0; i < 4; i++) matrix[i][i] *= 1 + damping;
  return matrix;
}

/** Solve a system by Cholesky's method; unknowns that rounding leaves undetermined are 0. */
function solve(matrix, right) {
  const L = matrix.map(() => [0, 0, 0, 0]), x = right.slice();
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i][j];
      for (let k = 0; k < j; k++) sum -= L[i][k] * L[j][k];
      L[i][j] = i !== j ? sum / L[j][j] : sum > 1e-13 * matrix[i][i] ? Math.sqrt(sum) : Infinity;
    }
  }
  for (let i = 0; i < 4; i++) {
    for (let k = 0; k < i; k++) x[i] -= L[i][k] * x[k];
    x[i] /= L[i][i];
  }
  for (let i = 3; i >= 0; i--) {
    for (let k = i + 1; k < 4; k++) x[i] -= L[k][i] * x[k];
    x[i] /= L[i][i];
  }
  return x;
}
