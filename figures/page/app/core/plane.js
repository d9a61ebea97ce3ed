/** Planes: all points origin + alpha d1 + beta d2; the directions need not be orthogonal. */

import { lossAt } from "./network.js";
import { triangleOf, singularValues } from "./numbers/singular_values.js";
import { distance, dot, norm, plus, times, unit } from "./numbers/vectors.js";

/** Thrown for a plane that does not exist, such as one through three points on one line. */
export class NoSuchPlane extends Error {}

/** Directions with a |cosine| above 1 - PARALLEL count as parallel. */
const PARALLEL = 1e-12;

/**
 * The parameters at (a, b).
 * @param {{origin: ArrayLike<number>, d1: ArrayLike<number>, d2: ArrayLike<number>}} plane
 * @returns {Float64Array} (9,)
 */
export function pointAt(plane, a, b) {
  return Float64Array.from(plane.origin, (x, k) => x + a * plane.d1[k] + b * plane.d2[k]);
}

/**
 * The loss on a grid.
 * @param {object} plane
 * @param {ArrayLike<number>} alpha (nx)
 * @param {ArrayLike<number>} beta (ny)
 * @returns {Float64Array} (ny nx) row after row, each at one beta
 */
export function evaluatePlane(plane, alpha, beta) {
  const [o, d, e] = [plane.origin, plane.d1, plane.d2].map((x) => Float64Array.from(x));
  const nx = alpha.length, ny = beta.length;
  const found = new Float64Array(nx * ny), shift = new Float64Array(9);
  for (let j = 0; j < ny; j++) {
    for (let k = 0; k < 9; k++) shift[k] = beta[j] * e[k];
    for (let i = 0; i < nx; i++) {
      const a = alpha[i];
      found[j * nx + i] = lossAt(
        o[0] + a * d[0] + shift[0], o[1] + a * d[1] + shift[1], o[2] + a * d[2] + shift[2],
        o[3] + a * d[3] + shift[3], o[4] + a * d[4] + shift[4], o[5] + a * d[5] + shift[5],
        o[6] + a * d[6] + shift[6], o[7] + a * d[7] + shift[7], o[8] + a * d[8] + shift[8],
      );
    }
  }
  return found;
}

/**
 * The points of a plane that are nearest to thetas, by least squares, and their distances.
 * @param {object} plane
 * @param {Float64Array} thetas (9 k)
 * @returns {{coordinates: Float64Array, distance: Float64Array}} (2 k): alpha, beta of each; (k)
 */
export function coordinatesOf(plane, thetas) {
  const count = thetas.length / 9;
  const [n1, n2] = [norm(plane.d1), norm(plane.d2)];
  const q1 = unit(plane.d1), u2 = unit(plane.d2);
  const along = dot(q1, u2);
  let rest = plus(u2, q1, -along);
  rest = plus(rest, q1, -dot(q1, rest));
  const height = norm(rest), q2 = times(rest, 1 / height);
  const coordinates = new Float64Array(2 * count), distances = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const theta = thetas.subarray(9 * k, 9 * k + 9);
    const offset = plus(theta, plane.origin, -1);
    const second = dot(q2, offset) / height;
    coordinates[2 * k] = (dot(q1, offset) - along * second) / n1;
    coordinates[2 * k + 1] = second / n2;
    distances[k] = distance(theta, pointAt(plane, coordinates[2 * k], coordinates[2 * k + 1]));
  }
  return { coordinates, distance: distances };
}

/**
 * The plane through an origin along the two principal components of points, which are centred on their mean.
 * @param {Float64Array} thetas (9 k)
 * @param {ArrayLike<number>} origin (9,)
 * @returns {{origin: Float64Array, d1: Float64Array, d2: Float64Array, share: [number, number]}} orthonormal
 *   directions, whose largest entries are positive, and the share of the squared distance to the mean along each
 */
export function principalPlane(thetas, origin) {
  const { sizes, axes } = singularValues(triangleOf(thetas));
  if (!(sizes[1] > 1e-12 * sizes[0])) throw new NoSuchPlane("the points lie on one line; take more points");
  const total = sizes.reduce((sum, size) => sum + (size / sizes[0]) ** 2, 0);
  const [d1, d2] = axes.slice(0, 2).map((axis) => {
    const largest = axis.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
    return times(axis, Math.sign(largest));
  });
  return { origin: Float64Array.from(origin), d1, d2, share: [1 / total, (sizes[1] / sizes[0]) ** 2 / total] };
}

/**
 * The plane through three points: p is at (0, 0), q at (1, 0), r at third; d2 is orthogonal to d1 and as long.
 * @returns {{origin: Float64Array, d1: Float64Array, d2: Float64Array, third: [number, number]}}
 */
export function planeThrough(p, q, r) {
  const d1 = plus(q, p, -1), offset = plus(r, p, -1);
  if (areParallel(d1, offset)) throw new NoSuchPlane("three points on one line lie on many planes; move one of them");
  const d2 = times(unit(orthogonalize(offset, d1)), norm(d1));
  const plane = { origin: Float64Array.from(p), d1, d2 };
  const [a, b] = coordinatesOf({ ...plane, origin: new Float64Array(9) }, offset).coordinates;
  return { ...plane, third: [a, b] };
}

/** Whether two directions span no plane: they are parallel, or one of them is 0. */
export function areParallel(a, b) {
  return !(Math.abs(dot(a, b) / (norm(a) * norm(b))) <= 1 - PARALLEL);
}

/** A direction minus its projection onto another one, rescaled to its original length. */
export function orthogonalize(direction, against) {
  const reference = unit(against);
  let rest = unit(direction);
  for (let pass = 0; pass < 2; pass++) rest = plus(rest, reference, -dot(rest, reference));
  return times(unit(rest), norm(direction));
}
