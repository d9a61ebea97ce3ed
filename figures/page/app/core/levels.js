/**
 * On which level of local minima thetas lie, by the exact tables of landscape.exact.assign_levels.
 *
 * A theta lies on a level if its outputs are the fit of its own cell and the cell attains it, or if its outputs are
 * those of the level and no unit can descend from its signs. The loss alone is never used.
 */

import { int8FromBase64 } from "./numbers/base64.js";
import { forward } from "./network.js";
import { oncePer } from "./once.js";

const LENGTHS = [1, Math.SQRT2, Math.SQRT2, Math.sqrt(3)];

/**
 * The tables as arrays.
 * @param {object} data from Python
 * @returns {object} patternOf (16) and faceOf (81): number of a pattern or a sign vector by its digits; fit (2 p, 2 p):
 *   row of outputs that a cell attains; outputs: rows of four; levelOf: level of each row; minimal (rows, faces + 1,
 *   2): whether a unit with these signs and this sign of its output weight cannot descend
 */
export const tablesOf = oncePer(({ tables: t }) => ({
  ...t,
  patternOf: int8FromBase64(t.patternOf),
  faceOf: int8FromBase64(t.faceOf),
  fit: int8FromBase64(t.fit),
  minimal: int8FromBase64(t.minimal),
  largest: (t.levelTolerance * t.scale) ** 2,
}));

/**
 * @param {Float64Array} thetas (9 k)
 * @param {object} data from Python
 * @returns {Int8Array} (k) index into data.levels, -1 on none
 */
export function assignLevels(thetas, data) {
  const tables = tablesOf(data);
  const found = new Int8Array(thetas.length / 9);
  for (let k = 0; k < found.length; k++) found[k] = levelOf(thetas.subarray(9 * k, 9 * k + 9), tables);
  return found;
}

/**
 * The level of one theta.
 * @param {Float64Array} theta (9,)
 * @param {object} tables of tablesOf
 * @returns {number} -1 on none, also where theta is not finite
 */
export function levelOf(theta, tables) {
  for (let k = 0; k < 9; k++) if (!Number.isFinite(theta[k])) return -1;
  const { pre, outputs } = forward(theta);
  const [one, two] = [0, 1].map((u) => {
    let code = 0;
    for (let i = 0; i < 4; i++) code = 2 * code + (pre[2 * i + u] > 0 ? 1 : 0);
    return 2 * Math.max(tables.patternOf[code], 0) + (theta[6 + u] > 0 ? 1 : 0);
  });
  const row = tables.fit[one * tables.sides + two];
  if (row >= 0 && meanSquare(outputs, tables.outputs[row]) <= tables.largest) return tables.levelOf[row];
  const near = tables.outputs.map((other) => meanSquare(outputs, other) <= tables.largest);
  if (!near.includes(true)) return -1;
  const signs = signsOf(theta, pre, tables.levelTolerance);
  for (let f = 0; f < near.length; f++) {
    if (near[f] && isMinimal(f, 0, signs, theta, tables) && isMinimal(f, 1, signs, theta, tables)) {
      return tables.levelOf[f];
    }
  }
  return -1;
}

function meanSquare(a, b) {
  return ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2 + (a[3] - b[3]) ** 2) / 4;
}

/** Signs of pre-activations, 0 where the sine of the angle to a kink is at most the tolerance: [2 sample + unit]. */
export function signsOf(theta, pre, tolerance) {
  const signs = new Int8Array(8);
  for (let u = 0; u < 2; u++) {
    const size = Math.max(Math.abs(theta[u]), Math.abs(theta[2 + u]), Math.abs(theta[4 + u])) || 1;
    const length = size * Math.sqrt((theta[u] / size) ** 2 + (theta[2 + u] / size) ** 2 + (theta[4 + u] / size) ** 2);
    for (let i = 0; i < 4; i++) {
      const sine = pre[2 * i + u] / (length || 1) / LENGTHS[i];
      signs[2 * i + u] = Math.abs(sine) <= tolerance ? 0 : Math.sign(sine);
    }
  }
  return signs;
}

/** Whether unit u cannot descend from outputs f if its output weight has the sign given by side, 0 or 1. */
function cannotDescend(f, u, side, signs, tables) {
  let code = 0;
  for (let i = 0; i < 4; i++) code = 3 * code + signs[2 * i + u] + 1;
  const face = tables.faceOf[code];
  return tables.minimal[(f * (tables.faces + 1) + (face < 0 ? tables.faces : face)) * 2 + side] === 1;
}

function isMinimal(f, u, signs, theta, tables) {
  const v = theta[6 + u];
  return (v < 0 || cannotDescend(f, u, 1, signs, tables)) && (v > 0 || cannotDescend(f, u, 0, signs, tables));
}

/**
 * What holds thetas on their levels.
 * @param {Float64Array} thetas (9 k)
 * @param {ArrayLike<number>} levels (k) from assignLevels
 * @param {object} data from Python
 * @returns {("minimum"|"saddle"|"held"|null)[]} null on no level
 */
export function stationaryKinds(thetas, levels, data) {
  const tables = tablesOf(data);
  return Array.from(levels, (level, k) => kindOf(thetas.subarray(9 * k, 9 * k + 9), level, tables));
}

function kindOf(theta, level, tables) {
  if (level < 0) return null;
  const { pre, outputs } = forward(theta);
  const signs = signsOf(theta, pre, tables.kinkTolerance);
  const f = nearestConfiguration(outputs, level, tables);
  let saddle = false;
  for (let u = 0; u < 2; u++) {
    const v = theta[6 + u];
    const hasKink = [0, 1, 2, 3].some((i) => signs[2 * i + u] === 0);
    if (!hasKink && v !== 0) continue;
    const fallsUp = !cannotDescend(f, u, 1, signs, tables), fallsDown = !cannotDescend(f, u, 0, signs, tables);
    if (hasKink && ((v > 0 && fallsUp) || (v < 0 && fallsDown))) return "held";
    saddle ||= v === 0 && (fallsUp || fallsDown);
  }
  return saddle ? "saddle" : "minimum";
}

/**
 * Which of the outputs of minima on a level are nearest to these outputs.
 * @returns {number} row of tables.outputs
 */
export function nearestConfiguration(outputs, level, tables) {
  const distances = tables.outputs.map((row, f) => (tables.levelOf[f] === level ? meanSquare(outputs, row) : Infinity));
  return distances.indexOf(Math.min(...distances));
}
