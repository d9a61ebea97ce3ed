/** Activation regions: which unit is active on which sample, and the kink lines of a plane, where that changes. */

import { signsOf } from "./levels.js";
import { forward, INPUTS } from "./network.js";
import { norm } from "./numbers/vectors.js";

/** A pre-activation counts as 0 up to this times the lengths of its factors. */
const KINK_TOLERANCE = 1e-9;

/** The inputs of sample i as digits, such as "01". */
export function sampleLabel(i) {
  return INPUTS[i].join("");
}

/**
 * Which unit is active on which sample.
 * @param {ArrayLike<number>} theta (9,)
 * @returns {Uint8Array} (8) 1 or 0, [2 sample + unit], units counted from 0
 */
export function pattern(theta) {
  return Uint8Array.from(forward(theta).pre, (z) => (z > 0 ? 1 : 0));
}

/** Whether each of the two units is inactive on all samples. */
export function inactiveUnits(theta) {
  const active = pattern(theta);
  return [0, 1].map((u) => [0, 1, 2, 3].every((i) => !active[2 * i + u]));
}

/**
 * The straight lines of a plane, within a view, on which a pre-activation is 0; as landscape.kink_lines.
 * @param {object} plane
 * @param {[number, number, number, number]} range lower and upper end of alpha, then of beta
 * @returns {{unit: 1|2, sample: number, from: [number, number], to: [number, number]}[]} units counted from 1, samples
 *   from 0
 */
export function kinkLines(plane, range) {
  const [z0, z1, z2] = [plane.origin, plane.d1, plane.d2].map((vector) => forward(vector).pre);
  const atOrigin = signsOf(plane.origin, z0, KINK_TOLERANCE);
  const lengths = [norm(plane.d1), norm(plane.d2)];
  const found = [];
  for (let u = 0; u < 2; u++) {
    for (let i = 0; i < 4; i++) {
      const k = 2 * i + u, x = Math.sqrt(INPUTS[i][0] + INPUTS[i][1] + 1);
      const [a, b] = [z1[k], z2[k]].map((z, d) => (Math.abs(z) <= KINK_TOLERANCE * (lengths[d] * x) ? 0 : z));
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
