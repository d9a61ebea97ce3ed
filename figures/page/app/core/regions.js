/** The kink lines of a plane, on which a hidden unit becomes active or inactive on a sample. */

import { signsOf } from "./levels.js";
import { forward, INPUTS } from "./network.js";
import { norm } from "./numbers/vectors.js";

/**
 * The straight lines of a plane, within a view, on which a pre-activation is 0; as landscape.kink_lines.
 * @param {object} plane
 * @param {[number, number, number, number]} range lower and upper end of alpha, then of beta
 * @param {object} data from Python
 * @returns {{unit: 1|2, sample: number, from: [number, number], to: [number, number]}[]} units counted from 1, samples
 *   from 0
 */
export function kinkLines(plane, range, data) {
  const tolerance = data.tables.kinkTolerance; // times the lengths of a pre-activation's factors
  const [z0, z1, z2] = [plane.origin, plane.d1, plane.d2].map((vector) => forward(vector).pre);
  const atOrigin = signsOf(plane.origin, z0, tolerance);
  const lengths = [norm(plane.d1), norm(plane.d2)];
  const found = [];
  for (let u = 0; u < 2; u++) {
    for (let i = 0; i < 4; i++) {
      const k = 2 * i + u, x = Math.sqrt(INPUTS[i][0] + INPUTS[i][1] + 1);
      const [a, b] = [z1[k], z2[k]].map((z, d) => (Math.abs(z) <= tolerance * (lengths[d] * x) ? 0 : z));
      if (a === 0 && b === 0) continue;
      const ends = segment(atOrigin[k] === 0 ? 0 : z0[k], a, b, range);
      if (ends) found.push({ unit: u + 1, sample: i, from: ends[0], to: ends[1] });
    }
  }
  return found;
}

/** Both ends of the line z0 + alpha z1 + beta z2 = 0 in a view; null if it misses it or only touches a corner. */
function segment(z0, z1, z2, [a0, a1, b0, b1]) {
  const corners = [[a0, b0], [a1, b0], [a1, b1], [a0, b1]];
  const height = corners.map(([a, b]) => z0 + a * z1 + b * z2);
  const ends = [];
  corners.forEach(([a, b], k) => {
    const before = (k + 3) % 4;
    if (height[k] * height[before] < 0) {
      ends.push(corners[before][1] === b ? [0 - (z0 + b * z2) / z1, b] : [a, 0 - (z0 + a * z1) / z2]);
    } else if (height[k] === 0) {
      ends.push([a, b]);
    }
  });
  return ends.length === 2 ? ends.sort((p, q) => p[0] - q[0] || p[1] - q[1]) : null;
}
