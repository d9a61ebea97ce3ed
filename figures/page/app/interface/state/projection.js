/** A run as a plane shows it: its nearest points on the plane, its distance from it, and the share of its variance. */

/**
 * Project a run onto a plane by least squares, as landscape.project does, without an array per point.
 *
 * @returns {{coordinates: Float64Array, distance: Float64Array, farthest: number, share: number}} coordinates (2 r) and
 *   distance (r) of all steps, those after `lastShown` as there; the largest distance up to there, and the share of the
 *   variance about the mean of these points that the plane holds
 */
export function seenInPlane({ origin, d1, d2 }, { path: { theta }, lastShown }) {
  const points = lastShown + 1;
  const all = theta.length / 9;
  const { first, second, toAlpha, shear, toBeta } = basisOf(d1, d2);
  const coordinates = new Float64Array(2 * all);
  const distance = new Float64Array(all);
  const mean = new Float64Array(9);
  const square = new Float64Array(9);
  const inPlane = [0, 0, 0, 0];
  let farthest = 0;
  for (let k = 0; k < points; k++) {
    let [x, y, off] = [0, 0, 0];
    for (let j = 0; j < 9; j++) {
      const offset = theta[9 * k + j] - origin[j];
      x += first[j] * offset;
      y += second[j] * offset;
    }
    for (let j = 0; j < 9; j++) {
      const offset = theta[9 * k + j] - origin[j];
      off += (offset - x * first[j] - y * second[j]) ** 2;
      const moved = theta[9 * k + j] - theta[j];
      mean[j] += moved;
      square[j] += moved ** 2;
    }
    coordinates[2 * k] = x * toAlpha - y * shear;
    coordinates[2 * k + 1] = y * toBeta;
    distance[k] = Math.sqrt(off);
    farthest = Math.max(farthest, distance[k]);
    if (k === 0) [inPlane[2], inPlane[3]] = [x, y];
    inPlane[0] += x - inPlane[2];
    inPlane[1] += y - inPlane[3];
  }
  for (let k = points; k < all; k++) {
    coordinates.copyWithin(2 * k, 2 * points - 2, 2 * points);
    distance[k] = distance[points - 1];
  }
  const total = square.reduce((sum, value, j) => sum + value - mean[j] ** 2 / points, 0);
  if (!(total > 0)) return { coordinates, distance, farthest, share: farthest < 1e-12 ? 1 : 0 };
  let captured = 0;
  for (let k = 0; k < points; k++) {
    const y = coordinates[2 * k + 1] / toBeta;
    const x = (coordinates[2 * k] + y * shear) / toAlpha;
    captured += (x - inPlane[2] - inPlane[0] / points) ** 2 + (y - inPlane[3] - inPlane[1] / points) ** 2;
  }
  return { coordinates, distance, farthest, share: Math.min(1, Math.max(0, captured / total)) };
}

/** Orthonormal directions of a plane, and how coordinates along them become those along d1 and d2. */
function basisOf(d1, d2) {
  const dot = (a, b) => a.reduce((sum, value, j) => sum + value * b[j], 0);
  const length = Math.sqrt(dot(d1, d1));
  const first = d1.map((value) => value / length);
  let rest = d2;
  for (let pass = 0; pass < 2; pass++) {
    const along = dot(first, rest);
    rest = rest.map((value, j) => value - along * first[j]);
  }
  const height = Math.sqrt(dot(rest, rest));
  const second = rest.map((value) => value / height);
  return { first, second, toAlpha: 1 / length, toBeta: 1 / height, shear: dot(first, d2) / (length * height) };
}
