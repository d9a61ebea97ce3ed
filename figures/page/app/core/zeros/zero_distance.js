/**
 * The distance of a theta to the nearest parameters with zero loss, over all of them; as landscape.nearest_zero, but
 * without its proof that none is closer.
 *
 * Every zero lies in one of some closed cells, which Python has enumerated exactly. In a cell, with the sizes p of the
 * two output weights held fixed, the nearest zero solves a small convex programme (core/zero_weights.js). Half the
 * squared distance is then a function of p alone, whose local minima are found by Newton's method.
 */

import { oncePer } from "../once.js";
import { lowerBound, makeCell, nearestWeights, toCone } from "./zero_weights.js";

/** Cells, those with the shortest distances so far, that are searched again from the ends of the range of p. */
const SEARCHED_AGAIN = 10;

/** Most steps of Newton's method in p. */
const MOST_STEPS = 40;

const cellsOf = oncePer((data) => data.zeroCells.map(makeCell));

/**
 * @param {ArrayLike<number>} theta (9,)
 * @param {object} data from Python
 * @returns {number} Euclidean distance; NaN where theta is not finite
 */
export function distanceToZero(theta, data) {
  return Array.from(theta).every(Number.isFinite) ? shortest(theta, cellsOf(data)) : NaN;
}

function shortest(theta, cells) {
  const searches = cells.map((cell) => beginSearch(theta, cell)).sort((one, other) => one.least - other.least);
  let best = Infinity;
  for (const search of searches) {
    if (search.least >= best) break;
    search.value = evaluate(search, search.start, search.lambda).value;
    best = Math.min(best, search.value);
  }
  searches.sort((one, other) => one.value - other.value);
  const isOpen = (search) => search.least < best && search.value < Infinity && !isExcluded(search, search.lambda, best);
  const found = [];
  for (const search of searches) {
    if (!isOpen(search)) continue;
    search.value = descend(search, search.start, best);
    best = Math.min(best, search.value);
    found.push(search);
  }
  for (const search of found.filter(isOpen).slice(0, SEARCHED_AGAIN)) {
    const [low, high] = rangeOf(search, best);
    const ends = [low.map((p, u) => Math.max(p, 1e-2 * search.start[u])), high];
    for (const end of ends) best = Math.min(best, descend(search, end, best));
  }
  return Math.sqrt(2 * best);
}

/** The range of p at zeros that are closer than half the squared distance best. */
function rangeOf(search, best) {
  const radius = search.p0.map((p) => Math.sqrt(2 * Math.max(best - search.least, 0) + Math.min(p, 0) ** 2));
  return [-1, 1].map((side) => search.p0.map((p, u) => Math.max(p + side * radius[u], 0)));
}

/** Whether the multipliers prove that no zero of the cell is closer, but for rounding. */
function isExcluded(search, lambda, best) {
  return lowerBound(search, lambda, ...rangeOf(search, best)) >= best * (1 - 1e-10);
}

/**
 * What is known of a cell before any search.
 * p0: output weights of theta times the cell's signs; least: half the squared distance to the cell; start: a p to begin
 * with; lambda: multipliers of the last solution
 */
function beginSearch(theta, cell) {
  const weights = [0, 1].map((u) => [theta[u], theta[2 + u], theta[4 + u]]);
  const p0 = [0, 1].map((u) => cell.units[u].sign * theta[6 + u]);
  let least = 0;
  const start = [0, 1].map((u) => {
    const [w0, w1, b] = weights[u], nearest = toCone(weights[u], cell.units[u]);
    const away = (nearest[0] - w0) ** 2 + (nearest[1] - w1) ** 2 + (nearest[2] - b) ** 2;
    least += 0.5 * away + 0.5 * Math.min(p0[u], 0) ** 2;
    return Math.max(p0[u], 0.5 / Math.max(1, Math.hypot(w0, w1, b)));
  });
  least *= 1 - 1e-12;
  return { cell, weights, bias: theta[8], p0, least, start, value: Infinity, lambda: [0, 0, 0, 0] };
}

/** Value and derivatives with respect to p; the value is infinite where the programme could not be solved. */
function evaluate(search, p, lambda) {
  const found = nearestWeights(search, p, lambda);
  const shift = p.map((x, u) => x - search.p0[u]);
  return {
    value: found.isSolved ? found.value + 0.5 * (shift[0] ** 2 + shift[1] ** 2) : Infinity,
    slope: shift.map((x, u) => x + found.slope[u]),
    curvature: found.curvature,
  };
}

/** Half the squared distance at the local minimum that Newton's method reaches, or where it stops short of the best. */
function descend(search, from, best) {
  const { lambda } = search;
  let p = from.slice(), here = evaluate(search, p, lambda);
  for (let turn = 0; turn < MOST_STEPS && here.value < Infinity; turn++) {
    if (here.value > best && isExcluded(search, lambda, best)) return here.value;
    const step = newtonStep(here);
    let size = 1;
    for (const u of [0, 1]) if (step[u] < 0) size = Math.min(size, (-0.9 * p[u]) / step[u]);
    const fall = here.slope[0] * step[0] + here.slope[1] * step[1];
    if (!(-fall > 1e-15 * here.value)) break;
    let next = null;
    for (; size > 1e-9 && !next; size /= 3) {
      const tried = [p[0] + size * step[0], p[1] + size * step[1]];
      const there = evaluate(search, tried, lambda);
      if (there.value <= here.value + 1e-4 * size * fall) [next, p] = [there, tried];
    }
    if (!next) break;
    here = next;
  }
  return here.value;
}

/** Newton's step, with the curvature raised where it is not positive. */
function newtonStep({ slope, curvature }) {
  let [[a, off], [, d]] = curvature();
  a += 1;
  d += 1;
  const smallest = 0.5 * (a + d) - Math.hypot(0.5 * (a - d), off);
  if (!(smallest > 1e-3)) {
    const lift = Number.isFinite(smallest) ? 0.1 - smallest + Math.abs(smallest) : 1;
    a += lift;
    d += lift;
  }
  const determinant = a * d - off * off;
  const step = [(off * slope[1] - d * slope[0]) / determinant, (off * slope[0] - a * slope[1]) / determinant];
  return step.every(Number.isFinite) ? step : [-slope[0], -slope[1]];
}
